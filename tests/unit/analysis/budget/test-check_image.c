/* A build against its limits: what a name finds, how it grew, and because of what. */
#include "budget/filter.h"

#include <stdio.h>

#include "made_budget.h"
#include "made_image.h"
#include "memprof/base/glob.h"

static struct made_budget b;
static struct check c;
static struct image old_image, new_image;
static struct components *rules;

/* As many as there may be: all one limit, of a symbol each. */
static struct budget_entry many[BUDGET_ENTRIES_MAX];
static char names[BUDGET_ENTRIES_MAX][16];

static void want_many(const char *key, const char *name, bool numbered)
{
	b.budget.entries = many;
	b.budget.n_entries = BUDGET_ENTRIES_MAX;
	for (size_t i = 0; i < BUDGET_ENTRIES_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "%s%.*u", name, numbered ? 1 : 0, numbered ? (unsigned)i : 0);
		many[i] = (struct budget_entry){ .subject = SUBJECT_SYMBOL, .pattern = names[i], .n_limits = 1 };
		many[i].limits[0].spec = limit_spec_find(key, SUBJECT_SYMBOL);
	}
}

static int begin(void **state)
{
	(void)state;
	b = (struct made_budget){ 0 };
	c = (struct check){ 0 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	check_deinit(&c);
	image_deinit(&old_image);
	image_deinit(&new_image);
	components_free(rules);
	rules = NULL;
	return 0;
}

static void judge(const struct check_build *now, const struct check_build *base)
{
	assert_int_equal(check_begin(&c, &b.budget), 0);
	c.given[CHECK_OF_BUILD] = true;
	c.given[CHECK_OF_BASELINE_BUILD] = base != NULL;
	assert_int_equal(check_image(&c, now, base, rules), 0);
	check_judge(&c);
}

/* The images, as they stand. */
static void judge_images(bool with_old)
{
	struct check_build now = { &new_image, NOT_KNOWN, NULL }, base = { &old_image, NOT_KNOWN, NULL };

	judge(&now, with_old ? &base : NULL);
}

static void check_builds(const struct made_image *old, const struct made_image *new)
{
	make_image(new, &new_image);
	if (old)
		make_image(old, &old_image);
	judge_images(old != NULL);
}

#define BOARD                                                                                              \
	.regions = { { "FLASH", 0x10000000, 0x1000 }, { "RAM", 0x20000000, 0x400 } }, .flash = 0x10000000, \
	.ram = 0x20000000
static const struct made_image plain = {
	"build/plain.map", BOARD, .lines = {
		{ ".text", "build/py/gc.o", 1000, "gc_alloc" }, { ".text", "build/py/gc.o", 500, "gc_free" },
		{ ".text", "build/extmod/modtls.o", 800, "tls_new" }, { ".text", "/usr/lib/libc.a(memcpy.o)", 100, "memcpy" },
		{ ".text", "/usr/lib/libc.a(strlen.o)", 40, "strlen" }, { ".text", "/usr/lib/libm.a(sin.o)", 60, "sin" },
		{ ".rodata", "build/py/gc.o", 96, "table" },
		{ ".data", "build/main.o", 64, "state" }, { ".bss", "build/main.o", 448, "heap_state" },
	},
};

/* ---- regions ---- */

UNIT_TEST_WITH(a_region_has_used_and_free_bytes, begin, end)
{
	made(&b, SUBJECT_REGION, "FLASH", "max_used", WHOLE(2600));
	made(&b, SUBJECT_REGION, "FLASH", "min_free", WHOLE(1500));
	made(&b, SUBJECT_REGION, "RAM", "max_used", PERCENT(0.5));
	made(&b, SUBJECT_REGION, "RAM", "min_free", PERCENT(0.5));
	made(&b, SUBJECT_REGION, "*", "max_used", PERCENT(0.9));
	made(&b, SUBJECT_REGION, "R*", "max_used", WHOLE(500));
	check_builds(NULL, &plain);
	assert_row(&c, 0, "pass 2596 of 2600, 4 left");
	assert_row(&c, 1, "pass 1500 of 1500, 0 left");
	assert_row(&c, 2, "pass 512 of 512, 0 left");
	assert_row(&c, 3, "pass 512 of 512, 0 left");
	assert_row(&c, 4, "pass 2596 of 3686, 1090 left (FLASH)");
	assert_row(&c, 5, "fail 512 of 500, -12 left (RAM) because main.o 512");
	assert_u64_equal(c.rows[0].capacity_bytes, 0x1000);
}

/* Objects of a link that failed are all there, beyond the end. */
UNIT_TEST_WITH(an_overflowed_region_has_less_than_nothing_free, begin, end)
{
	struct made_image large = plain;

	large.lines[0].size_bytes = 5000;
	made(&b, SUBJECT_REGION, "FLASH", "min_free", WHOLE(0));
	made(&b, SUBJECT_REGION, "FLASH", "max_used", PERCENT(1));
	made(&b, SUBJECT_REGION, "FLASH", "max_free_loss", WHOLE(3999));
	check_builds(&plain, &large);
	assert_row(&c, 0, "fail -2500 of 0, -2500 left because gc.o +4000 5596");
	assert_row(&c, 1, "fail 6596 of 4096, -2500 left because gc.o +4000 5596");
	assert_row(&c, 2, "fail 4000 of 3999, -1 left because gc.o +4000 5596");
	assert_true(c.rows[2].now.amount == -2500 && c.rows[2].base.amount == 1500);
}

UNIT_TEST_WITH(a_region_without_a_length_has_only_used_bytes, begin, end)
{
	struct made_image endless = plain;

	endless.regions[1].length_bytes = NOT_KNOWN;
	made(&b, SUBJECT_REGION, "RAM", "max_used", WHOLE(512));
	made(&b, SUBJECT_REGION, "RAM", "max_used", PERCENT(0.5));
	made(&b, SUBJECT_REGION, "RAM", "min_free", WHOLE(1));
	made(&b, SUBJECT_REGION, "RAM", "max_growth", PERCENT(0));
	made(&b, SUBJECT_REGION, "RAM", "max_free_loss", PERCENT(0));
	check_builds(&plain, &endless);
	assert_row(&c, 0, "pass 512 of 512, 0 left");
	assert_row(&c, 1, "error: its length is not known, so only used bytes can be limited");
	assert_row(&c, 2, "error: its length is not known, so only used bytes can be limited");
	assert_row(&c, 3, "pass 0 of 0, 0 left");
	assert_row(&c, 4, "error: its length is not known, so only used bytes can be limited");
}

UNIT_TEST_WITH(a_window_is_no_room, begin, end)
{
	made(&b, SUBJECT_REGION, "FLASH", "max_used", WHOLE(2600));
	made(&b, SUBJECT_REGION, "FLASH", "max_used", PERCENT(0.9));
	made(&b, SUBJECT_REGION, "FLASH", "min_free", WHOLE(1));
	make_image(&plain, &new_image);
	new_image.regions[0].window = true;
	judge_images(false);
	assert_row(&c, 0, "pass 2596 of 2600, 4 left");
	assert_row(&c, 1, "error: it is a window of addresses without a capacity; limit its partition instead");
	assert_row(&c, 2, "error: it is a window of addresses without a capacity; limit its partition instead");
	assert_u64_equal(c.rows[0].capacity_bytes, NOT_KNOWN);
}

UNIT_TEST_WITH(what_is_shared_out_has_no_figures, begin, end)
{
	struct made_image shared = plain;

	shared.regions[2].name = "CHIP";
	shared.regions[2].origin = 0x10000000;
	shared.regions[2].length_bytes = 0x100000;
	made(&b, SUBJECT_REGION, "CHIP", "min_free", WHOLE(1));
	made(&b, SUBJECT_REGION, "CHIP", "max_used", WHOLE(1));
	made(&b, SUBJECT_REGION, "*", "max_used", WHOLE(100000));
	check_builds(NULL, &shared);
	assert_row(&c, 0, "error: it is shared out among other regions, which have the figures");
	assert_row(&c, 1, "error: it is shared out among other regions, which have the figures");
	assert_row(&c, 2, "pass 2596 of 100000, 97404 left (FLASH)");
}

/* Regions that are called otherwise now are those at the same addresses; a new one grows from nothing. */
UNIT_TEST_WITH(regions_grow_against_those_of_the_baseline, begin, end)
{
	struct made_image renamed = plain;

	renamed.regions[0].name = "ROM";
	renamed.regions[1].origin = 0x30000000;
	renamed.regions[1].name = "SRAM";
	renamed.ram = 0x30000000;
	renamed.lines[2].size_bytes = 900;
	renamed.lines[8].section = ".bss2"; /* not the one that was there */
	renamed.lines[8].object = "build/other.o";
	made(&b, SUBJECT_REGION, "ROM", "max_growth", WHOLE(50));
	made(&b, SUBJECT_REGION, "FLASH", "max_growth", WHOLE(50));
	made(&b, SUBJECT_REGION, "SRAM", "max_growth", PERCENT(0.1));
	check_builds(&plain, &renamed);
	assert_int_equal(c.rows[0].status, CHECK_FAIL);
	assert_true(c.rows[0].base.amount == 2596);
	assert_row(&c, 1, "error: no region named 'FLASH' any more; the baseline has 2596 B of it");
	assert_int_equal(c.rows[2].status, CHECK_FAIL);
	assert_true(c.rows[2].base.known && c.rows[2].base.amount == 0);
}

/* ---- what has a size ---- */

UNIT_TEST_WITH(what_fits_counts_together, begin, end)
{
	made(&b, SUBJECT_SECTION, ".text", "max_size", WHOLE(2500));
	made(&b, SUBJECT_SECTION, ".*o*", "max_size", WHOLE(96));
	made(&b, SUBJECT_SECTION, ".?????*", "max_size", WHOLE(3000));
	made(&b, SUBJECT_ARCHIVE, "/usr/lib/libc.a", "max_size", WHOLE(140));
	made(&b, SUBJECT_ARCHIVE, "*.a", "max_size", WHOLE(200));
	made(&b, SUBJECT_OBJECT, "build/py/gc.o", "max_size", WHOLE(1596));
	made(&b, SUBJECT_OBJECT, "/usr/lib/libc.a(memcpy.o)", "max_size", WHOLE(100));
	made(&b, SUBJECT_OBJECT, "*/libc.a(*)", "max_size", WHOLE(140));
	made(&b, SUBJECT_OBJECT, "*/gc.o", "max_size", WHOLE(1596));
	made(&b, SUBJECT_SYMBOL, "gc_alloc", "max_size", WHOLE(1000));
	made(&b, SUBJECT_SYMBOL, "gc_*", "max_size", WHOLE(1500));
	made(&b, SUBJECT_COMPONENT, "py", "max_size", WHOLE(1596));
	check_builds(NULL, &plain);
	assert_row(&c, 0, "pass 2500 of 2500, 0 left");
	assert_row(&c, 1, "pass 96 of 96, 0 left (.rodata)");
	assert_row(&c, 2, "pass 96 of 3000, 2904 left (.rodata)");
	assert_row(&c, 3, "pass 140 of 140, 0 left");
	assert_row(&c, 4, "pass 200 of 200, 0 left");
	assert_row(&c, 5, "pass 1596 of 1596, 0 left");
	assert_row(&c, 6, "pass 100 of 100, 0 left");
	assert_row(&c, 7, "pass 140 of 140, 0 left");
	assert_row(&c, 8, "pass 1596 of 1596, 0 left (build/py/gc.o)");
	assert_row(&c, 9, "pass 1000 of 1000, 0 left");
	assert_row(&c, 10, "pass 1500 of 1500, 0 left");
	assert_row(&c, 11, "pass 1596 of 1596, 0 left");
}

/* Without the folders that a build has them in. */
UNIT_TEST_WITH(a_pattern_without_a_slash_fits_the_last_part, begin, end)
{
	static const char *const except[] = { "libc.a(*)", "gc.o" };

	made(&b, SUBJECT_OBJECT, "gc.o", "max_size", WHOLE(1595));
	made(&b, SUBJECT_OBJECT, "libc.a(memcpy.o)", "max_size", WHOLE(100));
	made(&b, SUBJECT_OBJECT, "libc.a(*)", "max_size", WHOLE(140));
	made(&b, SUBJECT_ARCHIVE, "libc.a", "max_size", WHOLE(139));
	made(&b, SUBJECT_ARCHIVE, "libm.?", "max_size", WHOLE(60))->each = true;
	made(&b, SUBJECT_OBJECT, "py/gc.o", "max_size", WHOLE(1595));
	made(&b, SUBJECT_OBJECT, "libc.a", "max_size", WHOLE(1595));
	struct budget_entry *but = made(&b, SUBJECT_OBJECT, "[glm]*", "max_size", WHOLE(1372));
	but->except = except;
	but->n_except = 2;
	made(&b, SUBJECT_OBJECT, "gc.o", "max_growth", WHOLE(0));
	check_builds(&plain, &plain);
	assert_row(&c, 0, "fail 1596 of 1595, -1 left (build/py/gc.o) because gc_alloc 1000, gc_free 500, table 96");
	assert_row(&c, 1, "pass 100 of 100, 0 left (/usr/lib/libc.a(memcpy.o))");
	assert_row(&c, 2, "pass 140 of 140, 0 left");
	assert_row(&c, 3,
		   "fail 140 of 139, -1 left (/usr/lib/libc.a) because libc.a(memcpy.o) 100, libc.a(strlen.o) 40");
	assert_row(&c, 4, "pass 60 of 60, 0 left (/usr/lib/libm.a)");
	assert_int_equal(c.rows[5].status, CHECK_ERROR);
	assert_int_equal(c.rows[6].status, CHECK_ERROR);
	assert_row(&c, 7, "pass 1372 of 1372, 0 left");
	assert_row(&c, 8, "pass 0 of 0, 0 left (build/py/gc.o)");
}

UNIT_TEST_WITH(or_each_by_itself, begin, end)
{
	made(&b, SUBJECT_OBJECT, "*", "max_size", WHOLE(1000))->each = true;
	made(&b, SUBJECT_SYMBOL, "gc_*", "max_size", WHOLE(1000))->each = true;
	made(&b, SUBJECT_SECTION, "*", "max_size", WHOLE(2499))->each = true;
	made(&b, SUBJECT_ARCHIVE, "*", "max_size", WHOLE(140))->each = true;
	check_builds(NULL, &plain);
	assert_row(&c, 0, "fail 1596 of 1000, -596 left (build/py/gc.o) because gc_alloc 1000, gc_free 500, table 96");
	assert_row(&c, 1, "pass 1000 of 1000, 0 left (gc_alloc)");
	assert_row(&c, 2, "fail 2500 of 2499, -1 left (.text) because gc.o 1500, modtls.o 800, libc.a(memcpy.o) 100");
	assert_row(&c, 3, "pass 140 of 140, 0 left (/usr/lib/libc.a)");
}

/* Many entries, also for one name, and patterns that are no globs though they look like it. */
UNIT_TEST_WITH(a_name_may_have_several_limits, begin, end)
{
	static const struct made_image odd = {
		"odd.map", BOARD, .lines = {
			{ ".text", "a[1].o", 10, "f" }, { ".text", "*b*.o", 20, "g" }, { ".text", "cb*.o", 5, "h" },
		},
	};

	made(&b, SUBJECT_SYMBOL, "f", "max_size", WHOLE(9));
	made(&b, SUBJECT_SYMBOL, "f", "max_size", WHOLE(10));
	made_limit(made(&b, SUBJECT_SYMBOL, "f", "max_size", WHOLE(11)), "max_growth", WHOLE(0));
	made(&b, SUBJECT_OBJECT, "a\\[1].o", "max_size", WHOLE(10));
	made(&b, SUBJECT_OBJECT, "\\*b\\*.o", "max_size", WHOLE(20));
	made(&b, SUBJECT_OBJECT, "*b*.o", "max_size", WHOLE(25));
	check_builds(&odd, &odd);
	assert_row(&c, 0, "fail 10 of 9, -1 left");
	assert_row(&c, 1, "pass 10 of 10, 0 left");
	assert_row(&c, 2, "pass 10 of 11, 1 left");
	assert_row(&c, 3, "pass 0 of 0, 0 left");
	assert_row(&c, 4, "pass 10 of 10, 0 left (a[1].o)");
	assert_row(&c, 5, "pass 20 of 20, 0 left (*b*.o)");
	assert_row(&c, 6, "pass 25 of 25, 0 left");
}

UNIT_TEST_WITH(a_section_without_bytes_is_there, begin, end)
{
	struct made_image empty = plain;

	memset(empty.lines, 0, sizeof(empty.lines));
	empty.lines[0] = (struct made_line){ .section = ".text", .object = "a.o", .size_bytes = 4 };
	empty.lines[1] = (struct made_line){ .section = ".bss", .object = "a.o", .size_bytes = 0 };
	made(&b, SUBJECT_SECTION, ".bss", "max_size", WHOLE(0));
	made(&b, SUBJECT_SECTION, ".bss", "max_growth", WHOLE(0));
	made(&b, SUBJECT_SECTION, ".bss", "max_growth", WHOLE(0))->each = true;
	made(&b, SUBJECT_SECTION, ".data", "max_growth", WHOLE(0));
	check_builds(&empty, &empty);
	assert_row(&c, 0, "pass 0 of 0, 0 left");
	assert_row(&c, 1, "pass 0 of 0, 0 left");
	assert_row(&c, 2, "pass 0 of 0, 0 left");
	assert_row(&c, 3, "error: no section named '.data'; there are .text and .bss");
}

/* ---- growth ---- */

UNIT_TEST_WITH(growth_is_what_diff_says, begin, end)
{
	static const struct made_image grown = {
		"grown.map", BOARD, .lines = {
			{ ".text", "/ci/job/build/py/gc.o", 1100, "gc_alloc.constprop.0" },
			{ ".text", "/ci/job/build/py/gc.o", 500, "gc_free" },
			{ ".text", "/ci/job/build/extmod/modtls.o", 850, "tls_new" },
			{ ".text", "/usr/lib/libc.a(memcpy.o)", 90, "memcpy" },
			{ ".text", "/usr/lib/libc.a(strlen.o)", 44, "strlen" },
			{ ".text", "/ci/job/build/py/new.o", 70, "brand_new" },
			{ ".rodata", "/ci/job/build/py/gc.o", 96, "table" },
			{ ".data", "/ci/job/build/main.o", 64, "state" },
			{ ".bss", "/ci/job/build/main.o", 448, "heap_state" },
		},
	};

	made(&b, SUBJECT_OBJECT, "/ci/job/build/py/gc.o", "max_growth", WHOLE(99));
	made(&b, SUBJECT_OBJECT, "*/gc.o", "max_growth", PERCENT(0.05));
	made(&b, SUBJECT_OBJECT, "*/build/*", "max_growth", WHOLE(1000));
	made(&b, SUBJECT_OBJECT, "*", "max_growth", WHOLE(60))->each = true;
	made(&b, SUBJECT_SYMBOL, "gc_alloc.constprop.0", "max_growth", WHOLE(100));
	made(&b, SUBJECT_SYMBOL, "gc_*", "max_growth", WHOLE(99));
	made(&b, SUBJECT_SYMBOL, "brand_new", "max_growth", WHOLE(70));
	made(&b, SUBJECT_ARCHIVE, "*/libc.a", "max_growth", WHOLE(0));
	made(&b, SUBJECT_SECTION, ".text", "max_growth", WHOLE(100));
	made(&b, SUBJECT_IMAGE, "*", "max_growth", WHOLE(100));
	check_builds(&plain, &grown);
	assert_row(&c, 0, "fail 100 of 99, -1 left because gc_alloc.constprop.0 +100 1100");
	assert_row(&c, 1, "fail 100 of 79, -21 left (/ci/job/build/py/gc.o) because gc_alloc.constprop.0 +100 1100");
	assert_row(&c, 2, "pass 220 of 1000, 780 left");
	assert_row(&c, 3, "fail 100 of 60, -40 left (/ci/job/build/py/gc.o) because gc_alloc.constprop.0 +100 1100");
	assert_row(&c, 4, "pass 100 of 100, 0 left");
	assert_row(&c, 5, "fail 100 of 99, -1 left because gc_alloc.constprop.0 +100 1100");
	assert_row(&c, 6, "pass 70 of 70, 0 left");
	assert_row(&c, 7, "pass -6 of 0, 6 left (/usr/lib/libc.a)");
	assert_row(&c, 8, "fail 154 of 100, -54 left because gc.o +100 1600, new.o +70 70, modtls.o +50 850");
	assert_row(&c, 9,
		   "fail 154 of 100, -54 left (grown.map) because gc.o +100 1696, new.o +70 70, modtls.o +50 850");
	assert_true(c.rows[0].now.amount == 1696 && c.rows[0].base.amount == 1596);
}

/* What fitted and went away counts as well: it was there. */
UNIT_TEST_WITH(what_went_away_counts_for_a_pattern, begin, end)
{
	struct made_image smaller = plain;

	smaller.lines[4].object = "/usr/lib/libc.a(other.o)";
	smaller.lines[4].symbol = "other";
	made(&b, SUBJECT_OBJECT, "*/libc.a(*)", "max_growth", WHOLE(0));
	made(&b, SUBJECT_OBJECT, "*(strlen.o)", "max_growth", WHOLE(0));
	made(&b, SUBJECT_OBJECT, "*(strlen.o)", "max_size", WHOLE(1000));
	made(&b, SUBJECT_SYMBOL, "strlen", "max_size", WHOLE(1000));
	made(&b, SUBJECT_COMPONENT, "nope", "max_size", WHOLE(1000));
	check_builds(&plain, &smaller);
	assert_row(&c, 0, "pass 0 of 0, 0 left");
	assert_row(&c, 1, "error: no object matches '*(strlen.o)' any more; the baseline has 40 B of it");
	assert_row(&c, 2, "error: no object matches '*(strlen.o)' any more; the baseline has 40 B of it");
	assert_row(&c, 3, "error: no symbol named 'strlen' any more; the baseline has 40 B of it");
	assert_int_equal(c.rows[4].status, CHECK_ERROR);
	assert_non_null(strstr(c.rows[4].fault, "no component named 'nope'"));
}

UNIT_TEST_WITH(a_missing_name_is_told_with_those_near_it, begin, end)
{
	made(&b, SUBJECT_REGION, "FLSH", "max_used", WHOLE(1));
	made(&b, SUBJECT_OBJECT, "memcpy.o", "max_size", WHOLE(1));
	made(&b, SUBJECT_OBJECT, "*/modtsl.o", "max_size", WHOLE(1));
	made(&b, SUBJECT_SYMBOL, "gc_aloc", "max_size", WHOLE(1));
	made(&b, SUBJECT_ARCHIVE, "lib/libc.a", "max_size", WHOLE(1));
	made(&b, SUBJECT_IMAGE, "other.map", "max_size", WHOLE(1));
	check_builds(NULL, &plain);
	assert_row(&c, 0, "error: no region named 'FLSH'; there are FLASH and RAM");
	assert_row(&c, 1, "error: no object named 'memcpy.o'; did you mean /usr/lib/libc.a(memcpy.o)?");
	assert_row(&c, 2, "error: no object matches '*/modtsl.o'; did you mean build/extmod/modtls.o?");
	assert_row(&c, 3, "error: no symbol named 'gc_aloc'; did you mean gc_alloc?");
	assert_row(&c, 4, "error: no archive named 'lib/libc.a'; there are /usr/lib/libc.a and /usr/lib/libm.a");
	assert_row(&c, 5, "error: no image named 'other.map'; there is build/plain.map");
}

/* ---- inputs that tell less ---- */

UNIT_TEST_WITH(an_elf_does_not_tell_whose_the_bytes_are, begin, end)
{
	made_limit(made(&b, SUBJECT_OBJECT, "*", "max_size", WHOLE(1)), "max_growth", WHOLE(1));
	made(&b, SUBJECT_COMPONENT, "*", "max_size", WHOLE(1));
	made(&b, SUBJECT_REGION, "*", "max_used", WHOLE(1));
	made(&b, SUBJECT_SECTION, ".text", "max_size", WHOLE(1));
	made(&b, SUBJECT_SECTION, ".text", "max_growth", WHOLE(1));
	made(&b, SUBJECT_IMAGE, "*", "max_growth", WHOLE(1));
	struct made_image elf = plain, old = plain;
	elf.regions[0].name = old.regions[0].name = NULL;
	elf.name = "a.elf";
	elf.lines[0].size_bytes = 1010;
	make_image(&elf, &new_image);
	make_image(&old, &old_image);
	new_image.format = old_image.format = "elf";
	judge_images(true);
	assert_row(&c, 0, "error: a.elf (elf) has no objects");
	assert_row(&c, 1, "error: a.elf (elf) has no objects");
	assert_string_equal(c.rows[0].advice, "give the linker map: it has the owners of all bytes");
	assert_row(&c, 2, "error: a.elf (elf) has no components");
	assert_row(&c, 3, "error: a.elf (elf) has no regions");
	assert_row(&c, 4, "fail 2510 of 1, -2509 left because gc_alloc +10 1010");
	assert_row(&c, 5, "fail 10 of 1, -9 left because gc_alloc +10 1010");
	assert_row(&c, 6, "fail 10 of 1, -9 left (a.elf) because gc_alloc +10 1010");
}

UNIT_TEST_WITH(so_a_map_is_not_compared_with_it, begin, end)
{
	made_limit(made(&b, SUBJECT_OBJECT, "build/py/gc.o", "max_size", WHOLE(2000)), "max_growth", WHOLE(1));
	made(&b, SUBJECT_REGION, "RAM", "max_growth", WHOLE(1));
	made(&b, SUBJECT_SYMBOL, "gc_free", "max_growth", WHOLE(0));
	made(&b, SUBJECT_FROZEN, "app.py", "max_growth", WHOLE(0));
	struct made_image old = plain;
	old.regions[0].name = NULL;
	old.name = "old.elf";
	make_image(&plain, &new_image);
	make_image(&old, &old_image);
	old_image.format = "elf";
	for (size_t i = 0; i < old_image.n_symbols; i++)
		old_image.symbols[i].kind = 'f';
	judge_images(true);
	assert_row(&c, 0, "pass 1596 of 2000, 404 left");
	assert_row(&c, 1, "error: the baseline, old.elf, has no objects to compare with");
	assert_row(&c, 2, "error: the baseline, old.elf, has no regions to compare with");
	assert_row(&c, 3, "pass 0 of 0, 0 left");
	assert_row(&c, 4, "error: build/plain.map (gnu-ld) has no frozen modules");
}

/* What diff does not compare of a map and an ELF cannot be judged: it is not "as before". */
UNIT_TEST_WITH(a_symbol_that_only_an_elf_names_is_no_growth, begin, end)
{
	made(&b, SUBJECT_SYMBOL, "gc_free", "max_growth", WHOLE(0));
	struct made_image old = plain;
	old.lines[1].symbol = NULL;
	make_image(&plain, &new_image);
	make_image(&old, &old_image);
	for (size_t i = 0; i < new_image.n_symbols; i++) {
		new_image.symbols[i].kind = 'f';
		new_image.symbols[i].local = true;
	}
	judge_images(true);
	assert_row(
		&c, 0,
		"error: it cannot be compared with the baseline, build/plain.map: one of the two is a linker map, which names"
		" few static symbols");
	assert_string_equal(c.rows[0].advice, "give two maps, or two ELFs");
}

/* ---- components ---- */

UNIT_TEST_WITH(components_are_by_rules, begin, end)
{
	static const char text[] =
		"{\"schema\":\"memprof.components/1\",\"trees\":[{\"name\":\"t\",\"signs\":[\"*py/gc.o\"],"
		"\"rules\":[{\"glob\":\"*/py/*\",\"component\":\"py\"},"
		"{\"glob\":\"*/extmod/*\",\"component\":\"extmod\"},"
		"{\"glob\":\"*.a(*\",\"component\":\"libs\"}]}]}";
	struct made_image grown = plain;
	struct diag diag = { 0 };

	grown.lines[2].size_bytes += 24;
	if (components_read(text, strlen(text), "rules.json", &rules, &diag) < 0)
		fail_msg("%s", diag.text);
	made(&b, SUBJECT_COMPONENT, "py", "max_size", WHOLE(1596));
	made(&b, SUBJECT_COMPONENT, "extmod", "max_growth", WHOLE(20));
	made(&b, SUBJECT_COMPONENT, "libs", "max_size", WHOLE(199));
	made(&b, SUBJECT_COMPONENT, "extmodd", "max_size", WHOLE(1));
	check_builds(&plain, &grown);
	assert_row(&c, 0, "pass 1596 of 1596, 0 left");
	assert_row(&c, 1, "fail 24 of 20, -4 left because modtls.o +24 824");
	assert_row(&c, 2,
		   "fail 200 of 199, -1 left because libc.a(memcpy.o) 100, libm.a(sin.o) 60, libc.a(strlen.o) 40");
	assert_row(&c, 3, "error: no component named 'extmodd'; did you mean extmod?");
}

/* ---- frozen modules ---- */

static void add_frozen(struct image *image, const char *name, uint64_t size_bytes)
{
	struct image_frozen *f = vec_add(image, frozen);

	f->name = name;
	f->size_bytes = size_bytes;
}

UNIT_TEST_WITH(a_frozen_module_is_called_as_its_file_is, begin, end)
{
	static const struct {
		const char *pattern, *line;
	} cases[] = {
		{ "app.py", "pass 300 of 1000, 700 left" },
		{ "asyncio/core.py", "pass 200 of 1000, 800 left" },
		{ "asyncio/*", "pass 250 of 1000, 750 left" },
		{ "*.py", "pass 550 of 1000, 450 left" },
		{ "core.py", "error: no frozen module named 'core.py'" },
	};

	for (int of_map = 0; of_map < 2; of_map++) {
		begin(NULL);
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
			made(&b, SUBJECT_FROZEN, cases[i].pattern, "max_size", WHOLE(1000));
		make_image(&plain, &new_image);
		if (!of_map)
			vec_add(&new_image, segments);
		add_frozen(&new_image, of_map ? "app" : "app.py", 300);
		add_frozen(&new_image, of_map ? "asyncio_core" : "asyncio/core.py", 200);
		add_frozen(&new_image, of_map ? "asyncio___init__" : "asyncio/__init__.py", 50);
		judge_images(false);
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
			row_line(&line, &c.rows[i]);
			if (strncmp(strbuf_text(&line), cases[i].line, strlen(cases[i].line)) != 0)
				fail_msg("%s: %s", cases[i].pattern, strbuf_text(&line));
		}
		end(NULL);
	}
}

