/* Programs at a prompt: those of users, and helpers of ours. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "backend.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/io/clock.h"
#include "memprof/protocol/first_alloc_hook.h"
#include "memprof/protocol/import_hook.h"

enum {
	HELPER_MAX_BYTES = 64 * 1024,  /* of output: whatever prints more is something else, */
	MEM_INFO_MAX_BYTES = 16 << 20, /* and no table is as long as this */
	HELPER_TURN_US = 1000000,
	HELPER_SILENCE_US = 15000000, /* a full heap is collected meanwhile */
	TIDY_US = 5000000,
	TIDY_SOON_US = 1500000, /* twice, and LEAVE_US: a Ctrl-C acts within 4.5 s, if the board is as slow */
	STOP_TURN_US = 10000,
	STOP_AGAIN_US = 1500000,
	STOP_PATIENCE_US = 5000000, /* for a program to end after Ctrl-C */
};

/* ---- what a program left ---- */

const char *session_traceback(const struct session *s, size_t *ret_n)
{
	*ret_n = s->repl.traceback.n_bytes;
	return strbuf_text(&s->repl.traceback);
}

const char *session_exception(const struct session *s, size_t *ret_n)
{
	const char *text = strbuf_text(&s->repl.traceback);
	size_t n = s->repl.traceback.n_bytes, from;

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	for (from = n; from > 0 && text[from - 1] != '\n';)
		from--;
	*ret_n = n - from;
	return text + from;
}

bool session_raised(const struct session *s, const char *what)
{
	size_t n;
	const char *traceback = session_traceback(s, &n);

	return text_find(traceback, n, what) != NULL;
}

void session_report_raised(struct session *s)
{
	size_t n;
	const char *exception = session_exception(s, &n);

	if (n > 0 && !session_raised(s, "MemoryError"))
		session_notice(s, "error", "it could not be asked about its heap; it answered: %.*s", (int)n,
			       exception);
	else /* without memory it may not even print its traceback */
		session_notice(
			s, "error",
			"its heap has no contiguous room to be asked about: the question itself was answered with"
			" %.*s. An agent that is started before the program needs no memory to report what fills"
			" the heap: 'memprof agent install', or the C agent",
			n > 0 ? (int)n : INT_MAX, n > 0 ? exception : "an empty error");
}

int session_report(struct session *s, enum session_outcome outcome, const char *other)
{
	if (outcome == SESSION_DONE)
		return 0;
	if (outcome == SESSION_STOPPED)
		return -EINTR;
	if (outcome == SESSION_GONE)
		session_report_gone(s);
	else if (outcome == SESSION_RAISED)
		session_report_raised(s);
	else if (other)
		session_notice(s, "error", "%s", other);
	return -ENODEV;
}

/* ---- programs ---- */

bool session_is_stopping(const struct session *s) { return s->repl.stopping; }

/* Until the hook that asks is through with its last stop, or none has come for long. In the collector, Ctrl-C would be
 * swallowed, or, where it is a signal (the unix port), leave the heap locked. */
static enum session_outcome wait_for_stop(struct session *s)
{
	uint64_t until_us = clock_now_us() + STOP_AGAIN_US;
	enum session_outcome outcome = SESSION_TIME;
	bool was_at_stop = false;

	s->repl.filter.was_at_stop = false;
	while (outcome == SESSION_TIME && !was_at_stop && clock_now_us() < until_us) {
		was_at_stop = s->repl.filter.was_at_stop;
		outcome = session_loop(s, clock_now_us() + STOP_TURN_US, false);
	}
	return outcome;
}

/* Ctrl-C to the program, and a while for it to end. */
static enum session_outcome stop_program(struct session *s, enum session_outcome why)
{
	stop_requested(); /* the request is being granted */
	s->repl.stopping = true;
	enum session_outcome outcome = SESSION_TIME;

	if (s->repl.filter.state && s->repl.filter.state->hook->asks)
		outcome = wait_for_stop(s);
	if (outcome == SESSION_TIME)
		repl_interrupt(&s->repl.repl, clock_now_us());
	if (outcome == SESSION_TIME && s->repl.filter.state) { /* a finaliser that prints a table swallows it */
		outcome = session_loop(s, clock_now_us() + STOP_AGAIN_US, false);
		if (outcome == SESSION_TIME)
			repl_interrupt(&s->repl.repl, clock_now_us());
	}
	if (outcome == SESSION_TIME)
		outcome = session_loop(s, clock_now_us() + STOP_PATIENCE_US, false);
	s->repl.stopping = false;
	if (outcome == SESSION_GONE)
		return outcome;
	if (outcome == SESSION_TIME)
		session_notice(s, "warning", "its program does not stop at Ctrl-C; it goes on running");
	return why;
}

