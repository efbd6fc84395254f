/* What is left at the end, and the verdict whether it leaks. */
#include "memprof/analysis/sites.h"
#include "unit.h"

static struct sites sites;

UNIT_BEFORE(set_up) { assert_int_equal(sites_init(&sites, SITES_HOOK, SITES_BYTES), 0); }

UNIT_AFTER(tear_down)
{
	sites_deinit(&sites);
	sites_deinit(&sites);
}

/* n samples of 10 bytes, in one quarter. */
static void keep(const char *holder, uint32_t line, unsigned quarter, unsigned n)
{
	uint32_t frame = line ? sites_frame(&sites, "main.py", "f", line) : SITES_NONE;

	for (unsigned i = 0; i < n; i++)
		assert_int_equal(sites_keep_sample(&sites, holder, frame, 10, false,
						   &(struct sites_moment){ 0, 0, quarter * 25 + i, 100 }),
				 0);
}

static void assert_row(size_t i, const char *holder, uint32_t line, uint64_t n_bytes, bool is_leak)
{
	const struct sites_kept *kept = &sites.kept[i];

	assert_true(i < sites.n_kept);
	assert_string_equal(kept->holder, holder);
	assert_int_equal(kept->frame == SITES_NONE ? 0 : sites.frames[kept->frame].line, line);
	assert_u64_equal(sites_kept_bytes(kept), n_bytes);
	assert_int_equal(kept->is_leak, is_leak);
}

UNIT_TEST(one_row_of_each_holder_and_line)
{
	keep("b", 2, 0, 3);
	keep("a", 2, 1, 3);
	keep("", 0, 2, 4);
	keep("b", 1, 0, 3);
	keep("b", 2, 3, 2);
	assert_int_equal(sites_end(&sites), 0);
	assert_int_equal(sites.n_kept, 4);
	assert_row(0, "b", 2, 50, false);
	assert_u64_equal(sites.kept[0].n_samples, 5);
	assert_u64_equal(sites.kept[0].bytes[0], 30);
	assert_u64_equal(sites.kept[0].bytes[3], 20);
	assert_row(1, "", 0, 40, false);
	assert_row(2, "a", 2, 30, false);
	assert_row(3, "b", 1, 30, false);
	assert_u64_equal(sites_leak_bytes(&sites), 0);
	keep("a", 2, 1, 3); /* more of it, after the end */
	assert_int_equal(sites_end(&sites), 0);
	assert_int_equal(sites.n_kept, 4);
	assert_row(0, "a", 2, 60, false);
}

/* Of whatever line: they fill it together. */
UNIT_TEST(what_a_holder_gets_all_along)
{
	keep("grows", 1, 0, 3);
	keep("grows", 2, 1, 3);
	keep("grows", 1, 3, 2);
	keep("grows", 9, 0, 1); /* the list itself */
	keep("grows", 8, 3, 1);

	keep("filled", 1, 0, 20);
	keep("filled", 1, 1, 20);
	keep("few", 3, 0, 3);
	keep("few", 3, 1, 2);
	keep("few", 3, 2, 2);
	assert_int_equal(sites_end(&sites), 0);
	assert_row(0, "filled", 1, 400, false);
	assert_row(1, "few", 3, 70, false);
	assert_row(2, "grows", 1, 50, true);
	assert_row(3, "grows", 2, 30, true);
	assert_row(4, "grows", 8, 10, false); /* one sample */
	assert_row(5, "grows", 9, 10, false);

	assert_u64_equal(sites_leak_bytes(&sites), 80);
}

/* A ring that was long in filling: its list came in the first quarter, its entries are of the last two. */
UNIT_TEST(what_a_holder_was_made_with)
{
	keep("ring", 1, 0, 10);
	keep("ring", 2, 2, 10);
	keep("ring", 2, 3, 20);
	assert_int_equal(sites_end(&sites), 0);
	assert_row(0, "ring", 2, 300, false);
	assert_row(1, "ring", 1, 100, false);
}

/* One of 21 is none, one of 16 is. */
UNIT_TEST(a_quarter_with_little)
{
	keep("chance", 1, 0, 1);
	keep("chance", 1, 2, 10);
	keep("chance", 1, 3, 10);
	keep("grows", 1, 0, 1);
	keep("grows", 1, 2, 7);
	keep("grows", 1, 3, 8);
	assert_int_equal(sites_end(&sites), 0);
	assert_row(0, "chance", 1, 210, false);
	assert_row(1, "grows", 1, 160, true);
}

/* What has no holder is of many: each line is by itself. */
UNIT_TEST(without_a_holder)
{
	for (unsigned quarter = 0; quarter < 4; quarter++) {
		keep("", 1, quarter, 3);
		keep("", 2 + quarter, quarter, 10);
	}
	assert_int_equal(sites_end(&sites), 0);
	assert_int_equal(sites.n_kept, 5);
	assert_row(0, "", 1, 120, true);
	for (uint32_t i = 1; i < 5; i++)
		assert_row(i, "", i + 1, 100, false);
}

UNIT_TEST(hostile)
{
	const struct sites_kept most = { .holder = "\x1b[2J",
					 .frame = sites_frame(&sites, "", "", 0),
					 .n_samples = SITES_SUM_MAX,
					 .bytes = { SITES_SUM_MAX / 4, SITES_SUM_MAX / 4, SITES_SUM_MAX / 4,
						    SITES_SUM_MAX / 4 } };

	for (unsigned i = 0; i < 9; i++)
		assert_int_equal(sites_keep(&sites, &most), 0);
	assert_int_equal(
		sites_keep_sample(&sites, "a", SITES_NONE, UINT64_MAX, false, &(struct sites_moment){ .n = 1 }), 0);
	assert_int_equal(sites_end(&sites), 0);
	assert_int_equal(sites.n_kept, 2);
	assert_u64_equal(sites_kept_bytes(&sites.kept[0]), SITES_SUM_MAX);
	assert_u64_equal(sites_leak_bytes(&sites), SITES_SUM_MAX);
	assert_null(strchr(sites.kept[0].holder, 0x1b));
	assert_int_equal(sites.kept[0].frame, SITES_NONE); /* nothing is known of it */
	assert_u64_equal(sites_kept_bytes(&sites.kept[1]), SITES_SUM_MAX / 4);
}
