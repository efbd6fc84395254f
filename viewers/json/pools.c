/* The member "pools" of memprof.report/1: other heaps than Python's. */
#include "memprof/viewers/view.h"

void json_pool(struct json *j, const struct pool_moment *pool)
{
	const struct heap_pool *of = &pool->pool;

	json_row(j, NULL);
	json_u64(j, "line", pool->line);
	json_u64(j, "at_ms", pool->at_us == NOT_KNOWN ? NOT_KNOWN : pool->at_us / 1000);
	json_text(j, "name", of->name);
	json_text(j, "kind", pool_kind_name(of->kind));
	json_address(j, "start", of->start);
	json_u64(j, "total", of->reported.total_bytes);
	json_u64(j, "used", of->reported.used_bytes);
	json_u64(j, "free", of->reported.free_bytes);
	json_u64(j, "largest_free", of->reported.largest_free_bytes);
	json_u64(j, "min_free", of->reported.least_free_bytes);
	json_object_end(j);
}