/* RESTARTED if there is no prompt any more: a reset took it. */
enum session_outcome repl_begin_program(struct session *s, const char *code, bool ours)
{
	if (session_talks(s))
		session_talk_end(s);
	if (s->gone || s->repl.stuck)
		return SESSION_GONE;
	if (s->helper_stopped)
		return SESSION_STOPPED;
	return (ours ? repl_run_ours : repl_run)(&s->repl.repl, code, strlen(code), clock_now_us()) < 0 ?
		       SESSION_RESTARTED :
		       SESSION_GOES_ON;
}

/* In paste mode the compiler passes the value of an expression statement to __repl_print__, which prints it
 * (py/compile.c). callable() takes it as well, and does nothing. Where builtins cannot be changed, it is a global. */
static const char echo_off_code[] =
	"try:__import__('builtins').__repl_print__=__import__('builtins').callable\n"
	"except AttributeError:__repl_print__=__import__('builtins').callable\n";
static const char echo_on_code[] =
	"try:del __import__('builtins').__repl_print__\n"
	"except:\n"
	" try:del __repl_print__\n"
	" except:pass\n";

/* Afterwards, whatever has become of the program: its traceback stays. */
static void echo_on(struct session *s)
{
	struct strbuf traceback = s->repl.traceback;

	s->repl.traceback = (struct strbuf)STRBUF_INIT;
	s->repl.quietly = true;
	session_tidy(s, echo_on_code);
	s->repl.quietly = false;
	strbuf_deinit(&s->repl.traceback);
	s->repl.traceback = traceback;
}

enum session_outcome session_exec(struct session *s, const char *code, uint64_t timeout_us)
{
	uint64_t until_us = timeout_us ? clock_now_us() + timeout_us : NOT_KNOWN;

	if (stop_requested())
		return SESSION_STOPPED; /* before a byte of it was sent */
	bool echoes = s->repl.repl.mode == REPL_MODE_PASTE;
	enum session_outcome outcome = echoes ? session_question(s, echo_off_code) : SESSION_DONE;
	if (session_is_over(outcome)) {
		if (outcome == SESSION_STOPPED) /* while it was switched off, perhaps */
			echo_on(s);
		return outcome;
	}
	program_input_begin(s);
	outcome = repl_begin_program(s, code, false);
	s->repl.exec_ends_us = 0;
	if (outcome == SESSION_GOES_ON)
		outcome = session_loop(s, until_us, true);
	s->repl.exec_ends_us = 0;
	program_input_end(s);
	if (outcome == SESSION_STOPPED || outcome == SESSION_TIME)
		outcome = stop_program(s, outcome);
	if (echoes && session_has_prompt(s))
		echo_on(s);
	return outcome;
}

void session_exec_ends(struct session *s, uint64_t within_us) { s->repl.exec_ends_us = clock_now_us() + within_us; }

void session_save_text(struct session *s, const char *text, size_t n) { session_record(s, '<', text, n); }

enum session_outcome session_start(struct session *s, const char *code) { return repl_begin_program(s, code, false); }

int session_type(struct session *s, const char *bytes, size_t n_bytes)
{
	struct repl_session *r = &s->repl;

	if (s->gone || r->talk.on || r->options.listen_only)
		return -EBUSY;
	if (r->repl.state != REPL_S_PASSIVE)
		return repl_send(&r->repl, bytes, n_bytes);
	if (n_bytes > sizeof(r->typed) - r->n_typed)
		return -EAGAIN;
	memcpy(r->typed + r->n_typed, bytes, n_bytes);
	r->n_typed += n_bytes;
	return 0;
}

void session_interrupt(struct session *s) { repl_interrupt(&s->repl.repl, clock_now_us()); }

enum session_outcome session_stop(struct session *s) { return stop_program(s, SESSION_STOPPED); }

/* ---- helpers ---- */

/* Helpers end by themselves. The table of a large heap may take minutes over a slow line, so only silence is too long,
 * or more bytes than any table has. A stop that is requested meanwhile does not wait for the end, and no Ctrl-C is
 * sent: if the board was reset unheard, it would hit a program of the user's. */
static enum session_outcome run_helper(struct session *s, const char *code, uint64_t n_max_bytes)
{
	struct repl_session *r = &s->repl;
	uint64_t heard_us = clock_now_us();

