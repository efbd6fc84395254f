/* What is seen at two addresses, and what regions have free. */
#include "memprof/layout/layout.h"

#include "unit.h"

static struct layout l;

UNIT_AFTER(end) { layout_deinit(&l); }

static void claim(const char *space, enum span_kind kind, const char *name, uint64_t start, uint64_t size_bytes)
{
	layout_claim(&l, &(struct layout_claim){ space, start, size_bytes, name, kind, NOT_KNOWN, NOT_KNOWN, name });
}

static void claim_region(const char *name, uint64_t start, uint64_t size_bytes, uint64_t used_bytes)
{
	layout_claim(&l, &(struct layout_claim){ "cpu", start, size_bytes, name, SPAN_REGION, used_bytes,
						 size_bytes - used_bytes, "a.map" });
}

static const struct layout_span *find(const char *space, const char *name)
{
	for (size_t i = 0; i < l.n_spans; i++)
		if (strcmp(l.spans[i].space, space) == 0 && strcmp(l.spans[i].name, name) == 0)
			return &l.spans[i];
	return NULL;
}

static void assert_at(const char *space, const char *name, uint64_t start, uint64_t size_bytes)
{
	const struct layout_span *span = find(space, name);

	assert_non_null(span);
	assert_u64_equal(span->start, start);
	assert_u64_equal(span->size_bytes, size_bytes);
}

/* 2 MiB at 0x10000000, of which the last 1408 KiB are the file system's. */
static void make_pico(uint64_t firmware_bytes)
{
	layout_map(&l, &(struct layout_mapping){ "cpu", "flash", 0x10000000, 0x200000, 0 });
	claim("flash", SPAN_MEMORY, "chip", 0, 0x200000);
	claim("flash", SPAN_FIRMWARE, "firmware", 0, firmware_bytes);
	claim("flash", SPAN_FILESYSTEM, "file system", 0xa0000, 0x160000);
	claim_region("FLASH", 0x10000000, 0x200000, firmware_bytes);
	claim("cpu", SPAN_SECTION, ".text", 0x10000000, firmware_bytes);
}

UNIT_TEST(a_file_system_is_no_gap_of_the_linkers_region)
{
	make_pico(0x50000);
	assert_int_equal(layout_resolve(&l), 0);
	assert_at("cpu", "file system", 0x100a0000, 0x160000);
	assert_string_equal(find("cpu", "file system")->from[0], "file system");
	assert_u64_equal(find("cpu", "FLASH")->used_bytes, 0x50000);
	assert_u64_equal(find("cpu", "FLASH")->free_bytes, 0x50000);
	assert_int_equal(l.n_conflicts, 0);
	size_t n_seen = 0;
	for (size_t i = 0; i < l.n_gaps; i++)
		if (strcmp(l.gaps[i].space, "cpu") == 0) {
			n_seen++;
			assert_u64_equal(l.gaps[i].start, 0x10050000);
			assert_u64_equal(l.gaps[i].size_bytes, 0x50000);
		}
	assert_int_equal(n_seen, 1);
}

/* At both addresses, but one conflict. */
UNIT_TEST(what_is_shown_is_not_in_conflict_again)
{
	make_pico(0xa0800);
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 1);
	assert_string_equal(l.conflicts[0].space, "flash");
	assert_u64_equal(find("cpu", "FLASH")->free_bytes, 0);
}

/* No firmware is known in the flash: then it is found where it is shown. */
UNIT_TEST(a_conflict_at_the_other_address_is_found)
{
	layout_map(&l, &(struct layout_mapping){ "cpu", "flash", 0x10000000, 0x200000, 0 });
	claim("flash", SPAN_FILESYSTEM, "file system", 0xa0000, 0x160000);
	claim_region("FLASH", 0x10000000, 0x200000, 0xa0800);
	claim("cpu", SPAN_SECTION, ".text", 0x10000000, 0xa0800);
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 1);
	assert_string_equal(l.conflicts[0].space, "cpu");
	assert_u64_equal(l.conflicts[0].size_bytes, 0x800);
}

/* Of a flash that is larger than the linker's region: no conflict of the two. Of a mapping: what lies in it. */
UNIT_TEST(what_is_shown_may_go_beyond_a_region)
{
	layout_map(&l, &(struct layout_mapping){ "cpu", "flash", 0x10000000, 0x300000, 0 });
	claim("flash", SPAN_MEMORY, "chip", 0, 0x400000);
	claim("flash", SPAN_FILESYSTEM, "file system", 0x100000, 0x300000);
	claim_region("FLASH", 0x10000000, 0x200000, 0x1000);
	assert_int_equal(layout_resolve(&l), 0);
	assert_at("cpu", "file system", 0x10100000, 0x200000);
	assert_u64_equal(find("cpu", "FLASH")->free_bytes, 0x100000 - 0x1000);
	assert_int_equal(l.n_conflicts, 0);
	assert_int_equal(l.n_notes, 1);
	assert_string_equal(
		l.notes[0],
		"region FLASH runs over the file system: the linker does not stop a firmware that grows into it");
}

/* A region across the start of what is shown is no conflict; what lies in the region is one: a ROM file system, one in
 * a part of the region, and a section within what is shown. */
