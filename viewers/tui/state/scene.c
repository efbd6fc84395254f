/* The picture: what is worked out of the moment that is looked at, once for as long as that is shown. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tui/state/actions.h"

const struct heap_pool *tui_pool(const struct tui *t)
{
	const struct picture *p = &t->picture;

	return p->n_moment && p->i_pool < p->heap.n_pools ? &p->heap.pools[p->i_pool] : NULL;
}

const struct history_figures *tui_figures(const struct tui *t)
{
	const struct history_moment *m = tui_moment(t);

	return m && t->picture.i_pool < m->n_pools ? &m->pools[t->picture.i_pool] : NULL;
}

/* ---- which pool ---- */

static bool is_better(const struct history_figures *a, const struct history_figures *b)
{
	if (a->has_table != b->has_table)
		return a->has_table;
	if ((a->kind == POOL_GC) != (b->kind == POOL_GC))
		return a->kind == POOL_GC;
	return a->state.total_bytes != NOT_KNOWN &&
	       (b->state.total_bytes == NOT_KNOWN || a->state.total_bytes > b->state.total_bytes);
}

static bool find_pool(const struct history_moment *m, const char *name, size_t i_guess, size_t *ret)
{
	if (i_guess < m->n_pools && strcmp(m->pools[i_guess].name, name) == 0) {
		*ret = i_guess;
		return true;
	}
	for (size_t i = 0; i < m->n_pools; i++)
		if (strcmp(m->pools[i].name, name) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

/* Until somebody chooses a pool it is the largest one that has a table, and Python's before all others. */
static size_t largest_pool(const struct history_moment *m)
{
	size_t best = 0;

	for (size_t i = 1; i < m->n_pools; i++)
		if (is_better(&m->pools[i], &m->pools[best]))
			best = i;
	return best;
}

static size_t which_pool(struct tui *t, const struct history_moment *m)
{
	size_t i = 0;

	if (m->n_pools == 0)
		return 0;
	bool found = t->pool[0] && find_pool(m, t->pool, t->i_pool, &i);
	if (found && (t->pool_chosen || m->pools[i].has_table)) {
		t->pool_gone = false;
		t->i_pool = (uint32_t)i;
		return i;
	}
	bool was_gone = t->pool_gone;
	t->pool_gone = t->pool[0] && !found;
	i = t->pool_chosen ? MIN((size_t)t->i_pool, m->n_pools - 1) : largest_pool(m);
	if (t->pool_gone && !was_gone)
		tui_note(t, "no pool %s at this moment: %s is shown", t->pool, m->pools[i].name);
	if (!t->pool_chosen) {
		memcpy(t->pool, m->pools[i].name, sizeof(t->pool));
		t->i_pool = (uint32_t)i;
		t->pool_gone = false;
	}
	return i;
}

/* ---- the cursor ---- */

void tui_set_cursor(struct tui *t, uint32_t i_block)
{
	t->i_cursor = i_block;
	t->column = -1;
	t->cursor_address = heap_block_address(tui_pool(t), i_block);
}

static uint32_t nearest_block(const struct heap_pool *pool, uint64_t address)
{
	uint64_t best = NOT_KNOWN;
	uint32_t i_best = 0;

	for (uint32_t i = 0; i < pool->n_areas; i++) {
		const struct heap_area *a = &pool->areas[i];
		if (a->n_blocks == 0)
			continue;
		bool after = address > a->base;
		uint64_t last = (uint64_t)(a->n_blocks - 1) * pool->block_bytes;
		uint64_t distance = after ? address - a->base - MIN(address - a->base, last) : a->base - address;
		if (distance < best) {
			best = distance;
			i_best = a->i_first + (after ? a->n_blocks - 1 : 0);
		}
	}
	return i_best;
}

/* It keeps its address; while no area has that, it stands at the nearest block. */
static void anchor_cursor(struct tui *t)
{
	const struct heap_pool *pool = tui_pool(t);

	if (!pool || pool->n_blocks == 0) {
		t->i_cursor = 0;
		return;
	}
	if (t->cursor_address == NOT_KNOWN)
		tui_set_cursor(t, 0);
	else if (t->i_cursor >= pool->n_blocks || heap_block_address(pool, t->i_cursor) != t->cursor_address)
		if (!heap_block_at(pool, t->cursor_address, &t->i_cursor))
			t->i_cursor = nearest_block(pool, t->cursor_address);
}

/* ---- what is worked out ---- */

static void forget_ages(struct picture *p)
{
	free(p->first_seen);
	p->first_seen = NULL;
}

/* What is of the pool alone. */
static void forget_pool(struct picture *p)
{
	forget_ages(p);
	p->summary = POOL_STATE_NOT_KNOWN;
	p->largest = (struct heap_run){ 0 };
	p->n_culprits = 0;
	p->has_culprits = false;
	p->counts = (struct area_counts){ 0 };
	p->has_before_counts = false;
}

static void forget(struct picture *p)
{
	heap_reset(&p->heap);
	heap_reset(&p->before);
	forget_pool(p);
	p->n_moment = p->n_before = 0;
	p->before_pool = NULL;
}

static bool wants_before(const struct tui *t) { return t->n_compared || t->colors == COLORS_CHANGE; }

static int take_heap(struct tui *t, size_t i_moment)
{
	struct picture *p = &t->picture;

	/* What was shown is what the next one is compared with. */
	if (p->n_moment && wants_before(t) && !t->n_compared && i_moment > 0 &&
	    history_moment(t->o.history, i_moment - 1)->n == p->n_moment) {
		heap_swap(&p->heap, &p->before);
		p->n_before = p->n_moment;
	}
	p->n_moment = 0;
	p->before_pool = NULL;
	int r = history_heap(t->o.history, i_moment, &p->heap);
	if (r < 0)
		return r;
	p->n_moment = history_moment(t->o.history, i_moment)->n;
	return 0;
}

static void take_pool(struct tui *t)
{
	struct picture *p = &t->picture;
	const struct heap_pool *pool = tui_pool(t);

	forget_pool(p);
	if (pool) {
		pool_count(pool, &p->counts);
		p->summary = pool_state_of_counts(pool, &p->counts);
		p->largest = heap_longest_free_run(pool, &p->counts);
	}
	anchor_cursor(t);
}

void tui_take_culprits(struct tui *t)
{
	struct picture *p = &t->picture;
	const struct heap_pool *pool = tui_pool(t);

	if (p->has_culprits || !pool)
		return;
	p->has_culprits = true;
	p->n_culprits = report_culprits(pool, p->summary.lfb_bytes, MIN(t->o.n_culprits, (size_t)REPORT_CULPRITS_MAX),
					p->culprits);
}

bool tui_gains_little(const struct tui *t, const struct culprit *c)
{
	const struct pool_state *s = &t->picture.summary;

	return s->free_bytes != NOT_KNOWN && s->lfb_bytes != NOT_KNOWN && s->free_bytes > s->lfb_bytes &&
	       c->gain_bytes < (s->free_bytes - s->lfb_bytes) / 20;
}

/* The last moment before i at which the pool has a table. */
static bool moment_before(const struct tui *t, size_t i, size_t *ret)
{
	const struct heap_pool *pool = tui_pool(t);
	size_t i_pool;

	while (pool && i-- > 0) {
		const struct history_moment *m = history_moment(t->o.history, i);
		if (find_pool(m, pool->name, t->picture.i_pool, &i_pool) && m->pools[i_pool].has_table) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static int take_before(struct tui *t, size_t i_moment)
{
	struct picture *p = &t->picture;
	const struct heap_pool *pool = tui_pool(t);
	size_t i = 0;

	p->before_pool = NULL;
	if (!wants_before(t) || (!t->n_compared && !moment_before(t, i_moment, &i))) {
		p->n_before = 0;
		return 0;
	}
	if (t->n_compared)
		i = history_find(t->o.history, t->n_compared);
	const struct history_moment *m = history_moment(t->o.history, i);
	if (p->n_before != m->n) {
		p->n_before = 0;
		p->has_before_counts = false;
		int r = history_heap(t->o.history, i, &p->before);
		if (r < 0)
			return r;
		p->n_before = m->n;
	}
	if (pool && find_pool(m, pool->name, p->i_pool, &i) && i < p->before.n_pools)
		p->before_pool = &p->before.pools[i];
	if (p->before_pool && !p->has_before_counts) {
		pool_count(p->before_pool, &p->before_counts);
		p->before_summary = pool_state_of_counts(p->before_pool, &p->before_counts);
		p->has_before_counts = true;
	}
	return 0;
}

static int take_ages(struct tui *t, size_t i_moment)
{
	struct picture *p = &t->picture;
	const struct heap_pool *pool = tui_pool(t);

	if (p->first_seen || !pool || pool->n_blocks == 0 || !(t->colors == COLORS_AGE || t->inspector))
		return 0;
	p->first_seen = malloc(pool->n_blocks * sizeof(*p->first_seen));
	if (!p->first_seen)
		return -ENOMEM;
	int r = history_first_seen(t->o.ages, i_moment, p->i_pool, p->first_seen);
	if (r != 0)
		forget_ages(p);
	p->owes_ages = r == HISTORY_MORE;
	return MIN(r, 0);
}

int tui_prepare(struct tui *t)
{
	struct picture *p = &t->picture;
	const struct history_moment *m = tui_moment(t);
	int r;

	p->owes_ages = false;
	if (!m) {
		forget(p);
		return 0;
	}
	size_t i_moment = history_find(t->o.history, m->n);
	bool fresh = p->n_moment != m->n;
	if (fresh && (r = take_heap(t, i_moment)) < 0) {
		forget(p);
		return r;
	}
	size_t i_pool = which_pool(t, m);
	if (fresh || i_pool != p->i_pool) {
		p->i_pool = (uint32_t)i_pool;
		take_pool(t);
	} else
		anchor_cursor(t);
	if (t->inspector || t->colors == COLORS_CULPRITS)
		tui_take_culprits(t);
	if ((r = take_before(t, i_moment)) < 0)
		return r;
	return take_ages(t, i_moment);
}
