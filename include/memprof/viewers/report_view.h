/* The report of a log, a recording or a moment of a board. */
#pragma once

#include "memprof/analysis/imports.h"
#include "memprof/analysis/pools.h"
#include "memprof/analysis/run_info.h"
#include "memprof/analysis/trend.h"
#include "memprof/viewers/document.h"
#include "memprof/viewers/view.h"

/* All dumps of an input, in few words. */
struct series_info {
	uint64_t n_known; /* dumps that tell what is used */
	uint64_t first_used_bytes, last_used_bytes;
	uint64_t n_fullest_dump;
	struct pool_state fullest; /* the one with the least free */
	uint64_t freed_bytes;      /* by a gc.collect() before the last one; 0: there was none, or it freed nothing */
};

struct report_view {
	const struct input_info *input;
	const struct board_info *board; /* NULL */
	const struct dump_info *dump;   /* that is shown; NULL: there is none */
	const struct moment *sample;    /* else the last figures of Python's heap, of n_samples; NULL */
	uint64_t n_samples;
	const struct error_info *errors; /* the last ones of the input, in order; n_errors_all there were */
	size_t n_errors;
	uint64_t n_errors_all;
	const struct series_info *series; /* NULL, or all dumps of the input together */
	const struct trend_result *trend; /* NULL, or how they go on */
	const struct boot_info *boot;     /* then: its boot */
	const char *no_table;             /* NULL, or what to say where there is no block table */
	const struct agent_info *agent;   /* NULL, or what an agent told besides dumps */
	const struct board_event *events; /* of its board, the last ones of n_events_all */
	size_t n_events;
	uint64_t n_events_all;
	const struct pool_standings *standings; /* of the dump's pools, and of these */
	const struct pool_moment *pools;        /* n_pools that were reported beside the dumps, each as it was last */
	size_t n_pools;
	const struct run_info *run;    /* NULL, or the program that was run: the report is about it */
	const struct imports *imports; /* NULL, or what each of its imports cost */
	bool has_map;                  /* with a picture of the blocks */
	bool findings_alone;           /* no tables: a page has its own */
};
void document_report(struct document *d, const struct report_view *view, const struct report_options *options);
