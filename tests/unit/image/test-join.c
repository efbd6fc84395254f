/* A map and the ELF of its build: each says what it knows. */
#include "memprof/image/image.h"
#include "symbol-at.h"

#include <elf.h>

#include "elf_truth.h"
#include "sample.h"
#include "unit.h"

static struct sample map_file, elf_file;
static struct image map, elf;
static struct diag diag;

UNIT_AFTER(end)
{
	image_deinit(&map);
	image_deinit(&elf);
	sample_free(&map_file);
	sample_free(&elf_file);
}

static void read_image(struct image *image, const struct sample *file, unsigned want)
{
	if (image_read(image, file->name, (const char *)file->bytes, file->n_bytes, want, &diag) != 0)
		fail_msg("%s: %s", file->name, diag.text);
}

static void open_files(const char *map_name, const char *elf_name)
{
	sample_read(map_name, &map_file);
	sample_read(elf_name, &elf_file);
}

static void join(void)
{
	read_image(&map, &map_file, IMAGE_WANT_SYMBOLS);
	read_image(&elf, &elf_file, IMAGE_WANT_SYMBOLS);
	assert_int_equal(image_join(&map, &elf), 0);
	elf_truth_sums(&map);
}

static struct image_section *section_named(const char *name)
{
	for (size_t i = 0; i < map.n_sections; i++)
		if (strcmp(map.sections[i].name, name) == 0)
			return &map.sections[i];
	fail_msg("no section %s", name);
	return NULL;
}

static const struct image_symbol *symbol_named(const char *name)
{
	for (size_t i = 0; i < map.n_symbols; i++)
		if (map.symbols[i].name.n_bytes == strlen(name) &&
		    memcmp(map.symbols[i].name.text, name, strlen(name)) == 0)
			return &map.symbols[i];
	fail_msg("no symbol %s", name);
	return NULL;
}

/* Of the ELF's file. */
static Elf32_Shdr *header_of(const char *name)
{
	Elf32_Ehdr *h = (Elf32_Ehdr *)(void *)elf_file.bytes;
	Elf32_Shdr *headers = (Elf32_Shdr *)(void *)(elf_file.bytes + h->e_shoff);
	const char *names = (const char *)elf_file.bytes + headers[h->e_shstrndx].sh_offset;

	for (unsigned i = 1; i < h->e_shnum; i++)
		if (strcmp(names + headers[i].sh_name, name) == 0)
			return &headers[i];
	fail_msg("no section %s", name);
	return NULL;
}

/* ---- one build ---- */

UNIT_TEST(kinds_are_the_elfs)
{
	open_files("images/arm-bfd-a.map", "elf/arm-bfd-a.elf");
	join();
	for (size_t i = 0; i < map.n_sections; i++)
		assert_true(map.sections[i].by_elf);
	assert_true(section_named(".ramfunc")->exec && !section_named(".ramfunc")->nobits);
	assert_true(section_named(".noinit")->nobits && section_named(".ccm")->nobits);
	assert_false(section_named(".ARM.attributes")->alloc);
	assert_int_equal(map.n_notes, 0);
	assert_string_equal(map.target, "arm");
	assert_int_equal(map.n_segments, 5);
}

/* What ld said in arm-bfd-a.memory.txt, before and after: 988, 5696 and 2048 bytes. */
UNIT_TEST(regions_and_objects_stay)
{
	static const uint64_t used[] = { 988, 5696, 2048 };
	struct image alone;

	open_files("images/arm-bfd-a.map", "elf/arm-bfd-a.elf");
	join();
	read_image(&alone, &map_file, 0);
	assert_int_equal(map.n_regions, 3);
	for (size_t i = 0; i < map.n_regions; i++)
		assert_u64_equal(map.regions[i].used_bytes, used[i]);
	assert_int_equal(alone.n_objects, map.n_objects);
	for (size_t i = 0; i < map.n_objects; i++) {
		assert_u64_equal(map.objects[i].size_bytes, alone.objects[i].size_bytes);
		for (size_t k = 0; k < map.n_regions; k++)
			assert_u64_equal(map.objects[i].by_region[k], alone.objects[i].by_region[k]);
	}
	image_deinit(&alone);
}

UNIT_TEST(symbols_have_the_objects_of_the_map)
{
	open_files("images/arm-bfd-a.map", "elf/arm-bfd-a.elf");
	join();
	assert_int_equal(map.n_symbols, elf.n_symbols);
	assert_string_equal(map.objects[symbol_named("main")->object].path, "obj-arm-bfd-a/main.o");
	const struct image_symbol *crc = symbol_named("crc16"); /* global: the ELF knows no file */
	assert_non_null(strstr(map.objects[crc->object].member ? map.objects[crc->object].member :
								 map.objects[crc->object].path,
			       "ring.o"));
	assert_string_equal(map.sections[crc->section].name, ".ramfunc");
	assert_int_equal(symbol_named("main")->kind, 'f');
	assert_ptr_equal(image_symbol_at(&map, crc->address + 4), crc);
}

