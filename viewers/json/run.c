/* The member "run" of memprof.report/1. */
#include "memprof/viewers/run_view.h"

static void summary(struct json *j, const char *key, const struct pool_state *s)
{
	json_row(j, key);
	json_u64(j, "used", s->used_bytes);
	json_u64(j, "free", s->free_bytes);
	json_u64(j, "largest_free", s->lfb_bytes);
	json_object_end(j);
}

static void owners(struct json *j, const struct run_info *run)
{
	if (!json_array_if(j, "kept_by", run->has_owners))
		return;
	for (size_t i = 0; i < run->n_owners; i++) {
		const struct run_owner *owner = &run->owners[i];
		json_row(j, NULL);
		json_text(j, "path", owner->path);
		json_text(j, "kind", owner->kind);
		json_text(j, "class", owner->class[0] ? owner->class : NULL);
		json_u64(j, "objects", owner->n_objects);
		json_u64(j, "bytes", owner->n_bytes);
		json_object_end(j);
	}
	json_array_end(j);
}

static void left(struct json *j, const struct run_info *run)
{
	if (run->n_left == 0)
		return;
	for (size_t i = 0; json_rows(j, "left", i, run->n_left); i++) {
		json_text(j, "name", run->left[i].name);
		json_text(j, "remove", run->left[i].by_hand);
	}
}

void json_run_pools(struct json *j, const struct run_info *run)
{
	for (uint32_t i = 1; run->pools.n_pools > 1 && json_rows(j, "pools", i - 1, run->pools.n_pools - 1); i++) {
		const struct heap_pool *pool = &run->pools.pools[i];
		json_text(j, "name", pool->name);
		json_text(j, "kind", pool_kind_name(pool->kind));
		json_text(j, "memory", heap_memory_name(pool->memory));
		json_address(j, "start", pool->start);
		json_bool(j, "damaged", pool->damaged);
		json_u64(j, "total", pool->reported.total_bytes);
		json_u64(j, "used", pool->reported.used_bytes);
		json_u64(j, "free", pool->reported.free_bytes);
		json_u64(j, "largest_free", pool->reported.largest_free_bytes);
		json_u64(j, "peak", pool->reported.peak_bytes);
		json_u64(j, "allocations", pool->reported.n_allocations);
		json_u64(j, "failures", pool->reported.n_failures);
	}
}

void json_run(struct json *j, const char *key, const struct run_info *run)
{
	json_object(j, key);
	json_text(j, "script", run->script);
	json_text(j, "outcome",
		  run->lost      ? "lost" :
		  run->restarted ? "restarted" :
		  run->stopped   ? "stopped" :
		  run->raised    ? "raised" :
				   "ended");
	json_text(j, "exception", run->exception[0] ? run->exception : NULL);
	json_u64(j, "duration_ms", run->duration_us / 1000);
	json_u64(j, "samples", run->n_samples);
	json_u64(j, "sampling_ms", run->sampling_us == NOT_KNOWN ? NOT_KNOWN : run->sampling_us / 1000);
	json_u64(j, "marks", run->n_marks);
	json_u64(j, "own_used", run->own_bytes);
	json_u64(j, "peak_used", run->peak_used_bytes);
	json_u64(j, "lowest_largest_free", run->lowest_lfb_bytes);
	summary(j, "before", &run->before);
	summary(j, "after", &run->after);
	summary(j, "after_collect", &run->collected);
	if (run->before.used_bytes == NOT_KNOWN || run->collected.used_bytes == NOT_KNOWN)
		json_null(j, "kept");
	else
		json_i64(j, "kept", (int64_t)(run->collected.used_bytes - run->before.used_bytes));
	owners(j, run);
	left(j, run);
	json_run_pools(j, run);
	json_object_end(j);
}
