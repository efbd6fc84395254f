#include <string.h>

#include "memprof/base/text.h"
#include "memprof/protocol/decoder.h"

const struct decoder *const decoders[] = { &decoder_mem_info, &decoder_mpm_log, &decoder_stream, &decoder_agent, NULL };

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

/* Files given by mistake. Those that are not at_start are searched in the whole head. */
static const char no_reader[] = "no command reads it; record the board with attach --save FILE instead";
static const struct decoder_foreign foreign[] = {
#define BYTES(s) s, sizeof(s) - 1
	{ true,
	  BYTES("\x7f"
		"ELF"),
	  "an ELF file", NULL, "memprof map reads it, and memprof report a core file", true },
	{ true, BYTES("\x1f\x8b"), "gzip data", "gunzip -c", NULL },
	{ true, BYTES("\x28\xb5\x2f\xfd"), "zstd data", "zstdcat", NULL },
	{ true, BYTES("SQLite format 3"), "an SQLite file", NULL, NULL },
	{ true, BYTES("UF2\n"), "a UF2 firmware image", NULL, "memprof hex reads it" },
	{ true, BYTES("\x89PNG"), "a picture", NULL, "copy the text of the dump instead" },
	{ true, BYTES("\xff\xd8\xff"), "a picture", NULL, "copy the text of the dump instead" },
	{ false, BYTES("\"memprof.budget/"), "a budget", NULL, "memprof check reads it" },
	{ false, BYTES("\"memprof.sites/"), "an allocation profile", NULL,
	  "memprof sites reads it, and memprof view and diff read it as a file" },
	{ false, BYTES("\"memprof.board/"), "a board file", NULL, "memprof layout --board reads it" },
	{ false, BYTES("\"schema\": \"memprof."), "JSON written by memprof", NULL, no_reader },
	{ false, BYTES("\"schema\":\"memprof.export/"), "output of memprof export", NULL,
	  "memprof reads the log that it was made of" },
	{ false, BYTES("\"schema\":\"memprof."), "output of attach --json", NULL, no_reader },
	{ false, BYTES("Archive member included"), "a linker map", NULL, "memprof map reads it" },
	{ false, BYTES("Memory Configuration"), "a linker map", NULL, "memprof map reads it" },
	{ false, BYTES("Linker script and memory map"), "a linker map", NULL, "memprof map reads it" },
	{ false, BYTES("# ESP-IDF Partition Table"), "a partition table", NULL,
	  "memprof layout --partitions reads it" },
	{ true, BYTES("memprof-memory/1\n"), "a memory file", NULL, "memprof report and memprof objects read it",
	  true },
#undef BYTES
};
static const struct decoder_foreign binary = {
	.is = "binary data",
	.advice = "for a block table saved by a debugger, use report --raw-atb",
};

const struct decoder_foreign *decoder_foreign(const uint8_t *head, size_t n, bool certain)
{
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		if (certain && !foreign[i].at_start)
			continue;
		bool found = foreign[i].at_start ?
				     n >= foreign[i].n_bytes && !memcmp(head, foreign[i].bytes, foreign[i].n_bytes) :
				     text_find((const char *)head, n, foreign[i].bytes) != NULL;
		if (found)
			return &foreign[i];
	}
	return !certain && n && memchr(head, '\0', n) ? &binary : NULL;
}
