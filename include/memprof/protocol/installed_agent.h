/* memprof.py on a board, or memprof.mpy: programs that find, write, verify and remove it, and how to read their output.
 * No I/O.
 *
 * Each is a short program that leaves no name behind. Its answers are between "{mp " and "}", so that output of other
 * programs, or of a running agent, does no harm. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"
#include "memprof/model/installed.h"

/* Per write: a heap of 30 KiB has room for four times as many. */
enum { INSTALLED_CHUNK_BYTES = 512 };

/* memprof.py and what it imports, without suffix; it is the last one, as a file is used once that is there. */
enum { INSTALLED_PARTS = 3 };
extern const char *const installed_parts[INSTALLED_PARTS];

/* The version in "# memprof.py 1.0.0: …", or in the first string of a .mpy file, after memprof.py;
 * false if the file is not memprof's. */
bool installed_version(const char *head, size_t n_bytes, char ret[INSTALLED_VERSION_BYTES]);

extern const char installed_question[];
/* false if the answer is incomplete; *ret holds what was read. */
bool installed_read(const char *text, size_t n_bytes, struct installed *ret);

/* Appends the program that appends bytes (at most INSTALLED_CHUNK_BYTES) to a file, or with first creates it, and its
 * folder if needed. */
void installed_ask_write(struct strbuf *code, const char *path, const char *bytes, size_t n_bytes, bool first);
void installed_ask_rename(struct strbuf *code, const char *from, const char *to);
void installed_ask_remove(struct strbuf *code, const char *path);

/* Removes what is there of so many files; a file that is not is no error. */
void installed_ask_clear(struct strbuf *code, const char *const *paths, size_t n_paths);

/* Which .mpy files a board can load and should have: an architecture, "bytecode", or NULL for the source. Files with
 * native code load into MicroPython 1.23 and later (version 6.3), those with bytecode from 1.19 on (6). A board of 6.1
 * or 6.2 that compiles native code itself, and has 100,000 bytes of heap for it, is better served with the source: a
 * snapshot then takes a tenth of the time. */
const char *installed_choice(const struct installed *board);

/* What it costs: the heap after a collection; the import, and start without a timer; the heap again; and out of memory
 * with it. Programs of their own, as a collection keeps what the running one left on the stack. */
extern const char installed_heap_question[], installed_start_question[], installed_drop[];
bool installed_read_heap(const char *text, size_t n_bytes, uint64_t *ret_free_bytes, uint64_t *ret_used_bytes);

/* Size and Adler-32 of a file. */
struct installed_sum {
	uint64_t n_bytes;
	uint32_t adler;
};
struct installed_sum installed_sum_of(const char *bytes, size_t n_bytes);
void installed_ask_sum(struct strbuf *code, const char *path);
bool installed_read_sum(const char *text, size_t n_bytes, struct installed_sum *ret);
