/* Paste mode, for builds without a raw REPL (the unix port). The board echoes the program; the end of
 * the program is visible only in its output. */
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "repl/private.h"

enum { PASTE_IN_FLIGHT = 128 }; /* bytes sent but not echoed: half of the smallest stdin buffer */

static const uint64_t STEP_US = 3000 * MS; /* between two steps of the protocol */
/* Silence after ">>> " before it counts as a prompt: after a traceback, and after other output. */
static const uint64_t PROMPT_US = 80 * MS;
static const uint64_t BARE_PROMPT_US = 2000 * MS;
static const uint64_t NO_PROMPT_US = 1000 * MS; /* after the mark, where other threads print: they may tear it */
static const uint64_t ASKS_US = 30000 * MS;     /* a program that takes input may ask with ">>> " */

static const char prompt[] = REPL_PROMPT;
static const char paste_prompt[] = "\n" REPL_PASTE_PROMPT;
static const char traceback[] = "Traceback (most recent call last):";
static const char no_room[] = "MemoryError: "; /* to compile it */

/* Stays a little ahead of the echo. */
void repl_paste_feed(struct repl *r)
{
	while (r->i_code < repl_program_bytes(r) && r->i_code - r->i_echo < PASTE_IN_FLIGHT &&
	       r->n_outbox < sizeof(r->outbox)) {
		char c = repl_program_byte(r, r->i_code++);
		repl_send_key(r, c == '\n' ? '\r' : c);
	}
	if (r->i_echo == repl_program_bytes(r) && r->n_outbox < sizeof(r->outbox)) {
		repl_send_key(r, CTRL_D);
		repl_enter(r, REPL_S_ECHO_END, NOT_KNOWN);
	}
}

/* Each byte is echoed, a CR as "\n=== ". CRs are ignored, as terminals add them. */
void repl_paste_echo(struct repl *r, const char *byte)
{
	char c = repl_program_byte(r, r->i_echo);

	if (*byte == '\r')
		return;
	if (c == '\n') {
		if (*byte != paste_prompt[r->i_echo_more]) {
			repl_emit(r, REPL_CONSOLE, byte, 1, false);
			return;
		}
		if (paste_prompt[++r->i_echo_more])
			return;
		r->i_echo_more = 0;
	} else if (*byte != c) {
		repl_emit(r, REPL_CONSOLE, byte, 1, false);
		return;
	}
	r->i_echo++;
	r->deadline_us = r->now_us + STEP_US;
	repl_paste_feed(r);
}

/* ---- output ----
 * The program ends with the end mark, or with a prompt followed by silence. A traceback may end it or
 * may be part of its output, so its lines are held back until that is known. */

static void release(struct repl *r)
{
	if (r->n_error > r->n_shown)
		repl_emit(r, REPL_OUTPUT, r->error + r->n_shown, r->n_error - r->n_shown, false);
	r->n_error = r->n_shown = 0;
	r->hold = HOLD_NONE;
}

/* At most one line of output, n_shown bytes of which were passed on before: passed on, or held back with a traceback.
 */
static void paste_text(struct repl *r, const char *p, size_t n, size_t n_shown)
{
	r->has_output = true;
	if (r->hold != HOLD_NONE && r->n_error + n > sizeof(r->error))
		release(r);
	if (r->hold != HOLD_NONE) {
		r->n_shown = n_shown > 0 ? r->n_error + n_shown : r->n_shown;
		repl_error_add(r, p, n);
	} else if (n > n_shown) {
		repl_emit(r, REPL_OUTPUT, p + n_shown, n - n_shown, false);
	}
	r->at_line_start = p[n - 1] == '\n';
}

/* The special text that may begin with this byte here; or NULL. */
static const char *word_at(const struct repl *r, char c)
{
	return c == CTRL_D && !r->ended                         ? r->mark :
	       c == traceback[0]                                ? traceback :
	       c == no_room[0] && !r->has_output                ? no_room :
	       c == prompt[0] && (r->at_line_start || r->ended) ? prompt :
								  NULL;
}

