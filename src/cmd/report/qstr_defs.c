#define _DEFAULT_SOURCE /* strndup */
#include "report/qstr_defs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "memprof/base/text.h"
#include "memprof/cli/message.h"
#include "memprof/input/log_reader.h"

/* So many strings are compared with each other; no board has more in its RAM. */
enum { SEEN_MAX = 16384 };

struct qstr_defs {
	struct output *out;
	uint64_t n_good, n_bad, n_dumps;
	char **seen; /* at most SEEN_MAX; sorted, n_good strings: a definition may stand there once */
};

/* What the firmware's build takes in a Q() line. py/py.mk quotes each line before the C
 * preprocessor sees it, so a double quote or a backslash would end or change the quoting;
 * py/makeqstrdata.py reads one line; and a qstr is at most 255 bytes long (MICROPY_QSTR_BYTES_IN_LEN
 * 1). */
static bool valid(const struct event *event)
{
	const char *text = event->text.bytes;
	size_t n = event->text.n_bytes;

	return !event->text_broken && n > 0 && n <= 255 && !memchr(text, '"', n) && !memchr(text, '\\', n) &&
	       text_is_visible(text, n);
}

/* Names of memprof's own: its module, and what it defines on the board. */
static bool is_ours(const struct event *event)
{
	const char *text = event->text.bytes;
	size_t n = event->text.n_bytes;

	return (n == 7 && text_starts(text, n, "memprof")) || text_starts(text, n, "__memprof");
}

/* Keeps a copy in order; false if it is there already. */
static bool is_new(struct qstr_defs *q, const char *text, size_t n)
{
	size_t low = 0, high = q->n_good;

	if (q->n_good == SEEN_MAX)
		return true;
	char *copy = strndup(text, n);

	while (copy && low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(q->seen[middle], copy);
		if (order == 0) {
			free(copy);
			return false;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	char **seen = copy ? realloc(q->seen, (q->n_good + 1) * sizeof(*seen)) : NULL;
	if (!seen) {
		free(copy);
		return true; /* rather twice than not at all */
	}
	q->seen = seen;
	memmove(seen + low + 1, seen + low, (q->n_good - low) * sizeof(*seen));
	seen[low] = copy;
	q->n_good++;
	return true;
}

static int on_event(void *ctx, struct event *event)
{
	struct qstr_defs *q = ctx;

	if (event->kind == EVENT_QSTR)
		q->n_dumps++;
	if (event->kind != EVENT_QSTR_TEXT)
		return 0;
	if (is_ours(event))
		return 0;
	if (!valid(event)) {
		q->n_bad++;
	} else if (is_new(q, event->text.bytes, event->text.n_bytes)) {
		strbuf_puts(&q->out->text, "Q(");
		text_visible(&q->out->text, event->text.bytes, event->text.n_bytes, false);
		strbuf_puts(&q->out->text, ")\n");
		output_drain(q->out);
	}
	return q->out->gone ? -EPIPE : 0;
}

int qstr_defs(struct output *out, const char *const *names, int n_names, const struct log_format *format)
{
	struct qstr_defs q = { .out = out };
	int code = EXIT_FINE;

	for (int i = 0; i < n_names && !out->gone; i++) {
		struct log_reader r = { .command = "report", .name = names[i], .on_event = on_event, .ctx = &q };
		struct place at = { .file = names[i] };
		uint64_t n_dumps = q.n_dumps, n_bad = q.n_bad;
		int error = log_read_as(&r, format, &message_notices);
		if (error < 0 && error != -EPIPE) {
			code = EXIT_INPUT;
		} else if (q.n_dumps == n_dumps) {
			message_at(at, "error", "no qstr dump in it; micropython.qstr_info(1) prints one");
			code = EXIT_INPUT;
		} else if (q.n_bad > n_bad) {
			message_at(at, "note", "%" PRIu64 " strings left out: not valid in a Q() line",
				   q.n_bad - n_bad);
		}
	}
	for (uint64_t i = 0; i < q.n_good; i++)
		free(q.seen[i]);
	free(q.seen);
	return code;
}
