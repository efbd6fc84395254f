/* agent: puts memprof.py, the agent for stock firmware, on a board, as source or compiled; says what is there; removes
 * it. */
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
	{ 0, "source", NULL, "let install take the source, not compiled files" },
	OPTIONS_PROMPT,
	OPTIONS_OUTPUT,
	OPTION_END,
};

enum { TRIES = 3, NEW_PATH_BYTES = INSTALLED_PATH_BYTES + 16 };

struct part {
	struct strbuf bytes;
	char path[NEW_PATH_BYTES];
	char new_path[NEW_PATH_BYTES]; /* while it is written */
};

struct job {
	const struct options *options;
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

static enum session_outcome write_part(struct job *job, const struct part *part)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *bytes = strbuf_text(&part->bytes);
	enum session_outcome outcome = SESSION_DONE;

	for (size_t i = 0; i < part->bytes.n_bytes && outcome == SESSION_DONE; i += INSTALLED_CHUNK_BYTES) {
		size_t n = MIN(part->bytes.n_bytes - i, (size_t)INSTALLED_CHUNK_BYTES);
		installed_ask_write(&code, part->new_path, bytes + i, n, i == 0);
		/* No second try: a part of it may have been written. */
		outcome = session_helper(job->session, strbuf_text(&code));
		strbuf_reset(&code);
	}
	return outcome;
}

/* Whether what is there is what was meant. */
static enum session_outcome verify(struct job *job, const struct part *part, const char *path, bool *ret_same)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct installed_sum have, wanted = installed_sum_of(strbuf_text(&part->bytes), part->bytes.n_bytes);
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

static enum session_outcome verify_all(struct job *job, bool *ret_same)
{
	enum session_outcome outcome = SESSION_DONE;
	bool same = true;

	for (size_t i = INSTALLED_PARTS; i-- > 0 && same && outcome == SESSION_DONE;)
		outcome = verify(job, &job->parts[i], job->writes ? job->parts[i].new_path : job->parts[i].path, &same);
	*ret_same = same && outcome == SESSION_DONE;
	return outcome;
}

static enum session_outcome put_in_place(struct job *job)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0; i < INSTALLED_PARTS; i++)
		installed_ask_rename(&code, job->parts[i].new_path, job->parts[i].path);
	job->changed = "is installed"; /* unless clean_up finds its new_path */
	enum session_outcome outcome = ask_and_drop(job, &code);
	if (outcome == SESSION_DONE)
		job->writes = false;
	return outcome;
}

static void part_path(char path[NEW_PATH_BYTES], const char *folder, size_t i, const char *suffix)
{
	snprintf(path, NEW_PATH_BYTES, "%.*s/%s%s", INSTALLED_PATH_BYTES - 1, strcmp(folder, "/") ? folder : "",
		 installed_parts[i], suffix);
}

/* "/lib" of "/lib/memprof.py", "/" of "/memprof.py" */
static void folder_of(char folder[NEW_PATH_BYTES], const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	text_copy(folder, NEW_PATH_BYTES, n || !slash ? path : "/", n || !slash ? n : 1);
}

/* memprof.py before its parts, or else a program could import one without the other. */
static enum session_outcome remove_parts(struct job *job, const char *folder, const char *suffix, size_t n_parts)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	char paths[INSTALLED_PARTS][NEW_PATH_BYTES];
	const char *list[INSTALLED_PARTS];

	for (size_t i = 0; i < n_parts; i++) {
		part_path(paths[i], folder, n_parts - 1 - i, suffix);
		list[i] = paths[i];
	}
	installed_ask_clear(&code, list, n_parts);
	return ask_and_drop(job, &code);
}

