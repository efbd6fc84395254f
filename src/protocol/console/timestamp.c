#define _DEFAULT_SOURCE /* timegm, gmtime_r */
#include "console/timestamp.h"

#include <string.h>
#include <time.h>

#include "memprof/base/date.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"

#define SECOND_US UINT64_C(1000000)
#define DAY_US    (24 * 3600 * SECOND_US)

/* Letters of a form: Y M D h m s digits of a date and a time, B and W name of a month and of a day, d day of one or two
 * digits, N seconds, E seconds since 1970; f an optional fraction, F a fraction, 3 and 6 a fraction of as
 * many digits; Z an optional zone; _ optional blanks; $ end of line. Other characters stand for
 * themselves. A form ends at a blank, at the end of the line, or with its own bracket. */
static const struct grammar {
	const char *form;
	enum timestamp_kind kind;
} grammars[] = {
	{ "[h:m:sf]", TIMESTAMP_CLOCK },        /* tio 24hour, -start, -delta; grabserial -T */
	{ "[h:m:sf NF]", TIMESTAMP_CLOCK },     /* grabserial -T --delta */
	{ "[Y-M-DTh:m:sfZ]", TIMESTAMP_DATE },  /* tio iso8601 */
	{ "[Y-M-D h:m:sf]", TIMESTAMP_DATE },   /* minicom simple, extended */
	{ "[Y-M-D h:m:s$", TIMESTAMP_DATE },    /* minicom persecond: on a line of its own */
	{ "[M/D/Y h:m:sf]", TIMESTAMP_DATE },   /* CoolTerm and others */
	{ "[B d h:m:sf]", TIMESTAMP_YEARDAY },  /* Mongoose OS */
	{ "[W B d h:m:sf Y]", TIMESTAMP_DATE }, /* Tera Term */
	{ "[EF]", TIMESTAMP_EPOCH },            /* tio epoch-usec, epoch in versions with milliseconds */
	{ "[E]", TIMESTAMP_EPOCH },             /* tio epoch */
	{ "[N3]", TIMESTAMP_DELTA },            /* minicom delta */
	{ "[_N6]", TIMESTAMP_START },           /* Linux, dmesg */
	{ "[_NF _NF]", TIMESTAMP_START },       /* grabserial -t: since the start, since the previous line */
	{ "Y-M-DTh:m:sfZ", TIMESTAMP_DATE },    /* ts "%FT%.T" */
	{ "Y-M-D,h:m:sf,", TIMESTAMP_DATE },    /* cells of a table */
	{ "Y-M-D h:m:sf", TIMESTAMP_DATE },     /* idf.py monitor --timestamps */
	{ "B d h:m:sf", TIMESTAMP_YEARDAY },    /* ts */
	{ "h:m:sf", TIMESTAMP_CLOCK },          /* ts -i, ts -s */
	{ "EF", TIMESTAMP_EPOCH },              /* ts %.s */
};

struct date_parts {
	int64_t year, month, day, h, m, s;
	uint64_t n_seconds, fraction_us;
	int64_t zone_s;
};

/* n digits at p with a value from low to high; NULL for other text. */
static const char *digits(const char *p, const char *end, int n, int64_t low, int64_t high, int64_t *ret)
{
	int64_t value = 0;

	if (end - p < n)
		return NULL;
	for (int i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return NULL;
		value = value * 10 + (p[i] - '0');
	}
	*ret = value;
	return value >= low && value <= high ? p + n : NULL;
}

/* n_digits 0: any number of digits, at least one. */
static const char *fraction(const char *p, const char *end, int n_digits, uint64_t *ret_us)
{
	uint64_t unit_us = SECOND_US / 10, value = 0;
	const char *start = p + 1;

	if (p == end || *p != '.')
		return NULL;
	for (p++; p < end && *p >= '0' && *p <= '9'; p++, unit_us /= 10)
		value += unit_us * (uint64_t)(*p - '0');
	*ret_us = value;
	return p > start && (n_digits == 0 || p - start == n_digits) ? p : NULL;
}

