#include "memprof/repl.h"

#include <errno.h>
#include <string.h>

#include "memprof/number.h"
#include "memprof/text.h"
#include "repl_private.h"

enum {
	RAW_BURST = 256,        /* the raw REPL has no flow control: so much, then a pause */
	INTERRUPT_TRIES = 4,
};

static const uint64_t QUIET_US = 300 * MS;       /* silence after which a prompt is looked for */
static const uint64_t LISTEN_MAX_US = 4000 * MS; /* a board that is never silent runs a program */
static const uint64_t ANSWER_US = 1500 * MS;     /* for a lone Ctrl-A; QEMU may take a second */
static const uint64_t AGAIN_US = 100 * MS;       /* silence after a prompt, before asking it again */
static const uint64_t RESET_US = 15000 * MS;     /* boot.py may take its time */
static const uint64_t STEP_US = 3000 * MS;       /* between two steps of the protocol */
static const uint64_t CANCEL_US = 700 * MS;      /* plain raw mode answers a Ctrl-C with nothing */
static const uint64_t RAW_PAUSE_US = 10 * MS;

static const char prompt[] = REPL_PROMPT;
static const char raw_banner[] = "CTRL-B to exit";

/* ---- small things ---- */

void repl_emit(struct repl *r, enum repl_event_kind kind, const char *bytes, size_t n, bool raised)
{
	if (r->n_queue < ARRAY_SIZE(r->queue))
		r->queue[r->n_queue++] = (struct repl_event){ kind, bytes, n, raised };
}

void repl_keep_error(struct repl *r, const char *bytes, size_t n)
{
	n = MIN(n, sizeof(r->error) - r->n_error);
	memcpy(r->error + r->n_error, bytes, n);
	r->n_error += n;
}

static void send(struct repl *r, const char *bytes, size_t n)
{
	n = MIN(n, sizeof(r->outbox) - r->n_outbox);
	memcpy(r->outbox + r->n_outbox, bytes, n);
	r->n_outbox += n;
}

void repl_send_key(struct repl *r, char key)
{
	send(r, &key, 1);
}

void repl_enter(struct repl *r, enum repl_state state, uint64_t patience_us)
{
	r->state = state;
	r->entered_us = r->now_us;
	r->n_tail = 0;
	r->deadline_us = patience_us == NOT_KNOWN ? NOT_KNOWN : r->now_us + patience_us;
}

static void remember(struct repl *r, char c)
{
	if (r->n_tail == sizeof(r->tail))
		memmove(r->tail, r->tail + 1, --r->n_tail);
	r->tail[r->n_tail++] = c;
}

static bool tail_has(const struct repl *r, const char *words)
{
	return text_find(r->tail, r->n_tail, words) != NULL;
}

static bool tail_ends(const struct repl *r, const char *words)
{
	size_t n = strlen(words);

	return r->n_tail >= n && memcmp(r->tail + r->n_tail - n, words, n) == 0;
}

/* The raw REPL is there once its banner is followed by its prompt. (W600 firmware prints CR CR LF.) */
static bool raw_is_up(const struct repl *r)
{
	return tail_has(r, raw_banner) && tail_ends(r, ">");
}

/* The friendly prompt right after the banner: where a board begins. */
static bool friendly_is_up(const struct repl *r)
{
	return tail_ends(r, prompt) && tail_has(r, "for more information.");
}

/* ---- resets ---- */

/* What a board says when it has been reset. */
static bool says_reboot(const struct repl *r)
{
	static const char *const ends[] = {
		"\nMPY: soft reboot", "\nsoft reboot",         /* main.c of the ports; CircuitPython */
		"\nMicroPython v", "\nAdafruit CircuitPython ",
		"\nrst:0x", ",rst cause:",                    /* the ROM of an ESP32, of an ESP8266 */
	};
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (tail_ends(r, ends[i]))
			return true;
	return false;
}

/* Looks for a prompt from the beginning, with what was heard. */
static void rebooted(struct repl *r, enum repl_event_kind kind)
{
	r->code = NULL;
	r->mode = REPL_MODE_NONE;
	r->maybe_raw &= tail_ends(r, "soft reboot");    /* raw mode outlives a soft reset (pyexec.c) */
	r->asked_twice = false;
	r->n_tries = 0;
	r->n_outbox = 0;
	size_t n_tail = r->n_tail;
	repl_enter(r, REPL_S_LISTEN, QUIET_US);
	r->n_tail = n_tail;             /* a prompt may be in it already */
	repl_emit(r, kind, NULL, 0, false);
}

