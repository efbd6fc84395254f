/* ELF programs: real ones, held to what binutils say; what is refused; and headers that lie. */
#include <elf.h>

#include "elf_truth.h"
#include "memprof/image/image.h"
#include "sample.h"
#include "unit.h"

static struct image image;
static struct diag diag;
static struct sample sample;

UNIT_AFTER(end)
{
	image_deinit(&image);
	sample_free(&sample);
}

static int read_bytes(unsigned want)
{
	return image_read(&image, "a.elf", (const char *)sample.bytes, sample.n_bytes, want, &diag);
}

static void read_well(const char *name, unsigned want)
{
	sample_read(name, &sample);
	if (read_bytes(want) != 0)
		fail_msg("%s: %s", name, diag.text);
}

static const struct image_section *section_named(const char *name)
{
	for (size_t i = 0; i < image.n_sections; i++)
		if (strcmp(image.sections[i].name, name) == 0)
			return &image.sections[i];
	fail_msg("no section %s", name);
	return NULL;
}

static const struct image_symbol *symbol_named(const char *name)
{
	for (size_t i = 0; i < image.n_symbols; i++)
		if (image.symbols[i].name.n_bytes == strlen(name) &&
		    memcmp(image.symbols[i].name.text, name, strlen(name)) == 0)
			return &image.symbols[i];
	return NULL;
}

/* ---- real programs ---- */

static const char *const programs[] = {
	"elf/arm-bfd-a", "elf/arm-lines", "elf/riscv-bfd-a", "elf/xtensa-bfd-a",
	"elf/avr-bfd-a", "elf/x86-gold",  "elf/x86-mold",
};

UNIT_TEST(sections_and_symbols_are_those_of_binutils)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		elf_truth_of(programs[i]);
}

