#include "image-fixture.h"

#define HEAD "     VMA      LMA     Size Align Out     In      Symbol\n"
#define TAIL                                           \
	"       0        0       10     1 .shstrtab\n" \
	"       0        0       10     1         <internal>:(.shstrtab)\n"

UNIT_TEST(sections_are_the_elfs)
{
	read_sample(&image_lld, "images/arm-lld-a.map");
	assert_readelf_of("images/arm-lld-a.readelf.txt", 0);
	image_tear_down();
	read_sample(&image_lld, "images/arm-lld.map");
	assert_readelf_of("images/arm-lld.readelf.txt", KINDS_TOO);
}

UNIT_TEST(symbols_are_the_elfs)
{
	struct sample truth;
	size_t n_rows;

	read_sample(&image_lld, "images/arm-lld-a.map");
	sample_read("images/arm-lld-a.nm.txt", &truth);
	/* A thunk, for which lld prints no name; and an alias, whose bytes count once. */
	assert_int_equal(missing_of_nm(&truth, &n_rows), 2);
	assert_u64_equal(find_symbol("default_handler", 0x80002a4)->size_bytes, 2);
	assert_u64_equal(find_symbol("systick_handler", 0x80002a4)->size_bytes, 0);
	assert_true(n_rows == 34);
	sample_free(&truth);
	for (size_t i = 0; i < image.n_symbols; i++)
		assert_true(image.symbols[i].name.text[0] != '$');
	const struct image_symbol *crc16 = find_symbol("crc16", 0x20000000); /* Thumb: 20000001 */
	assert_string_equal(image.sections[crc16->section].name, ".ramfunc");
	assert_string_equal(image.objects[crc16->object].member, "ring.o");
}

UNIT_TEST(load_addresses)
{
	read_sample(&image_lld, "images/arm-lld-a.map");
	assert_u64_equal(find_section(".data", 0x20000038)->lma, 0x80003b8);
	assert_u64_equal(find_section(".bss", 0x2000005c)->lma, 0x2000005c);
	uint64_t value;
	assert_true(image_value(&image, "_heap", &value));
	assert_u64_equal(value, 0x20000a38);
}

/* Found wrong in another tool: books demo::r as an object, for its colon. */
UNIT_TEST(names_hold_anything)
{
	read_text(&image_lld, HEAD
		  " 8000000  8000000       20     4 .text\n"
		  " 8000000  8000000        4     4         dir (a):(b)/c d.o:(.text.f)\n"
		  " 8000000  8000000        4     1                 ns::f(int, char) = x\n"
		  " 8000004  8000004        4     4         C:/lib(1)/libx.a(m:n.o):(.text.g)\n"
		  " 8000008  8000008        4     4         <internal>:(.rodata.str1.1)\n"
		  " 800000c  800000c        4     4         <internal>:(.got)\n"
		  " 8000010  8000010        4     1         LONG ( 0x12345678 )\n"
		  " 8000014  8000014        4     1         . = ALIGN ( 8 )\n"
		  " 8000018  8000018        1     1         a.o:(.eh_frame+0x2c)\n" TAIL);
	assert_accounts();
	assert_u64_equal(bytes_of("dir (a):(b)/c d.o", NULL), 4);
	assert_u64_equal(bytes_of("C:/lib(1)/libx.a", "m:n.o"), 4);
	assert_u64_equal(image.objects[OBJECT_MERGED].size_bytes, 4);
	assert_u64_equal(image.objects[OBJECT_SCRIPT].size_bytes, 4);
	assert_u64_equal(image.objects[OBJECT_FILL].size_bytes, 4 + 7);
	assert_u64_equal(image.objects[OBJECT_LINKER].size_bytes, 4);
	assert_int_equal(image.n_symbols, 1);
	assert_non_null(find_symbol("ns::f(int, char) = x", 0x8000000));
	assert_u64_equal(find_symbol("ns::f(int, char) = x", 0x8000000)->size_bytes, 4);
}

