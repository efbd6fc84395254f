/* What is a difference between two builds, and what is none. */
#include "memprof/analysis/diff.h"

#include <errno.h>

#include "diff/private.h"
#include "made_image.h"

static struct image old_image, new_image;
static struct diff diff;
static struct diag diag;
static struct diff_options options;

static int begin(void **state)
{
	(void)state;
	options = (struct diff_options){ 0 };
	diag = (struct diag){ 0 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	diff_deinit(&diff);
	diff_deinit(&diff);
	image_deinit(&old_image);
	image_deinit(&new_image);
	return 0;
}

static void compare(const struct made_image *old, const struct made_image *new)
{
	make_image(old, &old_image);
	make_image(new, &new_image);
	if (diff_images(&diff, &old_image, &new_image, NULL, &options, &diag) < 0)
		fail_msg("%s", diag.text);
}

static const struct diff_row *find(enum diff_table table, const char *name)
{
	for (size_t i = 0; i < diff.lists[table].n_rows; i++)
		if (strcmp(diff.lists[table].rows[i].name, name) == 0)
			return &diff.lists[table].rows[i];
	return NULL;
}

static void row(enum diff_table table, const char *name, uint64_t old_bytes, uint64_t new_bytes,
		enum diff_change change, const char *from)
{
	const struct diff_row *r = find(table, name);

	if (!r)
		fail_msg("no row %s among %s", name, diff_table_name(table));
	assert_u64_equal(r->old_bytes, old_bytes);
	assert_u64_equal(r->new_bytes, new_bytes);
	assert_true(r->delta_bytes ==
		    (int64_t)((new_bytes == NOT_KNOWN ? 0 : new_bytes) - (old_bytes == NOT_KNOWN ? 0 : old_bytes)));
	assert_string_equal(diff_change_name(r->change), diff_change_name(change));
	if (from)
		assert_string_equal(r->from, from);
	else
		assert_null(r->from);
}

static void n_rows(enum diff_table table, size_t n)
{
	if (diff.lists[table].n_rows != n)
		fail_msg("%zu rows of %s, not %zu; the first is %s", diff.lists[table].n_rows, diff_table_name(table),
			 n, diff.lists[table].n_rows ? diff.lists[table].rows[0].name : "");
}

#define BOARD                                                                                                  \
	.regions = { { "FLASH", 0x10000000, 0x100000 }, { "RAM", 0x20000000, 0x40000 } }, .flash = 0x10000000, \
	.ram = 0x20000000
static const struct made_image plain = {
	"plain.map", BOARD, .lines = {
		{ ".text", "build/py/gc.o", 100, "gc_alloc" }, { ".text", "build/py/gc.o", 60, "gc_free" },
		{ ".text", "build/py/obj.o", 40, "mp_obj_new" }, { ".rodata", "build/py/obj.o", 32, "mp_type_list" },
		{ ".bss", "build/main.o", 64, "heap_state" },
	},
};

/* ---- no difference ---- */

UNIT_TEST_WITH(a_build_is_like_itself, begin, end)
{
	compare(&plain, &plain);
	assert_u64_equal(diff.n_differences, 0);
	assert_u64_equal(diff.n_notes, 0);
	for (unsigned t = 0; t < DIFF_POOLS; t++) {
		n_rows((enum diff_table)t, 0);
		assert_int_equal(diff.lists[t].compared, t < DIFF_SOURCES); /* these have none */
	}
}

UNIT_TEST_WITH(where_it_lies_is_no_difference, begin, end)
{
	struct made_image moved = plain;

	moved.flash += 0x4000;
	moved.ram += 0x100;
	make_image(&plain, &old_image);
	make_image(&moved, &new_image);
	options.tables = DIFF_OF_IMAGES & ~DIFF_BIT(DIFF_REGIONS); /* regions are filled from their origin */
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), 0);
	assert_u64_equal(diff.n_differences, 0);
}

UNIT_TEST_WITH(the_folder_of_the_build_is_no_difference, begin, end)
{
	static const struct made_image elsewhere = {
		"elsewhere.map", BOARD, .lines = {
			{ ".text", "/ci/job-7/py/gc.o", 100, "gc_alloc" }, { ".text", "/ci/job-7/py/gc.o", 60, "gc_free" },
			{ ".text", "/ci/job-7/py/obj.o", 40, "mp_obj_new" },
			{ ".rodata", "/ci/job-7/py/obj.o", 32, "mp_type_list" },
			{ ".bss", "/ci/job-7/main.o", 64, "heap_state" },
		},
	};

	compare(&plain, &elsewhere);
	assert_u64_equal(diff.n_differences, 0);
}

UNIT_TEST_WITH(random_names_of_lto_are_no_difference, begin, end)
{
	static const struct made_image one = {
		"one.map", BOARD, .lines = {
			{ ".text", "/tmp/ccYDejts.ltrans0.ltrans.o", 100, "gc_alloc.lto_priv.0" },
			{ ".text", "/tmp/ccYDejts.ltrans1.ltrans.o", 60, "gc_free" },
			{ ".text", "/tmp/ccAbC123.o", 20, "main" },
		},
	}, two = {
		"two.map", BOARD, .lines = {
			{ ".text", "/tmp/ccunmAIv.ltrans0.ltrans.o", 100, "gc_free.lto_priv.7" },
			{ ".text", "/tmp/ccunmAIv.ltrans1.ltrans.o", 60, "gc_alloc.lto_priv.3" },
			{ ".text", "/tmp/ccZ9y8x7.o", 20, "main" },
		},
	};

	compare(&one, &two);
	n_rows(DIFF_OBJECTS, 0);
	n_rows(DIFF_SYMBOLS, 2); /* their sizes differ; that they changed partitions is nothing */
	row(DIFF_SYMBOLS, "gc_alloc.lto_priv.3", 100, 60, CHANGE_SHRUNK, "gc_alloc.lto_priv.0");
	row(DIFF_SYMBOLS, "gc_free.lto_priv.7", 60, 100, CHANGE_GROWN, "gc_free");
}

