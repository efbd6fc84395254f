/* What people give by mistake, or what memprof cannot read: told by its name, with what to do. */
#include "foreign.h"

#include "memprof/image/image.h"

#include "map/lines.h"
#include "map/words.h"

/* ---- by signs in text: the first that fits ---- */

static const char a_table[] = "this is a partition table; give it to memprof layout --partitions";

static const struct foreign {
	const char *sign, *also; /* both stand in the head; also may be NULL */
	const char *says;
} foreigners[] = {
	/* linkers */
	{ "Image Summary", "SecOffs",
	  "this is a map of Green Hills' linker, which memprof cannot read; give it the ELF" },
	{ "IAR Universal Linker", NULL,
	  "this is a map of IAR's old linker XLINK, which memprof cannot read (of IAR it"
	  " reads ILINK's maps)" },
	{ "TI ARM ", "Linker", "this is a map of TI's linker, which memprof cannot read; give it the ELF (.out)" },
	{ ">> Linked ", "OUTPUT FILE NAME",
	  "this is a map of TI's linker, which memprof cannot read; give it the ELF (.out)" },
	{ "ASxxxx Linker", NULL, "this is a map of SDCC's linker, which memprof cannot read" },
	{ "Decimal Bytes (Attributes)", NULL, "this is a map of SDCC's linker, which memprof cannot read" },
	{ "Link map of ", NULL,
	  "this is a map of Metrowerks' CodeWarrior, which memprof cannot read; give it the ELF" },
	{ "SECTION-ALLOCATION SECTION", NULL,
	  "this is a map of Metrowerks' CodeWarrior, which memprof cannot read; give it"
	  " the ELF" },
	{ "BANKED LINKER/LOCATER", NULL, "this is a listing of Keil's C51 linker, which memprof cannot read" },
	{ "LINKER/LOCATER", NULL, "this is a listing of Keil's C51 or C251 linker, which memprof cannot read" },
	{ " Allocation [bytes]", "Variable ",
	  "this is an allocation list (CodeVisionAVR writes such), no linker map;"
	  " memprof cannot read it" },
	{ "\n*default* ", NULL, "this is a GNU ld map in another language than English; link again with LC_ALL=C" },
	/* what tools print */
	{ "text\t   data\t    bss\t    dec", NULL,
	  "this is size in Berkeley format, which names no section; give memprof"
	  " what size -A prints, or the map" },
	{ "text       data        bss      total filename", NULL,
	  "this is size in GNU format, which names no section; give"
	  " memprof what size -A prints, or the map" },
	{ "section headers, starting at offset", NULL, "this is what readelf prints; give memprof the ELF itself" },
	{ "file format elf", NULL, "this is what objdump prints; give memprof the ELF itself" },
	{ "Total image size:", NULL, "this is what idf.py size prints; give memprof the map, build/PROJECT.map" },
	{ "Memory Type Usage Summary", NULL,
	  "this is what idf.py size prints; give memprof the map, build/PROJECT.map" },
	{ "Advanced Memory Usage is available via", NULL,
	  "this is what PlatformIO prints; give memprof the map"
	  " (build_flags = -Wl,-Map=firmware.map)" },
	/* other inputs of memprof */
	{ "stack: ", "GC: total:", "this is a dump of the heap; see it with memprof report" },
	{ "# ESP-IDF Partition Table", NULL, a_table },
	{ "Name,", "SubType,", a_table },
	{ "nvs,", "data,", a_table },
	{ "MEMORY", "ORIGIN", "this is a linker script; give memprof the map that the link writes (-Wl,-Map=FILE)" },
	{ "SECTIONS", ">FLASH", "this is a linker script; give memprof the map that the link writes (-Wl,-Map=FILE)" },
};

/* ---- by the first bytes ---- */

static const struct magic {
	const char *bytes;
	unsigned n_bytes;
	const char *says;
} magics[] = {
	{ "UF2\n", 4, "this is a UF2 image: bytes without names; give memprof the map or the ELF that it was made of" },
	{ "\xaa\x50", 2, "this is a binary partition table; give it to memprof layout --partitions" },
	{ "\xff\xfe", 2,
	  "this is text in UTF-16, which PowerShell's > writes; save it as UTF-8 (| Out-File -Encoding utf8)" },
	{ "\xfe\xff", 2, "this is text in UTF-16; save it as UTF-8" },
	{ "MZ", 2, "this is a program for Windows; give memprof the map or the ELF of a firmware" },
	{ "\xcf\xfa\xed\xfe", 4, "this is a program for macOS; give memprof the map or the ELF of a firmware" },
	{ "\x1f\x8b", 2, "this is compressed with gzip; unpack it first" },
	{ "PK\x03\x04", 4, "this is a zip archive; unpack it first" },
	{ "SQLite format 3", 15, "this is a recording or another database; give memprof a map or an ELF" },
};

static bool is_hexadecimal(const char *p, const char *end)
{
	uint64_t digit;

	for (; p < end; p++)
		if (!number_scan_hex(p, p + 1, &digit))
			return false;
	return true;
}

/* ":10010000…" and "S113…" on their first line. */
static const char *by_first_line(const char *head, size_t n_bytes)
{
	struct map_lines in;
	const char *p, *end;

	map_lines_init(&in, NULL, head, n_bytes);
	if (!map_lines_next(&in, &p, &end) || end - p < 8)
		return NULL;
	if (*p == ':' && (end - p) % 2 && is_hexadecimal(p + 1, end))
		return "this is an Intel HEX image: bytes without names; give memprof the map or the ELF that it was made of";
	if (*p == 'S' && p[1] >= '0' && p[1] <= '9' && (end - p) % 2 == 0 && is_hexadecimal(p + 1, end))
		return "this is an S-record image: bytes without names; give memprof the map or the ELF that it was made of";
	return NULL;
}

static const char *by_text(const char *head, size_t n_bytes)
{
	const char *says = by_first_line(head, n_bytes);

	for (size_t i = 0; i < ARRAY_SIZE(foreigners) && !says; i++)
		if (text_find(head, n_bytes, foreigners[i].sign) &&
		    (!foreigners[i].also || text_find(head, n_bytes, foreigners[i].also)))
			says = foreigners[i].says;
	return says;
}

const char *image_text_says(const char *bytes, size_t n_bytes, bool *ret_table)
{
	const char *says;

	n_bytes = MIN(n_bytes, (size_t)IMAGE_PROBE_BYTES);
	*ret_table = false;
	if (!n_bytes || memchr(bytes, 0, n_bytes))
		return NULL;
	for (size_t i = 0; image_formats[i]; i++)
		if (image_formats[i]->probe(bytes, n_bytes) >= 65)
			return "this is a linker map; give it with --map";
	says = by_text(bytes, n_bytes);
	*ret_table = says == a_table;
	return says;
}

const char *foreign_says(const char *head, size_t n_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (n_bytes >= magics[i].n_bytes && memcmp(head, magics[i].bytes, magics[i].n_bytes) == 0)
			return magics[i].says;
	if (memchr(head, 0, n_bytes))
		return "this is a binary image (.bin, perhaps): bytes without names; give memprof the map or the ELF that"
		       " it was made of";
	const char *says = by_text(head, n_bytes);
	return says ? says : "this is no linker map that memprof knows, and no ELF";
}
