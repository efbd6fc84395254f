#include "memprof/sinks/qstr_defs.h"

#include <inttypes.h>
#include <string.h>

#include "memprof/base/names.h"
#include "memprof/base/text.h"
#include "memprof/cli/message.h"

/* So many strings are compared with each other; no board has more in its RAM. */
enum { SEEN_MAX = 16384 };

struct qstr_defs {
	struct output *out;
	uint64_t n_bad, n_dumps;
	struct arena arena;
	struct names seen; /* a definition may stand there once */
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

/* Without memory rather twice than not at all. */
static bool is_new(struct qstr_defs *q, const char *text, size_t n)
{
	size_t n_before = q->seen.n_entries;

	return n_before == SEEN_MAX || names_add(&q->seen, text, n) >= n_before;
}

static int on_event(void *ctx, struct event *event)
{
	struct qstr_defs *q = ctx;

	q->n_dumps += event->kind == EVENT_QSTR;
	if (event->kind != EVENT_QSTR_TEXT || is_ours(event))
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

static int read_log(struct qstr_defs *q, const char *name, const struct log_format *format)
{
	struct log_reader r = { .name = name, .on_event = on_event, .ctx = q };
	struct place at = { .file = name };
	uint64_t n_dumps = q->n_dumps, n_bad = q->n_bad;
	int error = log_read_as(&r, format, &message_notices);

	if (error < 0 && error != -EPIPE)
		return EXIT_INPUT;
	if (q->n_dumps == n_dumps)
		message_at(at, "error", "no qstr dump in it; micropython.qstr_info(1) prints one");
	else if (q->n_bad > n_bad)
		message_at(at, "note", "%" PRIu64 " strings left out: not valid in a Q() line", q->n_bad - n_bad);
	return q->n_dumps == n_dumps ? EXIT_INPUT : EXIT_FINE;
}

int qstr_defs(struct output *out, const char *const *names, size_t n, const struct log_format *format)
{
	struct qstr_defs q = { .out = out };
	int code = EXIT_FINE;

	q.seen.arena = &q.arena;
	for (size_t i = 0; i < n && !out->gone; i++)
		code = exit_worse(code, read_log(&q, names[i], format));
	names_deinit(&q.seen);
	arena_deinit(&q.arena);
	return code;
}
