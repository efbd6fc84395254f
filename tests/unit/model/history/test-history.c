#include "memprof/model/history.h"

#include <limits.h>

#include "history/private.h"
#include "unit.h"

/* ---- memory that fails on purpose: the program is linked with --wrap (meson.build) ---- */

void *__wrap_malloc(size_t n_bytes);
void *__wrap_calloc(size_t n_items, size_t n_bytes);
void *__wrap_realloc(void *p, size_t n_bytes);
void *__real_malloc(size_t n_bytes);
void *__real_calloc(size_t n_items, size_t n_bytes);
void *__real_realloc(void *p, size_t n_bytes);

#define NEVER UINT_MAX
static unsigned n_good = NEVER; /* allocations that still succeed; then all fail */

static bool fails(void) { return n_good != NEVER && (n_good == 0 || n_good-- == 0); }

void *__wrap_malloc(size_t n_bytes) { return fails() ? NULL : __real_malloc(n_bytes); }
void *__wrap_calloc(size_t n_items, size_t n_bytes) { return fails() ? NULL : __real_calloc(n_items, n_bytes); }
void *__wrap_realloc(void *p, size_t n_bytes) { return fails() ? NULL : __real_realloc(p, n_bytes); }

/* ---- a board that lives ---- */

enum { N_POOLS = 3, N_AREAS = 4, N_BLOCKS = 1500 };

struct board_area {
	bool there;
	uint32_t n_blocks;
	uint8_t kinds[N_BLOCKS];
};
struct board_pool {
	bool there, has_table;
	struct board_area areas[N_AREAS];
};
struct board {
	uint32_t random;
	uint64_t n_boot;
	bool typed; /* its firmware prints kinds */
	bool calm;  /* little happens */
	struct board_pool pools[N_POOLS];
};

static const char *const names[N_POOLS] = { "gc", "picovector", "uma.0" };

static uint32_t dice(struct board *b, uint32_t n) { return next_random(&b->random) % n; }

static void allocate(struct board *b, struct board_area *area)
{
	static const char letters[] = "hTLDSAFBMm";
	uint32_t i = dice(b, area->n_blocks), n = dice(b, 8) ? 1 + dice(b, 6) : 1 + dice(b, 300);
	uint32_t from = i;

	while (i < area->n_blocks && i < from + n && area->kinds[i] == BLOCK_FREE)
		area->kinds[i++] = BLOCK_TAIL;
	if (i > from)
		area->kinds[from] = b->typed ? (uint8_t)letters[dice(b, sizeof(letters) - 1)] : BLOCK_HEAD;
}

static void release(struct board *b, struct board_area *area)
{
	uint32_t i = dice(b, area->n_blocks);

	while (i > 0 && area->kinds[i] == BLOCK_TAIL)
		i--;
	do
		area->kinds[i++] = BLOCK_FREE;
	while (i < area->n_blocks && area->kinds[i] == BLOCK_TAIL);
}

static void begin_area(struct board *b, struct board_area *area)
{
	*area = (struct board_area){ .there = true, .n_blocks = 1 + dice(b, N_BLOCKS / 2) };
	memset(area->kinds, BLOCK_FREE, sizeof(area->kinds));
}

static void live(struct board *b)
{
	struct board_pool *pool = &b->pools[dice(b, N_POOLS)];
	struct board_area *area = &pool->areas[dice(b, N_AREAS)];

	for (uint32_t n = dice(b, b->calm ? 3 : 12); area->there && n > 0; n--)
		(dice(b, 2) ? allocate : release)(b, area);
	switch (dice(b, b->calm ? 1000 : 40)) {
	case 0:
		pool->there = !pool->there;
		break;
	case 1:
		pool->has_table = !pool->has_table;
		break;
	case 2:
		area->there = false;
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		if (!area->there)
			begin_area(b, area);
		break;
	case 7:
		if (area->there)
			area->n_blocks += dice(b, N_BLOCKS + 1 - area->n_blocks);
		break;
	case 8: /* a row of it did not come */
		if (area->there)
			memset(area->kinds + area->n_blocks / 2, BLOCK_UNKNOWN, (area->n_blocks + 3) / 4);
		break;
	case 9:
		b->n_boot += dice(b, 4) == 0;
		break;
	}
	/* A kind is reported later, or not again. */
	uint32_t i = area->there ? dice(b, area->n_blocks) : 0;
	if (b->typed && area->there && block_is_head(area->kinds[i]) && dice(b, 2))
		area->kinds[i] = area->kinds[i] == BLOCK_HEAD ? (dice(b, 2) ? BLOCK_DICT : BLOCK_LIST) : BLOCK_HEAD;
}

