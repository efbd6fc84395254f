/* Maps of GNU ld: what its lines look like, and real ones. */

#include "memprof/image/image.h"
#include "sample.h"
#include "unit.h"

static struct image image;
static struct diag diag;

#define HEAD                                                                                          \
	"Memory Configuration\n\nName             Origin             Length             Attributes\n" \
	"FLASH            0x08000000         0x00010000         xr!w\n"                               \
	"rtc_fast_reserved_seg 0x3ff82000    0x00000000\n"                                            \
	"IDT_LIST         0xffff7fff         0x00008000         w\n"                                  \
	"*default*        0x00000000         0xffffffff\n"                                            \
	"\nLinker script and memory map\n\nLOAD main.o\n"
#define TAIL "OUTPUT(a.elf elf32-littlearm)\n"

static int read_map(const char *text, unsigned want)
{
	return image_read(&image, "a.map", text, strlen(text), want, &diag);
}

static void read_well(const char *text)
{
	if (read_map(text, IMAGE_WANT_SYMBOLS) != 0)
		fail_msg("%u: %s", (unsigned)diag.at.line, diag.text);
}

UNIT_AFTER(end) { image_deinit(&image); }

static uint64_t bytes_of(const char *name)
{
	for (size_t i = 0; i < image.n_objects; i++)
		if (strcmp(image.objects[i].path, name) == 0)
			return image.objects[i].size_bytes;
	return NOT_KNOWN;
}

static uint64_t value_of(const char *name)
{
	uint64_t value = NOT_KNOWN;

	image_value(&image, name, &value);
	return value;
}

/* ---- lines ---- */

/* Of GNU ld's own scripts: for the ATmegas, and for the XMEGAs. */
UNIT_TEST(regions_of_every_avr)
{
	static const struct {
		const char *data;
		bool nominal;
	} of[] = { { "0x00800200 0x0000fe00", true },
		   { "0x00802000 0x0000ffa0", true },
		   { "0x00800100 0x00000800", false } };
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
		snprintf(text, sizeof(text),
			 "Memory Configuration\n\nName Origin Length Attributes\ntext 0x00000000 0x00020000 xr\n"
			 "data %s rw\neeprom 0x00810000 0x00010000 rw\n\nLinker script and memory map\n\n" TAIL,
			 of[i].data);
		read_well(text);
		struct diag said = { 0 };
		assert_int_equal(image_resolve(&image, &said), 0);
		assert_int_equal(image_find_region(&image, "text")->nominal, of[i].nominal);
		assert_int_equal(image.n_notes > 0, of[i].nominal);
		image_deinit(&image);
	}
}

UNIT_TEST(regions)
{
	read_well(HEAD TAIL);
	assert_int_equal(image.n_regions, 2);
	assert_string_equal(image.regions[0].name, "FLASH");
	assert_string_equal(image.regions[0].attributes, "xr!w");
	assert_u64_equal(image.regions[0].length_bytes, 0x10000);
	assert_string_equal(image.regions[1].name, "rtc_fast_reserved_seg");
	assert_string_equal(image.regions[1].attributes, "");
}

UNIT_TEST(a_length_without_a_value_is_not_known)
{
	read_well(
		"Memory Configuration\n\nRAM 0x0 0xffffffff rw\nFAR 0x0 0xffffffffffffffff\n\n"
		"Linker script and memory map\n" TAIL);
	assert_u64_equal(image.regions[0].length_bytes, NOT_KNOWN);
	assert_u64_equal(image.regions[1].length_bytes, NOT_KNOWN);
	assert_int_equal(image.n_notes, 2);
}

UNIT_TEST(wrapped_names)
{
	read_well(HEAD
		  ".very_long_output_section\n                0x08000100       0x30 load address 0x08001000\n"
		  " .text.a_function_of_long_name\n                0x08000100       0x10 dir with blanks/a.o\n"
		  " .text.b        0x08000110       0x20 lib.a(b(1).o)\n"
		  " *(.ARM.exidx* .gnu.linkonce.armexidx.*)\n"
		  "\n.empty\n *(.nothing)\n\n.next           0x08000200        0x4\n"
		  " .next          0x08000200        0x4 c.o\n" TAIL);
	assert_int_equal(image.n_sections, 2);
	assert_string_equal(image.sections[0].name, ".very_long_output_section");
	assert_u64_equal(image.sections[0].lma, 0x8001000);
	assert_u64_equal(bytes_of("dir with blanks/a.o"), 0x10);
	assert_u64_equal(bytes_of("lib.a"), 0x20);
	assert_string_equal(image.objects[image.n_objects - 2].member, "b(1).o");
	assert_u64_equal(bytes_of("c.o"), 4);
}

