/* What the blocks of a cell are. 64 blocks at a time are made into masks, a bit for each, so that a block
 * costs little and a large object no more than any other. */
#include "memprof/analysis/heap_map.h"
#include "memprof/model/blocks.h"

/* ---- where an object begins and ends ---- */

/* The block where the object begins that block i of an area is in; if its head is missing, its first tail.
 * All indexes are of the pool. */
static uint32_t object_head(const struct heap_pool *pool, const struct heap_area *area,
			    const struct object_marks *marks, uint32_t i)
{
	uint32_t i_mark = i >> marks->shift << marks->shift, floor = MAX(i_mark, area->i_first);

	if (pool->kinds[i] != BLOCK_TAIL)
		return i;
	uint32_t begin = blocks_run_begin(pool->kinds, i, floor, BLOCK_TAIL);
	if (begin == i_mark && begin > area->i_first)
		return marks->i_head[i >> marks->shift];
	return begin > floor && block_is_head(pool->kinds[begin - 1]) ? begin - 1 : begin;
}

/* The first block after i that is no tail, or the area's end. */
static uint32_t object_end(const struct heap_pool *pool, const struct heap_area *area, const struct object_marks *marks,
			   uint32_t i)
{
	uint32_t area_end = area->i_first + area->n_blocks, i_mark = ((i >> marks->shift) + 1) << marks->shift;
	uint32_t end = blocks_run_end(pool->kinds, i + 1, MIN(i_mark, area_end), BLOCK_TAIL);

	return end == i_mark && end < area_end ? marks->i_end[end >> marks->shift] : end;
}

static void make_marks(const struct heap_pool *pool, struct object_marks *ret)
{
	ret->shift = 6;
	while (pool->n_blocks > (uint32_t)OBJECT_MARKS << ret->shift)
		ret->shift++;
	for (uint32_t a = 0; a < pool->n_areas; a++) {
		const struct heap_area *area = &pool->areas[a];
		uint32_t step = 1u << ret->shift, end = area->i_first + area->n_blocks;
		uint32_t i_begin = (area->i_first + step - 1) >> ret->shift, i_end = (end + step - 1) >> ret->shift;
		for (uint32_t k = i_begin; k < i_end; k++) {
			uint32_t i = k << ret->shift;
			bool is_inside = pool->kinds[i] == BLOCK_TAIL && i > area->i_first;
			if (is_inside && pool->kinds[i - 1] == BLOCK_TAIL)
				ret->i_head[k] = object_head(pool, area, ret, i - 1);
			else
				ret->i_head[k] = is_inside && block_is_head(pool->kinds[i - 1]) ? i - 1 : i;
		}
		for (uint32_t k = i_end; k-- > i_begin;) {
			uint32_t i = k << ret->shift;
			ret->i_end[k] = pool->kinds[i] == BLOCK_TAIL ? object_end(pool, area, ret, i) : i;
		}
	}
}

/* ---- preparation ---- */

/* Areas come in the same order nearly always. */
static uint16_t pair_of(const struct heap_pool *before, const struct heap_area *area, uint32_t i_likely)
{
	for (uint32_t k = 0; k < before->n_areas; k++) {
		uint32_t i = (i_likely + k) % before->n_areas;
		if (before->areas[i].base == area->base)
			return (uint16_t)i;
	}
	return HEAP_AREAS_MAX;
}

static void add_run(struct heap_cells *cells, const struct culprit *culprit)
{
	size_t i = cells->n_runs;
	uint32_t i_first;

	if (!heap_block_at(cells->pool, culprit->start, &i_first))
		return;
	for (; i > 0 && cells->runs[i - 1].i_first > i_first; i--)
		cells->runs[i] = cells->runs[i - 1];
	cells->runs[i].i_first = i_first;
	cells->runs[i].i_end = i_first + (uint32_t)(culprit->size_bytes / cells->pool->block_bytes);
	cells->n_runs++;
}

void heap_cells_prepare(struct heap_cells *cells)
{
	const struct heap_pool *pool = cells->pool, *before = cells->before;

	cells->n_runs = 0;
	for (size_t i = 0; i < MIN(cells->n_culprits, (size_t)REPORT_CULPRITS_MAX); i++)
		add_run(cells, &cells->culprits[i]);
	make_marks(pool, &cells->marks);
	cells->compares = before && before->block_bytes == pool->block_bytes;
	if (!cells->compares)
		return;
	make_marks(before, &cells->marks_before);
	for (uint32_t i = 0; i < pool->n_areas; i++)
		cells->i_before[i] = pair_of(before, &pool->areas[i], i);
}

/* ---- 64 blocks ---- */

struct window {
	const uint8_t *kinds;
	uint64_t free, unknown, tail, head;
	uint8_t room[BLOCKS_MASK];
};

