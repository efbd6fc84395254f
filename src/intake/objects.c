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

void objects_reading_deinit(struct objects_reading *r)
{
	objects_free(r->objects);
	memory_file_deinit(&r->file);
	*r = (struct objects_reading){ .objects = NULL };
}
