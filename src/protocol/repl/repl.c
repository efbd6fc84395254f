#include "memprof/protocol/repl.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "repl/private.h"

enum {
	RAW_BURST = 256, /* bytes before a pause, as the raw REPL has no flow control */
};

static const uint64_t STEP_US = 3000 * MS;  /* between two steps of the protocol */
static const uint64_t CANCEL_US = 700 * MS; /* plain raw mode does not answer a Ctrl-C */
static const uint64_t RAW_PAUSE_US = 10 * MS;

static const char prompt[] = REPL_PROMPT;
static const char cancel[] = { CTRL_C, CTRL_B };

/* ---- running a program ---- */

static void stuck(struct repl *r)
{
	/* It waits for the rest of a program: leave that, and raw mode. */
	if (r->state == REPL_S_FEED || r->state == REPL_S_ACK || r->state == REPL_S_RAW_CODE ||
	    r->state == REPL_S_RAW_OK || r->state == REPL_S_ECHO || r->state == REPL_S_ECHO_END) {
		r->n_outbox = 0;
		repl_put(r, cancel, sizeof(cancel));
		r->maybe_raw = false;
	}
	repl_enter(r, REPL_S_PASSIVE, NOT_KNOWN);
	repl_emit(r, REPL_STUCK, NULL, 0, false);
}

static int run(struct repl *r, const char *code, size_t n_bytes, bool ours, uint64_t now_us)
{
	static const char ask[] = { CTRL_E, 'A', CTRL_A };

	if (r->state != REPL_S_READY)
		return -EBUSY;
	r->now_us = now_us;
	r->code = code;
	r->n_code = n_bytes;
	r->i_code = r->i_echo = r->n_error = r->n_word = r->n_word_shown = r->n_shown = 0;
	r->i_echo_more = 0;
	r->i_held = r->n_seen_end = 0;
	r->asked_end = r->interrupted = false;
	r->ours = ours;
	r->at_line_start = true;
	r->has_output = false;
	r->hold = HOLD_NONE;
	r->had_banner = false;
	repl_make_end(r);
	if (r->typed) /* a Ctrl-C at a prompt clears the line */
		repl_send_key(r, CTRL_C);
	r->typed = false;
	if (r->mode == REPL_MODE_RAW_PASTE) {
		repl_put(r, ask, sizeof(ask));
		repl_enter(r, REPL_S_ASK, STEP_US);
	} else if (r->mode == REPL_MODE_RAW) {
		repl_enter(r, REPL_S_RAW_CODE, 0);
	} else {
		repl_send_key(r, CTRL_E);
		repl_enter(r, REPL_S_BANNER, STEP_US);
	}
	return 0;
}

int repl_run(struct repl *r, const char *code, size_t n_bytes, uint64_t now_us)
{
	return run(r, code, n_bytes, false, now_us);
}

int repl_run_ours(struct repl *r, const char *code, size_t n_bytes, uint64_t now_us)
{
	return run(r, code, n_bytes, true, now_us);
}

/* Raw-paste: sends as much as the board has room for. */
static void feed_window(struct repl *r)
{
	size_t n = MIN(repl_program_bytes(r) - r->i_code, sizeof(r->outbox) - r->n_outbox);

	n = (size_t)MIN((uint64_t)n, r->budget);
	repl_program_put(r, n);
	r->budget -= n;
	if (r->i_code == repl_program_bytes(r) && r->n_outbox < sizeof(r->outbox)) {
		repl_send_key(r, CTRL_D);
		repl_enter(r, REPL_S_ACK, STEP_US);
	}
}

/* ---- bytes ---- */

static void use_raw(struct repl *r)
{
	r->asked_twice = false;
	r->mode = REPL_MODE_RAW;
	repl_enter(r, REPL_S_RAW_CODE, 0);
}

