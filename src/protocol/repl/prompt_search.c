/* Finding a prompt: listening, asking with a lone Ctrl-A, interrupting; and noticing that the board was
 * reset, after which all of that begins anew. */
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "repl/private.h"

enum { INTERRUPT_TRIES = 4 };

static const uint64_t LISTEN_MAX_US = 4000 * MS; /* a board that is never silent runs a program */
static const uint64_t ONE_REBOOT_US = 3000 * MS; /* all that is said of one */
static const uint64_t AGAIN_US = 100 * MS;       /* silence after a prompt, before asking it again */

static const char prompt[] = REPL_PROMPT;

/* ---- resets ---- */

/* What a board says when it has been reset. */
bool repl_says_reboot(const struct repl *r)
{
	static const char *const ends[] = {
		"\nMPY: soft reboot", "\nsoft reboot", /* main.c of the ports; CircuitPython */
		"\nMicroPython v",    "\nAdafruit CircuitPython ",
		"\nrst:0x",           ",rst cause:", /* the ROM of an ESP32, of an ESP8266 */
	};
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (repl_tail_ends(r, ends[i]))
			return true;
	return false;
}

/* Looks for a prompt from the beginning, with what was heard. */
void repl_rebooted(struct repl *r, enum repl_event_kind kind)
{
	r->code = NULL;
	r->n_raw = 0;
	r->mode = REPL_MODE_NONE;
	r->maybe_raw &= repl_tail_ends(r, "soft reboot"); /* raw mode outlives a soft reset (pyexec.c) */
	r->asked_twice = r->ours = false;
	r->n_outbox = 0;
	size_t n_tail = r->n_tail;
	repl_enter(r, REPL_S_LISTEN, REPL_QUIET_US);
	r->n_tail = n_tail; /* a prompt may be in it already */
	repl_emit(r, kind, NULL, 0, false);
}

/* Text while no program of ours runs: takes it up to where it tells of a reset. */
void repl_find_console(struct repl *r)
{
	const char *from = r->p;
	bool reboot = false;

	while (r->p < r->end && !reboot) {
		repl_remember(r, *r->p++);
		reboot = repl_says_reboot(r);
	}
	repl_emit(r, REPL_CONSOLE, from, (size_t)(r->p - from), false);
	if (reboot && !r->options.listen_only) {
		repl_rebooted(r, REPL_REBOOTED);
	} else if (reboot && (r->rebooted_us == 0 || r->now_us - r->rebooted_us > ONE_REBOOT_US)) {
		r->rebooted_us = r->now_us;
		repl_emit(r, REPL_REBOOTED, NULL, 0, false);
	}
}

/* ---- finding a prompt ---- */

void repl_init(struct repl *r, const struct repl_options *options, uint64_t now_us)
{
	*r = (struct repl){ .options = *options, .now_us = now_us };
	if (options->listen_only)
		repl_enter(r, REPL_S_PASSIVE, 0);
	else
		repl_enter(r, REPL_S_LISTEN, MAX(REPL_QUIET_US, options->boot_us));
}

static void probe(struct repl *r)
{
	repl_send_key(r, CTRL_A);
	r->maybe_raw = true;
	repl_enter(r, REPL_S_PROBE, REPL_ANSWER_US);
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
		repl_enter(r, REPL_S_RESET, REPL_RESET_US);
		return;
	}
	r->options.interrupt = r->options.reset = false; /* once is what was asked for */
	repl_enter(r, REPL_S_READY, NOT_KNOWN);
	repl_emit(r, REPL_READY, NULL, 0, false);
}

static void typed(struct repl *r)
{
	repl_enter(r, REPL_S_PASSIVE, NOT_KNOWN);
	repl_emit(r, REPL_TYPED, NULL, 0, false);
}

/* Ends the probe of a conversation that broke off. No key of it means anything to a prompt. */
static void end_probe(struct repl *r)
{
	for (size_t i = 0; i < sizeof(probe_end_command); i++)
		repl_send_key(r, probe_end_command[i]);
}

