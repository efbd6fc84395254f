#define _DEFAULT_SOURCE /* timegm */
#include "console/dump_frames.h"

#include <string.h>
#include <time.h>

#include "console/scan.h"
#include "memprof/base/date.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"

/* extmod/modtime.c: ticks_ms() counts from 0 to MICROPY_PY_TIME_TICKS_PERIOD, 2^30 where a small int
 * has 31 bits. */
#define TICKS_PERIOD_MS (UINT64_C(1) << 30)
#define TICKS_MAX_MS    (NOT_KNOWN / 4000)

/* time_ns() is after 2020 on a board whose clock was set or starts at the build date. Smaller values
 * count from 2000 or from the start; the value does not show which. */
#define SECOND_NS    UINT64_C(1000000000)
#define YEAR_2020_NS (UINT64_C(1577836800) * SECOND_NS)
#define YEAR_2100_NS (UINT64_C(4102444800) * SECOND_NS)

enum { CLOSING_STARS = 20 };

static const char ticks_mark[] = "@@@", info_mark[] = "*** Memory info ";

static bool is_mark(const struct plain_line *line)
{
	return text_starts(line->text, line->n_bytes, ticks_mark) && (line->n_bytes == 3 || line->text[3] == ' ');
}

/* "@@@" alone. */
static bool is_closing_mark(const struct plain_line *line) { return line->n_bytes == 3 && is_mark(line); }

static bool is_label(const struct plain_line *line)
{
	return line->n_bytes >= sizeof(info_mark) + 3 && text_starts(line->text, line->n_bytes, info_mark) &&
	       text_starts(line->text + line->n_bytes - 4, 4, " ***");
}

static bool is_stars(const struct plain_line *line)
{
	for (size_t i = 0; i < line->n_bytes; i++)
		if (line->text[i] != '*')
			return false;
	return line->n_bytes >= CLOSING_STARS;
}

bool dump_frames_is_edge(const struct dump_frames *f, const struct plain_line *line)
{
	char c = line->n_bytes >= 3 ? *line->text : '\0';

	if (c == '@')
		return is_mark(line) && (f->open == FRAME_TICKS || !is_closing_mark(line));
	return c == '*' && (is_label(line) || (f->open == FRAME_LABEL && is_stars(line)));
}

/* Without a zone, as boards have none. */
static void set_time(struct event_time *ret, uint64_t since_1970_us)
{
	date_rfc3339(since_1970_us, ret->time);
	ret->time[strcspn(ret->time, "Z")] = '\0';
}

/* The beginning of a time.localtime(), "(2024, 9, 10, 12, 5, 42". False if it is not a date. */
static bool read_date(const char *p, const char *end, uint64_t *ret_us)
{
	uint64_t n[6];

	if (!scan_start(p, end, "(#, #, #, #, #, #", n) || n[0] < 1970 || n[0] > 9999 || n[1] < 1 || n[1] > 12 ||
	    n[2] < 1 || n[2] > 31 || n[3] > 23 || n[4] > 59 || n[5] > 60)
		return false;
	struct tm date = { .tm_year = (int)n[0] - 1900,
			   .tm_mon = (int)n[1] - 1,
			   .tm_mday = (int)n[2],
			   .tm_hour = (int)n[3],
			   .tm_min = (int)n[4],
			   .tm_sec = (int)n[5] };
	*ret_us = (uint64_t)timegm(&date) * 1000000;
	return true;
}

/* Ticks that go back by more than half a period have wrapped; by less, the board was reset, which took
 * an unknown time. */
static void add_ticks(struct dump_frames *f, uint64_t ticks_ms)
{
	if (f->has_ticks && ticks_ms >= f->last_ms)
		f->since_first_ms += ticks_ms - f->last_ms;
	else if (f->has_ticks && ticks_ms + TICKS_PERIOD_MS / 2 < f->last_ms)
		f->since_first_ms += (ticks_ms - f->last_ms) & (TICKS_PERIOD_MS - 1);
	else if (f->has_ticks)
		f->reset = true;
	f->since_first_ms = MIN(f->since_first_ms, TICKS_MAX_MS);
	f->last_ms = ticks_ms;
	f->has_ticks = true;
}

static void close_frame(struct dump_frames *f)
{
	f->open = FRAME_NONE;
	f->reset = false;
	f->label[0] = '\0';
	f->at = (struct event_time){ NOT_KNOWN, "", false };
}

static void read_mark(struct dump_frames *f, const struct plain_line *line)
{
	const char *p = line->text + sizeof(ticks_mark) - 1, *end = line->text + line->n_bytes;
	uint64_t ticks_ms, date_us;

	close_frame(f);
	p = scan_start(p, end, " #", &ticks_ms);
	if (!p || ticks_ms > TICKS_MAX_MS)
		return;
	add_ticks(f, ticks_ms);
	if (f->reset)
		f->date_us = 0;
	f->at.at_us = f->since_first_ms * 1000;
	if (p < end && *p == ' ' && read_date(p + 1, end, &date_us)) {
		f->date_us = date_us;
		f->date_ms = f->since_first_ms;
	}
	f->open = p == end ? FRAME_TICKS : FRAME_NONE;
	if (f->open && f->date_us)
		set_time(&f->at, f->date_us + (f->since_first_ms - f->date_ms) * 1000);
}

static void read_label(struct dump_frames *f, const struct plain_line *line)
{
	const char *name = line->text + sizeof(info_mark) - 1;
	size_t n = line->n_bytes - (sizeof(info_mark) - 1) - 4;

	close_frame(f);
	f->open = FRAME_LABEL;
	n = MIN(n, sizeof(f->label) - 1);
	memcpy(f->label, name, n);
	f->label[n] = '\0';
}

static bool read_time(struct dump_frames *f, const struct plain_line *line)
{
	const char *p = line->text + 5, *end = line->text + line->n_bytes;
	uint64_t ns, us;

	if (!f->open || !text_starts(line->text, line->n_bytes, "time:"))
		return false;
	p += p < end && *p == ' ';
	if (scan(p, end, "#", &ns, 1) == 1) {
		us = ns / 1000;
		if (ns >= YEAR_2020_NS && ns < YEAR_2100_NS)
			set_time(&f->at, us);
	} else if (read_date(p, end, &us)) {
		set_time(&f->at, us);
	} else {
		return false;
	}
	if (!f->dated)
		f->first_us = us;
	f->dated = true;
	f->at.at_us = us >= f->first_us ? us - f->first_us : 0;
	return true;
}

bool dump_frames_read(struct dump_frames *f, const struct raw_line *raw, const struct plain_line *line)
{
	if (plain_line_may_be_cut(raw, line))
		return false;
	if (!dump_frames_is_edge(f, line))
		return read_time(f, line);
	if (is_label(line))
		read_label(f, line);
	else if (is_mark(line))
		read_mark(f, line);
	else
		close_frame(f);
	return true;
}

int dump_frames_probe(const uint8_t *head, size_t n)
{
	const char *p = (const char *)head, *end = p + n;

	while ((p = text_find(p, (size_t)(end - p), "@@@ "))) {
		if (p + 4 < end && p[4] >= '0' && p[4] <= '9' && (p == (const char *)head || p[-1] == '\n'))
			return 95;
		p++;
	}
	return 0;
}
