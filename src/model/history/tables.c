#include "history/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"

enum { CHUNK_LINES = 16 }; /* looked at together first: most of a table did not change */

/* ---- tables ---- */

int table_grow(struct block_table *t, size_t n_lines)
{
	if (n_lines <= t->n_lines)
		return 0;
	uint8_t *kinds = realloc(t->kinds, n_lines * LINE_BLOCKS);
	if (!kinds)
		return -ENOMEM;
	memset(kinds + t->n_lines * LINE_BLOCKS, BLOCK_FREE, (n_lines - t->n_lines) * LINE_BLOCKS);
	*t = (struct block_table){ kinds, n_lines };
	return 0;
}

void table_clear(struct block_table *t)
{
	if (t->n_lines)
		memset(t->kinds, BLOCK_FREE, t->n_lines * LINE_BLOCKS);
}

void table_deinit(struct block_table *t)
{
	free(t->kinds);
	*t = (struct block_table){ 0 };
}

/* ---- one line, packed ---- */

struct kinds_line {
	size_t i_line;
	uint64_t mask; /* bit i: block i is written */
	bool uniform;  /* all with the same kind */
	const uint8_t *kinds;
	size_t n_kinds;
};

static void add_line(struct packer *p, const struct kinds_line *line)
{
	uint64_t n = (uint64_t)(line->i_line - p->i_next) << 1 | line->uniform;
	uint8_t head[10 + sizeof(line->mask)];
	size_t n_head = 0;

	for (; n >= 0x80; n >>= 7)
		head[n_head++] = (uint8_t)(n | 0x80);
	head[n_head++] = (uint8_t)n;
	memcpy(head + n_head, &line->mask, sizeof(line->mask));
	strbuf_add(&p->out, head, n_head + sizeof(line->mask));
	strbuf_add(&p->out, line->kinds, line->n_kinds);
	p->i_next = line->i_line + 1;
}

/* The blocks of a line that the mask names. */
static void add_blocks(struct packer *p, size_t i_line, uint64_t mask, const uint8_t *kinds)
{
	uint8_t some[LINE_BLOCKS];
	size_t n = 0;
	bool uniform = true;

	for (uint64_t left = mask; left; left &= left - 1) {
		some[n] = kinds[__builtin_ctzll(left)];
		uniform = uniform && some[n] == some[0];
		n++;
	}
	add_line(p, &(struct kinds_line){ i_line, mask, uniform, some, uniform ? 1 : n });
}

struct lines {
	const uint8_t *at, *end;
	size_t i_next;
};

static bool next_line(struct lines *from, struct kinds_line *ret)
{
	uint64_t n = 0;

	if (from->at == from->end)
		return false;
	for (unsigned shift = 0;; shift += 7) {
		n |= (uint64_t)(*from->at & 0x7f) << shift;
		if (*from->at++ < 0x80)
			break;
	}
	ret->i_line = from->i_next + (size_t)(n >> 1);
	ret->uniform = n & 1;
	memcpy(&ret->mask, from->at, sizeof(ret->mask));
	ret->kinds = from->at + sizeof(ret->mask);
	ret->n_kinds = ret->uniform ? 1 : mask_n_set(ret->mask);
	from->at = ret->kinds + ret->n_kinds;
	from->i_next = ret->i_line + 1;
	return true;
}

static struct lines lines_of(const struct packed *packed)
{
	return (struct lines){ packed->bytes, packed->bytes ? packed->bytes + packed->n_bytes : NULL, 0 };
}

static void write_line(const struct kinds_line *line, uint8_t *blocks)
{
	const uint8_t *kind = line->kinds;

	if (line->mask == UINT64_MAX && line->uniform) {
		memset(blocks, *kind, LINE_BLOCKS);
		return;
	}
	for (uint64_t left = line->mask; left; left &= left - 1) {
		blocks[__builtin_ctzll(left)] = *kind;
		kind += !line->uniform;
	}
}

/* ---- packing ---- */

void packer_begin(struct packer *p)
{
	strbuf_reset(&p->out);
	p->i_next = 0;
}

static void compare_line(struct packer *p, size_t i_line, const uint8_t *kinds, const uint8_t *before)
{
	uint64_t same = blocks_mask_same(kinds, before);

	if (same != UINT64_MAX)
		add_blocks(p, i_line, ~same, kinds);
}

void packer_add(struct packer *p, size_t i_line, const uint8_t *kinds, size_t n_blocks, const uint8_t *before)
{
	size_t n_whole = n_blocks / LINE_BLOCKS, n_rest = n_blocks % LINE_BLOCKS;
	uint8_t free_lines[CHUNK_LINES * LINE_BLOCKS];

	if (!before)
		memset(free_lines, BLOCK_FREE, sizeof(free_lines));
	for (size_t i = 0, n; i < n_whole; i += n) {
		n = MIN(n_whole - i, (size_t)CHUNK_LINES);
		const uint8_t *now = kinds + i * LINE_BLOCKS, *old = before ? before + i * LINE_BLOCKS : free_lines;
		if (memcmp(now, old, n * LINE_BLOCKS) == 0)
			continue;
		for (size_t k = 0; k < n; k++)
			compare_line(p, i_line + i + k, now + k * LINE_BLOCKS, old + k * LINE_BLOCKS);
	}
	if (n_rest) {
		uint8_t line[LINE_BLOCKS];
		memcpy(line, kinds + n_whole * LINE_BLOCKS, n_rest);
		memset(line + n_rest, BLOCK_FREE, LINE_BLOCKS - n_rest);
		compare_line(p, i_line + n_whole, line, before ? before + n_whole * LINE_BLOCKS : free_lines);
	}
}

void packer_merge(struct packer *p, const struct packed *first, const struct packed *second)
{
	struct lines from_a = lines_of(first), from_b = lines_of(second);
	struct kinds_line a, b;
	bool has_a = next_line(&from_a, &a), has_b = next_line(&from_b, &b);

	while (has_a || has_b) {
		if (has_a && has_b && a.i_line == b.i_line) {
			uint8_t blocks[LINE_BLOCKS];
			write_line(&a, blocks);
			write_line(&b, blocks);
			add_blocks(p, a.i_line, a.mask | b.mask, blocks);
			has_a = next_line(&from_a, &a);
			has_b = next_line(&from_b, &b);
		} else if (has_a && (!has_b || a.i_line < b.i_line)) {
			add_line(p, &a);
			has_a = next_line(&from_a, &a);
		} else {
			add_line(p, &b);
			has_b = next_line(&from_b, &b);
		}
	}
}

int packer_take(struct packer *p, struct packed *ret)
{
	if (strbuf_error(&p->out) < 0)
		return -ENOMEM;
	struct packed packed = { NULL, p->out.n_bytes };
	if (packed.n_bytes) {
		packed.bytes = malloc(packed.n_bytes);
		if (!packed.bytes)
			return -ENOMEM;
		memcpy(packed.bytes, p->out.text, packed.n_bytes);
	}
	*ret = packed;
	return 0;
}

void packed_apply(const struct packed *packed, struct block_table *t, uint64_t *changed)
{
	struct lines from = lines_of(packed);
	struct kinds_line line;

	while (next_line(&from, &line)) {
		write_line(&line, t->kinds + line.i_line * LINE_BLOCKS);
		if (changed)
			changed[line.i_line / 64] |= UINT64_C(1) << line.i_line % 64;
	}
}
