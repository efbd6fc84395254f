/* The pools of a heap, a row each. */
#include "memprof/viewers/view.h"

enum { NAME, KIND, MEMORY, SIZE, USED, FREE, LARGEST, PEAK, LEAST, ALLOCATIONS, FAILED };

static const struct doc_column columns[] = {
	[NAME] = { NULL, "pool", DOC_TEXT, .is_name = true },
	[KIND] = { NULL, "kind", DOC_TEXT },
	[MEMORY] = { NULL, "memory", DOC_TEXT, .drop = 3 },
	[SIZE] = { NULL, "size", DOC_SIZE },
	[USED] = { NULL, "used", DOC_SIZE },
	[FREE] = { NULL, "free", DOC_SIZE },
	[LARGEST] = { NULL, "largest free", DOC_SIZE },
	[PEAK] = { NULL, "peak", DOC_SIZE, .drop = 1 },
	[LEAST] = { NULL, "least free", DOC_SIZE, .drop = 2 },
	[ALLOCATIONS] = { NULL, "allocations", DOC_COUNT, .drop = 4 },
	[FAILED] = { NULL, "failed", DOC_COUNT },
};

static void fill_pool(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct heap_pool *pool = &((const struct heap *)ctx)->pools[i];
	const struct heap_reported *r = &pool->reported;
	const struct pool_state now = pool_state_counted(pool);

	if (pool->damaged || (now.total_bytes != NOT_KNOWN && now.free_bytes < now.total_bytes / 50))
		ret->role = ROLE_WARNING;
	ret->cells[NAME] = DOC_T(pool->name);
	strbuf_printf(doc_make(ret, KIND), "%s%s", pool_kind_name(pool->kind), pool->damaged ? ", damaged" : "");
	ret->cells[MEMORY] = doc_text_or_none(heap_memory_name(pool->memory));
	ret->cells[SIZE] = DOC_BYTES(now.total_bytes);
	ret->cells[USED] = DOC_BYTES(now.used_bytes);
	ret->cells[FREE] = DOC_BYTES(now.free_bytes);
	ret->cells[LARGEST] = DOC_BYTES(now.lfb_bytes);
	ret->cells[PEAK] = DOC_BYTES(r->peak_bytes);
	ret->cells[LEAST] = DOC_BYTES(r->peak_bytes == NOT_KNOWN ? r->least_free_bytes : NOT_KNOWN);
	ret->cells[ALLOCATIONS] = DOC_N(r->n_allocations);
	ret->cells[FAILED] = DOC_N(r->n_failures);
}

void document_pools(struct document *d, const struct heap *heap)
{
	if (heap->n_pools > 1)
		doc_table(d, &(struct doc_table){ .title = "Pools",
						  .columns = columns,
						  .n_columns = ARRAY_SIZE(columns),
						  .n_rows = heap->n_pools,
						  .row = fill_pool,
						  .ctx = heap });
}
