/* Moments come in, and each pool of them is somebody's heap. */
#include "budget/check_heaps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/text.h"

/* ---- begin and end ---- */

static void free_picks(struct check_heaps *h, struct pick *picks)
{
	for (size_t i = 0; picks && i < h->n_rows; i++)
		pick_clear(h, &picks[i]);
	free(picks);
}

static void free_side(struct check_heaps *h, struct heaps_side *s)
{
	for (size_t i = 0; i < s->n_heaps; i++) {
		free_picks(h, s->heaps[i].picks);
		leak_free(s->heaps[i].leak);
	}
	vec_deinit(s, heaps);
	names_deinit(&s->names);
	free_picks(h, s->samples);
	free(s->too_many);
	free(s->found);
}

void check_heaps_free(struct check_heaps *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < N_CHECK_SIDES; i++)
		free_side(h, &h->sides[i]);
	kept_pool_free(h->spare);
	vec_deinit(h, rows);
	vec_deinit(h, fit_bytes);
	free(h->fit_times);
	free(h);
}

static size_t fit_of(struct check_heaps *h, uint64_t size_bytes)
{
	size_t i = 0;

	while (i < h->n_fit_bytes && h->fit_bytes[i] != size_bytes)
		i++;
	if (i == h->n_fit_bytes) {
		uint64_t *added = vec_add(h, fit_bytes);
		if (added)
			*added = size_bytes;
		else
			h->error = -ENOMEM;
	}
	return i;
}

static void add_rows(struct check_heaps *h, struct check *c)
{
	for (size_t i = 0; i < c->n_rows; i++) {
		struct check_row *row = &c->rows[i];
		if (!row->limit || row->entry->subject != SUBJECT_HEAP)
			continue;
		struct heap_row *added = vec_add(h, rows);
		if (!added) {
			h->error = -ENOMEM;
			return;
		}
		added->row = row;
		if (row->limit->spec->figure == FIGURE_FITS)
			added->i_fit = fit_of(h, row->limit->fits_bytes);
	}
}

static struct pick *new_picks(struct check_heaps *h)
{
	struct pick *picks = calloc(h->n_rows + 1, sizeof(*picks));

	if (!picks)
		h->error = -ENOMEM;
	return picks;
}

static void begin(struct check_heaps *h, struct check *c)
{
	h->check = c;
	add_rows(h, c);
	h->fit_times = calloc(h->n_fit_bytes + 1, sizeof(*h->fit_times));
	for (size_t i = 0; i < N_CHECK_SIDES; i++) {
		struct heaps_side *s = &h->sides[i];
		s->names.arena = &c->arena;
		s->samples = new_picks(h);
		s->too_many = calloc(h->n_rows + 1, sizeof(*s->too_many));
		s->found = calloc(h->n_rows + 1, sizeof(*s->found));
		if (!s->too_many || !s->found)
			h->error = -ENOMEM;
	}
	if (!h->fit_times)
		h->error = -ENOMEM;
}

struct check_heaps *check_heaps_of(struct check *c)
{
	if (!c->heaps) {
		c->heaps = calloc(1, sizeof(*c->heaps));
		if (c->heaps)
			begin(c->heaps, c);
	}
	return c->heaps;
}

/* ---- what was called what ---- */

static void note(struct seen *seen, const char *text)
{
	char cut[EVENT_LABEL_BYTES];

	if (!text[0] || seen->more)
		return;
	text_copy(cut, sizeof(cut), text, strlen(text));
	for (size_t i = 0; i < seen->n; i++)
		if (strcmp(seen->texts[i], cut) == 0)
			return;
	if (seen->n < CHECK_SEEN_MAX)
		memcpy(seen->texts[seen->n++], cut, sizeof(cut));
	else
		seen->more = true;
}

static void note_all(struct seen *seen, const struct seen *of)
{
	for (size_t i = 0; i < of->n; i++)
		note(seen, of->texts[i]);
	seen->more |= of->more;
}

/* ---- heaps by name ---- */

static bool fits(const struct heap_row *row, const char *name) { return heap_fits(row->row->entry, name); }

static bool wants_leak(const struct check_heaps *h, const struct named_heap *heap)
{
	for (size_t i = 0; i < h->n_rows; i++)
		if (heap->picks[i].fits && row_is(&h->rows[i], FIGURE_LEAK))
			return true;
	return false;
}

static void begin_leak(struct check_heaps *h, struct heaps_side *s, struct named_heap *heap)
{
	if (!wants_leak(h, heap))
		return;
	if (s->n_leaks < CHECK_LEAKS_MAX) {
		s->n_leaks++;
		heap->leak = calloc(1, sizeof(*heap->leak));
		h->error = heap->leak ? h->error : -ENOMEM;
		return;
	}
	for (size_t i = 0; i < h->n_rows; i++)
		s->too_many[i] |= heap->picks[i].fits && row_is(&h->rows[i], FIGURE_LEAK);
}

static struct named_heap *add_heap(struct check_heaps *h, struct heaps_side *s, const char *name)
{
	uint32_t number = names_add(&s->names, name, strlen(name));
	struct named_heap *heap = number == NAMES_NONE ? NULL : vec_add(s, heaps);