/* Text while no program of ours runs: takes it up to where it tells of a reset. */
static void console_take(struct repl *r)
{
	const char *from = r->p;
	bool reboot = false;

	while (r->p < r->end && !reboot) {
		remember(r, *r->p++);
		reboot = !r->options.listen_only && says_reboot(r);
	}
	repl_emit(r, REPL_CONSOLE, from, (size_t)(r->p - from), false);
	if (reboot)
		rebooted(r, REPL_REBOOTED);
}

/* ---- finding a prompt ---- */

void repl_init(struct repl *r, const struct repl_options *options, uint64_t now_us)
{
	*r = (struct repl){ .options = *options, .now_us = now_us };
	if (options->listen_only)
		repl_enter(r, REPL_S_PASSIVE, 0);
	else
		repl_enter(r, REPL_S_LISTEN, MAX(QUIET_US, options->boot_us));
}

static void probe(struct repl *r)
{
	repl_send_key(r, CTRL_A);
	r->maybe_raw = true;
	repl_enter(r, REPL_S_PROBE, ANSWER_US);
}

static void ready(struct repl *r)
{
	if (r->options.reset && !r->reset_done) {
		r->reset_done = true;
		if (r->mode == REPL_MODE_PASTE) {
			repl_enter(r, REPL_S_PASSIVE, NOT_KNOWN);
			repl_emit(r, REPL_NO_RESET, NULL, 0, false);
			return;
		}
		repl_send_key(r, CTRL_D);
		repl_enter(r, REPL_S_RESET, RESET_US);
		return;
	}
	repl_enter(r, REPL_S_READY, NOT_KNOWN);
	repl_emit(r, REPL_READY, NULL, 0, false);
}

static void typed(struct repl *r)
{
	repl_enter(r, REPL_S_PASSIVE, NOT_KNOWN);
	repl_emit(r, REPL_TYPED, NULL, 0, false);
}

static void busy(struct repl *r)
{
	if ((r->options.interrupt || r->options.reset) && r->n_tries < INTERRUPT_TRIES) {
		r->n_tries++;
		repl_send_key(r, CTRL_C);
		repl_enter(r, REPL_S_INTERRUPT, QUIET_US);
		return;
	}
	repl_enter(r, REPL_S_PASSIVE, NOT_KNOWN);
	repl_emit(r, REPL_BUSY, NULL, 0, false);
}

/* The board has been silent for a while. What it said last decides whether Ctrl-A is asked at all:
 * input() takes a Ctrl-A on an empty line as an empty answer (py/modbuiltins.c, readline.c). */
static void listened(struct repl *r)
{
	const char *line = r->tail + r->n_tail;

	while (line > r->tail && line[-1] != '\n' && line[-1] != '\r')
		line--;
	size_t n = (size_t)(r->tail + r->n_tail - line);
	bool prompted = text_starts(line, n, prompt) || text_starts(line, n, "... ") ||
			text_starts(line, n, REPL_PASTE_PROMPT);
	if (!r->heard || raw_is_up(r) || (n == sizeof(prompt) - 1 && text_starts(line, n, prompt)))
		probe(r);
	else if (prompted && !r->options.interrupt && !r->options.reset)
		typed(r);
	else
		busy(r);
}

/* Ctrl-A was sent: what answers it? */
static void probe_byte(struct repl *r, char c)
{
	remember(r, c);
	r->deadline_us = r->entered_us + ANSWER_US;
	if (raw_is_up(r)) {
		r->mode = REPL_MODE_RAW_PASTE;
		ready(r);
	} else if (tail_ends(r, prompt) && !r->asked_twice) {
		/* No raw mode; or an input() took the Ctrl-A for its answer, and this is the prompt
		 * after it. Or it belongs to a banner that was held back until somebody said
		 * something (rp2 over USB), and what answers the Ctrl-A is right behind it. */
		r->deadline_us = r->now_us + AGAIN_US;
	} else if (tail_ends(r, prompt)) {
		r->maybe_raw = false;
		r->mode = REPL_MODE_PASTE;
		ready(r);
	} else if (c == '\b' || (c == 'D' && tail_has(r, "\x1b["))) {
		/* The cursor went to the beginning of a line that has something in it. */
		r->maybe_raw = false;
		if (r->options.interrupt || r->options.reset)
			busy(r);
		else
			typed(r);
	}
}

/* ---- running a program ---- */

static void done(struct repl *r, bool raised)
{
	r->code = NULL;
	repl_enter(r, REPL_S_READY, NOT_KNOWN);
	repl_emit(r, REPL_DONE, r->error, raised ? r->n_error : 0, raised);
}

