/* Time stamps that terminal programs print before lines: their grammars (a table; docs/logs.md lists
 * where each was checked) and the time they stand for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/event.h"

enum timestamp_kind {
	TIMESTAMP_CLOCK,   /* time of day, since the start, or since the previous line: the stamp does not
			    * show which, timestamp_clocks_at determines it */
	TIMESTAMP_YEARDAY, /* with month and day, without a year */
	TIMESTAMP_DATE,    /* with a date */
	TIMESTAMP_EPOCH,   /* seconds since 1970 */
	TIMESTAMP_START,   /* seconds since the program started */
	TIMESTAMP_DELTA,   /* seconds since the previous line */
	N_TIMESTAMP_KINDS
};

struct timestamp {
	bool set;
	bool alone; /* on a line of its own, for the lines after it */
	enum timestamp_kind kind;
	uint64_t at_us;   /* since midnight, the start of the year, 1970, the start, the previous line */
	const char *text; /* without brackets; borrowed from the line */
	size_t n_bytes;
};

/* Finds a stamp at the beginning of a text, followed by a blank or the end of the line. Returns its
 * length including the blank, 0 if there is none. */
size_t timestamp_scan(const char *text, size_t n_bytes, struct timestamp *ret);

/* For events: an RFC 3339 date and time (without a zone if the stamp has none), or the time of day as
 * stamped, or "" if the stamp has no time of day. Truncated to ret. */
void timestamp_text(const struct timestamp *stamp, char ret[EVENT_TIME_BYTES]);

/* The time members of struct event. */
struct event_time {
	uint64_t at_us;
	char time[EVENT_TIME_BYTES];
	bool clock_fell;
};

/* The clock behind the stamps of one kind. As a program's output may look like another kind of stamp,
 * each kind has its own clock, which starts at the last time of another one. */
struct timestamp_clock {
	bool started;
	bool deltas;         /* its stamps are times since the previous line */
	bool fell;           /* it restarted after an unknown time; unusable from here on */
	uint64_t n_ascents;  /* increasing stamps before it fell */
	uint64_t begin_us;   /* time of its first stamp */
	uint64_t first_us;   /* value of its first stamp */
	uint64_t last_us;    /* value of its last stamp */
	uint64_t turns_us;   /* midnights and new years passed */
	uint64_t no_days_us; /* 29ths of February that did not exist */
	uint64_t sum_us;     /* of all stamps but the first: the time if they are deltas */
};

/* Converts stamps, in the order of their lines, to the time since the first of them. */
struct timestamp_clocks {
	struct timestamp_clock clocks[N_TIMESTAMP_KINDS];
	uint64_t now_us; /* the last result */
};

/* NOT_KNOWN if the clock of the stamp fell, or for a TIMESTAMP_DELTA among stamps of other kinds. */
uint64_t timestamp_clocks_at(struct timestamp_clocks *t, const struct timestamp *stamp);
