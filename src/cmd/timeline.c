#define _DEFAULT_SOURCE /* timegm */
#include "timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

bool timeline_date(const char *text, uint64_t *ret_us)
{
	struct tm t = { 0 };
	int n = 0, hours = 0, minutes = 0;
	char sign = 'Z', *end;

	if (sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d:%n", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour,
		   &t.tm_min, &n) != 5 || n == 0 || t.tm_year < 1970)
		return false;
	double seconds = strtod(text + n, &end);
	if (end == text + n || !(seconds >= 0 && seconds < 61))
		return false;
	if (sscanf(end, "%c%2d:%2d", &sign, &hours, &minutes) == 3 && (sign == '+' || sign == '-'))
		t.tm_min -= (sign == '+' ? 1 : -1) * (hours * 60 + minutes);
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	time_t since = timegm(&t);
	if (since < 0)
		return false;
	*ret_us = (uint64_t)since * 1000000 + (uint64_t)(seconds * 1e6 + 0.5);
	return true;
}

uint64_t timeline_at(struct timeline *t, const struct event *event)
{
	uint64_t at_us;

	if (event->at_us == NOT_KNOWN || !t->several)
		return event->at_us;
	if (!t->dated && timeline_date(event->time, &at_us) && at_us >= event->at_us) {
		t->dated = true;
		t->epoch_us = at_us - event->at_us;
	}
	return t->dated ? t->epoch_us + event->at_us : NOT_KNOWN;
}

void timeline_next(struct timeline *t)
{
	t->dated = false;
}
