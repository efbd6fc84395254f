#include "ldscripts.h"
#include "memprof/layout/layout.h"

/* The resolved layout as text: spans, then notes. */
static void lay_out(const char *script, uint64_t flash_bytes, struct layout *l, struct strbuf *ret)
{
	struct ldscript s;

	read_script(script, NULL, &s);
	*l = (struct layout){ 0 };
	layout_ldscript(l, &s, flash_bytes);
	ldscript_deinit(&s); /* the layout keeps nothing of it */
	assert_int_equal(layout_resolve(l), 0);
	for (size_t i = 0; i < l->n_rows; i++) {
		if (l->rows[i].span == LAYOUT_NONE)
			continue;
		const struct layout_span *p = &l->spans[l->rows[i].span];
		strbuf_printf(ret, "%s %s %llx +%llx %s\n", span_kind_name(p->kind), p->name,
			      (unsigned long long)p->start, (unsigned long long)p->size_bytes, p->from[0]);
	}
	for (size_t i = 0; i < l->n_notes; i++)
		strbuf_printf(ret, "note %s\n", l->notes[i]);
}

static const struct {
	const char *script, *expected;
	size_t n_conflicts;
} rows[] = {
	{ "MEMORY {\n FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 1M\n FLASH_FS (r) : ORIGIN = 0x08004000, LENGTH = 112K\n"
	  " RAM (xrw) : ORIGIN = 0x20000000, LENGTH = 128K\n}\n_estack = ORIGIN(RAM) + LENGTH(RAM) - 8;\n_sstack = _estack - 16K;\n"
	  "_heap_start = _ebss;\n_heap_end = _sstack;\n_micropy_hw_internal_flash_storage_start = ORIGIN(FLASH_FS);\n"
	  "_micropy_hw_internal_flash_storage_end = ORIGIN(FLASH_FS) + LENGTH(FLASH_FS);\n",
	  "region FLASH 8000000 +100000 t.ld:2\n"
	  "region FLASH_FS 8004000 +1c000 t.ld:3\n"
	  "filesystem file system 8004000 +1c000 t.ld:10\n"
	  "region RAM 20000000 +20000 t.ld:4\n"
	  "stack stack 2001bff8 +4000 t.ld:7\n" },
	/* what is not known is said, and not in the table */
	{ "MEMORY {\n FLASH : ORIGIN = 0x4000, LENGTH = _codesize\n OFF : ORIGIN = _x, LENGTH = 1\n NONE : ORIGIN = 0, LENGTH = 0 }\n",
	  "note t.ld:2: region FLASH is not in the table: _codesize needs the link, or --defsym _codesize=VALUE\n"
	  "note t.ld:3: region OFF is not in the table: _x needs the link, or --defsym _x=VALUE\n" },
	{ "MEMORY { HIGH : ORIGIN = 0 - 16, LENGTH = 17 drom0_0_seg (r) : ORIGIN = 0x3c000000, LENGTH = 4M\n"
	  "iram0_0_seg : ORIGIN = 0x4037c000, LENGTH = 64K }",
	  "region iram0_0_seg 4037c000 +10000 t.ld:2\n"
	  "note t.ld:1: region HIGH extends beyond the last address: not in the table\n"
	  "note drom0_0_seg is an address window, not memory: not in the table\n" },
	/* SAMD: place and size; of size 0 with SPI flash */
	{ "_oflash_fs = 0x2e000; _sflash_fs = 0x52000;", "filesystem file system 2e000 +52000 t.ld:1\n" },
	{ "_oflash_fs = 0x2e000; _sflash_fs = 0;", "" },
	{ "_oflash_fs = 0x2e000; _sflash_fs = -4096;",
	  "note t.ld:1: _sflash_fs is not the size of a file system: 0xfffffffffffff000\n" },
	/* bounds the wrong way round, or across regions */
	{ "_fs_start = 0x2000;\n_fs_end = 0x1000;",
	  "note t.ld:1: _fs_start is not below _fs_end: there is no file system between them\n" },
	{ "MEMORY { F : ORIGIN = 0, LENGTH = 4K }\n_fs_start = 0x800; _fs_end = 0x1001;",
	  "region F 0 +1000 t.ld:1\n"
	  "note t.ld:2: the file system from _fs_start on ends outside of the region in which it begins: not in the table\n" },
	{ "MEMORY { F : ORIGIN = 0, LENGTH = 4K ALL : ORIGIN = 0, LENGTH = 8K }\n_fs_start = 0x800; _fs_end = 0x1001;",
	  "region ALL 0 +2000 t.ld:1\nregion F 0 +1000 t.ld:1\nfilesystem file system 800 +801 t.ld:2\n"
	  "note region F runs over the file system: the linker does not stop a firmware that grows into it\n",
	  1 },
	/* each port's names; of several for one thing the first */
	{ "__GcHeapStart = 0x10; __GcHeapEnd = 0x20; _heap_start = 0x30; _heap_end = 0x40; __vfs_start = 0x50; __vfs_end = 0x60;\n"
	  "__StackLimit = 0x70; __StackTop = 0x80;\n_micropy_hw_romfs_part0_start = 0x90; _micropy_hw_romfs_part0_size = 8;",
	  "heap GC heap 10 +10 t.ld:1\nfilesystem file system 50 +10 t.ld:1\nstack stack 70 +10 t.ld:2\n"
	  "filesystem ROMFS 90 +8 t.ld:3\n" },
	{ "_gc_heap_start = 1; _gc_heap_end = 2;", "heap GC heap 1 +1 t.ld:1\n" },
	{ "_sheap = 1; _eheap = 2;", "heap GC heap 1 +1 t.ld:1\n" },
	{ "__HeapBase = 1; __HeapLimit = 2;", "heap heap 1 +1 t.ld:1\n" },
	{ "_ld_heap_start = 1; _ld_heap_end = 2; _ld_stack_bottom = 4; _ld_stack_top = 8;",
	  "pool outer heap 1 +1 t.ld:1\nstack stack 4 +4 t.ld:1\n" },
	{ "_sstack = 1; _estack = 2;", "stack stack 1 +1 t.ld:1\n" },
	/* findings of the script itself */
	{ "ASSERT(1 > 2, \"no room\")\nINCLUDE gone.ld\nx = 1G;",
	  "note t.ld:2: gone.ld not found: left out; -L adds a folder to search\n" },
};

