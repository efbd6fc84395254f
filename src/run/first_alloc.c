/* A function whose first allocation is looked for: the hook around it, what that reports, and who called it. */
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum { END_US = 1000000 /* for the program, which the hook ends by KeyboardInterrupt unless it catches that */ };

/* ---- before it runs ---- */

int program_first_alloc_script(struct program *p, const struct strbuf *script)
{
	struct first_alloc *a = p->options->first_alloc;

	return a ? first_alloc_script(&p->first_alloc.script, strbuf_text(script), script->n_bytes, p->options->script,
				      a->function, &p->first_alloc.target, &a->fault) :
		   0;
}

static enum program_end not_hooked(struct program *p, enum session_outcome outcome)
{
	struct diag *fault = &p->options->first_alloc->fault;

	if (outcome == SESSION_STOPPED)
		return PROGRAM_FINE;
	if (outcome == SESSION_GONE)
		session_report_gone(p->session);
	if (outcome != SESSION_RAISED) {
		diag_set(fault, 0, "the board was reset before the program ran; try again");
		return PROGRAM_DEVICE;
	}
	if (session_raised(p->session, "MemoryError"))
		diag_set(fault, 0,
			 "there is no memory for what watches it, about 6 kB; free some, or start with --reset");
	else
		diag_set(fault, 0, "this firmware has no micropython.heap_lock(), or another one");
	return PROGRAM_INPUT;
}

enum program_end program_first_alloc_begin(struct program *p)
{
	struct program_first_alloc *f = &p->first_alloc;
	size_t n;

	first_alloc_code(&f->hook, &f->target);
	f->is_there = true;
	enum session_outcome outcome = session_question(p->session, strbuf_text(&f->hook));
	if (outcome != SESSION_DONE)
		return not_hooked(p, outcome);
	const char *answer = session_answer(p->session, &n);
	if (!first_alloc_names_lines(answer, n)) {
		diag_set(&p->options->first_alloc->fault, 0,
			 "this firmware keeps no buffer for exceptions in emergencies"
			 " (MICROPY_ENABLE_EMERGENCY_EXCEPTION_BUF), so its lines are not known");
		return PROGRAM_INPUT;
	}
	f->is_on = true;
	return PROGRAM_FINE;
}

/* ---- while it runs ---- */

int program_first_alloc_frame(struct program *p, const char *text, size_t n)
{
	struct first_alloc *a = p->options->first_alloc;
	struct first_alloc_frame frame;

	int r = first_alloc_frame_read(text, n, &frame);
	if (r < 0 || p->first_alloc.is_over)
		return r;
	p->first_alloc.is_over = true;
	session_exec_ends(p->session, END_US);
	a->i_call = frame.i_call;
	if (!frame.is_found)
		diag_set(&a->fault, 0, "%s() cannot be watched: %.*s", a->function,
			 (int)MIN(frame.n_bytes, (size_t)200), frame.text);
	else if (first_alloc_found(a, frame.text, frame.n_bytes, FIRST_ALLOC_HOOK_NAME) < 0)
		diag_set(&a->fault, 0, "out of memory");
	return 0;
}

/* ---- afterwards ---- */

/* "12 3 0": calls, those that raised, whether one has allocated. */
static void read_counts(struct first_alloc *a, const char *text, size_t n)
{
	const char *end = text + n, *p = number_scan(text, end, &a->n_calls);

	uint64_t has_found;

	p = p && p < end ? number_scan(p + 1, end, &a->n_raised) : NULL;
	p = p && p < end ? number_scan(p + 1, end, &has_found) : NULL;
	if (!p)
		a->n_calls = a->n_raised = NOT_KNOWN;
	else if (has_found && !a->is_found && !a->fault.text[0])
		diag_set(&a->fault, 0,
			 "%s() allocated in an interrupt handler, but the board could not report where: its queue of"
			 " scheduled calls was full",
			 a->function);
}

enum session_outcome program_first_alloc_ended(struct program *p, enum session_outcome outcome)
{
	struct program_first_alloc *f = &p->first_alloc;
	struct first_alloc *a = p->options->first_alloc;
	const char *text;
	size_t n;

	if (!f->is_on)
		return outcome;
	if (f->is_over && outcome == SESSION_RAISED) {
		text = session_traceback(p->session, &n);
		first_alloc_called_by(a, text, n, FIRST_ALLOC_HOOK_NAME);
	}
	a->is_stopped = !f->is_over && (outcome == SESSION_STOPPED || outcome == SESSION_TIME);
	a->is_late = !f->is_over && outcome == SESSION_TIME;
	bool is_there = outcome != SESSION_GONE && outcome != SESSION_RESTARTED;
	return f->is_over && is_there ? SESSION_DONE : outcome;
}

void program_first_alloc_gone(struct program *p)
{
	struct first_alloc *a = p->options->first_alloc;
	size_t n;

	if (!p->first_alloc.is_there || p->result->info.restarted || p->result->gone)
		return;
	if (p->first_alloc.is_on && session_tidy(p->session, first_alloc_end_code) == SESSION_DONE) {
		const char *text = session_answer(p->session, &n);
		read_counts(a, text, n);
	}
	session_tidy(p->session, first_alloc_gone_code);
}
