/* Views of dumps and of what belongs to them: board, errors, events, other pools. Other subjects have a header each.
 * Views append to a string; they change and print nothing, and text_style is all they know of a terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/error.h"
#include "memprof/analysis/pools.h"
#include "memprof/analysis/report.h"
#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"
#include "memprof/capture/agent_info.h"
#include "memprof/event.h"
#include "memprof/model/board.h"
#include "memprof/model/board_event.h"
#include "memprof/viewers/document.h"

/* ---- what is drawn ---- */

#define TEXT_NO_TIME "--:--:--" /* of what has no known time, in every text view */

/* Names of symbols in the text; JSON and HTML have them whole. */
enum symbol_names {
	NAMES_SHORT,   /* as people write them, cut in the middle where they are too long */
	NAMES_FULL,    /* … whole */
	NAMES_LINKAGE, /* as the linker has them */
};

struct dump_info {
	const struct heap *heap;
	uint64_t n_dump; /* 1.. */
	uint64_t line, at_us;
	const char *time;  /* "" if there is none */
	const char *label; /* NULL if there is none */
	const char *file;  /* NULL, or which of several inputs it is from */
	struct snapshot_reported reported;
};

/* ---- JSON (docs/schema) ---- */

void json_agent(struct json *j, const char *key, const struct agent_info *agent); /* null if there is none */
void json_board_event(struct json *j, const struct board_event *board_event);
void json_board_event_details(struct json *j, const struct board_event *board_event); /* all but its kind and time */
void json_board(struct json *j, const char *key, const struct board_info *board);
void json_dump(struct json *j, const struct dump_info *dump, const struct report_options *options);
void json_sample(struct json *j, const struct moment *sample);
void json_pool(struct json *j, const struct pool_moment *pool);
void json_error(struct json *j, const struct error_info *error);
void json_input(struct json *j, const char *key, const struct input_info *input);

/* ---- text ---- */

void text_role(struct strbuf *out, const struct text_style *style, enum text_role role);
void text_in_role(struct strbuf *out, const struct text_style *style, enum text_role role, const char *text);

/* All dumps of an input, in few words. */
struct series_info {
	uint64_t n_known; /* dumps that tell what is used */
	uint64_t first_used_bytes, last_used_bytes;
	uint64_t n_fullest_dump;
	struct pool_state fullest; /* the one with the least free */
	uint64_t freed_bytes;      /* by a gc.collect() before the last one; 0: there was none, or it freed nothing */
};

/* The report of one dump. errors: the last ones of the input, in order, n_errors_all there were. */
struct text_report {
	const struct input_info *input;
	const struct board_info *board;
	const struct dump_info *dump;
	const struct error_info *errors;
	size_t n_errors;
	uint64_t n_errors_all;
	const struct series_info *series;       /* NULL, or all dumps of the input together */
	const struct trend_result *trend;       /* NULL, or how they go on */
	const struct boot_info *boot;           /* then: its boot */
	const char *no_table;                   /* NULL, or what to say where there is no block table */
	const struct agent_info *agent;         /* NULL, or what an agent told besides dumps */
	const struct pool_standings *standings; /* of the dump's pools, and of these */
	const struct pool_moment *pools;        /* n_pools that were reported beside the dumps, each as it was last */
	size_t n_pools;
};
void text_report(struct strbuf *out, const struct text_report *report, const struct report_options *options,
		 const struct text_style *style);

/* What of it is wrong, in sentences: how text_report begins. In a page, also what to do. */
void text_findings(struct strbuf *out, const struct text_report *report, const struct report_options *options,
		   const struct text_style *style);

/* What the board says of itself, each line after indent. */
void text_board(struct strbuf *out, const struct board_info *board, const char *indent, const struct text_style *style);

/* A line or two on who told and what the collections cost; what was lost. */
void text_agent(struct strbuf *out, const struct agent_info *agent, const struct text_style *style);
/* The last things that happened of n_all, one line each; nothing if there is none. */
void text_board_events(struct strbuf *out, const struct board_event *last, size_t n, uint64_t n_all,
		       const struct text_style *style);
/* One thing that happened, in words, without a line's end. style: how its numbers are written; NULL: without options
 * and groups. */
void text_board_event(struct strbuf *out, const struct board_event *board_event, const struct text_style *style);
/* The same for a row that has its kind already. */
void text_board_event_row(struct strbuf *out, const struct board_event *board_event, const struct text_style *style);

/* One or two sentences on why an allocation failed, with the holes if it was fragmented. */
void text_error(struct strbuf *out, const struct error_info *error, const struct text_style *style);

/* For a log without dumps: how many samples there are, and the last. */
void text_samples(struct strbuf *out, uint64_t n_samples, const struct moment *last, const struct board_info *board,
		  const struct text_style *style);

/* For a log of other heaps alone: what fits, and the one sentence. */
void text_pools_findings(struct strbuf *out, const struct pool_moment *pools, size_t n_pools,
			 const struct report_options *options, const struct text_style *style);

/* A table of other heaps, as they were when each was told last. */
void text_pools(struct strbuf *out, const struct pool_moment *pools, size_t n_pools, const struct text_style *style);

/* "pool pictures: 10 480 of 262 144 B used, 23 of 110 allocations failed" */
void text_pool_line(struct strbuf *out, const struct heap_pool *pool);
/* The pools of one dump, a row each, if there are several. */
void document_pools(struct document *d, const struct heap *heap);
void text_dump_pools(struct strbuf *out, const struct heap *heap, const struct text_style *style);

/* What was requested of each pool since the snapshot before, where the firmware counts it; of one pool, without its
 * name and a line's end (style: as of text_board_event). */
void text_dump_allocations(struct strbuf *out, const struct heap *heap, const struct text_style *style);
void text_pool_allocations(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style);
/* The stacks of its tasks, one line each; nothing if none were reported. */
void text_tasks(struct strbuf *out, const struct heap *heap, const struct text_style *style);
/* A sentence for each task whose stack was nearly used up. */
void text_tasks_findings(struct strbuf *out, const struct heap *heap, const struct text_style *style);

/* The block map of a pool, scaled to the style; ends with its legend. */
void text_map(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style);

/* "####" of at most columns characters for part of all; never empty unless part is 0. */
void text_bar(struct strbuf *out, uint64_t part, uint64_t all, unsigned columns, const struct text_style *style);

/* ---- pictures that stand alone ---- */

/* The heap map of a dump, of all pools: below 300 kB, however large they are. name is that of the input. */
void svg_heap(struct strbuf *out, const char *name, const struct dump_info *dump, const struct report_options *options);