static void look(const struct board *b, struct heap *ret)
{
	struct heap_pool *pool;

	heap_reset(ret);
	ret->stack_used_bytes = b->random % 1000;
	ret->qstr.n_strings = b->random % 777;
	ret->problem = b->random % 5 ? HEAP_WHOLE : HEAP_ROWS_MISSING;
	ret->problem_line = b->random % 99;
	for (uint32_t i = 0; i < N_POOLS; i++) {
		const struct board_pool *of = &b->pools[i];
		if (!of->there)
			continue;
		assert_int_equal(heap_add_pool(ret, names[i], i ? POOL_UMA : POOL_GC, &pool), 0);
		pool->memory = MEMORY_SRAM;
		pool->start = b->random;
		pool->damaged = b->random % 2;
		pool->n_finalisers = b->random % 11;
		pool->block_bytes = 16;
		pool->reported.used_bytes = b->random % 12345;
		pool->missing_bytes = b->random % 3;
		if (b->random % 3 == i % 3) {
			struct heap_window window;
			memset(&window, (int)(b->random >> i & 0xff), sizeof(window));
			assert_int_equal(heap_set_window(pool, &window), 0);
		}
		for (uint32_t k = 0; of->has_table && k < N_AREAS; k++) {
			const struct board_area *area = &of->areas[k];
			if (!area->there)
				continue;
			assert_int_equal(heap_add_area(pool, 0x20000000 + 0x100000 * i + 0x10000 * k), 0);
			pool->areas[pool->n_areas - 1].loose = k == 3 && b->n_boot % 2;
			pool->areas[pool->n_areas - 1].memory = MEMORY_TCM;
			memcpy(heap_extend(pool, area->n_blocks), area->kinds, area->n_blocks);
		}
	}
	for (uint32_t i = 0; i < b->random % 4; i++) {
		struct heap_task task;
		memset(&task, (int)(b->random >> i & 0xff), sizeof(task));
		task.is_current = i == 1;
		assert_int_equal(heap_add_task(ret, &task), 0);
	}
	ret->tasks_missing = b->random % 7 == 0;
	heap_seal(ret);
}

/* ---- expected results ---- */

static void assert_same_pool(const struct heap_pool *a, const struct heap_pool *b)
{
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->memory, b->memory);
	assert_u64_equal(a->start, b->start);
	assert_int_equal(a->damaged, b->damaged);
	assert_u64_equal(a->n_finalisers, b->n_finalisers);
	assert_int_equal(a->block_bytes, b->block_bytes);
	assert_memory_equal(&a->reported, &b->reported, sizeof(a->reported));
	assert_u64_equal(a->missing_bytes, b->missing_bytes);
	assert_int_equal(a->window == NULL, b->window == NULL);
	if (a->window)
		assert_memory_equal(a->window, b->window, sizeof(*a->window));
	assert_int_equal(a->n_areas, b->n_areas);
	assert_int_equal(a->n_blocks, b->n_blocks);
	for (uint32_t i = 0; i < a->n_areas; i++) {
		const struct heap_area *x = &a->areas[i], *y = &b->areas[i];
		assert_u64_equal(x->base, y->base);
		assert_int_equal(x->loose, y->loose);
		assert_int_equal(x->memory, y->memory);
		assert_int_equal(x->i_first, y->i_first);
		assert_int_equal(x->n_blocks, y->n_blocks);
		assert_memory_equal(x->kinds, y->kinds, x->n_blocks);
	}
}

