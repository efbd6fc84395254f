/* The table of spans: claims made one, the tree, gaps, conflicts; and what holds for any claims. */
#include "memprof/layout/layout.h"

#include "unit.h"

static struct layout l;

UNIT_BEFORE(set_up) { l = (struct layout){ 0 }; }

UNIT_AFTER(tear_down)
{
	layout_deinit(&l);
	layout_deinit(&l); /* it is safe twice */
}

/* One claim in a word: space and kind by position. */
static void claim(const char *space, enum span_kind kind, const char *name, uint64_t start, uint64_t size_bytes,
		  const char *from)
{
	layout_claim(&l, &(struct layout_claim){ space, start, size_bytes, name, kind, NOT_KNOWN, NOT_KNOWN, from });
}

static const struct layout_span *span_called(const char *name)
{
	for (size_t i = 0; i < l.n_spans; i++)
		if (strcmp(l.spans[i].name, name) == 0)
			return &l.spans[i];
	fail_msg("there is no span %s", name);
	return NULL;
}

static const char *parent_name(const char *name)
{
	const struct layout_span *span = span_called(name);

	return span->parent == LAYOUT_NONE ? "" : l.spans[span->parent].name;
}

UNIT_TEST(equal_claims_are_one_span)
{
	claim("flash", SPAN_PARTITION, "factory", 0x10000, 0x1f0000, "partitions.csv:4");
	claim("flash", SPAN_PARTITION, "factory", 0x10000, 0x1f0000, "flash.bin");
	claim("flash", SPAN_PARTITION, "factory", 0x10000, 0x1f0000, "flash.bin");
	layout_claim(&l, &(struct layout_claim){ "flash", 0x10000, 0x1f0000, NULL, SPAN_PARTITION, 100, 200, "a.map" });
	layout_claim(&l, &(struct layout_claim){ "flash", 0x10000, 0x1f0000, "", SPAN_PARTITION, 7, 8, "the board" });
	assert_int_equal(l.n_spans, 1);
	assert_int_equal(l.spans[0].n_from, 4);
	assert_string_equal(l.spans[0].from[0], "partitions.csv:4");
	assert_string_equal(l.spans[0].from[3], "the board");
	assert_u64_equal(l.spans[0].used_bytes, 100); /* what is known stays */
	assert_u64_equal(l.spans[0].free_bytes, 200);

	claim("flash", SPAN_PARTITION, "other", 0x10000, 0x1f0000, "x");  /* another name, */
	claim("flash", SPAN_FIRMWARE, "factory", 0x10000, 0x1f0000, "x"); /* kind, */
	claim("cpu", SPAN_PARTITION, "factory", 0x10000, 0x1f0000, "x");  /* or space */
	claim("flash", SPAN_PARTITION, "none", 0x10000, 0, "x");
	claim("flash", SPAN_PARTITION, "none", 0x10000, NOT_KNOWN, "x");
	assert_int_equal(l.n_spans, 4);

	claim("cpu", SPAN_MEMORY, "", 0, 64, "a"); /* a name may come later */
	claim("cpu", SPAN_MEMORY, "ITCM", 0, 64, "b");
	assert_int_equal(l.n_spans, 5);
	assert_string_equal(l.spans[4].name, "ITCM");
	for (int i = 0; i < 9; i++) {
		char from[2] = { (char)('a' + i), 0 };
		claim("cpu", SPAN_MEMORY, "ITCM", 0, 64, from);
	}
	assert_int_equal(l.spans[4].n_from, ARRAY_SIZE(l.spans[4].from));
	assert_int_equal(layout_resolve(&l), 0);
}

