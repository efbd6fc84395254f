/* sites in parts: sites.c has the command, ways.c what it profiles, target.c the program of a GDB server, files.c what
 * is read on this computer: saved profiles and sources, diff.c the comparison of two, view.c the full-screen view,
 * first_alloc.c the first allocation in a function. */
#ifndef MEMPROF_SITES_PRIVATE_H
#define MEMPROF_SITES_PRIVATE_H

#include "memprof/analysis/sites.h"
#include "memprof/cli/command.h"
#include "memprof/cli/output.h"
#include "memprof/input/site_sources.h"
#include "memprof/viewers/sites_view.h"
#include "run/script.h"

enum { CARRIER_AUTO = 1, CARRIER_HOOK, CARRIER_SENTINEL }; /* --carrier */
struct sites_args {
	struct output_args output;
	struct board_args board;
	struct program_args program;
	const char *elf, *of_board, *first_alloc, *since, *sources, *alive_at;
	uint64_t step, interval_us, for_us, top;
	unsigned carrier, by; /* by: 1 for the first enum sites_what */
	bool cpu, attach, alive;
};
enum { SITES_TOP_ROWS = 30 };

/* What it profiles. */
enum sites_way {
	SITES_OF_FILE = 1,        /* a saved profile */
	SITES_OF_SCRIPT = 2,      /* allocations of a program that it runs */
	SITES_OF_CPU = 4,         /* its time */
	SITES_OF_AGENT = 8,       /* a program that runs already */
	SITES_OF_TARGET = 16,     /* allocations of the target of a GDB server */
	SITES_OF_TARGET_CPU = 32, /* its time */
	SITES_OF_FIRST = 64,      /* none: the first allocation in a function */
};
/* By arguments and options, which must go together. 0; -EINVAL after a message. */
int sites_way_read(const struct options *options, enum sites_way *ret);

/* --first-alloc FUNC: an exit code, EXIT_FINDING where FUNC allocates. */
int sites_first_alloc(struct output *out, const struct options *options);

/* 0; -EINVAL after a message: --interval is shorter than that. */
int sites_interval_check(uint64_t interval_us, uint64_t least_us);
/* Whether what is named is no program: JSON, a recording or a part of one, or a pipe, which is not read here. What is
 * wrong with it, sites_load says. */
bool sites_is_data(const char *path);
/* 0; -EINVAL after a message. */
int sites_load(const char *path, struct sites *ret);

/* attach.c: a program that runs already, by a GDB server or its agent, into *ret, which was begun. An exit code, after
 * a message if it is not EXIT_FINE; *ret_is_there is set where there is a profile. */
int sites_attach_target(const char *uri, const struct sites_args *args, struct sites *ret, bool *ret_is_there);
int sites_attach_agent(const char *source, const struct sites_args *args, struct sites *ret, bool *ret_is_there);

struct sites_comparison {
	struct sites before;
	struct sites alive_before, alive_after; /* of view->alive_only */
	struct sites_changes changes;
};
/* Compares with a saved profile, and puts that into *view, which refers to *ret. 0, or an error after a message. */
int sites_compare(const char *path, const struct sites *after, struct sites_comparison *ret, struct sites_view *view);
void sites_comparison_deinit(struct sites_comparison *c);

#endif
