/* What memprof.py costs on a board. */
#include "agent/job.h"

static enum session_outcome ask_heap(struct agent_job *job, const char *code, uint64_t *ret_free_bytes,
				     uint64_t *ret_used_bytes)
{
	enum session_outcome outcome = session_helper(job->session, code);
	size_t n;

	if (outcome == SESSION_DONE) {
		const char *answer = session_answer(job->session, &n);
		job->is_measured = installed_read_heap(answer, n, ret_free_bytes, ret_used_bytes);
	}
	return outcome;
}

/* The Emscripten port collects once a command has ended: the second reading is without what was free. */
static enum session_outcome ask_collected(struct agent_job *job, uint64_t *ret_free_bytes, uint64_t *ret_used_bytes)
{
	enum session_outcome outcome = ask_heap(job, installed_heap_question, ret_free_bytes, ret_used_bytes);

	return outcome == SESSION_DONE && job->is_measured ?
		       ask_heap(job, installed_heap_question, ret_free_bytes, ret_used_bytes) :
		       outcome;
}

/* memprof.py is there, whatever the import does; so nothing here is an error but a board that has gone. */
int agent_job_measure(struct agent_job *job)
{
	uint64_t before_bytes, after_bytes, free_bytes;
	size_t n = 0;

	if (job->found.loaded) {
		message_at(agent_job_place(job), "note",
			   "what it costs is not measured, as memprof is imported already");
		return EXIT_FINE;
	}
	enum session_outcome outcome = ask_collected(job, &job->cost.free_before_bytes, &before_bytes);
	if (outcome == SESSION_DONE && job->is_measured)
		outcome = ask_heap(job, installed_start_question, &job->cost.free_bytes, &after_bytes);
	if (outcome == SESSION_RAISED) {
		const char *exception = session_exception(job->session, &n);
		message_at(agent_job_place(job), "warning", "it cannot be imported: %s (%.*s)",
			   agent_job_raised(job, "MemoryError") ? "the heap has no room for it" :
								  "the board refuses it",
			   (int)n, exception);
		job->is_measured = false;
	}
	if (outcome == SESSION_DONE && job->is_measured)
		outcome = ask_collected(job, &free_bytes, &after_bytes);
	if (outcome == SESSION_DONE && job->is_measured) {
		job->cost.kept_bytes = after_bytes > before_bytes ? after_bytes - before_bytes : 0;
		outcome = session_helper(job->session, installed_drop);
	} else if (outcome == SESSION_RAISED) {
		outcome = session_helper(job->session, installed_drop);
	} else if (outcome == SESSION_STOPPED) {
		session_tidy(job->session, installed_drop);
	}
	return outcome == SESSION_DONE || outcome == SESSION_RAISED ?
		       EXIT_FINE :
		       agent_job_report(job, outcome, "measuring its cost");
}