/* An ESP32 with 4 MiB, told in any order. */
UNIT_TEST(spans_lie_in_each_other_by_address)
{
	claim("cpu", SPAN_REGION, "dram0_0_seg", 0x3ffb0000, 0x2000, "a.map");
	claim("flash", SPAN_FIRMWARE, "micropython.bin", 0x10000, 0x180000, "a.map");
	claim("flash", SPAN_PARTITION, "vfs", 0x200000, 0x200000, "p.csv:5");
	claim("flash", SPAN_PARTITION, "factory", 0x10000, 0x1f0000, "p.csv:4");
	claim("flash", SPAN_FILESYSTEM, "/", 0x200000, 0x200000, "the board");
	claim("flash", SPAN_TABLE, "table", 0x8000, 0x1000, "p.csv");
	claim("flash", SPAN_MEMORY, "flash", 0, 0x400000, "--flash-size");
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 0);
	assert_string_equal(l.spaces[0].name, "flash");
	assert_string_equal(l.spans[l.spaces[0].first].name, "flash");
	assert_string_equal(parent_name("micropython.bin"), "factory");
	assert_string_equal(parent_name("/"), "vfs"); /* the same bounds: by kind */
	assert_string_equal(parent_name("table"), "flash");
	assert_int_equal(l.n_gaps, 3);
	assert_u64_equal(l.gaps[0].start, 0); /* to the table, */
	assert_u64_equal(l.gaps[0].size_bytes, 0x8000);
	assert_u64_equal(l.gaps[1].start, 0x9000);   /* from there to the app, */
	assert_u64_equal(l.gaps[2].start, 0x190000); /* and in its partition */
	assert_u64_equal(l.gaps[2].size_bytes, 0x70000);
	assert_string_equal(l.spans[l.gaps[2].in].name, "factory");

	static const char *const rows[] = { "flash",           "-", "table", "-", "factory",
					    "micropython.bin", "-", "vfs",   "/", "dram0_0_seg" };
	assert_int_equal(l.n_rows, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(l.rows[i].span == LAYOUT_NONE ? "-" : l.spans[l.rows[i].span].name, rows[i]);
}

static const struct {
	const char *what; /* NULL: nothing is wrong */
	struct {
		enum span_kind kind;
		const char *name;
		uint64_t start, size_bytes;
	} spans[3];
} conflicts[] = {
	{ NULL,
	  { { SPAN_REGION, "FLASH", 0, 100 },
	    { SPAN_REGION, "FLASH_ISR", 0, 20 },
	    { SPAN_REGION, "FLASH_TEXT", 20, 80 } } },
	{ NULL, { { SPAN_REGION, "FLASH_FS", 20, 80 }, { SPAN_FILESYSTEM, "/flash", 20, 80 } } },
	{ NULL, { { SPAN_SECTION, ".bss", 0, 100 }, { SPAN_HEAP, "gc_heap", 10, 80 }, { SPAN_HEAP, "gc.0", 12, 64 } } },
	{ "region FLASH and file system / overlap by 20 B",
	  { { SPAN_REGION, "FLASH", 0, 100 }, { SPAN_FILESYSTEM, "/", 80, 40 } } },
	{ "region FLASH_TEXT lies in file system /",
	  { { SPAN_FILESYSTEM, "/", 0, 100 }, { SPAN_REGION, "FLASH_TEXT", 20, 10 } } },
	{ "firmware app and file system / overlap by 1 B",
	  { { SPAN_MEMORY, "flash", 0, 100 }, { SPAN_FIRMWARE, "app", 0, 51 }, { SPAN_FILESYSTEM, "/", 50, 50 } } },
	{ "partition b lies in partition a", { { SPAN_PARTITION, "a", 0, 100 }, { SPAN_PARTITION, "b", 50, 50 } } },
	{ "partition vfs lies beyond the end of memory flash",
	  { { SPAN_MEMORY, "flash", 0, 100 }, { SPAN_PARTITION, "vfs", 100, 50 } } },
	{ "partition vfs extends 49 B beyond the end of memory flash",
	  { { SPAN_MEMORY, "flash", 0, 100 }, { SPAN_PARTITION, "vfs", 99, 50 } } },
	/* banks that follow each other are one room */
	{ NULL,
	  { { SPAN_MEMORY, "SRAM1", 0, 100 }, { SPAN_MEMORY, "SRAM2", 100, 100 }, { SPAN_REGION, "RAM", 50, 100 } } },
	{ NULL,
	  { { SPAN_MEMORY, "SRAM1", 0, 100 }, { SPAN_MEMORY, "SRAM2", 100, 100 }, { SPAN_REGION, "RAM", 0, 200 } } },
	{ NULL,
	  { { SPAN_MEMORY, "SRAM1", 0, 100 }, { SPAN_MEMORY, "SRAM2", 100, 100 }, { SPAN_REGION, "RAM", 50, 150 } } },
	{ "region RAM extends 50 B beyond the end of memory SRAM2",
	  { { SPAN_MEMORY, "SRAM1", 0, 100 }, { SPAN_MEMORY, "SRAM2", 100, 100 }, { SPAN_REGION, "RAM", 50, 200 } } },
	{ "region RAM extends 200 B beyond the end of memory SRAM1",
	  { { SPAN_MEMORY, "SRAM1", 0, 100 }, { SPAN_MEMORY, "SRAM2", 101, 100 }, { SPAN_REGION, "RAM", 0, 300 } } },
	{ "region RAM begins 20 B before memory SRAM1",
	  { { SPAN_MEMORY, "SRAM1", 20, 100 }, { SPAN_REGION, "RAM", 0, 60 } } },
	{ "memory SRAM1 and memory SRAM2 overlap by 1 B",
	  { { SPAN_MEMORY, "SRAM1", 0, 100 }, { SPAN_MEMORY, "SRAM2", 99, 100 } } },
	{ "a section lies in partition table t", { { SPAN_TABLE, "t", 0, 100 }, { SPAN_SECTION, "", 99, 1 } } },
	{ "section .bss extends beyond the last address", { { SPAN_SECTION, ".bss", UINT64_MAX - 9, 11 } } },
	{ NULL, { { SPAN_SECTION, ".bss", UINT64_MAX - 9, 10 } } },
};

