/* A file that is written whole or not at all: beside its place, under a name of its own, until it is whole. It takes
 * the mode of the file that it replaces, and its owner if that is allowed; through symbolic links, which stay. */
#pragma once

#include <stdbool.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"

struct new_file {
	struct strbuf path;      /* where it goes: what the links lead to, which may not be there yet */
	struct strbuf temporary; /* until then: path and 7 bytes */
};
enum { NEW_FILE_SUFFIX_BYTES = sizeof(".XXXXXX") - 1 };

/* A descriptor, which the caller closes first; or a negative errno. */
int new_file_open(struct new_file *f, const char *path);
/* Puts it in its place, or removes it. 0 or a negative errno; then it is removed. */
int new_file_close(struct new_file *f, bool is_whole);

/* Whether a text may be written there: 0; -EEXIST: a file is there, and is not to be replaced; or others, as for a
 * device, or a file without write permission; with diag. */
int new_file_check(const char *path, bool replaces, struct diag *diag);
/* Writes all of it, to the disk. 0, or negative with diag. */
int new_file_write(const char *path, const struct strbuf *text, struct diag *diag);
