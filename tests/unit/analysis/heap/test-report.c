#include "memprof/analysis/report.h"

#include <math.h>

#include "cases.h"
#include "heap-fixture.h"
#include "pools.h"

static const struct report_options usual = { .n_culprits = 5 };

static bool near(double a, double b) { return fabs(a - b) < 1e-9; }

/* ---- what there is ---- */

static void put_summary(const struct pool_state *s, struct strbuf *ret)
{
	case_put(ret, "total", s->total_bytes);
	case_put(ret, "used", s->used_bytes);
	case_put(ret, "free", s->free_bytes);
	case_put(ret, "largest", s->lfb_bytes);
	strbuf_printf(ret, ", scattered %.6g", s->fragmentation);
}

static void put_fits(const struct pool_report *r, struct strbuf *ret)
{
	for (size_t i = 0; i < r->n_fits; i++) {
		const struct fit *f = &r->fits[i];
		strbuf_printf(ret, "%s%u ", ret->n_bytes ? ", " : "", (unsigned)f->size_bytes);
		strbuf_printf(ret, f->n_times == NOT_KNOWN ? "fits" : "fits %u times", (unsigned)f->n_times);
		if (f->unusable >= 0)
			strbuf_printf(ret, ", unusable %.6g", f->unusable);
		strbuf_printf(ret, "%s%s", f->grows ? ", grows" : "", f->has_window ? ", a window" : "");
	}
}

static void put_report(const struct pool_report *r, struct strbuf *ret)
{
	const char *health = health_name(report_health(r));

	put_summary(&r->state, ret);
	assert_u64_equal(r->overhead_bytes, 0);
	if (r->unknown_bytes)
		case_put(ret, "unknown", r->unknown_bytes);
	strbuf_printf(ret, ", %s", health ? health : "no health");
	if (r->n_culprits)
		case_put(ret, "in the way", r->n_culprits);
	strbuf_puts(ret, r->has_table ? "" : ", no table");
}

static void put_counts(const struct area_counts *c, struct strbuf *ret)
{
	strbuf_printf(ret, "%u objects, %u of one block, %u of two; %u free runs, %u blocks longest in %u areas",
		      c->n_objects, c->n_one, c->n_two, c->n_free_runs, c->n_longest, c->n_free_areas);
}

static void report(char *words[], bool is_cut, const struct report_options *options, struct pool_report *ret)
{
	const struct heap_pool *pool = pool_of_words(&heap, words);

	case_all_taken(words);
	report_pool(pool, !is_cut, options, ret);
	assert_ptr_equal(ret->pool, pool);
}

static void step(char *line, struct strbuf *ret)
{
	struct report_options options = usual;
	struct pool_state s;
	struct pool_report r;
	char *w[80], *const *verb = w;

	case_words(line, w, ARRAY_SIZE(w));
	bool is_cut = case_take(w, "cut"), fits = strcmp(*verb, "fits") == 0;
	for (char *size = fits ? strtok(w[1], ",-") : NULL; size; size = strtok(NULL, ","))
		options.needs[options.n_needs++] = strtoull(size, NULL, 0);
	report(w + 1 + fits, is_cut, &options, &r);
	if (strcmp(*verb, "report") == 0) {
		put_report(&r, ret);
	} else if (strcmp(*verb, "counts") == 0) {
		put_counts(&r.counts, ret);
	} else if (strcmp(*verb, "judged") == 0) {
		s = report_judged(&r);
		put_summary(&s, ret);
	} else if (strcmp(*verb, "said") == 0) {
		s = pool_state_reported(r.pool);
		put_summary(&s, ret);
	}
	if (fits || (!r.has_table && strcmp(*verb, "report") == 0))
		put_fits(&r, ret);
	for (size_t i = 0; strcmp(*verb, "judged") != 0 && strcmp(*verb, "said") != 0 && i < r.n_differences; i++) {
		case_put(ret, difference_name(r.differences[i].field), r.differences[i].reported);
		case_put(ret, "counted", r.differences[i].counted);
	}
}

UNIT_STEPS("analysis/heap/report.cases", step)

/* The definition, area by area: free_i * (1 - lfb_i / free_i), over all that is free. */
UNIT_TEST(fragmentation_is_within_areas)
{
	uint32_t random = 12;

	for (unsigned round = 0; round < 500; round++) {
		struct heap_pool *pool = pool_random(&heap, 64, "h.= .", 1 + round % 5, 90, &random);
		double scattered = 0, n_free = 0;

		for (uint32_t i = 0; i < pool->n_areas; i++) {
			struct area_counts c = { 0 };
			area_count(&pool->areas[i], &c);
			scattered += c.n_free ? c.n_free * (1 - (double)c.max_free / c.n_free) : 0;
			n_free += c.n_free;
		}
		const struct pool_state s = pool_state_counted(pool);
		if (pool->n_blocks == 0)
			continue;
		assert_true(near(s.fragmentation, n_free > 0 ? scattered / n_free : 0));
	}
}

