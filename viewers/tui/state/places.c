/* Pools, and places in the heap map: the cursor, the zoom, and what looks for blocks. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tui/state/actions.h"

/* ---- pools ---- */

size_t tui_pools_order(const struct history_moment *m, size_t ret[HEAP_POOLS_MAX])
{
	bool taken[HEAP_POOLS_MAX] = { false };
	size_t n_pools = m ? MIN(m->n_pools, (size_t)HEAP_POOLS_MAX) : 0, n = 0;

	for (size_t i = 0; i < n_pools; i++)
		for (size_t k = i; k < n_pools; k++)
			if (!taken[k] && m->pools[k].memory == m->pools[i].memory) {
				taken[k] = true;
				ret[n++] = k;
			}
	return n;
}

void tui_choose_pool(struct tui *t, size_t i_pool)
{
	const struct history_moment *m = tui_moment(t);

	if (!m || i_pool >= m->n_pools)
		return;
	if (strcmp(t->pool, m->pools[i_pool].name) != 0 || t->i_pool != i_pool)
		t->cursor_address = NOT_KNOWN;
	memcpy(t->pool, m->pools[i_pool].name, sizeof(t->pool));
	t->i_pool = (uint32_t)i_pool;
	t->pool_chosen = true;
	t->pool_gone = false;
}

void tui_step_pool(struct tui *t, int n_steps, bool around)
{
	size_t order[HEAP_POOLS_MAX], n = tui_pools_order(tui_moment(t), order), i = 0;
	size_t i_pool = t->pool_gone ? t->picture.i_pool : t->i_pool;

	if (n == 0)
		return;
	while (i + 1 < n && order[i] != i_pool)
		i++;
	int64_t to = (int64_t)i + n_steps, i_last = (int64_t)n - 1;
	if (around)
		to = to < 0 ? i_last : to > i_last ? 0 : to;
	tui_choose_pool(t, order[MIN(MAX(to, 0), i_last)]);
}

/* arg: 1 the next one, -1 the one before; around. */
void act_pool(struct tui *t, int arg) { tui_step_pool(t, arg, true); }

/* ---- the zoom ---- */

/* The pool that is looked at, if it has blocks; else that is said. */
static const struct heap_pool *table_or_say(struct tui *t)
{
	const struct heap_pool *pool = tui_pool(t);

	if (pool && pool->n_blocks > 0)
		return pool;
	tui_note(t, "there is no block table here");
	return NULL;
}

/* The cursor stays in its row of the screen. */
static void zoom_map(struct tui *t, int arg)
{
	const struct heap_pool *pool = table_or_say(t);
	uint32_t row;
	int x;

	if (!pool)
		return;
	uint32_t fit = heap_map_fit(pool, t->view.columns, t->view.rows), now = t->view.blocks_per_cell;
	heap_map_find(pool, &t->view, t->i_cursor, &row, &x);
	uint32_t y = row > t->view.i_top_row ? row - t->view.i_top_row : 0;
	now = arg > 0 ? MAX(now / 2, 1u) : arg < 0 ? MIN(now, fit / 2) * 2 : fit;
	t->column = -1;
	t->blocks_per_cell = now >= fit || now == 0 ? MAP_ZOOM_FIT : now;
	t->view.blocks_per_cell = t->blocks_per_cell ? now : fit;
	heap_map_find(pool, &t->view, t->i_cursor, &row, &x);
	t->view.i_top_row = row - MIN(row, y);
}

enum { TREND_ZOOM_MAX = 16 };

/* arg: 1 in, -1 out, 0 all of it. */
void act_zoom(struct tui *t, int arg)
{
	if (t->focus == PANEL_TREND && arg > 0)
		t->trend_zoom = MIN(t->trend_zoom + 1, TREND_ZOOM_MAX);
	else if (t->focus == PANEL_TREND)
		t->trend_zoom -= arg < 0 ? t->trend_zoom > 0 : t->trend_zoom;
	else
		zoom_map(t, arg);
}

/* ---- what looks for blocks ---- */

void act_largest(struct tui *t, int arg)
{
	const struct heap_pool *pool = table_or_say(t);

	(void)arg;
	if (!pool)
		return;
	if (!t->picture.largest.n_blocks) {
		tui_note(t, "nothing is free here");
		return;
	}
	tui_set_cursor(t, t->picture.largest.i_first);
	uint64_t bytes = (uint64_t)t->picture.largest.n_blocks * pool->block_bytes;
	const struct history_figures *reported = tui_figures(t);
	if (reported && reported->state.lfb_bytes != NOT_KNOWN && reported->state.lfb_bytes != bytes)
		tui_note(t, "largest free: %" PRIu64 " B on the map; the board says %" PRIu64 " B", bytes,
			 reported->state.lfb_bytes);
	else
		tui_note(t, "largest free: %" PRIu64 " B at 0x%" PRIx64, bytes, t->cursor_address);
}

