#include "memprof/capture/timeline.h"

#include "memprof/base/date.h"
#include "memprof/base/number.h"

bool timeline_epoch(const struct event *event, uint64_t *ret_us, bool *ret_zoned)
{
	uint64_t date_us;
	bool zoned;

	if (event->at_us == NOT_KNOWN || !date_parse(event->time, &date_us, &zoned) || date_us < event->at_us)
		return false;
	*ret_us = date_us - event->at_us;
	*ret_zoned = zoned;
	return true;
}

/* Dates the current input, if the event has a date. */
static void date_input(struct timeline *t, const struct event *event)
{
	bool zoned;

	if (!timeline_epoch(event, &t->epoch_us, &zoned))
		return;
	t->dated = true;
	t->utc |= zoned;
	t->local |= !zoned;
}

static uint64_t time_of(struct timeline *t, const struct event *event)
{
	t->reasons[UNTIMED_CLOCK_FELL] |= event->clock_fell;
	if (event->at_us == NOT_KNOWN || !t->several)
		return event->at_us;
	if (!t->dated)
		date_input(t, event);
	t->reasons[UNTIMED_UNDATED] |= !t->dated;
	t->reasons[UNTIMED_ZONES] |= t->utc && t->local;
	return t->dated && !(t->utc && t->local) ? t->epoch_us + event->at_us : NOT_KNOWN;
}

static void add_to_input(struct timeline *t, uint64_t at_us)
{
	t->now.first_us = t->now.first_us == 0 ? at_us : MIN(t->now.first_us, at_us);
	t->now.last_us = MAX(t->now.last_us, at_us);
}

bool timeline_overlaps(const struct timeline *t)
{
	uint64_t from = MAX(t->now.first_us, t->before.first_us), to = MIN(t->now.last_us, t->before.last_us);
	uint64_t shorter = MIN(t->now.last_us - t->now.first_us, t->before.last_us - t->before.first_us);

	return t->overlap || (t->several && from < to && to - from > shorter / 10);
}

uint64_t timeline_at(struct timeline *t, const struct event *event)
{
	uint64_t at_us = time_of(t, event);

	t->none |= at_us == NOT_KNOWN;
	if (at_us == NOT_KNOWN)
		return at_us;
	if (t->some && event->line < t->last_line)
		at_us = MAX(at_us, t->last_us);
	t->went_back |= t->some && at_us < t->last_us;
	t->some = true;
	t->last_us = at_us;
	t->last_line = event->line;
	add_to_input(t, at_us);
	return at_us;
}

uint64_t timeline_peek(const struct timeline *t, const struct event *event)
{
	struct timeline copy = *t;

	return timeline_at(&copy, event);
}

void timeline_next(struct timeline *t)
{
	t->dated = false;
	t->last_line = 0;
	t->overlap = timeline_overlaps(t);
	t->before = t->now;
	t->now.first_us = t->now.last_us = 0;
}

const char *timeline_reason(const struct timeline *t, enum untimed reason)
{
	static const char *const words[] = {
		[UNTIMED_CLOCK_FELL] = "a clock in it began again",
		[UNTIMED_ZONES] = "some of the logs have local times, others UTC",
		[UNTIMED_UNDATED] = "one of several logs has no date",
		[UNTIMED_SOME] = "some samples have no time",
	};

	if (reason == UNTIMED_SOME) {
		for (int i = 0; i < UNTIMED_SOME; i++)
			if (t->reasons[i])
				return NULL; /* a better reason */
		return t->some && t->none ? words[reason] : NULL;
	}
	return t->reasons[reason] ? words[reason] : NULL;
}
