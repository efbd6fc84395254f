/* The heap as a map of cells. */
#include <inttypes.h>

#include "memprof/viewers/view.h"

struct scale {
	uint32_t per_cell; /* blocks; a power of two */
	uint32_t per_row;  /* cells; a power of two */
	int n_digits;      /* of an address */
};

/* Columns of the highest address, at least those of a Linux process. */
static int digits_of(const struct heap_pool *pool)
{
	uint64_t highest = 0;
	int n = 12;

	for (uint32_t i = 0; i < pool->n_areas; i++)
		highest = MAX(highest, pool->areas[i].base + (uint64_t)pool->areas[i].n_blocks * pool->block_bytes);
	while (n < 16 && highest >> (4 * n))
		n++;
	return n;
}

static uint64_t rows_of(const struct heap_pool *pool, uint32_t per_row_blocks)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < pool->n_areas; i++)
		n += (pool->areas[i].n_blocks + per_row_blocks - 1) / per_row_blocks;
	return n;
}

/* The finest scale that keeps to the rows there are; every area has a row at least. */
static struct scale scale_for(const struct heap_pool *pool, const struct text_style *style)
{
	struct scale s = { 1, 64, digits_of(pool) };
	uint64_t n_rows = (uint64_t)style->map_rows + pool->n_areas - 1;

	while (s.per_row > 8 && (unsigned)s.n_digits + 2 + s.per_row > style->columns)
		s.per_row /= 2;
	while (!style->map_full && s.per_cell < HEAP_BLOCKS_MAX && rows_of(pool, s.per_cell * s.per_row) > n_rows)
		s.per_cell *= 2;
	return s;
}

/* Where the pool's longest free run lies. */
struct longest {
	uint32_t i_area, i_first, n_blocks;
};

static struct longest find_longest(const struct heap_pool *pool)
{
	struct longest best = { 0 };

	for (uint32_t a = 0; a < pool->n_areas; a++) {
		uint32_t n = 0;
		for (uint32_t i = 0; i < pool->areas[a].n_blocks; i++) {
			n = pool->areas[a].kinds[i] == BLOCK_FREE ? n + 1 : 0;
			if (n > best.n_blocks)
				best = (struct longest){ a, i + 1 - n, n };
		}
	}
	return best;
}

static const char *shade(uint32_t n_used, uint32_t n, bool utf8)
{
	static const char *const fine[] = { "░", "▒", "▓", "█" };
	static const char *const plain[] = { ":", "+", "*", "#" };
	unsigned i = n_used == n ? 3 : n_used * 3 / n;

	return utf8 ? fine[i] : plain[i];
}

static void cell(struct strbuf *out, const uint8_t *kinds, uint32_t n, bool is_largest, const struct text_style *style)
{
	uint32_t n_free = 0, n_unknown = 0;

	for (uint32_t i = 0; i < n; i++) {
		n_free += kinds[i] == BLOCK_FREE;
		n_unknown += kinds[i] == BLOCK_UNKNOWN;
	}
	if (n_free == n) {
		text_role(out, style, is_largest ? ROLE_LARGEST : ROLE_FREE);
		strbuf_puts(out, is_largest ? "_" : ".");
		text_role(out, style, ROLE_PLAIN);
	} else if (n_unknown > 0) {
		text_role(out, style, ROLE_WARNING);
		strbuf_putc(out, '?');
		text_role(out, style, ROLE_PLAIN);
	} else if (n == 1) {
		strbuf_putc(out, (char)kinds[0]);
	} else {
		strbuf_puts(out, shade(n - n_free, n, style->utf8));
	}
}

static void legend(struct strbuf *out, const struct heap_pool *pool, struct scale s, const struct text_style *style)
{
	if (s.per_cell == 1)
		strbuf_puts(out,
			    "  . free  _ largest free  = tail  T tuple  L list  D dict  S str, bytes\n"
			    "  A bytearray  F float  B function  M module  h other  ? not in the log\n");
	else
		strbuf_printf(out,
			      "  . free  _ largest free  %s in part  %s full  ? not in the log\n"
			      "  a cell is %" PRIu32 " blocks, %" PRIu64 " B\n",
			      style->utf8 ? "░▒▓" : ":+*", style->utf8 ? "█" : "#", s.per_cell,
			      (uint64_t)s.per_cell * pool->block_bytes);
}

void text_map(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style)
{
	struct scale s = scale_for(pool, style);
	struct longest longest = find_longest(pool);

	for (uint32_t a = 0; a < pool->n_areas; a++) {
		const struct heap_area *area = &pool->areas[a];
		for (uint32_t at = 0; at < area->n_blocks; at += s.per_cell) {
			if (at / s.per_cell % s.per_row == 0) {
				text_role(out, style, ROLE_FAINT);
				strbuf_printf(out, "%s%*" PRIx64,
					      at ? "\n" :
					      a  ? "\n" :
						   "",
					      s.n_digits, area->base + (uint64_t)at * pool->block_bytes);
				text_role(out, style, ROLE_PLAIN);
				strbuf_puts(out, "  ");
			}
			uint32_t n = MIN(s.per_cell, area->n_blocks - at);
			bool is_largest = a == longest.i_area && at + n > longest.i_first &&
					  at < longest.i_first + longest.n_blocks;
			cell(out, area->kinds + at, n, is_largest, style);
		}
	}
	strbuf_putc(out, '\n');
	legend(out, pool, s, style);
}
