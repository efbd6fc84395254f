/* The rules that make sums right, on images made by hand: what no map says so plainly. */
#include "memprof/image/image.h"
#include "symbol-at.h"

#include "unit.h"

static struct image image;
static struct diag diag;
static bool is_open;

UNIT_BEFORE(begin)
{
	image_init(&image, "made.map");
	is_open = false;
}

UNIT_AFTER(end)
{
	image_deinit(&image);
	image_deinit(&image);
}

static void region(const char *name, uint64_t origin, uint64_t length_bytes)
{
	struct image_region *r = image_add_region(&image);

	assert_non_null(r);
	*r = (struct image_region){ .name = name, .attributes = "", .origin = origin, .length_bytes = length_bytes };
}

/* Ends the section that was begun. */
static void end_section(void)
{
	if (is_open)
		assert_int_equal(image_end_section(&image), 0);
	is_open = false;
}

static void section(const char *name, uint64_t vma, uint64_t size_bytes)
{
	end_section();
	is_open = true;
	struct image_section *s = image_begin_section(&image, name, strlen(name));
	assert_non_null(s);
	s->vma = vma;
	s->size_bytes = size_bytes;
}

static uint32_t object(const char *name) { return image_object(&image, name, strlen(name)); }

static void line(const char *name, const char *of, uint64_t address, uint64_t size_bytes)
{
	struct image_piece *piece = image_add_piece(&image, object(of), address, size_bytes);

	assert_non_null(piece);
	piece->name = (struct image_slice){ name, (uint32_t)strlen(name) };
}

static uint64_t bytes_of(const char *name) { return image.objects[object(name)].size_bytes; }

/* "a.o 0x40 b.o 0" */
static void assert_bytes(const char *expected, uint64_t (*bytes)(const char *name))
{
	char name[32];
	long long n;

	for (int n_read; sscanf(expected, "%31s %lli%n", name, &n, &n_read) == 2; expected += n_read)
		if (bytes(name) != (uint64_t)n)
			fail_msg("%s has %llu bytes, not %lli", name, (unsigned long long)bytes(name), n);
}

static void resolve(void)
{
	end_section();
	if (image_resolve(&image, &diag) != 0)
		fail_msg("%s", diag.text);
}

/* Sums of every section close, whatever the lines were. */
static void assert_closed(void)
{
	for (size_t i = 0; i < image.n_sections; i++) {
		const struct image_section *s = &image.sections[i];
		uint64_t at = s->vma;
		for (size_t k = s->i_piece; k < s->i_piece + s->n_pieces; k++) {
			assert_u64_equal(image.pieces[k].address, at);
			at += image.pieces[k].size_bytes;
		}
		assert_u64_equal(at, s->vma + s->size_bytes);
		assert_u64_equal(s->unattributed_bytes, 0);
	}
}

/* ---- effective sizes ---- */

UNIT_TEST(a_line_ends_where_the_next_begins)
{
	section(".text", 0x100, 0x100);
	line(".text.a", "a.o", 0x100, 0x40);
	line(".rodata.str1.1", "b.o", 0x140, 0x200); /* merged: its bytes lie elsewhere */
	line(".rodata.str1.1", "c.o", 0x140, 0x30);
	line(".text.d", "d.o", 0x170, 0x90);
	line(".text.e", "e.o", 0x200, 0x10); /* behind the section */
	line(".text.f", "f.o", 0x180, 0);
	resolve();
	assert_closed();
	assert_bytes("a.o 0x40 b.o 0 c.o 0x30 d.o 0x90 e.o 0", bytes_of);
}

UNIT_TEST(a_leader_keeps_what_it_brought)
{
	section(".rodata", 0x100, 0x100);
	line(".rodata.str1.1", "leader.o", 0x100, 0xf0);
	image.lines[image.n_lines - 1].before_bytes = 0x20;
	line(".rodata.str1.1", "member.o", 0x1f0, 0x33);
	image.lines[image.n_lines - 1].before_bytes = 0x33;
	line(".rodata.x", "x.o", 0x1f0, 0x10);
	resolve();
	assert_closed();
	assert_u64_equal(bytes_of("leader.o"), 0x20);
	assert_u64_equal(image.objects[OBJECT_MERGED].size_bytes, 0xd0);
	assert_u64_equal(bytes_of("member.o"), 0);
}

