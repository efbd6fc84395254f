#include "memprof/io/clock.h"
#include "private.h"

int objects_of_reader(struct memory_reader *source, const struct interpreter_ids *ids, uint64_t begun_us,
		      struct objects_reading *ret, struct diag *diag)
{
	ret->file.ids = *ids;
	struct memory_reader reader = memory_file_recorder(&ret->file, source);
	int error = objects_read(&reader, &ret->file.ids, &ret->objects, diag);

	if (begun_us)
		ret->cost = (struct objects_cost){ reader.n_reads, reader.n_bytes, clock_now_us() - begun_us };
	return error;
}

bool objects_reading_any(const struct objects_reading *r) { return r->objects || r->pools.n_pools > 0; }

int objects_reading_heap(const struct objects_reading *r, struct heap *ret)
{
	int error = r->objects ? objects_heap(r->objects, ret) : 0;

	if (error == 0)
		error = heap_add_all(ret, &r->pools);
	heap_seal(ret);
	return error;
}

void objects_reading_deinit(struct objects_reading *r)
{
	objects_free(r->objects);
	heap_deinit(&r->pools);
	memory_file_deinit(&r->file);
	*r = (struct objects_reading){ .objects = NULL };
}
