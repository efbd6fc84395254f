/* agent: puts memprof.py, the agent for stock firmware, on a board; says what is there; removes it. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "live.h"
#include "memprof/base/text.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/io/datafile.h"
#include "memprof/live/board_poll.h"
#include "memprof/live/session.h"
#include "memprof/protocol/installed_agent.h"
#include "memprof/viewers/installed_view.h"

static const struct option_spec agent_options[] = {
	OPTION_GROUP("Operation"),
	{ 0, "force", NULL, "let install replace a memprof.py of another origin" },
	OPTIONS_PROMPT,
	OPTIONS_OUTPUT,
	OPTION_END,
};

enum { TRIES = 3, NEW_PATH_BYTES = INSTALLED_PATH_BYTES + 16 };

struct job {
	const struct options *options;
	struct session_config config;
	struct session *session;
	struct installed found;
	struct strbuf file; /* memprof.py, as it comes with memprof */
	char version[INSTALLED_VERSION_BYTES];
	enum installed_deed deed;
	char path[NEW_PATH_BYTES];     /* of what is written or removed */
	char new_path[NEW_PATH_BYTES]; /* while it is written; "": there is nothing to clean up */
	const char *changed;           /* what was done, or may have been, to the file at path; NULL: nothing */
};

static struct place here(const struct job *job) { return (struct place){ .file = session_source_name(job->session) }; }

/* ---- asking ---- */

static bool raised(const struct job *job, const char *what)
{
	size_t n;
	const char *exception = session_exception(job->session, &n);

	return text_find(exception, n, what) != NULL;
}

/* Once more where there was no room to ask. */
static enum session_outcome ask(struct job *job, const char *code)
{
	enum session_outcome outcome = session_helper(job->session, code);

	if (outcome != SESSION_RAISED || !raised(job, "MemoryError"))
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

static int report_outcome(const struct job *job, enum session_outcome outcome, const char *what)
{
	size_t n;

	if (outcome == SESSION_STOPPED) {
		if (job->changed)
			message_at(here(job), "note", "stopped; %s %s", job->path, job->changed);
		else
			message_at(here(job), "note", "stopped; nothing was changed there");
		return EXIT_FINDING;
	}
	if (outcome == SESSION_RAISED) {
		const char *exception = session_exception(job->session, &n), *why = reason(exception, n);
		message_at(here(job), "error", "%s failed: %s%s%.*s%s", what, why ? why : "", why ? " (" : "", (int)n,
			   exception, why ? ")" : "");
		return EXIT_DEVICE;
	}
	if (outcome != SESSION_GONE && outcome != SESSION_RESTARTED)
		message_at(here(job), "error",
			   "%s: its answer is not whole; does a program there print at the same time?", what);
	live_report_outcome(job->session, outcome,
			    outcome == SESSION_RESTARTED ? "the board was reset meanwhile" : NULL);
	return EXIT_DEVICE;
}

/* The first question. */
static int find(struct job *job)
{
	enum session_outcome outcome = SESSION_DONE;
	size_t n;

	for (unsigned i = 0; i < TRIES && outcome == SESSION_DONE; i++) {
		outcome = ask(job, installed_question);
		const char *answer = session_answer(job->session, &n);
		if (outcome == SESSION_DONE && installed_read(answer, n, &job->found))
			return EXIT_FINE;
	}
	return report_outcome(job, outcome, "looking for an agent");
}

/* ---- writing ---- */

static enum session_outcome ask_and_drop(struct job *job, struct strbuf *code)
{
	enum session_outcome outcome = ask(job, strbuf_text(code));

	strbuf_reset(code);
	return outcome;
}

static enum session_outcome write_file(struct job *job)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *bytes = strbuf_text(&job->file);
	enum session_outcome outcome = SESSION_DONE;

	for (size_t i = 0; i < job->file.n_bytes && outcome == SESSION_DONE; i += INSTALLED_CHUNK_BYTES) {
		size_t n = MIN(job->file.n_bytes - i, (size_t)INSTALLED_CHUNK_BYTES);
		installed_ask_write(&code, job->new_path, bytes + i, n, i == 0);
		/* No second try: a part of it may have been written. */
		outcome = session_helper(job->session, strbuf_text(&code));
		strbuf_reset(&code);
	}
	return outcome;
}

/* Whether what is there is what was meant. */
static enum session_outcome verify(struct job *job, const char *path, bool *ret_same)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct installed_sum have, wanted = installed_sum_of(strbuf_text(&job->file), job->file.n_bytes);
	size_t n;

	*ret_same = false;
	installed_ask_sum(&code, path);
	enum session_outcome outcome = ask_and_drop(job, &code);
	if (outcome == SESSION_DONE) {
		const char *answer = session_answer(job->session, &n);
		*ret_same = installed_read_sum(answer, n, &have) && have.n_bytes == wanted.n_bytes &&
			    have.adler == wanted.adler;
	}
	return outcome;
}

