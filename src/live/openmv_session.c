#include "memprof/live/openmv_session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/live/opening.h"
#include "memprof/live/plugged_boards.h"
#include "memprof/live/saving.h"
#include "memprof/live/stop_signals.h"
#include "memprof/protocol/openmv.h"

enum {
	READ_BYTES = 16 * 1024,
	TEXT_EVERY_US = 100000, /* a camera keeps 1 or 2 kB of what its script prints */
	REPL_BAUD = 115200,     /* any speed but OpenMV's own */
	LEAVE_US = 500000,
	SHORT_SESSION_US = 1000000,
	EARLY_MAX_BYTES = 64 * 1024,
};

struct openmv_session {
	struct source *source;
	struct openmv *openmv;
	struct session_handler handler;
	void *decoder_state; /* of decoder_mem_info: what the script prints */
	struct opening opening;
	uint64_t started_us, began_us; /* the session; the conversation at hand */
	struct stopping *stopping;
	struct saving saving;
	struct strbuf early; /* what is to be saved if there is such a camera */
	bool saves;          /* at once: it is known, or was named */
	bool ready;          /* it was, once */
	bool yields;         /* it ends when the companion wants something */
	bool closing;        /* what comes now is for nobody */
	bool gone, finished;
	enum { TALKS, OTHER_VERSION, SILENT, NO_MEMORY } end; /* of the protocol */
	bool said;                                            /* why it is gone */
	struct board_info board;
	char bytes[READ_BYTES]; /* what was read last; borrowed by the protocol */
};

static uint64_t now_us(const struct openmv_session *s) { return clock_now_us() - s->started_us; }

static struct place at(const struct openmv_session *s) { return (struct place){ .file = source_path(s->source) }; }

uint64_t openmv_session_now_us(const struct openmv_session *s) { return now_us(s); }
const struct board_info *openmv_session_board(const struct openmv_session *s) { return &s->board; }
bool openmv_session_save_failed(const struct openmv_session *s) { return s->saving.failed; }

/* ---- what is saved ---- */

struct early {
	uint64_t at_us;
	size_t n_bytes;
	char direction;
};

/* Before it is known that such a camera is there nothing is written: the file may be for a session at the prompt. */
static void save(struct openmv_session *s, char direction, const void *bytes, size_t n)
{
	const struct early early = { now_us(s), n, direction };

	if (s->saves) {
		saving_add(&s->saving, early.at_us, direction, bytes, n);
	} else if (s->early.n_bytes + n <= EARLY_MAX_BYTES) {
		strbuf_add(&s->early, &early, sizeof(early));
		strbuf_add(&s->early, bytes, n);
	}
}

static void save_early(struct openmv_session *s)
{
	const char *p = strbuf_text(&s->early), *end = p + s->early.n_bytes;
	struct early early;

	s->saves = true;
	while (p < end) {
		memcpy(&early, p, sizeof(early));
		p += sizeof(early);
		saving_add(&s->saving, early.at_us, early.direction, p, early.n_bytes);
		p += early.n_bytes;
	}
	strbuf_deinit(&s->early);
}

/* ---- what comes ---- */

/* Failed allocations that the script prints, and whatever else is known of in a console. */
static void decode(struct openmv_session *s, const char *bytes, size_t n)
{
	struct event event;
	struct diag diag;

	if (bytes)
		decoder_mem_info.feed(s->decoder_state, (const uint8_t *)bytes, n, now_us(s));
	else
		decoder_mem_info.finish(s->decoder_state);
	while (decoder_mem_info.next_event(s->decoder_state, &event, &diag) == DECODER_EVENT)
		if (s->handler.on_event)
			s->handler.on_event(s->handler.of, &event);
}

static void tell_link(struct openmv_session *s, const char *words)
{
	if (s->handler.on_link)
		s->handler.on_link(s->handler.of, words);
}

static enum session_outcome take(struct openmv_session *s, int kind, struct openmv_item *item)
{
	enum event_kind event = item->event.kind;

