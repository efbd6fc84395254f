#include "memprof/image/partitions.h"
#include "memprof/layout/layout.h"
#include "unit.h"

static struct layout layout;

UNIT_BEFORE(set_up) { layout = (struct layout){ 0 }; }

UNIT_AFTER(tear_down) { layout_deinit(&layout); }

struct options {
	uint64_t bootloader_offset, flash_bytes;
};

/* The resolved layout as text: a line for each span, '-' for each gap. */
static void lay_out(const char *csv, struct options o, struct layout *l, struct strbuf *ret)
{
	struct partition_options options = { NOT_KNOWN, o.bootloader_offset, NOT_KNOWN };
	struct partition_table t;
	struct diag diag = { .text = "" };

	if (partition_table_read(&t, "p.csv", csv, strlen(csv), &options, &diag) != 0)
		fail_msg("%s", diag.text);
	*l = (struct layout){ 0 };
	if (o.flash_bytes != NOT_KNOWN)
		layout_flash(l, o.flash_bytes, "--flash-size");
	layout_partitions(l, &t, o.flash_bytes, true);
	partition_table_deinit(&t); /* the layout keeps nothing of it */
	assert_int_equal(layout_resolve(l), 0);
	for (size_t i = 0; i < l->n_rows; i++) {
		if (l->rows[i].span == LAYOUT_NONE) {
			const struct layout_gap *g = &l->gaps[l->rows[i].gap];
			strbuf_printf(ret, "- %llx +%llx\n", (unsigned long long)g->start,
				      (unsigned long long)g->size_bytes);
			continue;
		}
		const struct layout_span *s = &l->spans[l->rows[i].span];
		strbuf_printf(ret, "%s %s %llx +%llx %s\n", span_kind_name(s->kind), s->name,
			      (unsigned long long)s->start, (unsigned long long)s->size_bytes, s->from[0]);
	}
}

static const char micropython[] = "# Name\nnvs,data,nvs,0x9000,0x6000\nfactory,app,factory,0x10000,0x1F0000\n";

UNIT_TEST(rows_are_spans_with_their_lines)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	lay_out(micropython, (struct options){ 0x1000, 4 << 20 }, &layout, &s);
	assert_string_equal(strbuf_text(&s),
			    "memory flash 0 +400000 --flash-size\n"
			    "- 0 +1000\n"
			    "bootloader bootloader 1000 +7000 p.csv\n"
			    "table partition table 8000 +1000 p.csv\n"
			    "partition nvs 9000 +6000 p.csv:2\n"
			    "- f000 +1000\n"
			    "partition factory 10000 +1f0000 p.csv:3\n"
			    "filesystem vfs 200000 +200000 made at boot\n");
	assert_int_equal(layout.n_conflicts, 0);
	assert_int_equal(layout.n_notes, 1);
}

/* The table fills 2 MiB: without a size, and with that one, there is nothing to be seen of a file system. */
UNIT_TEST(a_file_system_without_room_is_reported)
{
	static const struct {
		uint64_t flash_bytes;
		const char *summary;
	} cases[] = {
		{ NOT_KNOWN,
		  "the size of the flash is not known, nor the room for MicroPython's file system behind the last"
		  " partition; --flash-size sets it" },
		{ 2 << 20, "a flash of 2.0 MiB has no room for MicroPython's file system" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		lay_out(micropython, (struct options){ 0x1000, cases[i].flash_bytes }, &layout, &s);
		assert_null(strstr(strbuf_text(&s), "vfs"));
		assert_int_equal(layout.n_notes, 1);
		assert_non_null(strstr(layout.notes[0], cases[i].summary));
		layout_deinit(&layout);
	}
}

UNIT_TEST(unknown_flash_is_reported)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	lay_out("a,app,factory,,1M\n,data,fat,,0\n", (struct options){ NOT_KNOWN, NOT_KNOWN }, &layout, &s);
	assert_string_equal(strbuf_text(&s),
			    "bootloader bootloader 0 +8000 p.csv\n"
			    "table partition table 8000 +1000 p.csv\n"
			    "- 9000 +7000\n"
			    "partition a 10000 +100000 p.csv:1\n"
			    "filesystem vfs 110000 +f0000 made at boot\n");
	assert_int_equal(layout.n_notes, 5);
	assert_non_null(strstr(layout.notes[0], "p.csv does not name its chip"));
	assert_non_null(strstr(layout.notes[2], "assumed to be 2.0 MiB"));
	assert_string_equal(layout.notes[3], "p.csv:2: the name is empty");
}

UNIT_TEST(a_table_beyond_the_flash_is_a_conflict)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	lay_out(micropython, (struct options){ 0, 1 << 20 }, &layout, &s);
	assert_int_equal(layout.n_conflicts, 1);
	assert_string_equal(layout.conflicts[0].what,
			    "partition factory extends 1048576 B beyond the end of memory"
			    " flash");
	assert_u64_equal(layout.conflicts[0].start, 1 << 20);
}