static void ask_byte(struct repl *r, char c)
{
	repl_tail_add(r, c);
	if (r->n_tail < 2)
		return;
	if (repl_tail_ends(r, "R\x01")) {
		r->asked_twice = false;
		r->window = 0;
		repl_enter(r, REPL_S_WINDOW, STEP_US);
	} else if (r->tail[r->n_tail - 2] == 'R' && c == 0) {
		use_raw(r); /* understood, but not supported */
	} else if (repl_raw_is_up(r) && r->asked_twice) {
		r->asked_twice = false;
		r->had_banner = true;
		repl_enter(r, REPL_S_ASK, STEP_US);
	} else if (repl_raw_is_up(r)) {
		use_raw(r); /* not understood: the banner again */
	} else if (repl_tail_ends(r, "\n" REPL_PASTE_PROMPT) && repl_tail_has(r, "paste mode; Ctrl-C")) {
		repl_restart_search(r, REPL_RESTARTED); /* an unnoticed reset: the board is in paste mode now */
		repl_send_key(r, CTRL_C);
	}
}

static void byte(struct repl *r, const char *at)
{
	char c = *at;

	switch (r->state) {
	case REPL_S_ASK:
		ask_byte(r, c);
		break;
	case REPL_S_WINDOW: /* 16 bits, little-endian */
		repl_tail_add(r, c);
		r->window |= (uint64_t)(uint8_t)c << (r->n_tail == 1 ? 0 : 8);
		if (r->n_tail == 2) {
			r->budget = r->window;
			repl_enter(r, REPL_S_FEED, STEP_US);
			feed_window(r);
		}
		break;
	case REPL_S_FEED:
		repl_tail_add(r, c);
		if (c == CTRL_A) {
			r->budget += r->window;
			r->deadline_us = r->now_us + STEP_US;
			feed_window(r);
		} else if (c == CTRL_D) { /* the board aborts */
			repl_send_key(r, CTRL_D);
			repl_enter(r, REPL_S_OUTPUT, NOT_KNOWN);
		}
		break;
	case REPL_S_ACK:
		repl_tail_add(r, c);
		if (c == CTRL_D)
			repl_enter(r, REPL_S_OUTPUT, NOT_KNOWN);
		break;
	case REPL_S_RAW_CODE:
	case REPL_S_RAW_OK:
		repl_tail_add(r, c);
		if (repl_tail_ends(r, "OK") && r->i_code == repl_program_bytes(r))
			repl_enter(r, REPL_S_OUTPUT, NOT_KNOWN);
		break;
	case REPL_S_PROMPT:
		repl_tail_add(r, c);
		/* A Ctrl-D in the output shifts the fields; the end is still recognized. */
		if ((r->n_tail == 1 && c == '>') || repl_tail_ends(r, "\x04>")) {
			repl_done(r, r->n_error > 0);
		} else if (repl_raw_is_up(r)) {
			repl_restarted(r);
		}
		break;
	case REPL_S_BANNER:
		repl_tail_add(r, c);
		if (repl_tail_ends(r, REPL_PASTE_PROMPT)) {
			repl_enter(r, REPL_S_ECHO, STEP_US);
			repl_paste_feed(r);
		}
		break;
	case REPL_S_ECHO:
		repl_paste_echo(r, at);
		break;
	case REPL_S_ECHO_END:
		if (c == '\n')
			repl_enter(r, REPL_S_PASTE_OUTPUT, NOT_KNOWN);
		break;
	case REPL_S_CANCEL:
		repl_tail_add(r, c);
		if (repl_tail_ends(r, "\x04>") || (r->mode == REPL_MODE_PASTE && repl_tail_ends(r, prompt)))
			repl_done(r, true);
		break;
	case REPL_S_LEAVING:
		repl_tail_add(r, c);
		if (repl_tail_ends(r, prompt)) {
			repl_enter(r, REPL_S_LEFT, NOT_KNOWN);
			repl_emit(r, REPL_LEFT, NULL, 0, false);
		}
		break;
	default:
		break;
	}
	bool sending = r->state >= REPL_S_ASK && r->state <= REPL_S_RAW_OK;
	if ((sending || r->state == REPL_S_PROMPT) && repl_friendly_is_up(r))
		repl_restart_search(r, REPL_RESTARTED);
}

/* Bytes that are only counted. */
static void read_raw(struct repl *r)
{
	size_t n = MIN((size_t)(r->end - r->p), r->n_raw), n_taken = n;

	if (r->cooked.n_crs > 0)
		n_taken = probe_uncook(&r->cooked, r->p, (size_t)(r->end - r->p), r->raw, r->n_raw, &n);
	else
		memcpy(r->raw, r->p, n);
	r->p += n_taken;
	r->raw += n;
	r->n_raw -= n;
	if (r->n_raw == 0)
		repl_emit(r, REPL_TAKEN, NULL, 0, false);
}

