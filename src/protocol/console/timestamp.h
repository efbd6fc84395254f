/* Time stamps that terminal programs put before lines: what they look like (a table of grammars;
 * docs/logs.md says where each was checked), and what moment they mean. */
#ifndef MEMPROF_STAMP_H
#define MEMPROF_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/event.h"

enum stamp_kind {
	STAMP_CLOCK,   /* a time of the day, or since the start, or since the line before: which of
			* them is not in the stamp, and stamps_at finds it out */
	STAMP_YEARDAY, /* with month and day, without a year */
	STAMP_DATE,    /* with a date */
	STAMP_EPOCH,   /* seconds since 1970 */
	STAMP_START,   /* seconds since the program was started */
	STAMP_DELTA,   /* seconds since the line before */
	N_STAMP_KINDS
};

struct stamp {
	bool set;
	bool alone; /* in a line of its own, for those after it */
	enum stamp_kind kind;
	uint64_t at_us;   /* since midnight, the beginning of the year, 1970, the start, the line before */
	const char *text; /* without brackets; borrowed from the line */
	size_t n_bytes;
};

/* Finds a stamp at the beginning of a text, as console output has it: with a blank behind it, or the
 * end of the line. Returns its length with that blank, 0 if there is none. */
size_t stamp_scan(const char *text, size_t n_bytes, struct stamp *ret);

/* RFC 3339 with milliseconds, UTC: "2026-11-20T08:15:34.123Z". Returns ret. */
const char *stamp_rfc3339(uint64_t since_1970_us, char ret[EVENT_TIME_BYTES]);

/* For events: an RFC 3339 date and time (without a zone where the stamp has none), or the clock as
 * it was stamped, or "" where a stamp tells no time of day. Cut to what ret holds. */
void stamp_time(const struct stamp *stamp, char ret[EVENT_TIME_BYTES]);

/* When something was said, as far as a log tells. */
struct event_time {
	uint64_t at_us;              /* since the first moment known of the input; or NOT_KNOWN */
	char time[EVENT_TIME_BYTES]; /* "" if it does not tell */
	bool clock_fell;             /* at_us is not known for that */
};

/* What stamps of one kind have told. A line of a program may look like another kind of stamp: each kind
 * has its own clock, which begins at the last moment that another one told. */
struct stamp_clock {
	bool started;
	bool deltas;         /* its stamps are the time since the line before */
	bool fell;           /* it began again, after a time that nobody knows: it tells nothing more */
	uint64_t n_ascents;  /* how often it went up before it went back */
	uint64_t begin_us;   /* where it begins */
	uint64_t first_us;   /* of its first stamp */
	uint64_t last_us;    /* of the last one, as it was */
	uint64_t turns_us;   /* midnights and new years */
	uint64_t no_days_us; /* 29ths of February that there were not */
	uint64_t sum_us;     /* of all stamps but the first: what it is if they are deltas */
};

/* Turns stamps, in the order of their lines, into the time since the first of them. */
struct stamps {
	struct stamp_clock clocks[N_STAMP_KINDS];
	uint64_t now_us; /* what was told last */
};

/* NOT_KNOWN if the stamp does not tell: its clock fell, or it is one of STAMP_DELTA among others. */
uint64_t stamps_at(struct stamps *t, const struct stamp *stamp);

#endif