/* Block i of an area and those behind it. What is behind the area's end is of the kind beyond. */
static void window_at(const struct heap_area *area, uint32_t i, uint8_t beyond, struct window *ret)
{
	uint32_t n = i < area->n_blocks ? area->n_blocks - i : 0;

	if (n >= BLOCKS_MASK) {
		ret->kinds = area->kinds + i;
	} else {
		memset(ret->room, beyond, sizeof(ret->room));
		if (n > 0)
			memcpy(ret->room, area->kinds + i, n);
		ret->kinds = ret->room;
	}
	ret->free = blocks_mask(ret->kinds, BLOCK_FREE);
	ret->unknown = blocks_mask(ret->kinds, BLOCK_UNKNOWN);
	ret->tail = blocks_mask(ret->kinds, BLOCK_TAIL);
	ret->head = ~(ret->free | ret->unknown | ret->tail);
}

/* The lowest n bits. */
static uint64_t low_bits(uint32_t n) { return n >= BLOCKS_MASK ? UINT64_MAX : (UINT64_C(1) << n) - 1; }

/* ---- kinds ---- */

struct tally {
	uint64_t seen[4];     /* a bit for each letter */
	uint32_t n[256];      /* blocks, by letter; of what was not seen it is not set */
	uint8_t letters[256]; /* those that were seen */
	unsigned n_letters;
};

static void tally_begin(struct tally *t)
{
	memset(t->seen, 0, sizeof(t->seen));
	t->n_letters = 0;
}

static void tally_add(struct tally *t, uint8_t letter, uint32_t n)
{
	uint64_t *seen = &t->seen[letter / 64], bit = UINT64_C(1) << letter % 64;

	if (n == 0)
		return;
	if (!(*seen & bit)) {
		*seen |= bit;
		t->n[letter] = 0;
		t->letters[t->n_letters++] = letter;
	}
	t->n[letter] += n;
}

static uint8_t tally_most(const struct tally *t)
{
	uint8_t most = t->letters[0];

	for (unsigned i = 1; i < t->n_letters; i++) {
		uint8_t letter = t->letters[i];
		if (t->n[letter] > t->n[most] || (t->n[letter] == t->n[most] && letter < most))
			most = letter;
	}
	return most;
}

/* The letters of the heads in w are counted with the tails that follow them; only blocks of mask count. */
static void tally_window(const struct window *w, uint8_t reaching_in, uint64_t mask, struct tally *t)
{
	uint64_t inside = mask_tails_of(1, w->tail), owned = mask_tails_of(w->head << 1, w->tail);

	tally_add(t, reaching_in, mask_n_set(inside & mask));
	tally_add(t, BLOCK_TAIL, mask_n_set(w->tail & ~inside & ~owned & mask));
	for (uint64_t left = w->head & mask; left;) {
		uint8_t letter = w->kinds[__builtin_ctzll(left)];
		uint64_t mine = blocks_mask(w->kinds, letter);
		tally_add(t, letter, mask_n_set((mine | mask_tails_of(mine << 1, w->tail)) & mask));
		left &= ~mine;
	}
}

static void count_kinds(const struct heap_cells *cells, const struct heap_span *span, struct heap_cell *ret)
{
	const struct heap_pool *pool = cells->pool;
	const struct heap_area *area = &pool->areas[span->i_area];
	uint64_t was_tail = 0;
	uint8_t inside = BLOCK_TAIL;
	struct tally tally;

	tally_begin(&tally);
	for (uint32_t at = 0; at < span->n_blocks; at += BLOCKS_MASK) {
		uint32_t i = span->i_first + at;
		uint64_t mask = low_bits(span->n_blocks - at);
		struct window w;
		window_at(area, i - area->i_first, BLOCK_UNKNOWN, &w);
		ret->n_free += mask_n_set(w.free & mask);
		ret->n_unknown += mask_n_set(w.unknown & mask);
		/* Where all 64 before it were tails too, they are the same object's. */
		if (w.tail & 1 && was_tail != UINT64_MAX)
			inside = pool->kinds[object_head(pool, area, &cells->marks, i)];
		tally_window(&w, inside, mask, &tally);
		was_tail = w.tail;
	}
	ret->n_used = span->n_blocks - ret->n_free - ret->n_unknown;
	ret->first = pool->kinds[span->i_first];
	ret->kind = ret->n_used ? tally_most(&tally) : ret->n_unknown ? BLOCK_UNKNOWN : BLOCK_FREE;
}

/* ---- what changed ---- */

/* The same area of both pools, and where. */
struct pair {
	const struct heap_cells *cells;
	const struct heap_area *now, *before;
};

/* Whether the objects that have block i now and before begin and end at the same places and are of the
 * same kind. */
static bool is_same(const struct pair *p, uint32_t i_now)
{
	const struct heap_cells *c = p->cells;
	uint32_t i_before = i_now - p->now->i_first + p->before->i_first;
	uint32_t shift = p->now->i_first - p->before->i_first; /* may be below 0 */
	uint32_t now = object_head(c->pool, p->now, &c->marks, i_now);
	uint32_t before = object_head(c->before, p->before, &c->marks_before, i_before);

	return now == before + shift && c->pool->kinds[now] == c->before->kinds[before] &&
	       object_end(c->pool, p->now, &c->marks, i_now) ==
		       object_end(c->before, p->before, &c->marks_before, i_before) + shift;
}