static void stuck(struct repl *r)
{
	repl_enter(r, REPL_S_PASSIVE, NOT_KNOWN);
	repl_emit(r, REPL_STUCK, NULL, 0, false);
}

int repl_run(struct repl *r, const char *code, size_t n_bytes, uint64_t now_us)
{
	static const char ask[] = { CTRL_E, 'A', CTRL_A };

	if (r->state != REPL_S_READY)
		return -EBUSY;
	r->now_us = now_us;
	r->code = code;
	r->n_code = n_bytes;
	r->i_code = r->i_echo = r->n_error = r->n_word = 0;
	r->i_echo_more = 0;
	r->ended = false;
	r->at_line_start = true;
	r->hold = HOLD_NONE;
	if (r->mode == REPL_MODE_RAW_PASTE) {
		send(r, ask, sizeof(ask));
		repl_enter(r, REPL_S_ASK, STEP_US);
	} else if (r->mode == REPL_MODE_RAW) {
		repl_enter(r, REPL_S_RAW_CODE, 0);
	} else {
		repl_send_key(r, CTRL_E);
		repl_enter(r, REPL_S_BANNER, STEP_US);
	}
	return 0;
}

/* Raw-paste: as much as the board has room for. */
static void feed_window(struct repl *r)
{
	size_t n = MIN(r->n_code - r->i_code, sizeof(r->outbox) - r->n_outbox);

	n = (size_t)MIN((uint64_t)n, r->budget);
	send(r, r->code + r->i_code, n);
	r->i_code += n;
	r->budget -= n;
	if (r->i_code == r->n_code && r->n_outbox < sizeof(r->outbox)) {
		repl_send_key(r, CTRL_D);
		repl_enter(r, REPL_S_ACK, STEP_US);
	}
}

/* ---- bytes ---- */

static void ask_byte(struct repl *r, char c)
{
	remember(r, c);
	if (r->n_tail < 2)
		return;
	if (tail_ends(r, "R\x01")) {
		r->window = 0;
		repl_enter(r, REPL_S_WINDOW, STEP_US);
	} else if (r->tail[r->n_tail - 2] == 'R' && c == 0) {
		r->mode = REPL_MODE_RAW;        /* known, and not supported */
		repl_enter(r, REPL_S_RAW_CODE, 0);
	} else if (raw_is_up(r)) {
		r->mode = REPL_MODE_RAW;        /* not known: it printed its banner again */
		repl_enter(r, REPL_S_RAW_CODE, 0);
	} else if (tail_ends(r, "\n" REPL_PASTE_PROMPT)) {
		rebooted(r, REPL_RESTARTED);    /* a reset that nobody heard: it is in paste mode now */
		repl_send_key(r, CTRL_C);
	}
}