UNIT_TEST(what_lies_in_a_region_may_overlap_what_is_shown)
{
	layout_map(&l, &(struct layout_mapping){ "cpu", "flash", 0x10000000, 0x200000, 0 });
	claim("flash", SPAN_FILESYSTEM, "file system", 0x90000, 0x60000);
	claim_region("ROMFS", 0x100b0000, 0x50000, 0);
	claim_region("PART", 0x100b0000, 0x48000, 0);
	claim("cpu", SPAN_FILESYSTEM, "rom", 0x100b0000, 0x48000);
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 1);
	assert_string_equal(l.conflicts[0].what, "the file system and file system rom overlap by 262144 B");
	assert_u64_equal(l.conflicts[0].start, 0x100b0000);
	layout_deinit(&l);

	layout_map(&l, &(struct layout_mapping){ "cpu", "flash", 0x10000000, 0x200000, 0 });
	claim("flash", SPAN_FILESYSTEM, "file system", 0x90000, 0x60000);
	claim_region("LATE", 0x100b0000, 0x50000, 0);
	claim("cpu", SPAN_SECTION, ".late", 0x100b0000, 0x100);
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 1);
	assert_string_equal(l.conflicts[0].what, "section .late lies in the file system");
}

UNIT_TEST(partitions_are_shown_but_not_the_firmwares)
{
	layout_map(&l, &(struct layout_mapping){ "cpu", "flash", 0x10000000, 0x200000, 0 });
	claim("flash", SPAN_PARTITION, "app", 0, 0x80000);
	claim("flash", SPAN_FIRMWARE, "firmware", 0, 0x40000);
	claim("flash", SPAN_PARTITION, "data", 0x80000, 0x80000);
	claim_region("FLASH", 0x10000000, 0x200000, 0x40000);
	assert_int_equal(layout_resolve(&l), 0);
	assert_at("cpu", "data", 0x10080000, 0x80000);
	assert_null(find("cpu", "app"));
	assert_null(find("cpu", "firmware"));
	assert_u64_equal(find("cpu", "FLASH")->free_bytes, 0x140000);
}

/* Where nothing could hold it there is no row; what is claimed at both addresses is one span. */
UNIT_TEST(nothing_is_shown_twice_or_nowhere)
{
	layout_map(&l, &(struct layout_mapping){ "cpu", "flash", 0x10000000, 0x200000, 0 });
	layout_map(&l, &(struct layout_mapping){ "cpu", "flash", 0x90000000, 0x200000, 0 });
	claim("flash", SPAN_FILESYSTEM, "file system", 0xa0000, 0x160000);
	claim_region("FLASH", 0x10000000, 0x200000, 0);
	claim("cpu", SPAN_FILESYSTEM, "storage", 0x100a0000, 0x160000);
	assert_int_equal(layout_resolve(&l), 0);
	assert_null(find("cpu", "file system"));
	assert_int_equal(l.n_spans, 3);
}

/* ESP32-C3: the heap behind .bss is no room for code at the other address of the same SRAM. */
UNIT_TEST(an_sram_with_two_addresses)
{
	layout_map(&l, &(struct layout_mapping){ "cpu", "cpu", 0x40380000, 0x4e710, 0x3fc80000 });
	claim_region("dram0_0_seg", 0x3fc80000, 0x4e710, 0xf000);
	claim_region("iram0_0_seg", 0x40380000, 0x4e710, 0xb000);
	claim("cpu", SPAN_RESERVED, ".dram0.dummy", 0x3fc80000, 0xb000);
	claim("cpu", SPAN_SECTION, ".iram0.text", 0x40380000, 0xb000);
	claim("cpu", SPAN_SECTION, ".dram0.bss", 0x3fc8b000, 0x4000);
	claim("cpu", SPAN_POOL, "heap", 0x3fc8f000, 0x3f710);
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 0);
	assert_int_equal(l.n_gaps, 0);
	assert_u64_equal(find("cpu", "iram0_0_seg")->free_bytes, 0);
	assert_u64_equal(find("cpu", "dram0_0_seg")->free_bytes, 0);
	size_t n_heaps = 0;
	for (size_t i = 0; i < l.n_spans; i++)
		n_heaps += l.spans[i].kind == SPAN_POOL;
	assert_int_equal(n_heaps, 2);
}

/* ---- figures ---- */

UNIT_TEST(a_region_of_regions_has_no_figures)
{
	claim_region("FLASH", 0x8000000, 0x80000, 0);
	claim_region("FLASH_ISR", 0x8000000, 0x4000, 0x3980);
	claim_region("FLASH_FS", 0x8004000, 0x10000, 0);
	claim_region("EMPTY", 0x20000000, 0x1000, 0);
	claim("cpu", SPAN_FILESYSTEM, "file system", 0x8004000, 0x10000);
	assert_int_equal(layout_resolve(&l), 0);
	assert_u64_equal(find("cpu", "FLASH")->used_bytes, NOT_KNOWN);
	assert_u64_equal(find("cpu", "FLASH")->free_bytes, NOT_KNOWN);
	assert_u64_equal(find("cpu", "FLASH_ISR")->free_bytes, 0x680);
	assert_u64_equal(find("cpu", "FLASH_FS")->free_bytes, 0);
	assert_u64_equal(find("cpu", "EMPTY")->free_bytes, 0x1000);
}

/* Heaps in heaps count once, and only behind what the linker uses. */
UNIT_TEST(rooms_are_not_free)
{
	claim_region("RAM", 0x20000000, 0x10000, 0x2800);
	claim("cpu", SPAN_HEAP, "GC heap", 0x20002000, 0xa000);
	claim("cpu", SPAN_HEAP, "gc.0", 0x20003000, 0x9000);
	claim("cpu", SPAN_STACK, "stack", 0x2000b000, 0x2000);    /* across the end of the heap */
	claim("cpu", SPAN_RESERVED, "guard", 0x2000ff00, 0x1000); /* and beyond that of the region */
	assert_int_equal(layout_resolve(&l), 0);
	assert_u64_equal(find("cpu", "RAM")->free_bytes, 0xff00 - 0xd000);
	assert_u64_equal(find("cpu", "RAM")->used_bytes, 0x2800);
}