static enum session_outcome put_in_place(struct job *job)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;

	installed_ask_rename(&code, job->new_path, job->path);
	job->changed = "is installed"; /* unless clean_up finds new_path */
	enum session_outcome outcome = ask_and_drop(job, &code);
	if (outcome == SESSION_DONE)
		job->new_path[0] = '\0';
	return outcome;
}

static enum session_outcome remove_file(struct job *job, const char *path)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;

	installed_ask_remove(&code, path);
	return ask_and_drop(job, &code);
}

/* What was begun goes away again. After a stop the helper on its way ends first: it may be the one that renames. */
static void clean_up(struct job *job, enum session_outcome why)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	enum session_outcome outcome = SESSION_GONE;

	if (!job->new_path[0])
		return;
	installed_ask_remove(&code, job->new_path);
	if (why == SESSION_STOPPED)
		outcome = session_tidy(job->session, strbuf_text(&code));
	else if (why != SESSION_GONE && (why != SESSION_RESTARTED || session_find(job->session) == SESSION_READY))
		outcome = remove_file(job, job->new_path);
	bool missing = outcome == SESSION_RAISED && raised(job, "ENOENT"); /* it was renamed, or not created yet */
	if (outcome == SESSION_DONE) {
		job->changed = NULL;
	} else if (!missing) {
		job->changed = job->changed ? "may be installed" : "is as it was";
		message_at(here(job), "warning", "%s may be left on the board", job->new_path);
	}
	job->new_path[0] = '\0';
}

/* ---- the three deeds ---- */

/* An import takes the first file: that one is replaced, whoever put it there. */
static int refuse(const struct job *job)
{
	const struct installed *found = &job->found;

	if (found->n_files && !found->files[0].version[0] && !option_is(job->options, "force")) {
		message_at(here(job), "error", "%s is there, and is not memprof's; --force replaces it",
			   found->files[0].path);
		return EXIT_INPUT;
	}
	if (!found->n_files && !found->folder[0]) {
		message_at(here(job), "error",
			   "the board has no file system, or none that is mounted: memprof.py cannot be put"
			   " on it; memprof snap and attach work without it, at the prompt");
		return EXIT_DEVICE;
	}
	return EXIT_FINE;
}

/* What the file system needs besides turns out as it is written. */
static int check_room(const struct job *job)
{
	uint64_t need_bytes = job->file.n_bytes, free_bytes = job->found.free_bytes;

	if (free_bytes == NOT_KNOWN || free_bytes >= need_bytes)
		return EXIT_FINE;
	message_at(here(job), "error",
		   "its file system is full: %" PRIu64 " bytes are free in %s, and memprof.py needs %" PRIu64 "%s",
		   free_bytes, job->found.folder, need_bytes,
		   job->found.n_files ? " while the older one is still there" : "");
	return EXIT_DEVICE;
}

static int install(struct job *job)
{
	const struct installed *found = &job->found;
	bool same = false;
	const char *what = "writing memprof.py";

	if (found->built_in) {
		message_at(here(job), "note", "its firmware has memprof built in; nothing needs to be installed");
		job->deed = INSTALLED_SAME;
		return EXIT_FINE;
	}
	int code = refuse(job);
	if (code != EXIT_FINE)
		return code;
	if (found->n_files)
		snprintf(job->path, sizeof(job->path), "%s", found->files[0].path);
	else
		snprintf(job->path, sizeof(job->path), "%s/memprof.py",
			 strcmp(found->folder, "/") ? found->folder : "");
	if (found->n_files && found->files[0].n_bytes == job->file.n_bytes) {
		enum session_outcome outcome = verify(job, job->path, &same);
		if (outcome != SESSION_DONE)
			return report_outcome(job, outcome, "reading memprof.py");
	}
	if (same) {
		job->deed = INSTALLED_SAME;
		return EXIT_FINE;
	}
	code = check_room(job);
	if (code != EXIT_FINE)
		return code;
	job->deed = found->n_files ? INSTALLED_REPLACED : INSTALLED_NEW;
	snprintf(job->new_path, sizeof(job->new_path), "%.*s.new", INSTALLED_PATH_BYTES + 8, job->path);
	enum session_outcome outcome = write_file(job);
	if (outcome == SESSION_DONE) {
		what = "reading it back";
		outcome = verify(job, job->new_path, &same);
	}
	if (outcome == SESSION_DONE && same) {
		what = "renaming it";
		outcome = put_in_place(job);
	}
	if (outcome != SESSION_DONE || !same) {
		if (outcome == SESSION_DONE)
			message_at(here(job), "error", "what was written could not be read back as it was");
		if (outcome == SESSION_STOPPED) {
			clean_up(job, outcome);
			return report_outcome(job, outcome, what);
		}
		code = outcome == SESSION_DONE ? EXIT_DEVICE : report_outcome(job, outcome, what);
		clean_up(job, outcome);
		return code;
	}
	return find(job);
}

