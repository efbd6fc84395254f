#include "image-fixture.h"

UNIT_TEST(sections_are_the_elfs)
{
	read_sample(&image_size_a, "images/arm-bfd-a.size.txt");
	assert_readelf_of("images/arm-bfd-a.readelf.txt", 0);
	assert_true(find_section(".bss", 0x2000005c)->nobits);
	assert_false(find_section(".ARM.attributes", 0)->alloc);
	assert_int_equal(image.n_notes, 0);
}

UNIT_TEST(other_bases)
{
	static const char *const texts[] = {
		"a.elf  :\nsection   size        addr\n.text       64   134217728\n.bss 10 536870912\nTotal 74\n",
		"a.elf  :\nsection   size        addr\n.text     0x40   0x8000000\n.bss 0xa 0x20000000\nTotal 0x4a\n",
		"a.elf  :\nsection   size        addr\n.text     0100   01000000000\n.bss 012 04000000000\nTotal 0112\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		read_text(&image_size_a, texts[i]);
		assert_int_equal(image.n_sections, 2);
		assert_u64_equal(find_section(".text", 0x8000000)->size_bytes, 64);
		assert_u64_equal(find_section(".bss", 0x20000000)->size_bytes, 10);
		assert_int_equal(image.n_notes, 0);
		image_deinit(&image);
	}
}

#define HEAD "a.elf  :\nsection   size        addr\n"

UNIT_TEST(a_total_that_differs)
{
	read_text(&image_size_a, HEAD "a section 64   0\nTotal 65\n");
	assert_string_equal(image.sections[0].name, "a section");
	assert_non_null(strstr(image.notes[0], "add up to 64 bytes, the total of size is 65"));
}

UNIT_TEST(out_of_the_log_of_a_build)
{
	static const char *const logs[] = {
		("2026-11-20T12:00:00.1234567Z [3/4] Linking\n2026-11-20T12:00:00.1234567Z a.elf  :\n"
		 "2026-11-20T12:00:00.1234567Z section   size        addr\n2026-11-20T12:00:00.1234567Z .text 64 134217728\n"
		 "2026-11-20T12:00:00.1234567Z .bss 10 536870912\n2026-11-20T12:00:00.1234567Z Total 74\n"
		 "2026-11-20T12:00:00.1234567Z Done in 4 s\n"),
		"    a.elf  :\n    section   size        addr\n    .text 64 134217728\n    .bss 10 536870912\n    Total 74\n",
		("[12:00:00] \033[1m\033[32msection\033[0m   size        addr\n[12:00:00] .text\033[K 64 134217728\n"
		 "[12:00:01] .bss 10 536870912\n\n[12:00:01] Total 74\n"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		read_text(&image_size_a, logs[i]);
		assert_int_equal(image.n_sections, 2);
		assert_u64_equal(find_section(".text", 0x8000000)->size_bytes, 64);
		assert_u64_equal(find_section(".bss", 0x20000000)->size_bytes, 10);
		assert_int_equal(image.n_notes, 0);
		image_deinit(&image);
	}
}

UNIT_TEST(the_last_of_several_tables_counts)
{
	read_text(&image_size_a, HEAD ".text 64 134217728\nTotal 63\n" HEAD ".text 80 134217728\nTotal 80\n");
	assert_int_equal(image.n_sections, 1);
	assert_u64_equal(image.sections[0].size_bytes, 80);
	assert_int_equal(image.n_notes, 1); /* none of the first one's */
	assert_string_equal(image.notes[0], "2 tables of size -A; this is the last one");
	assert_accounts();
}

UNIT_TEST(bad_tables)
{
	refuse_text(HEAD ".text 64 134217728\n", 3, "without the line of the total");
	refuse_text(HEAD ".text 18446744073709551000 616\nTotal 1\n", 3, "does not fit");
	refuse_text(HEAD ".text 99999999999999999999 616\nTotal 1\n", 3, "expected a section's name");
	refuse_text(HEAD ".text 089 616\nTotal 1\n", 3, "expected a section's name");
	refuse_text(HEAD "Total 0\n\nb.elf  :\nsection   size        addr\n", 6, "without the line of the total");
}

UNIT_TEST(cut_and_damaged_tables)
{
	assert_cuts("images/arm-bfd-a.size.txt");
	image_tear_down();
	assert_withstands_damage("images/arm-bfd-a.size.txt");
}