/* The bytes of all merged strings stand at one object, which is another one after the link order changed. */
UNIT_TEST_WITH(temporary_names_of_toolchains_are_no_difference, begin, end)
{
	static const struct made_image old = { "a.map", BOARD, .lines = {
		{ ".text", "/tmp/ccAbC123.lto.o", 100, "gc_alloc" },
		{ ".text", "C:\\Temp\\ccAbC124.o", 60, "gc_free" },
		{ ".text", "/tmp/main-1a2b3c.o", 20, "main" },
		{ ".text", "/tmp/lto-llvm-0123ab.o", 30, "run" },
		{ ".text", "build/ccd.o", 10, "f" },
	} }, new = { "b.map", BOARD, .lines = {
		{ ".text", "/var/tmp/ccunmAIv.lto.o", 100, "gc_alloc" },
		{ ".text", "C:\\Temp\\ccZZZZZZ.o", 64, "gc_free" },
		{ ".text", "/tmp/main-ffffff.o", 20, "main" },
		{ ".text", "/tmp/lto-llvm-ba3210.o", 30, "run" },
		{ ".text", "build/cce.o", 10, "f" },
	} };

	compare(&old, &new);
	n_rows(DIFF_OBJECTS, 3);
	row(DIFF_OBJECTS, "C:\\Temp\\ccZZZZZZ.o", 60, 64, CHANGE_GROWN, "C:\\Temp\\ccAbC124.o");
	row(DIFF_OBJECTS, "build/cce.o", NOT_KNOWN, 10, CHANGE_ADDED, NULL);
}

/* With --specs=nano.specs gcc links other archives; most of their members are other code. */
UNIT_TEST_WITH(variants_of_an_archive_are_one, begin, end)
{
#define THUMB "/opt/gcc/lib/thumb/v7-m/"
	static const struct made_image old = { "a.map", BOARD, .lines = {
		{ ".text", THUMB "libg.a(libc_a-memcpy.o)", 100, "memcpy" },
		{ ".text", THUMB "libg.a(libc_a-vfprintf.o)", 4000, "_vfprintf_r" },
		{ ".text", THUMB "libstdc++.a(del_op.o)", 12, "operator delete" },
		{ ".text", "build/libapp.a(memcpy.o)", 8, "f" },
	} }, new = { "b.map", BOARD, .lines = {
		{ ".text", THUMB "libc_nano.a(libc_a-memcpy.o)", 30, "memcpy" },
		{ ".text", THUMB "libc_nano.a(libc_a-nano-vfprintf.o)", 700, "_vfprintf_r" },
		{ ".text", THUMB "libstdc++_nano.a(del_op.o)", 12, "operator delete" },
		{ ".text", "build/libapp.a(memcpy.o)", 8, "f" },
	} };

	compare(&old, &new);
	n_rows(DIFF_ARCHIVES, 1);
	row(DIFF_ARCHIVES, THUMB "libc_nano.a", 4100, 730, CHANGE_SHRUNK, THUMB "libg.a");
	n_rows(DIFF_OBJECTS, 2);
	row(DIFF_OBJECTS, THUMB "libc_nano.a(libc_a-memcpy.o)", 100, 30, CHANGE_SHRUNK,
	    THUMB "libg.a(libc_a-memcpy.o)");
	row(DIFF_OBJECTS, THUMB "libc_nano.a(libc_a-nano-vfprintf.o)", 4000, 700, CHANGE_SHRUNK,
	    THUMB "libg.a(libc_a-vfprintf.o)");
	n_rows(DIFF_SYMBOLS, 2);
}

UNIT_TEST_WITH(leaders_of_merged_strings_are_no_difference, begin, end)
{
	static const struct made_image first = {
		"first.map", BOARD, .lines = {
			{ ".text", "a.o", 100, "a" }, { ".text", "b.o", 100, "b" },
			{ ".rodata", "a.o", 19027, NULL, 38 }, { ".rodata", "c.o", 10, "c" },
		},
	}, second = {
		"second.map", BOARD, .lines = {
			{ ".text", "b.o", 100, "b" }, { ".text", "a.o", 100, "a" },
			{ ".rodata", "b.o", 19027, NULL, 30 }, { ".rodata", "c.o", 10, "c" },
		},
	};

	compare(&first, &second);
	row(DIFF_OBJECTS, "a.o", 138, 100, CHANGE_SHRUNK, NULL);
	row(DIFF_OBJECTS, "b.o", 100, 130, CHANGE_GROWN, NULL);
	row(DIFF_OBJECTS, "*merged strings*", 18989, 18997, CHANGE_GROWN, NULL);
	n_rows(DIFF_OBJECTS, 3);
	n_rows(DIFF_SECTIONS, 0);
}

/* ---- regions and sections ---- */

UNIT_TEST_WITH(a_region_may_have_another_name, begin, end)
{
	struct made_image renamed = plain;

	renamed.regions[0].name = "FLASH_APP";
	renamed.lines[0].size_bytes = 108;
	compare(&plain, &renamed);
	n_rows(DIFF_REGIONS, 1);
	row(DIFF_REGIONS, "FLASH_APP", 232, 240, CHANGE_RENAMED, "FLASH");
	assert_string_equal(diff.totals[0].name, "FLASH_APP");
}

/* Other addresses, other name: known by the sections in it. */
UNIT_TEST_WITH(a_region_is_known_by_its_sections, begin, end)
{
	struct made_image other = plain;

	other.regions[1].name = "DTCM";
	other.regions[1].origin = other.ram = 0x30000000;
	compare(&plain, &other);
	n_rows(DIFF_REGIONS, 1);
	row(DIFF_REGIONS, "DTCM", 64, 64, CHANGE_RENAMED, "RAM");
	n_rows(DIFF_SECTIONS, 0);
}

UNIT_TEST_WITH(regions_come_and_go, begin, end)
{
	struct made_image more = plain;

	more.regions[2].name = "PSRAM";
	more.regions[2].origin = 0x40000000;
	more.regions[2].length_bytes = 0x800000;
	more.regions[0].length_bytes = 0x80000;
	compare(&plain, &more);
	row(DIFF_REGIONS, "PSRAM", NOT_KNOWN, 0, CHANGE_ADDED, NULL);
	n_rows(DIFF_REGIONS, 1);
	assert_u64_equal(diff.n_notes, 1);
	assert_string_equal(diff.notes[0], "Region FLASH has 524288 bytes now; it had 1048576.");
}

