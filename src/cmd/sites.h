/* What sites is asked for. */
#pragma once

#include "profiles.h"
#include "script.h"

struct sites_args {
	struct output_args output;
	struct board_args board;
	struct program_args program;
	const char *elf, *of_board, *first_alloc, *since, *sources, *alive_at;
	uint64_t step, interval_us, for_us, top;
	unsigned carrier, by; /* by: 1 for the first enum sites_what */
	bool cpu, attach, alive;
};

/* What it profiles, one of these. */
enum sites_way {
	OF_FILE = 1,        /* a saved profile */
	OF_SCRIPT = 2,      /* allocations of a program that it runs */
	OF_CPU = 4,         /* its time */
	OF_AGENT = 8,       /* a program that runs already */
	OF_TARGET = 16,     /* allocations of the target of a GDB server */
	OF_TARGET_CPU = 32, /* its time */
	OF_FIRST = 64,      /* nothing: the first allocation in a function */
	OF_TARGETS = OF_TARGET | OF_TARGET_CPU,
	OF_ATTACHED = OF_AGENT | OF_TARGETS,
	OF_SCRIPTS = OF_SCRIPT | OF_CPU,
	OF_ALL_CPU = OF_CPU | OF_TARGET_CPU,
	OF_PROFILES = OF_ATTACHED | OF_SCRIPTS | OF_FILE,
};

struct sites_job {
	const struct options *options;
	const struct sites_args *args;
	unsigned way;      /* set by sites_check_usage */
	const char *first; /* argument; "" */
	struct output out;
	struct sites sites;
};

/* Whether options and arguments go together, and the format that was chosen: 0, or -EINVAL after a message. */
int sites_check_usage(struct sites_job *job);
int sites_check_format(const struct sites_args *args, enum output_format format);
