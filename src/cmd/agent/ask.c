/* Questions to the board, and what is reported where one fails. */
#include <string.h>

#include "agent/job.h"
#include "live.h"
#include "memprof/base/text.h"
#include "memprof/live/board_poll.h"

struct place agent_job_place(const struct agent_job *job)
{
	return (struct place){ .file = session_source_name(job->session) };
}

bool agent_job_raised(const struct agent_job *job, const char *what)
{
	size_t n;
	const char *exception = session_exception(job->session, &n);

	return text_find(exception, n, what) != NULL;
}

enum session_outcome agent_job_ask(struct agent_job *job, const char *code)
{
	enum session_outcome outcome = session_helper(job->session, code);

	if (outcome != SESSION_RAISED || !agent_job_raised(job, "MemoryError"))
		return outcome;
	outcome = session_helper(job->session, board_poll_collect_code);
	return outcome == SESSION_DONE ? session_helper(job->session, code) : outcome;
}

/* What the numbers of OSError mean here (py/mperrno.h, and the names that builds with text put after them). */
static const struct {
	const char *number, *words;
} reasons[] = {
	{ "28", "its file system is full" },
	{ "30",
	  "its file system is read-only for it; on CircuitPython the computer has it: eject the drive and reset the"
	  " board, or see storage.remount()" },
	{ "19", "it has no file system there" },
	{ "1", "it may not write there" },
	{ "13", "it may not write there" },
	{ "2", "the folder is not there" },
	{ "5", "its file system or flash is damaged" },
};

/* "OSError: 28", "OSError: [Errno 28] ENOSPC" */
static const char *reason(const char *exception, size_t n)
{
	const char *p = text_find(exception, n, "OSError:"), *end = exception + n;

	if (!p)
		return text_find(exception, n, "MemoryError") ? "its heap has no room for the question" : NULL;
	while (p < end && (*p < '0' || *p > '9'))
		p++;
	size_t n_digits = 0;
	while (p + n_digits < end && p[n_digits] >= '0' && p[n_digits] <= '9')
		n_digits++;
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (strlen(reasons[i].number) == n_digits && memcmp(reasons[i].number, p, n_digits) == 0)
			return reasons[i].words;
	return NULL;
}

int agent_job_report(const struct agent_job *job, enum session_outcome outcome, const char *what)
{
	size_t n;

	if (outcome == SESSION_STOPPED) {
		if (job->changed)
			message_at(agent_job_place(job), "note", "%s %s", job->path, job->changed);
		else
			message_at(agent_job_place(job), "note", "nothing was changed there");
		return EXIT_STOPPED;
	}
	if (outcome == SESSION_RAISED) {
		const char *exception = session_exception(job->session, &n), *why = reason(exception, n);
		message_at(agent_job_place(job), "error", "%s failed: %s%s%.*s%s", what, why ? why : "",
			   why ? " (" : "", (int)n, exception, why ? ")" : "");
		return EXIT_DEVICE;
	}
	if (outcome != SESSION_GONE && outcome != SESSION_RESTARTED)
		message_at(agent_job_place(job), "error",
			   "%s: its answer is not whole; does a program there print at the same time?", what);
	live_report_outcome(job->session, outcome,
			    outcome == SESSION_RESTARTED ? "the board was reset meanwhile" : NULL);
	return EXIT_DEVICE;
}

int agent_job_find(struct agent_job *job)
{
	enum { TRIES = 3 };

	enum session_outcome outcome = SESSION_DONE;
	size_t n;

	for (unsigned i = 0; i < TRIES && outcome == SESSION_DONE; i++) {
		outcome = agent_job_ask(job, installed_question);
		const char *answer = session_answer(job->session, &n);
		if (outcome == SESSION_DONE && installed_read(answer, n, &job->found))
			return EXIT_FINE;
	}
	return agent_job_report(job, outcome, "looking for an agent");
}