UNIT_TEST(values_of_the_elf_win)
{
	uint64_t of_map = 0, of_elf = 1;

	open_files("images/arm-bfd-a.map", "elf/arm-bfd-a.elf");
	join();
	assert_true(image_value(&map, "_etext", &of_map) && image_value(&elf, "_etext", &of_elf));
	assert_u64_equal(of_map, of_elf);
}

UNIT_TEST(an_elf_without_symbols_leaves_those_of_the_map)
{
	size_t n_symbols;

	open_files("images/arm-bfd-a.map", "elf/arm-bfd-a.elf");
	header_of(".symtab")->sh_type = SHT_PROGBITS;
	read_image(&map, &map_file, IMAGE_WANT_SYMBOLS);
	n_symbols = map.n_symbols;
	image_deinit(&map);
	join();
	assert_int_equal(map.n_symbols, n_symbols);
	assert_true(symbol_named("main")->object != IMAGE_NONE);
}

UNIT_TEST(it_can_be_resolved_again)
{
	open_files("images/arm-bfd-a.map", "elf/arm-bfd-a.elf");
	join();
	uint64_t used = map.regions[0].used_bytes, sections = map.regions[1].sections_bytes, n = map.n_symbols;
	assert_int_equal(image_resolve(&map, &diag), 0);
	elf_truth_sums(&map);
	assert_u64_equal(map.regions[0].used_bytes, used);
	assert_u64_equal(map.regions[1].sections_bytes, sections);
	assert_u64_equal(map.n_symbols, n);
}

/* ---- not of one build ---- */

UNIT_TEST(a_section_of_another_size_is_noted)
{
	open_files("images/arm-bfd-a.map", "elf/arm-bfd-a.elf");
	header_of(".rodata")->sh_size = 0x60;
	join();
	assert_int_equal(map.n_notes, 1);
	assert_string_equal(map.notes[0],
			    "the map does not belong to this ELF: section .rodata has 0x68 bytes in the map"
			    " and 0x60 in the ELF");
	assert_u64_equal(section_named(".rodata")->size_bytes, 0x68);
}

UNIT_TEST(a_section_that_only_one_has_is_noted)
{
	open_files("images/arm-bfd-a.map", "elf/arm-bfd-a.elf");
	header_of(".ccm")->sh_size = 0;
	join();
	assert_int_equal(map.n_notes, 1);
	assert_string_equal(map.notes[0], "the ELF has no section .ccm, of 0x800 bytes in the map");
}

UNIT_TEST(another_program_is_left_out)
{
	open_files("images/arm-bfd-a.map", "elf/avr-bfd-a.elf");
	read_image(&map, &map_file, IMAGE_WANT_SYMBOLS);
	read_image(&elf, &elf_file, IMAGE_WANT_SYMBOLS);
	size_t n_symbols = map.n_symbols, n_values = map.n_values;
	assert_int_equal(image_join(&map, &elf), IMAGE_OTHER_BUILD);
	assert_int_equal(map.n_notes, 1);
	assert_non_null(strstr(map.notes[0], "avr-bfd-a.elf is from another build than "));
	assert_non_null(strstr(map.notes[0],
			       "arm-bfd-a.map and is ignored: section .bss has 0x9dc bytes in the map and"
			       " 0xa95 in the ELF"));
	assert_int_equal(map.n_symbols, n_symbols);
	assert_int_equal(map.n_values, n_values);
	assert_int_equal(map.n_segments, 0);
	for (size_t i = 0; i < map.n_sections; i++)
		assert_false(map.sections[i].by_elf);
}

/* A firmware that was built again: vectors and data are where they were, the code is not. */
UNIT_TEST(code_of_another_size_is_another_build)
{
	open_files("images/arm-bfd-a.map", "elf/arm-bfd-a.elf");
	header_of(".text")->sh_size -= 4;
	read_image(&map, &map_file, IMAGE_WANT_SYMBOLS);
	read_image(&elf, &elf_file, IMAGE_WANT_SYMBOLS);
	for (size_t i = 0; i < elf.n_sections; i++) /* as in a real one, where the code is most of it */
		if (strcmp(elf.sections[i].name, ".text") != 0)
			elf.sections[i].size_bytes = MIN(elf.sections[i].size_bytes, UINT64_C(64));
	for (size_t i = 0; i < map.n_sections; i++)
		if (strcmp(map.sections[i].name, ".text") != 0)
			map.sections[i].size_bytes = MIN(map.sections[i].size_bytes, UINT64_C(64));
	assert_int_equal(image_join(&map, &elf), IMAGE_OTHER_BUILD);
	assert_int_equal(map.n_notes, 1);
}