UNIT_TEST_WITH(a_section_may_move_or_be_renamed, begin, end)
{
	struct made_image other = plain;

	other.lines[3].section = ".data"; /* mp_type_list, now in RAM */
	other.lines[4].section = ".bss2";
	other.lines[0].section = other.lines[1].section = other.lines[2].section = ".irom0.text";
	other.lines[4].section = ".bss";
	compare(&plain, &other);
	row(DIFF_SECTIONS, ".irom0.text", 200, 200, CHANGE_RENAMED, ".text");
	row(DIFF_SECTIONS, ".rodata", 32, NOT_KNOWN, CHANGE_REMOVED, NULL);
	row(DIFF_SECTIONS, ".data", NOT_KNOWN, 32, CHANGE_ADDED, NULL);
	n_rows(DIFF_SECTIONS, 3);
	n_rows(DIFF_SYMBOLS, 0);
}

UNIT_TEST_WITH(place_holders_are_no_sections, begin, end)
{
	static const struct made_image with = {
		"with.map", BOARD, .lines = {
			{ ".dram0.dummy", "a.o", 0x1000, NULL }, { ".text", "a.o", 100, "f" },
		},
	};
	static const struct made_image without = { "without.map", BOARD, .lines = { { ".text", "a.o", 100, "f" } } };

	make_image(&without, &old_image);
	make_image(&with, &new_image);
	for (size_t i = 0; i < new_image.n_sections; i++)
		new_image.sections[i].placeholder = strcmp(new_image.sections[i].name, ".dram0.dummy") == 0;
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), 0);
	n_rows(DIFF_SECTIONS, 0);
}

UNIT_TEST_WITH(a_section_in_another_region_has_moved, begin, end)
{
	struct made_image other = plain;

	other.ram = 0x10080000; /* .bss, in FLASH */
	compare(&plain, &other);
	row(DIFF_SECTIONS, ".bss", 64, 64, CHANGE_MOVED, NULL);
	assert_string_equal(find(DIFF_SECTIONS, ".bss")->place, "FLASH");
	assert_string_equal(find(DIFF_SECTIONS, ".bss")->from_place, "RAM");
}

/* ---- symbols ---- */

