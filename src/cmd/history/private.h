/* What the subcommands of history share. */
#ifndef MEMPROF_CMD_HISTORY_PRIVATE_H
#define MEMPROF_CMD_HISTORY_PRIVATE_H

#include "diff_report.h"
#include "load.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/input/git.h"

struct history_args {
	struct output_args output;
	struct table_args tables;
	struct script_args scripts;
	const char *map, *elf, *bin, *rules, *name, *commit, *build, *ref, *since;
	uint64_t last;
	bool summary, exit_code;
};

/* A subcommand: an exit code. out is open, and closed by the caller. */
typedef int builds_run(const struct options *options, struct output *out);
builds_run builds_add, builds_log, builds_diff, builds_backfill;

/* The following return 0, or -EINVAL after a message. */

int builds_open(const char *ref, struct git *ret);
int builds_find(const struct git *git, const char *revision, char ret_hash[GIT_HASH_CHARS + 1]);
/* Of --last. */
size_t builds_last(const struct history_args *args, size_t n_default);

/* The files of a build. */
struct build_files {
	const char *map;                   /* or an ELF */
	const char *elf, *bin, *rules;     /* NULL: none */
	const char *name;                  /* of the build; NULL: of the file */
	const char *root;                  /* the top folder of its sources; NULL: that of the work tree */
	const struct script_args *scripts; /* NULL: none */
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
int builds_read_summary(const struct history_args *args, const struct git *git, struct summary_wish *ret);
/* The lines of history log --summary, up to a commit. build NULL: all. */
int builds_summary(const struct git *git, const struct summary_wish *wish, const char *hash, const char *build,
		   struct output *out);

#endif
