/* What a user's program prints in the raw modes. The board ends it with Ctrl-D, the traceback if it raised, Ctrl-D and
 * ">", all of which a program may print, too. So the end is a Ctrl-D after the mark; without the mark, one that is
 * followed by an exception up to Ctrl-D, ">" and silence, or by a reset (SystemExit). What may be such an end is held
 * back, for a short while at most. */
#include <ctype.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "repl/private.h"

enum { EXCEPTION_NAME_MAX_BYTES = 64 };

/* Silence after what may be the end, before the board is asked; and output after it, as of a timer, before it is asked.
 */
static const uint64_t BARE_END_US = 2000 * MS;
static const uint64_t ASK_END_US = 1000 * MS;
static const char raw_prompt[] = "\x04>";
static const char traceback[] = "Traceback (most recent call last):";

/* What a Ctrl-D and the bytes after it may be. */
enum field {
	FIELD_OUTPUT,
	FIELD_UNKNOWN,
	FIELD_EXCEPTION, /* the end after an exception */
	FIELD_BARE,      /* the end without one, and without the mark */
	FIELD_RESET,
};

static bool may_begin(const char *text, size_t n, const char *words, bool *ret_whole)
{
	size_t n_words = strlen(words);

	*ret_whole |= n >= n_words && memcmp(text, words, n_words) == 0;
	return memcmp(text, words, MIN(n, n_words)) == 0;
}

/* After SystemExit: main.c of the ports. */
static enum field reset_field(const char *text, size_t n)
{
	static const char *const resets[] = { "MPY: soft reboot", "MPY: sync filesystems", "soft reboot" };
	bool whole = false, may = false;

	while (n > 0 && (*text == '\r' || *text == '\n')) {
		text++;
		n--;
	}
	for (size_t i = 0; i < ARRAY_SIZE(resets); i++)
		may |= may_begin(text, n, resets[i], &whole);
	return whole ? FIELD_RESET : may ? FIELD_UNKNOWN : FIELD_OUTPUT;
}

/* "OSError: 5", as printed when there is no memory for a traceback, or by Ctrl-C. */
static bool may_be_exception(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && (isalnum((unsigned char)text[i]) || text[i] == '_' || text[i] == '.'))
		i++;
	return i > 0 && i <= EXCEPTION_NAME_MAX_BYTES && (i == n || text[i] == ':');
}

static enum field field_of(const char *text, size_t n)
{
	bool whole = false;

	if (n > 0 && text[0] == CTRL_D)
		return n == 2 && text[1] == '>' ? FIELD_BARE : reset_field(text + 1, n - 1);
	if (n == 0)
		return FIELD_UNKNOWN;
	bool has_traceback = may_begin(text, n, traceback, &whole);
	if (!has_traceback && !may_be_exception(text, n))
		return FIELD_OUTPUT;
	if (n > 1 && text[n - 2] == CTRL_D && text[n - 1] == '>')
		return FIELD_EXCEPTION;
	/* The message after a traceback may have a Ctrl-D in it. */
	return n > 1 && text[n - 2] == CTRL_D && !has_traceback ? FIELD_OUTPUT : FIELD_UNKNOWN;
}

/* What is held is output, up to i. */
static void release(struct repl *r, size_t i)
{
	size_t from = MAX(r->i_held, r->n_shown);

	if (i > from)
		repl_emit(r, REPL_OUTPUT, r->error + from, i - from, false);
	r->i_held = i;
	r->n_shown = MAX(r->n_shown, i);
	if (i == r->n_error)
		r->hold = HOLD_NONE;
}

static bool bare_end(const struct repl *r) { return r->error[r->i_held + 1] == CTRL_D; }

/* Releases what cannot be the end. */
static void judge(struct repl *r)
{
	while (r->hold != HOLD_NONE) {
		switch (field_of(r->error + r->i_held + 1, r->n_error - r->i_held - 1)) {
		case FIELD_OUTPUT: {
			const char *from = r->error + r->i_held + 1;
			const char *next = memchr(from, CTRL_D, r->n_error - r->i_held - 1);
			release(r, next ? (size_t)(next - r->error) : r->n_error);
			break;
		}
		case FIELD_UNKNOWN:
			return;
		case FIELD_EXCEPTION:
		case FIELD_BARE:
			r->hold = HOLD_END;
			return;
		case FIELD_RESET:
			r->hold = HOLD_NONE;
			r->n_error = 0;
			repl_enter(r, REPL_S_PROMPT, REPL_RESET_US);
			return;
		}
	}
}

static void begin_hold(struct repl *r)
{
	r->hold = HOLD_FIELD;
	r->error[0] = CTRL_D;
	r->n_error = 1;
	r->i_held = r->n_shown = r->n_seen_end = 0;
	r->n_mark = 1;
}