	if (s->closing)
		return kind == OPENMV_LEFT ? SESSION_DONE : SESSION_GOES_ON;
	switch (kind) {
	case OPENMV_READY:
		openmv_board(s->openmv, &s->board);
		return SESSION_READY;
	case OPENMV_TEXT:
		if (s->handler.on_console)
			s->handler.on_console(s->handler.of, item->text, item->n_bytes);
		decode(s, item->text, item->n_bytes);
		return SESSION_GOES_ON;
	case OPENMV_EVENT:
		if (s->handler.on_event)
			s->handler.on_event(s->handler.of, &item->event);
		if (event == EVENT_RESET && s->handler.on_reset)
			s->handler.on_reset(s->handler.of);
		return event == EVENT_SNAPSHOT ? SESSION_DONE : SESSION_GOES_ON;
	case OPENMV_SCRIPT:
		tell_link(s, item->runs ? "a script began" : "the script ended");
		return SESSION_GOES_ON;
	case OPENMV_OTHER_VERSION:
		s->end = OTHER_VERSION;
		return SESSION_GONE;
	case OPENMV_SILENT:
		s->end = SILENT;
		return SESSION_GONE;
	default:
		s->end = NO_MEMORY;
		return SESSION_GONE;
	}
}

/* True if there is more than there is room for. */
static bool flush_outbox(struct openmv_session *s)
{
	size_t n;
	const uint8_t *bytes = openmv_outbox(s->openmv, &n);

	while (n > 0) {
		ssize_t sent = source_write(s->source, bytes, n);
		if (sent <= 0) {
			s->gone |= sent < 0 && sent != -EAGAIN;
			return true;
		}
		save(s, '>', bytes, (size_t)sent);
		openmv_sent(s->openmv, (size_t)sent);
		bytes = openmv_outbox(s->openmv, &n);
	}
	return false;
}

static void receive(struct openmv_session *s)
{
	ssize_t n = source_read(s->source, s->bytes, sizeof(s->bytes));

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		s->gone = true;
		return;
	}
	save(s, '<', s->bytes, (size_t)n);
	openmv_feed(s->openmv, s->bytes, (size_t)n, now_us(s));
}

static uint64_t next_deadline(const struct openmv_session *s)
{
	uint64_t us = openmv_deadline(s->openmv);

	return us == NOT_KNOWN ? NOT_KNOWN : s->started_us + us;
}

/* Runs until the protocol has news, the time is over, or somebody wants to stop. */
static enum session_outcome loop(struct openmv_session *s, uint64_t until_us, bool stop_counts)
{
	for (;;) {
		struct openmv_item item;
		int kind;
		while ((kind = openmv_next(s->openmv, &item)) != OPENMV_MORE) {
			enum session_outcome outcome = take(s, kind, &item);
			if (outcome == SESSION_GOES_ON)
				continue;
			flush_outbox(s);
			return outcome;
		}
		if (s->gone && s->finished)
			return SESSION_GONE;
		if (s->gone) {
			s->finished = true;
			openmv_finish(s->openmv);
			continue;
		}
		bool more_to_send = flush_outbox(s);
		if (stop_counts && stopping_take())
			return SESSION_STOPPED;
		if (clock_now_us() >= until_us)
			return SESSION_TIME;
		struct pollfd fd = { source_fd(s->source), (short)(POLLIN | (more_to_send ? POLLOUT : 0)), 0 };
		bool time_counts = stopping_poll(s->stopping, &fd, MIN(until_us, next_deadline(s)), stop_counts);
		if (fd.revents & (POLLIN | POLLHUP | POLLERR))
			receive(s);
		if (time_counts)
			openmv_tick(s->openmv, now_us(s));
		const struct companion *c = s->handler.companion;
		if (s->yields && c && c->wants(c->of))
			return SESSION_TIME;
	}
}

enum session_outcome openmv_session_wait(struct openmv_session *s, uint64_t until_us)
{
	enum session_outcome outcome;

	s->yields = true;
	do { /* ready again, after a reboot: that was told */
		outcome = s->end == TALKS ? loop(s, until_us, true) : SESSION_GONE;
	} while (outcome == SESSION_READY || outcome == SESSION_DONE);
	s->yields = false;
	return outcome;
}

enum session_outcome openmv_session_snapshot(struct openmv_session *s)
{
	enum session_outcome outcome = SESSION_READY;

	if (s->end != TALKS || openmv_ask_memory(s->openmv, now_us(s)) < 0)
		return SESSION_GONE;
	while (outcome == SESSION_READY)
		outcome = loop(s, NOT_KNOWN, true);
	return outcome;
}

