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

enum {
	INSTALLED_PATH_BYTES = 128,
	INSTALLED_VERSION_BYTES = 16,
	INSTALLED_FILES_MAX = 8,
	INSTALLED_CHUNK_BYTES = 512, /* per write: a heap of 30 KiB has room for four times as many */
};

struct installed_file {
	char path[INSTALLED_PATH_BYTES];
	char version[INSTALLED_VERSION_BYTES]; /* "": not a memprof.py of memprof */
	uint64_t n_bytes;
};

enum installed_running { INSTALLED_RUNNING_UNKNOWN, INSTALLED_STOPPED, INSTALLED_RUNNING };

/* The answers of a board. All-zero: not asked. */
struct installed {
	bool asked;                     /* the answer was complete */
	bool built_in;                  /* in the firmware, as a C module or frozen; takes precedence over files */
	bool loaded;                    /* imported since the last reset */
	enum installed_running running; /* by a timer; if loaded */
	char loaded_from[INSTALLED_PATH_BYTES]; /* "": not from a file */
	/* Every memprof.py in the folders of sys.path; an import uses the first. */
	struct installed_file files[INSTALLED_FILES_MAX];
	size_t n_files;
	/* For a new one: the first folder of sys.path that ends in lib, else another one; "": no file system. */
	char folder[INSTALLED_PATH_BYTES];
	uint64_t free_bytes; /* in that file system; NOT_KNOWN */
	bool in_memory;      /* it is lost when the process ends */
};

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
