/* Memory files, and what is found in the memory of one: the interpreter, areas, names, types, objects. */
#include "fuzz.h"

#include "memprof/base/number.h"
#include "memprof/objects/advice.h"
#include "memprof/objects/interpreter.h"
#include "memprof/objects/objects.h"

/* The same memory, without what the board said of itself. */
static void find_interpreter(struct memory_file *file)
{
	struct memory_reader reader = memory_file_reader(file);
	struct reader_range ram[16];
	struct interpreter in;
	size_t n_ram = MIN(file->n_pieces, ARRAY_SIZE(ram));
	struct diag diag = { 0 };

	for (size_t i = 0; i < n_ram; i++)
		ram[i] = (struct reader_range){ file->pieces[i].start, file->pieces[i].n_bytes };
	if (interpreter_find(&reader, ram, n_ram, &in, &diag) == 0) {
		struct objects *o = NULL;
		MUST(interpreter_update(&reader, ram, n_ram, &in, &diag) == 0);
		if (objects_read(&reader, &in.ids, &o, &diag) == 0)
			objects_free(o);
	}
}

static void make_heap(const struct objects *o)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint32_t n_heads = 0;
	struct heap heap;

	heap_init(&heap);
	if (objects_heap(o, &heap) == 0) {
		const struct heap_pool *pool = heap.pools;
		MUST(heap_check(&heap) == 0);
		for (uint32_t i = 0; i < pool->n_areas; i++)
			for (uint32_t k = 0; k < pool->areas[i].n_blocks; k++)
				n_heads += block_is_head(pool->areas[i].kinds[k]);
		MUST(n_heads == objects_count(o));
		pool->owners.by->name(pool->owners.ctx, pool->areas[0].base, UINT64_MAX, &text);
	}
	heap_deinit(&heap);
}

static void advise(const struct objects *o, const struct objects_report *report)
{
	struct objects_advice advice;

	MUST(objects_advise(o, report, NULL, &advice) == 0);
	for (size_t i = 0; i < advice.n_list; i++)
		MUST(advice.list[i].saved_bytes >= ADVICE_MIN_BYTES && *advice.list[i].text && *advice.list[i].basis);
	objects_advice_deinit(&advice);
}

FUZZ(data, size)
{
	struct memory_file file = { .source = NULL };
	struct objects *o = NULL;
	struct diag diag = { 0 };

	if (memory_file_read((const char *)data, size, "input", &file, &diag) == 0) {
		find_interpreter(&file);
		struct memory_reader reader = memory_file_reader(&file);
		if (objects_read(&reader, &file.ids, &o, &diag) == 0) {
			struct objects_report report;
			struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
			MUST(objects_report(o, &report) == 0);
			uint64_t n_bytes = 0;
			for (uint32_t i = 0; i < objects_count(o); i++) {
				struct object object;
				objects_get(o, i, &object);
				objects_path(o, i, &text);
				MUST(objects_at(o, object.address) == i);
				MUST(object.live ? object.retained_bytes >= object.n_bytes :
						   object.retained_bytes == 0);
				n_bytes += object.n_bytes;
			}
			MUST(n_bytes == report.totals.live.n_bytes + report.totals.collectable.n_bytes);
			advise(o, &report);
			objects_report_deinit(&report);
			make_heap(o);
		}
		objects_free(o);
	}
	memory_file_deinit(&file);
}
