/* memprof.py on a board: what is asked to find it there, to write it, to look at it again and to remove it, and how
 * the answers are read. No I/O.
 *
 * Every question is a short program that leaves no name behind. What it answers stands between "{mp " and "}", so that
 * a program that prints at the same time, or an agent that runs, does no harm. */
#ifndef MEMPROF_INSTALLED_H
#define MEMPROF_INSTALLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"

enum {
	INSTALLED_PATH_BYTES = 128,
	INSTALLED_VERSION_BYTES = 16,
	INSTALLED_FILES_MAX = 8,
	INSTALLED_CHUNK_BYTES = 512, /* of one write: as many as even a heap of 30 KiB has room for, four times over */
};

struct installed_file {
	char path[INSTALLED_PATH_BYTES];
	char version[INSTALLED_VERSION_BYTES]; /* "": it is not memprof's */
	uint64_t n_bytes;
};

enum installed_running { INSTALLED_RUNNING_UNKNOWN, INSTALLED_STOPPED, INSTALLED_RUNNING };

/* What a board says of itself. All-zero: it was not asked. */
struct installed {
	bool asked;                     /* the answer was whole */
	bool built_in;                  /* the firmware has it, as a C module or frozen; no file is imported then */
	bool loaded;                    /* it has been imported since the last reset */
	enum installed_running running; /* by a timer; of what is loaded */
	char loaded_from[INSTALLED_PATH_BYTES]; /* "": not from a file */
	/* Every memprof.py in the folders of sys.path; an import takes the first. */
	struct installed_file files[INSTALLED_FILES_MAX];
	size_t n_files;
	/* Where a new one goes: the first folder of sys.path that ends in lib, else another; "": there is no file
	 * system. */
	char folder[INSTALLED_PATH_BYTES];
	uint64_t free_bytes; /* there; NOT_KNOWN */
	bool in_memory;      /* that file system is gone when the process ends */
};

/* "# memprof.py 1.0.0: …": its version, or false if this does not begin a memprof.py of memprof's. */
bool installed_version(const char *head, size_t n_bytes, char ret[INSTALLED_VERSION_BYTES]);

extern const char installed_question[];
/* false if it is not the whole answer; what was understood is in *ret all the same. */
bool installed_read(const char *text, size_t n_bytes, struct installed *ret);

/* Appends the program that writes these bytes (at most INSTALLED_CHUNK_BYTES) to the end of a file, or with first to
 * a new one; its folder is made if it is not there. */
void installed_ask_write(struct strbuf *code, const char *path, const char *bytes, size_t n_bytes, bool first);
void installed_ask_rename(struct strbuf *code, const char *from, const char *to);
void installed_ask_remove(struct strbuf *code, const char *path);

/* How long a file there is, and its Adler-32. */
struct installed_sum {
	uint64_t n_bytes;
	uint32_t adler;
};
struct installed_sum installed_sum_of(const char *bytes, size_t n_bytes);
void installed_ask_sum(struct strbuf *code, const char *path);
bool installed_read_sum(const char *text, size_t n_bytes, struct installed_sum *ret);

#endif
