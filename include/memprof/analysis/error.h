/* A failed allocation, explained by the snapshots next to it. Pure. */
#pragma once

#include "memprof/analysis/report.h"
#include "memprof/capture/capture.h"

struct error_info {
	uint64_t line; /* 0: there is no log */
	enum failure failure;
	uint64_t asked_bytes; /* NOT_KNOWN */
	enum cause cause;
	struct reference_snapshot reference; /* the snapshot that explains it; n_dump 0: none */
	bool reference_before;               /* it was taken before the failure */
	bool full_after;                     /* after the failure the board had no memory left to answer with */
	bool grew_until;                     /* it ended a program that leaked */
	uint64_t n_dump_before;              /* the snapshot before it; 0: none */
	uint64_t n_more;                     /* errors right after it, with nothing between */
	char text[160];                      /* the message; a board's bytes */
	const char *file;                    /* one of several inputs; NULL */
};

/* The snapshots that failures refer to. All-zero is ready. */
struct error_judge {
	struct reference_snapshot references[2];
};

/* sink.on_reference: keeps the figures of a snapshot. Cost: two passes over its blocks, once each. */
void error_reference(struct error_judge *judge, const struct moment *snapshot);

/* Explains a failure by the nearer of the snapshots before and after it, by the other one if that gives no answer.
 * full_after: the board had no memory left to answer with afterwards. */
void error_explain(const struct error_judge *judge, const struct capture_failure *failure, bool full_after,
		   struct error_info *ret);
