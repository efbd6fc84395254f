/* Moments come in, and each pool of them is a heap by name. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "budget/heaps.h"
#include "memprof/analysis/tasks.h"
#include "memprof/base/text.h"

#define STACK_PREFIX "stack:" /* of the name of a task, in budgets */

/* ---- begin and end ---- */

static void free_heap(struct named_heap *heap)
{
	for (size_t i = 0; i < heap->n_picks; i++) {
		if (heap->picks[i].worst)
			pick_clear(heap->picks[i].worst);
		free(heap->picks[i].worst);
		pick_clear(&heap->picks[i]);
	}
	vec_deinit(heap, picks);
	leak_free(heap->leak);
	*heap = (struct named_heap){ .name = NULL };
}

static void free_side(struct heaps_side *s)
{
	for (size_t i = 0; i < s->n_heaps; i++)
		free_heap(&s->heaps[i]);
	free_heap(&s->samples);
	vec_deinit(s, heaps);
	names_deinit(&s->names);
	names_deinit(&s->labels);
	names_deinit(&s->sample_labels);
	names_deinit(&s->pools);
	free(s->too_many);
	free(s->found);
}

void check_heaps_free(struct check_heaps *h)
{
	for (size_t i = 0; h && i < N_CHECK_SIDES; i++)
		free_side(&h->sides[i]);
	if (h)
		filter_deinit(&h->filter);
	free(h);
}

static int begin_heaps(struct check_heaps *h, struct check *c)
{
	int r = filter_init(&h->filter, c, SUBJECT_HEAP, NULL);

	h->check = c;
	for (size_t i = 0; i < N_CHECK_SIDES; i++) {
		struct heaps_side *s = &h->sides[i];
		s->names.arena = s->labels.arena = s->sample_labels.arena = s->pools.arena = &c->arena;
		s->too_many = calloc(h->filter.n_limits + 1, sizeof(*s->too_many));
		s->found = calloc(h->filter.n_limits + 1, sizeof(*s->found));
		if (!s->too_many || !s->found)
			return -ENOMEM;
	}
	return r;
}

struct check_heaps *check_heaps_of(struct check *c)
{
	if (!c->heaps) {
		c->heaps = calloc(1, sizeof(*c->heaps));
		if (c->heaps)
			c->heaps->error = begin_heaps(c->heaps, c);
	}
	return c->heaps;
}

/* ---- heaps by name ---- */

static bool is_leak(const struct check_heaps *h, size_t i_row)
{
	return leak_tells(heaps_row(h, i_row)->limit->spec->figure);
}

static bool is_stack(const char *name) { return strncmp(name, STACK_PREFIX, sizeof(STACK_PREFIX) - 1) == 0; }

/* Of many names only some are kept. */
static void note(struct check_heaps *h, struct names *noted, const char *text)
{
	if (text[0] && noted->n_entries < NOTED_MAX && names_add(noted, text, strlen(text)) == NAMES_NONE)
		h->error = -ENOMEM;
}

/* Whether an entry is not about this heap, though it matches. "*" is about heaps: stacks have another measure. */
static bool is_left_out(const struct check_heaps *h, const struct match_hit *hit, const char *name)
{
	const char *pattern = heaps_row(h, hit->i_entry)->entry->pattern;

	return hit->left_out || (is_stack(name) && !is_stack(pattern));
}

/* The rows are the matcher's hits. */
static void add_picks(struct check_heaps *h, struct named_heap *heap, size_t n_hits)
{
	for (size_t i_row = 0; i_row < h->filter.n_limits && !h->error; i_row++)
		for (size_t i = 0; i < n_hits; i++) {
			const struct match_hit *hit = &h->filter.matcher.hits[i];
			if (hit->i_entry != i_row || is_left_out(h, hit, heap->name))
				continue;
			struct pick *pick = vec_add(heap, picks);
			if (pick)
				pick->i_row = i_row;
			else
				h->error = -ENOMEM;
		}
}

static void begin_leak(struct check_heaps *h, struct heaps_side *s, struct named_heap *heap)
{
	bool full = s->n_leaks == LEAKS_MAX;

	for (size_t i = 0; i < heap->n_picks && !h->error; i++) {
		if (!is_leak(h, heap->picks[i].i_row))
			continue;
		s->too_many[heap->picks[i].i_row] |= full;
		if (full || heap->leak)
			continue;
		s->n_leaks++;
		heap->leak = calloc(1, sizeof(*heap->leak));
		h->error = heap->leak ? 0 : -ENOMEM;
	}
}

/* NULL if no row is about it, or if there is no room for more. */
static struct named_heap *find_heap(struct check_heaps *h, struct heaps_side *s, const char *name)
{
	uint32_t number = names_find(&s->names, name, strlen(name));