static void assert_same(const struct heap *a, const struct heap *b)
{
	assert_int_equal(a->n_pools, b->n_pools);
	for (uint32_t i = 0; i < a->n_pools; i++)
		assert_same_pool(&a->pools[i], &b->pools[i]);
	assert_int_equal(a->n_tasks, b->n_tasks);
	if (a->n_tasks)
		assert_memory_equal(a->tasks, b->tasks, a->n_tasks * sizeof(*a->tasks));
	assert_int_equal(a->tasks_missing, b->tasks_missing);
	assert_u64_equal(a->stack_used_bytes, b->stack_used_bytes);
	assert_u64_equal(a->stack_limit_bytes, b->stack_limit_bytes);
	assert_memory_equal(&a->qstr, &b->qstr, sizeof(a->qstr));
	assert_int_equal(a->problem, b->problem);
	assert_u64_equal(a->problem_line, b->problem_line);
}

/* A walk, and all that was handed in, kept as it is. */
struct walk {
	struct history *h;
	struct board board;
	size_t n;
	struct {
		struct heap heap;
		struct history_moment moment;
	} * all;                /* 1 .. n */
	struct history *single; /* holds no more than one moment: so large are they */
	size_t largest_bytes;
	unsigned n_good;
};

static void begin(struct walk *w, uint32_t seed, size_t n_max, size_t max_bytes)
{
	*w = (struct walk){ .h = history_new(max_bytes),
			    .n_good = NEVER,
			    .single = history_new(0),
			    .board = { .random = seed, .typed = seed % 3 != 0, .calm = seed % 2 },
			    .all = calloc(n_max + 1, sizeof(*w->all)) };
	assert_non_null(w->h);
	for (uint32_t i = 0; i < N_POOLS; i++) {
		w->board.pools[i].there = w->board.pools[i].has_table = true;
		begin_area(&w->board, &w->board.pools[i].areas[0]);
	}
}

static int step(struct walk *w)
{
	size_t n = w->n + 1;
	struct heap *heap = &w->all[n].heap;
	struct history_moment *moment = &w->all[n].moment;
	struct history_figures figures[N_POOLS] = { { .state.used_bytes = 0 } };
	bool sample = dice(&w->board, 10) == 0;

	for (uint32_t i = dice(&w->board, 6); i > 0; i--)
		live(&w->board);
	heap_init(heap);
	if (!sample)
		look(&w->board, heap);
	*moment = (struct history_moment){ .at_us = dice(&w->board, 5) ? n * 1000 : NOT_KNOWN,
					   .n_boot = w->board.n_boot,
					   .line = n * 3,
					   .problem = heap->problem,
					   .reported = SNAPSHOT_REPORTED_NOTHING,
					   .n_pools = sample ? 1 : heap->n_pools,
					   .pools = figures };
	snprintf(figures[0].name, sizeof(figures[0].name), "%zu", n);
	if (dice(&w->board, 9) == 0)
		snprintf(moment->label, sizeof(moment->label), "label %zu", n);
	n_good = w->n_good;
	int r = history_add(w->h, sample ? NULL : heap, moment);
	n_good = NEVER;
	if (r == 0)
		assert_int_equal(history_add(w->single, sample ? NULL : heap, moment), 0);
	moment->pools = NULL;
	if (r < 0) {
		heap_deinit(heap);
		return r;
	}
	w->n = n;
	w->largest_bytes = MAX(w->largest_bytes, history_bytes(w->single));
	return 0;
}