UNIT_TEST(holes_have_an_owner)
{
	section(".text", 0x100, 0x2000);
	line(".text.a", "a.o", 0x100, 0x11); /* 0x111..0x114: alignment */
	line(".text.b", "b.o", 0x114, 0x4);  /* 0x118..0x1234: nothing explains it */
	line(".text.c", "c.o", 0x1234, 0xecc);
	section("__libc_freeres_ptrs", 0x3000, 0x28); /* no line at all */
	resolve();
	assert_closed();
	assert_u64_equal(image.objects[OBJECT_FILL].size_bytes, 3);
	assert_u64_equal(image.objects[OBJECT_LINKER].size_bytes, 0x1234 - 0x118 + 0x28);
}

UNIT_TEST(lines_in_any_order)
{
	section(".text", 0x100, 0x30);
	line(".text.c", "c.o", 0x120, 0x10);
	line(".text.a", "a.o", 0x100, 0x10);
	line(".text.b", "b.o", 0x110, 0x10);
	resolve();
	assert_closed();
	assert_u64_equal(bytes_of("a.o") + bytes_of("b.o") + bytes_of("c.o"), 0x30);
}

/* Whatever the lines say, every byte has one owner. */
UNIT_TEST(sums_close_for_any_lines)
{
	uint32_t random = 7;

	for (int round = 0; round < 500; round++) {
		uint64_t vma = next_random(&random) % 0x1000, size_bytes = 1 + next_random(&random) % 0x400;
		section(".any", vma, size_bytes);
		for (uint32_t i = next_random(&random) % 12; i > 0; i--) {
			line(".x", i % 3 ? "x.o" : "y.o", vma - 0x10 + next_random(&random) % 0x420,
			     next_random(&random) % 0x100);
			if (i % 4 == 0)
				image.lines[image.n_lines - 1].before_bytes = next_random(&random) % 0x80;
		}
		resolve();
		assert_closed();
		end();
		begin();
	}
}

/* ---- regions ---- */

UNIT_TEST(a_copied_section_counts_in_both_regions)
{
	region("FLASH", 0x8000000, 0x1000);
	region("RAM", 0x20000000, 0x800);
	section(".text", 0x8000000, 0x100);
	line(".text", "a.o", 0x8000000, 0x100);
	section(".data", 0x20000010, 0x20);
	image.sections[1].lma = 0x8000100;
	line(".data", "a.o", 0x20000010, 0x20);
	section(".bss", 0x20000030, 0x50);
	image.sections[2].lma = 0x8000120; /* GNU ld says so of what takes no flash */
	line("COMMON", "a.o", 0x20000030, 0x50);
	section(".heap", 0x20000080, 0x100);
	resolve();
	assert_u64_equal(image.regions[0].used_bytes, 0x120);
	assert_u64_equal(image.regions[1].used_bytes, 0x180);
	assert_u64_equal(image.regions[1].reserved_bytes, 0x100);
	assert_u64_equal(image.regions[1].gaps_bytes, 0x10);
	assert_int_equal(image.n_gaps, 1);
	assert_u64_equal(image.gaps[0].start, 0x20000000);
	assert_int_equal(image_region_free(&image.regions[1]), 0x680);
	assert_u64_equal(bytes_of("a.o"), 0x170);
	assert_u64_equal(image.objects[object("a.o")].by_region[0], 0x120);
	assert_u64_equal(image.objects[object("a.o")].by_region[1], 0x70);
	assert_true(image.sections[2].nobits);
	assert_u64_equal(image_section_load_bytes(&image.sections[2]), 0);
}

UNIT_TEST(the_smallest_region_has_the_section)
{
	region("FLASH", 0x8000000, 0x10000);
	region("FLASH_ISR", 0x8000000, 0x4000);
	region("FLASH_TEXT", 0x8008000, 0x8000);
	section(".isr_vector", 0x8000000, 0x10);
	section(".text", 0x8008000, 0x20);
	resolve();
	assert_u64_equal(image.regions[0].used_bytes, 0);
	assert_u64_equal(image.regions[1].used_bytes, 0x10);
	assert_u64_equal(image.regions[2].used_bytes, 0x20);
	assert_int_equal(image.regions[1].inside, 0);
	assert_int_equal(image.regions[2].inside, 0);
	assert_int_equal(image.regions[0].inside, IMAGE_NONE);
}

