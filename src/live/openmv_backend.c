/* The backend for OpenMV cameras (memprof/protocol/openmv.h). The script that runs there goes on; there is no prompt,
 * no block table, and nothing is run there. */
#include <errno.h>
#include <stdlib.h>

#include "backend.h"
#include "memprof/base/number.h"
#include "memprof/io/plugged_boards.h"
#include "memprof/protocol/openmv.h"

enum {
	TEXT_EVERY_US = 100000, /* a camera keeps 1 or 2 kB of what its script prints */
	REPL_BAUD = 115200,     /* any speed but OpenMV's own */
	LEAVE_US = 500000,
};

struct openmv_session {
	struct openmv *openmv;
	struct board_info board;
	bool ready;   /* it was, once */
	bool closing; /* what comes now is for nobody */
	bool finished;
	enum { OPENMV_TALKS, OPENMV_WRONG_VERSION, OPENMV_NO_ANSWER, OPENMV_OUT_OF_MEMORY } end;
};

/* ---- notices ---- */

static void describe_version(const struct session *s, struct strbuf *text)
{
	const struct openmv_versions *versions = openmv_versions(s->openmv->openmv);
	const uint8_t *v = versions->protocol, *f = versions->firmware;

	if (v[0] > 1)
		strbuf_printf(text, "it speaks version %u.%u.%u of OpenMV's protocol, and memprof only 1.x", v[0], v[1],
			      v[2]);
	else if (v[0] == 0)
		strbuf_puts(text, "its firmware cannot tell of its memory; OpenMV 5.0.0 can");
	else
		strbuf_printf(text,
			      "its firmware %u.%u.%u speaks version %u.%u.%u of OpenMV's protocol, which cannot"
			      " tell of memory; 1.0.2 can (OpenMV 5.0.0)",
			      f[0], f[1], f[2], v[0], v[1], v[2]);
}

static const char *why_gone(struct session *s, struct strbuf *text)
{
	struct openmv_session *o = s->openmv;

	if (o->end == OPENMV_WRONG_VERSION) {
		describe_version(s, text);
		strbuf_puts(text, "; --protocol repl asks at its prompt");
		return strbuf_text(text);
	}
	if (o->end == OPENMV_OUT_OF_MEMORY)
		return "out of memory";
	if (s->gone)
		return NULL;
	return o->ready ? "the camera stopped answering; is somebody else reading the same port?" :
			  "nothing there speaks OpenMV's protocol. Firmware before 5.0.0 does not;"
			  " --protocol repl asks at a prompt";
}

static void report_found(struct session *s, bool found)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (found) {
		session_notice(s, "note",
			       "%s %s: by its own protocol, without stopping its script; figures alone. --protocol repl"
			       " asks a free prompt for what is where",
			       s->openmv->board.firmware, s->openmv->board.version);
	} else if (s->openmv->end == OPENMV_WRONG_VERSION) {
		describe_version(s, &text);
		session_notice(s, "note", "%s; asking its prompt", strbuf_text(&text));
	} else {
		session_notice(s, "note", "OpenMV's protocol is not answered there; asking its prompt");
	}
}

/* ---- what comes ---- */

static enum session_outcome end(struct session *s, int kind)
{
	s->openmv->end = kind == OPENMV_OTHER_VERSION ? OPENMV_WRONG_VERSION :
			 kind == OPENMV_SILENT        ? OPENMV_NO_ANSWER :
							OPENMV_OUT_OF_MEMORY;
	return SESSION_GONE;
}

static enum session_outcome take(struct session *s, int kind, struct openmv_item *item)
{
	enum event_kind event = item->event.kind;

	if (s->openmv->closing)
		return kind == OPENMV_LEFT ? SESSION_DONE : SESSION_GOES_ON;
	switch (kind) {
	case OPENMV_READY:
		openmv_board(s->openmv->openmv, &s->openmv->board);
		s->openmv->ready = true;
		return SESSION_READY;
	case OPENMV_TEXT:
		if (s->handler.on_console)
			s->handler.on_console(s->handler.ctx, item->text, item->n_bytes);
		session_decode(s, item->text, item->n_bytes);
		return SESSION_GOES_ON;
	case OPENMV_EVENT:
		if (session_hand_on(s, &item->event) && event == EVENT_RESET)
			session_reset(s, RESET_BY_AGENT);
		return event == EVENT_SNAPSHOT ? SESSION_DONE : SESSION_GOES_ON;
	case OPENMV_SCRIPT:
		session_link(s, item->runs ? "a script began" : "the script ended");
		return SESSION_GOES_ON;
	default:
		return end(s, kind);
	}
}

