#include "hook.h"

#include "memprof/protocol/instrument.h"
#include "private.h"

bool hook_fails(struct program *p, enum program_end end)
{
	p->end = end;
	return false;
}

bool hook_is_cut(struct program *p, enum session_outcome outcome)
{
	if (outcome == SESSION_DONE || outcome == SESSION_RAISED)
		return false;
	p->end = outcome == SESSION_STOPPED ? PROGRAM_FINE : PROGRAM_DEVICE;
	if (outcome == SESSION_GONE)
		session_report_gone(p->session);
	else if (outcome != SESSION_STOPPED)
		session_notice(p->session, "error", "the board was reset before the program ran; try again");
	return true;
}

bool hook_is_gone(const struct program *p, enum session_outcome outcome)
{
	return outcome == SESSION_DONE || (outcome == SESSION_RESTARTED && session_has_prompt(p->session));
}

bool hook_tidy(struct program *p, const char *code)
{
	bool soon = p->result->cut_by_us || !p->result->ran;
	enum session_outcome outcome = (soon ? session_tidy_soon : session_tidy)(p->session, code);

	if (outcome == SESSION_RAISED) /* else it was not there */
		return !session_raised(p->session, "MemoryError");
	return hook_is_gone(p, outcome);
}

void hook_add_calls(struct strbuf *code, const char *begin, const char *end)
{
	struct strbuf with_calls = STRBUF_INIT;

	instrument_begin(&with_calls, strbuf_text(code), code->n_bytes, begin);
	if (end)
		strbuf_printf(&with_calls, "\n%s\n", end);
	strbuf_deinit(code);
	*code = with_calls;
}
