/* The member "pools" of memprof.report/1: other heaps than Python's. */
#include "memprof/viewers/view.h"

void json_pool(struct json *j, const struct pool_info *pool)
{
	const struct event_pool *of = &pool->of;

	json_row(j, NULL);
	json_u64(j, "line", pool->line);
	json_u64(j, "at_ms", pool->at_us == NOT_KNOWN ? NOT_KNOWN : pool->at_us / 1000);
	json_text(j, "name", of->name);
	json_text(j, "kind", pool_kind_name(of->kind));
	if (of->start == NOT_KNOWN)
		json_null(j, "start");
	else
		json_address(j, "start", of->start);
	json_u64(j, "total", of->total_bytes);
	json_u64(j, "used", of->used_bytes);
	json_u64(j, "free", of->free_bytes);
	json_u64(j, "largest_free", of->largest_free_bytes);
	json_u64(j, "min_free", of->min_free_bytes);
	json_object_end(j);
}