/* One of names of three letters, 1.. */
static const char *name_of(const char *names, const char *p, const char *end, int64_t *ret)
{
	for (int i = 0; names[i * 3] && end - p >= 3; i++) {
		if (memcmp(p, names + (size_t)i * 3, 3) == 0) {
			*ret = i + 1;
			return p + 3;
		}
	}
	return NULL;
}

/* "Z", "+02:00", or nothing. */
static const char *zone(const char *p, const char *end, int64_t *ret_s)
{
	int64_t h, m;
	const char *q;

	if (p < end && *p == 'Z')
		return p + 1;
	if (p == end || (*p != '+' && *p != '-'))
		return p;
	q = digits(p + 1, end, 2, 0, 23, &h);
	if (q && q < end && *q == ':')
		q++;
	q = q ? digits(q, end, 2, 0, 59, &m) : NULL;
	if (q)
		*ret_s = (*p == '-' ? -1 : 1) * (h * 3600 + m * 60);
	return q;
}

/* Reads the text of one letter of a form. NULL if it does not match. */
static const char *field(char letter, const char *p, const char *end, struct date_parts *ret)
{
	const char *start = p;

	switch (letter) {
	case 'Y':
		return digits(p, end, 4, 1970, 9999, &ret->year);
	case 'M':
		return digits(p, end, 2, 1, 12, &ret->month);
	case 'D':
		return digits(p, end, 2, 1, 31, &ret->day);
	case 'd':
		p += p < end && *p == ' ';
		return digits(p, end, p > start ? 1 : 2, 1, 31, &ret->day);
	case 'h':
		return digits(p, end, 2, 0, 23, &ret->h);
	case 'm':
		return digits(p, end, 2, 0, 59, &ret->m);
	case 's':
		return digits(p, end, 2, 0, 60, &ret->s);
	case 'B':
		return name_of("JanFebMarAprMayJunJulAugSepOctNovDec", p, end, &ret->month);
	case 'W':
		return name_of("MonTueWedThuFriSatSun", p, end, &(int64_t){ 0 });
	case 'N':
	case 'E':
		p = p < end ? number_scan(p, end, &ret->n_seconds) : NULL;
		/* Seconds since 1970 have ten digits from 2001 to 2286. */
		return p && (p - start == 10 || (letter == 'N' && p - start < 10)) ? p : NULL;
	case 'F':
		return fraction(p, end, 0, &ret->fraction_us);
	case '3':
		return fraction(p, end, 3, &ret->fraction_us);
	case '6':
		return fraction(p, end, 6, &ret->fraction_us);
	case 'f':
		return p < end && *p == '.' ? fraction(p, end, 0, &ret->fraction_us) : p;
	case 'Z':
		return zone(p, end, &ret->zone_s);
	case '_':
		while (p < end && *p == ' ')
			p++;
		return p;
	case '$':
		return p == end ? p : NULL;
	default:
		return p < end && *p == letter ? p + 1 : NULL;
	}
}

static uint64_t stamped_us(enum timestamp_kind kind, const struct date_parts *f)
{
	int64_t days = 0;

	if (kind == TIMESTAMP_EPOCH || kind == TIMESTAMP_START || kind == TIMESTAMP_DELTA)
		return f->n_seconds * SECOND_US + f->fraction_us;
	if (kind == TIMESTAMP_DATE || kind == TIMESTAMP_YEARDAY) {
		/* A missing year is taken as a leap year, so that every date exists. */
		struct tm date = { .tm_year = (int)(kind == TIMESTAMP_DATE ? f->year : 1972) - 1900,
				   .tm_mon = (int)f->month - 1,
				   .tm_mday = (int)f->day };
		struct tm start = { .tm_year = 72, .tm_mday = 1 };
		days = (timegm(&date) - (kind == TIMESTAMP_DATE ? 0 : timegm(&start))) / (24 * 3600);
	}
	int64_t s = ((days * 24 + f->h) * 60 + f->m) * 60 + f->s - f->zone_s;
	return (uint64_t)MAX(s, INT64_C(0)) * SECOND_US + f->fraction_us;
}