UNIT_TEST(nothing_in_common_is_another_build)
{
	open_files("images/arm-bfd-a.map", "elf/arm-bfd-a.elf");
	read_image(&map, &map_file, IMAGE_WANT_SYMBOLS);
	read_image(&elf, &elf_file, IMAGE_WANT_SYMBOLS);
	for (size_t i = 0; i < elf.n_sections; i++)
		elf.sections[i].name = "other";
	assert_int_equal(image_join(&map, &elf), IMAGE_OTHER_BUILD);
	assert_non_null(strstr(map.notes[0], "they have no section in common"));
}

/* A build of the same section sizes: a function moved, or grew into the fill behind it. */
UNIT_TEST(symbols_tell_builds_apart)
{
	static const struct {
		uint64_t moved_bytes, grown_bytes;
		const char *difference;
	} cases[] = {
		{ 8, 0, "symbol pool_alloc is at 0x800025c in the map and at 0x8000264 in the ELF" },
		{ 0, 64, "symbol pool_alloc at 0x800025c has 0x6c bytes in the ELF, for which the map has no room" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		open_files("images/arm-bfd-a.map", "elf/arm-bfd-a.elf");
		read_image(&map, &map_file, IMAGE_WANT_SYMBOLS);
		read_image(&elf, &elf_file, IMAGE_WANT_SYMBOLS);
		for (size_t k = 0; k < elf.n_symbols; k++) {
			struct image_symbol *s = &elf.symbols[k];
			if (s->name.n_bytes == 10 && memcmp(s->name.text, "pool_alloc", 10) == 0) {
				s->address += cases[i].moved_bytes;
				s->size_bytes += cases[i].grown_bytes;
			}
		}
		assert_int_equal(image_join(&map, &elf), IMAGE_OTHER_BUILD);
		assert_int_equal(map.n_notes, 1);
		assert_non_null(strstr(map.notes[0], cases[i].difference));
		assert_int_equal(map.n_segments, 0);
		end();
	}
}

static void assert_differing(const char *map_name, const char *elf_name, const char *section)
{
	const struct image_section *differs;

	open_files(map_name, elf_name);
	read_image(&map, &map_file, 0);
	read_image(&elf, &elf_file, 0);
	assert_int_equal(image_differing(&map, &elf, &differs), 0);
	if (!section)
		assert_null(differs);
	else
		assert_string_equal(differs->name, section);
	assert_int_equal(map.n_notes, 0);
	end();
}

UNIT_TEST(two_builds_are_told_apart)
{
	assert_differing("images/arm-bfd-a.map", "images/arm-bfd-a.elf", NULL);
	assert_differing("images/arm-bfd-a.elf", "images/arm-bfd-a.map", NULL);
	assert_differing("images/riscv64-bfd-b.map", "images/riscv64-bfd-b.elf", NULL);
	assert_differing("images/riscv64-bfd-a.map", "images/riscv64-bfd-b.elf", ".text");
	assert_differing("images/riscv64-bfd-a.elf", "images/riscv64-bfd-b.elf", ".text");
	assert_differing("images/arm-bfd-a.elf", "images/riscv-bfd-a.elf", ".vectors");
}

/* IAR calls its sections otherwise in the ELF, and rounds their ends up. */
UNIT_TEST(sections_of_iar_are_found_by_address)
{
	static const struct {
		const char *name;
		uint64_t vma, size_bytes;
	} sections[] = { { "A0 rw", 0x8000000, 0x40 },
			 { "P1 ro", 0x8000040, 0x10c4 },
			 { "P2 zi", 0x20000000, 0x100 },
			 { "P2 ui", 0x20000100, 0x400 } };

	sample_read("images/iar-9.map", &map_file);
	read_image(&map, &map_file, IMAGE_WANT_SYMBOLS);
	image_init(&elf, "app.out");
	elf.format = image_elf.name;
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		struct image_section *s = image_begin_section(&elf, sections[i].name, strlen(sections[i].name));
		assert_non_null(s);
		s->vma = sections[i].vma;
		s->size_bytes = sections[i].size_bytes;
		s->by_elf = true;
		s->nobits = i >= 2;
		assert_int_equal(image_end_section(&elf), 0);
	}
	assert_int_equal(image_resolve(&elf, &diag), 0);
	assert_int_equal(image_join(&map, &elf), 0);
	assert_int_equal(map.n_notes, 0);
	assert_true(section_named("P2, part 1 of 2")->by_elf);
}
