/* The search for a prompt: listen, send a lone Ctrl-A, find its answer among other output, interrupt; and detection of
 * resets, after which it starts again. */
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "repl/private.h"

enum { INTERRUPT_TRIES = 4 };

static const uint64_t LISTEN_MAX_US = 4000 * MS; /* a board that is never silent */
static const uint64_t RECUR_US = 2500 * MS;      /* for more output, of a timer that prints */
static const uint64_t ONE_REBOOT_US = 3000 * MS; /* for all messages of one reset */
static const uint64_t START_US = 7000 * MS;      /* for the first byte of a process, once it was asked */
static const uint64_t AGAIN_US = 100 * MS;       /* silence after a prompt before a second Ctrl-A */

static const char prompt[] = REPL_PROMPT;

/* ---- resets ---- */

bool repl_is_reboot(const struct repl *r)
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

void repl_restart_search(struct repl *r, enum repl_event_kind kind)
{
	r->code = NULL;
	r->n_raw = 0;
	r->mode = REPL_MODE_NONE;
	r->maybe_raw &= repl_tail_ends(r, "soft reboot"); /* raw mode survives a soft reset (pyexec.c) */
	if (r->state >= REPL_S_ASK && r->state <= REPL_S_ECHO_END)
		r->strayed = repl_friendly_is_up(r) ? STRAYED_IS : STRAYED_PERHAPS;
	else if (r->state == REPL_S_READY || r->state == REPL_S_PASSIVE)
		r->strayed = STRAYED_NO;
	r->asked_twice = r->ours = false;
	r->noise = (struct repl_noise){ 0 };
	r->n_outbox = 0;
	size_t n_tail = r->n_tail;
	repl_enter(r, REPL_S_LISTEN, REPL_QUIET_US);
	r->n_tail = n_tail; /* may hold a prompt already */
	repl_emit(r, kind, NULL, 0, false);
}

void repl_console_read(struct repl *r)
{
	const char *from = r->p;
	bool reboot = false;

	while (r->p < r->end && !reboot) {
		repl_tail_add(r, *r->p++);
		reboot = repl_is_reboot(r);
	}
	repl_emit(r, REPL_CONSOLE, from, (size_t)(r->p - from), false);
	if (reboot && !r->options.listen_only) {
		repl_restart_search(r, REPL_REBOOTED);
	} else if (reboot && (r->rebooted_us == 0 || r->now_us - r->rebooted_us > ONE_REBOOT_US)) {
		r->rebooted_us = r->now_us;
		repl_emit(r, REPL_REBOOTED, NULL, 0, false);
	}
}

/* ---- search ---- */

void repl_init(struct repl *r, const struct repl_options *options, uint64_t now_us)
{
	*r = (struct repl){ .options = *options, .now_us = now_us };
	if (options->listen_only)
		repl_enter(r, REPL_S_PASSIVE, 0);
	else
		repl_enter(r, REPL_S_LISTEN, MAX(REPL_QUIET_US, options->boot_us));
}

static void send_ctrl_a(struct repl *r)
{
	repl_send_key(r, CTRL_A);
	r->maybe_raw = true;
	r->saw_prompt = false;
	repl_enter(r, REPL_S_PROBE, !r->heard && r->options.boot_us > 0 ? START_US : REPL_ANSWER_US);
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
	r->options.interrupt = r->options.reset = false; /* only once */
	r->strayed = STRAYED_NO;
	repl_enter(r, REPL_S_READY, NOT_KNOWN);
	repl_emit(r, REPL_READY, NULL, 0, false);
}

/* Half a line is at the prompt: somebody's, or our own, which a Ctrl-C clears. */
static void typed(struct repl *r)
{
	if (r->strayed == STRAYED_IS) {
		r->strayed = STRAYED_NO;
		repl_send_key(r, CTRL_C);
		repl_enter(r, REPL_S_INTERRUPT, REPL_QUIET_US);
		return;
	}
	r->strayed = STRAYED_NO;
	repl_enter(r, REPL_S_PASSIVE, NOT_KNOWN);
	repl_emit(r, REPL_TYPED, NULL, 0, false);
}

static void pasting(struct repl *r)
{
	r->maybe_raw = false; /* a Ctrl-B would be one more key in it */
	repl_enter(r, REPL_S_PASSIVE, NOT_KNOWN);
	repl_emit(r, REPL_PASTING, NULL, 0, false);
}

