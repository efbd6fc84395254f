#include "html/tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "html/packed.h"
#include "memprof/model/heap.h"
#include "memprof/viewers/report_page.h"

enum { KEY_EVERY = 16 };

/* XORs the letters of a pool into n_bytes. */
static void add_letters(uint8_t *bytes, uint32_t n_bytes, const struct heap_pool *pool)
{
	for (uint32_t i = 0; i < pool->n_areas; i++) {
		const struct heap_area *area = &pool->areas[i];
		for (uint32_t k = 0; k < area->n_blocks && area->i_first + k < n_bytes; k++)
			bytes[area->i_first + k] ^= area->kinds[k];
	}
}

/* The letters of a pool as they are, or what is other than in another table. */
static int add_deflated(struct strbuf *out, const struct heap_pool *pool, const struct heap_pool *against)
{
	uint8_t *bytes = calloc(pool->n_blocks, 1);
	int r = -ENOMEM;

	if (bytes) {
		add_letters(bytes, pool->n_blocks, pool);
		if (against)
			add_letters(bytes, pool->n_blocks, against);
		r = html_pack(out, bytes, pool->n_blocks);
	}
	free(bytes);
	return r;
}

static int add_table(struct json *j, uint64_t n_dump, const struct heap *heap, uint32_t i_pool, uint64_t n_against,
		     const struct heap *against)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct heap_pool *pool = &heap->pools[i_pool];
	const struct heap_pool *other = against && i_pool < against->n_pools ? &against->pools[i_pool] : NULL;

	if (pool->n_blocks == 0)
		return 0;
	if (other && (other->n_blocks == 0 || strcmp(other->name, pool->name) != 0))
		other = NULL;
	int r = add_deflated(&text, pool, other);
	json_row(j, NULL);
	json_u64(j, "dump", n_dump);
	json_u64(j, "pool", i_pool);
	json_u64(j, "blocks", pool->n_blocks);
	json_u64(j, "against", other ? n_against : NOT_KNOWN);
	json_text(j, "deflate", strbuf_text(&text));
	json_object_end(j);
	return r < 0 ? r : strbuf_error(&text);
}

/* The tables of every n_step-th moment. Positive: they are too large. */
static int add_moments(struct json *j, const struct history *h, size_t n_step)
{
	struct heap heaps[2];
	struct heap *now = &heaps[0], *later = &heaps[1];
	uint64_t n_later = NOT_KNOWN;
	size_t n = history_n(h), n_begin = j->out->n_bytes;
	int r = 0;

	heap_init(now);
	heap_init(later);
	for (size_t k = 0; r == 0 && k < n; k += n_step) {
		const struct history_moment *moment = history_moment(h, n - 1 - k);
		r = history_heap(h, n - 1 - k, now);
		for (uint32_t i = 0; r == 0 && i < now->n_pools; i++)
			r = add_table(j, moment->n, now, i, n_later, k / n_step % KEY_EVERY ? later : NULL);
		if (r == 0 && k > 0 && j->out->n_bytes - n_begin > REPORT_PAGE_TABLE_BYTES)
			r = 1;
		heap_swap(now, later);
		n_later = moment->n;
	}
	heap_deinit(now);
	heap_deinit(later);
	return r;
}

void html_tables(struct json *j, const char *key, const struct history *h)
{
	size_t n_step = (history_n(h) + REPORT_PAGE_TABLES - 1) / REPORT_PAGE_TABLES;

	for (n_step = MAX(n_step, (size_t)1);; n_step *= 2) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		struct json rows = { .out = &text, .compact = true };
		json_array(&rows, NULL);
		int r = add_moments(&rows, h, n_step);
		json_array_end(&rows);
		if (r > 0)
			continue;
		json_raw(j, key, strbuf_text(&text));
		if (r < 0 || strbuf_error(&text))
			j->out->error = -ENOMEM;
		return;
	}
}
