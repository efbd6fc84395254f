/* A function whose first allocation is looked for: the hook around it, what that reports, and who called it. */
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/protocol/first_alloc_hook.h"
#include "private.h"

enum { END_US = 1000000 /* for the program, which the hook ends by KeyboardInterrupt unless it catches that */ };

struct first_alloc_hook {
	struct first_alloc_target target;
	struct strbuf script; /* with calls of the hook */
};

static bool is_wanted(const struct program_options *o) { return o->first_alloc; }

/* ---- before it runs ---- */

static bool prepare(struct program *p, struct run_row *row)
{
	const struct strbuf *script = p->options->text;
	struct first_alloc *a = p->options->first_alloc;
	struct first_alloc_hook *hook = row->state;

	return first_alloc_script(&hook->script, strbuf_text(script), script->n_bytes, p->options->script, a->function,
				  &hook->target, &a->fault) == 0;
}

static bool put_in(struct program *p, struct run_row *row)
{
	struct first_alloc_hook *hook = row->state;
	struct diag *fault = &p->options->first_alloc->fault;
	size_t n;

	first_alloc_code(&p->sent, &hook->target);
	row->is_in = true;
	enum session_outcome outcome = session_question(p->session, strbuf_text(&p->sent));
	const char *answer = session_answer(p->session, &n);
	if (hook_is_cut(p, outcome))
		return false;
	row->is_on = outcome == SESSION_DONE && first_alloc_names_lines(answer, n);
	if (row->is_on)
		return true;
	if (outcome == SESSION_DONE)
		diag_set(fault, 0,
			 "this firmware keeps no buffer for exceptions in emergencies"
			 " (MICROPY_ENABLE_EMERGENCY_EXCEPTION_BUF), so its lines are not known");
	else if (session_raised(p->session, "MemoryError"))
		diag_set(
			fault, 0,
			"there is no contiguous room for what watches it, about 6 kB; free some, or start with --reset");
	else
		diag_set(fault, 0, "this firmware has no micropython.heap_lock(), or another one");
	return hook_fails(p, PROGRAM_INPUT);
}

static void use_script(struct program *p, struct run_row *row, struct strbuf *code)
{
	const struct first_alloc_hook *hook = row->state;

	(void)p;
	strbuf_reset(code);
	strbuf_add(code, strbuf_text(&hook->script), hook->script.n_bytes);
}

/* ---- while it runs ---- */

static int take_frame(struct program *p, struct run_row *row, const char *text, size_t n)
{
	struct first_alloc *a = p->options->first_alloc;
	struct first_alloc_frame frame;

	(void)row;
	int r = first_alloc_frame_read(text, n, &frame);
	if (r < 0 || p->is_over)
		return r;
	p->is_over = true;
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

static void ended(struct program *p, struct run_row *row)
{
	struct first_alloc *a = p->options->first_alloc;
	size_t n;

	(void)row;
	if (p->is_over && p->outcome == SESSION_RAISED) {
		const char *text = session_traceback(p->session, &n);
		first_alloc_called_by(a, text, n, FIRST_ALLOC_HOOK_NAME);
	}
	a->is_stopped = !p->is_over && (p->outcome == SESSION_STOPPED || p->outcome == SESSION_TIME);
	a->is_late = !p->is_over && p->outcome == SESSION_TIME;
}

static bool take_out(struct program *p, struct run_row *row)
{
	size_t n;

	if (row->is_on && session_tidy(p->session, first_alloc_end_code) == SESSION_DONE) {
		const char *text = session_answer(p->session, &n);
		read_counts(p->options->first_alloc, text, n);
	}
	return hook_tidy(p, first_alloc_gone_code);
}

static void deinit(void *state)
{
	struct first_alloc_hook *hook = state;

	strbuf_deinit(&hook->script);
}

const struct run_hook hook_first_alloc = {
	.name = "the hook of first allocations",
	.by_hand = "del __memprof_a",
	.state_bytes = sizeof(struct first_alloc_hook),
	.is_wanted = is_wanted,
	.prepare = prepare,
	.begin = put_in,
	.code = use_script,
	.frame_begins = (const char *const[]){ FIRST_ALLOC_FRAME_BEGIN, NULL },
	.frame_max_bytes = FIRST_ALLOC_FRAME_MAX_BYTES,
	.frame = take_frame,
	.ended = ended,
	.remove = take_out,
	.deinit = deinit,
};
