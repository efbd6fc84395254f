/* Files given by mistake, or that memprof cannot read: what they are, and what to give instead. */
#include "foreign.h"

#include "map/lines.h"
#include "map/words.h"

/* ---- by text: the first that matches ---- */

static const char a_table[] = "this is a partition table; give it to memprof layout --partitions";
static const char a_log[] = "this is a heap dump; show it with memprof report";
static const char a_picture[] = "this is a picture; give memprof the text or the file that it shows";
static const char a_document[] =
	"this is JSON written by memprof, which no command reads; give memprof the file that it was made from";

static const struct foreign {
	const char *sign, *also; /* both are in the head; also may be NULL */
	const char *hint;
} texts[] = {
	/* linkers */
	{ "Image Summary", "SecOffs",
	  "this is a map of Green Hills' linker, which memprof cannot read; give it the ELF" },
	{ "IAR Universal Linker", NULL,
	  "this is a map of IAR's old linker XLINK, which memprof cannot read (only ILINK's maps)" },
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
	  "this is an allocation list (of CodeVisionAVR, for example), not a linker map; memprof"
	  " cannot read it" },
	{ "\n*default* ", NULL, "this is a GNU ld map in another language than English; link again with LC_ALL=C" },
	/* output of tools */
	{ "text\t   data\t    bss\t    dec", NULL,
	  "this is output of size in Berkeley format, which names no sections; give memprof the"
	  " output of size -A, or the map" },
	{ "text       data        bss      total filename", NULL,
	  "this is output of size in GNU format, which names no sections; give memprof the output"
	  " of size -A, or the map" },
	{ "section headers, starting at offset", NULL, "this is output of readelf; give memprof the ELF itself" },
	{ "file format elf", NULL, "this is output of objdump; give memprof the ELF itself" },
	{ "Total image size:", NULL, "this is output of idf.py size; give memprof the map, build/PROJECT.map" },
	{ "Memory Type Usage Summary", NULL, "this is output of idf.py size; give memprof the map, build/PROJECT.map" },
	{ "Advanced Memory Usage is available via", NULL,
	  "this is output of PlatformIO; give memprof the map (build_flags = -Wl,-Map=firmware.map)" },
	/* other inputs of memprof */
	{ "GC: total:", NULL, a_log },
	{ "\nmp$", NULL, a_log },
	{ "\"memprof.budget/", NULL, "this is a budget; memprof check reads it" },
	{ "\"memprof.board/", NULL, "this is a board file; give it with --board" },
	{ "\"schema\": \"memprof.", NULL, a_document },
	{ "\"schema\":\"memprof.", NULL, a_document },
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
	const char *hint;
} magics[] = {
	{ "memprof-stream/", 15, "this is a recording of a board; show it with memprof report" },
	{ "\x89PNG", 4, a_picture },
	{ "\xff\xd8\xff", 3, a_picture },
	{ "GIF8", 4, a_picture },
	{ "UF2\n", 4,
	  "this is a UF2 image: bytes without names; give memprof the map or the ELF that it was made from" },
	{ "\xaa\x50", 2, "this is a binary partition table; give it to memprof layout --partitions" },
	{ "\xff\xfe", 2,
	  "this is text in UTF-16, as PowerShell's > writes it; save it as UTF-8 (| Out-File -Encoding utf8)" },
	{ "\xfe\xff", 2, "this is text in UTF-16; save it as UTF-8" },
	{ "MZ", 2, "this is a Windows program; give memprof the map or the ELF of a firmware" },
	{ "\xcf\xfa\xed\xfe", 4, "this is a macOS program; give memprof the map or the ELF of a firmware" },
	{ "\x1f\x8b", 2, "this is compressed with gzip; unpack it first" },
	{ "PK\x03\x04", 4, "this is a zip archive; unpack it first" },
	{ "SQLite format 3", 15, "this is a recording or another database; give memprof a map or an ELF" },
};

static bool is_hexadecimal(const char *p, const char *end)
{
	while (p < end && digit_of(*p) < 16)
		p++;
	return p == end;
}

/* ":10010000…" or "S113…". */
static const char *by_first_line(const char *head, size_t n_bytes)
{
	struct map_lines in;
	const char *p, *end;

	map_lines_init(&in, NULL, head, n_bytes);
	if (!map_lines_next(&in, &p, &end) || end - p < 8)
		return NULL;
	if (*p == ':' && (end - p) % 2 && is_hexadecimal(p + 1, end))
		return "this is an Intel HEX image: bytes without names; give memprof the map or the ELF that it was made from";
	if (*p == 'S' && p[1] >= '0' && p[1] <= '9' && (end - p) % 2 == 0 && is_hexadecimal(p + 1, end))
		return "this is an S-record image: bytes without names; give memprof the map or the ELF that it was made from";
	return NULL;
}

const char *foreign_text_hint(const char *head, size_t n_bytes, bool *ret_table)
{
	const char *hint = by_first_line(head, n_bytes);

	for (size_t i = 0; i < ARRAY_SIZE(texts) && !hint; i++)
		if (text_find(head, n_bytes, texts[i].sign) &&
		    (!texts[i].also || text_find(head, n_bytes, texts[i].also)))
			hint = texts[i].hint;
	*ret_table = hint == a_table;
	return hint;
}

bool foreign_is_log(const char *hint) { return hint == a_log; }

static const char *by_magic(const char *head, size_t n_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (n_bytes >= magics[i].n_bytes && memcmp(head, magics[i].bytes, magics[i].n_bytes) == 0)
			return magics[i].hint;
	return NULL;
}

const char *foreign_picture_hint(const char *head, size_t n_bytes)
{
	return by_magic(head, n_bytes) == a_picture ? a_picture : NULL;
}

const char *foreign_hint(const char *head, size_t n_bytes)
{
	const char *hint = by_magic(head, n_bytes);
	bool is_table;

	if (hint)
		return hint;
	if (memchr(head, 0, n_bytes))
		return "this is a binary image (.bin, perhaps): bytes without names; give memprof the map or the ELF that"
		       " it was made from";
	hint = foreign_text_hint(head, n_bytes, &is_table);
	return hint ? hint : "neither a supported linker map nor an ELF";
}
