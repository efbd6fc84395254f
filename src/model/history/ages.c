/* Since when each object is there: the objects of one moment after the other are held against those of the
 * moment before, where the tables differ. */
#include "history/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"

void ages_deinit(struct history *h, struct ages *a)
{
	history_let_go(h, a->shape);
	table_deinit(&a->now);
	table_deinit(&a->seen);
	free(a->since);
	free(a->changed);
	*a = (struct ages){ 0 };
}

/* ---- room ---- */

static size_t n_words(size_t n_lines) { return (n_lines + 63) / 64; }

static int make_room(struct ages *a, size_t n_lines)
{
	if (table_grow(&a->now, n_lines) < 0 || table_grow(&a->seen, n_lines) < 0)
		return -ENOMEM;
	if (n_lines <= a->n_lines)
		return 0;
	uint32_t *since = realloc(a->since, n_lines * LINE_BLOCKS * sizeof(*since));
	if (!since)
		return -ENOMEM;
	a->since = since;
	memset(since + a->n_lines * LINE_BLOCKS, 0, (n_lines - a->n_lines) * LINE_BLOCKS * sizeof(*since));
	uint64_t *changed = realloc(a->changed, n_words(n_lines) * sizeof(*changed));
	if (!changed)
		return -ENOMEM;
	a->changed = changed;
	memset(changed + n_words(a->n_lines), 0, (n_words(n_lines) - n_words(a->n_lines)) * sizeof(*changed));
	a->n_lines = n_lines;
	return 0;
}

/* ---- objects ---- */

/* Letters that say no more than that an object begins. */
static bool is_any(uint8_t kind) { return kind == BLOCK_HEAD || kind == BLOCK_MARKED; }

/* A pool of the moment before, and of this one: the same arrays if they are of one shape. */
struct side {
	const struct shape_pool *pool; /* NULL: there was none */
	uint8_t *kinds;                /* of its block 0 */
	uint32_t *since;
};

struct pair {
	struct side old, now;
	const uint8_t *kinds; /* of now; now.kinds has those it is known by */
	uint32_t n_moment;
	uint32_t i_area; /* of old: where an address was found last */
};

/* Where an address was in the old pool: its block, and the end of its area. */
static bool find_old(struct pair *p, uint64_t address, uint32_t *ret_i, uint32_t *ret_end)
{
	const struct shape_pool *pool = p->old.pool;

	for (uint32_t n = 0; pool && n < pool->n_areas; n++) {
		const struct heap_area *area = &pool->areas[p->i_area];
		uint64_t i = (address - area->base) / MAX(pool->block_bytes, 1u);
		if (address >= area->base && i < area->n_blocks) {
			*ret_i = area->i_first + (uint32_t)i;
			*ret_end = area->i_first + area->n_blocks;
			return true;
		}
		p->i_area = p->i_area + 1 < pool->n_areas ? p->i_area + 1 : 0;
	}
	return false;
}

/* Since when the object of n blocks at block i of the area is there; *kind becomes the one it is known by. */
static uint32_t since_when(struct pair *p, const struct heap_area *area, uint32_t i, uint32_t n, uint8_t *kind)
{
	uint64_t block_bytes = MAX(p->now.pool->block_bytes, 1u);
	uint32_t i_old, end;

	if (!find_old(p, area->base + i * block_bytes, &i_old, &end))
		return p->n_moment;
	uint8_t old = p->old.kinds[i_old];
	if (!block_is_head(old) || (old != *kind && !is_any(old) && !is_any(*kind)) ||
	    blocks_run_end(p->old.kinds, i_old + 1, end, BLOCK_TAIL) - i_old != n)
		return p->n_moment;
	if (is_any(*kind))
		*kind = old;
	return p->old.since[i_old];
}

/* The blocks from .. to of an area: no object begins before them, or ends behind them. */
static void take_blocks(struct pair *p, const struct heap_area *area, uint32_t from, uint32_t to)
{
	const uint8_t *kinds = p->kinds + area->i_first;
	uint8_t *seen = p->now.kinds + area->i_first;
	uint32_t *since = p->now.since + area->i_first;

	for (uint32_t i = from, n; i < to; i += n) {
		uint8_t kind = kinds[i];
		uint32_t n_moment = 0;
		n = 1;
		if (block_is_head(kind)) {
			n = blocks_run_end(kinds, i + 1, area->n_blocks, BLOCK_TAIL) - i;
			n_moment = since_when(p, area, i, n, &kind);
		}
		/* Old and now may be the same arrays: what is behind this object is still the old one's. */
		seen[i] = kind;
		memset(seen + i + 1, BLOCK_TAIL, n - 1);
		for (uint32_t k = i; k < i + n; k++)
			since[k] = n_moment;
	}
}

/* ---- tables ---- */

