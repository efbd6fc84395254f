/* Limits that follow what is there now, and the file with them in their places. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "budget/private.h"
#include "memprof/analysis/check.h"

enum { PERCENT = BUDGET_ONE / 100, HEADROOM_MAX = 1000, KIB = 1024 };

/* What the new limit is to be. */
struct tightening {
	const struct budget_limit *limit;
	uint64_t now;    /* the figure: it must keep the limit */
	uint64_t wanted; /* with head-room */
	uint64_t most;   /* no limit is larger */
};

/* What comes of it, for the file and to compare. */
struct outcome {
	uint64_t amount;                /* whole, or millionths, as the present one */
	char text[BUDGET_AMOUNT_BYTES]; /* without quotes */
};

static uint64_t headroom_parts(double headroom)
{
	if (!(headroom > 0))
		return 0;
	return (uint64_t)(fmin(headroom, HEADROOM_MAX) * BUDGET_ONE + 0.5);
}

/* ---- sizes and counts ---- */

static bool is_quoted(const struct budget_limit *limit)
{
	return limit->to_byte - limit->from_byte > strlen(limit->text);
}

/* "192K" and "1.5MiB": rounded to whole K, in M where that is whole or a half. What is behind the letter stays. */
static bool write_unit(const struct tightening *w, const char *letter, struct outcome *ret)
{
	bool least = w->limit->spec->least, is_k = (*letter & ~0x20) == 'K';
	uint64_t n_kib = w->wanted / KIB + (!least && w->wanted % KIB);
	int shift = *letter & 0x20;

	if (n_kib > w->most / KIB)
		n_kib = w->most / KIB;
	if (!least && n_kib * KIB < w->now)
		return false;
	ret->amount = n_kib * KIB;
	if (is_k || n_kib == 0 || n_kib % (KIB / 2))
		snprintf(ret->text, sizeof(ret->text), "%" PRIu64 "%c%.2s", n_kib, 'K' | shift, letter + 1);
	else
		snprintf(ret->text, sizeof(ret->text), "%" PRIu64 "%s%c%.2s", n_kib / KIB, n_kib % KIB ? ".5" : "",
			 'M' | shift, letter + 1);
	return true;
}

static void write_size(const struct tightening *w, struct outcome *ret)
{
	const char *text = w->limit->text, *letter = strpbrk(text, "KMGTkmgt");

	if (letter && write_unit(w, letter, ret))
		return;
	ret->amount = w->wanted; /* between the figure and the capacity there may be no whole K */
	if (text[0] == '0' && (text[1] & ~0x20) == 'X')
		snprintf(ret->text, sizeof(ret->text), "0x%" PRIx64, w->wanted);
	else
		snprintf(ret->text, sizeof(ret->text), "%" PRIu64 "%s", w->wanted,
			 !letter && strpbrk(text, "Bb") ? "B" : "");
}

/* ---- parts ---- */

static void write_percent(uint64_t n_percent, struct outcome *ret)
{
	ret->amount = n_percent * PERCENT;
	snprintf(ret->text, sizeof(ret->text), "%" PRIu64 "%%", n_percent);
}

static bool write_share(const struct tightening *w, uint64_t capacity_bytes, struct outcome *ret)
{
	if (capacity_bytes == 0 || capacity_bytes > UINT64_MAX / 200 || w->wanted > capacity_bytes)
		return false;
	write_percent((w->wanted * 100 + (w->limit->spec->least ? 0 : capacity_bytes - 1)) / capacity_bytes, ret);
	return true;
}

/* At most so much of 1: there is no ratio that must be at least so much. */
static bool write_ratio(const struct budget_limit *limit, double now, double headroom, struct outcome *ret)
{
	if (!(now >= 0 && now <= 1))
		return false;
	double wanted = fmin(now + now * (double)headroom_parts(headroom) / BUDGET_ONE, 1);
	uint64_t n_percent = (uint64_t)ceil(wanted * 100 - 1e-9); /* 0.07 * 100 is above 7 */
	if ((double)n_percent / 100 < now)
		n_percent++;
	write_percent(n_percent, ret);
	if (!is_quoted(limit))
		snprintf(ret->text, sizeof(ret->text), "%u.%02u", (unsigned)(n_percent / 100),
			 (unsigned)(n_percent % 100));
	return true;
}