/* Ends the probe of an interrupted session. A prompt ignores these keys. */
static void end_probe(struct repl *r)
{
	for (size_t i = 0; i < sizeof(probe_end_command); i++)
		repl_send_key(r, probe_end_command[i]);
}

static bool may_disturb(const struct repl *r) { return r->options.interrupt || r->options.reset; }

static void busy(struct repl *r)
{
	if (r->options.probe_left && !may_disturb(r)) {
		r->options.probe_left = false;
		end_probe(r);
		repl_enter(r, REPL_S_INTERRUPT, REPL_QUIET_US);
		return;
	}
	if (may_disturb(r) && r->n_tries < INTERRUPT_TRIES) {
		/* No answer to the first Ctrl-C: possibly the probe of a killed memprof, on a port that does not
		 * check for Ctrl-C while a program reads input (QEMU). The second one ends what is left. */
		if (r->n_tries++ == 1) {
			end_probe(r);
			repl_send_key(r, '\r');
		}
		repl_send_key(r, CTRL_C);
		repl_enter(r, REPL_S_INTERRUPT, REPL_QUIET_US);
		return;
	}
	size_t n_tail = r->n_tail;
	r->strayed = STRAYED_NO;
	repl_enter(r, REPL_S_PASSIVE, NOT_KNOWN);
	r->n_tail = n_tail; /* a banner may follow it */
	repl_emit(r, REPL_BUSY, NULL, 0, false);
}

/* Output comes again and again: of a program, or of a timer at a prompt (machine.Timer). Only the answer to a Ctrl-A
 * tells them apart. A program that prints dumps is not asked. */
static void ask_in_noise(struct repl *r)
{
	if (may_disturb(r) || r->noise.has_dumps) {
		busy(r);
		return;
	}
	r->noise.is_asked = true;
	send_ctrl_a(r);
}

/* The last output was no prompt: a whole line, or n_open bytes of one. Wait for more: a timer prints at intervals, and
 * a busy board pauses within a line. A line that stays open is never asked over: it may be the question of an input().
 */
static void other_line(struct repl *r, size_t n_open)
{
	uint64_t until_us = MIN(r->heard_us + RECUR_US, r->entered_us + LISTEN_MAX_US);
	bool is_over = r->now_us >= until_us;

	if (r->noise.recurs && n_open == 0)
		ask_in_noise(r);
	else if (may_disturb(r) || is_over)
		busy(r);
	else
		r->deadline_us = until_us;
}

/* The board's last line, and whether it begins with a prompt. */
static bool is_prompted(const struct repl *r, const char **ret_line, size_t *ret_n)
{
	const char *line = r->tail + r->n_tail;

	while (line > r->tail && line[-1] != '\n' && line[-1] != '\r')
		line--;
	*ret_line = line;
	*ret_n = (size_t)(r->tail + r->n_tail - line);
	return text_starts(line, *ret_n, prompt) || text_starts(line, *ret_n, "... ") ||
	       text_starts(line, *ret_n, REPL_PASTE_PROMPT);
}

/* The board has been silent for a while. Its last line decides whether Ctrl-A is sent at all: input()
 * takes a Ctrl-A on an empty line as an empty answer (py/modbuiltins.c, readline.c). */
static void listened(struct repl *r)
{
	const char *line;
	size_t n;
	bool prompted = is_prompted(r, &line, &n);

	if (!r->heard || repl_raw_waits(r) || (n == sizeof(prompt) - 1 && text_starts(line, n, prompt)))
		send_ctrl_a(r);
	else if (prompted && !may_disturb(r) && r->strayed != STRAYED_IS && text_starts(line, n, REPL_PASTE_PROMPT))
		pasting(r);
	else if (prompted && !may_disturb(r))
		typed(r);
	else
		other_line(r, n);
}

/* Whether a text is only a cursor movement to the start of a non-empty line: up to four backspaces, or
 * ESC [ N D (shared/readline/readline.c, mp_hal_move_cursor_back). */
static bool moves_home(const char *text, size_t n)
{
	size_t i = 2;

	if (n < 3)
		return n > 0 && text[0] == '\b';
	if (memcmp(text, "\x1b[", 2) != 0)
		return false;
	while (i < n && text[i] >= '0' && text[i] <= '9')
		i++;
	return i > 2 && i + 1 == n && text[i] == 'D';
}

/* Whether the answer to Ctrl-A so far is such a movement: all of it; among other output that does not move the cursor
 * by itself, the end. */
