/* File and line of symbols. tests/data/elf/arm-lines.elf is of four units of DWARF 5; arm-lines-z.elf the same, with
 * compressed sections. */
#include <elf.h>

#include "memprof/image/image.h"
#include "sample.h"
#include "symbol-at.h"
#include "unit.h"

static struct image image;
static struct diag diag;
static struct sample sample;

UNIT_AFTER(end)
{
	image_deinit(&image);
	sample_free(&sample);
}

static void read_sample(void)
{
	if (image_read(&image, "a.elf", (const char *)sample.bytes, sample.n_bytes,
		       IMAGE_WANT_SYMBOLS | IMAGE_WANT_LINES, &diag) != 0)
		fail_msg("%s", diag.text);
}

static const struct image_symbol *symbol_at(uint64_t address)
{
	const struct image_symbol *s = image_symbol_at(&image, address);

	assert_non_null(s);
	return s;
}

static void assert_line(uint64_t address, const char *file, uint32_t line)
{
	const struct image_symbol *s = symbol_at(address);

	if (!s->file)
		fail_msg("0x%llx has no file", (unsigned long long)address);
	assert_string_equal(s->file, file);
	assert_int_equal(s->line, line);
}

static void assert_all_lines(void)
{
	assert_true(image.has_lines);
	assert_line(0x0800021c, "/src/main.c", 12); /* main_loop */
	assert_line(0x20000030, "/src/main.c", 4);  /* longsec */
	assert_line(0x2000002c, "/src/lib2.c", 1);  /* local_dup, of two */
	assert_line(0x200000a4, "/src/main.c", 8);
	assert_line(0x080002b0, "/src/cxx.cc", 2); /* cxx_touch */
	assert_line(0x20000140, "/src/cxx.cc", 1); /* demo::r: the name is mangled */
	assert_int_equal(image.n_notes, 0);
}

static Elf32_Shdr *section_header(unsigned i)
{
	Elf32_Ehdr *h = (Elf32_Ehdr *)(void *)sample.bytes;

	return (Elf32_Shdr *)(void *)(sample.bytes + h->e_shoff) + i;
}

static Elf32_Shdr *section_named(const char *name)
{
	Elf32_Ehdr *h = (Elf32_Ehdr *)(void *)sample.bytes;
	const char *names = (const char *)sample.bytes + section_header(h->e_shstrndx)->sh_offset;

	for (unsigned i = 1; i < h->e_shnum; i++)
		if (strcmp(names + section_header(i)->sh_name, name) == 0)
			return section_header(i);
	fail_msg("no section %s", name);
	return NULL;
}

static void assert_noted(const char *text)
{
	for (size_t i = 0; i < image.n_notes; i++)
		if (strstr(image.notes[i], text))
			return;
	fail_msg("no note says '%s'", text);
}

/* ---- */

UNIT_TEST(functions_and_variables_have_lines)
{
	sample_read("elf/arm-lines.elf", &sample);
	read_sample();
	assert_all_lines();
}

UNIT_TEST(labels_have_none)
{
	sample_read("elf/arm-lines.elf", &sample);
	read_sample();
	for (size_t i = 0; i < image.n_symbols; i++)
		assert_true(image.symbols[i].kind || !image.symbols[i].line);
}

UNIT_TEST(compressed_sections_are_read)
{
	sample_read("elf/arm-lines-z.elf", &sample);
	read_sample();
	assert_all_lines();
}

UNIT_TEST(a_section_that_swells_too_much_is_not_inflated)
{
	static const char *const names[] = { ".debug_info", ".debug_line" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		sample_read("elf/arm-lines-z.elf", &sample);
		Elf32_Shdr *section = section_named(names[i]);
		Elf32_Chdr *z = (Elf32_Chdr *)(void *)(sample.bytes + section->sh_offset);
		assert_true(section->sh_flags & SHF_COMPRESSED);
		z->ch_size = section->sh_size * 101;
		read_sample();
		assert_false(image.has_lines);
		assert_noted("is damaged, or too large");
		assert_int_equal(symbol_at(0x0800021c)->line, 0);
		end();
	}
}

/* A unit whose header is broken, and one whose entries are: those after it keep theirs. */
UNIT_TEST(a_damaged_unit_is_skipped)
{
	static const size_t offsets[] = { 4, 8 }; /* version; where its abbreviations are */

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		sample_read("elf/arm-lines.elf", &sample);
		memset(sample.bytes + section_named(".debug_info")->sh_offset + offsets[i], 0xee, 2);
		read_sample();
		assert_true(image.has_lines);
		assert_noted("damaged");
		assert_int_equal(symbol_at(0x0800021c)->kind, 'f');
		assert_line(0x080002b0, "/src/cxx.cc", 2);
		assert_line(0x2000002c, "/src/lib2.c", 1);
		end();
	}
}

UNIT_TEST(without_dwarf_a_note_says_so)
{
	sample_read("elf/arm-bfd-a.elf", &sample);
	read_sample();
	assert_false(image.has_lines);
	assert_noted("built without -g");
}

/* GNU ld writes 0 for functions that it drops; the vectors of the sample, moved to 0, must not become one of them. */
UNIT_TEST(what_was_dropped_is_not_what_lies_at_0)
{
	Elf32_Shdr *symbols;

	sample_read("elf/arm-lines.elf", &sample);
	symbols = section_named(".symtab");
	section_named(".isr_vector")->sh_addr = 0;
	Elf32_Sym *s = (Elf32_Sym *)(void *)(sample.bytes + symbols->sh_offset);
	for (size_t i = 0; i < symbols->sh_size / sizeof(*s); i++)
		if (s[i].st_value == 0x08000000)
			s[i].st_value = 0;
	read_sample();
	assert_non_null(image_symbol_at(&image, 0));
	assert_int_equal(image_symbol_at(&image, 0)->line, 0);
}

/* Any byte of it may be wrong. */
UNIT_TEST(no_damage_ends_it)
{
	static const char *const names[] = { ".debug_info", ".debug_abbrev", ".debug_line", ".debug_aranges" };
	uint32_t random = 4711;

	for (unsigned round = 0; round < 400; round++) {
		sample_read("elf/arm-lines.elf", &sample);
		const Elf32_Shdr *section = section_named(names[round % ARRAY_SIZE(names)]);
		for (unsigned i = 0; i <= round / 40; i++)
			sample.bytes[section->sh_offset + next_random(&random) % section->sh_size] =
				(uint8_t)next_random(&random);
		read_sample();
		end();
	}
}