UNIT_TEST_WITH(names_without_what_compilers_add, begin, end)
{
	static const struct {
		const char *name, *plain;
		unsigned parts;
	} names[] = {
		{ "gc_alloc", "gc_alloc", 0 },
		{ "f.constprop.0", "f", 0 },
		{ "f.isra.1", "f", 0 },
		{ "f.lto_priv.3", "f", 0 },
		{ "f.lto_priv.0.lto_priv.1", "f", 0 },
		{ "f.part.0", "f", NAME_PART },
		{ "f.cold", "f", NAME_COLD },
		{ "f.part.0.constprop.2.cold.3", "f", NAME_PART | NAME_COLD },
		{ "f.constprop.0.isra.0", "f", 0 },
		{ "__func__.12", "__func__", 0 },
		{ "CSWTCH.110", "CSWTCH", 0 },
		{ "f.llvm.8213470234", "f", 0 },
		{ "f.localalias", "f", 0 },
		{ ".text.f", ".text.f", 0 },
		{ ".12", ".12", 0 },
		{ ".cold", ".cold", 0 },
		{ "", "", 0 },
		{ "a.b", "a.b", 0 },
		{ "f.", "f.", 0 },
		{ "cold", "cold", 0 },
		{ "f..1", "f.", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		unsigned parts = 99;
		struct image_slice plain_name = diff_plain_name(slice_of(names[i].name), &parts);
		if (plain_name.n_bytes != strlen(names[i].plain) ||
		    memcmp(plain_name.text, names[i].plain, plain_name.n_bytes) != 0 || parts != names[i].parts)
			fail_msg("%s is %.*s (%u)", names[i].name, (int)plain_name.n_bytes, plain_name.text, parts);
	}
}

UNIT_TEST_WITH(compilers_rename_symbols, begin, end)
{
	static const struct made_image old = {
		"old.map", BOARD, .lines = {
			{ ".text", "a.o", 100, "plain" }, { ".text", "a.o", 50, "same" }, { ".text", "a.o", 80, "split" },
			{ ".text", "a.o", 20, "split.cold" }, { ".text", "a.o", 24, "cloned.isra.0" },
			{ ".text", "a.o", 12, "whole" }, { ".text", "b.o", 8, "__func__.1" }, { ".text", "c.o", 9, "__func__.1" },
		},
	}, new = {
		"new.map", BOARD, .lines = {
			{ ".text", "a.o", 90, "plain.constprop.0" }, { ".text", "a.o", 50, "same.part.0" },
			{ ".text", "a.o", 22, "split.constprop.1.cold" }, { ".text", "a.o", 78, "split.constprop.1" },
			{ ".text", "a.o", 26, "cloned.lto_priv.3" }, { ".text", "a.o", 14, "whole" },
			{ ".text", "b.o", 8, "__func__.9" }, { ".text", "c.o", 9, "__func__.3" },
		},
	};

	compare(&old, &new);
	row(DIFF_SYMBOLS, "plain.constprop.0", 100, 90, CHANGE_SHRUNK, "plain");
	row(DIFF_SYMBOLS, "split.constprop.1", 80, 78, CHANGE_SHRUNK, "split");
	row(DIFF_SYMBOLS, "split.constprop.1.cold", 20, 22, CHANGE_GROWN, "split.cold");
	row(DIFF_SYMBOLS, "cloned.lto_priv.3", 24, 26, CHANGE_GROWN, "cloned.isra.0");
	row(DIFF_SYMBOLS, "whole", 12, 14, CHANGE_GROWN, NULL);
	n_rows(DIFF_SYMBOLS, 5);
}

/* GCC counts the static variables of functions from the end of a source on: with one more there, all have other
 * numbers. */
UNIT_TEST_WITH(numbers_of_compilers_count_for_nothing, begin, end)
{
	static const struct made_image old = {
		"old.map", BOARD, .lines = {
			{ ".bss", "a.o", 6, "state.0" }, { ".bss", "a.o", 100, "state.1" }, { ".bss", "a.o", 4, "state.2" },
			{ ".bss", "a.o", 8, "n.0" }, { ".bss", "a.o", 16, "n.1" }, { ".data", "a.o", 12, "__bi_97" },
		},
	};
	static const struct made_image new = {
		"new.map", BOARD, .lines = {
			{ ".bss", "a.o", 32, "state.0" }, { ".bss", "a.o", 6, "state.1" }, { ".bss", "a.o", 100, "state.2" },
			{ ".bss", "a.o", 4, "state.3" }, { ".bss", "a.o", 16, "n.0" }, { ".bss", "a.o", 16, "n.1" },
			{ ".data", "a.o", 12, "__bi_98" },
		},
	};

	compare(&old, &new);
	n_rows(DIFF_SYMBOLS, 2);
	row(DIFF_SYMBOLS, "state.0", NOT_KNOWN, 32, CHANGE_ADDED, NULL);
	row(DIFF_SYMBOLS, "n.0", 8, 16, CHANGE_GROWN, NULL);
}

UNIT_TEST_WITH(symbols_move_between_objects, begin, end)
{
	static const struct made_image old = {
		"old.map", BOARD, .lines = {
			{ ".text", "a.o", 100, "moves" }, { ".text", "a.o", 70, "moves_and_grows" }, { ".text", "a.o", 10, "stays" },
			{ ".text", "a.o", 33, "common" }, { ".text", "b.o", 34, "common" }, { ".text", "b.o", 8, "other" },
		},
	}, new = {
		"new.map", BOARD, .lines = {
			{ ".text", "a.o", 10, "stays" }, { ".text", "b.o", 100, "moves" },
			{ ".text", "b.o", 74, "moves_and_grows.constprop.0" }, { ".text", "b.o", 8, "other" },
			{ ".text", "c.o", 44, "common" }, { ".text", "d.o", 45, "common" },
		},
	};

	compare(&old, &new);
	row(DIFF_SYMBOLS, "moves", 100, 100, CHANGE_MOVED, NULL);
	assert_string_equal(find(DIFF_SYMBOLS, "moves")->place, "b.o");
	assert_string_equal(find(DIFF_SYMBOLS, "moves")->from_place, "a.o");
	row(DIFF_SYMBOLS, "moves_and_grows.constprop.0", 70, 74, CHANGE_MOVED, "moves_and_grows");
	n_rows(DIFF_SYMBOLS, 6); /* which "common" is which, nobody knows: two gone, two new */
	assert_u64_equal(diff.n_differences, 6 + diff.lists[DIFF_OBJECTS].n_rows + diff.lists[DIFF_COMPONENTS].n_rows +
						     diff.lists[DIFF_SECTIONS].n_rows +
						     diff.lists[DIFF_REGIONS].n_rows);
}

UNIT_TEST_WITH(symbols_are_renamed, begin, end)
{
	static const struct made_image old = {
		"old.map", BOARD, .lines = {
			{ ".text", "a.o", 100, "gc_collect_start" }, { ".text", "a.o", 70, "one_thing" },
			{ ".text", "a.o", 48, "table_a" }, { ".text", "a.o", 48, "table_b" },
		},
	}, new = {
		"new.map", BOARD, .lines = {
			{ ".text", "a.o", 100, "gc_collect_begin" }, { ".text", "a.o", 70, "quite_another" },
			{ ".text", "a.o", 48, "table_c" }, { ".text", "a.o", 48, "table_d" },
		},
	};

	compare(&old, &new);
	row(DIFF_SYMBOLS, "gc_collect_begin", 100, 100, CHANGE_RENAMED, "gc_collect_start");
	row(DIFF_SYMBOLS, "quite_another", NOT_KNOWN, 70, CHANGE_ADDED, NULL);
	row(DIFF_SYMBOLS, "one_thing", 70, NOT_KNOWN, CHANGE_REMOVED, NULL);
	row(DIFF_SYMBOLS, "table_c", NOT_KNOWN, 48, CHANGE_ADDED, NULL); /* of a or of b? */
	n_rows(DIFF_SYMBOLS, 7);
}

UNIT_TEST_WITH(symbols_of_one_name_pair_in_order, begin, end)
{
	static const struct made_image old = {
		"old.map", BOARD, .lines = {
			{ ".text", "a.o", 10, "buffer" }, { ".text", "a.o", 20, "buffer" }, { ".text", "a.o", 30, "buffer" },
		},
	}, new = {
		"new.map", BOARD, .lines = {
			{ ".text", "a.o", 10, "buffer" }, { ".text", "a.o", 24, "buffer" },
		},
	};

	compare(&old, &new);
	n_rows(DIFF_SYMBOLS, 2);
	assert_u64_equal(diff.lists[DIFF_SYMBOLS].rows[0].old_bytes, 30);
	assert_u64_equal(diff.lists[DIFF_SYMBOLS].rows[0].new_bytes, NOT_KNOWN);
	assert_u64_equal(diff.lists[DIFF_SYMBOLS].rows[1].old_bytes, 20);
	assert_u64_equal(diff.lists[DIFF_SYMBOLS].rows[1].new_bytes, 24);
}

/* ---- objects ---- */

UNIT_TEST_WITH(objects_move_between_archives, begin, end)
{
	static const struct made_image old = {
		"old.map", BOARD, .lines = {
			{ ".text", "build/libone.a(x.o)", 100, "x" }, { ".text", "build/libone.a(y.o)", 50, "y" },
			{ ".text", "build/loose.o", 30, "loose" }, { ".text", "build/libtwo.a(z.o)", 20, "z" },
		},
	}, new = {
		"new.map", BOARD, .lines = {
			{ ".text", "build/libtwo.a(x.o)", 104, "x" }, { ".text", "build/libone.a(y.o)", 50, "y" },
			{ ".text", "build/libtwo.a(loose.c.obj)", 30, "loose" }, { ".text", "build/libtwo.a(z.o)", 20, "z" },
		},
	};

	compare(&old, &new);
	row(DIFF_OBJECTS, "build/libtwo.a(x.o)", 100, 104, CHANGE_MOVED, "build/libone.a(x.o)");
	row(DIFF_OBJECTS, "build/libtwo.a(loose.c.obj)", 30, 30, CHANGE_MOVED, "build/loose.o");
	n_rows(DIFF_OBJECTS, 2);
	row(DIFF_SYMBOLS, "x", 100, 104, CHANGE_GROWN, NULL); /* its object moved, it did not leave it */
	n_rows(DIFF_SYMBOLS, 1);
	row(DIFF_ARCHIVES, "build/libone.a", 150, 50, CHANGE_SHRUNK, NULL);
	row(DIFF_ARCHIVES, "build/libtwo.a", 20, 154, CHANGE_GROWN, NULL);
}

UNIT_TEST_WITH(objects_move_between_folders, begin, end)
{
	static const struct made_image old = {
		"old.map", BOARD, .lines = {
			{ ".text", "build/py/x.o", 100, "x" }, { ".text", "build/py/y.o", 50, "y" },
			{ ".text", "build/extmod/z.o", 20, "z" }, { ".text", "build/py/first_name.o", 200, "n" },
		},
	}, new = {
		"new.map", BOARD, .lines = {
			{ ".text", "build/extmod/x.o", 100, "x" }, { ".text", "build/py/y.o", 50, "y" },
			{ ".text", "build/extmod/z.o", 20, "z" }, { ".text", "build/py/first_names.o", 200, "n" },
		},
	};

	compare(&old, &new);
	row(DIFF_OBJECTS, "build/extmod/x.o", 100, 100, CHANGE_MOVED, "build/py/x.o");
	row(DIFF_OBJECTS, "build/py/first_names.o", 200, 200, CHANGE_RENAMED, "build/py/first_name.o");
	n_rows(DIFF_OBJECTS, 2);
	n_rows(DIFF_SYMBOLS, 0);
}

/* ---- what is kept ---- */

UNIT_TEST_WITH(small_changes_are_left_out, begin, end)
{
	struct made_image other = plain;

	other.lines[0].size_bytes = 120;
	other.lines[1].size_bytes = 61;
	other.lines[2].symbol = "mp_obj_make";
	options.threshold_bytes = 20;
	compare(&plain, &other);
	n_rows(DIFF_SYMBOLS, 1);
	row(DIFF_SYMBOLS, "gc_alloc", 100, 120, CHANGE_GROWN, NULL);
	diff_deinit(&diff);
	options = (struct diff_options){ .threshold_percent = 10 };
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), 0);
	n_rows(DIFF_SYMBOLS, 1);
	n_rows(DIFF_REGIONS, 0); /* 21 of 232: 9 % */
	diff_deinit(&diff);
	options = (struct diff_options){ .filter = "gc_*" };
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), 0);
	assert_u64_equal(diff.n_differences, 2);
	diff_deinit(&diff);
	options = (struct diff_options){ .all = true, .tables = DIFF_BIT(DIFF_SYMBOLS) };
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), 0);
	n_rows(DIFF_SYMBOLS, 5);
	row(DIFF_SYMBOLS, "heap_state", 64, 64, CHANGE_SAME, NULL);
	assert_u64_equal(diff.n_differences, 3);
	diff_cut(&diff, DIFF_SYMBOLS, 2);
	n_rows(DIFF_SYMBOLS, 2);
	assert_true(diff.lists[DIFF_SYMBOLS].truncated);
	assert_u64_equal(diff.n_differences, 3);
}

