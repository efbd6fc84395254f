/* A folder with one file in it, for a program that takes a folder. It goes also when a signal ends memprof. */
#pragma once

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"

struct temporary_folder {
	struct strbuf path, file; /* empty: there is none */
};

/* In TMPDIR, or /tmp. *ret: all-zero, to be removed also on failure. 0, or negative with diag. */
int temporary_folder_make(struct temporary_folder *ret, const char *name, const struct strbuf *text, struct diag *diag);
void temporary_folder_remove(struct temporary_folder *folder);
