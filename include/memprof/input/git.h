/* Git, run as a program: commits, and the notes in which memprof keeps figures. Nothing is fetched and nothing is
 * pushed. Of git's configuration hooks are left out. All functions: 0, or negative with diag, unless they say
 * otherwise. */
#pragma once

#include <stdbool.h>

#include "memprof/base/diag.h"
#include "memprof/history/series.h"

#define GIT_NOTES_REF "refs/notes/memprof"
enum {
	GIT_HASH_CHARS = 64,
	GIT_COMMITS_MAX = 200000,      /* that a log goes back */
	GIT_LOG_FIGURES_MAX = 2000000, /* of all notes of a log; a firmware has some 300 */
};

struct git {
	const char *ref;            /* of the notes; borrowed */
	struct notice_sink notices; /* of notes that cannot be read: they are left out; of what cannot be compared */
	bool is_shallow;            /* old commits are not in this clone */
};

/* Finds git and the repository of the current folder. */
int git_open(struct git *git, struct diag *diag);

/* The commit that a revision names. */
int git_find_commit(const struct git *git, const char *revision, char ret_hash[GIT_HASH_CHARS + 1], struct diag *diag);
/* Whether files that git follows differ from HEAD. */
bool git_has_changes(void);

/* ---- commits and their notes ---- */

struct git_log_query {
	const char *hash;  /* the newest commit */
	const char *older; /* NULL; or another one: of these two alone */
	const char *build; /* NULL: any; else only commits that have figures of this build, and these alone */
	size_t n_last;     /* at most so many commits */
	bool missing;      /* those without figures instead, among the last n_last of all */
	bool strict;       /* a note that cannot be read is an error, not left out with a warning */
};
struct git_log {
	struct arena arena;
	size_t n_figures;
	VEC(struct history_commit, commits); /* newest first */
};
/* ret is initialised, also on failure. -EFBIG: more than GIT_LOG_FIGURES_MAX. */
int git_log_read(struct git_log *ret, const struct git *git, const struct git_log_query *query, struct diag *diag);
void git_log_deinit(struct git_log *log); /* safe twice, and on all-zero */

/* ---- figures over commits ---- */

struct git_history_query {
	const char *hash, *build;     /* as above */
	size_t n_last;                /* at most so many commits, and one more: what the oldest is compared with */
	bool is_summary;              /* of which a summary tells the change */
	struct series_options series; /* n_shown is set here */
	const char *since;            /* what a summary is against, as given; NULL */
	const char *since_hash;
};
struct git_history {
	struct git_log log;
	size_t n_shown; /* commits of the log */
	struct series series;
	/* The newest commit that has figures, of those that both hash and since have, and how it is called. None,
	 * perhaps after a warning, if there is none, or if since has all commits of hash. */
	struct git_log since;
	struct strbuf since_name;
};
/* An error if no commit has figures. ret is all zero. */
int git_history_read(struct git_history *ret, const struct git *git, const struct git_history_query *query,
		     struct diag *diag);
void git_history_deinit(struct git_history *history); /* safe twice, and on all-zero */

/* The figures of one build at two commits, the older one first. */
struct git_pair {
	struct git_log log;
	char short_hashes[2][11];
	const char *names[2]; /* as given, or the hash */
	const struct build_figures *builds[2];
};
/* from NULL: the last two commits up to to that have figures. build NULL: the only one that both have. ret is all zero.
 */
int git_pair_read(struct git_pair *ret, const struct git *git, const char *from, const char *to, const char *build,
		  struct diag *diag);
void git_pair_deinit(struct git_pair *pair); /* safe twice, and on all-zero */
