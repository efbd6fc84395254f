/* What the subcommands of history share. */
#ifndef MEMPROF_CMD_HISTORY_PRIVATE_H
#define MEMPROF_CMD_HISTORY_PRIVATE_H

#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/input/git.h"

/* A subcommand: an exit code. out is open, and closed by the caller. */
typedef int builds_run(const struct options *options, struct output *out);
builds_run builds_add, builds_log, builds_diff, builds_backfill;

/* The following return 0, or -EINVAL after a message. */

int builds_open(const struct options *options, struct git *ret); /* by --ref */
int builds_find(const struct git *git, const char *revision, char ret_hash[GIT_HASH_CHARS + 1]);
/* --last, or its default. */
int builds_read_last(const struct options *options, size_t n_default, size_t *ret);

/* The files of a build. */
struct build_files {
	const char *map;               /* or an ELF */
	const char *elf, *bin, *rules; /* NULL: none */
	const char *name;              /* of the build; NULL: of the file */
	const char *root;              /* the top folder of its sources; NULL: that of the work tree */
	const struct options *scripts; /* --ld and its options; NULL: none */
};
/* Reads the figures and adds them to the note of a commit. ret_name: of the build. */
int builds_add_figures(const struct git *git, const char *hash, const struct build_files *source,
		       struct strbuf *ret_name);

/* The name of a build without --name: "firmware" of "build/firmware.elf.map" and "firmware.elf". */
void builds_default_name(const char *path, struct strbuf *ret);

/* What a summary is of: read before anything is written. */
struct summary_wish {
	size_t n_last;
	const char *since_name;         /* NULL: none */
	char since[GIT_HASH_CHARS + 1]; /* its commit */
};
int builds_read_summary(const struct options *options, const struct git *git, struct summary_wish *ret);
/* The lines of history log --summary, up to a commit. build NULL: all. */
int builds_summary(const struct git *git, const struct summary_wish *wish, const char *hash, const char *build,
		   struct output *out);

#endif