/* Reads up to and including the next Ctrl-D. */
static void read_until_mark(struct repl *r)
{
	const char *stop = memchr(r->p, CTRL_D, (size_t)(r->end - r->p));
	size_t n = (size_t)((stop ? stop : r->end) - r->p);
	bool reboot = false;

	for (size_t i = 0; r->ours && i < n && !reboot; i++) { /* our own programs never print that */
		repl_tail_add(r, r->p[i]);
		reboot = repl_is_reboot(r);
		if (reboot)
			n = i + 1;
	}
	if (r->state == REPL_S_ERROR)
		repl_error_add(r, r->p, n);
	else if (n > 0)
		repl_emit(r, REPL_OUTPUT, r->p, n, false);
	if (reboot) {
		r->p += n;
		repl_restart_search(r, REPL_RESTARTED);
		return;
	}
	for (const char *p = r->p + n - MIN(n, (size_t)REPL_TAIL_BYTES); !r->ours && p < r->p + n; p++)
		repl_tail_add(r, *p);
	/* The friendly prompt after a reset; but a program may print the same and go on, so wait. The banner may be
	 * among bytes that were counted, and nothing of ours ends in a prompt. */
	bool is_back = repl_friendly_is_up(r) || (r->ours && repl_tail_ends(r, prompt));
	r->deadline_us = is_back ? r->now_us + REPL_QUIET_US : NOT_KNOWN;
	r->p += n + (stop != NULL);
	if (stop && r->state == REPL_S_OUTPUT)
		repl_enter(r, REPL_S_ERROR, NOT_KNOWN);
	else if (stop)
		repl_enter(r, REPL_S_PROMPT, REPL_RESET_US);
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
		if (repl_reads_raw(r)) {
			read_raw(r);
			continue;
		}
		switch (r->state) {
		case REPL_S_LISTEN:
		case REPL_S_PROBE:
		case REPL_S_INTERRUPT:
		case REPL_S_RESET:
			repl_search_read(r);
			break;
		case REPL_S_LEFT:
			repl_emit(r, REPL_CONSOLE, r->p, (size_t)(r->end - r->p), false);
			r->p = r->end;
			break;
		case REPL_S_PASSIVE:
		case REPL_S_READY:
			repl_console_read(r);
			break;
		case REPL_S_OUTPUT:
			if (!r->ours) {
				repl_raw_output_read(r);
				break;
			}
			/* fall through */
		case REPL_S_ERROR:
			read_until_mark(r);
			break;
		case REPL_S_PASTE_OUTPUT:
			repl_paste_read(r);
			break;
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

uint64_t repl_deadline(const struct repl *r) { return r->deadline_us; }

void repl_tick(struct repl *r, uint64_t now_us)
{
	r->now_us = now_us;
	if (r->deadline_us == NOT_KNOWN || now_us < r->deadline_us)
		return;
	r->deadline_us = NOT_KNOWN;
	switch (r->state) {
	case REPL_S_LISTEN:
	case REPL_S_PROBE:
	case REPL_S_INTERRUPT:
		repl_search_tick(r);
		break;
	case REPL_S_ASK:
		if (r->had_banner)
			use_raw(r);
		else
			stuck(r);
		break;
	case REPL_S_PASSIVE:
		repl_emit(r, REPL_BUSY, NULL, 0, false);
		break;
	case REPL_S_OUTPUT:
		if (r->ours)
			repl_restart_search(r, REPL_RESTARTED);
		else
			repl_raw_output_tick(r);
		break;
	case REPL_S_ERROR:
		repl_restart_search(r, REPL_RESTARTED);
		break;
	case REPL_S_RAW_CODE: {
		size_t n = MIN(repl_program_bytes(r) - r->i_code, sizeof(r->outbox) - r->n_outbox);
		repl_program_put(r, MIN(n, (size_t)RAW_BURST));
		if (r->i_code < repl_program_bytes(r) || r->n_outbox == sizeof(r->outbox)) {
			r->deadline_us = now_us + RAW_PAUSE_US;
		} else {
			repl_send_key(r, CTRL_D);
			repl_enter(r, REPL_S_RAW_OK, STEP_US);
		}
		break;
	}
	case REPL_S_PASTE_OUTPUT:
		repl_paste_tick(r);
		break;
	case REPL_S_CANCEL:
		repl_done(r, true);
		break;
	case REPL_S_LEAVING:
		repl_enter(r, REPL_S_LEFT, NOT_KNOWN);
		repl_emit(r, REPL_LEFT, NULL, 0, false);
		break;
	default:
		stuck(r);
	}
}

/* ---- for the caller ---- */

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
		repl_paste_feed(r);
}

static bool runs(const struct repl *r) { return r->state == REPL_S_OUTPUT || r->state == REPL_S_PASTE_OUTPUT; }

static bool printing(const struct repl *r) { return r->ours && runs(r); }

int repl_send(struct repl *r, const void *bytes, size_t n_bytes)
{
	if (!runs(r))
		return -EBUSY;
	if (n_bytes > sizeof(r->outbox) - r->n_outbox)
		return -EAGAIN;
	repl_put(r, bytes, n_bytes);
	r->typed |= !r->ours;
	return 0;
}

void repl_expect_input(struct repl *r, bool yes) { r->takes_input = yes; }

bool repl_runs(const struct repl *r) { return runs(r) && !r->ours && !r->ended; }

int repl_take_raw(struct repl *r, void *ret, size_t n_bytes, unsigned n_crs)
{
	if (!printing(r) || r->n_raw > 0)
		return -EBUSY;
	r->raw = ret;
	r->n_raw = n_bytes;
	r->cooked = (struct probe_cooked){ .n_crs = n_crs };
	return 0;
}

bool repl_reads_raw(const struct repl *r) { return r->n_raw > 0 && printing(r); }

size_t repl_stop_raw(struct repl *r)
{
	size_t n = r->n_raw;

	r->n_raw = 0;
	return n;
}

void repl_interrupt(struct repl *r, uint64_t now_us)
{
	bool sending = r->state == REPL_S_ASK || r->state == REPL_S_WINDOW || r->state == REPL_S_FEED ||
		       r->state == REPL_S_RAW_CODE || r->state == REPL_S_BANNER || r->state == REPL_S_ECHO;

	r->now_us = now_us;
	r->interrupted = true;
	if (sending) { /* stop, or the rest of the program would go to a prompt */
		r->n_outbox = 0;
		r->n_error = 0;
		repl_enter(r, REPL_S_CANCEL, CANCEL_US);
	}
	repl_send_key(r, CTRL_C);
}

bool repl_is_searching(const struct repl *r)
{
	return r->state <= REPL_S_RESET || (r->state == REPL_S_PASSIVE && r->deadline_us != NOT_KNOWN);
}

void repl_only_listen(struct repl *r)
{
	r->options.interrupt = r->options.reset = false;
	r->options.listen_only = true;
	repl_enter(r, REPL_S_PASSIVE, NOT_KNOWN);
}

bool repl_is_idle(const struct repl *r)
{
	return r->n_outbox == 0 && (r->state == REPL_S_PASSIVE || r->state == REPL_S_READY || r->state == REPL_S_LEFT);
}

void repl_finish(struct repl *r)
{
	if (r->state == REPL_S_PASTE_OUTPUT)
		repl_paste_finish(r);
	else if (r->state == REPL_S_OUTPUT && r->hold != HOLD_NONE)
		repl_raw_output_finish(r);
	repl_enter(r, REPL_S_PASSIVE, NOT_KNOWN);
}

void repl_leave(struct repl *r, uint64_t now_us)
{
	bool in_code = r->state >= REPL_S_ASK && r->state <= REPL_S_RAW_OK;
	bool in_paste = r->state >= REPL_S_BANNER && r->state <= REPL_S_ECHO_END;
	bool left_raw = !r->options.listen_only && repl_raw_waits(r);

	r->now_us = now_us;
	if (r->maybe_raw || left_raw || in_paste) {
		r->n_outbox = 0;
		if (in_code || in_paste)
			repl_send_key(r, CTRL_C); /* leave the program being sent */
		if (!in_paste)
			repl_send_key(r, CTRL_B); /* acts as soon as there is a prompt */
		r->maybe_raw = false;
		repl_enter(r, REPL_S_LEAVING, REPL_ANSWER_US);
	} else {
		repl_enter(r, REPL_S_LEFT, NOT_KNOWN);
		repl_emit(r, REPL_LEFT, NULL, 0, false);
	}
}
