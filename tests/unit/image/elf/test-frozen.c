/* Frozen modules and pools of strings. tests/data/elf/frozen.c says what is in frozen-arm.elf (32 bits) and
 * frozen-pie.elf (64 bits, its pointers in relocations). */
#include <elf.h>

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

static void read_sample(void)
{
	if (image_read(&image, sample.name, (const char *)sample.bytes, sample.n_bytes, 0, &diag) != 0)
		fail_msg("%s", diag.text);
}

static void read_well(const char *name)
{
	sample_read(name, &sample);
	read_sample();
}

/* "boot.py 9 source, …": in the order of the list. */
static void assert_frozen(const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	for (size_t i = 0; i < image.n_frozen; i++) {
		const struct image_frozen *f = &image.frozen[i];
		strbuf_printf(&s, "%s%s %llu+%llu%s", i ? ", " : "", f->name, (unsigned long long)f->size_bytes,
			      (unsigned long long)f->strings_bytes, f->source ? " source" : "");
	}
	assert_string_equal(strbuf_text(&s), expected);
}

static void assert_qstr(uint64_t n_pools, uint64_t n_strings, uint64_t tables_bytes, uint64_t texts_bytes)
{
	assert_u64_equal(image.qstr.n_pools, n_pools);
	assert_u64_equal(image.qstr.n_strings, n_strings);
	assert_u64_equal(image.qstr.tables_bytes, tables_bytes);
	assert_u64_equal(image.qstr.texts_bytes, texts_bytes);
}

static const struct image_frozen *frozen_named(const char *name)
{
	for (size_t i = 0; i < image.n_frozen; i++)
		if (strcmp(image.frozen[i].name, name) == 0)
			return &image.frozen[i];
	fail_msg("no %s", name);
	return NULL;
}

/* The content of a symbol of frozen-arm.elf, to be changed. */
static uint8_t *content_of(const char *name)
{
	const Elf32_Ehdr *h = (const Elf32_Ehdr *)(const void *)sample.bytes;
	const Elf32_Shdr *s = (const Elf32_Shdr *)(const void *)(sample.bytes + h->e_shoff);

	for (unsigned i = 0; i < h->e_shnum; i++) {
		if (s[i].sh_type != SHT_SYMTAB)
			continue;
		const Elf32_Sym *symbols = (const Elf32_Sym *)(const void *)(sample.bytes + s[i].sh_offset);
		const char *names = (const char *)sample.bytes + s[s[i].sh_link].sh_offset;
		for (size_t k = 0; k < s[i].sh_size / sizeof(*symbols); k++)
			if (strcmp(names + symbols[k].st_name, name) == 0) {
				const Elf32_Shdr *in = &s[symbols[k].st_shndx];
				return sample.bytes + in->sh_offset + (symbols[k].st_value - in->sh_addr);
			}
	}
	fail_msg("no symbol %s", name);
	return NULL;
}