UNIT_TEST(assignments_are_no_sections)
{
	uint64_t value;

	read_text(&image_lld, HEAD
		  "       0        0        0     1 _estack = ORIGIN ( RAM ) + LENGTH ( RAM )\n"
		  " 8000100  8000100      100     1 . += 0x100\n"
		  " 8000200  8000200        0     1 PROVIDE ( end = . )\n"
		  " 8000200  8000200        8     1 .text\n"
		  " 8000200  8000200        0     1         _start = .\n"
		  " 8000208  8000208        0     1 \n" TAIL);
	assert_int_equal(image.n_sections, 2);
	assert_true(image_value(&image, "_start", &value));
	assert_u64_equal(value, 0x8000200);
	assert_false(image_value(&image, "_estack", &value)); /* an expression's row has no value */
	assert_u64_equal(image.objects[OBJECT_LINKER].size_bytes, 8);
}

/* What other programs say on the same output, and cross references behind. */
UNIT_TEST(a_map_on_standard_output)
{
	read_text(&image_lld, "[1/1] Linking a.elf\n" HEAD
			      " 8000200  8000200        8     1 .text\n"
			      " 8000200  8000200        8     1         a.o:(.text)\n" TAIL
			      "\nCross Reference Table\n\nSymbol                                            File\n"
			      " 8000200  8000200        8     1 .more\n");
	assert_int_equal(image.n_sections, 2);
}

UNIT_TEST(bad_maps)
{
	refuse_text(HEAD "ffffffffffffff00 0 100 1 .text\n" TAIL, 2, "does not fit");
	refuse_text(HEAD "fffffffffffffffe 0 2 1 .text\n" TAIL, 2, "does not fit");
	refuse_text(HEAD " 8000200  8000200        8     1 .text\n", 2, "the map is truncated");
	refuse_text(HEAD, 1, "the map is truncated");
	/* Numbers of more than 64 bits make no row. */
	read_text(&image_lld, HEAD "10000000000000000 0 100 1 .text\n" TAIL);
	assert_int_equal(image.n_sections, 1);
}

UNIT_TEST(cut_and_damaged_maps)
{
	assert_cuts("images/arm-lld.map");
	image_tear_down();
	assert_withstands_damage("images/arm-lld-a.map");
}

UNIT_TEST(lua)
{
	struct sample truth;
	size_t n_rows;

	read_shared("images/lua-lld-a.map", &map_file);
	read_bytes(&image_lld, &map_file);
	uint64_t merged_bytes = image.objects[OBJECT_MERGED].size_bytes;
	assert_u64_equal(merged_bytes, 0x2481 + 0x88 + 0x20);
	read_shared("images/lua-lld-a.readelf.txt", &truth);
	assert_readelf(&truth, KINDS_TOO);
	sample_free(&truth);
	read_shared("images/lua-lld-a.nm.txt", &truth);
	assert_int_equal(missing_of_nm(&truth, &n_rows), 0);
	assert_int_equal(n_rows, 835);
	sample_free(&truth);
	image_tear_down();
	read_shared("images/lua-lld-printmap-a.txt", &map_file); /* --print-map --cref, the same link */
	read_bytes(&image_lld, &map_file);
	assert_u64_equal(image.objects[OBJECT_MERGED].size_bytes, merged_bytes);
}

/* Overlays at one address; relocations kept, which take no memory. */
UNIT_TEST(overlays)
{
	read_shared("static/maps/lld/mips-drmario64.map", &map_file);
	read_bytes(&image_lld, &map_file);
	for (size_t i = 0; i < image.n_sections; i++)
		assert_true(!image.sections[i].alloc ==
			    (strncmp(image.sections[i].name, ".rel.", 5) == 0 || image.sections[i].vma == 0));
	assert_u64_equal(find_section(".main_segment", 0x80029c50)->size_bytes, 563696);
}