/* A prompt counts only after some silence, or after the mark. */
static void word_complete(struct repl *r)
{
	if (r->word == prompt) {
		bool is_short = r->hold != HOLD_NONE || r->interrupted;
		uint64_t bare_us = r->takes_input ? ASKS_US : BARE_PROMPT_US;
		r->prompt_us = r->now_us + (r->ended ? 0 : is_short ? PROMPT_US : bare_us);
		return;
	}
	size_t n_shown = r->n_word_shown;
	r->has_output = true;
	if (r->hold != HOLD_NONE)
		release(r);
	r->n_word = r->n_word_shown = 0;
	r->at_line_start = r->word == r->mark;
	if (r->word == r->mark) {
		r->ended = true;
		r->prompt_us = NOT_KNOWN;
		if (r->takes_input && !r->ours)
			repl_send_key(r, CTRL_F);
		return;
	}
	r->hold = HOLD_TRACEBACK;
	repl_error_add(r, r->word, strlen(r->word));
	r->n_shown = n_shown;
}

/* True if the byte continues a word. */
static bool paste_word(struct repl *r, char c)
{
	if (r->n_word == 0)
		r->word = word_at(r, c);
	if (!r->word || !r->word[r->n_word] || c != r->word[r->n_word])
		return false;
	if (!r->word[++r->n_word])
		word_complete(r);
	return true;
}

static bool at_prompt(const struct repl *r) { return r->n_word > 0 && r->word == prompt && !prompt[r->n_word]; }

/* What is held is passed on after a pause; what it is, is found out all the same. */
static void set_deadline(struct repl *r)
{
	bool is_hidden = r->n_word > r->n_word_shown || (r->hold != HOLD_NONE && r->n_error > r->n_shown);

	r->deadline_us = at_prompt(r) || r->ended ? r->prompt_us : NOT_KNOWN;
	if (is_hidden && (!at_prompt(r) || r->takes_input))
		r->deadline_us = MIN(r->deadline_us, r->now_us + REPL_QUIET_US);
}

void repl_paste_finish(struct repl *r)
{
	if (r->hold != HOLD_NONE && r->n_error > r->n_shown)
		repl_emit(r, REPL_OUTPUT, r->error + r->n_shown, r->n_error - r->n_shown, false);
	if (r->n_word > r->n_word_shown)
		repl_emit(r, REPL_OUTPUT, r->word + r->n_word_shown, r->n_word - r->n_word_shown, false);
	r->n_shown = r->n_error;
	r->n_word_shown = r->n_word;
}

static void end(struct repl *r)
{
	if (r->ended && r->hold != HOLD_NONE) /* a thread's */
		release(r);
	repl_done(r, !r->ended);
}

void repl_paste_tick(struct repl *r)
{
	if ((at_prompt(r) || r->ended) && r->now_us >= r->prompt_us) {
		end(r);
		return;
	}
	repl_paste_finish(r);
	set_deadline(r);
}

/* Around the statistics of memprof's sampler (record and unit separator). */
static bool is_frame_mark(char c) { return c == REPL_FRAME_BEGIN || c == REPL_FRAME_END; }

static void read_text(struct repl *r)
{
	const char *stop = r->p + 1;

	while (stop < r->end && stop[-1] != '\n' && *stop != CTRL_D && *stop != traceback[0] && !is_frame_mark(*stop) &&
	       !(r->ended && *stop == prompt[0]))
		stop++;
	paste_text(r, r->p, (size_t)(stop - r->p), 0);
	r->p = stop;
}

void repl_paste_read(struct repl *r)
{
	if (paste_word(r, *r->p)) {
		r->p++;
		if (r->ended && at_prompt(r)) { /* whatever follows, of a thread */
			end(r);
			return;
		}
	} else if (r->n_word > 0) { /* only began like a word */
		size_t n = r->n_word, n_shown = r->n_word_shown;
		r->n_word = r->n_word_shown = 0;
		paste_text(r, r->word, n, n_shown);
	} else if (r->ended && (*r->p == '\r' || *r->p == '\n')) {
		r->p++;
	} else if (is_frame_mark(*r->p)) { /* not part of a line; and the program goes on */
		if (r->hold != HOLD_NONE)
			release(r);
		repl_emit(r, REPL_OUTPUT, r->p++, 1, false);
	} else {
		read_text(r);
		if (r->ended && r->prompt_us == NOT_KNOWN)
			r->prompt_us = r->now_us + NO_PROMPT_US;
	}
	set_deadline(r);
}
