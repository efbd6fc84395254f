/* The target of a GDB server as a memory reader. It is halted from gdb_memory_open to gdb_memory_close, and goes on
 * after that, however memprof ends, without the breakpoints that were set (src/io/source/gdb.c). Ctrl-Z waits until
 * then. Nothing is ever written to its memory: breakpoints are the processor's own. */
#pragma once

#include "memprof/base/diag.h"
#include "memprof/io/source.h"
#include "memprof/live/stop_signals.h"
#include "memprof/model/memory_reader.h"
#include "memprof/protocol/gdb.h"

struct gdb_memory {
	/* Its carrier is this struct, which must stay where it is; word_bytes is the caller's. -EFAULT: the server
	 * refused to read that. Else as the functions below; diag says why. */
	struct memory_reader reader;
	struct diag diag;
	struct gdb_features features;
	struct gdb_processor processor;
	bool has_processor;
	uint64_t halted_us;      /* in all, once it is closed */
	struct gdb_stop stop_of; /* why it is halted */
	/* private */
	struct source *source;
	struct stop_signals *stop;
	struct gdb gdb;
	unsigned n_unanswered; /* requests */
	uint8_t in[4096];
	size_t i_in, n_in;
	uint64_t since_us;
	bool was_halted;
	uint64_t breaks[SOURCE_UNDO_MAX];
	size_t n_breaks;
};

/* All: 0; or, with diag, -EINTR: it was asked to stop; -ETIMEDOUT, -EPIPE, -EPROTO, -ENOMEM; errors of opening. */

int gdb_memory_open(struct gdb_memory *m, const char *uri);
/* Lets it go on for so long, and halts it again; also before -EINTR. */
int gdb_memory_run_briefly(struct gdb_memory *m, uint64_t run_us);
/* The same until it is at a breakpoint, or until this moment; NOT_KNOWN: for ever. A process may have stopped for a
 * signal, which it gets when it goes on. */
int gdb_memory_run_until(struct gdb_memory *m, uint64_t until_us);
/* One instruction. */
int gdb_memory_step(struct gdb_memory *m);
/* A breakpoint of the processor. -ENOTSUP, -EBUSY: it has none, or none left. */
int gdb_memory_break(struct gdb_memory *m, uint64_t address, bool is_set);
/* All are removed: none is if memprof is killed from here on. */
void gdb_memory_no_breaks(struct gdb_memory *m);
/* Words of word_bytes; *ret_n of them, at most n_max; 0: the server does not tell. */
int gdb_memory_registers(struct gdb_memory *m, unsigned word_bytes, uint64_t *ret, size_t n_max, size_t *ret_n);
/* RAM by the server's memory map; none, if it has none. */
int gdb_memory_map(struct gdb_memory *m, struct gdb_range ret[GDB_RANGES_MAX], size_t *ret_n);
/* Where the program of a process began; NOT_KNOWN: the server does not tell. */
int gdb_memory_entry(struct gdb_memory *m, unsigned word_bytes, uint64_t *ret);
/* False: the server did not confirm that its target goes on. Safe after a failed open. */
bool gdb_memory_close(struct gdb_memory *m);
