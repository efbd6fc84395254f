/* Git, run as a program: commits, work trees, and the notes in which memprof keeps figures. Nothing is fetched and
 * nothing is pushed. Of git's configuration hooks are left out. All functions: 0, or negative with diag, unless they
 * say otherwise. */
#ifndef MEMPROF_GIT_H
#define MEMPROF_GIT_H

#include <stdbool.h>

#include "memprof/base/diag.h"
#include "memprof/history/series.h"

#define GIT_NOTES_REF "refs/notes/memprof"
enum {
	GIT_HASH_CHARS = 64,
	GIT_COMMITS_MAX = 200000, /* that a log goes back */
};

struct git {
	const char *ref; /* of the notes; borrowed */
	bool is_shallow; /* old commits are not in this clone */
};

/* Finds git and the repository of the current folder. ref NULL: GIT_NOTES_REF. */
int git_open(struct git *ret, const char *ref, struct diag *diag);

/* The top folder of the work tree; nothing of a bare repository. */
int git_find_root(const struct git *git, struct strbuf *ret, struct diag *diag);
/* The folder in which git keeps the repository, for all its work trees. */
int git_find_folder(const struct git *git, struct strbuf *ret, struct diag *diag);
/* The commit that a revision names. */
int git_find_commit(const struct git *git, const char *revision, char ret_hash[GIT_HASH_CHARS + 1], struct diag *diag);
/* The best common ancestor. */
int git_find_base(const struct git *git, const char *a, const char *b, char ret_hash[GIT_HASH_CHARS + 1],
		  struct diag *diag);
/* How many commits b has that a has not. */
int git_count(const struct git *git, const char *a, const char *b, size_t *ret, struct diag *diag);
/* Whether files that git follows differ from HEAD. */
bool git_has_changes(const struct git *git);

/* ---- notes ---- */

/* 0, or 1: this commit has none. */
int git_read_note(const struct git *git, const char *hash, struct note *ret, struct diag *diag);
/* What git notes puts before the ref: "refs/notes/", "refs/" or nothing. */
const char *git_ref_prefix(const struct git *git);
/* Adds an image to the note of a commit, or makes one; the note is either the old or the new one, whenever memprof
 * ends. Of two that write notes at the same time git may keep one: callers take turns (git_find_folder). */
int git_add_to_note(const struct git *git, const char *hash, const struct note_image *from, struct diag *diag);

/* ---- logs ---- */

struct git_log_wish {
	const char *hash;           /* the newest commit */
	const char *build;          /* NULL: any; else only commits that have figures of this build */
	size_t n_last;              /* at most so many commits */
	bool missing;               /* commits without it instead, among the last n_last of all: for backfill */
	struct notice_sink notices; /* of notes that cannot be read: they are left out */
};
enum { GIT_LOG_FIGURES_MAX = 2000000 }; /* of all notes; a firmware has some 300 */

struct git_log {
	struct arena arena;
	size_t n_figures;
	VEC(struct history_commit, commits); /* newest first */
};
/* ret is initialised, also on failure. -EFBIG: more than GIT_LOG_FIGURES_MAX. */
int git_log_read(struct git_log *ret, const struct git *git, const struct git_log_wish *wish, struct diag *diag);
void git_log_deinit(struct git_log *log); /* safe twice, and on all-zero */

/* ---- work trees ---- */

/* What git needs for work trees of its own: the user's index and work tree are never those of git's environment, as a
 * hook has it. */
struct git_trees {
	struct arena arena;
	const char *git_dir;      /* "--git-dir=" and the absolute path */
	VEC(const char *, names); /* variables that lead git to a repository, and NULL: for a filter's unset */
	bool (*stopped)(void);    /* as in a filter; set by the caller; NULL: never */
};

/* ret is initialised, also on failure. */
int git_trees_open(struct git_trees *ret, struct diag *diag);
void git_trees_deinit(struct git_trees *trees); /* safe twice, and on all-zero */
/* A new folder with the files of a commit; its submodules are empty. -EINTR: stopped. */
int git_add_tree(const struct git_trees *trees, const char *folder, const char *hash, struct diag *diag);
/* Removes the folder, whatever is in it, and what git has recorded of it, but of no other work tree. Not an error if
 * there is none. */
int git_remove_tree(const struct git_trees *trees, const char *folder, struct diag *diag);

#endif