/* ---- beginning and end ---- */

static void say_version(const struct openmv_session *s, const char *severity, const char *then)
{
	const uint8_t *v = openmv_versions(s->openmv)->protocol, *f = openmv_versions(s->openmv)->firmware;

	if (v[0] > 1)
		message_at(at(s), severity, "it speaks version %u.%u.%u of OpenMV's protocol, and memprof only 1.x%s",
			   v[0], v[1], v[2], then);
	else if (v[0] == 0)
		message_at(at(s), severity, "its firmware cannot tell of its memory; OpenMV 5.0.0 can%s", then);
	else
		message_at(at(s), severity,
			   "its firmware %u.%u.%u speaks version %u.%u.%u of OpenMV's protocol, which cannot"
			   " tell of memory; 1.0.2 can (OpenMV 5.0.0)%s",
			   f[0], f[1], f[2], v[0], v[1], v[2], then);
}

void openmv_session_say_gone(struct openmv_session *s)
{
	if (s->said)
		return;
	s->said = true;
	if (s->end == OTHER_VERSION)
		say_version(s, "error", "; --protocol repl asks at its prompt");
	else if (s->end == NO_MEMORY)
		message_error("out of memory");
	else if (s->gone)
		message_at(at(s), "error", "the board is gone");
	else if (s->ready)
		message_at(at(s), "error", "the camera stopped answering; is somebody else reading the same port?");
	else
		message_at(at(s), "error",
			   "nothing there speaks OpenMV's protocol. Firmware before 5.0.0 does not;"
			   " --protocol repl asks at a prompt");
}

static int begin(struct openmv_session *s)
{
	openmv_free(s->openmv);
	s->began_us = clock_now_us();
	s->openmv = openmv_new(TEXT_EVERY_US, now_us(s));
	s->gone = s->finished = s->said = false;
	s->end = TALKS;
	return s->openmv ? 0 : -ENOMEM;
}

/* READY, STOPPED or GONE. */
static enum session_outcome find(struct openmv_session *s)
{
	enum session_outcome outcome = SESSION_DONE;

	while (outcome == SESSION_DONE)
		outcome = loop(s, NOT_KNOWN, true);
	return outcome;
}

static bool is_asked_for(const struct options *options, const char *name)
{
	const char *protocol = option_value(options, "protocol");

	return protocol && strcmp(protocol, name) == 0;
}

int openmv_session_refuse(const struct options *options)
{
	if (!is_asked_for(options, "openmv"))
		return 0;
	message_error(
		"OpenMV's protocol has no prompt, and that is needed here: leave out --protocol openmv, which is for"
		" memprof attach and snap");
	return -EINVAL;
}