static size_t scan_as(const struct grammar *g, const char *text, size_t n_bytes, struct timestamp *ret)
{
	const char *p = text, *end = text + n_bytes, *body_end = NULL;
	struct date_parts f = { 0 }, behind;
	bool bracket = *text == '[', alone = false, second = false;

	for (const char *form = g->form; *form; form++) {
		if (*form == ']' || *form == '$')
			body_end = p;
		alone |= *form == '$';
		/* The second figure of grabserial is the time since the previous line. */
		second |= *form == ' ' && (form[1] == '_' || form[1] == 'N');
		p = field(*form, p, end, second ? &behind : &f);
		if (!p)
			return 0;
	}
	if (!bracket && p < end && *p != ' ' && *p != '\t' && p[-1] != ',')
		return 0;
	*ret = (struct timestamp){ true,           alone,
				   g->kind,        stamped_us(g->kind, &f),
				   text + bracket, (size_t)((body_end ? body_end : p) - text) - bracket };
	return (size_t)(p - text) + (p < end && (*p == ' ' || *p == '\t'));
}

size_t timestamp_scan(const char *text, size_t n_bytes, struct timestamp *ret)
{
	enum { SHORTEST = sizeof("[0.000]") - 1 };
	char c = n_bytes < SHORTEST ? '\0' : *text;
	bool digit = c >= '0' && c <= '9';

	/* Rows of a table begin with digits too; only "07:", "2026-" and "1795158581." pass. */
	if (digit && text[2] != ':' && text[4] != '-' &&
	    (n_bytes < 12 || text[10] != '.' || text[9] < '0' || text[9] > '9'))
		return 0;
	if (c != '[' && !digit && !(c >= 'A' && c <= 'S' && text[3] == ' '))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(grammars); i++) {
		size_t n = (grammars[i].form[0] == '[') == (c == '[') ? scan_as(&grammars[i], text, n_bytes, ret) : 0;
		if (n)
			return n;
	}
	return 0;
}

void timestamp_text(const struct timestamp *stamp, char ret[EVENT_TIME_BYTES])
{
	enum { DATE = sizeof("2026-11-20") - 1 };
	size_t n = MIN(stamp->n_bytes, (size_t)EVENT_TIME_BYTES - 1);

	memset(ret, 0, EVENT_TIME_BYTES);
	if (!stamp->set || stamp->kind == TIMESTAMP_START || stamp->kind == TIMESTAMP_DELTA)
		return;
	if (stamp->kind == TIMESTAMP_EPOCH || (stamp->kind == TIMESTAMP_DATE && stamp->text[4] != '-')) {
		date_rfc3339(stamp->at_us, ret);
		if (stamp->kind == TIMESTAMP_DATE)
			ret[strlen(ret) - 1] = '\0'; /* its zone is not known */
		return;
	}
	if (stamp->kind == TIMESTAMP_CLOCK) { /* grabserial's has a second figure */
		const char *blank = memchr(stamp->text, ' ', n);
		n = blank ? (size_t)(blank - stamp->text) : n;
	}
	n -= n > 0 && stamp->text[n - 1] == ',';
	memcpy(ret, stamp->text, n);
	if (stamp->kind == TIMESTAMP_DATE)
		ret[DATE] = 'T';
}

/* ---- the time since the first stamp ---- */

/* After as many increasing stamps the kind is a clock, as times since the previous line go up and down.
 * Neither do two lines in a row come an hour after the previous one. */
enum { ASCENTS_OF_A_CLOCK = 4 };
#define HOUR_US (DAY_US / 24)

