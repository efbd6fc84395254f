/* Culprits and windows: areas whose answer is plain to see, and small random ones of which a
 * version too simple to be wrong tries every possibility. */
#include "heap/private.h"

#include "cases.h"
#include "heap-fixture.h"
#include "pools.h"

/* ---- culprits ---- */

static size_t culprits_of(const struct heap_pool *pool, uint64_t lfb_bytes, size_t n_max, struct culprit *best)
{
	size_t n = 0;

	for (uint32_t i = 0; i < pool->n_areas; i++)
		culprits_add(&pool->areas[i], pool->block_bytes, lfb_bytes, n_max, best, &n);
	return n;
}

static struct fit window_of(const struct heap_pool *pool, uint64_t size_bytes)
{
	struct fit fit = { .size_bytes = size_bytes };

	for (uint32_t i = 0; i < pool->n_areas; i++)
		window_find(&pool->areas[i], pool->block_bytes, &fit);
	return fit;
}

static void put_window(const struct heap_pool *pool, uint64_t need_bytes, struct strbuf *ret)
{
	struct fit fit = window_of(pool, need_bytes);

	if (fit.has_window)
		strbuf_printf(ret, "%u at block %u, %u of them used in %" PRIu32 " objects", (unsigned)fit.window_bytes,
			      (unsigned)((fit.window_start - POOL_AREA(0)) / pool->block_bytes),
			      (unsigned)fit.window_used_bytes, fit.window_objects);
	else
		strbuf_puts(ret, "nowhere");
}

/* "over=" the largest free block, "most=" so many culprits; or "window=" for what is needed. */
static void step(char *line, struct strbuf *ret)
{
	struct culprit best[4];
	char *w[80];

	case_words(line, w, ARRAY_SIZE(w));
	const char *need = case_take(w, "window="), *least = case_take(w, "over="), *most = case_take(w, "most=");
	const struct heap_pool *pool = pool_of_words(&heap, w);
	case_all_taken(w);
	if (need) {
		put_window(pool, strtoull(need, NULL, 0), ret);
		return;
	}
	size_t n = culprits_of(pool, least ? strtoull(least, NULL, 0) : 0, most ? strtoull(most, NULL, 0) : 4, best);
	for (size_t i = 0; i < n; i++) {
		const struct culprit *c = &best[i];
		uint32_t i_area = (uint32_t)((c->start - POOL_AREA(0)) / (POOL_AREA(1) - POOL_AREA(0)));
		strbuf_printf(ret, "%s%c at block %u of area %" PRIu32, i ? ", " : "", c->kind,
			      (unsigned)((c->start - POOL_AREA(i_area)) / pool->block_bytes), i_area);
		strbuf_printf(ret, ": %u B in %" PRIu32 " objects", (unsigned)c->size_bytes, c->n_objects);
		strbuf_printf(ret, " leave %u; +%u", (unsigned)c->lfb_after_bytes, (unsigned)c->gain_bytes);
	}
}

UNIT_STEPS("analysis/heap/culprits.cases", step)

/* ---- all of them, by the simple version ---- */

static bool is_used(uint8_t kind) { return kind != BLOCK_FREE && kind != BLOCK_UNKNOWN; }

/* Where the run of one sort of blocks that block i lies in begins and ends. */
static uint32_t begin_of(const struct heap_area *a, uint32_t i, bool used)
{
	while (i > 0 && (used ? is_used(a->kinds[i - 1]) : a->kinds[i - 1] == BLOCK_FREE))
		i--;
	return i;
}

static uint32_t end_of(const struct heap_area *a, uint32_t i, bool used)
{
	while (i < a->n_blocks && (used ? is_used(a->kinds[i]) : a->kinds[i] == BLOCK_FREE))
		i++;
	return i;
}

static bool worth_more(const struct culprit *a, const struct culprit *b)
{
	uint64_t worth_a = a->gain_bytes * b->size_bytes, worth_b = b->gain_bytes * a->size_bytes;

	return worth_a != worth_b ? worth_a > worth_b : a->start < b->start;
}

static size_t all_culprits(const struct heap_pool *pool, uint64_t lfb_bytes, struct culprit *all)
{
	size_t n = 0;

	for (uint32_t k = 0; k < pool->n_areas; k++) {
		const struct heap_area *a = &pool->areas[k];
		for (uint32_t i = 1; i < a->n_blocks; i++) {
			if (!is_used(a->kinds[i]) || a->kinds[i - 1] != BLOCK_FREE)
				continue;
			uint32_t end = end_of(a, i, true);
			if (end == a->n_blocks || a->kinds[end] != BLOCK_FREE)
				continue;
			uint64_t size = pool->block_bytes;
			uint64_t after = (end_of(a, end, false) - begin_of(a, i - 1, false)) * size;
			struct culprit c = { .start = a->base + i * size,
					     .size_bytes = (end - i) * size,
					     .kind = a->kinds[i],
					     .lfb_after_bytes = after,
					     .gain_bytes = after - lfb_bytes };
			for (uint32_t m = i; m < end; m++)
				c.n_objects += block_is_head(a->kinds[m]);
			if (after <= lfb_bytes)
				continue;
			size_t at = n++;
			for (; at > 0 && worth_more(&c, &all[at - 1]); at--)
				all[at] = all[at - 1];
			all[at] = c;
		}
	}
	return n;
}