UNIT_TEST(conflicts_are_reported)
{
	for (size_t i = 0; i < ARRAY_SIZE(conflicts); i++) {
		l = (struct layout){ 0 };
		for (size_t k = 0; k < ARRAY_SIZE(conflicts[i].spans) && conflicts[i].spans[k].size_bytes; k++)
			claim("flash", conflicts[i].spans[k].kind, conflicts[i].spans[k].name,
			      conflicts[i].spans[k].start, conflicts[i].spans[k].size_bytes, NULL);
		assert_int_equal(layout_resolve(&l), 0);
		assert_int_equal(l.n_conflicts, conflicts[i].what != NULL);
		if (conflicts[i].what)
			assert_string_equal(l.conflicts[0].what, conflicts[i].what);
		layout_deinit(&l);
	}
}

/* As iram0_0_seg of an ESP32-S3: it begins in SRAM0, and goes on where SRAM1 is seen. */
UNIT_TEST(a_region_that_goes_on_in_what_is_mapped)
{
	for (uint64_t region_bytes = 0x6c000; region_bytes <= 0x6c004; region_bytes += 4) {
		l = (struct layout){ 0 };
		claim("cpu", SPAN_MEMORY, "SRAM0", 0x40370000, 0x8000, "board");
		claim("cpu", SPAN_MEMORY, "SRAM1", 0x3fc88000, 0x68000, "board");
		claim("cpu", SPAN_REGION, "iram0_0_seg", 0x40374000, region_bytes, "map");
		layout_map(&l, &(struct layout_mapping){ "cpu", "cpu", 0x40378000, 0x68000, 0x3fc88000 });
		assert_int_equal(layout_resolve(&l), 0);
		assert_int_equal(l.n_conflicts, region_bytes > 0x6c000);
		layout_deinit(&l);
	}
}

UNIT_TEST(an_app_larger_than_its_partition)
{
	claim("flash", SPAN_MEMORY, "flash", 0, 0x400000, NULL);
	claim("flash", SPAN_PARTITION, "factory", 0x10000, 0x100000, NULL);
	claim("flash", SPAN_PARTITION, "vfs", 0x110000, 0x100000, NULL);
	claim("flash", SPAN_FIRMWARE, "app", 0x10000, 0x100010, NULL);
	assert_int_equal(layout_resolve(&l), 0);
	assert_string_equal(parent_name("app"), "flash");
	assert_string_equal(l.conflicts[0].what, "partition factory lies in firmware app");
	assert_string_equal(l.conflicts[1].what, "firmware app and partition vfs overlap by 16 B");
	assert_int_equal(l.n_conflicts, 2);
}