UNIT_TEST(fills_and_data)
{
	read_well(HEAD
		  ".text           0x08000000       0x20\n"
		  " .text          0x08000000        0x5 a.o\n"
		  "                0x08000008                . = ALIGN (0x8)\n"
		  " *fill*         0x08000005        0x3 ff\n"
		  " FILL mask 0xaaaa5555\n"
		  " *fill*         0x08000008        0x8 aaaa5555\n"
		  "                0x08000010        0x1 BYTE 0x5a\n"
		  "                0x08000011        0x8 QUAD 0x2\n"
		  "                0x08000019        0x4 LONG (0x1 + 0x2)\n"
		  " *fill*         0x0800001d        0x3 \n" TAIL);
	assert_u64_equal(image.objects[OBJECT_FILL].size_bytes, 14);
	assert_u64_equal(image.objects[OBJECT_SCRIPT].size_bytes, 13);
	assert_u64_equal(image.sections[0].fill_bytes, 14);
	assert_int_equal(image.n_objects, N_PSEUDO_OBJECTS + 1); /* no file "ff" */
}

/* The load address of the next section is that of one that is not in the file; or behind it, but for an alignment. */
UNIT_TEST(what_is_loaded_is_seen_by_what_follows)
{
	static const struct {
		unsigned next;
		bool nobits, unsure;
	} cases[] = {
		{ 0x200, true, false }, { 0x300, false, false }, { 0x33f, false, false }, { 0x340, false, true }
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(strbuf_deinit) struct strbuf map = STRBUF_INIT;

		strbuf_printf(&map,
			      "Memory Configuration\n\nName Origin Length Attributes\n"
			      "FLASH 0x08000000 0x00010000 xr\nRAM 0x20000000 0x00010000 xrw\n"
			      "*default* 0x00000000 0xffffffff\n\nLinker script and memory map\n\nLOAD main.o\n"
			      ".text 0x08000000 0x200\n .text 0x08000000 0x200 main.o\n"
			      ".kept 0x20000000 0x100 load address 0x08000200\n .kept 0x20000000 0x100 main.o\n"
			      ".data 0x20000100 0x10 load address 0x%08x\n .data 0x20000100 0x10 main.o\n" TAIL,
			      0x08000000 + cases[i].next);
		read_well(strbuf_text(&map));
		assert_int_equal(image.sections[1].nobits, cases[i].nobits);
		assert_int_equal(image.sections[1].unsure, cases[i].unsure);
		image_deinit(&image);
	}
}

UNIT_TEST(what_is_no_contribution)
{
	read_well(
		"Discarded input sections\n\n .text          0x00000000       0x10 a.o\n"
		" .data.a_name_that_wraps\n                0x00000000        0x4 a.o\n\n" HEAD
		".text           0x08000000       0x20\n"
		" .text          0x08000000       0x20 a.o\n"
		"                0x08000000                main\n"
		"                0x08000008                demo::f(int, char (*) [4])\n"
		"                0x20001000                _estack = (ORIGIN (RAM) + LENGTH (RAM))\n"
		"                0x08000020                PROVIDE (_etext = .)\n"
		"                0x08000021                PROVIDE (_old, .)\n"
		"                [!provide]                PROVIDE (unused = .)\n"
		"                *undef*                   nothing = 0x0\n"
		"                0x00000001                ASSERT ((_etext > 0x0), x = 1)\n"
		"                0x08000020                . = ALIGN (0x4)\n"
		"/DISCARD/\n *(.note)\n" TAIL "\nCross Reference Table\n\n.text2          0x08000100       0x99\n");
	assert_int_equal(image.n_sections, 1);
	assert_int_equal(image.n_discarded, 2);
	assert_u64_equal(image.discarded_bytes, 0x14);
	assert_u64_equal(bytes_of("a.o"), 0x20);
	assert_u64_equal(value_of("_estack"), 0x20001000);
	assert_u64_equal(value_of("_etext"), 0x8000020);
	assert_u64_equal(value_of("_old"), 0x8000021);
	assert_u64_equal(value_of("unused"), NOT_KNOWN);
	assert_u64_equal(value_of("nothing"), NOT_KNOWN);
	assert_u64_equal(value_of("demo::f(int, char (*) [4])"), 0x8000008);
	assert_int_equal(image.n_symbols, 2);
}

