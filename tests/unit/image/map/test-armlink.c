#include "image-fixture.h"

UNIT_TEST(regions_and_sections)
{
	read_sample(&image_armlink, "images/armlink-6.map");
	assert_int_equal(image.n_notes, 0); /* rows and totals agree */
	assert_int_equal(image.n_regions, 3);
	assert_u64_equal(image_find_region(&image, "LR_IROM1")->length_bytes, 0x10000);
	assert_u64_equal(image_find_region(&image, "LR_IROM1")->used_bytes, 397); /* its total of ROM */
	assert_u64_equal(find_section("ER_IROM1", 0x8000000)->size_bytes, 0x17c);
	const struct image_section *data = find_section("RW_IRAM1", 0x20000000);
	const struct image_section *zeroes = find_section("RW_IRAM1", 0x20000011);
	assert_u64_equal(data->size_bytes, 17);
	assert_u64_equal(data->lma, 0x800017c);
	assert_false(data->nobits);
	assert_u64_equal(zeroes->size_bytes, 0x1e0 - 17);
	assert_true(zeroes->nobits);
	assert_true(find_section("ARM_LIB_HEAP", 0x200001e0)->reserved);
	assert_u64_equal(bytes_of("mc_p.l", "memcpya.o"), 36);
	assert_u64_equal(bytes_of("startup.o", NULL), 0xc0 + 0xe + 0x100);
	assert_u64_equal(image.objects[OBJECT_FILL].size_bytes, 2 + 2 + 3 + 7);
	assert_u64_equal(image.objects[OBJECT_LINKER].size_bytes, 36);
}

UNIT_TEST(symbols)
{
	uint64_t value;

	read_sample(&image_armlink, "images/armlink-6.map");
	const struct image_symbol *main_symbol = find_symbol("main", 0x80000d0);
	assert_u64_equal(main_symbol->size_bytes, 46);
	assert_string_equal(image.objects[main_symbol->object].path, "main.o");
	assert_string_equal(image.sections[main_symbol->section].name, "ER_IROM1");
	const struct image_symbol *ring = find_symbol("ring", 0x20000018);
	assert_string_equal(image.objects[ring->object].path, "ring.o");
	assert_true(image.sections[ring->section].nobits);
	assert_true(image_value(&image, "Region$$Table$$Base", &value));
	assert_u64_equal(value, 0x800015c);
	assert_null(find_symbol("..\\my src\\main.c", 0));
}

/* Arm Compiler 5: no load addresses, a copy that is compressed, regions without a limit, CRLF. */
UNIT_TEST(compressed_copies)
{
	read_sample(&image_armlink, "images/armlink-5.map");
	assert_int_equal(image.n_notes, 0);
	const struct image_section *rw = find_section("ER_RW", 0x20000000);
	assert_u64_equal(rw->size_bytes, 400);
	assert_u64_equal(rw->lma, 0x70);
	assert_u64_equal(image_section_load_bytes(rw), 0x24);
	const struct image_region *rom = image_find_region(&image, "LR_1");
	assert_u64_equal(rom->length_bytes, NOT_KNOWN);
	assert_u64_equal(rom->used_bytes, 112 + 36 + 24);
	assert_u64_equal(image_find_region(&image, "ER_RW")->used_bytes, 400);
	assert_u64_equal(image_find_region(&image, "ER_ZI")->used_bytes, 256);
	assert_int_equal(image_find_region(&image, "ER_MIX")->inside, IMAGE_NONE);
	/* Zeroes before data are stored with them. */
	assert_false(find_section("ER_MIX", 0x10000000)->nobits);
	assert_u64_equal(find_section("ER_MIX", 0x10000000)->lma, 0x94);
}

#define HEAD                                                                                 \
	"Component: ARM Compiler 5.06 Tool: armlink [4d3601]\n\nMemory Map of the image\n\n" \
	"  Load Region LR (Base: 0x08000000, Size: 0x10, Max: 0x10000, ABSOLUTE)\n\n"
#define COLUMNS "    Base Addr    Size         Type   Attr      Idx    E Section Name        Object\n\n"

UNIT_TEST(rows_that_do_not_add_up)
{
	read_text(&image_armlink,
		  HEAD "    Execution Region ER (Base: 0x08000000, Size: 0x00000010, Max: 0x10000)\n\n" COLUMNS
		       "    0x08000000   0x00000008   Code   RO            1    .text               a b.o\n=====\n"
		       "    Total ROM Size (Code + RO Data + RW Data)     99 (   0.10kB)\n");
	assert_accounts();
	assert_int_equal(image.n_notes, 2);
	assert_non_null(strstr(image.notes[0], "the rows of ER add up to 8 bytes, not to its size of 16"));
	assert_non_null(strstr(image.notes[1], "Total ROM Size is 99"));
	assert_u64_equal(bytes_of("a b.o", NULL), 8);
}

UNIT_TEST(bad_maps)
{
	refuse_text(HEAD "    Execution Region ER (Base: 0xffffffffffffff00, Size: 0x100, Max: 0x10000)\n=====\n", 7,
		    "does not fit");
	refuse_text(HEAD "    Execution Region ER (Base: 0x10000000000000000, Size: 0x100)\n=====\n", 7,
		    "expected the base");
	refuse_text(HEAD "    Execution Region ER (Base: 0x08000000, Size: 0x00000010, Max: 0x10000)\n", 7,
		    "the map is truncated");
	refuse_text("Component: ARM Compiler 5.06 Tool: armlink [4d3601]\n\nImage component sizes\n", 3, "--map");
}

UNIT_TEST(cut_and_damaged_maps)
{
	assert_cuts("images/armlink-6.map");
	image_tear_down();
	assert_cuts("images/armlink-5.map");
	image_tear_down();
	assert_withstands_damage("images/armlink-6.map");
	image_tear_down();
	assert_withstands_damage("images/armlink-5.map");
}

UNIT_TEST(keil_5)
{
	read_shared("static/maps/armlink/camera-ac5.map", &map_file);
	read_bytes(&image_armlink, &map_file);
	assert_int_equal(image.n_notes, 0);
	assert_u64_equal(image_find_region(&image, "LR_IROM1")->used_bytes, 0x5874);
	assert_u64_equal(image.n_discarded, 280); /* "unused section(s)" */
	assert_u64_equal(image.discarded_bytes, 12186);
	assert_u64_equal(image_find_region(&image, "RW_IRAM1")->used_bytes, 59784);
	assert_u64_equal(image_section_load_bytes(find_section("RW_IRAM1", 0x20000000)), 0x94);
	assert_u64_equal(bytes_of("mc_w.l", "printfa.o"), 2226); /* as "Image component sizes" says */
}

UNIT_TEST(keil_6)
{
	read_shared("static/maps/armlink/py32f003.map", &map_file);
	read_bytes(&image_armlink, &map_file);
	assert_int_equal(image.n_notes, 0);
	assert_u64_equal(image_find_region(&image, "RW_IRAM1")->used_bytes, 1832);
	assert_u64_equal(bytes_of("main.o", NULL), 1786 + 236 + 4 + 260); /* code, RO, RW and ZI there */
}
