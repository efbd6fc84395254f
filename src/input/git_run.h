/* One run of git. */
#ifndef MEMPROF_GIT_RUN_H
#define MEMPROF_GIT_RUN_H

#include "memprof/input/git.h"
#include "memprof/io/filter.h"

enum {
	GIT_WORDS_MAX = 24,
	GIT_OUTPUT_MAX_BYTES = 256 << 20,
	GIT_TIMEOUT_MS = 600000, /* a work tree of a large repository on a slow disk */
};

struct git_call {
	const char *words[GIT_WORDS_MAX]; /* behind "git"; NULL ends them */
	const struct strbuf *input;       /* NULL: none */
	const char *const *unset;         /* as in a filter */
	bool (*stopped)(void);            /* as in a filter */
};

/* Its exit code, or negative with diag: it cannot be run, or -EINTR: stopped. ret is initialised, also on failure. */
int git_run(const struct git_call *call, struct filter_result *ret, struct diag *diag);
/* What git itself says of a failure. Returns -EINVAL. */
int git_failed(const struct filter_result *result, const char *what, struct diag *diag);
/* git_run, and git_failed unless it exits with 0. */
int git_must(const struct git_call *call, struct filter_result *ret, const char *what, struct diag *diag);

#endif
