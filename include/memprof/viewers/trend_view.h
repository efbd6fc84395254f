/* How the heap goes on: a trend, and the boot that it is of. */
#pragma once

#include "memprof/analysis/boots.h"
#include "memprof/analysis/trend.h"
#include "memprof/analysis/verdict.h"
#include "memprof/base/json.h"
#include "memprof/viewers/document.h"

/* The members of memprof.trend/1, into an object that is open. */
void json_trend(struct json *j, const struct trend_result *trend);
void json_boot(struct json *j, const struct boot_info *boot);
/* The same object in every document. */
void json_verdict(struct json *j, const char *key, const struct verdict *verdict);

/* What can be done next depends on what a trend is of. */
enum trend_of {
	TREND_OF_LOG,
	TREND_OF_RECORDING,
	TREND_OF_AGENT, /* either of them, of a board whose agent sent the dumps */
	/* Of a board that memprof asks, and where an agent or a program sends the dumps: --collect has no effect. */
	TREND_OF_SAVED_BOARD,
	TREND_OF_SAVED_PROGRAM,
	TREND_OF_BOARD, /* from here on, nothing of it was kept */
	TREND_OF_PROGRAM,
	/* A program that memprof ran, and how that ended. */
	TREND_OF_ENDED,
	TREND_OF_RAISED,
};
/* A trend, for people. */
struct trend_view {
	const char *name; /* of the input: untrusted */
	enum trend_of of;
	const struct trend_result *trend; /* a pool at least */
	const struct boot_info *boot;     /* NULL: it is not mentioned */
	const char *line;                 /* that allocates what leaks; NULL */
	bool has_ended;                   /* the program: when nothing would have been left */
	bool has_failed;                  /* an allocation: when nothing is left is no question any more */
};
/* Answer, what to do, pictures, figures. */
void document_trend(struct document *d, const struct trend_view *view);
/* Of one pool: the answer, or where there is one already, a sentence; what to do, and reasons. next: what to do, a step
 * in each line; NULL: by what it is of; "": nothing. */
void document_trend_pool(struct document *d, const struct trend_view *view, const struct trend_pool_result *pool,
			 const char *next);
/* Appended to a document: a leak, or fragmentation that grows, with reasons; and the boot. next: as above. */
void document_trend_finding(struct document *d, const struct trend_view *view, const char *next);
/* Appended, of a program that has ended: whether it leaks, or why that is not known; nothing if it did not collect.
 * view->name: its script; source: its board: of the next command. */
void document_trend_run(struct document *d, const struct trend_view *view, const char *source);

/* Used, free and largest free of a pool over time, and the slope after collections. alone: a file of its own, of all
 * pools, with words. */
void svg_trend(struct strbuf *out, const struct trend_view *view, const struct trend_pool_result *pool, bool alone);