/* One more byte of what is held. */
static void hold_byte(struct repl *r, char c)
{
	r->error[r->n_error++] = c;
	r->n_mark = c == r->mark[r->n_mark] ? r->n_mark + 1 : c == CTRL_D;
	if (!r->mark[r->n_mark]) {
		release(r, r->n_error - r->n_mark);
		r->hold = HOLD_NONE;
		r->n_error = 0;
		r->ended = true;
	} else if (r->n_mark < 2) {
		judge(r);
	}
}

static bool may_be_prompt(const struct repl *r) { return !r->asked_end && repl_tail_ends(r, raw_prompt); }

static void set_deadline(struct repl *r)
{
	uint64_t at_us = r->n_seen_end && !r->asked_end ? r->ask_us : NOT_KNOWN;

	if (r->hold == HOLD_END && !bare_end(r))
		at_us = r->now_us + REPL_QUIET_US;
	else if (repl_friendly_is_up(r) || repl_raw_is_up(r) || (r->hold == HOLD_FIELD && r->n_shown < r->n_error))
		at_us = MIN(at_us, r->now_us + REPL_QUIET_US);
	else if (may_be_prompt(r))
		at_us = MIN(at_us, r->now_us + (r->interrupted ? REPL_QUIET_US : BARE_END_US));
	r->deadline_us = at_us;
}

/* The exception is what lies between the Ctrl-Ds. */
static void end_with(struct repl *r, size_t i_field, size_t n)
{
	size_t n_error = n - i_field - 3;

	memmove(r->error, r->error + i_field + 1, n_error);
	r->n_error = n_error;
	repl_done(r, n_error > 0);
}

/* The raw prompt has answered: the program has ended before. */
static void end_as_asked(struct repl *r)
{
	if (r->n_seen_end) {
		end_with(r, r->i_seen_end, r->n_seen_end);
		return;
	}
	r->n_error = 0;
	repl_done(r, true);
}

/* Up to the next Ctrl-D, or to the answer. */
static void pass_on(struct repl *r)
{
	const char *stop = memchr(r->p, CTRL_D, (size_t)(r->end - r->p));
	size_t n = (size_t)((stop ? stop : r->end) - r->p);
	bool has_answer = false;

	for (size_t i = r->asked_end ? 0 : n - MIN(n, (size_t)REPL_TAIL_BYTES); i < n; i++) {
		repl_tail_add(r, r->p[i]);
		has_answer = r->asked_end && repl_raw_is_up(r);
		n = has_answer ? i + 1 : n;
	}
	if (n > 0)
		repl_emit(r, REPL_OUTPUT, r->p, n, false);
	r->p += n;
	if (has_answer) {
		end_as_asked(r);
		return;
	}
	if (!stop)
		return;
	repl_tail_add(r, *r->p++);
	if (r->ended)
		repl_enter(r, REPL_S_ERROR, NOT_KNOWN);
	else
		begin_hold(r);
}

void repl_raw_output_read(struct repl *r)
{
	if (r->hold == HOLD_END || (r->hold == HOLD_FIELD && r->n_error == sizeof(r->error))) {
		if (r->hold == HOLD_END) { /* or the program has ended, and something else prints */
			r->n_seen_end = r->n_error;
			r->i_seen_end = r->i_held;
			r->ask_us = r->now_us + ASK_END_US;
		}
		release(r, r->n_error);
	} else if (r->hold == HOLD_FIELD) {
		repl_tail_add(r, *r->p);
		hold_byte(r, *r->p++);
	} else {
		pass_on(r);
	}
	if (r->state == REPL_S_OUTPUT)
		set_deadline(r);
}

void repl_raw_output_tick(struct repl *r)
{
	if (r->hold == HOLD_END && !bare_end(r)) {
		end_with(r, r->i_held, r->n_error);
	} else if (repl_friendly_is_up(r)) {
		repl_restart_search(r, REPL_RESTARTED);
	} else if (repl_raw_is_up(r) && r->asked_end) {
		end_as_asked(r);
	} else if (repl_raw_is_up(r)) {
		repl_restarted(r);
	} else {
		bool asks = r->n_seen_end && r->now_us >= r->ask_us;
		if (!r->asked_end && (asks || may_be_prompt(r))) {
			r->asked_end = true;
			repl_send_key(r, CTRL_A);
		}
		if (r->hold == HOLD_FIELD && r->n_shown < r->n_error) { /* it may go on after a pause: */
			size_t from = MAX(r->i_held, r->n_shown);
			repl_emit(r, REPL_OUTPUT, r->error + from, r->n_error - from, false);
			r->n_shown = r->n_error;
		}
		set_deadline(r);
	}
}

void repl_raw_output_finish(struct repl *r) { release(r, r->n_error); }
