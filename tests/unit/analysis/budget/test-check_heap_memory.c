/* However many moments come, and whatever heaps are called: memory is bounded. Where there is none, that is
 * said. */
#define _GNU_SOURCE
#include <limits.h>
#include <malloc.h>

#include "check-fixture.h"

/* ---- memory that is counted, and fails on purpose: the program is linked with --wrap (meson.build) ---- */

void *__wrap_malloc(size_t n_bytes);
void *__wrap_calloc(size_t n_items, size_t n_bytes);
void *__wrap_realloc(void *p, size_t n_bytes);
void __wrap_free(void *p);
void *__real_malloc(size_t n_bytes);
void *__real_calloc(size_t n_items, size_t n_bytes);
void *__real_realloc(void *p, size_t n_bytes);
void __real_free(void *p);

#define NEVER UINT_MAX
static unsigned n_good = NEVER; /* allocations that still succeed; then all fail */
static size_t live_bytes, peak_bytes;

static bool fails(void) { return n_good != NEVER && (n_good == 0 || n_good-- == 0); }

static void *count(void *p)
{
	live_bytes += p ? malloc_usable_size(p) : 0;
	peak_bytes = MAX(peak_bytes, live_bytes);
	return p;
}

void *__wrap_malloc(size_t n_bytes) { return fails() ? NULL : count(__real_malloc(n_bytes)); }

void *__wrap_calloc(size_t n_items, size_t n_bytes) { return fails() ? NULL : count(__real_calloc(n_items, n_bytes)); }

void *__wrap_realloc(void *p, size_t n_bytes)
{
	size_t was = p ? malloc_usable_size(p) : 0;

	if (fails())
		return NULL;
	void *ret = __real_realloc(p, n_bytes);
	live_bytes -= ret ? was : 0;
	return count(ret);
}

void __wrap_free(void *p)
{
	live_bytes -= p ? malloc_usable_size(p) : 0;
	__real_free(p);
}

/* ---- a board that runs for long ---- */

enum { N_BLOCKS = 1000 };

static struct heap heap;

static void make_heap(void)
{
	char blocks[N_BLOCKS + 2];

	heap_init(&heap);
	memset(blocks, '.', N_BLOCKS + 1);
	blocks[N_BLOCKS / 2] = ' ';
	blocks[N_BLOCKS + 1] = '\0';
	add_pool(&heap, "gc", 0x20000000, blocks);
	blocks[100] = '\0';
	add_pool(&heap, "psram", 0x60000000, blocks);
	heap_seal(&heap);
}

/* Every moment is worse than all before: n blocks are used, here and there. */
static void use(uint64_t n)
{
	for (uint32_t i = 0; i < N_BLOCKS; i++)
		heap.pools[0].kinds[i] = (i * UINT64_C(2654435761)) % N_BLOCKS < n ? (uint8_t) "hTLDSAFBM"[i % 9] :
										     BLOCK_FREE;
}

static int moment(enum check_side side, const char *label, uint64_t at_us)
{
	struct moment m = { .heap = &heap, .timeline_us = at_us, .collected = true, .n_boot = n_boot };

	set_text(m.label, sizeof(m.label), label);
	return check_moment(&check, side, &m);
}

static int told(const char *name)
{
	struct pool_moment m = {
		.pool = idf_pool(name, 1000, 7, 7),
		.timeline_us = NOT_KNOWN,
		.n_boot = n_boot,
	};

	m.state = pool_state_of_figures(&m.pool);
	return check_pool(&check, CHECK_NOW, &m);
}

static int sample(uint64_t at_us)
{
	struct moment m = {
		.kind = MOMENT_SAMPLE,
		.state = sample_of(5000, 9000, 400),
		.timeline_us = at_us,
		.n_boot = n_boot,
	};

	return check_moment(&check, CHECK_NOW, &m);
}

static void all_limits(void)
{
	static const enum budget_when whens[] = { WHEN_LAST, WHEN_ANY, WHEN_EVERY, WHEN_MIN, WHEN_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(whens); i++) {
		limit_heap("gc", whens[i], "max_used", WHOLE(1));
		limit_heap("*", whens[i], "min_free", WHOLE(1 << 20));
		limit_heap("*", whens[i], "max_fragmentation", RATIO(0));
		limit_fits("*", whens[i], 64 + i, 1000);
		limit_heap("gc.*", whens[i], "max_objects", WHOLE(1));
	}
	limit_mark("gc", "m*", "max_largest_free_loss", WHOLE(0));
	limit_mark("gc", "m*", "max_growth", WHOLE(0));
	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(0));
}

UNIT_TEST(worse_and_worse)
{
	enum { N_WARM = 2000, N_MOMENTS = 100000 };
	size_t peak_warm = 0;
	char name[32];

	peak_bytes = live_bytes;
	make_heap();
	all_limits();
	begin();
	for (uint64_t i = 0; i < N_MOMENTS; i++) {
		snprintf(name, sizeof(name), "m%u", (unsigned)i);
		use(i * (N_BLOCKS - 10) / N_MOMENTS);
		assert_int_equal(moment(i % 3 ? CHECK_NOW : CHECK_BASE, name, i * 1000000), 0);
		if (i % 5 == 0)
			assert_int_equal(sample(i * 1000000), 0);
		if (i == N_WARM)
			peak_warm = peak_bytes;
	}
	/* Copies of what was worst take the place of those before; more or fewer rows may share one. */
	assert_true(peak_bytes <= peak_warm + 4 * N_BLOCKS);
	offer_heaps();
	assert_int_equal(check.dumps[CHECK_NOW].n + check.dumps[CHECK_BASE].n, N_MOMENTS);
	for (size_t i = 0; i < check.n_rows; i++)
		if (!check.rows[i].value.known)
			fail_msg("%s: %s", check.rows[i].entry->pattern, check.rows[i].fault);
	heap_deinit(&heap);
}