	if (!heap) {
		h->error = -ENOMEM;
		return NULL;
	}
	heap->name = names_text(&s->names, number);
	heap->picks = new_picks(h);
	if (!heap->picks)
		return NULL;
	for (size_t i = 0; i < h->n_rows; i++)
		heap->picks[i].fits = fits(&h->rows[i], name);
	begin_leak(h, s, heap);
	return heap;
}

/* NULL if no row is about it, or if there is no room for more. */
static struct named_heap *find_heap(struct check_heaps *h, struct heaps_side *s, const char *name)
{
	uint32_t number = names_find(&s->names, name, strlen(name));
	bool wanted = false;

	if (h->error)
		return NULL;
	if (number != NAMES_NONE)
		return &s->heaps[number];
	for (size_t i = 0; i < h->n_rows; i++) {
		if (!fits(&h->rows[i], name))
			continue;
		wanted = true;
		s->too_many[i] |= s->n_heaps == CHECK_HEAPS_MAX;
	}
	return wanted && s->n_heaps < CHECK_HEAPS_MAX ? add_heap(h, s, name) : NULL;
}

/* ---- moments ---- */

static const char *label_of(const struct check_moment *moment) { return moment->label ? moment->label : ""; }

static const struct check_moment *asked_when(enum check_side side, const struct check_moment *moment)
{
	return side == CHECK_NOW ? moment : NULL;
}

static void note_file(struct heaps_side *s, const char *file)
{
	if (s->file && file && strcmp(s->file, file) != 0)
		s->several_files = true;
	if (!s->file)
		s->file = file;
}

/* Of those that came for this heap, in this input. heap: NULL is fine. */
static uint64_t number_of_figures(struct named_heap *heap)
{
	return heap ? ++heap->n_figures - heap->n_figures_before : 0;
}

static void consider(struct check_heaps *h, size_t i_row, struct pick *pick, struct heap_moment *m)
{
	const struct heap_row *row = &h->rows[i_row];

	if (!row_is(row, FIGURE_LEAK) && pick_wants(row, m))
		pick_consider(h, row, pick, m);
}

/* An area speaks for itself only to rows that no pool of its dump fits. */
static void add_to_rows(struct check_heaps *h, struct heaps_side *s, const struct check_moment *moment,
			struct heap_moment *m, bool is_area)
{
	struct named_heap *heap = find_heap(h, s, m->name);
	bool leaks = false;

	for (size_t i = 0; heap && !h->error && i < h->n_rows; i++) {
		if (!heap->picks[i].fits || (is_area && s->found[i]))
			continue;
		if (!is_area)
			s->found[i] = true;
		leaks |= row_is(&h->rows[i], FIGURE_LEAK);
		consider(h, i, &heap->picks[i], m);
	}
	if (leaks && heap->leak)
		leak_add(heap->leak, moment->heap, m, moment->at_us, moment->collected);
	heap_moment_end(h, m);
}

static void add_areas(struct check_heaps *h, struct heaps_side *s, const struct check_moment *moment,
		      const struct heap_moment *of)
{
	char name[CHECK_NAME_BYTES];

	for (uint32_t i = 0; i < of->pool->n_areas; i++) {
		struct heap_pool one = *of->pool;
		struct heap_moment m = *of;
		snprintf(name, sizeof(name), "%s.%u", of->pool->name, (unsigned)i);
		one.reported = HEAP_REPORTED_NOTHING;
		one.missing_bytes = 0;
		one.areas = &of->pool->areas[i];
		one.n_areas = 1;
		one.n_blocks = one.areas[0].n_blocks;
		m.pool = &one;
		m.name = name;
		add_to_rows(h, s, moment, &m, true);
	}
}

static bool all_found(const struct check_heaps *h, const struct heaps_side *s)
{
	for (size_t i = 0; i < h->n_rows; i++)
		if (!s->found[i])
			return false;
	return true;
}

static void drop_samples(struct check_heaps *h, struct heaps_side *s)
{
	for (size_t i = 0; i < h->n_rows; i++)
		pick_clear(h, &s->samples[i]);
	s->sample_labels = (struct seen){ .n = 0 };
}

static void add_dump(struct check_heaps *h, enum check_side side, const struct check_moment *moment)
{
	struct heaps_side *s = &h->sides[side];
	const struct heap *heap = moment->heap;
	struct heap_moment m = {
		.label = label_of(moment),
		.n_dump = ++s->n_dumps,
		.cut = heap->problem != HEAP_WHOLE,
		.number = s->n_dumps - s->n_dumps_before,
		.moment = asked_when(side, moment),
		.keeps = side == CHECK_NOW,
	};

	if (!s->dumped)
		drop_samples(h, s);
	s->dumped = true;
	s->last_problem = heap->problem;
	h->check->dumps[side].n++;
	h->check->dumps[side].n_cut += m.cut;
	note(&s->labels, m.label);
	memset(s->found, 0, h->n_rows * sizeof(*s->found));
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		struct heap_moment pool = m;
		pool.pool = &heap->pools[i];
		pool.name = heap->pools[i].name;
		note(&s->pools, pool.name);
		add_to_rows(h, s, moment, &pool, false);
	}
	if (all_found(h, s))
		return;
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		m.pool = &heap->pools[i];
		add_areas(h, s, moment, &m);
	}
}