/* A rule for CI: what shrank, and what is as large under another name, does not break it. */
UNIT_TEST_WITH(only_growth_is_kept, begin, end)
{
	struct made_image other = plain;

	other.lines[0].size_bytes = 120;
	other.lines[1].size_bytes = 30;
	other.lines[2].symbol = "mp_obj_make";
	other.lines[3].symbol = "another_type";
	other.lines[3].size_bytes = 48;
	options = (struct diff_options){ .grown = true, .all = true };
	compare(&plain, &other);
	row(DIFF_SYMBOLS, "gc_alloc", 100, 120, CHANGE_GROWN, NULL);
	row(DIFF_SYMBOLS, "another_type", NOT_KNOWN, 48, CHANGE_ADDED, NULL);
	n_rows(DIFF_SYMBOLS, 2);
	n_rows(DIFF_OBJECTS, 1); /* gc.o shrank by 10 */
	row(DIFF_OBJECTS, "build/py/obj.o", 72, 88, CHANGE_GROWN, NULL);
	assert_u64_equal(diff.n_totals, 2);
	assert_true(diff.totals[0].delta_bytes == 6);
	diff_deinit(&diff);
	assert_int_equal(diff_images(&diff, &new_image, &old_image, NULL, &options, &diag), 0);
	row(DIFF_OBJECTS, "build/py/gc.o", 150, 160, CHANGE_GROWN, NULL);
	n_rows(DIFF_OBJECTS, 1);
	n_rows(DIFF_REGIONS, 0);
	assert_true(diff.totals[0].delta_bytes == -6);
}

/* ---- by region ---- */

static const struct made_image in_both = {
	"in_both.map", BOARD, .lines = {
		{ ".text", "build/py/gc.o", 100, "gc_alloc" }, { ".text", "build/main.o", 60, "main" },
		{ ".data", "build/py/gc.o", 16, "gc_config" }, { ".bss", "build/main.o", 64, "buffer" },
	},
};

/* .data is copied from flash. */
static void load_data_from_flash(struct image *image, uint64_t stored_bytes)
{
	for (size_t i = 0; i < image->n_sections; i++)
		if (strcmp(image->sections[i].name, ".data") == 0) {
			image->sections[i].lma = 0x10001000;
			image->sections[i].stored_bytes = stored_bytes;
		}
	assert_int_equal(image_resolve(image, &diag), 0);
}

