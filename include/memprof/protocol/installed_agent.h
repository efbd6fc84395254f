/* memprof.py on a board: programs that find, write, verify and remove it, and how to read their output. No I/O.
 *
 * Each is a short program that leaves no name behind. Its answers are between "{mp " and "}", so that output of other
 * programs, or of a running agent, does no harm. */
#ifndef MEMPROF_INSTALLED_AGENT_H
#define MEMPROF_INSTALLED_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"
#include "memprof/model/installed.h"

/* Per write: a heap of 30 KiB has room for four times as many. */
enum { INSTALLED_CHUNK_BYTES = 512 };

/* The version in "# memprof.py 1.0.0: …"; false if the file is not memprof's. */
bool installed_version(const char *head, size_t n_bytes, char ret[INSTALLED_VERSION_BYTES]);

extern const char installed_question[];
/* false if the answer is incomplete; *ret holds what was read. */
bool installed_read(const char *text, size_t n_bytes, struct installed *ret);

/* Appends the program that appends bytes (at most INSTALLED_CHUNK_BYTES) to a file, or with first creates it, and its
 * folder if needed. */
void installed_ask_write(struct strbuf *code, const char *path, const char *bytes, size_t n_bytes, bool first);
void installed_ask_rename(struct strbuf *code, const char *from, const char *to);
void installed_ask_remove(struct strbuf *code, const char *path);

/* Size and Adler-32 of a file. */
struct installed_sum {
	uint64_t n_bytes;
	uint32_t adler;
};
struct installed_sum installed_sum_of(const char *bytes, size_t n_bytes);
void installed_ask_sum(struct strbuf *code, const char *path);
bool installed_read_sum(const char *text, size_t n_bytes, struct installed_sum *ret);

#endif
