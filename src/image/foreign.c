/* Files given by mistake, or that memprof cannot read: what they are, and what to give instead. */
#include "memprof/image/foreign.h"

#include <string.h>

#include "map/lines.h"
#include "map/words.h"
#include "memprof/image/image.h"

static const char a_table[] = "this is a partition table; give it to memprof layout --partitions";
static const char a_log[] = "this is a heap dump; show it with memprof report";
static const char a_map[] = "this is a linker map; memprof map reads it";
static const char a_script[] = "this is a linker script; give memprof the map that the link writes (-Wl,-Map=FILE)";
/* Which io/unpack.h could not unpack, or that is no file by a name. */
#define PACKED(program) "this is packed; unpack it first: " program " -dc FILE >UNPACKED"
static const char another_language[] =
	"this is a GNU ld map in another language than English; link again with LC_ALL=C";
static const char a_picture[] = "this is a picture; give memprof the text or the file that it shows";
static const char a_picture_of_a_log[] = "this is a picture; copy the text of the dump instead";
static const char a_document[] =
	"this is JSON written by memprof, which no command reads; give memprof the file that it was made from";

/* The first that matches. builds, logs: what is said where one of them was wanted; NULL: it is not looked for there,
 * but for texts, which are the same for logs if they have no other words for them. */
