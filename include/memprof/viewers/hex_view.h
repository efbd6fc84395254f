/* Bytes with their addresses: hex. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memprof/analysis/hex.h"
#include "memprof/analysis/owners.h"
#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"

struct hex_info {
	const char *source, *format; /* "elf", "uf2", "esp-image", "bin", "live" */
	const char *space;           /* "cpu": addresses; "flash": offsets, or where things are stored */
	const struct memory *memory; /* settled */
	const struct owners *owners; /* settled, of the same stretch */
	uint64_t start, n_bytes;     /* does not wrap */
	bool all;                    /* text: also rows that repeat the one before */
};
/* One view, in pieces, so that it may be longer than memory: all-zero is its beginning. */
struct hex_progress {
	bool begun;
	struct hex_walk walk;
	struct hex_row last;       /* text: the last row shown; n_bytes 0: none */
	const struct owner *owner; /* text: whose name was shown last; NULL: none yet */
	uint64_t n_same;           /* text: rows held back since */
	bool in_range;             /* JSON: one is open */
};
/* Appends some rows. True: there are more, call again. */
bool text_hex(struct strbuf *out, const struct hex_info *hex, struct hex_progress *at, const struct text_style *style);
bool json_hex(struct json *j, const struct hex_info *hex, struct hex_progress *at);