/* ---- the limit ---- */

static bool work_out(const struct budget_limit *limit, const struct figure_value *value, uint64_t capacity_bytes,
		     double headroom, struct outcome *ret)
{
	const struct limit_spec *spec = limit->spec;
	struct tightening w = { .limit = limit, .most = INT64_MAX };

	if (spec->unit == UNIT_RATIO)
		return write_ratio(limit, value->ratio, headroom, ret);
	if (value->amount == INT64_MAX) /* that, or more */
		return false;
	if (spec->unit == UNIT_BYTES && !spec->least)
		w.most = MIN(w.most, capacity_bytes);
	w.now = value->amount > 0 ? (uint64_t)value->amount : 0;
	if (w.now > w.most)
		return false;
	uint64_t room = budget_part_of(w.now, headroom_parts(headroom), true);
	w.wanted = spec->least ? w.now - MIN(room, w.now) : w.now + MIN(room, w.most - w.now);
	if (limit->amount.is == AMOUNT_PERCENT)
		return write_share(&w, capacity_bytes, ret);
	if (spec->figure == FIGURE_FITS) {
		if (w.now == 0) /* no limit is that low */
			return false;
		w.wanted = MAX(MIN(w.wanted, (uint64_t)BUDGET_FITS_TIMES_MAX), (uint64_t)1);
	}
	write_size(&w, ret);
	return true;
}

/* Whether there is another limit that may stand there. */
static bool find_other(const struct budget_limit *limit, const struct figure_value *value, uint64_t capacity_bytes,
		       double headroom, bool loosen, struct outcome *ret)
{
	const struct limit_spec *spec = limit->spec;
	uint64_t before = budget_amount_of(&limit->amount);

	if (spec->growth || spec->loss || spec->zero || limit->from_byte == limit->to_byte || !value->known ||
	    !work_out(limit, value, capacity_bytes, headroom, ret) || ret->amount == before)
		return false;
	return loosen || (spec->least ? ret->amount > before : ret->amount < before);
}

static bool warns_behind(const struct budget_limit *limit, const struct outcome *after)
{
	return limit->warn_at && budget_is_behind(limit->warn_at, limit->spec, after->amount);
}

bool budget_warns_behind(const struct budget_limit *limit, const struct figure_value *value, uint64_t capacity_bytes,
			 double headroom, bool loosen)
{
	struct outcome after;

	return find_other(limit, value, capacity_bytes, headroom, loosen, &after) && warns_behind(limit, &after);
}

bool budget_ratchet(const struct budget_limit *limit, const struct figure_value *value, uint64_t capacity_bytes,
		    double headroom, bool loosen, char ret[BUDGET_AMOUNT_BYTES])
{
	struct outcome after;

	if (!find_other(limit, value, capacity_bytes, headroom, loosen, &after) || warns_behind(limit, &after))
		return false;
	snprintf(ret, BUDGET_AMOUNT_BYTES, is_quoted(limit) ? "\"%.28s\"" : "%.28s", after.text);
	return true;
}

/* ---- the file ---- */

static int by_place(const void *a, const void *b)
{
	const struct budget_limit *x = (*(const struct budget_change *const *)a)->limit;
	const struct budget_limit *y = (*(const struct budget_change *const *)b)->limit;

	return x->from_byte < y->from_byte ? -1 : x->from_byte > y->from_byte;
}

void budget_edit(struct strbuf *out, const char *text, size_t n_bytes, const struct budget_change *changes, size_t n)
{
	const struct budget_change **sorted = calloc(n + !n, sizeof(*sorted));
	size_t at = 0;

	if (!sorted) {
		out->error = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = &changes[i];
	qsort(sorted, n, sizeof(*sorted), by_place);
	for (size_t i = 0; i < n; i++) {
		const struct budget_limit *limit = sorted[i]->limit;
		if (limit->from_byte == limit->to_byte || limit->from_byte < at || limit->to_byte > n_bytes)
			continue;
		strbuf_add(out, text + at, limit->from_byte - at);
		strbuf_puts(out, sorted[i]->literal);
		at = limit->to_byte;
	}
	strbuf_add(out, text + at, n_bytes - at);
	free(sorted);
}
