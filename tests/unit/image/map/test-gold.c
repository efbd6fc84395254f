#include "image-fixture.h"

#define TAIL                                                                  \
	"\n.shstrtab       0x0000000000000000      0x106\n ** string table\n" \
	"                0x0000000000000000      0x106\n"

UNIT_TEST(sections_are_the_elfs)
{
	static const char *const names[] = { "x86-gold", "minigzip-gold-lto-b", "lua-gold-a" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[64];
		snprintf(path, sizeof(path), "images/%s.map", names[i]);
		read_sample(&image_gold, path);
		snprintf(path, sizeof(path), "images/%s.readelf.txt", names[i]);
		assert_readelf_of(path, KINDS_TOO);
		image_tear_down();
	}
}

UNIT_TEST(parts_of_its_own)
{
	read_text(
		&image_gold,
		"Memory map\n\n ** file header\n                0x0000000000400000       0x40\n"
		"\n.interp         0x0000000000000270       0x1c\n ** fill        0x0000000000000270       0x1c\n"
		"\n.note           0x0000000000000290       0x20\n ** note header\n                0x0000000000000290       0x10\n"
		" ** zero fill   0x00000000000002a0       0x10\n"
		"\n.text           0x0000000000001000       0x40\n .text          0x0000000000001000       0x12 a b.o\n"
		"                0x0000000000001000                f\n ** fill        0x0000000000001012        0xe\n"
		" .text          0x0000000000001020        0x9 lib.a(m.o)\n"
		" ** merge strings\n                0x0000000000001030        0x8\n"
		" ** merge constants\n                0x0000000000001038        0x8\n"
		"\n.bss            0x0000000000002000       0x20\n .bss.x         0x0000000000002000        0x8 a b.o\n"
		" ** common      0x0000000000002010       0x10\n" TAIL);
	assert_accounts();
	assert_u64_equal(bytes_of("a b.o", NULL), 0x12 + 8);
	assert_u64_equal(bytes_of("lib.a", "m.o"), 9);
	assert_u64_equal(image.objects[OBJECT_MERGED].size_bytes, 0x10);
	assert_u64_equal(image.objects[OBJECT_FILL].size_bytes, 0xe + 7 + 8); /* gaps have no line */
	assert_u64_equal(image.objects[OBJECT_LINKER].size_bytes, 0x1c + 0x20 + 0x10);
	assert_true(find_section(".bss", 0x2000)->nobits);
	assert_false(find_section(".interp", 0x270)->nobits);
	assert_u64_equal(find_symbol("f", 0x1000)->size_bytes, 0x12);
}

UNIT_TEST(wrapped_names_and_discarded)
{
	read_text(&image_gold,
		  "Archive member included because of file (symbol)\n\nlib.a(m.o)      main.o (f)\n\n"
		  "Discarded input sections\n\n .text          0x00000000       0x10 main.o\n"
		  " .note.GNU-stack\n                0x00000000        0x4 main.o\n"
		  "\nMemory map\n\n.a_section_with_a_long_name\n                0x08000000       0x10\n"
		  " .text.a_function_with_a_long_name\n                0x08000000       0x10 main.o\n"
		  "                0x08000000                a_function\n" TAIL);
	assert_u64_equal(image.n_discarded, 2);
	assert_u64_equal(image.discarded_bytes, 0x14);
	assert_u64_equal(bytes_of("main.o", NULL), 0x10);
	assert_non_null(find_section(".a_section_with_a_long_name", 0x8000000));
	assert_non_null(find_symbol("a_function", 0x8000000));
}

/* binutils before 2.26 begin so too. */
UNIT_TEST(an_old_map_of_gnu_ld)
{
	read_text(
		&image_gnu_ld,
		"Archive member included because of file (symbol)\n\nlib.a(m.o)      main.o (f)\n\n"
		"Discarded input sections\n\n .x 0x0 0x4 a.o\n\nLinker script and memory map\n\n"
		".text           0x08000000       0x10\n .text          0x08000000       0x10 main.o\nOUTPUT(a.elf elf32)\n");
	assert_u64_equal(image.n_discarded, 1);
	assert_u64_equal(bytes_of("main.o", NULL), 0x10);
}

UNIT_TEST(bad_maps)
{
	refuse_text("Memory map\n\n.text 0xffffffffffffff00 0x100\n" TAIL, 3, "does not fit");
	refuse_text("Memory map\n\n.text 0xffffffffffffffff 0x1\n" TAIL, 3, "does not fit");
	refuse_text("Memory map\n\n.text 0x8000000 0x100\n", 3, "before .shstrtab");
	/* What is left where gold itself crashed. */
	refuse_text("Archive member included because of file (symbol)\n\nlib.a(m.o)      main.o (f)\n", 3,
		    "before its memory map");
	read_text(&image_gold, "Memory map\n\n.text 0x10000000000000000 0x100\n" TAIL);
	assert_int_equal(image.n_sections, 1);
}

UNIT_TEST(cut_and_damaged_maps)
{
	assert_cuts("images/minigzip-gold-lto-b.map");
	image_tear_down();
	assert_cuts("images/x86-gold.map");
	image_tear_down();
	assert_withstands_damage("images/x86-gold.map");
}
