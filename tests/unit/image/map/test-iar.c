#include "image-fixture.h"

UNIT_TEST(placement)
{
	read_sample(&image_iar, "images/iar-6.map");
	assert_int_equal(image.n_notes, 0); /* the last lines agree with it */
	assert_int_equal(image.n_regions, 2);
	assert_u64_equal(image_find_region(&image, "P1")->length_bytes, 0x10000);
	assert_u64_equal(image_find_region(&image, "P1")->used_bytes, 0x640);
	assert_u64_equal(find_section("A1", 0x8000000)->size_bytes, 0x40);
	assert_u64_equal(find_section("P1", 0x8000040)->size_bytes, 0x600);
	/* Copied from "Initializer bytes", which are counted where they are. */
	assert_true(find_section("P2, part 1 of 3", 0x20000000)->nobits);
	assert_u64_equal(find_section("P2, part 2 of 3", 0x20000058)->size_bytes, 0xfd);
	assert_u64_equal(bytes_of("C:\\my work\\Debug\\Obj\\main.o", NULL), 0x4ba + 0x20 + 0x18 + 9);
	assert_u64_equal(bytes_of("C:\\my work\\Debug\\Obj\\ring.o", NULL), 0x40 + 0xf0);
	assert_u64_equal(bytes_of("rt7M_tl.a", "ABImemset.o"), 0x66);
	assert_u64_equal(image.objects[OBJECT_LINKER].size_bytes, 0x24 + 0x58);
}

UNIT_TEST(stack_and_heap_are_reserved)
{
	read_sample(&image_iar, "images/iar-6.map");
	assert_true(find_section("CSTACK", 0x20000160)->reserved);
	assert_true(find_section("HEAP", 0x20000560)->reserved);
	assert_u64_equal(image_find_region(&image, "P2")->reserved_bytes, 0x600);
}

UNIT_TEST(entries)
{
	uint64_t value;

	read_sample(&image_iar, "images/iar-6.map");
	assert_int_equal(image.n_symbols, 4);
	assert_u64_equal(find_symbol("main", 0x8000040)->size_bytes, 0x4ba);
	assert_u64_equal(find_symbol("a_symbol_with_a_long_name", 0x80004fc)->size_bytes, 0x40);
	assert_u64_equal(find_symbol("odd_byte", 0x20000041)->size_bytes, 1);
	const struct image_symbol *memset_symbol = find_symbol("memset", 0x800053c);
	assert_string_equal(image.objects[memset_symbol->object].member, "ABImemset.o");
	assert_string_equal(image.sections[memset_symbol->section].name, "P1");
	assert_true(image_value(&image, "CSTACK$$Limit", &value));
	assert_u64_equal(value, 0x20000560);
}

UNIT_TEST(apostrophes)
{
	read_sample(&image_iar, "images/iar-9.map");
	assert_int_equal(image.n_notes, 0);
	assert_u64_equal(image_find_region(&image, "P2")->length_bytes, 0x1000);
	assert_u64_equal(find_section("P1", 0x8000040)->size_bytes, 0x10c0);
	assert_u64_equal(bytes_of("/home/dev/app/Obj/main.o", NULL), 0x1000 + 0xc0 + 0x100);
	assert_u64_equal(find_symbol("main", 0x8000040)->size_bytes, 0x1000);
}

#define HEAD  "# IAR ELF Linker V9 #\n\n*** PLACEMENT SUMMARY\n***\n\n"
#define BLOCK "\"P1\":                 0x100\n"

UNIT_TEST(totals_that_differ)
{
	read_text(
		&image_iar, HEAD BLOCK
		"  .text  ro code  0x08000000  0x100  a.o [9]\n\n***\n*** X\n***\n"
		"  1 000 bytes of readonly  code memory (+ 24 absolute)\n  2'000 bytes of readwrite data memory\nErrors: none\n");
	assert_accounts();
	assert_int_equal(image.n_notes, 2);
	assert_non_null(strstr(image.notes[0], "1024 bytes of readonly memory in the totals, 256 in"));
	assert_non_null(strstr(image.notes[1], "2000 bytes of readwrite"));
	assert_u64_equal(bytes_of("a.o [9]", NULL), 0x100); /* no legend tells what 9 is */
}

/* EWARM 9.50 and later. */
UNIT_TEST(a_column_with_the_alignment)
{
	read_text(&image_iar, HEAD BLOCK
		  "  .text  ro code  0x800'0000      4  0xd0  a.o [9]\n"
		  "  .rodata  const  0x800'00d0         0x2c  a.o [9]\n"
		  "  .text  ro code  0x800'00fc  4096  0x4  a.o [9]\n*** X\nErrors: none\n");
	assert_accounts();
	assert_u64_equal(bytes_of("a.o [9]", NULL), 0x100);
}

UNIT_TEST(bad_maps)
{
	refuse_text(HEAD BLOCK "  .text  ro code  0xffffffffffffff00  0x100  a.o [1]\n", 7, "does not fit");
	refuse_text(HEAD BLOCK "  .text  ro code  0x08000000  0x100  a.o [1]\n", 7, "before its totals");
	refuse_text("# IAR ELF Linker V9 #\n", 1, "before its placement summary");
	read_text(&image_iar, HEAD BLOCK "  .text  ro code  0x10000000000000000  0x1  a.o\n*** X\nErrors: none\n");
	assert_int_equal(image.n_sections, 0);
}

UNIT_TEST(cut_and_damaged_maps)
{
	assert_cuts("images/iar-6.map");
	image_tear_down();
	assert_cuts("images/iar-9.map");
	image_tear_down();
	assert_withstands_damage("images/iar-6.map");
}

UNIT_TEST(lego)
{
	read_shared("static/maps/iar/lego-ewarm.map", &map_file);
	read_bytes(&image_iar, &map_file);
	assert_int_equal(image.n_notes, 0);
	assert_u64_equal(image_find_region(&image, "P1")->used_bytes, 16448 + 288);
	assert_u64_equal(bytes_of("dl7M_tlf.a", "xfiles.o"), 224 + 384 - 224); /* its ro data are the initializers */
	assert_u64_equal(bytes_of("dl7M_tlf.a", "xsyslock.o"), 436 + 56);      /* as the module summary says */
	assert_u64_equal(find_symbol("Change_Hue", 0x80004c8)->size_bytes, 0x382);
}