static void assert_all_as_they_were(const struct walk *w)
{
	struct heap heap;
	uint64_t n_before = 0;

	heap_init(&heap);
	for (size_t i = 0; i < history_n(w->h); i++) {
		const struct history_moment *m = history_moment(w->h, i);
		const struct history_moment *was = &w->all[m->n].moment;
		char name[16];
		assert_true(m->n > n_before && m->n <= w->n);
		n_before = m->n;
		assert_u64_equal(m->at_us, was->at_us);
		assert_u64_equal(m->n_boot, was->n_boot);
		assert_u64_equal(m->line, was->line);
		assert_string_equal(m->label, was->label);
		assert_int_equal(m->problem, was->problem);
		assert_u64_equal(m->reported.pause_us, NOT_KNOWN);
		assert_int_equal(m->n_pools, was->n_pools);
		snprintf(name, sizeof(name), "%llu", (unsigned long long)m->n);
		if (m->n_pools)
			assert_string_equal(m->pools[0].name, name);
		assert_int_equal(history_heap(w->h, i, &heap), 0);
		assert_same(&heap, &w->all[m->n].heap);
		assert_int_equal(history_find(w->h, m->n), i);
	}
	if (w->n)
		assert_u64_equal(n_before, w->n);
	heap_deinit(&heap);
}

static void end(struct walk *w)
{
	for (size_t i = 1; i <= w->n; i++)
		heap_deinit(&w->all[i].heap);
	free(w->all);
	history_free(w->h);
	history_free(w->single);
}

/* ---- since when, one block at a time ---- */

static bool has_table(const struct heap *heap)
{
	for (uint32_t i = 0; i < heap->n_pools; i++)
		if (heap->pools[i].n_blocks)
			return true;
	return false;
}

struct object {
	bool there;
	uint8_t kind;
	uint32_t n;
};

static struct object object_at(const struct heap *heap, const char *name, uint64_t address)
{
	for (uint32_t p = 0; p < heap->n_pools; p++) {
		const struct heap_pool *pool = &heap->pools[p];
		for (uint32_t k = 0; strcmp(pool->name, name) == 0 && k < pool->n_areas; k++) {
			const struct heap_area *area = &pool->areas[k];
			uint64_t i = (address - area->base) / pool->block_bytes;
			if (address < area->base || i >= area->n_blocks || !block_is_head(area->kinds[i]))
				continue;
			struct object o = { true, area->kinds[i], 1 };
			while (i + o.n < area->n_blocks && area->kinds[i + o.n] == BLOCK_TAIL)
				o.n++;
			return o;
		}
	}
	return (struct object){ .there = false };
}

static bool is_untold(uint8_t kind) { return kind == BLOCK_HEAD || kind == BLOCK_MARKED; }

/* Of the object at an address of moment n, among the moments of which kept says so. */
static uint64_t since(const struct walk *w, const bool *kept, size_t n, const char *name, uint64_t address)
{
	struct object before = { .there = false };
	uint64_t first = 0, n_boot = 0;

	for (size_t k = 1; k <= n; k++) {
		if (!kept[k] || !has_table(&w->all[k].heap))
			continue;
		struct object o = object_at(&w->all[k].heap, name, address);
		bool same = before.there && o.there && before.n == o.n && n_boot == w->all[k].moment.n_boot &&
			    (before.kind == o.kind || is_untold(before.kind) || is_untold(o.kind));
		if (!same)
			first = k;
		else if (is_untold(o.kind))
			o.kind = before.kind;
		before = o;
		n_boot = w->all[k].moment.n_boot;
	}
	return first;
}