/* Figures alone, as a pool without a table. */
static struct heap_pool pool_of(enum pool_kind kind, uint64_t total_bytes, uint64_t used_bytes, uint64_t free_bytes,
				uint64_t largest_free_bytes)
{
	struct heap_pool pool = { .kind = kind, .reported = HEAP_REPORTED_NOTHING };

	pool.reported.total_bytes = total_bytes;
	pool.reported.used_bytes = used_bytes;
	pool.reported.free_bytes = free_bytes;
	pool.reported.largest_free_bytes = largest_free_bytes;
	return pool;
}

static void add_told_pool(struct check_heaps *h, enum check_side side, const struct check_moment *moment)
{
	struct heaps_side *s = &h->sides[side];
	const struct event_pool *told = moment->pool;
	bool rest = told->total_bytes != NOT_KNOWN && told->free_bytes <= told->total_bytes;
	uint64_t used_bytes = told->used_bytes == NOT_KNOWN && rest ? told->total_bytes - told->free_bytes :
								      told->used_bytes;
	struct heap_pool pool = pool_of(told->kind, told->total_bytes, used_bytes, told->free_bytes,
					told->largest_free_bytes);
	struct heap_moment m = {
		.pool = &pool,
		.name = told->name,
		.label = label_of(moment),
		.moment = asked_when(side, moment),
	};
	struct named_heap *heap = find_heap(h, s, told->name);

	note(&s->labels, m.label);
	note(&s->pools, told->name);
	m.number = number_of_figures(heap);
	for (size_t i = 0; heap && i < h->n_rows; i++)
		if (heap->picks[i].fits)
			consider(h, i, &heap->picks[i], &m);
	if (heap && heap->leak)
		boots_add_pool(&heap->leak->boots, told, moment->at_us);
}

/* Of Python's heap. They are no dumps: where there are some, only the leak goes by samples too. */
static void add_sample(struct check_heaps *h, enum check_side side, const struct check_moment *moment)
{
	struct heaps_side *s = &h->sides[side];
	bool sum = moment->used_bytes != NOT_KNOWN && moment->free_bytes < NOT_KNOWN - moment->used_bytes;
	struct heap_pool pool = pool_of(POOL_GC, sum ? moment->used_bytes + moment->free_bytes : NOT_KNOWN,
					moment->used_bytes, moment->free_bytes, moment->largest_free_bytes);
	struct heap_moment m = {
		.pool = &pool,
		.name = "gc",
		.label = label_of(moment),
		.moment = asked_when(side, moment),
	};
	struct named_heap *heap = find_heap(h, s, m.name);

	if (heap && heap->leak)
		boots_add_figures(&heap->leak->boots, moment->used_bytes, moment->free_bytes,
				  moment->largest_free_bytes, moment->at_us, moment->collected);
	note(&s->pools, m.name);
	m.number = number_of_figures(heap);
	if (s->dumped)
		return;
	note(&s->sample_labels, m.label);
	for (size_t i = 0; heap && i < h->n_rows; i++)
		if (heap->picks[i].fits)
			consider(h, i, &s->samples[i], &m);
}

int check_heap(struct check *c, enum check_side side, const struct check_moment *moment)
{
	struct check_heaps *h = check_heaps_of(c);

	if (!h)
		return -ENOMEM;
	if (h->error || h->n_rows == 0)
		return h->error;
	h->sides[side].n_moments++;
	note_file(&h->sides[side], moment->file);
	if (moment->heap)
		add_dump(h, side, moment);
	else if (moment->pool)
		add_told_pool(h, side, moment);
	else
		add_sample(h, side, moment);
	return h->error ? h->error : arena_error(&c->arena);
}

void check_heap_reset(struct check *c, enum check_side side)
{
	struct heaps_side *s = c->heaps ? &c->heaps->sides[side] : NULL;

	for (size_t i = 0; s && i < s->n_heaps; i++)
		if (s->heaps[i].leak)
			leak_reset(s->heaps[i].leak);
}

void check_heap_ends(struct check *c, enum check_side side)
{
	struct check_heaps *h = c->heaps;

	if (!h || h->error)
		return;
	struct heaps_side *s = &h->sides[side];
	uint32_t number = names_find(&s->names, "gc", strlen("gc"));
	for (size_t i = 0; number != NAMES_NONE && i < h->n_rows; i++)
		pick_merge(h, &h->rows[i], &s->heaps[number].picks[i], &s->samples[i]);
	note_all(&s->labels, &s->sample_labels);
	drop_samples(h, s);
	if (s->dumped && s->last_problem != HEAP_WHOLE)
		s->cut = s->last_problem;
	s->dumped = false;
	s->n_dumps_before = s->n_dumps;
	for (size_t i = 0; i < s->n_heaps; i++)
		s->heaps[i].n_figures_before = s->heaps[i].n_figures;
}