static void compare_region(const char *glob)
{
	diff_deinit(&diff);
	options.region = glob;
	if (diff_images(&diff, &old_image, &new_image, NULL, &options, &diag) < 0)
		fail_msg("%s", diag.text);
}

static int64_t delta_in(enum diff_table table, const char *name, const char *region)
{
	const struct diff_row *r = find(table, name);

	for (size_t i = 0; r && i < diff.n_regions; i++)
		if (strcmp(diff.regions[i], region) == 0)
			return r->by_region[i];
	fail_msg("no row %s, or no region %s", name, region);
	return 0;
}

UNIT_TEST_WITH(only_what_is_in_a_region_counts, begin, end)
{
	struct made_image other = in_both;

	other.lines[0].size_bytes = 90;   /* gc_alloc */
	other.lines[2].size_bytes = 20;   /* gc_config */
	other.lines[3].size_bytes = 4064; /* buffer */
	make_image(&in_both, &old_image);
	make_image(&other, &new_image);
	load_data_from_flash(&old_image, NOT_KNOWN);
	load_data_from_flash(&new_image, NOT_KNOWN);

	compare_region("FLASH");
	row(DIFF_OBJECTS, "build/py/gc.o", 116, 110, CHANGE_SHRUNK, NULL);
	n_rows(DIFF_OBJECTS, 1);
	row(DIFF_COMPONENTS, "py", 116, 110, CHANGE_SHRUNK, NULL);
	n_rows(DIFF_COMPONENTS, 1);
	row(DIFF_SYMBOLS, "gc_config", 16, 20, CHANGE_GROWN, NULL);
	n_rows(DIFF_SYMBOLS, 2);
	row(DIFF_SECTIONS, ".data", 16, 20, CHANGE_GROWN, NULL);
	n_rows(DIFF_SECTIONS, 2);
	n_rows(DIFF_REGIONS, 1);
	assert_false(diff.lists[DIFF_FROZEN].compared);
	assert_true(delta_in(DIFF_OBJECTS, "build/py/gc.o", "FLASH") == -6);
	assert_true(delta_in(DIFF_OBJECTS, "build/py/gc.o", "RAM") == 0); /* not asked for */
	assert_u64_equal(diff.n_totals, 2);                               /* the first line is of the whole */

	compare_region("RAM");
	row(DIFF_OBJECTS, "build/py/gc.o", 16, 20, CHANGE_GROWN, NULL);
	row(DIFF_OBJECTS, "build/main.o", 64, 4064, CHANGE_GROWN, NULL);
	n_rows(DIFF_SYMBOLS, 2);

	compare_region("*"); /* .data is in both, and counts once */
	row(DIFF_OBJECTS, "build/py/gc.o", 116, 110, CHANGE_SHRUNK, NULL);
	row(DIFF_OBJECTS, "build/main.o", 124, 4124, CHANGE_GROWN, NULL);
	assert_true(delta_in(DIFF_OBJECTS, "build/py/gc.o", "FLASH") == -6);
	assert_true(delta_in(DIFF_OBJECTS, "build/py/gc.o", "RAM") == 4);
	row(DIFF_SYMBOLS, "gc_config", 16, 20, CHANGE_GROWN, NULL);
}

/* What each object has of a compressed copy nobody knows. */
UNIT_TEST_WITH(of_a_compressed_copy_the_linker_has_all, begin, end)
{
	struct made_image other = in_both;

	other.lines[2].size_bytes = 20;
	make_image(&in_both, &old_image);
	make_image(&other, &new_image);
	load_data_from_flash(&old_image, 8);
	load_data_from_flash(&new_image, 9);
	compare_region("FLASH");
	row(DIFF_OBJECTS, "*linker*", 8, 9, CHANGE_GROWN, NULL);
}

UNIT_TEST_WITH(a_region_fits_by_either_of_its_names, begin, end)
{
	struct made_image renamed = in_both;

	renamed.regions[0].name = "APP";
	renamed.lines[0].size_bytes = 108;
	compare(&in_both, &renamed);
	compare_region("FLASH");
	row(DIFF_OBJECTS, "build/py/gc.o", 100, 108, CHANGE_GROWN, NULL);
	assert_true(delta_in(DIFF_OBJECTS, "build/py/gc.o", "APP") == 8);
	compare_region("APP");
	row(DIFF_OBJECTS, "build/py/gc.o", 100, 108, CHANGE_GROWN, NULL);
}

/* What is there, but was not in this region, is not new. */
UNIT_TEST_WITH(what_moves_into_a_region_grows_there, begin, end)
{
	struct made_image other = in_both;

	other.lines[1].section = ".data"; /* main, in RAM now */
	compare(&in_both, &other);
	compare_region("RAM");
	row(DIFF_SYMBOLS, "main", 0, 60, CHANGE_GROWN, NULL);
	compare_region("FLASH");
	row(DIFF_SYMBOLS, "main", 60, 0, CHANGE_SHRUNK, NULL);
	row(DIFF_OBJECTS, "build/main.o", 60, 0, CHANGE_SHRUNK, NULL);
}

UNIT_TEST_WITH(a_region_that_is_not_there_is_an_error, begin, end)
{
	static const struct made_image without = { "without.map", .flash = 1, .lines = { { ".text", "a.o", 8, "a" } } };

	make_image(&in_both, &old_image);
	make_image(&in_both, &new_image);
	options.region = "FLSH";
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), -EINVAL);
	assert_string_equal(diag.text, "no region named FLSH, neither here nor in in_both.map; its first one is FLASH");
	diff_deinit(&diff);
	image_deinit(&new_image);
	make_image(&without, &new_image);
	options.region = "FLASH";
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), -EINVAL);
	assert_string_equal(diag.at.file, "without.map");
}

/* ---- order ---- */