static void assert_since(struct walk *w, size_t i, bool forgets)
{
	size_t n = history_moment(w->h, i)->n;
	const struct heap *heap = &w->all[n].heap;
	bool *kept = calloc(w->n + 1, 1), *all = malloc(w->n + 1);

	memset(all, true, w->n + 1);
	for (size_t k = 0; k < history_n(w->h); k++)
		kept[history_moment(w->h, k)->n] = true;
	for (uint32_t p = 0; p < heap->n_pools; p++) {
		const struct heap_pool *pool = &heap->pools[p];
		uint32_t *seen = malloc((pool->n_blocks + 1) * sizeof(*seen));
		seen[pool->n_blocks] = 0xabcdef;
		assert_int_equal(history_first_seen(w->h, i, p, seen), 0);
		assert_int_equal(seen[pool->n_blocks], 0xabcdef);
		for (uint32_t k = 0; k < pool->n_areas; k++) {
			const struct heap_area *area = &pool->areas[k];
			uint64_t expected = 0, latest = 0;
			for (uint32_t b = 0; b < area->n_blocks; b++) {
				uint64_t address = area->base + 16 * b, found = seen[area->i_first + b];
				if (block_is_head(area->kinds[b])) {
					expected = since(w, kept, n, pool->name, address);
					latest = forgets ? expected : since(w, all, n, pool->name, address);
					while (!kept[latest])
						latest++;
				} else if (area->kinds[b] != BLOCK_TAIL) {
					expected = latest = 0;
				}
				if (found < MIN(expected, latest) || found > MAX(expected, latest))
					fail_msg("moment %zu, block 0x%llx: since %llu, not %llu..%llu", n,
						 (unsigned long long)address, (unsigned long long)found,
						 (unsigned long long)expected, (unsigned long long)latest);
				assert_true(found == 0 || kept[found]);
			}
		}
		free(seen);
	}
	free(kept);
	free(all);
}

/* ---- tests ---- */

UNIT_TEST(every_moment_is_as_it_was)
{
	for (uint32_t seed = 1; seed <= 12; seed++) {
		struct walk w;
		begin(&w, seed * 7919, 300, HISTORY_BYTES);
		while (w.n < 300)
			assert_int_equal(step(&w), 0);
		assert_int_equal(history_n(w.h), 300);
		assert_all_as_they_were(&w);
		end(&w);
	}
}

/* What is handed in counts for nothing afterwards. */
UNIT_TEST(nothing_is_borrowed)
{
	static const struct history_moment moment = { .at_us = 5, .reported = SNAPSHOT_REPORTED_NOTHING };
	struct history *h = history_new(HISTORY_BYTES);
	struct board board = { .random = 3 };
	struct heap heap, found;

	heap_init(&heap);
	heap_init(&found);
	board.pools[0].there = board.pools[0].has_table = true;
	begin_area(&board, &board.pools[0].areas[0]);
	look(&board, &heap);
	assert_int_equal(history_add(h, &heap, &moment), 0);
	heap_deinit(&heap);
	assert_int_equal(history_heap(h, 0, &found), 0);
	look(&board, &heap);
	assert_same(&found, &heap);
	heap_deinit(&heap);
	heap_deinit(&found);
	history_free(h);
	history_free(NULL);
}

static size_t n_labelled(const struct history *h)
{
	size_t n = 0;

	for (size_t i = 0; i < history_n(h); i++)
		n += history_moment(h, i)->label[0] != '\0';
	return n;
}

UNIT_TEST(memory_is_bounded)
{
	static const size_t bounds[] = { 0, 1000, 20000, 100000, 300000 };

	for (size_t k = 0; k < ARRAY_SIZE(bounds); k++) {
		struct walk w;
		size_t n_least = SIZE_MAX;
		begin(&w, 17 + (uint32_t)k, 800, bounds[k]);
		while (w.n < 800) {
			size_t labelled = n_labelled(w.h), n = history_n(w.h);
			assert_int_equal(step(&w), 0);
			bool is_labelled = w.all[w.n].moment.label[0] != '\0';
			assert_true(history_bytes(w.h) <= bounds[k] + w.largest_bytes);
			assert_u64_equal(history_moment(w.h, history_n(w.h) - 1)->n, w.n);
			/* The first one goes only if there is no other, a labelled one only if all have
			 * labels. */
			if (history_n(w.h) > 1)
				assert_u64_equal(history_moment(w.h, 0)->n, 1);
			if (n_labelled(w.h) < labelled + is_labelled) {
				for (size_t i = 1; i + 1 < history_n(w.h); i++)
					assert_true(history_moment(w.h, i)->label[0] != '\0');
			}
			if (n && history_n(w.h) < n)
				n_least = MIN(n_least, history_n(w.h));
			if (w.n % 50 == 0)
				assert_all_as_they_were(&w);
		}
		if (bounds[k] >= 100000)
			assert_true(history_n(w.h) > 36);
		assert_all_as_they_were(&w);
		end(&w);
	}
}

