#include "cases.h"
#include "heap-fixture.h"
#include "memprof/analysis/report.h"
#include "pools.h"

static void take(char *words[], const char *key, uint64_t *ret)
{
	const char *value = case_take(words, key);

	*ret = value ? strtoull(value, NULL, 0) : NOT_KNOWN;
}

/* FAILURE, and of "asked=", "free=", "largest=", "total=", "growth=" and "area=" what is known; "near": a heap that is.
 */
static void step_verdict(char *line, struct strbuf *ret)
{
	static const char *const failures[] = { "asked", "unsized", "locked", "other-pool", "of-c" };
	struct reference_snapshot near = { 0 };
	unsigned failure = 0;
	uint64_t asked_bytes;
	char *w[10];

	case_words(line, w, ARRAY_SIZE(w));
	while (strcmp(failures[failure], w[0]) != 0)
		assert_true(++failure < ARRAY_SIZE(failures));
	take(w, "asked=", &asked_bytes);
	if (case_take(w, "near")) {
		near.n_dump = near.first_line = 1;
		near.max_free_blocks = case_take(w, "blocks") ? 5 : NOT_KNOWN;
		take(w, "free=", &near.summary.free_bytes);
		take(w, "largest=", &near.summary.lfb_bytes);
		take(w, "total=", &near.summary.total_bytes);
		take(w, "area=", &near.largest_area_bytes);
		const char *growth = case_take(w, "growth=");
		near.growth_bytes = !growth ? 0 : *growth == '-' ? NOT_KNOWN : strtoull(growth, NULL, 0);
	}
	case_all_taken(w + 1);
	strbuf_puts(ret, cause_name(report_cause((enum failure)failure, asked_bytes, &near)));
	if (report_never_fits(asked_bytes, &near))
		strbuf_puts(ret, ", never fits");
}

static void put_border(uint8_t kind, uint64_t bytes, struct strbuf *ret)
{
	if (kind == BLOCK_UNKNOWN)
		strbuf_printf(ret, "unknown %u", (unsigned)bytes);
	else
		strbuf_printf(ret, "%c %u", kind, (unsigned)bytes);
}

static void step_holes(char *line, struct strbuf *ret)
{
	struct reference_snapshot r;
	char *w[80];

	case_words(line, w, ARRAY_SIZE(w));
	const struct heap_pool *pool = pool_of_words(&heap, w);
	case_all_taken(w);
	report_reference(pool, 7, 118, 160, &r);
	assert_u64_equal(r.n_dump, 7);
	assert_u64_equal(r.first_line, 118);
	assert_u64_equal(r.last_line, 160);
	assert_int_equal(r.block_bytes, pool->block_bytes);
	case_put(ret, "used", r.summary.used_bytes);
	case_put(ret, "free", r.summary.free_bytes);
	case_put(ret, "largest", r.summary.lfb_bytes);
	for (size_t i = 0; i < r.n_holes; i++) {
		const struct hole *h = &r.holes[i];
		strbuf_printf(ret, ", %u at 0x%08" PRIx64 " between ", (unsigned)h->size_bytes, h->start);
		put_border(h->left, h->left_bytes, ret);
		strbuf_puts(ret, " and ");
		put_border(h->right, h->right_bytes, ret);
	}
}

static void step(char *line, struct strbuf *ret)
{
	static const struct case_verb verbs[] = { { "verdict", step_verdict }, { "holes", step_holes }, { 0 } };

	case_run(verbs, line, ret);
}

UNIT_STEPS("analysis/heap/cause.cases", step)

UNIT_TEST(verdicts_have_names)
{
	for (int i = CAUSE_OUT_OF_MEMORY; i <= CAUSE_UNKNOWN; i++)
		for (int k = CAUSE_OUT_OF_MEMORY; k < i; k++)
			assert_string_not_equal(cause_name((enum cause)i), cause_name((enum cause)k));
}

UNIT_TEST(of_equal_holes_the_lower_addresses)
{
	struct strbuf runs = STRBUF_INIT;
	struct reference_snapshot w;

	strbuf_repeat(&runs, "2. 1h ", 20);
	report_reference(pool_of(&heap, 16, strbuf_text(&runs), NULL), 1, 1, 1, &w);
	strbuf_deinit(&runs);
	for (size_t i = 0; i < REPORT_HOLES_MAX; i++)
		assert_u64_equal(w.holes[i].start, POOL_AREA(0) + i * 3 * 16);
}