/* The next lines from i on, below end, that changed: first and one past the last. False: there are none. */
static bool next_changed(const uint64_t *changed, size_t *i, size_t *ret_end, size_t end)
{
	size_t at = *i;

	while (at < end && !(changed[at / 64] >> at % 64))
		at = (at / 64 + 1) * 64;
	if (at >= end)
		return false;
	at += (size_t)__builtin_ctzll(changed[at / 64] >> at % 64);
	if (at >= end)
		return false;
	*i = at;
	while (at < end && changed[at / 64] >> at % 64 & 1)
		at++;
	*ret_end = at;
	return true;
}

/* Only where lines changed, with the whole objects that reach into them or end before them. */
static void take_changes(struct pair *p, const struct heap_area *area, const uint64_t *changed)
{
	const uint8_t *kinds = p->kinds + area->i_first;
	size_t first = p->now.pool->i_line * LINE_BLOCKS + area->i_first, last = first + area->n_blocks;
	uint32_t done = 0; /* no object is cut there */
	size_t i_line = first / LINE_BLOCKS, i_end;

	for (; next_changed(changed, &i_line, &i_end, (last + LINE_BLOCKS - 1) / LINE_BLOCKS); i_line = i_end) {
		uint32_t from = i_line * LINE_BLOCKS > first ? (uint32_t)(i_line * LINE_BLOCKS - first) : 0;
		uint32_t to = (uint32_t)(MIN(i_end * LINE_BLOCKS, last) - first);
		if (from > done)
			from--;
		while (from > done && kinds[from] == BLOCK_TAIL)
			from--;
		while (to < area->n_blocks && kinds[to] == BLOCK_TAIL)
			to++;
		from = MAX(from, done);
		if (from < to)
			take_blocks(p, area, from, to);
		done = MAX(done, to);
	}
}

static const struct shape_pool *find_pool(const struct shape *shape, const struct shape_pool *like)
{
	for (uint32_t i = 0; shape && i < shape->n_pools; i++)
		if (strcmp(shape->pools[i].name, like->name) == 0 && shape->pools[i].block_bytes == like->block_bytes)
			return &shape->pools[i];
	return NULL;
}

static void take_same(struct ages *a, uint32_t n_moment)
{
	for (uint32_t i = 0; i < a->shape->n_pools; i++) {
		const struct shape_pool *pool = &a->shape->pools[i];
		size_t at = pool->i_line * LINE_BLOCKS;
		struct side side = { pool, a->seen.kinds + at, a->since + at };
		struct pair pair = { .old = side, .now = side, .kinds = a->now.kinds + at, .n_moment = n_moment };
		for (uint32_t k = 0; k < pool->n_areas; k++) {
			pair.i_area = k;
			take_changes(&pair, &pool->areas[k], a->changed);
		}
	}
}

/* Pools and areas came, went, or grew; or old is NULL, and all is new. */
static int take_other(struct ages *a, const struct shape *old, const struct shape *shape, uint32_t n_moment)
{
	struct block_table seen = { 0 };
	uint32_t *since = calloc(a->n_lines * LINE_BLOCKS, sizeof(*since));

	if (!since || table_grow(&seen, a->n_lines) < 0) {
		free(since);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < shape->n_pools; i++) {
		const struct shape_pool *pool = &shape->pools[i], *before = find_pool(old, pool);
		size_t at = pool->i_line * LINE_BLOCKS, at_old = before ? before->i_line * LINE_BLOCKS : 0;
		struct pair pair = {
			.old = { before, a->seen.kinds + at_old, a->since + at_old },
			.now = { pool, seen.kinds + at, since + at },
			.kinds = a->now.kinds + at,
			.n_moment = n_moment,
		};
		for (uint32_t k = 0; k < pool->n_areas; k++)
			take_blocks(&pair, &pool->areas[k], 0, pool->areas[k].n_blocks);
	}
	table_deinit(&a->seen);
	free(a->since);
	a->seen = seen;
	a->since = since;
	return 0;
}

/* ---- moments ---- */

/* Brings the table from the moment before to this one, and tells which lines changed: since the last moment
 * that had a table, as one without may have got the changes of one that was thinned. */
static int read_table(const struct history *h, struct ages *a, size_t i)
{
	const struct kept *kept = history_kept(h, i);
	bool follows = i > 0 && a->n_moment == history_kept(h, i - 1)->moment.n;

	if (follows && !kept->key) {
		packed_apply(&kept->packed, &a->now, a->changed);
		return 0;
	}
	struct block_table table;
	if (history_table(h, i, &table) < 0)
		return -ENOMEM;
	for (size_t k = 0; k < table.n_lines; k++)
		if (memcmp(table.kinds + k * LINE_BLOCKS, a->seen.kinds + k * LINE_BLOCKS, LINE_BLOCKS) != 0)
			a->changed[k / 64] |= UINT64_C(1) << k % 64;
	table_deinit(&a->now);
	a->now = table;
	return 0;
}