UNIT_TEST(only_what_is_a_chip_has_gaps_outside_of_all)
{
	claim("cpu", SPAN_REGION, "FLASH", 0x10000000, 64, NULL);
	claim("cpu", SPAN_REGION, "RAM", 0x20000000, 64, NULL);
	claim("flash", SPAN_PARTITION, "a", 16, 64, NULL);
	claim("flash", SPAN_PARTITION, "b", 96, 64, NULL);
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_gaps, 2);
	assert_u64_equal(l.gaps[0].start, 0);
	assert_u64_equal(l.gaps[1].start, 80);
	assert_u64_equal(l.gaps[1].size_bytes, 16);
	assert_int_equal(l.gaps[1].in, LAYOUT_NONE);
}

UNIT_TEST(mappings_conflicts_and_notes_are_kept)
{
	struct layout_mapping m = { "cpu", "flash", 0x10000000, 0x200000, 0 };
	char name[] = "vfs";

	layout_map(&l, &m);
	layout_map(&l, &m);
	m.size_bytes = 0;
	layout_map(&l, &m);
	assert_int_equal(l.n_mappings, 1);
	layout_conflict(&l, &(struct layout_range){ "flash", 0, 0 }, name, NULL, "%s", name);
	name[0] = 'x'; /* texts are copied */
	assert_string_equal(l.conflicts[0].what, "vfs");
	assert_string_equal(l.conflicts[0].between[0], "vfs");
	assert_null(l.conflicts[0].between[1]);
	layout_note(&l, "%d of %s", 3, "x");
	assert_string_equal(l.notes[0], "3 of x");
	assert_int_equal(layout_resolve(&l), 0);
}

UNIT_TEST(nothing_is_a_layout_too)
{
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_rows + l.n_gaps + l.n_conflicts, 0);
}

/* ---- whatever is claimed ---- */

static void check_children(uint32_t first, uint32_t parent, uint32_t depth, size_t *n_seen)
{
	uint64_t before = 0;

	assert_true(depth < LAYOUT_DEPTH_MAX);
	for (uint32_t i = first; i != LAYOUT_NONE; i = l.spans[i].next) {
		assert_true(i < l.n_spans && ++*n_seen <= l.n_spans);
		const struct layout_span *span = &l.spans[i];
		assert_int_equal(span->parent, parent);
		assert_int_equal(span->depth, depth);
		assert_true(span->start >= before && layout_last(span) >= span->start);
		before = span->start;
		if (parent != LAYOUT_NONE)
			assert_true(span->start >= l.spans[parent].start &&
				    layout_last(span) <= layout_last(&l.spans[parent]));
		if (span->first_child != LAYOUT_NONE)
			check_children(span->first_child, i, depth + 1, n_seen);
	}
}

/* By one that lies in it, or across its end. */
static bool covered(uint32_t parent, uint64_t at)
{
	const struct layout_span *outer = &l.spans[parent];

	for (uint32_t i = parent + 1; i < l.n_spans && l.spans[i].i_space == outer->i_space; i++)
		if (at >= l.spans[i].start && at <= layout_last(&l.spans[i]))
			return true;
	return false;
}

static bool shared_out(uint32_t i)
{
	for (; i != LAYOUT_NONE; i = l.spans[i].parent)
		if (l.spans[i].kind > SPAN_REGION && l.spans[i].kind != SPAN_PARTITION)
			return false;
	return true;
}

/* Each byte of what shows gaps lies in a span behind it in the table, or in a gap of it, never in both. */
static void check_cover(uint32_t parent)
{
	const struct layout_span *span = &l.spans[parent];

	for (uint64_t n = 0; n < span->size_bytes; n++) {
		int n_gaps = 0;
		for (size_t g = 0; g < l.n_gaps; g++)
			n_gaps += l.gaps[g].in == parent && span->start + n - l.gaps[g].start < l.gaps[g].size_bytes;
		assert_int_equal(n_gaps + covered(parent, span->start + n), 1);
	}
}