/* What is long ago is known at longer intervals, what was just now at all moments. */
UNIT_TEST(the_older_half_is_thinned)
{
	static const struct history_moment moment = { .at_us = NOT_KNOWN };
	struct history *h = history_new(40000);

	for (int i = 0; i < 5000; i++)
		assert_int_equal(history_add(h, NULL, &moment), 0);
	size_t n = history_n(h), n_pairs = 0;
	uint64_t widest = 0;
	assert_true(n > 40);
	for (size_t i = n / 2 + 1; i < n; i++)
		n_pairs += history_moment(h, i)->n - history_moment(h, i - 1)->n == 1;
	assert_true(n_pairs > n / 2 - 4);
	for (size_t i = 1; i < n; i++)
		widest = MAX(widest, history_moment(h, i)->n - history_moment(h, i - 1)->n);
	assert_true(widest > 50);
	assert_true(widest < 1000);
	history_free(h);
}

/* However small they are: whoever draws a chart looks at all of them. */
UNIT_TEST(moments_are_counted)
{
	static const struct history_moment moment = { .at_us = NOT_KNOWN };
	struct history *h = history_new(HISTORY_BYTES);

	for (int i = 0; i < HISTORY_MOMENTS_MAX + 100; i++)
		assert_int_equal(history_add(h, NULL, &moment), 0);
	assert_int_equal(history_n(h), HISTORY_MOMENTS_MAX);
	assert_u64_equal(history_moment(h, 0)->n, 1);
	assert_u64_equal(history_moment(h, HISTORY_MOMENTS_MAX - 1)->n, HISTORY_MOMENTS_MAX + 100);
	history_free(h);
}

/* Where there are many, several are chosen at once: those with labels stay all the same, and intervals grow with age.
 */
UNIT_TEST(long_histories_are_thinned_alike)
{
	enum { N_ADDED = 4 * HISTORY_MOMENTS_MAX, LABELLED_EVERY = 100 };
	struct history *h = history_new(HISTORY_BYTES);
	size_t n = HISTORY_MOMENTS_MAX;

	for (int i = 0; i < N_ADDED; i++) {
		const struct history_moment moment = { .at_us = NOT_KNOWN,
						       .label = { i % LABELLED_EVERY ? '\0' : 'x' } };
		assert_int_equal(history_add(h, NULL, &moment), 0);
	}
	assert_int_equal(history_n(h), n);
	assert_int_equal(n_labelled(h), (N_ADDED + LABELLED_EVERY - 1) / LABELLED_EVERY);
	for (size_t i = n / 2 + 1; i < n; i++)
		assert_u64_equal(history_moment(h, i)->n - history_moment(h, i - 1)->n, 1);
	for (size_t i = 1; i < n / 2; i++) {
		uint64_t number = history_moment(h, i)->n;
		assert_true(number - history_moment(h, i - 1)->n <= 2 + (N_ADDED - number) * 16 / n);
	}
	history_free(h);
}

/* A moment is never far from a key, and there are not many more keys than that takes. */
static void assert_keys(const struct history *h)
{
	size_t n_keys = 0, n_since = KEY_MOMENTS;

	for (size_t i = 0; i < history_n(h); i++) {
		n_since = history_kept(h, i)->key ? 1 : n_since + 1;
		n_keys += n_since == 1;
		assert_true(n_since <= KEY_MOMENTS);
	}
	assert_true(n_keys <= history_n(h) / (KEY_MOMENTS / 2) + 2);
}

UNIT_TEST(keys_stay_as_far_apart)
{
	struct walk w;

	begin(&w, 4711, 900, 300000);
	while (w.n < 900) {
		assert_int_equal(step(&w), 0);
		assert_keys(w.h);
	}
	assert_true(history_n(w.h) > 4 * KEY_MOMENTS && history_n(w.h) < 800);
	end(&w);
}

