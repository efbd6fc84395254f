#define _DEFAULT_SOURCE /* timegm */
#include "memprof/capture/timeline.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "memprof/base/number.h"

/* One to n_max digits and the character after them: behind both, or NULL. */
static const char *field(const char *p, int n_max, const char *ends, int *ret)
{
	int n = 0;

	for (*ret = 0; n < n_max && *p >= '0' && *p <= '9'; n++)
		*ret = *ret * 10 + (*p++ - '0');
	return n > 0 && *p && strchr(ends, *p) ? p + 1 : NULL;
}

/* "+01:00" in minutes. False: there is none. */
static bool zone_offset(const char *p, int *ret_minutes)
{
	int hours, minutes;
	const char *rest = *p == '+' || *p == '-' ? field(p + 1, 2, ":", &hours) : NULL;

	if (!rest || *rest < '0' || *rest > '9')
		return false;
	minutes = *rest - '0';
	if (rest[1] >= '0' && rest[1] <= '9')
		minutes = minutes * 10 + (rest[1] - '0');
	*ret_minutes = (*p == '-' ? -1 : 1) * (hours * 60 + minutes);
	return true;
}

bool timeline_date(const char *text, uint64_t *ret_us, bool *ret_zoned)
{
	struct tm t = { 0 };
	const char *p = field(text, 4, "-", &t.tm_year);
	int offset_minutes = 0;
	char *end;

	p = p ? field(p, 2, "-", &t.tm_mon) : NULL;
	p = p ? field(p, 2, "T ", &t.tm_mday) : NULL;
	p = p ? field(p, 2, ":", &t.tm_hour) : NULL;
	p = p ? field(p, 2, ":", &t.tm_min) : NULL;
	if (!p || t.tm_year < 1970)
		return false;
	double seconds = strtod(p, &end);
	if (end == p || !(seconds >= 0 && seconds < 61))
		return false;
	*ret_zoned = zone_offset(end, &offset_minutes) || *end == 'Z';
	t.tm_min -= offset_minutes;
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	time_t since = timegm(&t);
	if (since < 0)
		return false;
	*ret_us = (uint64_t)since * 1000000 + (uint64_t)(seconds * 1e6 + 0.5);
	return true;
}

/* Dates the current input, if the event has a date. */
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
				return NULL; /* a better reason */
		return t->some && t->none ? words[reason] : NULL;
	}
	return t->reasons[reason] ? words[reason] : NULL;
}