static void put32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t address_of(const char *pointer_to_it)
{
	const uint8_t *at = content_of(pointer_to_it);

	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* ---- modules ---- */

/* frozen_const: module 12, tables 12 + 4, objects 16 + 16 + 8, code 5 + 9, children 4, function 12. */
UNIT_TEST(modules_of_32_bits)
{
	read_well("elf/frozen-arm.elf");
	assert_frozen(
		"frozen_const.py 98+16, frozen.py 25+0, pkg/__init__.py 17+0, boot.py 9+0 source,"
		" notes.txt 5+0 source");
}

UNIT_TEST(modules_of_64_bits_whose_pointers_are_relocated)
{
	read_well("elf/frozen-pie.elf");
	assert_frozen(
		"frozen_const.py 178+16, frozen.py 37+0, pkg/__init__.py 29+0, boot.py 9+0 source,"
		" notes.txt 5+0 source");
}

/* With five bytes of padding, which symbols leave out. */
UNIT_TEST(without_local_symbols_pointers_tell)
{
	read_well("elf/frozen-x.elf");
	assert_frozen(
		"frozen_const.py 100+0, frozen.py 25+0, pkg/__init__.py 20+0, boot.py 9+0 source,"
		" notes.txt 5+0 source");
	assert_false(frozen_named("frozen.py")->hashed);
	assert_int_equal(image.n_notes, 1);
	assert_non_null(strstr(image.notes[0], "are estimated"));
	assert_qstr(3, 6, 108, 27);
}

/* Each may point to itself, to another, beyond the file, or between. */
UNIT_TEST(pointers_that_lie_are_not_followed_far)
{
	static const uint32_t places[] = { 0,          1,          0x100001ac, 0x100001cc, 0x100001d8,
					   0x100002ab, 0x100002af, 0x100012b0, UINT32_MAX };
	static const size_t offsets[] = { 0, 4, 8, 0x1b8 - 0x1ac + 8, 0x1cc - 0x1ac + 8, 0x1d8 - 0x1ac + 4 };

	for (size_t i = 0; i < ARRAY_SIZE(offsets) * ARRAY_SIZE(places); i++) {
		sample_read("elf/frozen-x.elf", &sample);
		put32(content_of("mp_frozen_mpy_content") + offsets[i % ARRAY_SIZE(offsets)],
		      places[i / ARRAY_SIZE(offsets)]);
		read_sample();
		assert_int_equal(image.n_frozen, 5);
		for (size_t k = 0; k < image.n_frozen; k++)
			assert_true(image.frozen[k].size_bytes < 0x200);
		end();
	}
}

UNIT_TEST(of_a_map_alone_names_are_those_of_symbols)
{
	read_well("elf/frozen-arm.map");
	assert_frozen("frozen_const 98+0, frozen 25+0, pkg___init__ 17+0");
	for (size_t i = 0; i < image.n_frozen; i++)
		assert_false(image.frozen[i].hashed);
}

UNIT_TEST(a_join_takes_those_of_the_elf)
{
	struct sample map_file;
	struct image map;

	read_well("elf/frozen-arm.elf");
	sample_read("elf/frozen-arm.map", &map_file);
	assert_int_equal(image_read(&map, "a.map", (const char *)map_file.bytes, map_file.n_bytes, 0, &diag), 0);
	assert_int_equal(image_join(&map, &image), 0);
	assert_int_equal(map.n_frozen, 5);
	assert_string_equal(map.frozen[0].name, "frozen_const.py");
	assert_u64_equal(map.qstr.tables_bytes, 108);
	assert_u64_equal(map.qstr.texts_bytes, 27);
	assert_int_equal(map.n_notes, 0);
	image_deinit(&map);
	sample_free(&map_file);
}

/* sha256sum of "hello". */
UNIT_TEST(a_source_is_hashed_as_it_is)
{
	static const uint8_t hello[] = { 0x2c, 0xf2, 0x4d, 0xba, 0x5f, 0xb0, 0xa3, 0x0e };

	read_well("elf/frozen-arm.elf");
	assert_true(frozen_named("notes.txt")->hashed);
	assert_memory_equal(frozen_named("notes.txt")->sha256, hello, sizeof(hello));
}

/* Their addresses, pointers, words and numbers of strings differ. */
UNIT_TEST(hashes_of_two_links_are_the_same)
{
	static const char *const names[] = { "frozen.py", "frozen_const.py", "pkg/__init__.py" };
	uint8_t of_32_bits[ARRAY_SIZE(names)][32];

	read_well("elf/frozen-arm.elf");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		memcpy(of_32_bits[i], frozen_named(names[i])->sha256, 32);
	end();
	read_well("elf/frozen-pie.elf");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_true(frozen_named(names[i])->hashed);
		assert_memory_equal(of_32_bits[i], frozen_named(names[i])->sha256, 32);
	}
}