static bool cursor_went_home(const struct repl *r)
{
	const char *end = r->tail + r->n_tail, *from = r->tail;

	if (r->noise.is_asked && r->noise.moves_cursor)
		return false;
	if (r->noise.is_asked)
		for (from = end - 1; from > r->tail && *from != '\b' && *from != '\x1b';)
			from--;
	return moves_home(from, (size_t)(end - from));
}

/* One byte of the answer to Ctrl-A. */
static void answer_byte(struct repl *r)
{
	if (r->n_tail == 1 && r->options.boot_us > 0)
		r->entered_us = r->now_us; /* it may have started only now */
	if (!r->saw_prompt)
		r->deadline_us = r->entered_us + REPL_ANSWER_US;
	if (repl_raw_is_up(r)) {
		r->mode = REPL_MODE_RAW_PASTE;
		ready(r);
	} else if (repl_tail_ends(r, prompt) && r->noise.is_asked) {
		/* Of a build without raw mode, whose echo would be mixed with the output; or of a program. */
	} else if (repl_tail_ends(r, prompt) && !r->asked_twice) {
		/* No raw mode; or an input() took the Ctrl-A as its answer, and this is the prompt
		 * after it; or the end of a banner that was held back until a byte arrived (rp2 over
		 * USB), and the answer to the Ctrl-A follows. A thread may print after it; who may interrupt
		 * asks again all the same. */
		r->saw_prompt = may_disturb(r);
		r->deadline_us = r->now_us + AGAIN_US;
	} else if (repl_tail_ends(r, prompt)) {
		r->maybe_raw = false;
		r->mode = REPL_MODE_PASTE;
		ready(r);
	} else if (cursor_went_home(r)) {
		r->maybe_raw = false;
		if (may_disturb(r)) {
			busy(r);
			return;
		}
		if (r->strayed != STRAYED_IS)
			repl_send_key(r, CTRL_E); /* end of line in readline: what is typed next goes there again */
		typed(r);
	}
}

/* ---- called by repl.c ---- */

static void listen(struct repl *r, char c)
{
	struct repl_noise *noise = &r->noise;

	repl_tail_add(r, c);
	noise->moves_cursor |= c == '\b' || c == '\x1b';
	noise->has_dumps |= repl_tail_ends(r, "GC: total: ");
}

void repl_search_read(struct repl *r)
{
	if (r->state == REPL_S_LISTEN) {
		r->deadline_us = MIN(r->now_us + REPL_QUIET_US, r->entered_us + LISTEN_MAX_US + r->options.boot_us);
		r->noise.recurs |= r->noise.heard_us > 0 && r->now_us - r->noise.heard_us >= REPL_QUIET_US;
		r->noise.heard_us = r->now_us;
		for (const char *p = r->p; p < r->end; p++)
			listen(r, *p);
		repl_emit(r, REPL_CONSOLE, r->p, (size_t)(r->end - r->p), false);
		r->p = r->end;
		return;
	}
	repl_tail_add(r, *r->p);
	repl_emit(r, REPL_CONSOLE, r->p++, 1, false); /* may also be output of a program */
	if (r->state == REPL_S_PROBE) {
		answer_byte(r);
	} else if (r->state == REPL_S_INTERRUPT) { /* buffered keys act now: wait for silence */
		r->deadline_us = MIN(r->now_us + REPL_QUIET_US, r->entered_us + LISTEN_MAX_US);
	} else if (repl_raw_is_up(r)) {
		ready(r);
	}
}

void repl_search_tick(struct repl *r)
{
	const char *line;
	size_t n;

	if (r->state == REPL_S_LISTEN && r->heard && r->now_us - r->heard_us < REPL_QUIET_US) {
		ask_in_noise(r); /* it is never silent */
	} else if (r->state == REPL_S_LISTEN) {
		listened(r);
	} else if (r->state == REPL_S_INTERRUPT) {
		send_ctrl_a(r);
	} else if ((repl_tail_ends(r, prompt) || r->saw_prompt) && !r->noise.is_asked) {
		r->asked_twice = true;
		send_ctrl_a(r);
	} else if (r->strayed == STRAYED_IS && is_prompted(r, &line, &n)) {
		typed(r); /* what strayed there came in after the prompt was seen */
	} else if (r->n_tail == 1 && r->tail[0] == CTRL_A && !may_disturb(r)) {
		pasting(r); /* it echoes each key (shared/runtime/pyexec.c) */
	} else {
		repl_send_key(r, CTRL_B); /* else the board would be in raw mode when its program ends */
		r->maybe_raw = false;
		busy(r);
	}
}