static const struct foreign {
	const char *sign, *also; /* both are in the head; also may be NULL */
	unsigned n_bytes;        /* of the sign, at the start of the file; 0: a text, anywhere */
	const char *builds, *logs;
} foreign[] = {
	/* by the first bytes */
	{ "\x7f"
	  "ELF",
	  NULL, 4, NULL, "this is an ELF file; memprof map reads it, and memprof report a core file" },
	{ "memprof-memory/1\n", NULL, 17, NULL, "this is a memory file; memprof report and memprof objects read it" },
	{ "memprof-stream/", NULL, 15, "this is a recording of a board; show it with memprof report" },
	{ "\x89PNG", NULL, 4, a_picture, a_picture_of_a_log },
	{ "\xff\xd8\xff", NULL, 3, a_picture, a_picture_of_a_log },
	{ "GIF8", NULL, 4, a_picture, a_picture_of_a_log },
	{ "UF2\n", NULL, 4,
	  "this is a UF2 image: bytes without names; give memprof the map or the ELF that it was made from",
	  "this is a UF2 firmware image; memprof hex reads it" },
	{ "\xaa\x50", NULL, 2, "this is a binary partition table; give it to memprof layout --partitions" },
	{ "\xff\xfe", NULL, 2,
	  "this is text in UTF-16, as PowerShell's > writes it; save it as UTF-8 (| Out-File -Encoding utf8)" },
	{ "\xfe\xff", NULL, 2, "this is text in UTF-16; save it as UTF-8" },
	{ "MZ", NULL, 2, "this is a Windows program, which no command of memprof reads" },
	{ "\xcf\xfa\xed\xfe", NULL, 4, "this is a macOS program, which no command of memprof reads" },
	{ "\x1f\x8b", NULL, 2, PACKED("gzip"), PACKED("gzip") },
	{ "\x28\xb5\x2f\xfd", NULL, 4, PACKED("zstd"), PACKED("zstd") },
	{ "\xfd"
	  "7zXZ",
	  NULL, 5, PACKED("xz"), PACKED("xz") },
	{ "PK\x03\x04", NULL, 4, "this is a zip archive; unpack it first" },
	{ "SQLite format 3", NULL, 15, "this is a recording or another database; give memprof a map or an ELF" },
	/* linkers */
	{ "Image Summary", "SecOffs", 0,
	  "this is a map of Green Hills' linker, which memprof cannot read; give it the ELF" },
	{ "IAR Universal Linker", NULL, 0,
	  "this is a map of IAR's old linker XLINK, which memprof cannot read (only ILINK's maps)" },
	{ "# Path: ", "# Object files:", 0,
	  "this is a map of Apple's linker (ld64), which memprof cannot read; give it an ELF, as a cross build makes" },
	{ "Off     Size Out     In      Symbol", NULL, 0,
	  "this is a map of wasm-ld, which memprof cannot read: WebAssembly has no memory regions" },
	{ "Preferred load address is", NULL, 0,
	  "this is a map of Microsoft's linker or lld-link, which memprof cannot read; give it an ELF, as MinGW's or a"
	  " cross build makes" },
	{ "ASxxxx Linker", NULL, 0, "this is a map of SDCC's linker, which memprof cannot read" },
	{ "Decimal Bytes (Attributes)", NULL, 0, "this is a map of SDCC's linker, which memprof cannot read" },
	{ "Link map of ", NULL, 0,
	  "this is a map of Metrowerks' CodeWarrior, which memprof cannot read; give it the ELF" },
	{ "SECTION-ALLOCATION SECTION", NULL, 0,
	  "this is a map of Metrowerks' CodeWarrior, which memprof cannot read; give it"
	  " the ELF" },
	{ "Renesas Optimizing Linker", NULL, 0,
	  "this is a list of Renesas' linker rlink, which memprof cannot read; give it the .abs, which is an ELF" },
	{ "MPLINK ", "Linker Map File", 0,
	  "this is a map of Microchip's old MPLINK, which memprof cannot read; XC8's maps it reads" },
	{ "BANKED LINKER/LOCATER", NULL, 0, "this is a listing of Keil's C51 linker, which memprof cannot read" },
	{ "LINKER/LOCATER", NULL, 0, "this is a listing of Keil's C51 or C251 linker, which memprof cannot read" },
	{ " Allocation [bytes]", "Variable ", 0,
	  "this is an allocation list (of CodeVisionAVR, for example), not a linker map; memprof"
	  " cannot read it" },
	{ "\n*default* ", NULL, 0, another_language },
	{ "\xe5\x86\x85\xe5\xad\x98\xe9\x85\x8d\xe7\xbd\xae", NULL, 0, another_language }, /* Chinese: its headings */
	{ "\xe7\x94\xb1\xe4\xba\x8e\xe6\x96\x87\xe4\xbb\xb6", NULL, 0, another_language },
	/* output of tools */
	{ "text\t   data\t    bss\t    dec", NULL, 0,
	  "this is output of size in Berkeley format, which names no sections; give memprof the"
	  " output of size -A, or the map" },
	{ "text       data        bss      total filename", NULL, 0,
	  "this is output of size in GNU format, which names no sections; give memprof the output"
	  " of size -A, or the map" },
	{ "section headers, starting at offset", NULL, 0, "this is output of readelf; give memprof the ELF itself" },
	{ "file format elf", NULL, 0, "this is output of objdump; give memprof the ELF itself" },
	{ "Total image size:", NULL, 0, "this is output of idf.py size; give memprof the map, build/PROJECT.map" },
	{ "Memory Type Usage Summary", NULL, 0,
	  "this is output of idf.py size; give memprof the map, build/PROJECT.map" },
	{ "Advanced Memory Usage is available via", NULL, 0,
	  "this is output of PlatformIO; give memprof the map (build_flags = -Wl,-Map=firmware.map)" },
	/* other inputs of memprof */
	{ "GC: total:", "No. of 1-blocks:", 0, a_log,
	  "its line breaks are lost, as web pages and chats join lines; copy it as the terminal showed it" },
	{ "GC: total:", NULL, 0, a_log },
	{ "\nmp$", NULL, 0, a_log },
	{ "\"memprof.budget/", NULL, 0, "this is a budget; memprof check reads it" },
	{ "\"memprof.sites/", NULL, 0, NULL,
	  "this is an allocation profile; memprof sites reads it, and memprof view and diff read it as a file" },
	{ "\"memprof.board/", NULL, 0, "this is a board file; give it with --board",
	  "this is a board file; memprof layout --board reads it" },
	{ "\"schema\": \"memprof.", NULL, 0, a_document,
	  "this is JSON written by memprof; no command reads it; record the board with attach --save FILE instead" },
	{ "\"schema\":\"memprof.export/", NULL, 0, a_document,
	  "this is output of memprof export; memprof reads the log that it was made of" },
	{ "\"schema\":\"memprof.", NULL, 0, a_document,
	  "this is output of attach --json; no command reads it; record the board with attach --save FILE instead" },
	{ "# ESP-IDF Partition Table", NULL, 0, a_table,
	  "this is a partition table; memprof layout --partitions reads it" },
	{ "Name,", "SubType,", 0, a_table },
	{ "nvs,", "data,", 0, a_table },
	{ "MEMORY", "ORIGIN", 0, a_script },
	{ "SECTIONS", ">FLASH", 0, a_script },
	/* what is left of a map */
	{ "Archive member included", NULL, 0, NULL, a_map },
	{ "Memory Configuration", NULL, 0, NULL, a_map },
	{ "Linker script and memory map", NULL, 0, NULL, a_map },
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

/* Text of a map: no part of a console log is taken for one. */
static bool is_map(const char *bytes, size_t n_bytes)
{
	for (size_t i = 0; image_formats[i]; i++)
		if (image_formats[i]->probe(bytes, n_bytes) >= 65)
			return true;
	return false;
}

static bool matches(const struct foreign *f, const char *head, size_t n_bytes)
{
	if (f->n_bytes)
		return n_bytes >= f->n_bytes && memcmp(head, f->sign, f->n_bytes) == 0;
	return text_find(head, n_bytes, f->sign) && (!f->also || text_find(head, n_bytes, f->also));
}

/* Of texts, or of the first bytes alone. */
static const struct foreign *foreign_of(const char *head, size_t n_bytes, bool is_text, bool is_log)
{
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		const struct foreign *f = &foreign[i];
		bool is_wanted = is_text == !f->n_bytes && (is_log ? f->logs || is_text : f->builds != NULL);
		if (is_wanted && matches(f, head, n_bytes))
			return f;
	}
	return NULL;
}

