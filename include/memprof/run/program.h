/* A program under memprof: sent to a board's prompt, its output passed on, its heap followed to the end, and once more
 * after gc.collect(). run makes a report of it, check holds it to a budget, sites makes a profile. Nothing is printed
 * here: notices go to the sink of the session's config. */
#pragma once

#include "memprof/analysis/first_alloc.h"
#include "memprof/analysis/imports.h"
#include "memprof/analysis/run_info.h"
#include "memprof/analysis/sites.h"
#include "memprof/analysis/tests.h"
#include "memprof/event.h"
#include "memprof/live/session.h"
#include "memprof/objects/objects.h"

/* What a program tells whoever follows it. Each may be NULL. */
struct program_handler {
	/* Heaps, failures, as they come. label: of one of our own looks, "before", "after", "after gc.collect()", of
	 * which the first and the last are right after a collection; else NULL, and a snapshot may have a label of its
	 * own. */
	void (*on_event)(void *ctx, struct event *event, const char *label);
	void (*on_label)(void *ctx, const char *label); /* clean; names the last snapshot: a mark that came after it */
	/* Of a snapshot while it runs, at this time since it began. heap: with all pools. */
	void (*on_sample)(void *ctx, const struct pool_state *summary, const struct heap *heap, uint64_t at_us);
	void *ctx;
};

/* What the program prints, harmless for a terminal. */
struct program_output {
	void (*write)(void *ctx, const char *text);
	void *ctx;
};

struct program_options {
	const char *script;          /* a file's name */
	const struct strbuf *text;   /* what is in it; without the control keys of a REPL */
	struct session_config board; /* with its notices */
	struct program_output output;
	bool takes_input;         /* memprof's standard input is the program's */
	bool no_samples;          /* run it as it is */
	bool no_collect;          /* it collects when it does by itself; no memory is kept for the prompt */
	bool imports;             /* look before and after each import */
	bool no_peaks;            /* then: free blocks are not zeroed, so that peaks are "at least" */
	bool reads_memory;        /* afterwards, for who keeps what */
	uint64_t threshold_bytes; /* of gc while a test file runs; 0: as it is */
	struct tests *tests;      /* measure it as a test file: its rows are added; NULL */
	uint64_t timeout_us;      /* 0: none */
	struct sites *sites;      /* where it allocates: samples are added; sites_init was called; NULL */
	/* With sites, by means of stock firmware and at a step of our own: collections are followed, too, also where
	 * allocations cannot be sampled; and the end of timeout_us is no fault. */
	bool finds_leaks;
	const char *sites_mark; /* what counts as alive: see site_samples.mark; NULL */
	unsigned carriers;      /* of these samples: a bit for each enum sites_how that may be used */
	/* Run it as it is, and watch this function alone; first_alloc_init was called. */
	struct first_alloc *first_alloc;
};

/* Reads a file of Python for program_options.text; 0, or -EINVAL after an error to the sink. */
int program_read(const char *path, const struct notice_sink *notices, struct strbuf *ret);

/* How a run ended, the worst last; after an error to the sink where it is not fine. */
enum program_end {
	PROGRAM_FINE,
	PROGRAM_INPUT,  /* what was asked for cannot be done, or not all of it could be saved */
	PROGRAM_RAISED, /* or it ran longer than the timeout, or ended its process with an error */
	PROGRAM_DEVICE, /* the board is gone, was reset, or cannot be opened */
};

/* What became of it. The handler may look at it meanwhile. */
struct program_result {
	struct run_info info;
	struct imports imports;
	bool has_profile;        /* samples are in options.sites, whatever else came */
	bool ran;                /* it was begun: the rest is worth telling */
	bool gone;               /* the board, or the process that ran it, before the last look */
	bool cut_by_us;          /* somebody stopped a look: half a dump is no fault of the input */
	bool full_after;         /* after the last error there was no memory for a question */
	struct objects *objects; /* that it has left, with program_options.reads_memory; NULL: they could not be read */
};

/* Opens the board and runs the program there. handler: NULL: nobody follows it. *ret is filled in any case; give it to
 * program_result_deinit. */
enum program_end program_run(const struct program_options *program, const struct program_handler *handler,
			     struct program_result *ret);
void program_result_deinit(struct program_result *result);