static void say_culprit(struct tui *t, size_t i)
{
	const struct picture *p = &t->picture;
	const struct culprit *c = &p->culprits[i];

	if (tui_gains_little(t, c))
		tui_note(t,
			 "%zu of %zu: gains %" PRIu64 " B only: free space is in %" PRIu32
			 " pieces, the largest %" PRIu64 " B",
			 i + 1, p->n_culprits, c->gain_bytes, p->counts.n_free_runs, p->summary.lfb_bytes);
	else
		tui_note(t,
			 "%zu of %zu: LFB +%" PRIu64 " B without this run of %" PRIu32
			 " object%s,"
			 " %" PRIu64 " B; it is %" PRIu64 " B then",
			 i + 1, p->n_culprits, c->gain_bytes, c->n_objects, c->n_objects == 1 ? "" : "s", c->size_bytes,
			 c->lfb_after_bytes);
}

void act_culprit(struct tui *t, int arg)
{
	const struct heap_pool *pool = table_or_say(t);
	const struct picture *p = &t->picture;
	uint32_t i_block;
	size_t i = 0;

	(void)arg;
	if (!pool)
		return;
	tui_take_culprits(t);
	while (i < p->n_culprits && t->cursor_address - p->culprits[i].start >= p->culprits[i].size_bytes)
		i++;
	i = i + 1 < p->n_culprits ? i + 1 : 0; /* the next one, or from none the first */
	if (p->n_culprits == 0 || !heap_block_at(pool, p->culprits[i].start, &i_block)) {
		tui_note(t, "nothing is in the way of a larger free block");
		return;
	}
	tui_set_cursor(t, i_block);
	say_culprit(t, i);
}

/* "3 of 41: T tuple, 64 B"; of a large heap without the count, as that would take long. */
static void say_found(struct tui *t, const struct heap_pool *pool, uint32_t i_block, const char *around)
{
	enum { COUNTED_BLOCKS_MAX = 1 << 19 };
	struct map_object o;
	char count[48] = "";
	uint32_t which;

	if (pool->n_blocks <= COUNTED_BLOCKS_MAX) {
		uint32_t n = map_count(pool, &t->search, i_block, &which);
		snprintf(count, sizeof(count), "%" PRIu32 " of %" PRIu32 ": ", which, n);
	}
	map_object(pool, i_block, NOT_KNOWN, &o);
	tui_note(t, "%s%c %s, %" PRIu64 " B%s", count, (char)palette_letter(o.kind), block_kind_name(o.kind),
		 o.size_bytes, around);
}

static void find_block(struct tui *t, bool backwards, bool says_around)
{
	const struct heap_pool *pool = table_or_say(t);
	const char *around = "";
	uint32_t i;

	if (!pool)
		return;
	if (!map_next(pool, &t->search, t->i_cursor, backwards, &i)) {
		if (!map_next(pool, &t->search, backwards ? pool->n_blocks : UINT32_MAX, backwards, &i)) {
			tui_note(t, "no such block in %s", pool->name);
			return;
		}
		if (says_around)
			around = backwards ? "; went on from the end" : "; went on from the beginning";
	}
	tui_set_cursor(t, i);
	say_found(t, pool, i, around);
}

/* arg: 1 on, -1 back; around the end. */
void act_find(struct tui *t, int arg)
{
	if (t->searched)
		find_block(t, arg < 0, true);
	else
		tui_note(t, "nothing was searched for yet");
}

bool tui_search(struct tui *t, const char *text)
{
	struct map_search search;

	if (text[0] && map_search_parse(text, &search) < 0) {
		if (tui_find_object(t, text))
			return true;
		tui_note(t, "not understood; like tuple, >4K, T >64, 0x...%s", t->objects.objects ? ", or a name" : "");
		return false;
	}
	if (!text[0]) {
		act_find(t, 1);
		return true;
	}
	t->search = search;
	t->searched = true;
	find_block(t, false, false);
	return true;
}

static bool go_to_address(struct tui *t, uint64_t address)
{
	const struct picture *p = &t->picture;
	uint32_t i_block;

	for (size_t k = 0; k < p->heap.n_pools && p->n_moment; k++) {
		size_t i = (p->i_pool + k) % p->heap.n_pools; /* this pool first */
		if (!heap_block_at(&p->heap.pools[i], address, &i_block))
			continue;
		if (i != p->i_pool)
			tui_choose_pool(t, i);
		t->cursor_address = heap_block_address(&p->heap.pools[i], i_block);
		t->i_cursor = i_block;
		t->column = -1;
		return true;
	}
	tui_note(t, "no pool has 0x%" PRIx64, address);
	return false;
}

bool tui_go_to(struct tui *t, const char *text)
{
	uint64_t address;

	if (text[0] == '0' && (text[1] | 0x20) == 'x' && number_parse(text, &address) == 0)
		return go_to_address(t, address);
	if (!text[0] || tui_go_to_time(t, text) || tui_go_to_moment(t, text))
		return true;
	tui_note(t, "not understood; like 0x2000a010, @12, 1:23, -10");
	return false;
}