static void busy(struct repl *r)
{
	bool sure = r->options.interrupt || r->options.reset;

	if (r->options.probe_left && !sure) {
		r->options.probe_left = false;
		end_probe(r);
		repl_enter(r, REPL_S_INTERRUPT, REPL_QUIET_US);
		return;
	}
	if (sure && r->n_tries < INTERRUPT_TRIES) {
		/* Deaf to the first Ctrl-C: it may be the probe of a memprof that was killed, where the keys are not
		 * looked at while a program reads them (QEMU). What is left over then ends at the second one. */
		if (r->n_tries++ == 1) {
			end_probe(r);
			repl_send_key(r, '\r');
		}
		repl_send_key(r, CTRL_C);
		repl_enter(r, REPL_S_INTERRUPT, REPL_QUIET_US);
		return;
	}
	size_t n_tail = r->n_tail;
	repl_enter(r, REPL_S_PASSIVE, NOT_KNOWN);
	r->n_tail = n_tail; /* a banner may come, right behind what was heard */
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
	if (!r->heard || repl_raw_waits(r) || (n == sizeof(prompt) - 1 && text_starts(line, n, prompt)))
		probe(r);
	else if (prompted && !r->options.interrupt && !r->options.reset)
		typed(r);
	else
		busy(r);
}

/* The whole answer so far is that the cursor went to the beginning of a line with something in it: up to
 * four backspaces, or ESC [ N D (shared/readline/readline.c, mp_hal_move_cursor_back). */
static bool cursor_went_home(const struct repl *r)
{
	size_t i = 2;

	if (r->n_tail < 3)
		return r->n_tail > 0 && r->tail[0] == '\b';
	if (memcmp(r->tail, "\x1b[", 2) != 0)
		return false;
	while (i < r->n_tail && r->tail[i] >= '0' && r->tail[i] <= '9')
		i++;
	return i > 2 && i + 1 == r->n_tail && r->tail[i] == 'D';
}

/* Ctrl-A was sent: what answers it? */
static void probe_byte(struct repl *r)
{
	r->deadline_us = r->entered_us + REPL_ANSWER_US;
	if (repl_raw_is_up(r)) {
		r->mode = REPL_MODE_RAW_PASTE;
		ready(r);
	} else if (repl_tail_ends(r, prompt) && !r->asked_twice) {
		/* No raw mode; or an input() took the Ctrl-A for its answer, and this is the prompt
		 * after it. Or it belongs to a banner that was held back until somebody said
		 * something (rp2 over USB), and what answers the Ctrl-A is right behind it. */
		r->deadline_us = r->now_us + AGAIN_US;
	} else if (repl_tail_ends(r, prompt)) {
		r->maybe_raw = false;
		r->mode = REPL_MODE_PASTE;
		ready(r);
	} else if (cursor_went_home(r)) {
		r->maybe_raw = false;
		if (r->options.interrupt || r->options.reset)
			busy(r);
		else
			typed(r);
	}
}

/* ---- what repl.c hands on ---- */

void repl_find_take(struct repl *r)
{
	if (r->state == REPL_S_LISTEN) {
		r->deadline_us = MIN(r->now_us + REPL_QUIET_US, r->entered_us + LISTEN_MAX_US + r->options.boot_us);
		for (const char *p = r->p; p < r->end; p++)
			repl_remember(r, *p);
		repl_emit(r, REPL_CONSOLE, r->p, (size_t)(r->end - r->p), false);
		r->p = r->end;
		return;
	}
	repl_remember(r, *r->p);
	repl_emit(r, REPL_CONSOLE, r->p++, 1, false); /* a program may be printing all the while */
	if (r->state == REPL_S_PROBE) {
		probe_byte(r);
	} else if (r->state == REPL_S_INTERRUPT) { /* keys that waited act now: let it fall silent */
		r->deadline_us = MIN(r->now_us + REPL_QUIET_US, r->entered_us + LISTEN_MAX_US);
	} else if (repl_raw_is_up(r)) {
		ready(r);
	}
}

void repl_find_tick(struct repl *r)
{
	if (r->state == REPL_S_LISTEN && r->heard && r->now_us - r->heard_us < REPL_QUIET_US) {
		busy(r); /* it never falls silent */
	} else if (r->state == REPL_S_LISTEN) {
		listened(r);
	} else if (r->state == REPL_S_INTERRUPT) {
		probe(r);
	} else if (repl_tail_ends(r, prompt)) {
		r->asked_twice = true;
		probe(r);
	} else {
		repl_send_key(r, CTRL_B); /* or the board would be in raw mode when its program ends */
		r->maybe_raw = false;
		busy(r);
	}
}