/* All of memprof's own; a file of somebody else stays. */
static int uninstall(struct job *job)
{
	job->deed = INSTALLED_NONE_REMOVED;
	if (job->found.built_in)
		message_at(here(job), "note", "memprof is built into its firmware, and cannot be removed from it");
	for (size_t i = 0; i < job->found.n_files; i++) {
		const struct installed_file *file = &job->found.files[i];
		if (!file->version[0])
			continue;
		snprintf(job->path, sizeof(job->path), "%s", file->path);
		job->changed = "may be removed"; /* if the request was on its way */
		enum session_outcome outcome = remove_file(job, file->path);
		if (outcome != SESSION_DONE)
			return report_outcome(job, outcome, "removing memprof.py");
		job->changed = "was removed";
		job->deed = INSTALLED_REMOVED;
	}
	return job->deed == INSTALLED_REMOVED ? find(job) : EXIT_FINE;
}

static int status(struct job *job)
{
	const struct installed *found = &job->found;

	job->deed = INSTALLED_LOOKED;
	return found->built_in || (found->n_files && found->files[0].version[0]) ? EXIT_FINE : EXIT_FINDING;
}

/* ---- the command ---- */

static int read_file(struct job *job)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag = { 0 };

	if (datafile_read("memprof.py", &path, &job->file, &diag) < 0) {
		message_diag(&diag);
		return EXIT_INPUT;
	}
	if (!installed_version(strbuf_text(&job->file), job->file.n_bytes, job->version)) {
		message_at((struct place){ .file = strbuf_text(&path) }, "error", "this is not memprof's memprof.py");
		return EXIT_INPUT;
	}
	return EXIT_FINE;
}

static void show(const struct job *job, struct output *out)
{
	const struct installed_view view = {
		.source = session_source_name(job->session),
		.deed = job->deed,
		.found = &job->found,
		.path = job->path[0] ? job->path : NULL,
		.version = job->version,
	};
	struct json j;

	if (out->format == OUTPUT_JSON) {
		json_init(&j, &out->text, false);
		json_installed(&j, &view);
	} else {
		text_installed(&out->text, &view, &out->style);
	}
}

static int do_with_board(struct job *job, int (*deed)(struct job *job), struct output *out)
{
	static const struct session_handler handler = { .on_event = NULL };
	enum session_outcome opened;
	int code;

	if (!live_open(&job->config, &handler, &job->session, &opened, &code))
		return code;
	if (opened == SESSION_GONE)
		session_report_gone(job->session);
	if (opened != SESSION_READY)
		return opened == SESSION_STOPPED ? EXIT_FINDING : EXIT_DEVICE;
	code = find(job);
	if (code == EXIT_FINE) {
		code = deed(job);
		if (code == EXIT_FINE || deed == status)
			show(job, out);
	}
	return code;
}

static int agent_run(const struct options *options)
{
	static const struct {
		const char *word;
		int (*run)(struct job *job);
	} deeds[] = { { "install", install }, { "remove", uninstall }, { "status", status } };
	struct job job = { .options = options };
	const char *uri;
	struct output out;
	size_t i = 0;
	int code;

	while (i < ARRAY_SIZE(deeds) && (options->n_args == 0 || strcmp(deeds[i].word, options->args[0]) != 0))
		i++;
	if (i == ARRAY_SIZE(deeds) || options->n_args > 2) {
		message_error("agent takes install, remove or status, and a SOURCE");
		return EXIT_INPUT;
	}
	if (live_source(options, 1, &uri) < 0)
		return EXIT_INPUT;
	code = live_config(options, uri, &job.config);
	if (code != EXIT_FINE)
		return code;
	job.config.needs_prompt = true;
	code = EXIT_INPUT;
	if (output_open(&out, options) < 0)
		return EXIT_INPUT;
	if (read_file(&job) == EXIT_FINE)
		code = do_with_board(&job, deeds[i].run, &out);
	session_close(job.session);
	strbuf_deinit(&job.file);
	return output_close(&out, code);
}

const struct command command_agent = {
	.name = "agent",
	.usage = "[OPTIONS] install|remove|status [SOURCE]",
	.summary = "install or remove the agent on a board with stock firmware",
	.group = GROUP_BOARD,
	.options = agent_options,
	.common = { "force", "interrupt", "json", "output" },
	.examples = { "memprof agent install /dev/ttyACM0", "memprof agent remove --json" },
	.run = agent_run,
};
