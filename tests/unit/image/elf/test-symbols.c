/* Which symbol a byte is counted for, on ELFs made by hand: .text is 0x100 bytes of code at 0x1000, .data 0x40 at
 * 0x2000. */
#include <elf.h>

#include "elf_truth.h"
#include "memprof/image/image.h"
#include "unit.h"

enum { TEXT = 1, DATA, N_SECTIONS = 7, MADE_MAX_BYTES = 8192 };

struct made {
	const char *name;
	uint32_t value, size_bytes;
	unsigned binding, type, section;
};

static uint8_t bytes[MADE_MAX_BYTES];
static size_t n_bytes;
static bool big;
static struct image image;
static struct diag diag;

static void put(size_t n, uint64_t value)
{
	assert_true(n_bytes + n <= sizeof(bytes));
	for (size_t i = 0; i < n; i++)
		bytes[n_bytes++] = (uint8_t)(value >> 8 * (big ? n - 1 - i : i));
}

static uint32_t put_text(const char *text, size_t from)
{
	size_t at = n_bytes;

	for (size_t i = 0; i <= strlen(text); i++)
		put(1, (uint8_t)text[i]);
	return (uint32_t)(at - from);
}

static void put_section(uint32_t name, uint32_t type, uint32_t flags, uint32_t address, size_t offset,
			size_t size_bytes, uint32_t link, uint32_t entry_bytes)
{
	const uint64_t words[] = { name, type, flags, address, offset, size_bytes, link, 0, 1, entry_bytes };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		put(4, words[i]);
}

static void put_header(unsigned machine, size_t sections_at)
{
	static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', ELFCLASS32, 0, EV_CURRENT, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

	n_bytes = 0;
	for (size_t i = 0; i < sizeof(ident); i++)
		put(1, i == EI_DATA ? (big ? ELFDATA2MSB : ELFDATA2LSB) : ident[i]);
	put(2, ET_EXEC);
	put(2, machine);
	put(4, EV_CURRENT);
	put(4, 0);
	put(4, 0);
	put(4, sections_at);
	put(4, 0);
	put(2, sizeof(Elf32_Ehdr));
	put(2, sizeof(Elf32_Phdr));
	put(2, 0);
	put(2, sizeof(Elf32_Shdr));
	put(2, N_SECTIONS);
	put(2, 5);
}

/* Sections above those that there are go through .symtab_shndx. */
static void make(unsigned machine, const struct made *symbols, size_t n_symbols)
{
	uint32_t names[64] = { 0 }, of_sections[6];
	size_t text_at, strings_at, table_at, extended_at, names_at, sections_at, strings_end;
	static const char *const section_names[] = { ".text",   ".data",     ".symtab",
						     ".strtab", ".shstrtab", ".symtab_shndx" };

	put_header(machine, 0);
	text_at = n_bytes;
	for (size_t i = 0; i < 0x140; i++)
		put(1, 0);
	strings_at = n_bytes;
	put(1, 0);
	for (size_t i = 0; i < n_symbols; i++)
		names[i] = put_text(symbols[i].name, strings_at);
	strings_end = n_bytes;
	table_at = n_bytes;
	for (size_t i = 0; i < sizeof(Elf32_Sym); i++)
		put(1, 0);
	for (size_t i = 0; i < n_symbols; i++) {
		put(4, names[i]);
		put(4, symbols[i].value);
		put(4, symbols[i].size_bytes);
		put(1, ELF32_ST_INFO(symbols[i].binding, symbols[i].type));
		put(1, 0);
		put(2, symbols[i].section > 0xffff ? SHN_XINDEX : symbols[i].section);
	}
	extended_at = n_bytes;
	put(4, 0);
	for (size_t i = 0; i < n_symbols; i++)
		put(4, symbols[i].section > 0xffff ? symbols[i].section - 0x10000 : 0);
	names_at = n_bytes;
	put(1, 0);
	for (size_t i = 0; i < ARRAY_SIZE(section_names); i++)
		of_sections[i] = put_text(section_names[i], names_at);
	sections_at = n_bytes;
	put_section(0, 0, 0, 0, 0, 0, 0, 0);
	put_section(of_sections[0], SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 0x1000, text_at, 0x100, 0, 0);
	put_section(of_sections[1], SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 0x2000, text_at + 0x100, 0x40, 0, 0);
	put_section(of_sections[2], SHT_SYMTAB, 0, 0, table_at, extended_at - table_at, 4, sizeof(Elf32_Sym));
	put_section(of_sections[3], SHT_STRTAB, 0, 0, strings_at, strings_end - strings_at, 0, 0);
	put_section(of_sections[4], SHT_STRTAB, 0, 0, names_at, sections_at - names_at, 0, 0);
	put_section(of_sections[5], SHT_SYMTAB_SHNDX, 0, 0, extended_at, names_at - extended_at, 3, 4);
	size_t all = n_bytes;
	put_header(machine, sections_at);
	n_bytes = all;
}

