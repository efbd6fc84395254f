/* One run of git. */
#pragma once

#include "memprof/input/git.h"
#include "memprof/io/filter.h"

enum { GIT_TIMEOUT_MS = 600000 }; /* a work tree of a large repository on a slow disk */

#define GIT_SHALLOW_ADVICE  "; this clone is shallow: 'git fetch --unshallow' gets the older commits"
#define GIT_SHALLOW_WARNING "this clone is shallow: older commits are not in it; 'git fetch --unshallow' gets them"

#define GIT_WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

struct git_call {
	const char *const *words;   /* behind "git", at most 24 */
	const struct strbuf *input; /* NULL: none */
	bool is_apart;              /* without git_variables */
	bool (*stopped)(void);      /* as in a filter */
};

/* Variables that lead git to a repository or an index, as a hook has them, NULL-terminated. Settings (GIT_CONFIG_…) are
 * none of them: they are the user's, as a CI job's access to others. */
extern const char *const git_variables[];

/* Its exit code, or negative with diag: it cannot be run, or -EINTR: stopped. ret is initialised, also on failure. */
int git_run(const struct git_call *call, struct filter_result *ret, struct diag *diag);
/* What git itself says of a failure. Returns -EINVAL. */
int git_failed(const struct filter_result *result, const char *what, struct diag *diag);
/* git_run, and git_failed unless it exits with 0. */
int git_must(const struct git_call *call, struct filter_result *ret, const char *what, struct diag *diag);
/* Adds the first line that it prints. Its exit code, or negative with diag. */
int git_line(const char *const *words, struct strbuf *ret, struct diag *diag);

/* What git notes puts before the ref: "refs/notes/", "refs/" or nothing. */
const char *git_ref_prefix(const struct git *git);
/* Puts a build into the note of a commit, or makes one; the note is either the old or the new one, whenever memprof
 * ends. Waits for others that do so; of a git notes at that moment git may lose one. 0, or negative with diag. */
int git_write_build(const struct git *git, const char *hash, const struct build_figures *build, struct diag *diag);