static void byte(struct repl *r, const char *at)
{
	char c = *at;

	switch (r->state) {
	case REPL_S_PROBE:
		probe_byte(r, c);
		break;
	case REPL_S_INTERRUPT:  /* keys that waited while it was busy act now: let it fall silent */
		r->deadline_us = MIN(r->now_us + QUIET_US, r->entered_us + LISTEN_MAX_US);
		break;
	case REPL_S_RESET:
		remember(r, c);
		if (raw_is_up(r))
			ready(r);
		break;
	case REPL_S_ASK:
		ask_byte(r, c);
		break;
	case REPL_S_WINDOW:     /* 16 bits, little-endian */
		remember(r, c);
		r->window |= (uint64_t)(uint8_t)c << (r->n_tail == 1 ? 0 : 8);
		if (r->n_tail == 2) {
			r->budget = r->window;
			repl_enter(r, REPL_S_FEED, STEP_US);
			feed_window(r);
		}
		break;
	case REPL_S_FEED:
		remember(r, c);
		if (c == CTRL_A) {
			r->budget += r->window;
			r->deadline_us = r->now_us + STEP_US;
			feed_window(r);
		} else if (c == CTRL_D) {       /* the board has had enough */
			repl_send_key(r, CTRL_D);
			repl_enter(r, REPL_S_OUTPUT, NOT_KNOWN);
		}
		break;
	case REPL_S_ACK:
		remember(r, c);
		if (c == CTRL_D)
			repl_enter(r, REPL_S_OUTPUT, NOT_KNOWN);
		break;
	case REPL_S_RAW_CODE:
	case REPL_S_RAW_OK:
		remember(r, c);
		if (tail_ends(r, "OK") && r->i_code == r->n_code)
			repl_enter(r, REPL_S_OUTPUT, NOT_KNOWN);
		break;
	case REPL_S_PROMPT:
		remember(r, c);
		/* Output with a Ctrl-D of its own shifts the fields; the end still looks like one. */
		if ((r->n_tail == 1 && c == '>') || tail_ends(r, "\x04>")) {
			done(r, r->n_error > 0);
		} else if (raw_is_up(r)) {
			r->code = NULL;
			repl_enter(r, REPL_S_READY, NOT_KNOWN);
			repl_emit(r, REPL_RESTARTED, NULL, 0, false);
		}
		break;
	case REPL_S_BANNER:
		remember(r, c);
		if (tail_ends(r, REPL_PASTE_PROMPT)) {
			repl_enter(r, REPL_S_ECHO, STEP_US);
			paste_feed(r);
		}
		break;
	case REPL_S_ECHO:
		paste_echo(r, at);
		break;
	case REPL_S_ECHO_END:
		if (c == '\n')
			repl_enter(r, REPL_S_PASTE_OUTPUT, NOT_KNOWN);
		break;
	case REPL_S_CANCEL:
		remember(r, c);
		if (tail_ends(r, "\x04>") || (r->mode == REPL_MODE_PASTE && tail_ends(r, prompt)))
			done(r, true);
		break;
	case REPL_S_LEAVING:
		remember(r, c);
		if (tail_ends(r, prompt)) {
			repl_enter(r, REPL_S_LEFT, NOT_KNOWN);
			repl_emit(r, REPL_LEFT, NULL, 0, false);
		}
		break;
	default:
		break;
	}
	bool telling = r->state >= REPL_S_ASK && r->state <= REPL_S_RAW_OK;
	if ((telling || r->state == REPL_S_PROMPT) && friendly_is_up(r))
		rebooted(r, REPL_RESTARTED);
}

/* Takes bytes up to (and with) the next Ctrl-D. */
static void until_mark(struct repl *r)
{
	const char *stop = memchr(r->p, CTRL_D, (size_t)(r->end - r->p));
	size_t n = (size_t)((stop ? stop : r->end) - r->p);

	if (r->state == REPL_S_ERROR)
		repl_keep_error(r, r->p, n);
	else if (n > 0)
		repl_emit(r, REPL_OUTPUT, r->p, n, false);
	for (const char *p = r->p + n - MIN(n, (size_t)REPL_TAIL_BYTES); p < r->p + n; p++)
		remember(r, *p);
	/* Back at the friendly prompt, by a reset; but a program may print the same and go on. */
	r->deadline_us = friendly_is_up(r) ? r->now_us + QUIET_US : NOT_KNOWN;
	r->p += n + (stop != NULL);
	if (stop && r->state == REPL_S_OUTPUT)
		repl_enter(r, REPL_S_ERROR, NOT_KNOWN);
	else if (stop)
		repl_enter(r, REPL_S_PROMPT, RESET_US);
}

void repl_feed(struct repl *r, const void *bytes, size_t n_bytes, uint64_t now_us)
{
	r->p = bytes;
	r->end = r->p + n_bytes;
	r->now_us = now_us;
	if (n_bytes > 0) {
		r->heard = true;
		r->heard_us = now_us;
	}
}

bool repl_next_event(struct repl *r, struct repl_event *ret)
{
	while (r->n_queue == 0 && r->p < r->end) {
		switch (r->state) {
		case REPL_S_LISTEN:
			r->deadline_us = MIN(r->now_us + QUIET_US, r->entered_us + LISTEN_MAX_US +
					     r->options.boot_us);
			for (const char *p = r->p; p < r->end; p++)
				remember(r, *p);
			/* fall through */
		case REPL_S_LEFT:
			repl_emit(r, REPL_CONSOLE, r->p, (size_t)(r->end - r->p), false);
			r->p = r->end;
			break;
		case REPL_S_PASSIVE:
		case REPL_S_READY:
			console_take(r);
			break;
		case REPL_S_OUTPUT:
		case REPL_S_ERROR:
			until_mark(r);
			break;
		case REPL_S_PASTE_OUTPUT:
			paste_take(r);
			break;
		case REPL_S_PROBE:
		case REPL_S_INTERRUPT:
		case REPL_S_RESET:      /* a program may be printing all the while */
			repl_emit(r, REPL_CONSOLE, r->p, 1, false);
			/* fall through */
		default:
			byte(r, r->p++);
		}
	}
	if (r->n_queue == 0)
		return false;
	*ret = r->queue[0];
	memmove(r->queue, r->queue + 1, --r->n_queue * sizeof(r->queue[0]));
	return true;
}

