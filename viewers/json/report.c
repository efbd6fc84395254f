/* memprof.report/1: see docs/schema/memprof.report-1.schema.json. */
#include <math.h>
#include <string.h>

#include "memprof/analysis/pools.h"
#include "memprof/analysis/tasks.h"
#include "memprof/viewers/view.h"
#include "json/sizes.h"

static void reported(struct json *j, const struct heap_reported *reported)
{
	json_row(j, "reported");
	json_u64(j, "total", reported->total_bytes);
	json_u64(j, "used", reported->used_bytes);
	json_u64(j, "free", reported->free_bytes);
	json_u64(j, "one_blocks", reported->one_blocks);
	json_u64(j, "two_blocks", reported->two_blocks);
	json_u64(j, "max_block_blocks", reported->max_block_blocks);
	json_u64(j, "max_free_blocks", reported->max_free_blocks);
	json_u64(j, "max_new_split", reported->max_new_split_bytes);
	json_u64(j, "largest_free", reported->largest_free_bytes);
	json_u64(j, "largest_fit", reported->largest_fit_bytes);
	json_u64(j, "peak", reported->peak_bytes);
	json_u64(j, "least_free", reported->least_free_bytes);
	json_u64(j, "allocations", reported->n_allocations);
	json_u64(j, "failures", reported->n_failures);
	json_object_end(j);
}

static void kinds(struct json *j, const struct pool_report *r)
{
	json_object(j, "kinds");
	for (size_t i = 0; i < ARRAY_SIZE(r->counts.kind_objects); i++) {
		char letter[2] = { (char)i, '\0' };
		if (r->counts.kind_objects[i] == 0)
			continue;
		json_row(j, letter);
		json_u64(j, "objects", r->counts.kind_objects[i]);
		json_u64(j, "blocks", r->counts.kind_blocks[i]);
		json_u64(j, "bytes", (uint64_t)r->counts.kind_blocks[i] * r->pool->block_bytes);
		json_object_end(j);
	}
	json_object_end(j);
}

static void free_runs(struct json *j, const struct pool_report *r)
{
	json_array(j, "free_histogram");
	for (unsigned i = 0; i < AREA_CLASSES; i++) {
		if (r->counts.class_runs[i] == 0)
			continue;
		json_row(j, NULL);
		json_u64(j, "from", (uint64_t)r->pool->block_bytes << i);
		json_u64(j, "to", ((uint64_t)r->pool->block_bytes << (i + 1)) - 1);
		json_u64(j, "runs", r->counts.class_runs[i]);
		json_u64(j, "bytes", r->counts.class_blocks[i] * r->pool->block_bytes);
		json_object_end(j);
	}
	json_array_end(j);
}

static void areas(struct json *j, const struct pool_report *r)
{
	const struct heap_pool *pool = r->pool;

	for (uint32_t i = 0; json_rows(j, "areas", i, pool->n_areas); i++) {
		struct area_counts counts = { 0 };
		struct strbuf name = STRBUF_INIT;
		if (pool->n_areas == 1)
			counts = r->counts; /* counted already */
		else
			area_count(&pool->areas[i], &counts);
		strbuf_printf(&name, "%s.%u", pool->name, (unsigned)i);
		json_text(j, "name", strbuf_text(&name));
		json_address(j, "start", pool->areas[i].loose ? NOT_KNOWN : pool->areas[i].base);
		if (pool->areas[i].memory != MEMORY_NOT_KNOWN)
			json_text(j, "memory", heap_memory_name(pool->areas[i].memory));
		json_u64(j, "blocks", pool->areas[i].n_blocks);
		json_u64(j, "free_blocks", counts.n_free);
		json_u64(j, "largest_free_blocks", counts.max_free);
		json_null(j, "table_bytes");
		strbuf_deinit(&name);
	}
}

static void culprits(struct json *j, const struct pool_report *r)
{
	for (size_t i = 0; json_rows(j, "culprits", i, r->n_culprits); i++) {
		const struct culprit *c = &r->culprits[i];
		struct strbuf owner CLEANUP(strbuf_deinit) = STRBUF_INIT;
		report_owner(r->pool, c, &owner);
		json_address(j, "start", c->start);
		json_u64(j, "bytes", c->size_bytes);
		json_u64(j, "objects", c->n_objects);
		json_u64(j, "largest_free_after", c->lfb_after_bytes);
		json_u64(j, "gain", c->gain_bytes);
		json_text(j, "owner", owner.n_bytes ? strbuf_text(&owner) : NULL);
	}
}