static void check_rows(void)
{
	uint64_t before = 0;

	assert_int_equal(l.n_rows, l.n_spans + l.n_gaps);
	for (size_t i = 0; i < l.n_rows; i++) {
		const struct layout_row *row = &l.rows[i];
		bool gap = row->span == LAYOUT_NONE;
		uint64_t start = gap ? l.gaps[row->gap].start : l.spans[row->span].start;
		const char *space = gap ? l.gaps[row->gap].space : l.spans[row->span].space;
		assert_true(gap != (row->gap == LAYOUT_NONE));
		assert_ptr_equal(space, l.spaces[row->i_space].name);
		assert_true(i == 0 || row->i_space != l.rows[i - 1].i_space || start >= before);
		before = start;
	}
}

UNIT_TEST(any_claims_make_a_tree)
{
	static const uint64_t bases[] = { 0, 0x10000000, UINT64_MAX - 150 };
	uint32_t random = 2463534242u;

	for (int round = 0; round < 3000; round++) {
		l = (struct layout){ 0 };
		uint32_t n = next_random(&random) % 24, extent = 4 + next_random(&random) % 200;
		uint64_t base = bases[next_random(&random) % ARRAY_SIZE(bases)];
		for (uint32_t i = 0; i < n; i++) {
			char name[8];
			snprintf(name, sizeof(name), "%c", (char)('a' + next_random(&random) % 12));
			claim(next_random(&random) % 3 ? "flash" : "cpu",
			      (enum span_kind)(next_random(&random) % N_SPAN_KINDS),
			      next_random(&random) % 9 ? name : NULL, base + next_random(&random) % extent,
			      next_random(&random) % extent, "random");
		}
		assert_int_equal(layout_resolve(&l), 0);
		size_t n_seen = 0;
		for (size_t i = 0; i < l.n_spaces; i++)
			if (l.spaces[i].first != LAYOUT_NONE)
				check_children(l.spaces[i].first, LAYOUT_NONE, 0, &n_seen);
		assert_int_equal(n_seen, l.n_spans);
		for (uint32_t i = 0; i < l.n_spans; i++)
			if (l.spans[i].first_child != LAYOUT_NONE && shared_out(i))
				check_cover(i);
		check_rows();
		layout_deinit(&l);
	}
}

/* Two spans that lie across each other are never passed over: counted by trying all pairs. */
UNIT_TEST(every_span_across_another_is_found)
{
	uint32_t random = 77;

	for (int round = 0; round < 3000; round++) {
		l = (struct layout){ 0 };
		bool across = false;
		for (uint32_t i = 0; i < 6; i++)
			claim("flash", SPAN_REGION, "", next_random(&random) % 40, 1 + next_random(&random) % 20, NULL);
		for (size_t i = 0; i < l.n_spans; i++)
			for (size_t k = 0; k < l.n_spans; k++)
				across |= l.spans[i].start < l.spans[k].start &&
					  layout_last(&l.spans[i]) >= l.spans[k].start &&
					  layout_last(&l.spans[i]) < layout_last(&l.spans[k]);
		assert_int_equal(layout_resolve(&l), 0);
		assert_int_equal(l.n_conflicts > 0, across);
		layout_deinit(&l);
	}
}

/* As deep as a linker script can be made: 20,000 spans, each in the one before. */
UNIT_TEST(what_lies_too_deep_stands_beside)
{
	size_t n_seen = 0;

	for (uint64_t i = 0; i < 20000; i++)
		claim("cpu", SPAN_REGION, "", i, 100000 - 2 * i, NULL);
	assert_int_equal(layout_resolve(&l), 0);
	check_children(l.spaces[0].first, LAYOUT_NONE, 0, &n_seen);
	assert_int_equal(n_seen, 20000);
	assert_int_equal(l.n_conflicts, 0);
}