/* A byte of the code, another name, another letter of a constant; but not a pointer. */
UNIT_TEST(hashes_tell_a_change)
{
	static const struct {
		const char *symbol;
		size_t offset;
		bool changes;
	} rows[] = {
		{ "fun_data_frozen_const_f", 4, true },
		{ "const_qstr_table_data_frozen_const", 0, true },
		{ "const_obj_frozen_const_0", 8, true },
		{ "const_obj_table_data_frozen_const", 0, false },
		{ "proto_fun_frozen_const__lt_module_gt_", 8, false },
	};
	uint8_t before[32];

	read_well("elf/frozen-arm.elf");
	memcpy(before, frozen_named("frozen_const.py")->sha256, sizeof(before));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		end();
		sample_read("elf/frozen-arm.elf", &sample);
		content_of(rows[i].symbol)[rows[i].offset] ^= 1;
		read_sample();
		if (rows[i].changes == (memcmp(frozen_named("frozen_const.py")->sha256, before, sizeof(before)) == 0))
			fail_msg("%s", rows[i].symbol);
	}
}

UNIT_TEST(names_need_their_end)
{
	sample_read("elf/frozen-arm.elf", &sample);
	memset(content_of("mp_frozen_names"), 'x', 61);
	read_sample();
	assert_int_equal(image.n_frozen, 0);
}

UNIT_TEST(sizes_of_sources_that_lie_are_not_followed)
{
	sample_read("elf/frozen-arm.elf", &sample);
	put32(content_of("mp_frozen_str_sizes"), UINT32_MAX);
	read_sample();
	assert_false(frozen_named("boot.py")->hashed);
}

/* ---- interned strings ---- */

/* Pools of 2, 3 and 1: headers of 6 words, pointers, a byte of length and of hash each; texts of 27 bytes. */
UNIT_TEST(pools)
{
	read_well("elf/frozen-arm.elf");
	assert_qstr(3, 6, 3 * 24 + 6 * 4 + 2 * 6, 27);
	end();
	read_well("elf/frozen-pie.elf");
	assert_qstr(3, 6, 3 * 48 + 6 * 8 + 2 * 6, 27);
	end();
	read_well("elf/frozen-arm.map");
	assert_qstr(3, 6, 3 * 24 + 6 * 4 + 2 * 6, NOT_KNOWN);
}

static void assert_chain_breaks(uint64_t n_pools)
{
	read_sample();
	assert_u64_equal(image.qstr.n_pools, n_pools);
	assert_int_equal(image.n_notes, 1);
	assert_non_null(strstr(image.notes[0], "chain of qstr pools breaks"));
}

UNIT_TEST(a_chain_that_leads_back_ends)
{
	uint32_t second;

	sample_read("elf/frozen-arm.elf", &sample);
	second = address_of("mp_qstr_frozen_const_pool");
	put32(content_of("mp_qstr_const_pool_static"), second);
	assert_chain_breaks(3);
}

UNIT_TEST(a_chain_that_leads_nowhere_ends)
{
	sample_read("elf/frozen-arm.elf", &sample);
	put32(content_of("mp_qstr_const_pool"), 0x12345678);
	assert_chain_breaks(2);
}

UNIT_TEST(a_pool_of_too_many_strings_is_none)
{
	static const uint32_t numbers[] = { UINT32_MAX, 1000000, 6, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		sample_read("elf/frozen-arm.elf", &sample);
		put32(content_of("mp_qstr_const_pool") + 12, numbers[i]);
		assert_chain_breaks(1);
		end();
	}
}

/* A hundred names of the same 4000 bytes: 5000 names of 4 MB kept SHA-256 busy for more than a minute. */
UNIT_TEST(aliases_are_not_hashed_without_end)
{
	read_well("elf/frozen-aliases.elf");
	assert_int_equal(image.n_frozen, 1);
	assert_true(image.frozen[0].size_bytes == 4000);
	assert_false(image.frozen[0].hashed);
}