static bool has_nul(const char *bytes, size_t n_bytes) { return memchr(bytes, 0, n_bytes) != NULL; }

const char *foreign_hint(const char *head, size_t n_bytes)
{
	const struct foreign *f = foreign_of(head, n_bytes, false, false);

	if (f)
		return f->builds;
	if (has_nul(head, n_bytes))
		return "this is a binary image (.bin, perhaps): bytes without names; give memprof the map or the ELF that"
		       " it was made from";
	const char *hint = by_first_line(head, n_bytes);
	f = hint ? NULL : foreign_of(head, n_bytes, true, false);
	return hint ? hint : f ? f->builds : "neither a supported linker map nor an ELF";
}

const char *foreign_text_hint(const char *bytes, size_t n_bytes, bool *ret_table)
{
	const char *hint;

	*ret_table = false;
	n_bytes = MIN(n_bytes, (size_t)IMAGE_PROBE_BYTES);
	if (!n_bytes || has_nul(bytes, n_bytes)) {
		const struct foreign *f = foreign_of(bytes, n_bytes, false, false);
		return f && f->builds == a_picture ? a_picture : NULL;
	}
	if (is_map(bytes, n_bytes))
		return "this is a linker map; give it with --map";
	hint = by_first_line(bytes, n_bytes);
	if (hint)
		return hint;
	const struct foreign *f = foreign_of(bytes, n_bytes, true, false);
	*ret_table = f && f->builds == a_table;
	return f ? f->builds : NULL;
}

const char *foreign_log_hint(const char *head, size_t n_bytes, bool certain)
{
	const struct foreign *f = foreign_of(head, n_bytes, false, true);

	if (f || certain || !n_bytes)
		return f ? f->logs : NULL;
	if (has_nul(head, n_bytes)) {
		f = foreign_of(head, n_bytes, false, false);
		return f ? f->builds :
			   "this is binary data; for a block table saved by a debugger, use report --raw-atb";
	}
	if (is_map(head, n_bytes))
		return a_map;
	const char *hint = by_first_line(head, n_bytes);
	f = hint ? NULL : foreign_of(head, n_bytes, true, true);
	return hint ? hint : !f ? NULL : f->logs ? f->logs : f->builds == a_log ? NULL : f->builds;
}
