/* A program under memprof: sent to a board's prompt, its output passed on, its heap followed to the end, and once more
 * after gc.collect(). run makes a report of it, check holds it to a budget. */
#ifndef MEMPROF_PROGRAM_H
#define MEMPROF_PROGRAM_H

#include <stdio.h>

#include "live.h"
#include "memprof/analysis/first_alloc.h"
#include "memprof/analysis/imports.h"
#include "memprof/analysis/sites.h"
#include "memprof/analysis/tests.h"
#include "memprof/event.h"
#include "memprof/objects/objects.h"
#include "memprof/viewers/run_view.h"
#include "memprof/viewers/view.h"

/* What a program tells whoever follows it. */
struct program_handler {
	/* Heaps, failures, as they come. label: of one of our own looks, "before", "after", "after gc.collect()", of
	 * which the first and the last are right after a collection; else NULL, and a snapshot may have a label of its
	 * own. */
	void (*on_event)(void *ctx, struct event *event, const char *label);
	void (*on_label)(void *ctx, const char *label); /* clean; names the last snapshot: a mark that came after it */
	void *ctx;
};

struct program_options {
	const char *script; /* a file's name */
	const char *source; /* a URI; NULL: the only board there is */
	FILE *output;       /* where what the program prints goes */
	bool takes_input;   /* memprof's standard input is the program's */
	bool live;          /* a line on stderr for each sample */
	struct text_style live_style;
	bool no_samples;          /* run it as it is */
	bool imports;             /* look before and after each import */
	bool no_peaks;            /* then: free blocks are not zeroed, so that peaks are "at least" */
	bool reads_memory;        /* afterwards, for who keeps what */
	bool unsaved;             /* --save is of another run */
	bool resets;              /* the board, first, also without --reset */
	uint64_t threshold_bytes; /* of gc while a test file runs; 0: as it is */
	struct tests *tests;      /* measure it as a test file: its rows are added; NULL */
	uint64_t timeout_us;      /* 0: none */
	struct sites *sites;      /* where it allocates: samples are added; sites_init was called; NULL */
	const char *sites_mark;   /* what counts as alive: see site_samples.mark; NULL */
	unsigned carriers;        /* of these samples: a bit for each enum sites_how that may be used */
	struct first_alloc
		*first_alloc; /* run it as it is, and watch this function alone; first_alloc_init was called */
};

/* What the options below say: the member `program` of a command's struct args. */
struct program_args {
	uint64_t timeout_us;
	bool no_samples, imports, no_peaks;
};
#define TIMEOUT_ROW(args, help) \
	0, "timeout", "TIME", help " (default: never)", AS_TIME(args, program.timeout_us), .least = 1000000
#define NO_SAMPLES_ROW(args) \
	0, "no-samples", NULL, "do not instrument; measure before and after only", AS_FLAG(args, program.no_samples)
/* The other members stay as they are. */
void program_options_read(const struct program_args *args, struct program_options *ret);

/* What became of it. The handler may look at it meanwhile. */
struct program_result {
	struct run_info info;
	struct imports imports;
	bool ran;                /* it was begun: the rest is worth telling */
	bool gone;               /* the board, or the process that ran it, before the last look */
	bool cut_by_us;          /* somebody stopped a look: half a dump is no fault of the input */
	bool full_after;         /* after the last error there was no memory for a question */
	struct objects *objects; /* that it has left, with program_options.reads_memory; NULL: they could not be read */
};

/* handler: NULL: nobody follows it. Reads the script, opens the board as args say, and runs the program: an exit code
 * (0, 2, 3, 4), after a message where it is not 0. *ret is filled in any case; give it to program_result_deinit.
 */
int program_run(const struct board_args *args, const struct program_options *program,
		const struct program_handler *handler, struct program_result *ret);
void program_result_deinit(struct program_result *result);

#endif
