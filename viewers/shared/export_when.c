#include "shared/export_when.h"

#include "memprof/base/number.h"

/* trace_processor takes times as int64. */
#define WHEN_MAX_US ((uint64_t)INT64_MAX / 1000)

static void begin_input(struct when *w, uint64_t n_input)
{
	w->n_input = n_input;
	w->n_moments = 0;
	w->timed = w->differs = false;
	w->last_ns = w->origin_us * 1000;
	w->moment_ns = 0;
}

static uint64_t timed(struct when *w, struct export *e, const struct export_place *place)
{
	bool has_date = place->date_us != NOT_KNOWN;

	if (!w->decided) {
		w->decided = true;
		w->dated = has_date;
		w->origin_us = has_date ? place->date_us - place->at_us : 0;
	}
	if (has_date != w->dated && !w->differs) {
		w->differs = true;
		e->n_undated++;
	}
	w->timed = true;
	return MIN(has_date && w->dated ? place->date_us : w->origin_us + place->at_us, WHEN_MAX_US) * 1000;
}

uint64_t when_ns(struct when *w, struct export *e, const struct export_place *place, bool is_moment)
{
	if (w->n_input != place->n_input)
		begin_input(w, place->n_input);
	w->n_moments += is_moment;
	if (place->at_us != NOT_KNOWN) {
		bool before = w->timed;
		uint64_t at_ns = timed(w, e, place);
		e->n_backwards += is_moment && before && at_ns < w->moment_ns;
		w->last_ns = at_ns;
		if (is_moment)
			w->moment_ns = at_ns;
	} else {
		e->n_untimed += is_moment;
		if (!w->timed)
			w->last_ns = w->origin_us * 1000 + w->n_moments * 1000000;
	}
	return w->last_ns;
}