/* Lives and inputs without end. */
UNIT_TEST(resets_and_inputs)
{
	enum { N_WARM = 3000, N_MOMENTS = 30000 };
	size_t peak_warm = 0;

	peak_bytes = live_bytes;
	make_heap();
	all_limits();
	begin();
	for (uint64_t i = 0; i < N_MOMENTS; i++) {
		use(i % 900);
		assert_int_equal(moment(CHECK_NOW, "m", i * 1000000), 0);
		assert_int_equal(sample(i * 1000000), 0);
		if (i % 13 == 0)
			n_boot++;
		if (i % 17 == 0)
			check_end_input(&check, CHECK_NOW);
		if (i == N_WARM)
			peak_warm = peak_bytes;
	}
	assert_true(peak_bytes <= peak_warm + 4096);
	offer_heaps();
	heap_deinit(&heap);
}

/* Names that no limit fits cost nothing; the others are followed up to a bound, and then that is said. */
UNIT_TEST(names_without_end)
{
	char name[EVENT_NAME_BYTES];
	size_t peak_warm = 0;

	peak_bytes = live_bytes;
	limit_heap("gc", WHEN_EVERY, "max_used", WHOLE(1));
	begin();
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "p.%u", i);
		assert_int_equal(told(name), 0);
		if (i == 100)
			peak_warm = peak_bytes;
	}
	assert_int_equal(peak_bytes, peak_warm);
	offer_heaps();
	assert_fault(0, "no heap named 'gc'; there are p.0, p.1, p.2 and others");
	tear_down();

	peak_bytes = live_bytes;
	set_up();
	limit_heap("*", WHEN_EVERY, "min_free", WHOLE(1));
	limit_heap("p.7", WHEN_EVERY, "min_free", WHOLE(1));
	begin();
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "p.%u", i);
		assert_int_equal(told(name), 0);
		if (i == 5000)
			peak_warm = peak_bytes;
	}
	assert_int_equal(peak_bytes, peak_warm);
	offer_heaps();
	assert_fault(0, "more heaps match than can be followed");
	assert_value(1, 7);
}

UNIT_TEST(hostile_names)
{
	static const char *const names[] = {
		"",   "*",    "[", "\\",  "a\nb", "\x1b[2J", "%s%n", "\xff\xfe", "123456789012345",
		".0", "gc.0", "'", "a b", "[a",
	};
	size_t before;

	heap_init(&heap);
	for (size_t i = 0; i < HEAP_POOLS_MAX; i++)
		add_pool(&heap, names[i % ARRAY_SIZE(names)], 0x1000 * i, "hh..");
	heap_seal(&heap);
	limit_heap("*", WHEN_LAST, "max_used", WHOLE(1));
	limit_heap("\\*", WHEN_LAST, "max_used", WHOLE(1));
	limit_heap("gc.0", WHEN_LAST, "max_used", WHOLE(1));
	limit_heap("123456789012345.0", WHEN_LAST, "max_leak_per_hour", WHOLE(1));
	limit_heap("none", WHEN_LAST, "max_used", WHOLE(1));
	begin();
	before = live_bytes;
	assert_int_equal(moment(CHECK_NOW, "\x1b]0;x\x07", NOT_KNOWN), 0);
	offer_heaps();
	for (size_t i = 0; i < 3; i++)
		assert_value(i, 32);
	assert_fault(3, "too early");
	assert_fault(4, "no heap named 'none'; there are a\nb, \x1b[2J, %s%n and others");
	assert_true(live_bytes > before);
	heap_deinit(&heap);
}

/* ---- no memory ---- */

static int everything(void)
{
	int r = 0;

	for (uint64_t i = 0; i < 30 && r == 0; i++) {
		use(i * 30);
		r = moment(i % 2 ? CHECK_NOW : CHECK_BASE, "mark", i * 1000000);
		if (r == 0 && i % 4 == 0)
			r = sample(i * 1000000);
		if (r == 0 && i % 4 == 1)
			r = told("idf.0");
		if (i == 20)
			n_boot++;
		if (i == 25)
			check_end_input(&check, CHECK_NOW);
	}
	return r < 0 ? r : check_heaps_offer(&check);
}

UNIT_TEST(no_memory)
{
	unsigned n = 0;
	int r = -ENOMEM;

	make_heap();
	for (; r < 0; n++) {
		size_t before = live_bytes;
		set_up();
		all_limits();
		begin();
		n_good = n;
		r = everything();
		bool failed = n_good == 0;
		n_good = NEVER;
		assert_int_equal(r, failed && r < 0 ? -ENOMEM : 0);
		tear_down();
		assert_int_equal(live_bytes, before);
	}
	assert_true(n > 50);
	heap_deinit(&heap);
}
