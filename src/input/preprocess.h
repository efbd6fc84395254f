/* Linker scripts through the C preprocessor, which is a program: cc, or what --cpp names. */
#ifndef MEMPROF_PREPROCESS_H
#define MEMPROF_PREPROCESS_H

#include "memprof/base/strbuf.h"
#include "memprof/io/blob.h"

struct preprocessor {
	const char *command;        /* words between blanks; NULL: cc, with none of its own names and headers */
	const char *const *defines; /* "NAME" or "NAME=TEXT" */
	size_t n_defines;
	const char *const *folders; /* where included files are searched for, after the script's own folder */
	size_t n_folders;
};

/* Appends the result to ret, with line markers. Prints warnings. 0; -EINVAL with diag: no such program, a failure of
 * it, a name without a definition that decides an #if. */
int preprocess(const struct preprocessor *cpp, const struct blob *script, struct strbuf *ret, struct diag *diag);

#endif