UNIT_TEST(bytes_behind_a_full_region_ran_out_of_it)
{
	region("RAM", 0x20000000, 0x100);
	section(".data", 0x20000000, 0xf0);
	section(".bss", 0x200000f0, 0x40);
	section(".noinit", 0x20000130, 0x10);
	section(".far", 0x30000000, 0x10);
	resolve();
	assert_u64_equal(image.regions[0].used_bytes, 0x140);
	assert_int_equal(image_region_free(&image.regions[0]), -0x40);
	assert_int_equal(image.sections[3].region, IMAGE_NONE);
}

/* RP2040: SCRATCH_X begins where RAM ends. GNU ld 2.40 says of such a link "region `RAM' overflowed by 716 bytes". */
UNIT_TEST(an_overflow_into_the_next_region_is_not_its_use)
{
	region("RAM", 0x20000000, 0x100);
	region("SCRATCH_X", 0x20000100, 0x1000);
	section(".data", 0x20000000, 0xa0);
	section(".bss", 0x200000a0, 0x12c);
	section(".heap", 0x200001cc, 0x200);
	section(".scratch_x", 0x20000100, 0x10);
	section(".scratch_x.more", 0x20000110, 0x10);
	resolve();
	assert_u64_equal(image.regions[0].used_bytes, 972);
	assert_int_equal(image_region_free(&image.regions[0]), -716);
	assert_u64_equal(image.regions[1].used_bytes, 0x20);
}

UNIT_TEST(too_many_regions_are_refused)
{
	for (int i = 0; i <= IMAGE_REGIONS_MAX; i++)
		region("R", 0, 1);
	assert_int_equal(image_resolve(&image, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "regions"));
}

/* ---- symbols ---- */

static void add_symbol(const char *name, uint64_t address, uint64_t size_bytes)
{
	assert_int_equal(
		image_add_symbol(&image, (struct image_slice){ name, (uint32_t)strlen(name) }, address, size_bytes), 0);
}

static const struct image_symbol *symbol(const char *name)
{
	for (size_t i = 0; i < image.n_symbols; i++)
		if (image.symbols[i].name.n_bytes == strlen(name) &&
		    memcmp(image.symbols[i].name.text, name, strlen(name)) == 0)
			return &image.symbols[i];
	fail_msg("no symbol %s", name);
	return NULL;
}

static uint64_t bytes_of_symbol(const char *name)
{
	const struct image_symbol *s = symbol(name);

	assert_non_null(s);
	return s->size_bytes;
}

/* As in zephyr-rp2350.map: tbss and rodata are both at 0x100096c8. */
UNIT_TEST(symbols_of_a_thread_are_not_the_next_sections)
{
	image.derive_symbols = true;
	section("tbss", 0x1000, 8);
	line(".tbss.current", "kernel.o", 0x1000, 4);
	add_symbol("current", 0x1000, NOT_KNOWN);
	line(".tbss.errno", "libc.o", 0x1004, 4);
	add_symbol("errno", 0x1004, NOT_KNOWN);
	section("rodata", 0x1000, 0x40);
	line(".rodata", "a.o", 0x1000, 0x30);
	add_symbol("table", 0x1000, NOT_KNOWN);
	line(".rodata.name", "b.o", 0x1030, 0x10);
	resolve();
	assert_bytes("current 4 errno 4 table 0x30 name 0x10", bytes_of_symbol);
}

UNIT_TEST(bytes_of_aliases_count_once)
{
	image.count_symbols_once = true;
	section(".text", 0x1000, 0x100);
	line(".text", "a.o", 0x1000, 0x100);
	add_symbol("outer", 0x1000, 0x80);
	add_symbol("outer.alias", 0x1000, 0x80);
	add_symbol("entry", 0x1000, 4);
	add_symbol("inner", 0x1020, 0x10);
	add_symbol("across", 0x1070, 0x20);
	add_symbol("label", 0x1040, 0);
	add_symbol("endless", 0x10f0, UINT64_MAX - 1);
	section(".tbss", 0x1000, 0x10);
	line(".tbss", "a.o", 0x1000, 0x10);
	add_symbol("other", 0x1008, 8);
	resolve();
	assert_bytes("outer 0x60 outer.alias 0 entry 0 inner 0x10 across 0x20 label 0 other 8", bytes_of_symbol);
}

/* ---- names ---- */

