/* The probe: a few lines of Python that stay in front of the REPL and send any memory of the board, raw, without an
 * allocation per read. Its text, its commands, its first line. No I/O.
 *
 * How it works: `abs` is a bytearray, and `any` lies over the last two words of its own header, {length, address}.
 * A command is written into that header, and `abs`, which is any memory now, goes out. The program stands meanwhile,
 * so all that is read is one moment, but for what timers and threads do.
 *
 * A command is the address, then the length, highest nibble first, 0x40|nibble each, and a 'P'. So no byte of it is a
 * control key, and a command that lost or gained a byte on its way does not end in 'P', or holds what is no nibble:
 * the probe ends then, before anything is read. Length 0 runs gc.collect() and answers nothing. A whole command of '@'
 * ends it; so does whatever somebody types. */
#ifndef MEMPROF_PROBE_H
#define MEMPROF_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"

enum {
	PROBE_COMMAND_MAX_BYTES = 33,
	PROBE_LINE_MAX_BYTES = 512, /* of its first line: 18 numbers */
	PROBE_TYPES = 7,
};

extern const char probe_code[];

/* The letters that mem_info(1) gives to objects of the types that it names, in this order. */
extern const char probe_type_letters[PROBE_TYPES + 1];

/* What it says first. */
struct probe_hello {
	unsigned word_bytes;                                    /* 4 or 8 */
	uint64_t id_modules, id_globals, id_type, id_bytearray; /* the last: of the object that reads */
	uint64_t id_types[PROBE_TYPES];                         /* tuple, list, dict, str, bytes, module, function */
	uint64_t used_bytes, free_bytes, stack_used_bytes;      /* gc.mem_alloc(), gc.mem_free(), stack_use() */
	bool buffer;                                            /* there is a sys.stdout.buffer */
	uint64_t id_none, id_len;                               /* id(None), id('len'): how objects are represented */
};

/* One line, without its end; behind it comes a lone LF, by the way that memory takes (probe_uncook). 0; -ENOENT if it
 * is none of the probe's: something else that was printed; -EINVAL, with diag, if it is, but cannot be true. */
int probe_read_hello(const char *line, size_t n_bytes, struct probe_hello *ret, struct diag *diag);

/* Commands; their length is returned. n_bytes is never 0 in the first. */
size_t probe_read_command(const struct probe_hello *hello, uint64_t address, uint64_t n_bytes,
			  char ret[PROBE_COMMAND_MAX_BYTES]);
size_t probe_collect_command(const struct probe_hello *hello, char ret[PROBE_COMMAND_MAX_BYTES]);
/* Ends it, wherever in a command it stands, whatever its words are. */
extern const char probe_end_command[PROBE_COMMAND_MAX_BYTES];

/* Replies as they come in: each 0x0a of memory has n_crs times 0x0d before it that are not memory's. One is from builds
 * without sys.stdout.buffer, one from a terminal on the way (QEMU's stdio turns OPOST on). n_wanted bytes of memory are
 * to come, in any cut; the last of them must be neither 0x0a nor 0x0d, as nobody could tell whether more follows. */
enum { PROBE_CRS_MAX = 3 };
struct probe_cooked {
	unsigned n_crs;  /* 0: as it is in memory */
	unsigned n_held; /* private: CRs that may belong to a LF */
};
/* Takes of in what becomes at most n_wanted bytes in out (which holds as many): how many it took; *ret_n: became. At
 * least one byte is taken or becomes, if there is one and n_wanted is not 0. */
size_t probe_uncook(struct probe_cooked *state, const char *in, size_t n_in, char *out, size_t n_wanted, size_t *ret_n);

#endif