UNIT_TEST_WITH(frozen_modules_grow_between_a_map_and_an_elf, begin, end)
{
	made(&b, SUBJECT_FROZEN, "asyncio/core.py", "max_growth", WHOLE(10));
	made(&b, SUBJECT_FROZEN, "*", "max_growth", WHOLE(10));
	made(&b, SUBJECT_FROZEN, "app.py", "max_size", WHOLE(10));
	make_image(&plain, &new_image);
	make_image(&plain, &old_image);
	vec_add(&new_image, segments);
	add_frozen(&new_image, "asyncio/core.py", 200);
	add_frozen(&new_image, "app.py", 30);
	add_frozen(&old_image, "asyncio_core", 190);
	judge_images(true);
	assert_row(&c, 0, "pass 10 of 10, 0 left");
	assert_row(&c, 1, "fail 40 of 10, -30 left because app.py +30 30, asyncio/core.py +10 200");
	assert_row(&c, 2, "fail 30 of 10, -20 left");
}

/* ---- the whole ---- */

UNIT_TEST_WITH(the_whole_is_the_file_that_is_flashed, begin, end)
{
	static const char *const patterns[] = { "*",         "firmware.bin",    "out/firmware.bin",
						"plain.map", "build/plain.map", "*.map" };
	struct check_build now = { &new_image, 2700, "out/firmware.bin" }, base = { &old_image, 2650, "out/old.bin" };

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		made(&b, SUBJECT_IMAGE, patterns[i], "max_size", WHOLE(2700));
	made(&b, SUBJECT_IMAGE, "firmware.bin", "max_growth", WHOLE(50));
	made(&b, SUBJECT_IMAGE, "old.bin", "max_size", WHOLE(1));
	make_image(&plain, &new_image);
	make_image(&plain, &old_image);
	judge(&now, &base);
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		assert_int_equal(c.rows[i].status, CHECK_PASS);
		assert_true(c.rows[i].value.amount == 2700);
	}
	assert_row(&c, 6, "pass 50 of 50, 0 left");
	assert_row(&c, 7, "error: no image named 'old.bin'; there are build/plain.map and out/firmware.bin");
}