UNIT_TEST(the_machine_is_named)
{
	static const struct {
		const char *file, *target;
		unsigned bits;
	} rows[] = {
		{ "elf/arm-bfd-a.elf", "arm", 32 },   { "elf/riscv-bfd-a.elf", "riscv", 32 },
		{ "elf/avr-bfd-a.elf", "avr", 32 },   { "elf/xtensa-bfd-a.elf", "xtensa", 32 },
		{ "elf/x86-gold.elf", "x86-64", 64 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		read_well(rows[i].file, 0);
		assert_string_equal(image.target, rows[i].target);
		assert_int_equal(image.address_bits, rows[i].bits);
		end();
	}
}

UNIT_TEST(where_sections_are_loaded)
{
	read_well("elf/arm-bfd-a.elf", 0);
	assert_u64_equal(section_named(".text")->lma, 0x08000040);
	assert_u64_equal(section_named(".ramfunc")->lma, 0x08000380);
	assert_u64_equal(section_named(".data")->lma, 0x080003b8);
	assert_u64_equal(section_named(".bss")->lma, NOT_KNOWN);
	assert_u64_equal(section_named(".ARM.attributes")->lma, NOT_KNOWN);
	end();
	read_well("elf/avr-bfd-a.elf", 0);
	assert_u64_equal(section_named(".data")->lma, 0x6b8);
	assert_u64_equal(section_named(".data")->vma, 0x800100);
}

UNIT_TEST(kinds_of_sections)
{
	read_well("elf/arm-bfd-a.elf", 0);
	const struct image_section *text = section_named(".text"), *bss = section_named(".bss");
	assert_true(text->by_elf && text->alloc && text->exec && !text->write && !text->nobits);
	assert_true(bss->alloc && bss->write && bss->nobits && !bss->exec);
	assert_false(section_named(".ARM.attributes")->alloc);
	assert_true(section_named(".ramfunc")->exec);
	assert_int_equal(image.n_segments, 5);
}

UNIT_TEST(functions_have_no_thumb_bit_and_mapping_symbols_are_none)
{
	read_well("elf/arm-bfd-a.elf", IMAGE_WANT_SYMBOLS);
	for (size_t i = 0; i < image.n_symbols; i++) {
		assert_true(image.symbols[i].kind != 'f' || image.symbols[i].address % 2 == 0);
		assert_true(image.symbols[i].name.text[0] != '$');
	}
	assert_int_equal(symbol_named("main")->kind, 'f');
	assert_int_equal(symbol_named("ring")->kind, 'o');
}

UNIT_TEST(a_weak_alias_has_no_bytes)
{
	read_well("elf/arm-bfd-a.elf", IMAGE_WANT_SYMBOLS);
	assert_u64_equal(symbol_named("systick_handler")->address, symbol_named("default_handler")->address);
	assert_u64_equal(symbol_named("systick_handler")->size_bytes, 0);
	assert_u64_equal(symbol_named("default_handler")->size_bytes, 2);
}

UNIT_TEST(labels_of_the_script_are_values)
{
	uint64_t value;

	read_well("elf/arm-lines.elf", 0);
	assert_true(image_value(&image, "_heap_end", &value));
	assert_u64_equal(value, 0x20000a4c);
	assert_true(image_value(&image, "_etext", &value));
	assert_int_equal(image.n_symbols, 0);
}

UNIT_TEST(local_symbols_are_of_the_file_before_them)
{
	read_well("elf/arm-bfd-a.elf", IMAGE_WANT_SYMBOLS);
	assert_string_equal(image.objects[symbol_named("crc_table")->object].path, "ring.c");
	assert_int_equal(symbol_named("main")->object, IMAGE_NONE);
	for (size_t i = 0; i < image.n_objects; i++)
		if (strcmp(image.objects[i].path, "ring.c") == 0)
			assert_u64_equal(image.objects[i].size_bytes, 0x20 + 1 + 1);
}

UNIT_TEST(the_input_is_not_written_to)
{
	for (size_t i = 0; i <= ARRAY_SIZE(programs); i++) { /* and one that libdw would write to */
		char name[80];
		snprintf(name, sizeof(name), "%s.elf", i < ARRAY_SIZE(programs) ? programs[i] : "elf/arm-lines-z");
		read_well(name, IMAGE_WANT_SYMBOLS | IMAGE_WANT_LINES);
		uint8_t *read = sample.bytes;
		sample_read(name, &sample);
		assert_memory_equal(read, sample.bytes, sample.n_bytes);
		image_deinit(&image);
		free(read);
		sample_free(&sample);
	}
}

/* ---- what is refused ---- */

static Elf32_Ehdr *header(void) { return (Elf32_Ehdr *)(void *)sample.bytes; }

static void assert_refused(int r, const char *text)
{
	assert_int_equal(read_bytes(IMAGE_WANT_SYMBOLS), r);
	if (!strstr(diag.text, text))
		fail_msg("'%s' does not say '%s'", diag.text, text);
	image_deinit(&image);
}

UNIT_TEST(what_is_no_program_is_refused_by_name)
{
	sample_read("elf/arm-bfd-a.elf", &sample);
	header()->e_type = ET_REL;
	assert_refused(-ENOTSUP, "not linked yet");
	header()->e_type = ET_CORE;
	assert_refused(-ENOTSUP, "core dump");
	header()->e_type = 77;
	assert_refused(-ENOTSUP, "type 77");
	memcpy(sample.bytes, "!<arch>\n", 8);
	assert_refused(-ENOTSUP, "archive");
}

UNIT_TEST(what_is_cut_is_refused)
{
	sample_read("elf/arm-bfd-a.elf", &sample);
	sample.n_bytes--;
	assert_refused(-EINVAL, "outside the file");
	sample.n_bytes = 20;
	assert_refused(-EINVAL, "header");
	sample.n_bytes = 4000;
	assert_refused(-EINVAL, "truncated");
}

UNIT_TEST(without_sections_there_is_nothing_to_tell)
{
	sample_read("elf/arm-bfd-a.elf", &sample);
	header()->e_shoff = 0;
	header()->e_shnum = 0;
	assert_refused(-EINVAL, "no sections");
}

/* ---- headers that lie ---- */

/* Whatever they say: an error with a text, or an image that adds up. */
static void read_anyhow(void)
{
	diag.text[0] = '\0';
	int r = read_bytes(IMAGE_WANT_SYMBOLS | IMAGE_WANT_LINES);

	if (r == 0)
		elf_truth_sums(&image);
	else
		assert_true(r < 0 && diag.text[0]);
	image_deinit(&image);
}

static void put(uint8_t *at, size_t n_bytes, uint64_t value)
{
	for (size_t i = 0; i < n_bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* A field of the header, a segment, a section or a symbol at its extremes. */
static void lie(size_t offset, size_t n_bytes)
{
	uint64_t max = n_bytes == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * n_bytes) - 1;
	const uint64_t values[] = {
		0,           1, 2, max, max - 1, max / 2, max / 2 + 1, sample.n_bytes & max, (sample.n_bytes - 1) & max,
		offset & max
	};
	uint8_t kept[8];

	assert_true(offset + n_bytes <= sample.n_bytes);
	memcpy(kept, sample.bytes + offset, n_bytes);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		put(sample.bytes + offset, n_bytes, values[i]);
		read_anyhow();
	}
	memcpy(sample.bytes + offset, kept, n_bytes);
}

static void lie_in_all_of(size_t offset, size_t n_items, const uint8_t *fields)
{
	for (size_t i = 0; i < n_items; i++)
		for (const uint8_t *field = fields; *field; offset += *field++)
			lie(offset, *field);
}

UNIT_TEST(any_field_of_32_bits_may_lie)
{
	static const uint8_t ident[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0 };
	static const uint8_t of_header[] = { 2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2, 0 };
	static const uint8_t words[] = { 4, 4, 4, 4, 4, 4, 4, 4, 0 },
			     of_section[] = { 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 0 };
	static const uint8_t of_symbol[] = { 4, 4, 4, 1, 1, 2, 0 };

	sample_read("elf/arm-bfd-a.elf", &sample);
	Elf32_Ehdr h = *header();
	lie_in_all_of(0, 1, ident);
	lie_in_all_of(16, 1, of_header);
	lie_in_all_of(h.e_phoff, h.e_phnum, words);
	lie_in_all_of(h.e_shoff, h.e_shnum, of_section);
	lie_in_all_of(0x208c + 16, 20, of_symbol); /* .symtab, by readelf */
}

UNIT_TEST(any_field_of_64_bits_may_lie)
{
	static const uint8_t of_header[] = { 2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2, 0 };
	static const uint8_t of_segment[] = { 4, 4, 8, 8, 8, 8, 8, 8, 0 };
	static const uint8_t of_section[] = { 4, 4, 8, 8, 8, 8, 4, 4, 8, 8, 0 };
	Elf64_Ehdr h;

	sample_read("elf/x86-gold.elf", &sample);
	memcpy(&h, sample.bytes, sizeof(h));
	lie_in_all_of(16, 1, of_header);
	lie_in_all_of(h.e_phoff, h.e_phnum, of_segment);
	lie_in_all_of(h.e_shoff, h.e_shnum, of_section);
}

UNIT_TEST(it_may_end_anywhere)
{
	size_t n_bytes;

	sample_read("elf/arm-bfd-a.elf", &sample);
	n_bytes = sample.n_bytes;
	for (size_t n = 0; n < n_bytes; n++) {
		uint8_t *whole = sample.bytes;
		sample.bytes = exact_copy(whole, n);
		sample.n_bytes = n;
		assert_true(read_bytes(IMAGE_WANT_SYMBOLS) < 0);
		image_deinit(&image);
		free(sample.bytes);
		sample.bytes = whole;
	}
}