/* Without -ffunction-sections a section .text.unlikely has all that is seldom run. */
UNIT_TEST(sections_of_groups_name_no_symbol)
{
	read_well(HEAD
		  ".text           0x08000000       0x20\n"
		  " .text.unlikely\n                0x08000000       0x10 a.o\n"
		  " .text.unlikely.fail\n                0x08000010        0x8 a.o\n"
		  " .data.rel.ro.local\n                0x08000018        0x4 a.o\n"
		  " .data.rel.ro.local.names\n                0x0800001c        0x4 a.o\n" TAIL);
	assert_int_equal(image.n_symbols, 2);
	assert_memory_equal(image.symbols[0].name.text, "fail", 4);
	assert_memory_equal(image.symbols[1].name.text, "names", 5);
}

UNIT_TEST(sizes_before_relaxing_are_no_sizes)
{
	read_well(HEAD
		  ".rodata         0x08000000      0x100\n"
		  " .rodata.main.str1.4\n                0x08000000       0xf8 a.o\n"
		  "                                 0x10 (size before relaxing)\n"
		  " .rodata.str1.4 0x080000f8       0x40 b.o\n"
		  "                                 0x40 (size before relaxing)\n"
		  " .rodata.t      0x080000f8        0x8 b.o\n" TAIL);
	assert_u64_equal(bytes_of("a.o"), 0x10);
	assert_u64_equal(image.objects[OBJECT_MERGED].size_bytes, 0xe8);
	assert_u64_equal(bytes_of("b.o"), 8);
}

UNIT_TEST(sections_without_a_dot_and_wide_addresses)
{
	read_well(
		"Memory Configuration\n\nLinker script and memory map\n\n"
		"rom_start       0x0000000010000000       0x10\n"
		" vectors        0x0000000010000000       0x10 a.o\r\n"
		"bss             0x0000000020000000       0x10\n"
		" COMMON         0x0000000020000000       0x10 a.o\n" TAIL);
	assert_int_equal(image.n_sections, 2);
	assert_false(image.sections[0].nobits);
	assert_true(image.sections[1].nobits);
}

/* ---- what is refused ---- */

/* ---- the cross reference table ---- */

#define PAD50 "                                                  "
#define CREF                                                                                                   \
	HEAD ".text           0x08000000       0x40\n .text          0x08000000       0x40 lib/liba.a(a.o)\n"  \
	     "                0x08000000                start\n"                                               \
	     "                0x08000004                space::a_name_of_fifty_bytes(char const*, int, int)\n" \
	     "                0x08000008                b(int, char const*)\n" TAIL                            \
	     "\nCross Reference Table\n\nSymbol                                            File\n"

static void assert_reference(size_t i, const char *what, const char *by, const char *symbol)
{
	const struct image_pull *r = &image.references[i];

	assert_true(i < image.n_references);
	assert_string_equal(r->what, what);
	assert_string_equal(r->by, by);
	assert_int_equal(r->symbol.n_bytes, strlen(symbol));
	assert_memory_equal(r->symbol.text, symbol, strlen(symbol));
}

/* The definer of a symbol that no section has is unknown: of the script, or an undefined weak one. */
UNIT_TEST(cross_references)
{
	static const char text[] = CREF "_estack                                           crt.o\n" PAD50
					"main.o\n"
					"b(int, char const*)                               lib/liba.a(a.o)\n" PAD50
					"dir with blanks/b.o\n" PAD50
					"lib/libc.a(c(1).o)\n"
					"space::a_name_of_fifty_bytes(char const*, int, int) lib/liba.a(a.o)\n" PAD50
					"main.o\n"
					"start                                             lib/liba.a(a.o)\n";

	assert_int_equal(read_map(text, IMAGE_WANT_SYMBOLS | IMAGE_WANT_REFERENCES), 0);
	assert_int_equal(image.n_references, 3);
	assert_reference(0, "lib/liba.a(a.o)", "dir with blanks/b.o", "b(int, char const*)");
	assert_reference(1, "lib/liba.a(a.o)", "lib/libc.a(c(1).o)", "b(int, char const*)");
	assert_reference(2, "lib/liba.a(a.o)", "main.o", "space::a_name_of_fifty_bytes(char const*, int, int)");
	assert_ptr_equal(image.references[0].what, image.references[2].what);
	image_deinit(&image);
	assert_int_equal(read_map(text, IMAGE_WANT_SYMBOLS), 0);
	assert_int_equal(image.n_references, 0);
	image_deinit(&image);
}

