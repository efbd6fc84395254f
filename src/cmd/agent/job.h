/* What `memprof agent` does on a board, step by step: for the files of this folder. */
#pragma once

#include "live.h"
#include "memprof/base/strbuf.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/live/session.h"
#include "memprof/protocol/installed_agent.h"
#include "memprof/viewers/installed_view.h"

enum { NEW_PATH_BYTES = INSTALLED_PATH_BYTES + 16 };

struct part {
	struct strbuf bytes;
	char path[NEW_PATH_BYTES];
	char new_path[NEW_PATH_BYTES]; /* while it is written */
};

struct agent_args {
	struct output_args output;
	struct board_args board; /* force: also a file of another origin is replaced */
	bool source;
};

struct agent_job {
	const struct agent_args *args;
	struct session_config config;
	struct session *session;
	struct installed found;
	struct part parts[INSTALLED_PARTS]; /* as they come with memprof; as installed_parts */
	const char *variant;                /* of them */
	char version[INSTALLED_VERSION_BYTES];
	enum installed_deed deed;
	char path[NEW_PATH_BYTES]; /* of what is written or removed */
	bool writes;               /* there may be new_paths to clean up */
	const char *changed;       /* what was done, or may have been, to the file at path; NULL: nothing */
	struct installed_cost cost;
	bool is_measured;
};

/* ---- ask.c ---- */

struct place agent_job_place(const struct agent_job *job);
/* Whether the last question raised an exception with these words. */
bool agent_job_raised(const struct agent_job *job, const char *what);
/* Asks again after a collection where the heap had no room. */
enum session_outcome agent_job_ask(struct agent_job *job, const char *code);
/* Reports why what was done ended early. The exit status. */
int agent_job_report(const struct agent_job *job, enum session_outcome outcome, const char *what);
/* Looks for an agent on the board, into job->found. The exit status. */
int agent_job_find(struct agent_job *job);

/* ---- install.c and measure.c; the exit status ---- */

int agent_job_install(struct agent_job *job);
int agent_job_uninstall(struct agent_job *job);
/* What memprof.py costs on the board: imports and starts it, and drops it. */
int agent_job_measure(struct agent_job *job);