static uint64_t lfb_of(const struct heap_pool *pool)
{
	uint32_t best = 0;

	for (uint32_t k = 0; k < pool->n_areas; k++)
		for (uint32_t i = 0; i < pool->areas[k].n_blocks; i++)
			best = MAX(best, end_of(&pool->areas[k], i, false) - i);
	return (uint64_t)best * pool->block_bytes;
}

static const char *const textures[] = { "hL.", "h...", "hhhh.", "h.=", "hA. ", "h.= ", "." };

UNIT_TEST(the_simple_version_finds_the_same)
{
	uint32_t random = 0x6d656d70;

	for (unsigned round = 0; round < 3000; round++) {
		struct culprit best[64], all[256];
		struct heap_pool *pool = pool_random(&heap, 16, textures[round % ARRAY_SIZE(textures)],
						     1 + next_random(&random) % 3, 80, &random);
		uint64_t lfb_bytes = round % 5 ? lfb_of(pool) : 0;
		size_t n_max = next_random(&random) % 65;
		size_t n = culprits_of(pool, lfb_bytes, n_max, best);
		size_t n_all = all_culprits(pool, lfb_bytes, all);

		assert_int_equal(n, MIN(n_all, n_max));
		for (size_t i = 0; i < n; i++) {
			assert_u64_equal(best[i].start, all[i].start);
			assert_u64_equal(best[i].size_bytes, all[i].size_bytes);
			assert_int_equal(best[i].n_objects, all[i].n_objects);
			assert_int_equal(best[i].kind, all[i].kind);
			assert_u64_equal(best[i].lfb_after_bytes, all[i].lfb_after_bytes);
			assert_u64_equal(best[i].gain_bytes, all[i].gain_bytes);
		}
	}
}

/* ---- every window, by the simple version ---- */

/* Whether an object, a free run or a hole begins at block i. */
static bool is_border(const struct heap_area *a, uint32_t i)
{
	if (i == 0 || i == a->n_blocks || block_is_head(a->kinds[i]))
		return true;
	if (a->kinds[i] == BLOCK_TAIL)
		return !is_used(a->kinds[i - 1]);
	return a->kinds[i] != a->kinds[i - 1];
}

struct window {
	uint64_t n_used, n_objects;
	bool valid;
};

static struct window look_at(const struct heap_area *a, uint32_t from, uint32_t to)
{
	struct window w = { .valid = is_border(a, from) && is_border(a, to) };

	for (uint32_t i = from; i < to; i++) {
		w.n_used += is_used(a->kinds[i]);
		w.n_objects += block_is_head(a->kinds[i]);
		w.valid &= a->kinds[i] != BLOCK_UNKNOWN;
	}
	return w;
}

UNIT_TEST(no_window_has_less_in_it)
{
	uint32_t random = 1;

	for (unsigned round = 0; round < 3000; round++) {
		struct heap_pool *pool = pool_random(&heap, 16, textures[round % ARRAY_SIZE(textures)],
						     1 + next_random(&random) % 2, 30, &random);
		uint64_t n_need = 1 + next_random(&random) % 25;
		struct fit fit = window_of(pool, n_need * 16);
		uint64_t least = NOT_KNOWN;
		bool is_there = !fit.has_window;

		for (uint32_t k = 0; k < pool->n_areas; k++) {
			const struct heap_area *a = &pool->areas[k];
			for (uint32_t from = 0; from < a->n_blocks; from++) {
				for (uint32_t to = from + (uint32_t)n_need; to <= a->n_blocks; to++) {
					struct window w = look_at(a, from, to);
					if (w.valid)
						least = MIN(least, w.n_used);
					is_there |= w.valid && fit.window_start == a->base + from * 16 &&
						    fit.window_bytes == (to - from) * 16 &&
						    fit.window_used_bytes == w.n_used * 16 &&
						    fit.window_objects == w.n_objects;
				}
			}
		}
		assert_int_equal(fit.has_window, least != NOT_KNOWN);
		assert_true(is_there);
		if (fit.has_window)
			assert_u64_equal(fit.window_used_bytes, least * 16);
	}
}
