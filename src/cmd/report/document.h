/* Turns the events of one run into one report: numbers the dumps, ties errors to the dump nearest to
 * them, writes JSON as it goes, and keeps for the text what it will show. Memory does not grow with
 * the number of events. */
#ifndef MEMPROF_COLLECTOR_H
#define MEMPROF_COLLECTOR_H

#include "memprof/analysis/boots.h"
#include "memprof/analysis/imports.h"
#include "memprof/capture/marks.h"
#include "memprof/capture/timeline.h"
#include "memprof/cli/output.h"
#include "memprof/cli/spool.h"
#include "memprof/event.h"
#include "memprof/model/history.h"
#include "memprof/viewers/view.h"

enum {
	COLLECTOR_ERRORS = 3,
	COLLECTOR_PENDING = 256,
	COLLECTOR_POOLS = 32,
	COLLECTOR_TREND_LEAST = 3,
	COLLECTOR_BOARD_EVENTS = 8,
	COLLECTOR_BOARDS = 64,
};

/* A snapshot that is kept. */
struct kept_dump {
	bool set;
	struct heap heap;
	uint64_t n_dump, line, last_line, at_us;
	uint64_t n_boot;
	char time[EVENT_TIME_BYTES], label[EVENT_LABEL_BYTES];
	struct snapshot_told told;
	struct witness witness; /* once has_witness */
	bool has_witness;
};

struct collector {
	/* set by the caller */
	struct output *out;
	struct report_options options;
	uint64_t wanted;               /* --dump N; 0: the last whole one */
	bool strict;                   /* a cut dump anywhere is an error */
	bool brief;                    /* of a run: no log, so no lines; as text the errors alone */
	bool live;                     /* of a board: as text, lines are no places */
	bool compact;                  /* JSON on one line */
	bool full_after;               /* after the last error there was no memory for a question */
	const struct run_info *run;    /* NULL, or what a program did, known at the end */
	const struct imports *imports; /* then: NULL, or what it imported */
	const char *label;             /* of the next snapshot; NULL */
	uint64_t n_resets;             /* of the board, while it was watched */
	const struct trend *history;   /* the trend to tell instead of that of its own events; NULL */
	const char *file;              /* which of several inputs; NULL */
	const char *title;             /* of a page: what it is a report of */
	const char *no_table;          /* what to say where there is no block table; NULL: the usual */

	/* private */
	struct json json;
	struct strbuf document;  /* of a page, on its way into it */
	struct history *moments; /* of a page: the heaps for its pictures */
	uint64_t n_dumps, n_cut, n_samples, n_told_pools, n_errors;
	struct kept_dump last, shown;
	uint64_t n_boot; /* resets, other boards and other files so far */
	uint64_t n_series_boot;
	struct series_info series; /* of that life, and of the one of the dump shown if that is over */
	struct series_info shown_series;
	struct boots boots;
	struct timeline timeline;
	struct heap_qstr early_qstr; /* came before any dump */
	struct sample_info last_sample;
	struct board_info board;   /* as it was told last */
	struct page_board *boards; /* COLLECTOR_BOARDS, one after the other; the last ones */
	size_t n_boards;
	struct error_info errors[COLLECTOR_ERRORS]; /* the last ones, judged */
	size_t n_errors_kept;
	uint64_t last_error_line;
	struct error_info *pending; /* COLLECTOR_PENDING, waiting for the next dump */
	size_t n_pending;
	struct spool samples, failures, others, board_events_spool;
	struct marks marks;
	const char *format; /* of the last snapshot, for input_info; NULL: text, or none came */
	struct agent_info agent;
	struct board_event board_events[COLLECTOR_BOARD_EVENTS]; /* the last ones */
	size_t n_board_events;
	uint64_t n_board_events_all;
	/* What failed last by one of the two that tell, an agent and the program's own words, and not yet by the other;
	 * 0: nothing. */
	uint64_t agent_asked_bytes, text_asked_bytes;
	struct pool_info pools[COLLECTOR_POOLS]; /* other heaps, each as it was told last */
	size_t n_pools;
	bool last_cut, ended_cut; /* the last dump so far; of any input that has ended */
	bool wanted_cut, wanted_seen;
	const char *cut_file; /* where the last cut dump is; NULL */
	enum heap_problem cut_problem;
	uint64_t cut_line, cut_dump;
};

/* 0 or -ENOMEM. */
int collector_begin(struct collector *c);
void collector_event(struct collector *c, struct event *event);
/* What happened before the events at hand. */
void collector_board_event(struct collector *c, const struct board_event *board_event);
/* Names the last snapshot: a mark that came after it. */
void collector_label_last(struct collector *c, const char *label);
/* Between inputs: what waits for the next dump waits no longer. */
void collector_settle(struct collector *c);
/* What the snapshots of a live board came as. */
const char *collector_format(const struct collector *c);
/* Writes the rest. The exit code. */
int collector_end(struct collector *c, const struct input_info *inputs, size_t n_inputs);
void collector_deinit(struct collector *c);

/* --need and --culprits. 0, or -EINVAL after a message. */
int report_options_read(const struct options *options, struct report_options *ret);

#endif