static void fits(struct json *j, const struct pool_report *r)
{
	for (size_t i = 0; json_rows(j, "fits", i, r->n_fits); i++) {
		const struct fit *f = &r->fits[i];
		json_u64(j, "bytes", f->size_bytes);
		json_u64(j, "times", f->n_times);
		if (f->n_times == NOT_KNOWN && !f->once)
			json_null(j, "fits");
		else
			json_bool(j, "fits", f->once);
		json_bool(j, "grows", f->grows);
		json_double(j, "unusable", f->unusable < 0 ? (double)NAN : f->unusable, 4);
		if (json_row_if(j, "window", f->has_window)) {
			json_address(j, "start", f->window_start);
			json_u64(j, "bytes", f->window_bytes);
			json_u64(j, "used", f->window_used_bytes);
			json_u64(j, "objects", f->window_objects);
			json_object_end(j);
		}
	}
}

/* What only a block table tells. */
static uint64_t counted(const struct pool_report *r, uint64_t value) { return r->has_table ? value : NOT_KNOWN; }

/* Absent where the firmware counts nothing, or there was nothing to count. */
static void window(struct json *j, const struct heap_window *w)
{
	if (!w)
		return;
	json_object(j, "window");
	json_u64(j, "window_ms", w->window_us / 1000);
	json_u64(j, "allocations", w->n_allocations);
	json_u64(j, "allocated", w->allocated_bytes);
	json_u64(j, "frees", w->n_frees);
	json_u64(j, "freed", w->freed_bytes);
	json_u64(j, "failures", w->n_failures);
	json_u64(j, "large", w->n_large);
	json_u64(j, "least_used", w->least_used_bytes);
	json_u64(j, "most_used", w->most_used_bytes);
	json_u64(j, "least_free", w->least_free_bytes);
	json_sizes(j, "sizes", w->n_by_size);
	json_object_end(j);
}

static void pool(struct json *j, const struct pool_report *r)
{
	const struct area_counts *c = &r->counts;

	json_object(j, NULL);
	json_text(j, "name", r->pool->name);
	json_text(j, "kind", pool_kind_name(r->pool->kind));
	json_text(j, "memory", heap_memory_name(r->pool->memory));
	json_address(j, "start", r->pool->start);
	json_bool(j, "damaged", r->pool->damaged);
	json_u64(j, "block_bytes", r->pool->block_bytes ? r->pool->block_bytes : NOT_KNOWN);
	reported(j, &r->pool->reported);
	window(j, r->pool->window);
	if (r->state.at_least)
		json_bool(j, "at_least", true);
	json_u64(j, "total", r->state.total_bytes);
	json_u64(j, "used", r->state.used_bytes);
	json_u64(j, "free", r->state.free_bytes);
	json_u64(j, "overhead", r->overhead_bytes);
	json_u64(j, "unknown", r->unknown_bytes);
	json_u64(j, "largest_free", r->state.lfb_bytes);
	json_double(j, "fragmentation", r->state.fragmentation < 0 ? (double)NAN : r->state.fragmentation, 4);
	json_text(j, "health", health_name(report_health(r)));
	json_u64(j, "objects", counted(r, c->n_objects));
	json_u64(j, "one_block_objects", counted(r, c->n_one));
	json_u64(j, "two_block_objects", counted(r, c->n_two));
	json_u64(j, "largest_object", counted(r, (uint64_t)c->max_object * r->pool->block_bytes));
	json_u64(j, "finalisers", r->pool->n_finalisers);
	kinds(j, r);
	json_u64(j, "free_runs", counted(r, c->n_free_runs));
	free_runs(j, r);
	areas(j, r);
	culprits(j, r);
	fits(j, r);
	json_object_end(j);
}

static void difference(struct json *j, const char *pool, const struct difference *d)
{
	json_text(j, "pool", pool);
	json_text(j, "field", difference_name(d->field));
	json_u64(j, "reported", d->reported);
	json_u64(j, "counted", d->counted);
}

static void tasks(struct json *j, const struct heap *heap)
{
	if (heap->n_tasks == 0 && !heap->tasks_missing)
		return;
	for (uint32_t i = 0; json_rows(j, "tasks", i, heap->n_tasks); i++) {
		const struct heap_task *task = &heap->tasks[i];
		struct task_report r;
		report_task(task, &r);
		json_text(j, "name", task->name);
		json_address(j, "start", task->start);
		json_u64(j, "stack", task->stack_bytes);
		json_u64(j, "used", task->used_bytes);
		json_u64(j, "most_used", r.most_used_bytes);
		json_u64(j, "least_free", task->least_free_bytes);
		json_u64(j, "most_used_percent", r.most_used_percent < 0 ? NOT_KNOWN : (uint64_t)r.most_used_percent);
		json_bool(j, "low", r.is_low);
		json_bool(j, "current", task->is_current);
	}
	json_bool(j, "tasks_complete", !heap->tasks_missing);
}