/* The period after which stamps of this kind repeat; 0: never. */
static uint64_t turn_us(enum timestamp_kind kind)
{
	return kind == TIMESTAMP_CLOCK ? DAY_US : kind == TIMESTAMP_YEARDAY ? 366 * DAY_US : 0;
}

/* Whether the year of the log has a 29th of February, by a dated line. Without one assume not, so that
 * a step over that day is an ordinary one. */
static bool is_leap_year(const struct timestamp_clocks *t)
{
	const struct timestamp_clock *dated =
		&t->clocks[t->clocks[TIMESTAMP_DATE].started ? TIMESTAMP_DATE : TIMESTAMP_EPOCH];
	time_t seconds = (time_t)(dated->last_us / SECOND_US);
	struct tm date = { 0 };

	if (!dated->started || !gmtime_r(&seconds, &date))
		return false;
	return date.tm_year % 4 == 0 && (date.tm_year % 100 != 0 || (date.tm_year + 1900) % 400 == 0);
}

static bool jumps_over_leap_day(uint64_t from_us, uint64_t to_us, bool new_year)
{
	enum { LEAP_DAY = 31 + 28 };
	bool after = to_us >= (LEAP_DAY + 1) * DAY_US;

	return new_year ? after : after && from_us < LEAP_DAY * DAY_US;
}

/* A clock that goes back passed midnight or was set. If it goes back to the first hour, by less than half
 * a day, either it restarted, or the stamps are times since the previous line. */
static void go_back(struct timestamp_clock *c, const struct timestamp *stamp)
{
	if (stamp->kind != TIMESTAMP_CLOCK || stamp->at_us >= HOUR_US)
		return;
	c->fell = c->n_ascents >= ASCENTS_OF_A_CLOCK;
	c->deltas = !c->fell;
}

static void step(const struct timestamp_clocks *t, struct timestamp_clock *c, const struct timestamp *stamp)
{
	uint64_t turn = turn_us(stamp->kind);
	bool new_turn = turn && stamp->at_us + turn / 2 < c->last_us;

	c->sum_us += MIN(stamp->at_us, 366 * DAY_US);
	if (new_turn)
		c->turns_us += turn;
	else if (stamp->at_us < c->last_us && !c->deltas)
		go_back(c, stamp);
	if (stamp->at_us > c->last_us)
		c->n_ascents++;
	else if (stamp->at_us == c->last_us && stamp->at_us >= HOUR_US)
		c->n_ascents = ASCENTS_OF_A_CLOCK;
	if (stamp->kind == TIMESTAMP_YEARDAY && jumps_over_leap_day(c->last_us, stamp->at_us, new_turn) &&
	    !is_leap_year(t))
		c->no_days_us += DAY_US;
	c->last_us = stamp->at_us;
}

uint64_t timestamp_clocks_at(struct timestamp_clocks *t, const struct timestamp *stamp)
{
	struct timestamp_clock *c = &t->clocks[stamp->kind];

	for (int kind = 0; stamp->kind == TIMESTAMP_DELTA && kind < N_TIMESTAMP_KINDS; kind++)
		if (kind != TIMESTAMP_DELTA && t->clocks[kind].started)
			return NOT_KNOWN;
	if (!c->started)
		*c = (struct timestamp_clock){ .started = true,
					       .deltas = stamp->kind == TIMESTAMP_DELTA,
					       .begin_us = t->now_us,
					       .first_us = stamp->at_us,
					       .last_us = stamp->at_us };
	else
		step(t, c, stamp);
	if (c->fell)
		return NOT_KNOWN;
	uint64_t to_us = c->last_us + c->turns_us, from_us = c->first_us + c->no_days_us;
	if (!c->deltas && to_us < from_us)
		return NOT_KNOWN; /* set back to before its first stamp */
	t->now_us = c->begin_us + (c->deltas ? c->sum_us : to_us - from_us);
	return t->now_us;
}
