/* run --imports: puts the hook in, makes rows of what it prints, and takes it away. */
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "private.h"

/* Raises SyntaxError without an emitter; in a namespace of its own. */
static const char emitter_code[] = "exec('@micropython.viper\\ndef f():pass',{})";

/* DONE: it is found for sure. RAISED: it is not, diag says why. Or what came between. */
static enum session_outcome find_heap(struct program *p, struct gc_layout *ret, struct diag *diag)
{
	struct program_areas found;
	enum session_outcome outcome = program_areas_find(p, &found, diag);

	if (outcome != SESSION_DONE)
		return outcome;
	*ret = found.layout;
	return SESSION_DONE;
}

/* ---- the hook ---- */

static enum session_outcome install(struct program *p, const struct gc_layout *heap, bool native)
{
	struct strbuf *code = &p->hook_code;
	enum session_outcome outcome = SESSION_DONE;

	strbuf_reset(code);
	for (size_t i = 0; outcome == SESSION_DONE && imports_hook_code(code, i, heap, native); i++) {
		outcome = session_question(p->session, strbuf_text(code));
		if (outcome == SESSION_DONE) /* else it may still be on its way */
			strbuf_reset(code);
	}
	return outcome;
}

static enum program_end report_not_hooked(struct program *p, enum session_outcome outcome)
{
	if (outcome == SESSION_STOPPED)
		return PROGRAM_FINE;
	if (outcome == SESSION_GONE)
		session_report_gone(p->session);
	else if (outcome != SESSION_RAISED)
		session_notice(p->session, "error", "the board was reset before the program ran; try again");
	else if (session_raised(p->session, "MemoryError"))
		session_notice(p->session, "error",
			       "there is no memory for what looks at imports, about 8 kB; free some, or"
			       " start afresh with --reset");
	else if (session_raised(p->session, "AttributeError") || session_raised(p->session, "ImportError"))
		notice_at(
			&p->options->board.notices, (struct place){ .file = session_source_name(p->session) }, "error",
			"imports cannot be followed there: this firmware does not let anybody"
			" replace __import__ (MICROPY_CAN_OVERRIDE_BUILTINS). Run it without --imports, or on a build with"
			" all features, such as the unix port");
	else
		session_report_raised(p->session);
	return PROGRAM_DEVICE;
}

static void note_least(struct program *p, const char *why)
{
	session_notice(p->session, "note", "peaks of imports are reported as \"at least\" (>=): %s", why);
}

enum program_end program_imports_begin(struct program *p)
{
	struct gc_layout *heap = &p->layout;
	struct diag diag = { 0 };
	const char *why = NULL;
	size_t n;

	if (!p->options->imports)
		return PROGRAM_FINE;
	enum session_outcome outcome = session_helper(p->session, emitter_code);
	bool native = outcome != SESSION_RAISED || !session_raised(p->session, "SyntaxError");
	if (!native)
		why = "this build makes no native code";
	else if (p->options->no_peaks)
		why = "--no-peaks";
	if (!why && (outcome == SESSION_DONE || outcome == SESSION_RAISED)) {
		outcome = find_heap(p, heap, &diag);
		why = outcome == SESSION_RAISED ? diag.text : NULL;
	}
	if (outcome != SESSION_DONE && outcome != SESSION_RAISED)
		return report_not_hooked(p, outcome);
	session_helper(p->session, board_poll_collect_code);
	p->is_hooked = true; /* if only in part */
	outcome = install(p, why ? NULL : heap, native);
	if (outcome == SESSION_RAISED && !why && session_raised(p->session, "MemoryError")) {
		why = "no memory for the import hook";
		session_question(p->session, imports_hook_parts_gone_code);
		outcome = install(p, NULL, native);
	}
	if (outcome != SESSION_DONE)
		return report_not_hooked(p, outcome);
	p->imports_are_on = true;
	const char *answer = session_answer(p->session, &n);
	if (!why && !text_starts(answer, n, "0"))
		why = "its block tables do not add up to gc.mem_alloc()";
	if (why)
		note_least(p, why);
	return PROGRAM_FINE;
}

static void take_away(struct program *p)
{
	enum session_outcome outcome = session_tidy(p->session, imports_hook_gone_code);

	if (outcome == SESSION_STOPPED || (outcome == SESSION_RAISED && !session_raised(p->session, "ImportError")))
		session_notice(p->session, "warning",
			       "the import hook is still installed, as the board could not be reached:"
			       " del builtins.__import__, or reset it");
}

void program_imports_end(struct program *p)
{
	bool is_there = p->is_hooked && !p->result->info.restarted;

	p->is_deaf = true; /* what a look that was stopped still says */
	if (is_there && !p->imports_are_on)
		session_tidy(p->session, imports_hook_parts_gone_code);
	if (is_there)
		take_away(p);
	p->is_deaf = p->is_hooked = false;
}

/* ---- its frames ---- */

int program_import_frame(struct program *p, const char *text, size_t n)
{
	struct imports_frame frame;
	struct program_statistics now;
	uint64_t n_touched;
	size_t n_line;

	int r = imports_frame_read(text, n, &frame, &n_line);
	if (r < 0)
		return r;
	program_statistics(p, text + n_line, n - n_line, &now);
	/* A heap that has grown meanwhile has blocks that were never zeroed. */
	bool counted = frame.n_touched_blocks != NOT_KNOWN;
	bool grew = p->total_bytes != NOT_KNOWN && p->total_bytes != now.reported.total_bytes;
	n_touched = counted ? MIN(frame.n_touched_blocks, HEAP_BLOCKS_MAX) : 0;
	p->total_bytes = now.reported.total_bytes;
	imports_add(&p->result->imports,
		    &(struct import_event){
			    .ends = frame.ends,
			    .depth = frame.depth,
			    .name = frame.name,
			    .file = frame.file[0] ? frame.file : NULL,
			    .origin = frame.origin,
			    .raised = frame.raised,
			    .most_is_least = !counted || grew,
			    .most_used_bytes = frame.used_bytes + n_touched * p->layout.block_bytes,
			    .used_bytes = frame.collected_bytes,
			    .lfb_bytes = now.summary.lfb_bytes,
		    });
	now.summary.used_bytes = frame.used_bytes;
	program_note(p, &now.summary);
	return 0;
}