	if (h->error || number != NAMES_NONE)
		return h->error ? NULL : &s->heaps[number];
	bool full = s->n_heaps == HEAPS_MAX, wanted = false;
	size_t n = matcher_find(&h->filter.matcher, slice_of(name), false, NULL);
	for (size_t i = 0; i < n; i++) {
		bool is_about = !is_left_out(h, &h->filter.matcher.hits[i], name);
		wanted |= is_about;
		s->too_many[h->filter.matcher.hits[i].i_entry] |= full && is_about;
	}
	if (!wanted || full)
		return NULL;
	number = names_add(&s->names, name, strlen(name));
	struct named_heap *heap = number == NAMES_NONE ? NULL : vec_add(s, heaps);
	if (!heap) {
		h->error = -ENOMEM;
		return NULL;
	}
	heap->name = names_text(&s->names, number);
	add_picks(h, heap, n);
	begin_leak(h, s, heap);
	return heap;
}

/* ---- dumps ---- */

/* An area counts only for rows that no pool of its dump fits. */
static void add_state(struct check_heaps *h, struct heaps_side *s, const struct moment *moment, struct candidate *state,
		      bool is_area)
{
	struct named_heap *heap = find_heap(h, s, state->name);
	bool leaks = false;

	for (size_t i = 0; heap && !h->error && i < heap->n_picks; i++) {
		struct pick *pick = &heap->picks[i];
		if (is_area && s->found[pick->i_row])
			continue;
		s->found[pick->i_row] |= !is_area;
		leaks |= is_leak(h, pick->i_row);
		pick_consider(h, pick, state);
	}
	if (leaks && heap->leak)
		leak_add(heap->leak, moment, state);
}

static void add_areas(struct check_heaps *h, struct heaps_side *s, const struct moment *moment,
		      const struct candidate *of, const struct heap_pool *pool)
{
	char name[HEAP_NAME_BYTES];

	for (uint32_t i = 0; i < pool->n_areas; i++) {
		struct heap_pool area = *pool;
		struct candidate state = *of;
		snprintf(name, sizeof(name), "%s.%u", pool->name, (unsigned)i);
		area.reported = HEAP_REPORTED_NOTHING;
		area.missing_bytes = 0;
		area.areas = &pool->areas[i];
		area.n_areas = 1;
		area.n_blocks = pool->areas[i].n_blocks;
		state.pool = &area;
		state.name = name;
		add_state(h, s, moment, &state, true);
	}
}

/* The stack of a task is held to limits like a heap: what was used at most, and what was never used. */
static void add_stack(struct check_heaps *h, struct heaps_side *s, const struct moment *moment,
		      const struct candidate *of, const struct heap_task *task)
{
	struct heap_pool stack = { .kind = POOL_FIXED, .reported = HEAP_REPORTED_NOTHING };
	struct candidate state = *of;
	char name[sizeof(STACK_PREFIX) + sizeof(task->name)];
	struct task_report r;

	report_task(task, &r);
	stack.reported.total_bytes = task->stack_bytes;
	stack.reported.used_bytes = r.most_used_bytes;
	stack.reported.free_bytes = task->least_free_bytes;
	snprintf(name, sizeof(name), "%s%s", STACK_PREFIX, task->name);
	state.pool = &stack;
	state.name = name;
	note(h, &s->pools, name);
	add_state(h, s, moment, &state, false);
}

static void drop_samples(struct heaps_side *s)
{
	free_heap(&s->samples);
	names_deinit(&s->sample_labels);
}

static void add_dump(struct check_heaps *h, enum check_side side, const struct moment *moment)
{
	struct heaps_side *s = &h->sides[side];
	const struct heap *heap = moment->heap;
	const struct candidate of = {
		.label = moment->label,
		.n_dump = ++s->n_dumps,
		.number = s->n_dumps - s->n_dumps_before,
		.file = moment->file,
		.time = moment->time,
		.line = moment->line,
		.cut = heap->problem != HEAP_WHOLE,
		.is_base = side == CHECK_BASE,
	};

	drop_samples(s);
	s->dumped = true;
	s->last_problem = heap->problem;
	h->check->dumps[side].n++;
	h->check->dumps[side].n_cut += of.cut;
	note(h, &s->labels, of.label);
	memcpy(s->label, moment->label, sizeof(s->label));
	memset(s->found, 0, h->filter.n_limits * sizeof(*s->found));
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		struct candidate state = of;
		state.pool = &heap->pools[i];
		state.name = heap->pools[i].name;
		note(h, &s->pools, state.name);
		add_state(h, s, moment, &state, false);
	}
	for (uint32_t i = 0; i < heap->n_tasks; i++)
		add_stack(h, s, moment, &of, &heap->tasks[i]);
	if (memchr(s->found, false, h->filter.n_limits))
		for (uint32_t i = 0; i < heap->n_pools; i++)
			add_areas(h, s, moment, &of, &heap->pools[i]);
}

/* ---- figures alone: pools without a table ---- */

static void consider_figures(struct check_heaps *h, struct named_heap *heap, struct named_heap *picked,
			     const struct pool_state *state, struct candidate *candidate)
{
	struct heap_pool pool = *candidate->pool;

	pool.reported.total_bytes = state->total_bytes;
	pool.reported.used_bytes = state->used_bytes;
	pool.reported.free_bytes = state->free_bytes;
	pool.reported.largest_free_bytes = state->lfb_bytes;
	candidate->pool = &pool;
	candidate->number = ++heap->n_figures - heap->n_figures_before;
	for (size_t i = 0; !h->error && i < picked->n_picks; i++)
		pick_consider(h, &picked->picks[i], candidate);
}