static void worst_pool(struct json *j, const struct heap *heap, const struct report_options *options)
{
	struct pool_standings standings = { .n = 0 };
	char name[sizeof(heap->pools->name)] = "";

	for (uint32_t i = 0; i < heap->n_pools && heap->n_pools > 1; i++) /* one needs no counting */
		standings_add(&standings, &heap->pools[i], options);
	standings_end(&standings);
	if (heap->n_pools > 0) {
		const struct heap_pool *worst = heap->n_pools > 1 ? standings.all[standings.i_worst].pool : heap->pools;
		memcpy(name, worst->name, pool_group_name(worst));
	}
	json_text(j, "worst_pool", heap->n_pools > 0 ? name : NULL);
}

void json_dump(struct json *j, const struct dump_info *dump, const struct report_options *options)
{
	const struct heap *heap = dump->heap;

	json_object(j, NULL);
	json_u64(j, "dump", dump->n_dump);
	if (dump->file)
		json_text(j, "file", dump->file);
	json_u64(j, "line", dump->line ? dump->line : NOT_KNOWN);
	json_text(j, "time", dump->time[0] ? dump->time : NULL);
	json_u64(j, "at_ms", dump->at_us == NOT_KNOWN ? NOT_KNOWN : dump->at_us / 1000);
	json_text(j, "label", dump->label);
	json_bool(j, "complete", heap->problem == HEAP_WHOLE);
	json_text(j, "problem", heap->problem == HEAP_WHOLE ? NULL : heap_problem_text(heap->problem));
	if (json_row_if(j, "stack", heap->stack_used_bytes != NOT_KNOWN)) {
		json_u64(j, "used", heap->stack_used_bytes);
		json_u64(j, "limit", heap->stack_limit_bytes);
		json_object_end(j);
	}
	if (json_row_if(j, "qstr", heap->qstr.n_pools != NOT_KNOWN)) {
		json_u64(j, "pools", heap->qstr.n_pools);
		json_u64(j, "strings", heap->qstr.n_strings);
		json_u64(j, "string_bytes", heap->qstr.string_bytes);
		json_u64(j, "total_bytes", heap->qstr.total_bytes);
		json_object_end(j);
	}
	struct {
		const char *pool;
		struct difference of;
	} found[HEAP_POOLS_MAX * REPORT_DIFFERENCES_MAX];
	size_t n_found = 0;
	json_array(j, "pools");
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		struct pool_report r;
		report_pool(&heap->pools[i], heap->problem == HEAP_WHOLE, options, &r);
		pool(j, &r);
		for (size_t k = 0; k < r.n_differences; k++) {
			found[n_found].pool = r.pool->name;
			found[n_found++].of = r.differences[k];
		}
	}
	json_array_end(j);
	tasks(j, heap);
	worst_pool(j, heap, options);
	for (size_t i = 0; json_rows(j, "differences", i, n_found); i++)
		difference(j, found[i].pool, &found[i].of);
	if (json_row_if(j, "losses", dump->reported.lost_frames != NOT_KNOWN)) {
		json_u64(j, "frames", dump->reported.lost_frames);
		json_u64(j, "snapshots", dump->reported.lost_snapshots);
		json_object_end(j);
	}
	json_u64(j, "pause_us", dump->reported.pause_us);
	json_u64(j, "wait_us", dump->reported.wait_us);
	json_bool(j, "rolling", dump->reported.rolling);
	if (json_row_if(j, "stops", dump->reported.n_stops != NOT_KNOWN)) {
		json_u64(j, "count", dump->reported.n_stops);
		json_u64(j, "longest_us", dump->reported.longest_stop_us);
		json_u64(j, "span_us", dump->reported.took_us);
		json_object_end(j);
	}
	json_u64(j, "collections", dump->reported.n_collections);
	json_u64(j, "wire_bytes", dump->reported.wire_bytes);
	json_object_end(j);
}

void json_sample(struct json *j, const struct moment *sample)
{
	json_row(j, NULL);
	json_u64(j, "line", sample->line);
	json_u64(j, "at_ms", sample->at_us == NOT_KNOWN ? NOT_KNOWN : sample->at_us / 1000);
	json_u64(j, "used", sample->state.used_bytes);
	json_u64(j, "free", sample->state.free_bytes);
	json_u64(j, "largest_free", sample->state.lfb_bytes);
	json_object_end(j);
}

void json_error(struct json *j, const struct error_info *error)
{
	json_row(j, NULL);
	json_u64(j, "line", error->line ? error->line : NOT_KNOWN);
	json_u64(j, "asked", error->asked_bytes);
	json_u64(j, "dump", error->reference.n_dump ? error->reference.n_dump : NOT_KNOWN);
	json_text(j, "verdict", cause_name(error->cause));
	json_text(j, "text", error->text);
	json_object_end(j);
}

void json_input(struct json *j, const char *key, const struct input_info *input)
{
	json_row(j, key);
	json_text(j, "name", input->name);
	json_text(j, "format", input->format);
	json_u64(j, "bytes", input->n_bytes);
	json_u64(j, "dumps", input->n_dumps);
	json_object_end(j);
}