UNIT_TEST_WITH(largest_come_first, begin, end)
{
	struct made_image other = plain;

	other.lines[0].size_bytes = 90;  /* gc_alloc -10 */
	other.lines[1].size_bytes = 70;  /* gc_free +10 */
	other.lines[4].size_bytes = 128; /* heap_state +64 */
	compare(&plain, &other);
	assert_string_equal(diff.lists[DIFF_SYMBOLS].rows[0].name, "heap_state");
	assert_string_equal(diff.lists[DIFF_SYMBOLS].rows[1].name, "gc_alloc");
	assert_string_equal(diff.lists[DIFF_SYMBOLS].rows[2].name, "gc_free");
}

UNIT_TEST_WITH(reservations_are_no_objects, begin, end)
{
	struct made_image other = plain;

	other.lines[5] = (struct made_line){ ".heap", "crt0.o", 4096, "heap_room" };
	compare(&plain, &other);
	row(DIFF_SECTIONS, ".heap", NOT_KNOWN, 4096, CHANGE_ADDED, NULL);
	n_rows(DIFF_OBJECTS, 0);
	n_rows(DIFF_SYMBOLS, 0);
}

UNIT_TEST_WITH(frozen_modules_are_known_by_content, begin, end)
{
	static const struct image_frozen old[] = {
		{ .name = "asyncio/core", .size_bytes = 900 },
		{ .name = "app.py", .size_bytes = 300, .hashed = true, .sha256 = { 1 } },
		{ .name = "gone.py", .size_bytes = 100, .hashed = true, .sha256 = { 2 } },
		{ .name = "edited.py", .size_bytes = 80, .hashed = true, .sha256 = { 3 } },
	}, new[] = {
		{ .name = "asyncio/core.py", .size_bytes = 910, .hashed = true, .sha256 = { 4 } },
		{ .name = "main_app.py", .size_bytes = 300, .hashed = true, .sha256 = { 1 } },
		{ .name = "fresh.py", .size_bytes = 40, .hashed = true, .sha256 = { 5 } },
		{ .name = "edited.py", .size_bytes = 80, .hashed = true, .sha256 = { 6 } },
	};

	make_image(&plain, &old_image);
	make_image(&plain, &new_image);
	for (size_t i = 0; i < ARRAY_SIZE(old); i++) {
		*vec_add(&old_image, frozen) = old[i];
		*vec_add(&new_image, frozen) = new[i];
	}
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), 0);
	row(DIFF_FROZEN, "asyncio/core.py", 900, 910, CHANGE_GROWN, "asyncio/core");
	row(DIFF_FROZEN, "main_app.py", 300, 300, CHANGE_RENAMED, "app.py");
	row(DIFF_FROZEN, "gone.py", 100, NOT_KNOWN, CHANGE_REMOVED, NULL);
	row(DIFF_FROZEN, "fresh.py", NOT_KNOWN, 40, CHANGE_ADDED, NULL);
	n_rows(DIFF_FROZEN, 4);
	assert_string_equal(diff.notes[0], "Frozen module edited.py has other bytes, as many as before.");
}

/* ---- what cannot be compared ---- */

UNIT_TEST_WITH(frozen_modules_have_other_names_in_a_map, begin, end)
{
	static const struct image_frozen of_map[] = {
		{ .name = "asyncio_core", .size_bytes = 900 }, { .name = "asyncio___init__", .size_bytes = 60 },
	}, of_elf[] = {
		{ .name = "asyncio/core.py", .size_bytes = 920, .hashed = true, .sha256 = { 1 } },
		{ .name = "asyncio/__init__.py", .size_bytes = 60, .hashed = true, .sha256 = { 2 } },
		{ .name = "text.py", .size_bytes = 40, .source = true },        /* which a map does not tell */
	};

	make_image(&plain, &old_image);
	make_image(&plain, &new_image);
	for (size_t i = 0; i < ARRAY_SIZE(of_map); i++)
		*vec_add(&old_image, frozen) = of_map[i];
	for (size_t i = 0; i < ARRAY_SIZE(of_elf); i++)
		*vec_add(&new_image, frozen) = of_elf[i];
	*vec_add(&new_image, segments) = (struct image_segment){ 0 };
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), 0);
	n_rows(DIFF_FROZEN, 1);
	row(DIFF_FROZEN, "asyncio/core.py", 900, 920, CHANGE_GROWN, "asyncio_core");
	diff_deinit(&diff);
	assert_int_equal(diff_images(&diff, &new_image, &old_image, NULL, &options, &diag), 0);
	n_rows(DIFF_FROZEN, 1);
	diff_deinit(&diff);
	*vec_add(&old_image, segments) = (struct image_segment){ 0 }; /* two files of two ELFs */
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), 0);
	n_rows(DIFF_FROZEN, 5);
}

UNIT_TEST_WITH(a_map_and_an_elf_have_sections_and_symbols, begin, end)
{
	struct made_image elf = plain;

	elf.regions[0].name = NULL;
	elf.lines[0].object = elf.lines[1].object = "gc.c";
	elf.lines[0].size_bytes = 104;
	make_image(&plain, &old_image);
	make_image(&elf, &new_image);
	new_image.format = "elf";
	new_image.symbols[0].kind = 'f';
	old_image.symbols[1].estimated = true;
	new_image.symbols[1].size_bytes = 56;
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), 0);
	assert_false(diff.lists[DIFF_REGIONS].compared);
	assert_false(diff.lists[DIFF_OBJECTS].compared);
	assert_true(diff.lists[DIFF_SYMBOLS].compared);
	row(DIFF_SECTIONS, ".text", 200, 204, CHANGE_GROWN, NULL);
	row(DIFF_SYMBOLS, "gc_alloc", 100, 104, CHANGE_GROWN, NULL);
	n_rows(DIFF_SYMBOLS, 1); /* gc_free's size is a guess of the map */
	assert_u64_equal(diff.n_notes, 3);
}

/* A static variable that the map has no line for, an alias that has the bytes in one of them only, a function and what
 * is behind it in its section, two of one name: the same build. */