static void read_made(unsigned machine, const struct made *symbols, size_t n_symbols)
{
	make(machine, symbols, n_symbols);
	if (image_read(&image, "made.elf", (const char *)bytes, n_bytes, IMAGE_WANT_SYMBOLS, &diag) != 0)
		fail_msg("%s", diag.text);
	elf_truth_sums(&image);
}
#define READ(machine, ...) \
	read_made(machine, (const struct made[]){ __VA_ARGS__ }, ARRAY_SIZE(((const struct made[]){ __VA_ARGS__ })))

UNIT_BEFORE(begin) { big = false; }

UNIT_AFTER(end) { image_deinit(&image); }

/* "a 4, b 0 e": in order of address and place in the table; e is estimated. */
static void assert_symbols(const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	for (size_t i = 0; i < image.n_symbols; i++) {
		const struct image_symbol *symbol = &image.symbols[i];
		strbuf_printf(&s, "%s%.*s %llu%s", i ? ", " : "", (int)symbol->name.n_bytes, symbol->name.text,
			      (unsigned long long)symbol->size_bytes, symbol->estimated ? " e" : "");
	}
	assert_string_equal(strbuf_text(&s), expected);
}

#define FUNCTION(name, value, n, binding)               \
	{                                               \
		name, value, n, binding, STT_FUNC, TEXT \
	}
#define LABEL(name, value, section)                             \
	{                                                       \
		name, value, 0, STB_GLOBAL, STT_NOTYPE, section \
	}

UNIT_TEST(of_aliases_the_widest_known_has_the_bytes)
{
	READ(EM_RISCV, FUNCTION("a_local", 0x1000, 8, STB_LOCAL), FUNCTION("weak", 0x1000, 8, STB_WEAK),
	     FUNCTION("z_global", 0x1000, 8, STB_GLOBAL), FUNCTION("b_global", 0x1000, 8, STB_GLOBAL));
	assert_symbols("a_local 0, weak 0, z_global 0, b_global 8");
}

UNIT_TEST(a_size_counts_more_than_who_knows_it)
{
	READ(EM_RISCV, LABEL("label", 0x2000, DATA), { "variable", 0x2000, 12, STB_LOCAL, STT_OBJECT, DATA });
	assert_symbols("label 0, variable 12");
}

UNIT_TEST(the_inner_symbol_has_the_bytes)
{
	READ(EM_RISCV, FUNCTION("outer", 0x1000, 0x20, STB_GLOBAL), FUNCTION("inner", 0x1008, 8, STB_GLOBAL),
	     FUNCTION("deep", 0x100c, 2, STB_GLOBAL), FUNCTION("across", 0x1018, 0x10, STB_GLOBAL));
	assert_symbols("outer 16, inner 6, deep 2, across 16");
}

UNIT_TEST(nothing_counts_outside_its_section)
{
	READ(EM_RISCV, FUNCTION("long", 0x10f0, 0x7fffffff, STB_GLOBAL), FUNCTION("beyond", 0x1200, 4, STB_GLOBAL),
	     FUNCTION("before", 0xff0, 0x20, STB_GLOBAL));
	assert_symbols("long 16");
}

UNIT_TEST(code_without_a_size_ends_at_the_next_symbol)
{
	READ(EM_RISCV, FUNCTION("sized", 0x1000, 0x10, STB_GLOBAL), LABEL("inside", 0x1004, TEXT),
	     LABEL("assembly", 0x1010, TEXT), LABEL("next", 0x1020, TEXT), LABEL("end", 0x1100, TEXT));
	assert_symbols("sized 16, inside 0, assembly 16 e, next 224 e, end 0");
}

UNIT_TEST(labels_of_data_have_no_size)
{
	uint64_t value;

	READ(EM_RISCV, LABEL("_sdata", 0x2000, DATA), { "variable", 0x2010, 4, STB_GLOBAL, STT_OBJECT, DATA });
	assert_symbols("_sdata 0, variable 4");
	assert_true(image_value(&image, "_sdata", &value));
	assert_u64_equal(value, 0x2000);
}