UNIT_TEST(scripts_are_laid_out)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		struct layout l;
		lay_out(rows[i].script, NOT_KNOWN, &l, &s);
		assert_string_equal(strbuf_text(&s), rows[i].expected);
		assert_int_equal(l.n_conflicts, rows[i].n_conflicts);
		layout_deinit(&l);
	}
}

/* The regions of MicroPython's scripts, and where its flashbdev.py puts the file system. */
UNIT_TEST(the_flash_of_an_esp8266)
{
	static const struct {
		const char *script;
		uint64_t flash_bytes;
		const char *expected; /* its end: what lies in flash, then the notes */
	} flashes[] = {
		{ "MEMORY { irom0_0_seg : org = 0x40209000, len = 572K }", 1 << 20,
		  "region iram and dram image 0 +9000 t.ld:1\nregion irom0_0_seg 9000 +8f000 t.ld:1\n"
		  "reserved native code 98000 +1000 t.ld:1\nfilesystem file system 99000 +62000 t.ld:1\n"
		  "reserved SDK parameters fb000 +5000 t.ld:1\nregion irom0_0_seg 40209000 +8f000 t.ld:1\n" },
		{ "MEMORY { irom0_0_seg : org = 0x40209000, len = 732K FLASH_ROMFS : org = 0x402c0000, len = 256K }",
		  4 << 20,
		  "region iram and dram image 0 +9000 t.ld:1\nregion irom0_0_seg 9000 +b7000 t.ld:1\n"
		  "filesystem ROMFS c0000 +40000 t.ld:1\nfilesystem file system 100000 +2fb000 t.ld:1\n"
		  "reserved SDK parameters 3fb000 +5000 t.ld:1\nregion irom0_0_seg 40209000 +b7000 t.ld:1\n"
		  "region FLASH_ROMFS 402c0000 +40000 t.ld:1\nfilesystem ROMFS 402c0000 +40000 t.ld:1\n" },
		{ "MEMORY { irom0_0_seg : org = 0x40209000, len = 456K }", 512 << 10,
		  "region iram and dram image 0 +9000 t.ld:1\nregion irom0_0_seg 9000 +72000 t.ld:1\n"
		  "reserved SDK parameters 7b000 +5000 t.ld:1\nregion irom0_0_seg 40209000 +72000 t.ld:1\n" },
		{ "MEMORY { irom0_0_seg : org = 0x40209000, len = 1M - 36K }", 1 << 20,
		  "region iram and dram image 0 +9000 t.ld:1\nregion irom0_0_seg 9000 +f7000 t.ld:1\n"
		  "reserved SDK parameters fb000 +5000 t.ld:1\nregion irom0_0_seg 40209000 +f7000 t.ld:1\n"
		  "reserved SDK parameters 402fb000 +5000 t.ld:1\n"
		  "note the firmware leaves no room for MicroPython's file system in this flash\n" },
		/* behind a boot loader for updates by air */
		{ "MEMORY { irom0_0_seg : org = 0x40200000 + 0x3c000 + 0x9000, len = 0x8f000 }", 1 << 20,
		  "bootloader boot loader 0 +3c000 t.ld:1\nregion iram and dram image 3c000 +9000 t.ld:1\n"
		  "region irom0_0_seg 45000 +8f000 t.ld:1\nreserved native code d4000 +1000 t.ld:1\n"
		  "filesystem file system d5000 +26000 t.ld:1\nreserved SDK parameters fb000 +5000 t.ld:1\n"
		  "region irom0_0_seg 40245000 +8f000 t.ld:1\n" },
		{ "MEMORY { irom0_0_seg : org = 0x40209000, len = 572K }", NOT_KNOWN,
		  "region irom0_0_seg 40209000 +8f000 t.ld:1\nnote the size of the ESP8266's flash is not known: "
		  "--flash-size shows where its file system is\n" },
		/* Arduino's; another chip's */
		{ "MEMORY { irom0_0_seg : org = 0x40201010, len = 0xfeff0 }", 4 << 20,
		  "region irom0_0_seg 40201010 +feff0 t.ld:1\n" },
		{ "MEMORY { irom0_0_seg : org = 0x42000020, len = 4M - 0x20 }", 4 << 20,
		  "region irom0_0_seg 42000020 +3fffe0 t.ld:1\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(flashes); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		struct layout l;
		lay_out(flashes[i].script, flashes[i].flash_bytes, &l, &s);
		assert_string_equal(strbuf_text(&s), flashes[i].expected);
		layout_deinit(&l);
	}
}