UNIT_TEST(rows_of_boot_loader_and_table_stand_for_them)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	lay_out("bl,bootloader,primary,,\npt,partition_table,primary,,\nvfs,app,factory,0x10000,0x1f0000\n",
		(struct options){ 0x2000, 2 << 20 }, &layout, &s);
	assert_string_equal(strbuf_text(&s),
			    "memory flash 0 +200000 --flash-size\n"
			    "- 0 +2000\n"
			    "bootloader bl 2000 +6000 p.csv:1\n"
			    "table pt 8000 +1000 p.csv:2\n"
			    "- 9000 +7000\n"
			    "partition vfs 10000 +1f0000 p.csv:3\n");
	assert_int_equal(layout.n_notes, 0);
}

/* As read from a dump: what the images in it take, and a boot loader that runs into the table. */
UNIT_TEST(what_a_dump_uses_is_claimed)
{
	struct partition rows[] = {
		{ .name = "app", .offset = 0x10000, .size_bytes = 0x10000, .line = 1, .used_bytes = 0x4000 },
		{ .name = "next", .offset = 0x20000, .size_bytes = 0x10000, .line = 2, .used_bytes = 0 },
		{ .name = "far", .offset = 0x30000, .size_bytes = 0x10000, .line = 3, .used_bytes = NOT_KNOWN },
	};
	struct partition_table t = { .name = "dump.bin",
				     .source = PARTITION_FROM_DUMP,
				     .table_offset = 0x8000,
				     .bootloader_offset = 0x1000,
				     .bootloader_bytes = 0x7010,
				     .flash_bytes = NOT_KNOWN,
				     .rows = rows,
				     .n_rows = ARRAY_SIZE(rows) };
	static const struct {
		const char *name;
		uint64_t used, left;
	} want[] = {
		{ "bootloader", 0x7000, 0 },     { "partition table", NOT_KNOWN, NOT_KNOWN },
		{ "app", 0x4000, 0xc000 },       { "next", 0, 0x10000 },
		{ "far", NOT_KNOWN, NOT_KNOWN },
	};

	layout_partitions(&layout, &t, 0x40000, true);
	assert_int_equal(layout_resolve(&layout), 0);
	assert_int_equal(layout.n_spans, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_string_equal(layout.spans[i].name, want[i].name);
		assert_u64_equal(layout.spans[i].used_bytes, want[i].used);
		assert_u64_equal(layout.spans[i].free_bytes, want[i].left);
	}
	assert_int_equal(layout.n_conflicts, 1);
	assert_string_equal(layout.conflicts[0].what, "the bootloader extends 16 B into the partition table");
}

/* As large as a flash: no need to guess. If somebody says otherwise, that is a conflict. */
UNIT_TEST(a_dump_of_all_flash_gives_its_size)
{
	struct partition rows[] = {
		{ .name = "app", .offset = 0x10000, .size_bytes = 0xf0000, .line = 1, .used_bytes = NOT_KNOWN },
	};
	struct partition_table t = { .name = "dump.bin",
				     .source = PARTITION_FROM_DUMP,
				     .table_offset = 0x8000,
				     .bootloader_offset = 0,
				     .bootloader_bytes = NOT_KNOWN,
				     .flash_bytes = 4 << 20,
				     .rows = rows,
				     .n_rows = 1 };

	layout_partitions(&layout, &t, NOT_KNOWN, true);
	assert_int_equal(layout_resolve(&layout), 0);
	assert_string_equal(layout.spans[0].name, "flash");
	assert_u64_equal(layout.spans[0].size_bytes, 4 << 20);
	assert_string_equal(layout.spans[layout.n_spans - 1].name, "vfs");
	assert_u64_equal(layout.spans[layout.n_spans - 1].size_bytes, 3 << 20);
	assert_int_equal(layout.n_notes, 1);
	assert_int_equal(layout.n_conflicts, 0);
	layout_deinit(&layout);
	layout_flash(&layout, 8 << 20, "--flash-size");
	layout_partitions(&layout, &t, 8 << 20, true);
	assert_int_equal(layout_resolve(&layout), 0);
	assert_true(layout.n_conflicts > 0);
	layout_deinit(&layout);
	layout_partitions(&layout, &t, NOT_KNOWN, false); /* no MicroPython, no file system behind its rows */
	assert_int_equal(layout_resolve(&layout), 0);
	for (size_t i = 0; i < layout.n_spans; i++)
		assert_string_not_equal(layout.spans[i].name, "vfs");
	assert_int_equal(layout.n_notes, 0);
}