UNIT_TEST_WITH(what_only_one_of_a_map_and_an_elf_tells_is_no_difference, begin, end)
{
	struct made_image elf = plain;

	make_image(&plain, &old_image);
	make_image(&elf, &new_image);
	new_image.format = "elf";
	for (size_t i = 0; i < new_image.n_symbols; i++)
		new_image.symbols[i].kind = 'f';
	new_image.symbols[0].size_bytes -= 4;
	new_image.symbols[1].name = (struct image_slice){ "hidden", 6 };
	new_image.symbols[1].local = old_image.symbols[1].local = true;
	new_image.symbols[2].size_bytes = 0;
	new_image.symbols[3].name = new_image.symbols[0].name;
	new_image.symbols[3].local = true;
	assert_int_equal(diff_images(&diff, &new_image, &old_image, NULL, &options, &diag), 0);
	n_rows(DIFF_SYMBOLS, 1);
	row(DIFF_SYMBOLS, "mp_type_list", NOT_KNOWN, 32, CHANGE_ADDED, NULL);
}

UNIT_TEST_WITH(notes_are_whole, begin, end)
{
	static char name[2000];
	struct made_image elf = plain;

	memset(name, 'n', sizeof(name) - 1);
	elf.name = name;
	elf.regions[0].name = NULL;
	compare(&plain, &elf);
	assert_non_null(strstr(diff.notes[0], "n tells nothing of memory regions (gnu-ld): these are not compared."));
}

/* Sizes of objects in an ELF are what static symbols bring: the rest would be the linker's. */
UNIT_TEST_WITH(objects_of_elfs_are_not_compared, begin, end)
{
	struct made_image grown = plain;

	grown.lines[0].size_bytes = 104;
	make_image(&plain, &old_image);
	make_image(&grown, &new_image);
	old_image.format = new_image.format = "elf";
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), 0);
	assert_false(diff.lists[DIFF_OBJECTS].compared);
	assert_false(diff.lists[DIFF_COMPONENTS].compared);
	row(DIFF_SYMBOLS, "gc_alloc", 100, 104, CHANGE_GROWN, NULL);
	diff_deinit(&diff);
	options.tables = DIFF_BIT(DIFF_OBJECTS);
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), -EINVAL);
}

UNIT_TEST_WITH(nothing_in_common_is_an_error, begin, end)
{
	static const struct made_image regions = { "regions.txt", BOARD };
	struct made_image sections = plain;

	sections.regions[0].name = NULL;
	make_image(&regions, &old_image);
	make_image(&sections, &new_image);
	assert_int_equal(diff_images(&diff, &old_image, &new_image, NULL, &options, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "can be compared with regions.txt: that is gnu-ld"));
	diff_deinit(&diff);
	options.tables = DIFF_BIT(DIFF_REGIONS); /* nor what was asked for */
	assert_int_equal(diff_images(&diff, &new_image, &old_image, NULL, &options, &diag), -EINVAL);
}

/* ---- properties ---- */

static const char *const objects[] = { "b/a.o", "b/b.o", "b/lib.a(a.o)", "b/lib.a(c.o)",
				       "c/x.o", "c/a.o", "d/lib.a(c.o)" };
static const char *const symbols[] = { "f",   "f.constprop.0", "f.cold", "f.part.0", "g",
				       "g.1", "g.2",           "table",  "tables",   NULL };
static const char *const sections[] = { ".text", ".rodata", ".data", ".bss", ".irom" };

static void make_random(uint32_t *seed, struct made_image *ret)
{
	static const struct made_image board = { "random.map", BOARD };
	unsigned n_lines = next_random(seed) % ARRAY_SIZE(ret->lines), section = 0;

	*ret = board;
	for (unsigned i = 0; i < n_lines; i++) {
		if (next_random(seed) % 4 == 0 && section + 1 < ARRAY_SIZE(sections))
			section++;
		ret->lines[i] = (struct made_line){ sections[section], objects[next_random(seed) % ARRAY_SIZE(objects)],
						    4 + next_random(seed) % 3 * 40,
						    symbols[next_random(seed) % ARRAY_SIZE(symbols)] };
	}
}

static int64_t sum_of(const struct diff *of, enum diff_table table)
{
	int64_t sum = 0;

	for (size_t i = 0; i < of->lists[table].n_rows; i++)
		sum += of->lists[table].rows[i].delta_bytes;
	return sum;
}

static void assert_mirrored(const struct diff *there, const struct diff *back)
{
	for (unsigned t = 0; t < DIFF_POOLS; t++) {
		assert_u64_equal(there->lists[t].n_rows, back->lists[t].n_rows);
		assert_true(sum_of(there, (enum diff_table)t) == -sum_of(back, (enum diff_table)t));
		for (size_t i = 0; i < there->lists[t].n_rows; i++) {
			uint64_t delta = (uint64_t)llabs(there->lists[t].rows[i].delta_bytes);
			assert_u64_equal(delta, (uint64_t)llabs(back->lists[t].rows[i].delta_bytes));
		}
	}
}

UNIT_TEST_WITH(random_builds_keep_the_rules, begin, end)
{
	uint32_t seed = 20261120;

	for (int n = 0; n < 1500; n++) {
		struct made_image made[2];
		struct diff there = { 0 }, back = { 0 };
		make_random(&seed, &made[0]);
		make_random(&seed, &made[1]);
		make_image(&made[0], &old_image);
		make_image(&made[1], &new_image);
		assert_int_equal(diff_images(&diff, &old_image, &old_image, NULL, &options, &diag), 0);
		assert_u64_equal(diff.n_differences, 0);
		assert_int_equal(diff_images(&there, &old_image, &new_image, NULL, &options, &diag), 0);
		assert_int_equal(diff_images(&back, &new_image, &old_image, NULL, &options, &diag), 0);
		assert_mirrored(&there, &back);
		if (there.lists[DIFF_OBJECTS].compared) {
			assert_true(sum_of(&there, DIFF_OBJECTS) == sum_of(&there, DIFF_SECTIONS));
			assert_true(sum_of(&there, DIFF_COMPONENTS) == sum_of(&there, DIFF_SECTIONS));
		}
		diff_deinit(&there);
		diff_deinit(&back);
		diff_deinit(&diff);
		image_deinit(&old_image);
		image_deinit(&new_image);
	}
}
