/* How the heap goes on: a trend, and the boot that it is of. */
#pragma once

#include "memprof/analysis/boots.h"
#include "memprof/analysis/trend.h"
#include "memprof/analysis/verdict.h"
#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"

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
	TREND_OF_SAVED_BOARD,
	TREND_OF_BOARD, /* nothing of it was kept */
	/* The same where an agent or a program sends the dumps: --collect has no effect. */
	TREND_OF_SAVED_PROGRAM,
	TREND_OF_PROGRAM,
	/* A program that memprof ran, and how that ended. */
	TREND_OF_ENDED,
	TREND_OF_RAISED,
};
/* A trend: what it means, what to do, pictures, figures. name is that of the input. There must be at
 * least one pool. */
void text_trend(struct strbuf *out, const char *name, enum trend_of of, const struct trend_result *trend,
		const struct text_style *style);
/* Of one of its pools: what it means and what to do, in lines without colours. */
void text_trend_words(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool);
/* Two to four lines if there is a leak, or fragmentation that grows; else nothing. */
void text_trend_line(struct strbuf *out, enum trend_of of, const struct trend_result *trend,
		     const struct text_style *style);

/* Of a program that has ended: whether it leaks, or why that is not known. Nothing if it did not collect. has_failed:
 * an allocation, so how long the rest would last is no question any more. script, source: of the next command. */
void text_trend_verdict(struct strbuf *out, const struct trend_result *trend, bool has_failed, const char *script,
			const char *source, const struct text_style *style);

/* The boot, if there are several, and the failure that ended it; else nothing. */
void text_boot(struct strbuf *out, const struct boot_info *boot, const struct text_style *style);

/* Used, free and largest free over time, the slope after collections, and what text_trend says of it. There must be at
 * least one pool. */
void svg_trend(struct strbuf *out, const char *name, const struct trend_result *trend);