/* What was begun goes away again. After a stop the helper on its way ends first: it may be the one that renames. */
static void clean_up(struct job *job, enum session_outcome why)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *list[INSTALLED_PARTS - 1];
	const char *last = job->parts[INSTALLED_PARTS - 1].new_path;
	enum session_outcome outcome = SESSION_GONE;

	if (!job->writes)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		list[i] = job->parts[i].new_path;
	installed_ask_clear(&code, list, ARRAY_SIZE(list));
	installed_ask_remove(&code, last);
	if (why == SESSION_STOPPED)
		outcome = session_tidy(job->session, strbuf_text(&code));
	else if (why != SESSION_GONE && (why != SESSION_RESTARTED || session_find(job->session) == SESSION_READY))
		outcome = ask(job, strbuf_text(&code));
	bool missing = outcome == SESSION_RAISED && raised(job, "ENOENT"); /* it was renamed, or not created yet */
	if (outcome == SESSION_DONE) {
		job->changed = NULL;
	} else if (!missing) {
		job->changed = job->changed ? "may be installed" : "is as it was";
		message_at(here(job), "warning", "%s may be left on the board", last);
	}
	job->writes = false;
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
	uint64_t need_bytes = 0, free_bytes = job->found.free_bytes;

	for (size_t i = 0; i < INSTALLED_PARTS; i++)
		need_bytes += job->parts[i].bytes.n_bytes;
	if (free_bytes == NOT_KNOWN || free_bytes >= need_bytes)
		return EXIT_FINE;
	message_at(here(job), "error",
		   "its file system is full: %" PRIu64 " bytes are free in %s, and memprof.py needs %" PRIu64 "%s",
		   free_bytes, job->found.folder, need_bytes,
		   job->found.n_files ? " while the older one is still there" : "");
	return EXIT_DEVICE;
}

static int read_parts(struct job *job, const char *variant)
{
	job->variant = variant ? variant : "source";
	for (size_t i = 0; i < INSTALLED_PARTS; i++) {
		struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
		struct diag diag = { 0 };
		char name[64];
		if (variant)
			snprintf(name, sizeof(name), "%s-%s.mpy", installed_parts[i], variant);
		else
			snprintf(name, sizeof(name), "%s.py", installed_parts[i]);
		if (datafile_read(name, &path, &job->parts[i].bytes, &diag) < 0) {
			message_diag(&diag);
			return EXIT_INPUT;
		}
	}
	return EXIT_FINE;
}

/* An import takes a .py before a .mpy of the same folder. */
static enum session_outcome remove_other_kind(struct job *job, const char *folder, bool is_mpy)
{
	const char *suffix = is_mpy ? ".py" : ".mpy";
	bool is_ours = is_mpy; /* it is that, or --force was given: see refuse */
	char path[NEW_PATH_BYTES];

	part_path(path, folder, INSTALLED_PARTS - 1, suffix);
	for (size_t i = 0; i < job->found.n_files; i++)
		is_ours |= strcmp(job->found.files[i].path, path) == 0 && job->found.files[i].version[0];
	return remove_parts(job, folder, suffix, is_ours ? INSTALLED_PARTS : INSTALLED_PARTS - 1);
}