/* Of two builds one measure: where only one has its file, what sections store. */
UNIT_TEST_WITH(else_what_sections_store, begin, end)
{
	struct check_build now = { &new_image, 2700, "new.bin" }, base = { &old_image, NOT_KNOWN, NULL };
	struct made_image large = plain;

	large.lines[0].size_bytes += 8;
	large.lines[8].size_bytes += 100; /* is zeroed, not stored */
	made(&b, SUBJECT_IMAGE, "*", "max_size", WHOLE(3000));
	made(&b, SUBJECT_IMAGE, "*", "max_growth", WHOLE(8));
	make_image(&large, &new_image);
	make_image(&plain, &old_image);
	new_image.sections[new_image.n_sections - 1].nobits = old_image.sections[old_image.n_sections - 1].nobits =
		true;
	judge(&now, &base);
	assert_row(&c, 0, "pass 2700 of 3000, 300 left (plain.map)");
	assert_row(&c, 1, "pass 8 of 8, 0 left (plain.map)");
	assert_true(c.rows[1].now.amount == 2500 + 96 + 64 + 8);
}

#define UNSURE(what) \
	"error: plain.map: the " what " does not tell whether section .text, 2500 B, is in the file or only in memory"

UNIT_TEST_WITH(what_may_be_in_memory_only_is_not_counted, begin, end)
{
	static const struct {
		bool in_base;
		uint64_t bin_bytes, base_bin_bytes;
		const char *rows[2];
	} cases[] = {
		{ false, NOT_KNOWN, NOT_KNOWN, { UNSURE("map"), UNSURE("map") } },
		{ true, NOT_KNOWN, NOT_KNOWN, { "pass 3108 of 4000, 892 left (plain.map)", UNSURE("baseline") } },
		{ false,
		  2700,
		  2695,
		  { "pass 2700 of 4000, 1300 left (plain.map)", "pass 5 of 8, 3 left (plain.map)" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct check_build now = { &new_image, cases[i].bin_bytes, "new.bin" };
		struct check_build base = { &old_image, cases[i].base_bin_bytes, "old.bin" };
		end(state);
		begin(state);
		made(&b, SUBJECT_IMAGE, "*", "max_size", WHOLE(4000));
		made(&b, SUBJECT_IMAGE, "*", "max_growth", WHOLE(8));
		make_image(&plain, &new_image);
		make_image(&plain, &old_image);
		(cases[i].in_base ? &old_image : &new_image)->sections[0].unsure = true;
		judge(&now, &base);
		assert_row(&c, 0, cases[i].rows[0]);
		assert_row(&c, 1, cases[i].rows[1]);
	}
}

UNIT_TEST_WITH(the_file_alone_tells_nothing_else, begin, end)
{
	struct check_build now = { NULL, 2700, "new.bin" }, base = { NULL, 2600, "old.bin" };
	struct check_build map = { &old_image, NOT_KNOWN, NULL };

	for (int i = 0; i < 2; i++) {
		begin(NULL);
		made_limit(made(&b, SUBJECT_IMAGE, "*", "max_size", WHOLE(2699)), "max_growth", WHOLE(99));
		made_limit(made(&b, SUBJECT_REGION, "FLASH", "max_used", WHOLE(1)), "max_growth", WHOLE(1));
		make_image(&plain, &old_image);
		judge(&now, i == 0 ? &base : &map);
		assert_row(&c, 0, "fail 2700 of 2699, -1 left (new.bin)");
		if (i == 0)
			assert_row(&c, 1, "fail 100 of 99, -1 left (new.bin)");
		else
			assert_row(&c, 1, "error: new.bin: the baseline does not report its size as a whole");
		assert_row(&c, 2, "error: only the firmware file is given, which has no regions");
		assert_row(&c, 3, "error: only the firmware file is given, which has no regions");
		end(NULL);
	}
	begin(NULL);
	made(&b, SUBJECT_REGION, "FLASH", "max_growth", WHOLE(1));
	made(&b, SUBJECT_SECTION, ".text", "max_growth", WHOLE(1));
	make_image(&plain, &new_image);
	now.image = &new_image;
	judge(&now, &base);
	assert_row(&c, 0, "error: of the baseline only the firmware file is given, which has no regions");
	assert_row(&c, 1, "error: of the baseline only the firmware file is given, which has no sections");
}

/* ---- causes ---- */

UNIT_TEST_WITH(causes_are_called_as_briefly_as_they_can_be_told_apart, begin, end)
{
	static const struct made_image same_names = {
		"same.map", BOARD, .lines = {
			{ ".text", "build/a/x/main.o", 90, "a" }, { ".text", "build/b/x/main.o", 80, "b" },
			{ ".text", "build/lib/util.o", 70, "c" }, { ".text", "gone/util.o", 0, NULL },
		},
	}, same_members = {
		"members.map", BOARD, .lines = {
			{ ".text", "one/libc.a(f.o)", 90, "a" }, { ".text", "two/libc.a(f.o)", 80, "b" },
			{ ".text", "two/libc.a(g.o)", 70, "c" },
		},
	}, of_windows = {
		"windows.map", BOARD, .lines = {
			{ ".text", "C:\\w\\py\\gc.o", 90, "a" }, { ".text", "C:\\w\\lib\\gc.o", 80, "b" },
			{ ".text", "main.o", 70, "c" },
		},
	}, of_lto = {
		"lto.map", BOARD, .lines = {
			{ ".text", "/tmp/ccYDejts.ltrans0.ltrans.o", 90, "a" },
			{ ".text", "/tmp/ccYDejts.ltrans1.ltrans.o", 80, "b" },
			{ ".text", "lto/crt0.o", 10, "c" },
		},
	};
	static const struct {
		const struct made_image *made;
		const char *line;
	} cases[] = {
		{ &same_names, "fail 240 of 0, -240 left because a/x/main.o 90, b/x/main.o 80, util.o 70" },
		{ &same_members,
		  "fail 240 of 0, -240 left because one/libc.a(f.o) 90, two/libc.a(f.o) 80, libc.a(g.o) 70" },
		{ &of_windows, "fail 240 of 0, -240 left because py\\gc.o 90, lib\\gc.o 80, main.o 70" },
		{ &of_lto, "fail 180 of 0, -180 left because ltrans0 90, ltrans1 80, crt0.o 10" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin(NULL);
		made(&b, SUBJECT_SECTION, ".text", "max_size", WHOLE(0));
		check_builds(NULL, cases[i].made);
		assert_row(&c, 0, cases[i].line);
		end(NULL);
	}
}

/* Images whose symbols nobody has asked for: then the input sections. */
UNIT_TEST_WITH(an_object_without_symbols_is_made_of_input_sections, begin, end)
{
	made(&b, SUBJECT_OBJECT, "build/py/gc.o", "max_size", WHOLE(1));
	make_image(&plain, &new_image);
	new_image.n_symbols = 0;
	for (size_t i = 0; i < new_image.n_pieces; i++)
		if (new_image.pieces[i].size_bytes == 1000)
			new_image.pieces[i].name = SLICE(".text.gc_alloc");
	judge_images(false);
	assert_row(&c, 0, "fail 1596 of 1, -1595 left because .text.gc_alloc 1000, .text 500, .rodata 96");
}

/* A function that came from another object is new in this one; one that only went makes nothing grow. */
UNIT_TEST_WITH(what_came_from_elsewhere_is_new_there, begin, end)
{
	struct made_image moved = plain;

	moved.lines[2] = (struct made_line){
		.section = ".text", .object = "build/py/gc.o", .size_bytes = 810, .symbol = "tls_new"
	};
	moved.lines[1] = (struct made_line){
		.section = ".text", .object = "build/extmod/modtls.o", .size_bytes = 490, .symbol = "gc_free"
	};
	made(&b, SUBJECT_OBJECT, "build/py/gc.o", "max_growth", WHOLE(0));
	made(&b, SUBJECT_OBJECT, "build/*.o", "max_growth", WHOLE(0));
	check_builds(&plain, &moved);
	assert_row(&c, 0, "fail 310 of 0, -310 left because tls_new +810 810");
	assert_row(&c, 1, "pass 0 of 0, 0 left");
}

UNIT_TEST_WITH(a_warning_has_causes_too, begin, end)
{
	struct budget_entry *entry = made(&b, SUBJECT_REGION, "RAM", "max_used", WHOLE(520));
	entry->has_warning = true;
	entry->warn_at = PERCENT(0.95);
	made(&b, SUBJECT_REGION, "RAM", "max_used", WHOLE(520));
	check_builds(NULL, &plain);
	assert_row(&c, 0, "pass warned 512 of 520, 8 left because main.o 512");
	assert_row(&c, 1, "pass 512 of 520, 8 left");
}

/* With a baseline, but nothing grew: what is largest. */
UNIT_TEST_WITH(where_nothing_grew_the_largest_are_told, begin, end)
{
	made(&b, SUBJECT_SECTION, ".text", "max_size", WHOLE(1));
	made(&b, SUBJECT_SYMBOL, "gc_*", "max_size", WHOLE(1));
	made(&b, SUBJECT_OBJECT, "build/py/gc.o", "max_size", WHOLE(1));
	check_builds(&plain, &plain);
	assert_row(&c, 0, "fail 2500 of 1, -2499 left because gc.o 1500, modtls.o 800, libc.a(memcpy.o) 100");
	assert_row(&c, 1, "fail 1500 of 1, -1499 left because gc_alloc 1000, gc_free 500");
	assert_row(&c, 2, "fail 1596 of 1, -1595 left because gc_alloc 1000, gc_free 500, table 96");
}

/* Something grew, but less than the rest shrank. */
UNIT_TEST_WITH(what_grew_is_no_cause_of_what_shrank, begin, end)
{
	struct made_image smaller = plain;

	smaller.lines[0].size_bytes -= 100; /* gc_alloc */
	smaller.lines[1].size_bytes += 8;   /* gc_free */
	smaller.lines[2].size_bytes += 4;   /* of modtls.o */
	made(&b, SUBJECT_SECTION, ".text", "max_size", WHOLE(1));
	made(&b, SUBJECT_SYMBOL, "gc_*", "max_size", WHOLE(1));
	made(&b, SUBJECT_SYMBOL, "gc_free*", "max_size", WHOLE(1));
	made(&b, SUBJECT_REGION, "FLASH", "min_free", WHOLE(UINT32_MAX));
	made(&b, SUBJECT_IMAGE, "*", "max_size", WHOLE(1));
	check_builds(&plain, &smaller);
	assert_row(&c, 0, "fail 2412 of 1, -2411 left because gc.o 1408, modtls.o 804, libc.a(memcpy.o) 100");
	assert_row(&c, 1, "fail 1408 of 1, -1407 left because gc_alloc 900, gc_free 508");
	assert_row(&c, 2, "fail 508 of 1, -507 left (gc_free) because gc_free +8 508");
	assert_int_equal(c.rows[3].causes[0].delta_bytes, FIGURE_NO_DELTA);
	assert_int_equal(c.rows[4].causes[0].delta_bytes, FIGURE_NO_DELTA);
}

/* ---- exceptions ---- */

static struct budget_entry *made_but(const char *const *except, size_t n, enum figure_subject subject,
				     const char *pattern, uint64_t bytes)
{
	struct budget_entry *entry = made(&b, subject, pattern, subject == SUBJECT_REGION ? "max_used" : "max_size",
					  WHOLE(bytes));

	entry->except = except;
	entry->n_except = n;
	return entry;
}

UNIT_TEST_WITH(what_is_left_out_does_not_count, begin, end)
{
	static const char *const big[] = { "gc_alloc", "*_state", "tls_*" }, *const objects[] = { "*/gc.o", "*(*)" };
	static const char *const regions[] = { "FLASH" }, *const all[] = { "*" };

	made_but(big, 3, SUBJECT_SYMBOL, "*", 499)->each = true;
	made_but(big, 1, SUBJECT_SYMBOL, "gc_*", 499);
	made_but(objects, 2, SUBJECT_OBJECT, "*", 1000);
	made_but(regions, 1, SUBJECT_REGION, "*", 511);
	made_but(all, 1, SUBJECT_SECTION, ".text", 1000000);
	made_but(all, 1, SUBJECT_COMPONENT, "p*", 1000000);
	made_but(all, 1, SUBJECT_ARCHIVE, "nope", 1000000);
	made_but(big, 3, SUBJECT_SYMBOL, "gc_free", 500);
	struct budget_entry *grows = made(&b, SUBJECT_SYMBOL, "*", "max_growth", WHOLE(0));
	grows->except = big;
	grows->n_except = 3;
	make_image(&plain, &old_image);
	old_image.symbols[0].size_bytes = 900; /* gc_alloc */
	make_image(&plain, &new_image);
	judge_images(true);
	assert_row(&c, 0, "fail 500 of 499, -1 left (gc_free)");
	assert_row(&c, 1, "fail 500 of 499, -1 left (gc_free) because gc_free 500");
	assert_row(&c, 2, "fail 1312 of 1000, -312 left because tls_new 800, heap_state 448, state 64");
	assert_row(&c, 3, "fail 512 of 511, -1 left (RAM) because main.o 512");
	assert_row(&c, 4, "error: 'except' leaves out everything named '.text'");
	assert_row(&c, 5, "error: 'except' leaves out everything that matches 'p*'");
	assert_int_equal(c.rows[6].status, CHECK_ERROR);
	assert_non_null(strstr(c.rows[6].fault, "no archive named 'nope'"));
	assert_row(&c, 7, "pass 500 of 500, 0 left");
	assert_row(&c, 8, "pass 0 of 0, 0 left");
}

UNIT_TEST_WITH(modules_are_left_out_by_either_name, begin, end)
{
	static const char *const except[] = { "app.py", "asyncio/*" };

	for (int of_map = 0; of_map < 2; of_map++) {
		begin(NULL);
		made_but(except, 2, SUBJECT_FROZEN, "*", 9);
		made_but(except, 2, SUBJECT_FROZEN, "a*", 9);
		make_image(&plain, &new_image);
		if (!of_map)
			vec_add(&new_image, segments);
		add_frozen(&new_image, of_map ? "app" : "app.py", 300);
		add_frozen(&new_image, of_map ? "asyncio_core" : "asyncio/core.py", 200);
		add_frozen(&new_image, of_map ? "boot" : "boot.py", 10);
		judge_images(false);
		assert_row(&c, 0,
			   of_map ? "fail 10 of 9, -1 left (boot) because boot 10" :
				    "fail 10 of 9, -1 left (boot.py) because boot.py 10");
		assert_row(&c, 1, "error: 'except' leaves out everything that matches 'a*'");
		end(NULL);
	}
}

/* ---- in regions ---- */

static struct budget_entry *made_in(const char *in, enum figure_subject subject, const char *pattern, const char *key,
				    struct budget_amount amount)
{
	struct budget_entry *entry = made(&b, subject, pattern, key, amount);

	entry->in = in;
	return entry;
}

UNIT_TEST_WITH(only_bytes_in_a_region_count, begin, end)
{
	made_in("RAM", SUBJECT_OBJECT, "build/main.o", "max_size", WHOLE(512));
	made_in("FLASH", SUBJECT_OBJECT, "build/main.o", "max_size", WHOLE(64));
	made_in("FLASH", SUBJECT_OBJECT, "*", "max_size", WHOLE(100));
	made_in("*", SUBJECT_OBJECT, "*", "max_size", WHOLE(3108));
	made_in("RAM", SUBJECT_COMPONENT, "py", "max_size", WHOLE(0));
	made_in("F*", SUBJECT_COMPONENT, "py", "max_size", WHOLE(1595));
	made_in("RAM", SUBJECT_ARCHIVE, "*/libc.a", "max_size", WHOLE(0));
	made_in("FLASH", SUBJECT_ARCHIVE, "*/libc.a", "max_size", WHOLE(0));
	made_in("RAM", SUBJECT_SECTION, ".*", "max_size", WHOLE(512));
	made_in("FLASH", SUBJECT_SECTION, "*", "max_size", WHOLE(2659))->each = true;
	made_in("FLASH", SUBJECT_SYMBOL, "*", "max_size", WHOLE(2595));
	made_in("RAM", SUBJECT_SYMBOL, "*", "max_size", WHOLE(447))->each = true;
	make_image(&plain, &new_image);
	for (size_t i = 0; i < new_image.n_sections; i++)
		if (strcmp(new_image.sections[i].name, ".data") == 0)
			new_image.sections[i].load_region = 0; /* it is stored in FLASH as well */
	judge_images(false);
	assert_row(&c, 0, "pass 512 of 512, 0 left");
	assert_row(&c, 1, "pass 64 of 64, 0 left");
	assert_row(&c, 2, "fail 2660 of 100, -2560 left because gc_alloc 1000, tls_new 800, gc_free 500");
	assert_row(&c, 3, "pass 3108 of 3108, 0 left"); /* what is copied is there once */
	assert_row(&c, 4, "pass 0 of 0, 0 left");
	assert_row(&c, 5, "fail 1596 of 1595, -1 left because gc.o 1596");
	assert_row(&c, 6, "pass 0 of 0, 0 left (/usr/lib/libc.a)");
	assert_row(&c, 7,
		   "fail 140 of 0, -140 left (/usr/lib/libc.a) because libc.a(memcpy.o) 100, libc.a(strlen.o) 40");
	assert_row(&c, 8, "pass 512 of 512, 0 left");
	assert_row(&c, 9, "pass 2500 of 2659, 159 left (.text)");
	assert_row(&c, 10, "fail 2660 of 2595, -65 left because gc_alloc 1000, tls_new 800, gc_free 500");
	assert_row(&c, 11, "fail 448 of 447, -1 left (heap_state)");
}

/* Flash grew, and each component is asked; what RAM got is no matter of it. */
UNIT_TEST_WITH(growth_in_a_region, begin, end)
{
	struct made_image grown = plain;

	grown.lines[2].size_bytes = 850;
	grown.lines[8].size_bytes = 500;
	made_in("FLASH", SUBJECT_COMPONENT, "*", "max_growth", WHOLE(16))->each = true;
	made_in("RAM", SUBJECT_COMPONENT, "extmod", "max_growth", WHOLE(0));
	made_in("RAM", SUBJECT_OBJECT, "*", "max_growth", WHOLE(51));
	made_in("FLASH", SUBJECT_OBJECT, "build/main.o", "max_growth", WHOLE(0));
	made_in("FLASH", SUBJECT_SYMBOL, "*", "max_growth", WHOLE(49));
	made_in("RAM", SUBJECT_SECTION, ".text", "max_growth", WHOLE(0));
	made_in("RAM", SUBJECT_SECTION, "*", "max_growth", WHOLE(52));
	made(&b, SUBJECT_OBJECT, "*", "max_growth", WHOLE(102));
	check_builds(&plain, &grown);
	assert_row(&c, 0, "fail 50 of 16, -34 left (extmod) because modtls.o +50 850");
	assert_row(&c, 1, "pass 0 of 0, 0 left");
	assert_row(&c, 2, "fail 52 of 51, -1 left (build/main.o) because heap_state +52 500");
	assert_row(&c, 3, "pass 0 of 0, 0 left");
	assert_row(&c, 4, "fail 50 of 49, -1 left because tls_new +50 850");
	assert_row(&c, 5, "pass 0 of 0, 0 left");
	assert_row(&c, 6, "pass 52 of 52, 0 left");
	assert_row(&c, 7, "pass 102 of 102, 0 left");
}

/* What came from another region is new in this one. */
UNIT_TEST_WITH(what_moves_to_another_region_grows_there, begin, end)
{
	struct made_image moved = plain;

	moved.lines[5] = moved.lines[6];
	moved.lines[6] = (struct made_line){
		.section = ".data", .object = "/usr/lib/libm.a(sin.o)", .size_bytes = 60, .symbol = "sin"
	};
	made_in("RAM", SUBJECT_SYMBOL, "sin", "max_growth", WHOLE(59));
	made_in("FLASH", SUBJECT_SYMBOL, "sin", "max_growth", WHOLE(0));
	made_in("RAM", SUBJECT_ARCHIVE, "*/libm.a", "max_growth", WHOLE(59));
	check_builds(&plain, &moved);
	assert_row(&c, 0, "fail 60 of 59, -1 left");
	assert_row(&c, 1, "pass -60 of 0, 60 left");
	assert_row(&c, 2, "fail 60 of 59, -1 left (/usr/lib/libm.a) because libm.a(sin.o) +60 60");
}

UNIT_TEST_WITH(a_region_that_is_not_there_is_an_error, begin, end)
{
	struct made_image shared = plain;

	shared.regions[2].name = "CHIP";
	shared.regions[2].origin = 0x10000000;
	shared.regions[2].length_bytes = 0x100000;
	made_limit(made_in("FLSH", SUBJECT_COMPONENT, "*", "max_size", WHOLE(1000000)), "max_growth", WHOLE(1000000));
	made_in("X*", SUBJECT_SYMBOL, "*", "max_size", WHOLE(1000000));
	made_in("CHIP", SUBJECT_SECTION, "*", "max_size", WHOLE(1000000));
	made_in("*", SUBJECT_SECTION, ".text", "max_size", WHOLE(2500));
	made_in("FLASH", SUBJECT_SECTION, ".txt", "max_size", WHOLE(1000000));
	check_builds(&plain, &shared);
	assert_row(&c, 0, "error: no region named 'FLSH'; there are FLASH, RAM and CHIP");
	assert_row(&c, 1, "error: no region named 'FLSH'; there are FLASH, RAM and CHIP");
	assert_row(&c, 2, "error: no region matches 'X*'; there are RAM, FLASH and CHIP");
	assert_row(&c, 3, "error: region CHIP: it is shared out among other regions, which have the figures");
	assert_row(&c, 4, "pass 2500 of 2500, 0 left");
	assert_int_equal(c.rows[5].status, CHECK_ERROR);
	assert_non_null(strstr(c.rows[5].fault, "no section named '.txt'; did you mean"));
}

static void forget_regions(struct image *image)
{
	image->n_regions = 0;
	for (size_t i = 0; i < image->n_sections; i++)
		image->sections[i].region = image->sections[i].load_region = IMAGE_NONE;
}

UNIT_TEST_WITH(without_regions_nothing_is_in_one, begin, end)
{
	made_limit(made_in("FLASH", SUBJECT_SECTION, ".text", "max_size", WHOLE(2500)), "max_growth", WHOLE(1000000));
	make_image(&plain, &new_image);
	make_image(&plain, &old_image);
	forget_regions(&old_image);
	judge_images(true);
	assert_row(&c, 0, "pass 2500 of 2500, 0 left");
	assert_row(&c, 1, "error: the baseline, build/plain.map, has no regions to compare with");
	end(NULL);
	make_image(&plain, &new_image);
	forget_regions(&new_image);
	judge_images(false);
	assert_row(&c, 0, "error: build/plain.map (gnu-ld) has no regions");
	assert_non_null(c.rows[0].advice);
}

/* ---- inputs that lie ---- */

UNIT_TEST_WITH(sizes_that_wrap_are_more_than_any_limit, begin, end)
{
	made(&b, SUBJECT_SYMBOL, "gc_*", "max_size", WHOLE(1000000));
	made(&b, SUBJECT_SYMBOL, "gc_alloc", "max_size", WHOLE(1000000));
	made(&b, SUBJECT_OBJECT, "build/*", "max_size", WHOLE(1000000));
	made(&b, SUBJECT_SECTION, "*", "max_size", WHOLE(1000000));
	made(&b, SUBJECT_IMAGE, "*", "max_size", WHOLE(1000000));
	made(&b, SUBJECT_REGION, "FLASH", "max_used", WHOLE(1000000));
	made(&b, SUBJECT_SYMBOL, "gc_*", "max_growth", WHOLE(1000000));
	made(&b, SUBJECT_SECTION, "*", "max_growth", WHOLE(1000000));
	make_image(&plain, &new_image);
	make_image(&plain, &old_image);
	for (size_t i = 0; i < new_image.n_symbols; i++)
		new_image.symbols[i].size_bytes = UINT64_MAX - 1;
	for (size_t i = 0; i < new_image.n_objects; i++)
		new_image.objects[i].size_bytes = UINT64_MAX / 2 + 7;
	for (size_t i = 0; i < new_image.n_sections; i++)
		new_image.sections[i].size_bytes = UINT64_MAX - 100;
	new_image.regions[0].used_bytes = UINT64_MAX - 1;
	judge_images(true);
	for (size_t i = 0; i < c.n_rows; i++)
		if (c.rows[i].status != CHECK_FAIL && c.rows[i].status != CHECK_ERROR)
			fail_msg("%s passes", c.rows[i].entry->pattern);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(c.rows[i].status, CHECK_FAIL);
}

UNIT_TEST_WITH(an_image_without_anything_passes_nothing, begin, end)
{
	for (unsigned s = SUBJECT_REGION; s <= SUBJECT_IMAGE; s++)
		made(&b, (enum figure_subject)s, "*", s == SUBJECT_REGION ? "max_used" : "max_size", WHOLE(1));
	image_init(&new_image, "nothing.map");
	new_image.format = "gnu-ld";
	struct diag diag = { 0 };
	assert_int_equal(image_resolve(&new_image, &diag), 0);
	judge_images(false);
	for (size_t i = 0; i < c.n_rows; i++)
		assert_int_equal(c.rows[i].status, CHECK_ERROR);
	assert_row(&c, SUBJECT_IMAGE, "error: nothing.map: no input reports its size as a whole");
}

/* ---- finding ---- */

static bool fits(const char *pattern, const char *name)
{
	return strcmp(pattern, name) == 0 || (check_is_glob(pattern) && glob_match(pattern, name));
}

static const char letters[] = "ab*?[]!-\\a/()";

static void make_patterns(size_t n_letters, uint32_t *random)
{
	static char patterns[ARRAY_SIZE(b.entries)][9];

	memset(patterns, 0, sizeof(patterns));
	for (size_t i = 0; i < ARRAY_SIZE(b.entries); i++) {
		for (size_t k = 0, n = next_random(random) % 8; k < n; k++)
			patterns[i][k] = letters[next_random(random) % n_letters];
		b.entries[i].pattern = patterns[i];
	}
}

static const char *last_part(const char *name) { return name + match_last_part(slice_of(name)); }

/* What is told by the ends of a name alone is what glob_match says of all of it; of a path also of its last part. */
UNIT_TEST_WITH(finding_is_matching, begin, end)
{
	uint32_t random = 77;

	for (int of_paths = 0; of_paths < 2; of_paths++) {
		size_t n_letters = sizeof(letters) - (of_paths ? 1 : 4), n_found = 0;
		struct matcher m;
		begin(NULL);
		make_patterns(n_letters, &random);
		matcher_init(&m, of_paths ? SUBJECT_OBJECT : SUBJECT_SYMBOL);
		for (size_t i = 0; i < ARRAY_SIZE(b.entries); i++)
			assert_int_equal(matcher_add(&m, &b.entries[i]), 0);
		for (unsigned n = 0; n < 3000; n++) {
			char name[9] = "";
			bool hit[ARRAY_SIZE(b.entries)] = { false };
			for (size_t k = 0, length = next_random(&random) % 8; k < length; k++)
				name[k] = letters[next_random(&random) % (n % 2 ? 2 : n_letters)];
			size_t n_hits = matcher_find(&m, slice_of(name), false, NULL);
			for (size_t k = 0; k < n_hits; k++) {
				assert_false(hit[m.hits[k].i_entry]);
				hit[m.hits[k].i_entry] = true;
			}
			n_found += n_hits;
			for (size_t i = 0; i < ARRAY_SIZE(b.entries); i++) {
				const char *pattern = b.entries[i].pattern;
				bool in_part = of_paths && !strchr(pattern, '/') && fits(pattern, last_part(name));
				if (hit[i] != (fits(pattern, name) || in_part))
					fail_msg("'%s' and '%s'", pattern, name);
			}
		}
		assert_true(n_found > 1000);
		matcher_deinit(&m);
		matcher_deinit(&m);
		end(NULL);
	}
}

UNIT_TEST_WITH(the_last_part_of_a_path, begin, end)
{
	static const struct {
		const char *name, *part;
	} cases[] = {
		{ "", "" },
		{ "a.o", "a.o" },
		{ "b/a.o", "a.o" },
		{ "/a.o", "a.o" },
		{ "b/", "" },
		{ "b/libc.a(a.o)", "libc.a(a.o)" },
		{ "b/libc.a(x/a.o)", "libc.a(x/a.o)" },
		{ "C:\\w\\gc.o", "gc.o" },
		{ "b(1)/a.o", "a.o" },
		{ "b/a)", "b/a)" },
		{ ")", ")" },
		{ "b/(a)", "(a)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(last_part(cases[i].name), cases[i].part);
}

/* ---- thousands of limits ---- */

/* What costs a pass over all names is for the first alone. */
UNIT_TEST_WITH(of_many_that_are_missing_the_first_have_near_names, begin, end)
{
	want_many("max_size", "gc_aloc", true);
	check_builds(NULL, &plain);
	assert_int_equal(c.n_of[CHECK_ERROR], BUDGET_ENTRIES_MAX);
	assert_row(&c, 0, "error: no symbol named 'gc_aloc0'; did you mean gc_alloc?");
	assert_row(&c, BUDGET_ENTRIES_MAX - 1, "error: no symbol named 'gc_aloc4095'");
}

UNIT_TEST_WITH(of_many_that_break_the_first_have_causes, begin, end)
{
	want_many("max_size", "gc_*", false);
	check_builds(NULL, &plain);
	assert_int_equal(c.n_of[CHECK_FAIL], BUDGET_ENTRIES_MAX);
	assert_true(c.rows[CHECK_CAUSED_MAX - 1].n_causes > 0);
	assert_int_equal(c.rows[CHECK_CAUSED_MAX].n_causes, 0);
}

UNIT_TEST_WITH(growth_without_a_baseline_is_no_search_for_names, begin, end)
{
	made(&b, SUBJECT_SYMBOL, "gc_alloc", "max_growth", WHOLE(0));
	make_image(&plain, &new_image);
	assert_int_equal(check_begin(&c, &b.budget), 0);
	assert_int_equal(check_image(&c, &(struct check_build){ &new_image, NOT_KNOWN, NULL }, NULL, NULL), 0);
	assert_null(c.rows[0].fault);
	check_judge(&c);
	assert_row(&c, 0, "error: no build was given");
}
