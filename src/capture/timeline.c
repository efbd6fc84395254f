#define _DEFAULT_SOURCE /* timegm */
#include "memprof/capture/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "memprof/base/number.h"

bool timeline_date(const char *text, uint64_t *ret_us, bool *ret_zoned)
{
	struct tm t = { 0 };
	int n = 0, hours = 0, minutes = 0;
	char sign = '\0', *end;

	if (sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d:%n", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min,
		   &n) != 5 ||
	    n == 0 || t.tm_year < 1970)
		return false;
	double seconds = strtod(text + n, &end);
	if (end == text + n || !(seconds >= 0 && seconds < 61))
		return false;
	int n_zone = sscanf(end, "%c%2d:%2d", &sign, &hours, &minutes);
	bool offset = n_zone == 3 && (sign == '+' || sign == '-');
	*ret_zoned = offset || sign == 'Z';
	if (offset)
		t.tm_min -= (sign == '+' ? 1 : -1) * (hours * 60 + minutes);
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	time_t since = timegm(&t);
	if (since < 0)
		return false;
	*ret_us = (uint64_t)since * 1000000 + (uint64_t)(seconds * 1e6 + 0.5);
	return true;
}

/* Ties the input at hand to 1970, if the event does. */
static void date_input(struct timeline *t, const struct event *event)
{
	uint64_t at_us;
	bool zoned;

	if (!timeline_date(event->time, &at_us, &zoned) || at_us < event->at_us)
		return;
	t->dated = true;
	t->epoch_us = at_us - event->at_us;
	t->utc |= zoned;
	t->local |= !zoned;
}

static uint64_t moment(struct timeline *t, const struct event *event)
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

uint64_t timeline_at(struct timeline *t, const struct event *event)
{
	uint64_t at_us = moment(t, event);

	t->none |= at_us == NOT_KNOWN;
	if (at_us == NOT_KNOWN)
		return at_us;
	if (t->some && event->line < t->last_line)
		at_us = MAX(at_us, t->last_us);
	t->some = true;
	t->last_us = at_us;
	t->last_line = event->line;
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
				return NULL; /* that is why */
		return t->some && t->none ? words[reason] : NULL;
	}
	return t->reasons[reason] ? words[reason] : NULL;
}
