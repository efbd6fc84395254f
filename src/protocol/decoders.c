#include <string.h>

#include "memprof/decoder.h"
#include "memprof/text.h"

const struct decoder *const decoders[] = { &decoder_mem_info, &decoder_mpm_log, &decoder_stream, NULL };

const struct decoder *decoder_for(const uint8_t *head, size_t n)
{
	const struct decoder *best = NULL;
	int sure = 0;

	for (size_t i = 0; decoders[i]; i++) {
		int r = decoders[i]->probe(head, n);
		if (r > sure) {
			sure = r;
			best = decoders[i];
		}
	}
	return best;
}

/* What people hand to `report` by mistake. Texts are looked for anywhere in the head. */
static const struct {
	bool        at_start;   /* and then no console log can begin with it */
	const char *bytes;
	size_t      n_bytes;
	const char *is, *advice;
} foreign[] = {
#define BYTES(s) s, sizeof(s) - 1
	{ true, BYTES("\x7f" "ELF"), "an ELF file", "report reads the console log of a board" },
	{ true, BYTES("\x1f\x8b"), "gzip data", "unpack it first: gunzip -c FILE | memprof report -" },
	{ true, BYTES("\x28\xb5\x2f\xfd"), "zstd data", "unpack it first: zstdcat FILE | memprof report -" },
	{ true, BYTES("SQLite format 3"), "an SQLite file", "report reads the console log of a board" },
	{ true, BYTES("UF2\n"), "a UF2 firmware image", "report reads the console log of a board" },
	{ true, BYTES("\x89PNG"), "a picture", "copy the text of the dump instead" },
	{ true, BYTES("\xff\xd8\xff"), "a picture", "copy the text of the dump instead" },
	{ false, BYTES("\"schema\": \"memprof."), "a report that memprof wrote", "report reads the console log of a board" },
	{ false, BYTES("Archive member included"), "a linker map", "report reads the console log of a board" },
	{ false, BYTES("Memory Configuration"), "a linker map", "report reads the console log of a board" },
	{ false, BYTES("Linker script and memory map"), "a linker map", "report reads the console log of a board" },
	{ false, BYTES("# ESP-IDF Partition Table"), "a partition table", "report reads the console log of a board" },
#undef BYTES
};

const char *decoder_foreign(const uint8_t *head, size_t n, bool certain, const char **ret_advice)
{
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		if (certain && !foreign[i].at_start)
			continue;
		bool found = foreign[i].at_start ?
			n >= foreign[i].n_bytes && !memcmp(head, foreign[i].bytes, foreign[i].n_bytes) :
			text_find((const char *)head, n, foreign[i].bytes) != NULL;
		if (found) {
			*ret_advice = foreign[i].advice;
			return foreign[i].is;
		}
	}
	if (!certain && n && memchr(head, '\0', n)) {
		*ret_advice = "a block table saved by a debugger is read with --raw-atb";
		return "binary data";
	}
	return NULL;
}
