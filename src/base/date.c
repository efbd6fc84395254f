#define _DEFAULT_SOURCE /* timegm */
#include "memprof/base/date.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "memprof/base/number.h"

const char *date_rfc3339(uint64_t since_1970_us, char ret[DATE_BYTES])
{
	time_t seconds = (time_t)(since_1970_us / 1000000);
	struct tm tm = { 0 };

	gmtime_r(&seconds, &tm);
	size_t n = strftime(ret, 24, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(ret + n, DATE_BYTES - n, ".%03uZ", (unsigned)(since_1970_us / 1000 % 1000) % 1000);
	return ret;
}

/* One to n_max digits and the character after them: behind both, or NULL. */
static const char *field(const char *p, int n_max, const char *ends, int *ret)
{
	int n = 0;

	for (*ret = 0; n < n_max && *p >= '0' && *p <= '9'; n++)
		*ret = *ret * 10 + (*p++ - '0');
	return n > 0 && *p && strchr(ends, *p) ? p + 1 : NULL;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* "Z", "+01:00", "-0230" to the end of the text; *ret_zoned is false for "". False: it is something else. */
static bool zone(const char *p, int *ret_minutes, bool *ret_zoned)
{
	*ret_minutes = 0;
	*ret_zoned = *p != '\0';
	if (*p == '\0' || strcmp(p, "Z") == 0)
		return true;
	if ((*p != '+' && *p != '-') || !is_digit(p[1]) || !is_digit(p[2]))
		return false;
	const char *minutes = p + 3 + (p[3] == ':');
	if (!is_digit(minutes[0]) || !is_digit(minutes[1]) || minutes[2])
		return false;
	*ret_minutes = (p[1] - '0') * 600 + (p[2] - '0') * 60 + (minutes[0] - '0') * 10 + (minutes[1] - '0');
	*ret_minutes *= *p == '-' ? -1 : 1;
	return true;
}

bool date_parse(const char *text, uint64_t *ret_us, bool *ret_zoned)
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
	if (t.tm_mon < 1 || t.tm_mon > 12 || t.tm_mday < 1 || t.tm_mday > 31 || t.tm_hour > 24 || t.tm_min > 59 ||
	    !zone(end, &offset_minutes, ret_zoned))
		return false;
	t.tm_min -= offset_minutes;
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	time_t since = timegm(&t);
	if (since < 0)
		return false;
	*ret_us = (uint64_t)since * 1000000 + (uint64_t)(seconds * 1e6 + 0.5);
	return true;
}

/* ---- durations ---- */

static const struct unit {
	const char *name;
	double us;
} units[] = {
	/* a unit that begins as another one does comes first */
	{ "ms", 1e3 }, { "s", 1e6 }, { "m", 60e6 }, { "h", 3600e6 }, { "d", 86400e6 },
};

static const struct unit *unit_at(const char *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strncmp(p, units[i].name, strlen(units[i].name)) == 0)
			return &units[i];
	return NULL;
}

int duration_parse(const char *text, uint64_t *ret_us)
{
	const double max_us = 100 * 366 * 86400e6;
	double sum_us = 0;
	const char *p = text;

	do {
		char *end;
		if (!isdigit((unsigned char)p[*p == '.']))
			return -EINVAL;
		double value = strtod(p, &end);
		const struct unit *unit = unit_at(end);
		if (!unit && (*end || p != text))
			return -EINVAL;
		sum_us += value * (unit ? unit->us : 1e6);
		p = unit ? end + strlen(unit->name) : end;
	} while (*p);
	if (!(sum_us <= max_us))
		return -EINVAL;
	*ret_us = (uint64_t)(sum_us + 0.5);
	return 0;
}
