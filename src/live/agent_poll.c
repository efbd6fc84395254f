/* The module memprof on a board, in its firmware or as a file (firmware-agent/): asked for a snapshot when there is a
 * prompt, and started for a program that runs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/live/board_poll.h"
#include "memprof/wire.h"

static const char where_code[] = "print((lambda s:'memprof'in s.modules or s.platform)(__import__('sys')))";
static const char modules_code[] = "help('modules')";
static const char wire_code[] = "print(getattr(__import__('memprof'),'WIRE',0))";
static const char snapshot_code[] = "__import__('memprof').snapshot()and None";
static const char stop_code[] = "__import__('memprof').stop()";

/* What the board answered, without blanks around it; NULL if it did not. */
static const char *ask(struct board_poll *p, const char *code, size_t *ret_n, enum session_outcome *ret_outcome)
{
	*ret_outcome = session_helper(p->session, code);
	if (*ret_outcome != SESSION_DONE)
		return NULL;
	const char *answer = session_answer(p->session, ret_n);
	while (*ret_n > 0 && strchr(" \r\n", answer[*ret_n - 1]))
		--*ret_n;
	return answer;
}

static bool is(const char *answer, size_t n, const char *words)
{
	return answer && n == strlen(words) && memcmp(answer, words, n) == 0;
}

/* Where a module of that name may be any file of the working directory's, it counts only if it is there already, or
 * built in. False: it is not to be imported. */
static bool may_import(struct board_poll *p, enum session_outcome *ret_outcome)
{
	size_t n;
	const char *answer = ask(p, where_code, &n, ret_outcome);

	if (!answer || is(answer, n, "True") || !is(answer, n, "linux"))
		return answer != NULL;
	answer = ask(p, modules_code, &n, ret_outcome);
	return answer && text_find(answer, n, "memprof") != NULL;
}

/* DONE, or what ended the conversation. */
static enum session_outcome find_agent(struct board_poll *p)
{
	enum session_outcome outcome;
	size_t n;
	uint64_t major = NOT_KNOWN;

	p->agent = BOARD_AGENT_NONE;
	const char *answer = may_import(p, &outcome) ? ask(p, wire_code, &n, &outcome) : NULL;
	bool known = answer && n > 2 && answer[0] == '(' && number_scan(answer + 1, answer + n, &major);
	if (known && major == WIRE_MAJOR)
		p->agent = BOARD_AGENT_THERE;
	else if (known)
		session_notice(p->session, "note",
			       "the memprof module there speaks version %" PRIu64
			       " of the wire, this memprof version %d; it is not used",
			       major, WIRE_MAJOR);
	return outcome == SESSION_RAISED ? SESSION_DONE : outcome;
}

enum session_outcome board_poll_find_agent(struct board_poll *p)
{
	return p->agent == BOARD_AGENT_UNASKED ? find_agent(p) : SESSION_DONE;
}

enum session_outcome board_poll_take_agent(struct board_poll *p)
{
	enum { TRIES = 2 };

	enum session_outcome outcome = SESSION_DONE;
	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t n_before = session_n_agent_snapshots(p->session);
		outcome = session_helper(p->session, snapshot_code);
		if (outcome != SESSION_DONE && outcome != SESSION_RAISED)
			return outcome;
		if (session_n_agent_snapshots(p->session) == n_before)
			continue;
		if (!p->agent_reported)
			session_notice(p->session, "note", "its memprof module answers");
		p->agent_reported = true;
		if (p->started == AGENT_START_UNKNOWN) /* its HELLO comes when it starts */
			p->started = session_agent_is_on_request(p->session) ? AGENT_START_OURS : AGENT_START_THEIRS;
		return SESSION_DONE;
	}
	size_t n;
	const char *exception = session_exception(p->session, &n);
	if (outcome == SESSION_RAISED)
		session_notice(p->session, "note", "its memprof module raised %.*s; the prompt is asked instead",
			       (int)n, exception);
	else
		session_notice(p->session, "note",
			       "its memprof module sent no whole snapshot; the prompt is asked instead");
	p->agent = BOARD_AGENT_NONE;
	return SESSION_RAISED;
}

bool board_poll_start_agent(struct board_poll *p, uint32_t period_ms)
{
	char code[64];

	snprintf(code, sizeof(code), "__import__('memprof').start(%" PRIu32 ")and None", period_ms);
	p->started = AGENT_START_OURS;
	return session_helper(p->session, code) == SESSION_DONE;
}

void board_poll_stop_agent(struct board_poll *p) { session_helper(p->session, stop_code); }

void board_poll_end(struct board_poll *p)
{
	if (p->started == AGENT_START_OURS)
		session_tidy(p->session, stop_code);
	p->started = AGENT_START_UNKNOWN;
}