/* Of Python's heap. They are no dumps: where there are some, only the leak goes by samples too. */
static void add_sample(struct check_heaps *h, enum check_side side, const struct moment *m)
{
	struct heaps_side *s = &h->sides[side];
	const struct heap_pool pool = heap_pool_named("gc", POOL_GC);
	struct candidate candidate = {
		.pool = &pool, .label = m->label, .file = m->file, .time = m->time, .line = m->line
	};
	struct named_heap *heap = find_heap(h, s, "gc");

	note(h, &s->pools, "gc");
	if (!s->dumped)
		note(h, &s->sample_labels, m->label);
	if (!heap)
		return;
	if (heap->leak)
		boots_add_figures(&heap->leak->boots, &m->state, m->timeline_us, m->collected);
	if (!s->samples.name && !s->dumped) {
		s->samples.name = heap->name;
		add_picks(h, &s->samples, matcher_find(&h->filter.matcher, slice_of(heap->name), false, NULL));
	}
	consider_figures(h, heap, &s->samples, &m->state, &candidate);
}

/* ---- moments ---- */

/* What a heap leaks is judged by boot. */
static struct heaps_side *begin_moment(struct check *c, enum check_side side, uint64_t n_boot, const char *file)
{
	struct check_heaps *h = check_heaps_of(c);
	struct heaps_side *s = h && !h->error && h->filter.n_limits > 0 ? &h->sides[side] : NULL;

	if (!s)
		return NULL;
	for (size_t i = 0; i < s->n_heaps && n_boot != s->n_boot; i++)
		if (s->heaps[i].leak)
			leak_reset(s->heaps[i].leak);
	s->n_boot = n_boot;
	s->n_moments++;
	s->several_files |= s->file && file && strcmp(s->file, file) != 0;
	s->file = s->file ? s->file : file;
	return s;
}

static int error_of(const struct check *c)
{
	if (!c->heaps)
		return -ENOMEM;
	return c->heaps->error ? c->heaps->error : arena_error(&c->arena);
}

int check_moment(struct check *c, enum check_side side, const struct moment *moment)
{
	struct heaps_side *s = moment->kind == MOMENT_POOLS ? NULL :
							      begin_moment(c, side, moment->n_boot, moment->file);

	if (s && moment->kind == MOMENT_SNAPSHOT)
		add_dump(c->heaps, side, moment);
	else if (s)
		add_sample(c->heaps, side, moment);
	return moment->kind == MOMENT_POOLS ? 0 : error_of(c);
}

int check_pool(struct check *c, enum check_side side, const struct pool_moment *moment)
{
	struct heaps_side *s = begin_moment(c, side, moment->n_boot, moment->file);
	const char *name = moment->pool.name;
	struct named_heap *heap = s ? find_heap(c->heaps, s, name) : NULL;

	if (s)
		note(c->heaps, &s->pools, name);
	if (heap) {
		struct candidate candidate = { .pool = &moment->pool,
					       .label = s->label,
					       .file = moment->file,
					       .time = moment->time,
					       .line = moment->line };
		consider_figures(c->heaps, heap, heap, &moment->state, &candidate);
	}
	if (heap && heap->leak)
		boots_add_pool(&heap->leak->boots, name, &moment->state, moment->timeline_us);
	return error_of(c);
}

/* Each log is held to a limit on the last moment, by the worst of them. */
static void end_log(struct check_heaps *h, const struct heaps_side *s, struct named_heap *heap)
{
	for (size_t i = 0; i < heap->n_picks && !h->error; i++) {
		struct pick *pick = &heap->picks[i];
		bool is_last = pick->set && (pick->n_dump == 0 || pick->n_dump == s->n_dumps);
		if (is_last && heaps_row(h, pick->i_row)->entry->when == WHEN_LAST)
			pick_end_input(h, pick);
	}
}

void check_end_input(struct check *c, enum check_side side)
{
	struct check_heaps *h = c->heaps;

	if (!h || h->error)
		return;
	struct heaps_side *s = &h->sides[side];
	struct named_heap *heap = s->samples.name ? find_heap(h, s, s->samples.name) : NULL;
	for (size_t i = 0; heap && i < heap->n_picks; i++)
		pick_merge(h, &heap->picks[i], &s->samples.picks[i]);
	for (size_t i = 0; i < s->sample_labels.n_entries; i++)
		note(h, &s->labels, names_text(&s->sample_labels, (uint32_t)i));
	drop_samples(s);
	if (s->dumped && s->last_problem != HEAP_WHOLE)
		s->cut = s->last_problem;
	s->dumped = false;
	s->label[0] = '\0';
	s->n_dumps_before = s->n_dumps;
	for (size_t i = 0; i < s->n_heaps; i++) {
		s->heaps[i].n_figures_before = s->heaps[i].n_figures;
		if (side == CHECK_NOW && c->each_input)
			end_log(h, s, &s->heaps[i]);
	}
}
