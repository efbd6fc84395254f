/* Files that are no map: the message names their kind, and what to do. */
#include "image-fixture.h"
#include "memprof/image/foreign.h"

UNIT_TEST(by_name)
{
	static const struct {
		const char *text, *summary;
	} rows[] = {
		{ "Image Summary\n\n  Section  Base  Size(hex)  Size(dec)  SecOffs\n", "Green Hills" },
		{ "# IAR Universal Linker V4.61 #\n", "XLINK" },
		{ "MPLINK 5.09, LINKER\nLinker Map File - Created Tue Sep 25 18:53:14 2018\n", "MPLINK" },
		{ "Renesas Optimizing Linker (V2.06.00 )      18-Sep-2018 10:03:26\n\n*** Options ***\n", "Renesas" },
		{ "\xe5\x86\x85\xe5\xad\x98\xe9\x85\x8d\xe7\xbd\xae\n\n", "LC_ALL=C" },
		{ "# Path: a.dylib\n# Arch: arm64\n# Object files:\n", "Apple's linker" },
		{ "    Addr      Off     Size Out     In      Symbol\n       -        8       10 TYPE\n", "wasm-ld" },
		{ " a\n\n Timestamp is 1\n\n Preferred load address is 00400000\n", "Microsoft's linker" },
		{ "ASxxxx Linker V03.00 + NoICE\n", "SDCC" },
		{ "Link map of _start\n 1: _start found in crt.o\n", "Metrowerks" },
		{ "BL51 BANKED LINKER/LOCATER V6.22\n", "Keil's C51" },
		{ "RAM Allocation [bytes]\nVariable   Address  Size\n", "allocation list" },
		{ "\nSpeicherkonfiguration\n\nName  Ursprung  L\xc3\xa4nge\n*default*        0x00000000         0xffffffff\n",
		  "LC_ALL=C" },
		{ "   text\t   data\t    bss\t    dec\t    hex\tfilename\n   988\t 36\t 2525\t 3549\t ddd\ta.elf\n",
		  "size -A" },
		{ "      text       data        bss      total filename\n   988  36  2525 3549 a.elf\n", "size -A" },
		{ "There are 22 section headers, starting at offset 0x318c8:\n", "readelf" },
		{ "a.elf:     file format elf32-littlearm\n", "objdump" },
		{ "Total sizes:\nUsed static DRAM: 1\nTotal image size: 2 bytes\n", "build/PROJECT.map" },
		{ "stack: 532 out of 7936\nGC: total: 192064, used: 1696, free: 190368\n", "memprof report" },
		{ "# Notes: x\n# Name,   Type, SubType, Offset,  Size, Flags\nnvs, data, nvs, 0x9000, 0x6000,\n",
		  "memprof layout --partitions" },
		{ "nvs,      data, nvs,     0x9000,  0x6000,\n", "memprof layout --partitions" },
		{ "MEMORY\n{\n  FLASH (rx) : ORIGIN = 0, LENGTH = 1M\n}\n", "linker script" },
		{ "UF2\nWQ]\x9e", "UF2" },
		{ ":020000040800F2\n:10000000\n", "Intel HEX" },
		{ "S00F000068656C6C6F202020202000003C\nS11F0000\n", "S-record" },
		{ "hello\n", "neither a supported linker map nor an ELF" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		refuse_text(rows[i].text, 0, rows[i].summary);
}

UNIT_TEST(by_bytes)
{
	static const uint8_t vectors[] = { 0, 0, 2, 0x20, 0xed, 0, 0, 8 },
			     partitions[] = { 0xaa, 0x50, 1, 2, 0, 0x90, 0, 0 };

	assert_non_null(strstr(foreign_hint((const char *)vectors, sizeof(vectors)), "binary image"));
	assert_non_null(strstr(foreign_hint((const char *)partitions, sizeof(partitions)), "layout --partitions"));
	for (size_t n = 0; n < sizeof(partitions); n++)
		assert_non_null(foreign_hint((const char *)partitions, n));
}

static void says_nothing_of_maps(const struct sample *dump)
{
	assert_non_null(strstr(foreign_hint((const char *)dump->bytes, dump->n_bytes), "memprof report"));
}

UNIT_TEST(dumps_are_known)
{
	struct sample dump;

	sample_read("dumps/rp2-1.25.0-fresh.txt", &dump);
	says_nothing_of_maps(&dump);
	sample_free(&dump);
}

UNIT_TEST(given_as_a_log)
{
	static const struct {
		const char *head;
		size_t n;
		const char *is;
	} rows[] = {
#define HEAD(text, is) { text, sizeof(text) - 1, is }
		HEAD("\177ELF\2\1\1", "ELF"),
		HEAD("\x1f\x8b\x08", "gzip"),
		HEAD("\x28\xb5\x2f\xfd", "zstd"),
		HEAD("\xfd"
		     "7zXZ",
		     "xz"),
		HEAD("UF2\n\x57\x51", "UF2"),
		HEAD("\x89PNG\r\n", "picture"),
		HEAD("\xff\xd8\xff\xe0", "picture"),
		HEAD("{\"schema\": \"memprof.report/1\"}", "JSON written by memprof"),
		HEAD("{\"schema\":\"memprof.report/1\"}", "attach --json"),
		HEAD("{\"schema\":\"memprof.export/1\"}", "memprof export"),
		HEAD("{ \"schema\": \"memprof.budget/1\"}", "budget"),
		HEAD("{ \"schema\": \"memprof.board/1\"}", "board file"),
		HEAD("Archive member included to satisfy", "map"),
		HEAD("\nMemory Configuration\n\nName", "map"),
		HEAD("\n\nLinker script and memory map\n", "map"),
		HEAD("# ESP-IDF Partition Table\n", "partition"),
		HEAD("abc\0def", "binary"),
		HEAD("\xff\xfeG\0C\0:\0", "UTF-16"),
		HEAD("PK\3\4\24\0", "zip"),
#undef HEAD
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *hint = foreign_log_hint(rows[i].head, rows[i].n, false);
		assert_non_null(hint);
		assert_non_null(strstr(hint, rows[i].is));
	}
}

UNIT_TEST(unknown_as_a_log)
{
	static const char *const heads[] = { "", "hello\n", "\177EL", "GC: total: 64, used: 16, free: 48\n" };

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		assert_null(foreign_log_hint(heads[i], strlen(heads[i]), false));
	/* These may stand in a console log, too. */
	assert_null(foreign_log_hint("\nMemory Configuration\n", 22, true));
}

UNIT_TEST(real_ones)
{
	static const struct {
		const char *name, *summary;
	} rows[] = {
		{ "static/maps/ghs/mcu-application.map", "Green Hills" },
		{ "static/maps/foreign/allocation-list.map", "allocation list" },
		{ "static/partitions/no-md5.bin", "layout --partitions" },
		{ "static/partitions/micropython-partitions-2MiB.csv", "layout --partitions" },
		{ "static/partitions/idf-tee-fw-ota.csv", "layout --partitions" },
		{ "static/ld/micropython-stm32f405.ld", "linker script" },
		{ "images/micropython-rp2-a.bin", "binary image" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		read_shared(rows[i].name, &map_file);
		assert_int_equal(image_read(&image, "a", (const char *)map_file.bytes, map_file.n_bytes, 0, &diag),
				 -EINVAL);
		if (!strstr(diag.text, rows[i].summary))
			fail_msg("%s: %s", rows[i].name, diag.text);
		image_tear_down();
	}
}

/* The list of formats: each is told from all others by its samples. */
UNIT_TEST(formats)
{
	for (size_t i = 0; image_formats[i]; i++) {
		const struct image_format *f = image_formats[i];
		assert_true(f->name[0] && strspn(f->name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(f->name));
		assert_true(f->summary[0] && strlen(f->summary) <= 60);
		assert_true(f->probe && f->read);
		assert_int_equal(f->probe("", 0), 0);
		assert_int_equal(f->probe("hello", 5), 0);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(f->name, image_formats[k]->name);
	}
}
