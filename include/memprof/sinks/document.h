/* One report of what a capture delivers: JSON is written while moments come, text and pages show one dump at the end.
 * Memory does not grow with the number of moments. */
#pragma once

#include "memprof/analysis/boots.h"
#include "memprof/analysis/error.h"
#include "memprof/analysis/imports.h"
#include "memprof/cli/output.h"
#include "memprof/cli/spool.h"
#include "memprof/feed/feed.h"
#include "memprof/model/history.h"
#include "memprof/objects/objects.h"
#include "memprof/viewers/report_view.h"
#include "memprof/viewers/run_view.h"

enum {
	DOCUMENT_ERRORS_MAX = 3,
	DOCUMENT_EVENTS_MAX = 8,
	DOCUMENT_POOLS_MAX = 32,
	DOCUMENT_TREND_LEAST = 3,
};

/* Of JSON, written while the dumps are, and put behind them. */
enum document_list { DOCUMENT_SAMPLES, DOCUMENT_POOLS, DOCUMENT_EVENTS, DOCUMENT_ERRORS, N_DOCUMENT_LISTS };

/* A snapshot that is kept. */
struct kept_dump {
	bool set;
	struct heap heap;
	struct moment moment;
};

struct heap_document {
	/* set by the caller */
	struct output *out;
	struct report_options options;
	const char *title;             /* of a page */
	uint64_t wanted;               /* --dump N; 0: the last whole one */
	bool strict;                   /* a cut dump anywhere is an error */
	bool brief;                    /* of a run: no log, so no lines; as text the errors alone */
	bool live;                     /* of a board: as text, lines are no places */
	bool compact;                  /* JSON on one line */
	bool full_after;               /* after the last error the board had no memory left to answer with */
	const struct run_info *run;    /* NULL, or what a program did, known at the end */
	const struct objects *objects; /* then: NULL, or what it has left, for who holds what grew */
	const struct imports *imports; /* then: NULL, or what it imported */
	const struct boots *boots;     /* NULL: of this document's own moments */
	const uint64_t *n_resets;      /* NULL, or of a board that is watched */
	struct sink namer;             /* all-zero, or what its own feed calls first, to add names to events */
	const char *elf;               /* NULL, or of a core file the program */
	const struct document *limits; /* of a page: what a check found stands on top; NULL */
	const char *no_table;          /* text where there is no block table; NULL: the usual one */

	struct feed feed;        /* its own, where events go to; of a part there is none */
	struct capture *capture; /* of its own feed, or of another one */
	/* private */
	struct json json;
	struct strbuf document;  /* of a page, on its way into it */
	struct history *moments; /* of a page: the heaps for its pictures */
	struct kept_dump shown;
	struct series_info series, shown_series; /* of the current boot, and of that of the dump shown if it is over */
	uint64_t n_series_boot;
	const char *series_file;
	bool shown_is_over;
	struct boots own_boots;
	struct error_judge judge;
	struct moment last_sample;
	struct error_info errors[DOCUMENT_ERRORS_MAX]; /* the last ones */
	size_t n_errors;
	uint64_t n_errors_all, last_error_line;
	struct board_event board_events[DOCUMENT_EVENTS_MAX]; /* the last ones */
	size_t n_board_events;
	uint64_t n_board_events_all;
	struct pool_moment pools[DOCUMENT_POOLS_MAX]; /* each as it was reported last */
	size_t n_pools;
	uint32_t needs_met; /* a bit for each need: there was a pool that it is asked of */
	struct spool lists[N_DOCUMENT_LISTS];
	bool wanted_seen, wanted_cut;
	struct place odd_stack; /* the first dump whose figures of the C stack cannot be; line 0: none */
};

/* Whether it is written for people, of one moment, at its end: text or Markdown. */
static inline bool document_is_report(const struct heap_document *d)
{
	return d->out->format == OUTPUT_TEXT || d->out->format == OUTPUT_MARKDOWN;
}

/* Opens its own feed. 0 or -ENOMEM. */
int document_begin(struct heap_document *d, const struct capture_options *options);
/* A document of some moments of another feed, whose sink calls the functions below. 0 or -ENOMEM. */
int document_begin_part(struct heap_document *d, struct capture *capture);
void document_deinit(struct heap_document *d);

/* What a sink takes: its on_moment, its on_board_event, and what its on_failure explains. */
void document_moment(void *document, struct moment *moment);
void document_board_event(void *document, const struct board_event *event);
void document_error(struct heap_document *d, const struct error_info *error);

/* Writes the rest; ends the input of its own feed before that. The exit code. */
int document_end(struct heap_document *d, const struct input_info *inputs, size_t n_inputs);

/* One document of n logs, in this order, from its beginning to its end: the caller sets what is the caller's of d, but
 * for the title. The exit code. */
int document_of_logs(struct heap_document *d, const char *const *names, size_t n, const struct log_format *format);

/* What the snapshots of a live board came as, for input_info. */
const char *document_format(const struct heap_document *d);

/* ---- between document.c and document_end.c ---- */

/* Writes what was appended to it. */
void document_drain(struct heap_document *d);
struct dump_info document_dump(const struct heap_document *d, const struct heap *heap, const struct moment *moment);
bool document_shows_one(const struct heap_document *d); /* that of --dump; JSON is of all */
const struct boots *document_boots(const struct heap_document *d);
