#include "console/lines.h"

#include <string.h>

#include "memprof/base/number.h"

void lines_feed(struct lines *l, const void *bytes, size_t n_bytes)
{
	l->p = bytes;
	l->end = n_bytes ? l->p + n_bytes : l->p;
	l->lf = NULL;
}

void lines_finish(struct lines *l) { l->finished = true; }

/* The CR or LF that ends the line at p, or NULL. The next LF is searched once, however many CRs end
 * lines before it. */
static const char *find_end(struct lines *l)
{
	if (!l->lf || l->lf < l->p) {
		l->lf = memchr(l->p, '\n', (size_t)(l->end - l->p));
		if (!l->lf)
			l->lf = l->end;
	}
	const char *cr = l->lf == l->p ? NULL : memchr(l->p, '\r', (size_t)(l->lf - l->p));

	return cr ? cr : l->lf < l->end ? l->lf : NULL;
}

/* Skips the CRs and the LF that follow a CR at the end of a line. */
static void skip_end(struct lines *l)
{
	while (l->after_cr && l->p < l->end) {
		if (*l->p == '\n') {
			l->n_ends++;
			l->after_cr = false;
		} else if (*l->p != '\r') {
			l->after_cr = false;
			return;
		}
		l->p++;
	}
}

static void hold(struct lines *l, const char *bytes, size_t n)
{
	size_t n_fit = MIN(n, LINE_MAX_BYTES - l->n_held);

	memcpy(l->held + l->n_held, bytes, n_fit);
	l->n_held += n_fit;
}

static bool give(struct lines *l, const char *text, size_t n, bool ended, struct raw_line *ret)
{
	*ret = (struct raw_line){ text, MIN(n, (size_t)LINE_MAX_BYTES), l->n_ends + 1, ended };
	return true;
}

bool lines_next(struct lines *l, struct raw_line *ret)
{
	skip_end(l);
	if (l->p == l->end) {
		if (!l->finished || l->n_held == 0)
			return false;
		size_t n = l->n_held;
		l->n_held = 0;
		return give(l, l->held, n, false, ret);
	}
	const char *start = l->p;
	const char *stop = find_end(l);
	if (!stop) {
		hold(l, start, (size_t)(l->end - start));
		l->p = l->end;
		return lines_next(l, ret);
	}
	size_t n = (size_t)(stop - start);
	if (l->n_held > 0) {
		hold(l, start, n);
		start = l->held;
		n = l->n_held;
		l->n_held = 0;
	}
	give(l, start, n, true, ret);
	l->p = stop + 1;
	if (*stop == '\n') {
		l->n_ends++;
	} else {
		l->after_cr = true;
		skip_end(l);
	}
	return true;
}