/* Heads, and first tails of objects whose heads are missing; not of what reaches into the window. */
static uint64_t beginnings(const struct window *w) { return w->head | (w->tail & ~((w->head | w->tail) << 1 | 1)); }

/* Blocks of objects that are the same: only those need a look that begin at the same place with the same
 * letter. */
static uint64_t same_blocks(const struct pair *p, const struct window *now, const struct window *before, uint32_t i)
{
	uint64_t same = 0, equal = blocks_mask_same(now->kinds, before->kinds);
	uint64_t begin = beginnings(now) & beginnings(before) & equal, inside = mask_tails_of(1, now->tail);

	if (now->tail & before->tail & 1 && is_same(p, i))
		same = inside;
	if (equal == UINT64_MAX && begin) { /* nearly always: only the last one can end somewhere else */
		uint32_t i_last = BLOCKS_MASK - 1 - (uint32_t)__builtin_clzll(begin);
		same |= low_bits(i_last) & ~inside;
		begin = UINT64_C(1) << i_last;
	}
	for (; begin; begin &= begin - 1) {
		unsigned at = (unsigned)__builtin_ctzll(begin);
		uint32_t n = mask_n_low_set(now->tail >> at >> 1);
		if (n != mask_n_low_set(before->tail >> at >> 1))
			continue;
		if (at + 1 + n < BLOCKS_MASK || is_same(p, i + at))
			same |= low_bits(1 + n) << at;
	}
	return same;
}

static void count_changes(const struct heap_cells *cells, const struct heap_span *span, struct heap_cell *ret)
{
	const struct heap_area *area = &cells->pool->areas[span->i_area];
	uint16_t i_pair = cells->i_before[span->i_area];

	if (i_pair == HEAP_AREAS_MAX) {
		ret->n_added = ret->n_used;
		return;
	}
	struct pair pair = { cells, area, &cells->before->areas[i_pair] };
	for (uint32_t at = 0; at < span->n_blocks; at += BLOCKS_MASK) {
		uint32_t i = span->i_first + at;
		uint64_t mask = low_bits(span->n_blocks - at);
		struct window now, before;
		window_at(area, i - area->i_first, BLOCK_UNKNOWN, &now);
		window_at(pair.before, i - area->i_first, BLOCK_FREE, &before);
		uint64_t used = (now.head | now.tail) & mask, was_used = before.head | before.tail;
		ret->n_added += mask_n_set(used & before.free);
		ret->n_removed += mask_n_set(now.free & mask & was_used);
		if (used & was_used)
			ret->n_changed += mask_n_set(used & was_used & ~same_blocks(&pair, &now, &before, i));
	}
}

/* ---- the rest ---- */

static void find_ages(const uint32_t *first_seen, uint32_t n, struct heap_cell *ret)
{
	uint32_t oldest = UINT32_MAX, newest = 0;

	for (uint32_t i = 0; i < n; i++) {
		oldest = MIN(oldest, first_seen[i] - 1); /* 0 is not known, and then never the oldest */
		newest = MAX(newest, first_seen[i]);
	}
	ret->oldest = newest ? oldest + 1 : 0;
	ret->newest = newest;
}

static bool has_culprit(const struct heap_cells *cells, uint32_t i_first, uint32_t i_end)
{
	size_t low = 0, high = cells->n_runs;

	while (low < high) { /* the first run that ends behind the cell's first block */
		size_t middle = low + (high - low) / 2;
		if (cells->runs[middle].i_end <= i_first)
			low = middle + 1;
		else
			high = middle;
	}
	return low < cells->n_runs && cells->runs[low].i_first < i_end;
}

void heap_cells_get(const struct heap_cells *cells, const struct heap_span *span, struct heap_cell *ret)
{
	uint32_t i_end = span->i_first + span->n_blocks;

	*ret = (struct heap_cell){ .kind = BLOCK_UNKNOWN, .first = BLOCK_UNKNOWN };
	if (!span->there)
		return;
	count_kinds(cells, span, ret);
	if (cells->compares)
		count_changes(cells, span, ret);
	if (cells->first_seen)
		find_ages(cells->first_seen + span->i_first, span->n_blocks, ret);
	const struct heap_run *largest = &cells->largest;
	ret->largest = largest->n_blocks > 0 && span->i_first < largest->i_first + largest->n_blocks &&
		       i_end > largest->i_first;
	ret->culprit = has_culprit(cells, span->i_first, i_end);
}

enum heap_fill heap_cell_fill(const struct heap_cell *cell)
{
	uint32_t n = cell->n_used + cell->n_free;

	if (cell->n_used == 0)
		return HEAP_FILL_NONE;
	return cell->n_used == n ? HEAP_FILL_FULL : (enum heap_fill)(HEAP_FILL_LOW + cell->n_used * 3 / n);
}