static bool next(struct session *s, enum session_outcome *ret_outcome)
{
	struct openmv_item item;
	int kind = openmv_next(s->openmv->openmv, &item);

	if (kind == OPENMV_MORE)
		return false;
	*ret_outcome = take(s, kind, &item);
	return true;
}

static bool finish(struct session *s)
{
	if (s->openmv->finished)
		return false;
	s->openmv->finished = true;
	openmv_finish(s->openmv->openmv);
	return true;
}

static void feed(struct session *s, size_t n)
{
	openmv_feed(s->openmv->openmv, (const uint8_t *)s->bytes, n, session_now_us(s));
}

static bool flush(struct session *s)
{
	size_t n, n_sent;

	for (const uint8_t *bytes; bytes = openmv_outbox(s->openmv->openmv, &n), n > 0;) {
		n_sent = session_send(s, bytes, n);
		if (n_sent == 0)
			return true;
		openmv_sent(s->openmv->openmv, n_sent);
	}
	return false;
}

static uint64_t deadline_us(const struct session *s)
{
	uint64_t us = openmv_deadline(s->openmv->openmv);

	return us == NOT_KNOWN ? NOT_KNOWN : s->started_us + us;
}

static void tick(struct session *s) { openmv_tick(s->openmv->openmv, session_now_us(s)); }

/* ---- conversations ---- */

static int openmv_begin(struct session *s)
{
	struct openmv_session *o = s->openmv ? s->openmv : calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	s->openmv = o;
	openmv_free(o->openmv);
	o->openmv = openmv_new(TEXT_EVERY_US, session_now_us(s));
	o->finished = false;
	o->end = OPENMV_TALKS;
	return o->openmv ? 0 : -ENOMEM;
}

/* READY, STOPPED or GONE. */
static enum session_outcome openmv_survey(struct session *s)
{
	enum session_outcome outcome = SESSION_DONE;

	while (outcome == SESSION_DONE)
		outcome = session_loop(s, NOT_KNOWN, true);
	return outcome;
}

static enum session_outcome begin_again(struct session *s)
{
	(void)s;
	return SESSION_GONE;
}

/* Ready again after a reboot: that was reported. */
static enum session_outcome wait(struct session *s, uint64_t until_us)
{
	enum session_outcome outcome;

	do {
		outcome = s->openmv->end == OPENMV_TALKS ? session_loop(s, until_us, true) : SESSION_GONE;
	} while (outcome == SESSION_READY || outcome == SESSION_DONE);
	return outcome;
}

static enum session_outcome poll_pools(struct session *s)
{
	enum session_outcome outcome = SESSION_READY;

	if (s->openmv->end != OPENMV_TALKS || openmv_ask_memory(s->openmv->openmv, session_now_us(s)) < 0)
		return SESSION_GONE;
	while (outcome == SESSION_READY)
		outcome = session_loop(s, NOT_KNOWN, true);
	return outcome;
}

static const struct board_info *board(const struct session *s) { return &s->openmv->board; }

static void leave(struct session *s)
{
	s->openmv->closing = true;
	openmv_leave(s->openmv->openmv, session_now_us(s));
}

static void free_backend(struct session *s)
{
	const struct source_line repl_line = { REPL_BAUD, LINE_KEEP, LINE_KEEP };
	struct diag diag;

	if (!s->openmv)
		return;
	if (s->openmv->closing && s->source && !s->gone)
		source_set_line(s->source, &repl_line, &diag); /* whoever opens it next finds its prompt */
	openmv_free(s->openmv->openmv);
	free(s->openmv);
	s->openmv = NULL;
}

const struct backend backend_openmv = {
	.protocol = SESSION_OPENMV,
	.baud = OPENMV_BAUD,
	.recognizes = boards_is_openmv,
	.report_found = report_found,
	.begin = openmv_begin,
	.find = openmv_survey,
	.wait = wait,
	.poll = poll_pools,
	.board = board,
	.next = next,
	.finish = finish,
	.feed = feed,
	.flush = flush,
	.deadline_us = deadline_us,
	.tick = tick,
	.begin_again = begin_again,
	.why_gone = why_gone,
	.leave = leave,
	.leave_us = LEAVE_US,
	.free = free_backend,
};