UNIT_TEST(everything_adds_up)
{
	uint32_t random = 795;

	for (unsigned round = 0; round < 2000; round++) {
		struct heap_pool *pool = pool_random(&heap, 8u << round % 4, "h.L.= m.", 1 + round % 4, 90, &random);
		uint64_t counted = (uint64_t)pool->n_blocks * pool->block_bytes;
		struct pool_report r;

		if (round % 3 == 0) {
			pool->missing_bytes = next_random(&random) % 1000;
			pool->reported.total_bytes = counted + pool->missing_bytes;
		}
		assert_int_equal(heap_check(&heap), 0);
		report_pool(pool, round % 2, &usual, &r);
		if (pool->n_blocks > 0) {
			assert_u64_equal(r.state.used_bytes + r.state.free_bytes + r.overhead_bytes + r.unknown_bytes,
					 r.state.total_bytes);
			assert_u64_equal(r.state.total_bytes, counted + pool->missing_bytes);
			assert_true(r.state.lfb_bytes <= r.state.free_bytes);
			assert_true(r.state.fragmentation >= 0 && r.state.fragmentation < 1);
		}
		const struct pool_state s = pool_state_counted(pool);
		assert_u64_equal(s.total_bytes, r.state.total_bytes);
		assert_u64_equal(s.used_bytes, r.state.used_bytes);
		assert_u64_equal(s.free_bytes, r.state.free_bytes);
		assert_u64_equal(s.lfb_bytes, r.state.lfb_bytes);
		assert_u64_equal(s.n_objects, r.counts.n_objects);
		assert_true(near(s.fragmentation, r.state.fragmentation));
	}
}

UNIT_TEST(as_many_culprits_as_asked)
{
	struct heap_pool *pool;
	struct strbuf runs = STRBUF_INIT;
	struct pool_report r;

	strbuf_puts(&runs, "1.");
	strbuf_repeat(&runs, " 1h 1.", 200);
	pool = pool_of(&heap, 16, strbuf_text(&runs), NULL);
	strbuf_deinit(&runs);
	for (size_t n = 0; n < 200; n += 7) {
		struct report_options options = { .n_culprits = n };
		report_pool(pool, true, &options, &r);
		assert_int_equal(r.n_culprits, MIN(n, (size_t)REPORT_CULPRITS_MAX));
	}
}

/* ---- counted is not what the board says ---- */

static size_t differences_of(const struct heap_reported *said, bool complete, struct pool_report *ret)
{
	struct heap_pool *pool = pool_of(&heap, 16, "1T 1L 1= 3. 1D 2= 8.", NULL);

	pool->reported = *said;
	report_pool(pool, complete, &usual, ret);
	return ret->n_differences;
}

static const struct heap_reported right = {
	.total_bytes = 17 * 16,
	.used_bytes = 6 * 16,
	.free_bytes = 11 * 16,
	.one_blocks = 1,
	.two_blocks = 1,
	.max_block_blocks = 3,
	.max_free_blocks = 8,
	.max_new_split_bytes = NOT_KNOWN,
};

UNIT_TEST(every_figure_is_compared)
{
	static const struct {
		enum difference_field field;
		size_t at;
		uint64_t counted;
	} rows[] = {
		{ DIFF_USED, offsetof(struct heap_reported, used_bytes), 6 * 16 },
		{ DIFF_FREE, offsetof(struct heap_reported, free_bytes), 11 * 16 },
		{ DIFF_ONE_BLOCKS, offsetof(struct heap_reported, one_blocks), 1 },
		{ DIFF_TWO_BLOCKS, offsetof(struct heap_reported, two_blocks), 1 },
		{ DIFF_MAX_BLOCK, offsetof(struct heap_reported, max_block_blocks), 3 },
		{ DIFF_MAX_FREE, offsetof(struct heap_reported, max_free_blocks), 8 },
		{ DIFF_TOTAL, offsetof(struct heap_reported, total_bytes), 17 * 16 },
	};
	struct pool_report r;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int more = -1; more <= 1; more += 2) {
			struct heap_reported said = right;
			uint64_t *figure = (uint64_t *)(void *)((char *)&said + rows[i].at);
			*figure += (uint64_t)more;
			assert_int_equal(differences_of(&said, true, &r), 1);
			assert_int_equal(r.differences[0].field, rows[i].field);
			assert_u64_equal(r.differences[0].reported, *figure);
			assert_u64_equal(r.differences[0].counted, rows[i].counted);
		}
	}
}

UNIT_TEST(differences_have_names)
{
	for (int i = DIFF_TOTAL; i <= DIFF_MAX_FREE; i++)
		for (int k = DIFF_TOTAL; k < i; k++)
			assert_string_not_equal(difference_name((enum difference_field)i),
						difference_name((enum difference_field)k));
}