/* Options that ask for what only a prompt can do. */
static const char *prompt_option(const struct options *options)
{
	static const char *const names[] = { "interrupt", "reset", "listen-only", "collect", "probe-largest" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (option_is(options, names[i]))
			return names[i];
	return NULL;
}

/* 0, -EINVAL after a message, or OPENMV_NOT_MEANT. Without being asked for by name it is tried where its ids are, and
 * where nothing else was asked for. */
static int is_meant(const struct options *options, const struct opening *opening, bool asked)
{
	const char *needs_prompt = prompt_option(options);

	if (!asked && (is_asked_for(options, "repl") || needs_prompt || opening->line.baud))
		return OPENMV_NOT_MEANT;
	if (!asked)
		return boards_is_openmv(opening->uri) ? 0 : OPENMV_NOT_MEANT;
	if (needs_prompt)
		message_error("--%s needs a prompt, and OpenMV's protocol has none; leave out one of the two",
			      needs_prompt);
	else if (opening->line.dtr == LINE_OFF)
		message_error("--dtr off ends OpenMV's protocol; leave it out");
	return needs_prompt || opening->line.dtr == LINE_OFF ? -EINVAL : 0;
}

static int open_source(struct openmv_session *s, const struct options *options)
{
	int r = saving_open(&s->saving, options);

	if (r < 0)
		return r;
	if (!s->opening.line.baud)
		s->opening.line.baud = OPENMV_BAUD;
	s->stopping = stopping_new(s->handler.companion);
	r = s->stopping ? opening_open(&s->opening, s->stopping, NULL, &s->source) : -ENOMEM;
	if (r < 0)
		return r;
	s->saving.source = source_name(s->source);
	s->started_us = clock_now_us();
	return begin(s);
}

static void say_ready(const struct openmv_session *s)
{
	message_at(at(s), "note",
		   "%s %s: by its own protocol, without stopping its script; figures alone. --protocol repl"
		   " asks a free prompt for what is where",
		   s->board.firmware, s->board.version);
}

/* Nobody asked for this protocol by name, and nothing speaks it: it was worth a try. */
static void say_not_here(const struct openmv_session *s)
{
	if (s->end == OTHER_VERSION)
		say_version(s, "note", "; asking its prompt");
	else
		message_at(at(s), "note", "OpenMV's protocol is not answered there; asking its prompt");
}

int openmv_session_open(struct openmv_session **ret, const struct options *options, int i_argument,
			const struct session_handler *handler, enum session_outcome *ret_outcome)
{
	bool asked = is_asked_for(options, "openmv");
	struct opening opening;

	*ret = NULL;
	int r = opening_read(&opening, options, i_argument);
	if (r == 0)
		r = is_meant(options, &opening, asked);
	if (r != 0)
		return r;
	struct openmv_session *s = calloc(1, sizeof(*s));
	void *decoder_state = calloc(1, decoder_mem_info.state_bytes);
	if (!s || !decoder_state) {
		free(s);
		free(decoder_state);
		message_error("out of memory");
		return -ENOMEM;
	}
	s->decoder_state = decoder_state;
	s->handler = *handler;
	s->opening = opening;
	s->saves = asked;
	r = open_source(s, options);
	if (r == 0)
		*ret_outcome = find(s);
	if (r == 0 && *ret_outcome == SESSION_GONE && !asked && !s->gone) {
		say_not_here(s);
		r = OPENMV_NOT_MEANT;
	}
	if (r != 0) {
		openmv_session_close(s);
		return r;
	}
	s->ready = *ret_outcome == SESSION_READY;
	if (s->ready) {
		save_early(s);
		say_ready(s);
	} else if (*ret_outcome == SESSION_GONE) {
		openmv_session_say_gone(s);
	}
	*ret = s;
	return 0;
}

/* Waits for it once. GOES_ON if it is back. */
static enum session_outcome await(struct openmv_session *s)
{
	if (!source_may_return(s->source) || (!s->opening.wait && !source_is_port(s->source)))
		return SESSION_GONE;
	decode(s, NULL, 0);
	memset(s->decoder_state, 0, decoder_mem_info.state_bytes);
	if (clock_now_us() < s->began_us + SHORT_SESSION_US)
		stopping_sleep(s->stopping, clock_now_us() + SHORT_SESSION_US);
	int r = opening_reopen(&s->opening, s->source, s->stopping);
	if (r < 0)
		return r == -EINTR ? SESSION_STOPPED : SESSION_GONE;
	tell_link(s, "it is back");
	return begin(s) < 0 ? SESSION_GONE : SESSION_GOES_ON;
}

enum session_outcome openmv_session_return(struct openmv_session *s)
{
	enum session_outcome outcome = SESSION_GONE;

	while (outcome == SESSION_GONE && s->gone) { /* a loose cable: it may go while it is asked */
		outcome = await(s);
		if (outcome != SESSION_GOES_ON)
			return outcome;
		outcome = find(s);
	}
	return outcome;
}

void openmv_session_close(struct openmv_session *s)
{
	const struct source_line repl_line = { REPL_BAUD, LINE_KEEP, LINE_KEEP };
	struct diag diag;

	if (!s)
		return;
	if (s->ready)
		decode(s, NULL, 0);
	s->closing = true;
	if (s->source && s->openmv && !s->gone) {
		openmv_leave(s->openmv, now_us(s));
		loop(s, clock_now_us() + LEAVE_US, false);
		source_set_line(s->source, &repl_line, &diag); /* whoever opens it next finds its prompt */
	}
	decoder_mem_info.deinit(s->decoder_state);
	free(s->decoder_state);
	openmv_free(s->openmv);
	source_close(s->source);
	saving_close(&s->saving);
	strbuf_deinit(&s->early);
	stopping_free(s->stopping);
	free(s);
}
