/* The probe: a few lines of Python that run in front of the REPL and send any memory of the board, raw, without an
 * allocation per read. Its code, its commands, its first line. No I/O.
 *
 * `abs` is a bytearray, and `any` overlays the last two words of its header, {length, address}. A command is written to
 * that header, and `abs`, which is now any memory, is sent. As the program does nothing else, all data read are of one
 * point in time, apart from what timers and threads change.
 *
 * A command is the address, then the length, highest nibble first, each as 0x40|nibble, and a 'P'. So no byte of it is
 * a control key, and a command that lost or gained a byte does not end in 'P' or holds an invalid nibble: then the
 * probe ends before it reads anything. Length 0 runs gc.collect(), without an answer. A command of '@' only ends the
 * probe, as does anything typed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"

enum {
	PROBE_COMMAND_MAX_BYTES = 33,
	PROBE_LINE_MAX_BYTES = 512, /* of the first line: 18 numbers */
	PROBE_TYPES = 7,
};

extern const char probe_code[];

/* The letters in mem_info(1) of the types in probe_hello, in the same order. */
extern const char probe_type_letters[PROBE_TYPES + 1];

/* Its first line. */
struct probe_hello {
	unsigned word_bytes;                                    /* 4 or 8 */
	uint64_t id_modules, id_globals, id_type, id_bytearray; /* the last: of `abs` */
	uint64_t id_types[PROBE_TYPES];                         /* tuple, list, dict, str, bytes, module, function */
	uint64_t used_bytes, free_bytes, stack_used_bytes;      /* gc.mem_alloc(), gc.mem_free(), stack_use() */
	bool buffer;                                            /* sys.stdout.buffer exists */
	uint64_t id_none, id_len;                               /* id(None), id('len'): the object representation */
};

/* What id() printed of an object: its address. With words of 4 bytes it is a small number of 31 bits, so from
 * 0x40000000 to 0x7fffffff it is negative (py/obj.c, mp_obj_id). Where the number ends; NULL: it is none. */
const char *probe_scan_id(const char *p, const char *end, uint64_t word_bytes, uint64_t *ret);

/* One line, without its end; a lone LF follows, sent like memory (probe_uncook). 0; -ENOENT if the line is other
 * output; -EINVAL, with diag, if it is the probe's but has impossible values. */
int probe_read_hello(const char *line, size_t n_bytes, struct probe_hello *ret, struct diag *diag);

/* Commands; return their length. n_bytes of a read is not 0. */
size_t probe_read_command(const struct probe_hello *hello, uint64_t address, uint64_t n_bytes,
			  char ret[PROBE_COMMAND_MAX_BYTES]);
size_t probe_collect_command(const struct probe_hello *hello, char ret[PROBE_COMMAND_MAX_BYTES]);
/* Ends the probe, whatever part of a command it has received and whatever its word size. */
extern const char probe_end_command[PROBE_COMMAND_MAX_BYTES];

/* Decodes replies: each 0x0a of memory is preceded by n_crs inserted 0x0d: one from builds without sys.stdout.buffer,
 * one from a terminal in between (QEMU's stdio sets OPOST). n_wanted bytes of memory are expected, in any cut; the last
 * one must be neither 0x0a nor 0x0d, as it would not be known whether more follows. */
enum { PROBE_CRS_MAX = 3 };
struct probe_cooked {
	unsigned n_crs;  /* 0: unchanged */
	unsigned n_held; /* private: CRs that may belong to a LF */
};
/* Decodes in to at most n_wanted bytes in out. Returns the number of bytes consumed; *ret_n: of bytes written. At least
 * one is consumed or written, if n_in and n_wanted are not 0. */
size_t probe_uncook(struct probe_cooked *state, const char *in, size_t n_in, char *out, size_t n_wanted, size_t *ret_n);