static enum session_outcome ask_heap(struct job *job, const char *code, uint64_t *ret_free_bytes,
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

/* memprof.py is there, whatever the import does; so nothing here is an error but a board that has gone. */
static int measure(struct job *job)
{
	uint64_t before_bytes, after_bytes, free_bytes;
	size_t n = 0;

	if (job->found.loaded) {
		message_at(here(job), "note", "what it costs is not measured, as memprof is imported already");
		return EXIT_FINE;
	}
	enum session_outcome outcome = ask_heap(job, installed_heap_question, &job->cost.free_before_bytes,
						&before_bytes);
	if (outcome == SESSION_DONE && job->is_measured)
		outcome = ask_heap(job, installed_start_question, &job->cost.free_bytes, &after_bytes);
	if (outcome == SESSION_RAISED) {
		const char *exception = session_exception(job->session, &n);
		message_at(here(job), "warning", "it cannot be imported: %s (%.*s)",
			   raised(job, "MemoryError") ? "the heap has no room for it" : "the board refuses it", (int)n,
			   exception);
		job->is_measured = false;
	}
	if (outcome == SESSION_DONE && job->is_measured)
		outcome = ask_heap(job, installed_heap_question, &free_bytes, &after_bytes);
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
		       report_outcome(job, outcome, "measuring its cost");
}

static int install(struct job *job)
{
	const struct installed *found = &job->found;
	char folder[NEW_PATH_BYTES];
	bool same = false;
	const char *what = "writing memprof.py";

	if (found->built_in) {
		message_at(here(job), "note", "its firmware has memprof built in; nothing needs to be installed");
		job->deed = INSTALLED_SAME;
		return EXIT_FINE;
	}
	int code = refuse(job);
	if (code == EXIT_FINE)
		code = read_parts(job, option_is(job->options, "source") ? NULL : installed_choice(found));
	if (code != EXIT_FINE)
		return code;
	bool is_mpy = strcmp(job->variant, "source") != 0;
	if (found->n_files)
		folder_of(folder, found->files[0].path);
	else
		snprintf(folder, sizeof(folder), "%s", found->folder);
	for (size_t i = 0; i < INSTALLED_PARTS; i++) {
		part_path(job->parts[i].path, folder, i, is_mpy ? ".mpy" : ".py");
		snprintf(job->parts[i].new_path, NEW_PATH_BYTES, "%.*s.new", NEW_PATH_BYTES - 5, job->parts[i].path);
	}
	const struct part *last = &job->parts[INSTALLED_PARTS - 1];
	snprintf(job->path, sizeof(job->path), "%s", last->path);
	if (found->n_files && strcmp(found->files[0].path, job->path) == 0 &&
	    found->files[0].n_bytes == last->bytes.n_bytes) {
		enum session_outcome outcome = verify_all(job, &same);
		if (outcome != SESSION_DONE && !(outcome == SESSION_RAISED && raised(job, "ENOENT")))
			return report_outcome(job, outcome, "reading memprof.py");
	}
	if (same) {
		job->deed = INSTALLED_SAME;
		return measure(job);
	}
	code = check_room(job);
	if (code != EXIT_FINE)
		return code;
	job->deed = found->n_files ? INSTALLED_REPLACED : INSTALLED_NEW;
	job->writes = true;
	enum session_outcome outcome = SESSION_DONE;
	for (size_t i = 0; i < INSTALLED_PARTS && outcome == SESSION_DONE; i++)
		outcome = write_part(job, &job->parts[i]);
	if (outcome == SESSION_DONE) {
		what = "reading it back";
		outcome = verify_all(job, &same);
	}
	if (outcome == SESSION_DONE && same) {
		what = "renaming it";
		outcome = put_in_place(job);
	}
	if (outcome == SESSION_DONE && same) {
		what = "removing the older one";
		outcome = remove_other_kind(job, folder, is_mpy);
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
	code = find(job);
	return code == EXIT_FINE ? measure(job) : code;
}

/* All of memprof's own; a file of somebody else stays. */
static int uninstall(struct job *job)
{
	job->deed = INSTALLED_NONE_REMOVED;
	if (job->found.built_in)
		message_at(here(job), "note", "memprof is built into its firmware, and cannot be removed from it");
	for (size_t i = 0; i < job->found.n_files; i++) {
		const struct installed_file *file = &job->found.files[i];
		char folder[NEW_PATH_BYTES];
		if (!file->version[0])
			continue;
		snprintf(job->path, sizeof(job->path), "%s", file->path);
		folder_of(folder, file->path);
		job->changed = "may be removed"; /* if the request was on its way */
		const char *dot = strrchr(file->path, '.');
		enum session_outcome outcome = remove_parts(
			job, folder, dot && strcmp(dot, ".mpy") == 0 ? ".mpy" : ".py", INSTALLED_PARTS);
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

static int read_version(struct job *job)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT, bytes CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag = { 0 };

	if (datafile_read("memprof.py", &path, &bytes, &diag) < 0) {
		message_diag(&diag);
		return EXIT_INPUT;
	}
	if (!installed_version(strbuf_text(&bytes), bytes.n_bytes, job->version)) {
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
		.variant = job->variant,
		.cost = job->is_measured ? &job->cost : NULL,
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
	if (read_version(&job) == EXIT_FINE)
		code = do_with_board(&job, deeds[i].run, &out);
	session_close(job.session);
	for (i = 0; i < INSTALLED_PARTS; i++)
		strbuf_deinit(&job.parts[i].bytes);
	return output_close(&out, code);
}

const struct command command_agent = {
	.name = "agent",
	.usage = "[OPTIONS] install|remove|status [SOURCE]",
	.summary = "install or remove the agent on a board with stock firmware",
	.group = GROUP_BOARD,
	.options = agent_options,
	.common = { "force", "interrupt", "json", "output", "source" },
	.examples = { "memprof agent install /dev/ttyACM0", "memprof agent remove --json" },
	.run = agent_run,
};