/* Lines that ld does not write make no reference, so that their number is bounded by the size of the map. */
UNIT_TEST(odd_cross_references)
{
	assert_int_equal(read_map(CREF PAD50 "nobody.o\nstart\n" PAD50 "nobody.o\nstart a.o\n b.o\n\tc.o\nstart " PAD50
					     "a.o\n" PAD50 "  z.o\n" PAD50 "\n",
				  IMAGE_WANT_SYMBOLS | IMAGE_WANT_REFERENCES),
			 0);
	assert_int_equal(image.n_references, 1);
	assert_reference(0, "a.o", "z.o", "start");
	image_deinit(&image);
}

/* Each use in a real map is of a symbol in the object that the map has it in. */
UNIT_TEST(cross_references_of_a_real_map)
{
	struct sample file;

	sample_read("images/arm-bfd-a.map", &file);
	assert_int_equal(image_read(&image, "a.map", (const char *)file.bytes, file.n_bytes,
				    IMAGE_WANT_SYMBOLS | IMAGE_WANT_REFERENCES, &diag),
			 0);
	assert_int_equal(image.n_references, 9);
	for (size_t i = 0; i < image.n_references; i++) {
		const struct image_pull *r = &image.references[i];
		const struct image_symbol *s = image.symbols;
		while (s < image.symbols + image.n_symbols &&
		       (s->name.n_bytes != r->symbol.n_bytes ||
			memcmp(s->name.text, r->symbol.text, s->name.n_bytes) != 0))
			s++;
		assert_true(s < image.symbols + image.n_symbols);
		assert_string_equal(image.objects[s->object].key, r->what);
	}
	image_deinit(&image);
	sample_free(&file);
}

/* ---- bad maps ---- */

static void refused(const char *text, const char *because)
{
	assert_int_equal(read_map(text, 0), -EINVAL);
	if (!strstr(diag.text, because))
		fail_msg("'%s' does not say '%s'", diag.text, because);
	image_deinit(&image);
}

UNIT_TEST(bad_maps)
{
	refused("", "empty");
	refused("Memory Configuration\n\nName Origin\n", "truncated");
	refused("hello\n", "neither a supported linker map nor an ELF");
	refused(HEAD ".text           0x08000000       0x20\n", "truncated");
	refused(HEAD ".text           0xffffffffffffff00      0x200\n" TAIL, "does not fit");
	refused(HEAD ".text           0x08000000       0x20\n" TAIL HEAD TAIL, "a second map begins here");
	refused(HEAD ".text           0xffffffffffffffff      0x1\n" TAIL, "does not fit");
}

/* A map may end anywhere: it is refused, or, behind its last line, whole. */
UNIT_TEST(a_cut_map_is_refused)
{
	struct sample file;
	uint64_t n_refused = 0;

	sample_read("images/arm-bfd-features.map", &file);
	for (size_t n = 0; n < file.n_bytes; n++) {
		int r = image_read(&image, "a.map", (const char *)file.bytes, n, IMAGE_WANT_SYMBOLS, &diag);
		assert_true(r == 0 || r == -EINVAL);
		if (r == 0)
			assert_non_null(strstr((const char *)file.bytes, "OUTPUT("));
		n_refused += r < 0;
		image_deinit(&image);
	}
	assert_true(n_refused > file.n_bytes / 2);
	sample_free(&file);
}

/* ---- real maps ---- */

/* The figures of ld --print-memory-usage: "FLASH:  988 B  128 KB  0.75%". */
static void assert_usage(const char *memory)
{
	const char *line = strchr(memory, '\n');
	unsigned n = 0;

	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		char name[32], unit[3];
		unsigned long used;
		if (sscanf(line + 1, " %31[^:]: %lu %2s", name, &used, unit) != 3)
			break;
		used *= strcmp(unit, "KB") == 0 ? 1024u : 1u;
		assert_non_null(image_find_region(&image, name));
		assert_u64_equal(image_find_region(&image, name)->used_bytes, used);
		n++;
	}
	assert_int_equal(n, 3);
}

UNIT_TEST(use_agrees_with_the_linker)
{
	static const char *const names[] = { "arm-bfd-a", "riscv64-bfd-b", "arm-overflow" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct sample map, memory;
		char path[64];
		snprintf(path, sizeof(path), "images/%s.map", names[i]);
		sample_read(path, &map);
		snprintf(path, sizeof(path), "images/%s.memory.txt", names[i]);
		sample_read(path, &memory);
		assert_int_equal(image_read(&image, "a.map", (const char *)map.bytes, map.n_bytes, 0, &diag), 0);
		memory.bytes[memory.n_bytes - 1] = '\0';
		assert_usage((const char *)memory.bytes);
		image_deinit(&image);
		sample_free(&map);
		sample_free(&memory);
	}
}
