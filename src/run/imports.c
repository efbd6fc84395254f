/* run --imports: puts the hook in, makes rows of what it prints, and removes it. */
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/protocol/import_hook.h"
#include "private.h"

/* Raises SyntaxError without an emitter; in a namespace of its own. */
static const char emitter_code[] = "exec('@micropython.viper\\ndef f():pass',{})";

struct import_hook {
	uint64_t total_bytes; /* of the heap, in the last frame; NOT_KNOWN, or 0: there was none */
};

static bool is_wanted(const struct program_options *o) { return o->imports && !o->first_alloc; }

/* ---- the hook ---- */

static enum session_outcome install(struct program *p, const struct gc_layout *heap, bool native)
{
	struct strbuf *code = &p->sent;
	enum session_outcome outcome = SESSION_DONE;

	strbuf_reset(code);
	for (size_t i = 0; outcome == SESSION_DONE && imports_hook_code(code, i, heap, native); i++) {
		outcome = session_question(p->session, strbuf_text(code));
		if (outcome == SESSION_DONE) /* else it may still be on its way */
			strbuf_reset(code);
	}
	return outcome;
}

static bool report_not_hooked(struct program *p, enum session_outcome outcome)
{
	if (hook_is_cut(p, outcome))
		return false;
	if (session_raised(p->session, "MemoryError"))
		session_notice(p->session, "error",
			       "there is no contiguous room for what looks at imports, about 8 kB; free some, or"
			       " start afresh with --reset");
	else if (session_raised(p->session, "AttributeError") || session_raised(p->session, "ImportError"))
		notice_at(
			&p->options->board.notices, (struct place){ .file = session_source_name(p->session) }, "error",
			"imports cannot be followed there: this firmware does not let anybody"
			" replace __import__ (MICROPY_CAN_OVERRIDE_BUILTINS). Run it without --imports, or on a build with"
			" all features, such as the unix port");
	else
		session_report_raised(p->session);
	return hook_fails(p, PROGRAM_DEVICE);
}

static void note_least(struct program *p, const char *why)
{
	session_notice(p->session, "note", "peaks of imports are reported as \"at least\" (>=): %s", why);
}

static bool put_in(struct program *p, struct run_row *row)
{
	struct program_areas found;
	struct diag diag = { 0 };
	const char *why = NULL;
	size_t n;

	enum session_outcome outcome = session_helper(p->session, emitter_code);
	bool native = outcome != SESSION_RAISED || !session_raised(p->session, "SyntaxError");
	if (!native)
		why = "this build makes no native code";
	else if (p->options->no_peaks)
		why = "--no-peaks";
	if (!why && (outcome == SESSION_DONE || outcome == SESSION_RAISED)) {
		outcome = program_areas_find(p, &found, NULL, &diag);
		why = outcome == SESSION_RAISED ? diag.text : NULL;
	}
	if (outcome != SESSION_DONE && outcome != SESSION_RAISED)
		return report_not_hooked(p, outcome);
	session_helper(p->session, board_poll_collect_code);
	row->is_in = true; /* if only in part */
	outcome = install(p, why ? NULL : &found.layout, native);
	if (outcome == SESSION_RAISED && !why && session_raised(p->session, "MemoryError")) {
		why = "no memory for the import hook";
		session_question(p->session, imports_hook_parts_gone_code);
		outcome = install(p, NULL, native);
	}
	if (outcome != SESSION_DONE)
		return report_not_hooked(p, outcome);
	row->is_on = true;
	const char *answer = session_answer(p->session, &n);
	if (!why && !text_starts(answer, n, "0"))
		why = "its block tables do not add up to gc.mem_alloc()";
	if (why)
		note_least(p, why);
	return true;
}

static bool take_out(struct program *p, struct run_row *row)
{
	if (!row->is_on)
		session_tidy(p->session, imports_hook_parts_gone_code);
	enum session_outcome outcome = session_tidy(p->session, imports_hook_gone_code);
	return hook_is_gone(p, outcome) || (outcome == SESSION_RAISED && session_raised(p->session, "ImportError"));
}

/* ---- its frames ---- */

static int take_frame(struct program *p, struct run_row *row, const char *text, size_t n)
{
	struct import_hook *hook = row->state;
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
	bool grew = hook->total_bytes != 0 && hook->total_bytes != NOT_KNOWN &&
		    hook->total_bytes != now.reported.total_bytes;
	n_touched = counted ? MIN(frame.n_touched_blocks, HEAP_BLOCKS_MAX) : 0;
	hook->total_bytes = now.reported.total_bytes;
	imports_add(&p->result->imports, &(struct import_event){
						 .ends = frame.ends,
						 .depth = frame.depth,
						 .name = frame.name,
						 .file = frame.file[0] ? frame.file : NULL,
						 .origin = frame.origin,
						 .raised = frame.raised,
						 .most_is_least = !counted || grew,
						 .most_used_bytes = frame.used_bytes + n_touched * p->block_bytes,
						 .used_bytes = frame.collected_bytes,
						 .lfb_bytes = now.summary.lfb_bytes,
					 });
	now.summary.used_bytes = frame.used_bytes;
	program_note(p, &now.summary);
	return 0;
}

const struct run_hook hook_imports = {
	.name = "the import hook",
	.by_hand = "del builtins.__import__",
	.state_bytes = sizeof(struct import_hook),
	.is_wanted = is_wanted,
	.begin = put_in,
	.frame_begins = (const char *const[]){ IMPORTS_FRAME_BEGIN, NULL },
	.frame_max_bytes = IMPORTS_FRAME_MAX_BYTES,
	.frame = take_frame,
	.remove = take_out,
};
