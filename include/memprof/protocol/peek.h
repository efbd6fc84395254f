/* Reading the memory of a live board through its REPL: what it is asked, how its answers are read, and which
 * addresses may be asked for. No I/O.
 *
 * A wrong address is a hard fault or a reset on most boards, and the end of the process on the unix port. So only
 * what is known to answer is asked for: the windows of the platform, and Python's heap where the board's own dump
 * has told of it. */
#ifndef MEMPROF_PEEK_H
#define MEMPROF_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"
#include "memprof/model/board.h"

enum { PEEK_MAX_BYTES = 512 }; /* of one question: its answer is one line of at most 2 KiB */

/* Addresses that can be read without harm and without effect. */
struct peek_window {
	uint64_t start, n_bytes;
	const char *name; /* "SRAM" */
	bool words;       /* 32 bits at a time only: instruction memory of an ESP */
};

/* Those of a board, by address: NULL and 0 where nothing is known of it. Registers are in none: reading some of them
 * changes them. */
const struct peek_window *peek_windows(const struct board_info *board, size_t *ret_n);

/* One way to ask. The first is tried first, the next where the module is missing. */
struct peek_way {
	const char *module;  /* "uctypes" */
	unsigned step_bytes; /* addresses and lengths are multiples of it */
	unsigned max_bytes;  /* of one question; at most PEEK_MAX_BYTES, a multiple of the step */
	bool anywhere;       /* also where sys.platform is linux: no file of the user's can be meant */
	/* Appends an expression, one line, which prints the bytes and leaves no name behind. */
	void (*ask)(struct strbuf *code, uint64_t address, size_t n_bytes);
	/* The output of it, which must be just that many bytes. 0, or -EINVAL with diag; ret is untouched then. */
	int (*read)(const char *text, size_t n_text, uint8_t *ret, size_t n_bytes, struct diag *diag);
};
extern const struct peek_way peek_ways[];
extern const size_t n_peek_ways;

#endif
