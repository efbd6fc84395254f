/* Builds of old commits, each in a work tree of its own that is removed afterwards, so that they have figures. */
#pragma once

#include "memprof/input/build_figures.h"

enum { BACKFILL_TIMEOUT_MS = 7200000, BACKFILL_OUTPUT_BYTES = 8192 }; /* of one build */

struct backfill_options {
	const char *command;      /* for /bin/sh, in the top folder of the commit; its submodules are empty */
	struct build_files files; /* map, elf and bin: their paths in that folder */
	const char *hash;         /* the newest commit */
	size_t n_last;            /* of so many commits, those that have no figures of this build */
	bool (*stopped)(void);    /* as in a filter */
	/* After each commit. fault NULL: it has figures now; else why not, and the last that the build printed. */
	void (*done)(void *ctx, const struct history_commit *commit, const struct diag *fault,
		     const struct strbuf *output);
	void *ctx;
};

/* 0, or -EINVAL with diag: an absolute path would be the same file for every commit. Before anything is opened. */
int backfill_check(const char *map, const char *elf, const char *bin, struct diag *diag);
/* 0, -EINTR after a note: stopped; or negative with diag. The user's index and work tree are left alone, also those of
 * git's environment, as a hook has it; so is every other work tree. */
int backfill_run(const struct git *git, const struct backfill_options *options, struct diag *diag);