UNIT_TEST(archives_end_at_the_last_bracket)
{
	static const struct {
		const char *printed, *path, *member;
	} rows[] = {
		{ "py/gc.o", "py/gc.o", NULL },
		{ "/usr/lib/libc.a(lib_a-x.o)", "/usr/lib/libc.a", "lib_a-x.o" },
		{ "a(b)/gc.o", "a(b)/gc.o", NULL },
		{ "a(b)/lib.a(x.o)", "a(b)/lib.a", "x.o" },
		{ "(x)", "(x)", NULL },
		{ "lib.a()", "lib.a", "" },
		{ ")", ")", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t number = object(rows[i].printed);
		const struct image_object *o = &image.objects[number];
		assert_string_equal(o->path, rows[i].path);
		assert_int_equal(!o->member, !rows[i].member);
		if (o->member)
			assert_string_equal(o->member, rows[i].member);
	}
}

UNIT_TEST(random_names_of_lto_are_one_key)
{
	static const struct {
		const char *printed, *key;
	} rows[] = {
		{ "/tmp/ccAB12xy.ltrans0.ltrans.o", "ltrans0" },
		{ "./ccZZ99aa.ltrans12.ltrans.o", "ltrans12" },
		{ "a/lib.a(x.o)", "a/lib.a(x.o)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t number = object(rows[i].printed);
		assert_string_equal(image.objects[number].key, rows[i].key);
	}
}

/* ---- symbols of sections ---- */

UNIT_TEST(symbols_get_their_sizes)
{
	image.derive_symbols = true;
	section(".text", 0x100, 0x100);
	line(".text.gc_alloc", "gc.o", 0x100, 0x40);
	assert_int_equal(image_add_symbol(&image, SLICE("gc_alloc"), 0x100, NOT_KNOWN), 0);
	line(".text.gc_mark", "gc.o", 0x140, 0x20); /* static: no line of its own */
	line(".text", "vm.o", 0x160, 0x60);
	assert_int_equal(image_add_symbol(&image, SLICE("first"), 0x160, NOT_KNOWN), 0);
	assert_int_equal(image_add_symbol(&image, SLICE("second"), 0x180, NOT_KNOWN), 0);
	assert_int_equal(image_add_symbol(&image, SLICE("label"), 0x180, NOT_KNOWN), 0);
	line(".rodata.str1.4", "vm.o", 0x1c0, 0x40);
	resolve();
	assert_int_equal(image.n_symbols, 5);
	assert_u64_equal(symbol("gc_alloc")->size_bytes, 0x40);
	assert_false(symbol("gc_alloc")->estimated);
	assert_u64_equal(symbol("gc_mark")->size_bytes, 0x20);
	assert_int_equal(symbol("gc_mark")->object, object("gc.o"));
	assert_u64_equal(symbol("first")->size_bytes, 0x20);
	assert_true(symbol("first")->estimated);
	assert_u64_equal(symbol("second")->size_bytes + symbol("label")->size_bytes, 0x40);
}

UNIT_TEST(questions_about_an_address)
{
	uint64_t value;

	symbols_get_their_sizes(state);
	assert_ptr_equal(image_symbol_at(&image, 0x13f), symbol("gc_alloc"));
	assert_null(image_symbol_at(&image, 0x1ff + 1));
	assert_null(image_symbol_at(&image, 0x1c0));
	assert_ptr_equal(image_section_at(&image, 0x1ff), &image.sections[0]);
	assert_null(image_section_at(&image, 0xff));
	assert_null(image_section_at(&image, 0x200));
	assert_int_equal(image_piece_at(&image, 0x1c5)->object, object("vm.o"));
	assert_null(image_piece_at(&image, 0x200));
	assert_int_equal(image_add_value(&image, SLICE("_estack"), 0x20004000), 0);
	assert_true(image_value(&image, "_estack", &value));
	assert_u64_equal(value, 0x20004000);
	assert_true(image_value(&image, "gc_mark", &value));
	assert_u64_equal(value, 0x140);
	assert_false(image_value(&image, "gc_", &value));
}

/* A map alone has no flags. MIPS: binutils bfd/elfxx-mips.c. */
UNIT_TEST(sections_for_tools_take_no_memory)
{
	static const char *const names[] = { ".pdr",    ".gptab.sdata",  ".gptab.bss",
					     ".mdebug", ".mdebug.abi32", ".comment" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		section(names[i], 0, 0x10);
	}
	resolve();
	for (size_t i = 0; i < image.n_sections; i++)
		if (image.sections[i].alloc)
			fail_msg("%s takes memory", image.sections[i].name);
}