UNIT_TEST(absolute_symbols_are_values_only)
{
	uint64_t value;

	READ(EM_RISCV, { "_flash_size", 0x200000, 0, STB_GLOBAL, STT_NOTYPE, SHN_ABS },
	     { "_local_size", 77, 16, STB_LOCAL, STT_OBJECT, SHN_ABS });
	assert_int_equal(image.n_symbols, 0);
	assert_true(image_value(&image, "_flash_size", &value));
	assert_u64_equal(value, 0x200000);
	assert_true(image_value(&image, "_local_size", &value));
}

UNIT_TEST(the_thumb_bit_is_arms_alone)
{
	READ(EM_ARM, FUNCTION("thumb", 0x1001, 8, STB_GLOBAL), { "odd", 0x2001, 1, STB_GLOBAL, STT_OBJECT, DATA });
	assert_u64_equal(image.symbols[0].address, 0x1000);
	assert_u64_equal(image.symbols[1].address, 0x2001);
	image_deinit(&image);
	READ(EM_AVR, FUNCTION("odd", 0x1001, 8, STB_GLOBAL));
	assert_u64_equal(image.symbols[0].address, 0x1001);
}

UNIT_TEST(marks_for_disassemblers_are_no_symbols)
{
	READ(EM_RISCV, { "$x", 0x1000, 0, STB_LOCAL, STT_NOTYPE, TEXT },
	     { "$d.12", 0x1004, 0, STB_LOCAL, STT_NOTYPE, TEXT },
	     { "$xrv32i2p1_m2p0", 0x1008, 0, STB_LOCAL, STT_NOTYPE, TEXT },
	     { ".L0 ", 0x100c, 0, STB_LOCAL, STT_NOTYPE, TEXT },
	     { ".LANCHOR0", 0x100c, 0, STB_LOCAL, STT_NOTYPE, TEXT },
	     { "L0\001", 0x100c, 0, STB_LOCAL, STT_NOTYPE, TEXT }, FUNCTION("$dollar", 0x1020, 8, STB_GLOBAL),
	     FUNCTION("$x", 0x1028, 8, STB_LOCAL), FUNCTION("f", 0x1000, 0x20, STB_GLOBAL));
	assert_symbols("f 32, $dollar 8, $x 8");
}

UNIT_TEST(local_symbols_are_of_the_file_before_them)
{
	READ(EM_RISCV, { "a.c", 0, 0, STB_LOCAL, STT_FILE, SHN_ABS }, FUNCTION("one", 0x1000, 0x10, STB_LOCAL),
	     { "b.c", 0, 0, STB_LOCAL, STT_FILE, SHN_ABS }, FUNCTION("two", 0x1010, 0x20, STB_LOCAL),
	     { "", 0, 0, STB_LOCAL, STT_FILE, SHN_ABS }, FUNCTION("linkers", 0x1030, 4, STB_LOCAL),
	     FUNCTION("global", 0x1040, 0x10, STB_GLOBAL));
	assert_string_equal(image.objects[image.symbols[0].object].path, "a.c");
	assert_string_equal(image.objects[image.symbols[1].object].path, "b.c");
	assert_u64_equal(image.objects[image.symbols[1].object].size_bytes, 0x20);
	assert_int_equal(image.symbols[2].object, IMAGE_NONE);
	assert_int_equal(image.symbols[3].object, IMAGE_NONE);
	assert_u64_equal(image.objects[OBJECT_LINKER].size_bytes + image.objects[OBJECT_FILL].size_bytes,
			 0x140 - 0x10 - 0x20);
}

UNIT_TEST(section_numbers_that_do_not_fit_stand_elsewhere)
{
	READ(EM_RISCV, { "f", 0x1000, 8, STB_GLOBAL, STT_FUNC, 0x10000 + TEXT },
	     { "v", 0x2000, 4, STB_GLOBAL, STT_OBJECT, 0x10000 + DATA },
	     { "nowhere", 0x2000, 4, STB_GLOBAL, STT_OBJECT, 0x10000 + 500 });
	assert_symbols("f 8, v 4");
}

UNIT_TEST(big_endian)
{
	big = true;
	READ(EM_MIPS, FUNCTION("f", 0x1000, 8, STB_GLOBAL), { "v", 0x2000, 4, STB_GLOBAL, STT_OBJECT, DATA });
	assert_symbols("f 8, v 4");
	assert_string_equal(image.target, "mips");
}