static int take_moment(struct history *h, struct ages *a, size_t i)
{
	const struct kept *kept = history_kept(h, i);
	uint32_t n_moment = (uint32_t)kept->moment.n;
	bool same_boot = a->n_boot == kept->moment.n_boot;
	int r = 0;

	if (make_room(a, h->last.n_lines) < 0 || read_table(h, a, i) < 0)
		return -ENOMEM;
	a->n_moment = n_moment;
	if (!kept->shape || kept->shape->n_lines == 0)
		return 0;
	if (a->shape == kept->shape && same_boot)
		take_same(a, n_moment);
	else
		r = take_other(a, same_boot ? a->shape : NULL, kept->shape, n_moment);
	memset(a->changed, 0, n_words(a->n_lines) * sizeof(*a->changed));
	history_let_go(h, a->shape);
	a->shape = kept->shape;
	a->shape->n_refs++;
	a->n_boot = kept->moment.n_boot;
	return r;
}

/* How far before what is asked for the others are kept. */
static const size_t distances[N_AGES_BEFORE] = { 16, 128, 1024 };

static int copy(struct history *h, const struct ages *from, struct ages *to)
{
	ages_deinit(h, to);
	if (make_room(to, from->n_lines) < 0) {
		ages_deinit(h, to);
		return -ENOMEM;
	}
	memcpy(to->now.kinds, from->now.kinds, from->n_lines * LINE_BLOCKS);
	memcpy(to->seen.kinds, from->seen.kinds, from->n_lines * LINE_BLOCKS);
	memcpy(to->since, from->since, from->n_lines * LINE_BLOCKS * sizeof(*to->since));
	memcpy(to->changed, from->changed, n_words(from->n_lines) * sizeof(*to->changed));
	to->n_moment = from->n_moment;
	to->n_boot = from->n_boot;
	to->shape = from->shape;
	if (to->shape)
		to->shape->n_refs++;
	return 0;
}

/* Bytes that are read to go on to a moment. Where another shape begins, all of its blocks are. */
static size_t cost_of(const struct ages *a, const struct kept *kept)
{
	bool other = kept->shape && kept->shape != a->shape;

	return kept->packed.n_bytes + (other ? kept->shape->n_lines * LINE_BLOCKS : 0);
}

/* At least one moment, and then no more than HISTORY_AGES_BYTES: 0, HISTORY_MORE or -ENOMEM. */
static int take_until(struct history *h, struct ages *a, size_t i_last)
{
	size_t i = a->n_moment ? history_find(h, a->n_moment) : 0, n_bytes = 0;

	if (a->n_moment && history_kept(h, i)->moment.n <= a->n_moment)
		i++;
	for (; i <= i_last; i++) {
		if (n_bytes > HISTORY_AGES_BYTES)
			return HISTORY_MORE;
		n_bytes += cost_of(a, history_kept(h, i));
		if (take_moment(h, a, i) < 0) {
			ages_deinit(h, a);
			return -ENOMEM;
		}
		for (size_t k = 0; a == &h->then && k < N_AGES_BEFORE; k++)
			if (i_last - i == distances[k])
				copy(h, a, &h->before[k]); /* without memory it is done without */
	}
	return 0;
}

/* Makes h->then begin as near before a moment as is known. */
static void go_back(struct history *h, uint64_t n_moment)
{
	const struct ages *best = h->then.n_moment <= n_moment ? &h->then : NULL;

	/* Those of what was the newest moment come first: it may have been left for a long time. */
	for (size_t k = 0; k < 1 + N_AGES_BEFORE; k++) {
		const struct ages *a = k == 0 ? &h->ages : &h->before[k - 1];
		if (a->n_moment && a->n_moment <= n_moment && (!best || a->n_moment > best->n_moment))
			best = a;
	}
	if (best == &h->then)
		return;
	if (!best || copy(h, best, &h->then) < 0)
		ages_deinit(h, &h->then);
}

/* A moment that was thinned out meanwhile is told as the next one that is kept. */
static uint32_t still_kept(const struct history *h, uint32_t n_moment)
{
	size_t i = history_find(h, n_moment);

	if (history_kept(h, i)->moment.n < n_moment)
		i++;
	return (uint32_t)history_kept(h, i)->moment.n;
}

static void tell(const struct history *h, const uint32_t *since, uint32_t n_blocks, uint32_t *ret)
{
	enum { N_KNOWN = 1024 };
	uint32_t known[N_KNOWN] = { 0 }, kept[N_KNOWN] = { 0 };

	for (uint32_t i = 0; i < n_blocks; i++) {
		uint32_t n = since[i], slot = n % N_KNOWN;
		if (n && known[slot] != n) {
			known[slot] = n;
			kept[slot] = still_kept(h, n);
		}
		ret[i] = n ? kept[slot] : 0;
	}
}

int history_first_seen(struct history *h, size_t i, size_t i_pool, uint32_t *ret)
{
	const struct kept *kept = history_kept(h, i);
	struct ages *a = i == h->n_items - 1 ? &h->ages : &h->then;

	if (kept->heap.pools[i_pool].n_blocks == 0)
		return 0;
	if (a == &h->then)
		go_back(h, kept->moment.n);
	int r = take_until(h, a, i);
	if (r != 0)
		return r;
	const struct shape_pool *pool = &kept->shape->pools[i_pool];
	tell(h, a->since + pool->i_line * LINE_BLOCKS, pool->n_blocks, ret);
	return 0;
}
