#include "console/mem_info.h"

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/model/program_end.h"
#include "memprof/protocol/collection_hook.h"

void printed_mute(struct printed *p, bool muted, size_t n_held)
{
	if (muted == p->muted)
		return;
	p->muted = muted;
	if (!muted)
		p->n_muted = n_held;
	else if (p->n_muted == 0)
		p->n_before = n_held;
}

/* Signs of the raw REPL (Ctrl-A is raw-paste's acknowledgement) and of hooks, which --save records: what follows one
 * that is at p. p if there is none. */
static const char *after_sign(const char *p, const char *end)
{
	static const char end_of_program[] = PROGRAM_END;
	enum { CTRL_A = 1 };
	size_t n = (size_t)(end - p);

	if (*p == COLLECTION_BEGIN || *p == COLLECTION_END || *p == CTRL_A)
		return p + 1;
	if (*p != end_of_program[0])
		return p;
	if (!text_starts(p, n, end_of_program))
		return p + (n > 1 && p[1] == '>' ? 2 : 1);
	for (p += sizeof(end_of_program) - 1; p < end && *p >= '0' && *p <= '9';)
		p++;
	return p;
}

/* A line is told as far as it has text, in parts: the first one begins it. */
struct telling {
	const struct decoder_options *options;
	struct printed *printed;
	uint64_t number;
	bool begun;
};

static void start_line(struct telling *t)
{
	bool again = t->number == t->printed->told_line; /* after a CR alone */

	if (!t->begun && t->printed->told_line > 0)
		t->options->on_text(t->options->ctx, again ? "\r" : "\n", 1);
	t->begun = true;
	t->printed->told_line = t->number;
}

static void tell(struct telling *t, const char *p, const char *end)
{
	while (p < end) {
		const char *next = after_sign(p, end), *from = p;
		if (next > p) {
			p = next;
			continue;
		}
		while (p < end && after_sign(p, end) == p)
			p++;
		start_line(t);
		t->options->on_text(t->options->ctx, from, (size_t)(p - from));
	}
}

void printed_line(struct printed *p, const struct decoder_options *options, const struct raw_line *line, bool is_told)
{
	struct telling telling = { options, p, line->number, false };
	bool hears = options && options->on_text;
	size_t n = line->n_bytes, n_before = MIN(p->n_before, n), n_muted = p->muted ? n : MIN(p->n_muted, n);

	if (hears && is_told && n == 0 && !p->muted) {
		start_line(&telling);
	} else if (hears && is_told) {
		tell(&telling, line->text, line->text + n_before);
		tell(&telling, line->text + n_muted, line->text + n);
	}
	p->n_before = p->n_muted = 0;
}
