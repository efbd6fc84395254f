#include "image-fixture.h"

#define HEAD "               VMA       Size Align Out     In      Symbol\n"

UNIT_TEST(sections_are_the_elfs)
{
	read_sample(&image_mold, "images/x86-mold.map");
	assert_readelf_of("images/x86-mold.readelf.txt", KINDS_TOO);
	assert_u64_equal(bytes_of("dir with space/cxx.o", NULL), 43 + 144);
	assert_u64_equal(bytes_of("libone.a", "lib2.o"), 8 + 4 + 4);
}

/* mold says no sizes: they are worked out of input sections. */
UNIT_TEST(symbols_get_sizes)
{
	read_sample(&image_mold, "images/x86-mold.map");
	const struct image_symbol *main_loop = find_symbol("main_loop", 0x201486);
	assert_u64_equal(main_loop->size_bytes, 134);
	assert_false(main_loop->estimated);
	assert_string_equal(image.objects[main_loop->object].path, "main.o");
	assert_u64_equal(find_symbol("demo::r", 0x203720)->size_bytes, 144);
}

UNIT_TEST(rows)
{
	read_text(&image_mold, HEAD
		  "                 0         64     8 EHDR\n"
		  "              0x40        448     8 PHDR\n"
		  "             0x200         16     8 .rodata.str\n"
		  "             0x210         32     8 .text\n"
		  "             0x211         10     1         a(b)/c.o:(.text)\n"
		  "             0x212          0     0                 $t\n"
		  "             0x213          0     0                 thumb\n"
		  "             0x215          0     0                 $d\n"
		  "             0x215          0     0                 odd\n"
		  "             0x218          8     8         lib.a(m.o):(.text.x)\n"
		  "             0x21d          0     0                 odd_too\n"
		  "             0x300         16     8 .common\n"
		  "             0x300         16     8         c.o:(.common)\n"
		  "                 0       2368     8 SHDR\n");
	assert_accounts();
	assert_int_equal(image.n_sections, 3);
	assert_u64_equal(image.objects[OBJECT_MERGED].size_bytes, 16);
	assert_u64_equal(bytes_of("a(b)/c.o", NULL), 7); /* up to the next */
	assert_true(find_section(".common", 0x300)->nobits);
	assert_non_null(find_symbol("thumb", 0x212));
	assert_non_null(find_symbol("odd", 0x215));
	assert_non_null(find_symbol("odd_too", 0x21d));
}

UNIT_TEST(bad_maps)
{
	refuse_text(HEAD "0xffffffffffffff00 4096 1 .text\n                 0       2368     8 SHDR\n", 2,
		    "does not fit");
	refuse_text(HEAD "                 0         64     8 EHDR\n             0x210         32     8 .text\n", 3,
		    "without SHDR");
	refuse_text(HEAD, 1, "the map is truncated");
	read_text(&image_mold, HEAD "0x210 99999999999999999999 1 .no\n0x210 32 8 .text\n"); /* --oformat binary */
	assert_int_equal(image.n_sections, 1);
	assert_int_equal(image.n_notes, 1);
}

UNIT_TEST(cut_and_damaged_maps)
{
	assert_cuts("images/x86-mold.map");
	image_tear_down();
	assert_withstands_damage("images/x86-mold.map");
}

UNIT_TEST(lua)
{
	struct sample truth;
	size_t n_rows;

	read_shared("images/lua-mold-a.map", &map_file);
	read_bytes(&image_mold, &map_file);
	read_shared("images/lua-mold-a.readelf.txt", &truth);
	assert_readelf(&truth, KINDS_TOO);
	sample_free(&truth);
	read_shared("images/lua-mold-a.nm.txt", &truth);
	assert_int_equal(missing_of_nm(&truth, &n_rows), 3); /* stdin, stdout, stderr: copied, not in an object */
	assert_int_equal(n_rows, 835);
	sample_free(&truth);
}