UNIT_TEST(the_oldest_events_go)
{
	static const struct history_moment moment = { .at_us = 1 };
	struct history *h = history_new(HISTORY_BYTES);

	assert_int_equal(history_n_events(h), 0);
	for (uint64_t i = 0; i < HISTORY_EVENTS_MAX + 100; i++) {
		history_add_event(h, &(struct board_event){ .kind = BOARD_EVENT_MARK, .bytes = i });
		if (i % 10 == 9)
			assert_int_equal(history_add(h, NULL, &moment), 0);
	}
	assert_int_equal(history_n_events(h), HISTORY_EVENTS_MAX);
	for (size_t i = 0; i < HISTORY_EVENTS_MAX; i++) {
		const struct history_event *board_events_spool = history_event(h, i);
		assert_u64_equal(board_events_spool->info.bytes, i + 100);
		assert_u64_equal(board_events_spool->n_moment, (i + 100) / 10);
	}
	history_free(h);
}

UNIT_TEST(moments_are_found_by_number_and_time)
{
	static const struct {
		uint64_t at_us, find_us;
		size_t i;
	} rows[] = {
		{ NOT_KNOWN, 0, 0 }, { 100, 99, 0 },  { 200, 150, 1 }, { NOT_KNOWN, 200, 3 },
		{ 300, 299, 3 },     { 250, 260, 3 }, { 400, 399, 5 }, { 500, NOT_KNOWN - 1, 7 },
	};
	struct history *h = history_new(HISTORY_BYTES);

	assert_int_equal(history_find(h, 7), 0);
	assert_int_equal(history_find_time(h, 7), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct history_moment moment = { .at_us = rows[i].at_us };
		assert_int_equal(history_add(h, NULL, &moment), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(history_find_time(h, rows[i].find_us), rows[i].i);
	assert_int_equal(history_find(h, 0), 0);
	assert_int_equal(history_find(h, 3), 2);
	assert_int_equal(history_find(h, 99), 7);
	history_free(h);
}

UNIT_TEST(objects_have_an_age)
{
	for (uint32_t seed = 1; seed <= 8; seed++) {
		struct walk w;
		begin(&w, seed * 104729, 120, HISTORY_BYTES);
		while (w.n < 120) {
			assert_int_equal(step(&w), 0);
			if (dice(&w.board, 3))
				assert_since(&w, history_n(w.h) - 1, true);
		}
		for (size_t i = 0; i < history_n(w.h); i += 7)
			assert_since(&w, i, true);
		for (size_t i = history_n(w.h) - 1; i-- > 0;)
			assert_since(&w, i, true);
		for (size_t k = 0; k < 20; k++)
			assert_since(&w, dice(&w.board, (uint32_t)history_n(w.h)), true);
		end(&w);
	}
}

/* Of the newest moment more may be known than the moments that are left tell; with kinds that are told at
 * times, other things. */
UNIT_TEST(ages_stay_right_while_moments_go)
{
	for (uint32_t seed = 1; seed <= 6; seed++) {
		struct walk w;
		begin(&w, seed * 1299709, 300, 60000 * seed);
		w.board.typed = false;
		while (w.n < 300) {
			assert_int_equal(step(&w), 0);
			if (dice(&w.board, w.n < 150 ? 3 : 60) == 0)
				assert_since(&w, history_n(w.h) - 1, false);
			if (dice(&w.board, 20) == 0)
				assert_since(&w, dice(&w.board, (uint32_t)history_n(w.h)), false);
		}
		for (size_t i = 0; i + 1 < history_n(w.h); i += 11)
			assert_since(&w, i, false);
		end(&w);
	}
}

/* A heap that is another one at every moment: objects of one block, and of two from block i on. */
static void add_changed(struct history *h, uint32_t i)
{
	enum { N = 1 << 16 };
	static uint8_t kinds[N];
	const struct history_moment moment = { .at_us = NOT_KNOWN };
	struct heap_pool *pool;
	struct heap heap;

	for (uint32_t b = 0; b < N; b++)
		kinds[b] = b >= i && (b - i) % 2 ? BLOCK_TAIL : b % 2 ? BLOCK_STR : BLOCK_LIST;
	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	pool->block_bytes = 16;
	assert_int_equal(heap_add_area(pool, 0x20000000), 0);
	memcpy(heap_extend(pool, N), kinds, N);
	heap_seal(&heap);
	assert_int_equal(history_add(h, &heap, &moment), 0);
	heap_deinit(&heap);
}

UNIT_TEST(ages_come_in_bounded_steps)
{
	enum { N_MOMENTS = 200 };
	static uint32_t in_steps[1 << 16], at_once[1 << 16];
	struct history *asked = history_new(HISTORY_BYTES), *followed = history_new(HISTORY_BYTES);
	unsigned n_more = 0;

	for (uint32_t i = 0; i < N_MOMENTS; i++) {
		add_changed(asked, i);
		add_changed(followed, i);
		assert_int_equal(history_first_seen(followed, i, 0, at_once), 0);
	}
	memset(in_steps, 0xff, sizeof(in_steps));
	assert_int_equal(history_n(asked), N_MOMENTS);
	while (history_first_seen(asked, N_MOMENTS - 1, 0, in_steps) == HISTORY_MORE) {
		assert_int_equal(in_steps[0], UINT32_MAX);
		n_more++;
	}
	assert_true(n_more >= history_bytes(asked) / HISTORY_AGES_BYTES / 2 && n_more > 1);
	assert_memory_equal(in_steps, at_once, sizeof(at_once));
	/* What was the newest moment is known: what comes after it begins there. */
	for (uint32_t i = 0; i < 3; i++)
		add_changed(asked, N_MOMENTS + i);
	assert_int_equal(history_first_seen(asked, N_MOMENTS + 1, 0, in_steps), 0);
	history_free(asked);
	history_free(followed);
}

/* The same step again and again, with one allocation more that succeeds, until it does. */
static unsigned step_without_memory(struct walk *w)
{
	struct board board = w->board;
	unsigned n_failed = 0;

	for (w->n_good = 0; step(w) < 0; w->n_good++) {
		if (w->n % 20 == 0)
			assert_all_as_they_were(w);
		w->board = board;
		n_failed++;
	}
	w->n_good = NEVER;
	return n_failed;
}

UNIT_TEST(without_memory_all_stays_as_it_was)
{
	for (uint32_t seed = 1; seed <= 6; seed++) {
		struct walk w;
		size_t max_bytes = seed % 2 ? HISTORY_BYTES : 100000;
		unsigned n_failed = 0;
		begin(&w, seed * 611953, 150, max_bytes);
		while (w.n < 150) {
			n_failed += step_without_memory(&w);
			assert_true(history_bytes(w.h) <= max_bytes + w.largest_bytes);
		}
		assert_true(n_failed > 100);
		assert_all_as_they_were(&w);
		assert_since(&w, history_n(w.h) - 1, true);
		end(&w);
	}
}

UNIT_TEST(reading_without_memory_is_an_error)
{
	static uint32_t seen[N_AREAS * N_BLOCKS];
	unsigned n_failed = 0;
	struct walk w;
	struct heap heap;

	begin(&w, 99, 60, HISTORY_BYTES);
	while (w.n < 60)
		assert_int_equal(step(&w), 0);
	for (size_t i = 0; i < w.n; i++) {
		heap_init(&heap);
		unsigned n = 0;
		for (n_good = 0; history_heap(w.h, i, &heap) < 0; n_good = ++n)
			assert_int_equal(heap.n_pools, 0);
		n_good = NEVER;
		n_failed += n;
		assert_same(&heap, &w.all[i + 1].heap);
		n = 0;
		for (n_good = 0; heap.n_pools && history_first_seen(w.h, i, 0, seen) < 0; n_good = ++n)
			;
		n_good = NEVER;
		n_failed += n;
		heap_deinit(&heap);
		assert_since(&w, i, true);
	}
	assert_true(n_failed > 2 * w.n);
	end(&w);
}