	strbuf_reset(&r->helper_output);
	r->n_helper_bytes = 0;
	enum session_outcome outcome = repl_begin_program(s, code, true);
	if (outcome != SESSION_GOES_ON)
		return outcome;
	session_set_in_helper(s, true);
	for (outcome = SESSION_TIME; outcome == SESSION_TIME;) {
		uint64_t until_us = MIN(heard_us + HELPER_SILENCE_US, clock_now_us() + HELPER_TURN_US);
		outcome = session_loop(s, until_us, true);
		heard_us = MAX(heard_us, r->repl.heard_us);
		bool silent_now = clock_now_us() >= heard_us + HELPER_SILENCE_US;
		if (outcome == SESSION_TIME && (silent_now || r->n_helper_bytes > n_max_bytes))
			outcome = repl_silent(s);
	}
	session_set_in_helper(s, false);
	s->helper_stopped = outcome == SESSION_STOPPED;
	return outcome;
}

enum session_outcome session_helper(struct session *s, const char *code)
{
	return run_helper(s, code, HELPER_MAX_BYTES);
}

enum session_outcome session_mem_info(struct session *s)
{
	/* __import__ leaves no name behind; the names it needs are in every firmware's flash. */
	return run_helper(s, "__import__('micropython').mem_info(1)", MEM_INFO_MAX_BYTES);
}

enum session_outcome session_question(struct session *s, const char *code)
{
	s->repl.quietly = true;
	enum session_outcome outcome = session_helper(s, code);
	s->repl.quietly = false;
	return outcome;
}

/* It goes on printing into every answer, and has set a threshold. Functions of its program may call it: the name stays,
 * for what takes these arguments and does nothing. */
void repl_remove_left(struct session *s)
{
	/* Strings of up to ten letters would be interned, and stay. */
	static const char look_code[] =
		"(globals().get('__memprof..'[:9],bool)is not bool or __repl_print__ is callable)"
		"and print(bool)";
	/* Each raises where there is no such hook. */
	const char *const end_codes[] = {
		collection_hook_end_code,         first_alloc_end_code, imports_hook_gone_code,
		"__import__('gc').threshold(-1)", echo_on_code,         "__memprof=bool"
	};
	enum { TRIES = 3 };
	bool is_left = false, is_clear = false;

	/* A frame that the hook sends meanwhile may have the byte that ends an answer. */
	for (unsigned i = 0; i < TRIES && !is_left && !is_clear; i++) {
		enum session_outcome outcome = session_question(s, look_code);
		size_t n;
		const char *answer = session_answer(s, &n);
		is_left = outcome == SESSION_DONE && text_find(answer, n, "<class 'bool'>");
		is_clear = outcome != SESSION_RAISED &&
			   (outcome != SESSION_DONE || n == 0 || text_find(answer, n, "False"));
	}
	if (!is_left)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(end_codes); i++)
		session_question(s, end_codes[i]);
	session_notice(
		s, "note",
		"a memprof that was interrupted had left its hook there: it is removed, and gc.threshold() is set"
		" to -1");
}

static enum session_outcome tidy(struct session *s, const char *code, uint64_t wait_us)
{
	struct repl_session *r = &s->repl;
	bool was_stopped = s->helper_stopped;
	enum session_outcome outcome = SESSION_DONE;

	session_set_in_helper(s, true);
	if (was_stopped && !s->gone && !session_has_prompt(s)) /* it may have ended for an earlier one */
		outcome = session_loop(s, clock_now_us() + wait_us, false);
	if (outcome == SESSION_DONE || outcome == SESSION_RAISED) {
		s->helper_stopped = false;
		strbuf_reset(&r->helper_output);
		r->n_helper_bytes = 0;
		outcome = repl_begin_program(s, code, true);
		if (outcome == SESSION_GOES_ON)
			outcome = session_loop(s, clock_now_us() + wait_us, false);
	}
	session_set_in_helper(s, false);
	s->helper_stopped = was_stopped || outcome == SESSION_TIME;
	return outcome == SESSION_TIME ? SESSION_STOPPED : outcome;
}

enum session_outcome session_tidy(struct session *s, const char *code) { return tidy(s, code, TIDY_US); }

enum session_outcome session_tidy_soon(struct session *s, const char *code) { return tidy(s, code, TIDY_SOON_US); }

const char *session_answer(const struct session *s, size_t *ret_n)
{
	*ret_n = s->repl.helper_output.n_bytes;
	return strbuf_text(&s->repl.helper_output);
}

uint64_t session_number(struct session *s, const char *code)
{
	uint64_t value;
	size_t n;

	if (session_helper(s, code) != SESSION_DONE)
		return NOT_KNOWN;
	const char *text = session_answer(s, &n);
	return number_scan(text, text + n, &value) ? value : NOT_KNOWN;
}
