/* Reads the memory of a live board through its REPL: expressions to send, how to read their output, and the addresses
 * that may be read. No I/O.
 *
 * A wrong address is a hard fault or a reset on most boards, and ends the process on the unix port. So only addresses
 * known to be readable are used: the windows of the platform, and Python's heap if the board's own dump shows it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"
#include "memprof/model/board.h"

enum { PEEK_MAX_BYTES = 512 }; /* per read: the output is one line of at most 2 KiB */

/* Addresses that can be read without side effects. */
struct peek_window {
	uint64_t start, n_bytes;
	const char *name; /* "SRAM" */
	bool words;       /* only by words of 32 bits: instruction memory of an ESP */
};

/* The windows of a board, by address; NULL and 0 for an unknown board. They hold no registers, as reading changes some.
 */
const struct peek_window *peek_windows(const struct board_info *board, size_t *ret_n);

/* One way to read. They are tried in order, until the board has the module. */
struct peek_way {
	const char *module;  /* "uctypes" */
	unsigned step_bytes; /* addresses and lengths are multiples of it */
	unsigned max_bytes;  /* per read; at most PEEK_MAX_BYTES, a multiple of the step */
	bool anywhere;       /* also on linux: the name of the module cannot be that of a user's file */
	/* Appends an expression, one line, that prints the bytes and leaves no name behind. */
	void (*ask)(struct strbuf *code, uint64_t address, size_t n_bytes);
	/* Reads its output, which must be exactly n_bytes. 0, or -EINVAL with diag; ret is untouched then. */
	int (*read)(const char *text, size_t n_text, uint8_t *ret, size_t n_bytes, struct diag *diag);
};
extern const struct peek_way peek_ways[];
extern const size_t n_peek_ways;
