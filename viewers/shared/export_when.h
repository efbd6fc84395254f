/* The times of an export whose format has nothing without a time: nanoseconds on one line for all inputs. */
#pragma once

#include "memprof/viewers/export_view.h"

/* All-zero is ready. The first time of the export decides what 0 is: 1970, if it has a date, else the first time of
 * each input. Then inputs without dates begin with the first one. */
struct when {
	bool decided, dated;
	uint64_t origin_us; /* of inputs without a date */
	/* of the current input */
	uint64_t n_input, n_moments, last_ns;
	uint64_t moment_ns; /* of the last moment that had a time */
	bool timed, differs;
};

/* Of a moment or of what happens after it. Without a time it is that of what came before it, or the number of the
 * moment in milliseconds if nothing in its input had a time; counted in e. */
uint64_t when_ns(struct when *w, struct export *e, const struct export_place *place, bool is_moment);