/* ---- time ---- */

uint64_t repl_deadline(const struct repl *r)
{
	return r->deadline_us;
}

void repl_tick(struct repl *r, uint64_t now_us)
{
	r->now_us = now_us;
	if (r->deadline_us == NOT_KNOWN || now_us < r->deadline_us)
		return;
	r->deadline_us = NOT_KNOWN;
	switch (r->state) {
	case REPL_S_LISTEN:
		if (r->heard && now_us - r->heard_us < QUIET_US)
			busy(r);        /* it never falls silent */
		else
			listened(r);
		break;
	case REPL_S_PROBE:
		if (tail_ends(r, prompt)) {
			r->asked_twice = true;
			probe(r);
			break;
		}
		repl_send_key(r, CTRL_B);    /* or the board would be in raw mode when its program ends */
		r->maybe_raw = false;
		busy(r);
		break;
	case REPL_S_INTERRUPT:
		probe(r);
		break;
	case REPL_S_PASSIVE:
		repl_emit(r, REPL_BUSY, NULL, 0, false);
		break;
	case REPL_S_OUTPUT:
	case REPL_S_ERROR:
		rebooted(r, REPL_RESTARTED);
		break;
	case REPL_S_RAW_CODE: {
		size_t n = MIN(MIN(r->n_code - r->i_code, (size_t)RAW_BURST),
			       sizeof(r->outbox) - r->n_outbox);
		send(r, r->code + r->i_code, n);
		r->i_code += n;
		if (r->i_code < r->n_code) {
			r->deadline_us = now_us + RAW_PAUSE_US;
		} else {
			repl_send_key(r, CTRL_D);
			repl_enter(r, REPL_S_RAW_OK, STEP_US);
		}
		break;
	}
	case REPL_S_PASTE_OUTPUT:
		done(r, !r->ended);
		break;
	case REPL_S_CANCEL:
		done(r, true);
		break;
	case REPL_S_LEAVING:
		repl_enter(r, REPL_S_LEFT, NOT_KNOWN);
		repl_emit(r, REPL_LEFT, NULL, 0, false);
		break;
	default:
		stuck(r);
	}
}

/* ---- what the caller asks ---- */

const char *repl_outbox(const struct repl *r, size_t *ret_n)
{
	*ret_n = r->n_outbox;
	return r->outbox;
}

void repl_sent(struct repl *r, size_t n_bytes)
{
	r->n_outbox -= n_bytes;
	memmove(r->outbox, r->outbox + n_bytes, r->n_outbox);
	if (r->state == REPL_S_FEED)
		feed_window(r);
	else if (r->state == REPL_S_ECHO)
		paste_feed(r);
}

void repl_interrupt(struct repl *r, uint64_t now_us)
{
	bool telling = r->state == REPL_S_ASK || r->state == REPL_S_WINDOW || r->state == REPL_S_FEED ||
		       r->state == REPL_S_RAW_CODE || r->state == REPL_S_BANNER || r->state == REPL_S_ECHO;

	r->now_us = now_us;
	if (telling) {          /* not a byte more of the program, or it would land at a prompt */
		r->n_outbox = 0;
		r->n_error = 0;
		repl_enter(r, REPL_S_CANCEL, CANCEL_US);
	}
	repl_send_key(r, CTRL_C);
}

void repl_finish(struct repl *r)
{
	if (r->n_word > 0 && r->word)
		repl_emit(r, REPL_OUTPUT, r->word, r->n_word, false);
	r->n_word = 0;
	if (r->hold != HOLD_NONE)
		paste_release(r);
	repl_enter(r, REPL_S_PASSIVE, NOT_KNOWN);
}

void repl_leave(struct repl *r, uint64_t now_us)
{
	static const char cancel[] = { CTRL_C, CTRL_B };
	bool in_code = r->state >= REPL_S_ASK && r->state <= REPL_S_RAW_OK;

	r->now_us = now_us;
	if (r->maybe_raw) {     /* whatever state it is in: Ctrl-B acts when a prompt is back */
		r->n_outbox = 0;
		send(r, in_code ? cancel : cancel + 1, in_code ? 2 : 1);
		r->maybe_raw = false;
		repl_enter(r, REPL_S_LEAVING, ANSWER_US);
	} else {
		repl_enter(r, REPL_S_LEFT, NOT_KNOWN);
		repl_emit(r, REPL_LEFT, NULL, 0, false);
	}
}
