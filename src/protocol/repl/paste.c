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

static const char prompt[] = REPL_PROMPT;
static const char paste_prompt[] = "\n" REPL_PASTE_PROMPT;
static const char traceback[] = "Traceback (most recent call last):";
/* Appended to the program: prints the end mark, and removes the __file__ that the unix port sets for
 * pasted code. (`and None`, as the value of an expression would be printed.) */
static const char end_line[] =
	"\n__import__('builtins').print('\\x04memprof\\x04',end='');"
	"__import__('builtins').globals().pop('__file__',None)and None\n";
static const char end_mark[] = "\x04memprof\x04";

static char code_byte(const struct repl *r, size_t i) { return i < r->n_code ? r->code[i] : end_line[i - r->n_code]; }

static size_t n_paste(const struct repl *r) { return r->n_code + sizeof(end_line) - 1; }

/* Stays a little ahead of the echo. */
void repl_paste_feed(struct repl *r)
{
	while (r->i_code < n_paste(r) && r->i_code - r->i_echo < PASTE_IN_FLIGHT && r->n_outbox < sizeof(r->outbox)) {
		char c = code_byte(r, r->i_code++);
		repl_send_key(r, c == '\n' ? '\r' : c);
	}
	if (r->i_echo == n_paste(r) && r->n_outbox < sizeof(r->outbox)) {
		repl_send_key(r, CTRL_D);
		repl_enter(r, REPL_S_ECHO_END, NOT_KNOWN);
	}
}

/* Each byte is echoed, a CR as "\n=== ". CRs are ignored, as terminals add them. */
void repl_paste_echo(struct repl *r, const char *byte)
{
	char c = code_byte(r, r->i_echo);

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

void repl_paste_release(struct repl *r)
{
	if (r->n_error > 0)
		repl_emit(r, REPL_OUTPUT, r->error, r->n_error, false);
	r->n_error = 0;
	r->hold = HOLD_NONE;
}

/* At most one line of output: passed on, or held back with a traceback. */
static void paste_text(struct repl *r, const char *p, size_t n)
{
	if (r->at_line_start && r->hold == HOLD_MESSAGE)
		repl_paste_release(r); /* more lines follow: the program goes on */
	else if (r->at_line_start && r->hold == HOLD_FRAMES && *p != ' ')
		r->hold = HOLD_MESSAGE;
	if (r->hold != HOLD_NONE && r->n_error + n > sizeof(r->error))
		repl_paste_release(r);
	if (r->hold == HOLD_NONE)
		repl_emit(r, REPL_OUTPUT, p, n, false);
	else
		repl_error_add(r, p, n);
	r->at_line_start = p[n - 1] == '\n';
}

/* The special text that may begin with this byte here; or NULL. */
static const char *word_at(const struct repl *r, char c)
{
	return c == CTRL_D && !r->ended ? end_mark :
	       !r->at_line_start        ? NULL :
	       c == prompt[0]           ? prompt :
	       c == traceback[0]        ? traceback :
					  NULL;
}

/* A prompt counts only after some silence. */
static void word_complete(struct repl *r)
{
	if (r->word == prompt) {
		r->deadline_us = r->now_us + (r->ended ? 0 : r->hold != HOLD_NONE ? PROMPT_US : BARE_PROMPT_US);
		return;
	}
	if (r->hold != HOLD_NONE)
		repl_paste_release(r);
	r->n_word = 0;
	r->at_line_start = r->word == end_mark;
	if (r->word == end_mark) {
		r->ended = true;
		return;
	}
	r->hold = HOLD_FRAMES;
	r->n_error = 0;
	repl_error_add(r, traceback, sizeof(traceback) - 1);
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

/* Around the statistics of memprof's sampler (record and unit separator). */
static bool is_frame_mark(char c) { return c == REPL_FRAME_BEGIN || c == REPL_FRAME_END; }

void repl_paste_read(struct repl *r)
{
	if (paste_word(r, *r->p)) {
		r->p++;
	} else if (r->n_word > 0) { /* only began like a word */
		size_t n = r->n_word;
		r->n_word = 0;
		r->deadline_us = NOT_KNOWN;
		paste_text(r, r->word, n);
	} else if (r->ended && (*r->p == '\r' || *r->p == '\n')) {
		r->p++;
	} else if (is_frame_mark(*r->p)) { /* not part of a line */
		repl_emit(r, REPL_OUTPUT, r->p++, 1, false);
	} else {
		const char *stop = r->p + 1;
		while (stop < r->end && stop[-1] != '\n' && *stop != CTRL_D && !is_frame_mark(*stop))
			stop++;
		paste_text(r, r->p, (size_t)(stop - r->p));
		r->p = stop;
	}
}
