/* Puts the files of memprof.py on a board, each under a name of its own until all are there, and removes them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/job.h"
#include "memprof/base/text.h"
#include "memprof/io/datafile.h"

static enum session_outcome ask_and_drop(struct agent_job *job, struct strbuf *code)
{
	enum session_outcome outcome = agent_job_ask(job, strbuf_text(code));

	strbuf_reset(code);
	return outcome;
}

static enum session_outcome write_part(struct agent_job *job, const struct part *part)
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
static enum session_outcome verify(struct agent_job *job, const struct part *part, const char *path, bool *ret_same)
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

static enum session_outcome verify_all(struct agent_job *job, bool *ret_same)
{
	enum session_outcome outcome = SESSION_DONE;
	bool same = true;

	for (size_t i = INSTALLED_PARTS; i-- > 0 && same && outcome == SESSION_DONE;)
		outcome = verify(job, &job->parts[i], job->writes ? job->parts[i].new_path : job->parts[i].path, &same);
	*ret_same = same && outcome == SESSION_DONE;
	return outcome;
}

static enum session_outcome put_in_place(struct agent_job *job)
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
static enum session_outcome remove_parts(struct agent_job *job, const char *folder, const char *suffix, size_t n_parts)
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
static void clean_up(struct agent_job *job, enum session_outcome why)
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
		outcome = agent_job_ask(job, strbuf_text(&code));
	bool missing = outcome == SESSION_RAISED &&
		       agent_job_raised(job, "ENOENT"); /* it was renamed, or not created yet */
	if (outcome == SESSION_DONE) {
		job->changed = NULL;
	} else if (!missing) {
		job->changed = job->changed ? "may be installed" : "is as it was";
		message_at(agent_job_place(job), "warning", "%s may be left on the board", last);
	}
	job->writes = false;
}

/* An import takes the first file: that one is replaced, whoever put it there. */
static int refuse(const struct agent_job *job)
{
	const struct installed *found = &job->found;

	if (found->n_files && !found->files[0].version[0] && !job->args->board.force) {
		message_at(agent_job_place(job), "error", "%s is there, and is not memprof's; --force replaces it",
			   found->files[0].path);
		return EXIT_INPUT;
	}
	if (!found->n_files && !found->folder[0]) {
		message_at(agent_job_place(job), "error",
			   "the board has no file system, or none that is mounted: memprof.py cannot be put"
			   " on it; memprof snap and attach work without it, at the prompt");
		return EXIT_DEVICE;
	}
	return EXIT_FINE;
}

/* What the file system needs besides turns out as it is written. */
static int check_room(const struct agent_job *job)
{
	uint64_t need_bytes = 0, free_bytes = job->found.free_bytes;

	for (size_t i = 0; i < INSTALLED_PARTS; i++)
		need_bytes += job->parts[i].bytes.n_bytes;
	if (free_bytes == NOT_KNOWN || free_bytes >= need_bytes)
		return EXIT_FINE;
	message_at(agent_job_place(job), "error",
		   "its file system is full: %" PRIu64 " bytes are free in %s, and memprof.py needs %" PRIu64 "%s",
		   free_bytes, job->found.folder, need_bytes,
		   job->found.n_files ? " while the older one is still there" : "");
	return EXIT_DEVICE;
}

static int read_parts(struct agent_job *job, const char *variant)
{
	job->variant = variant ? variant : "source";
	for (size_t i = 0; i < INSTALLED_PARTS; i++) {
		struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
		char name[64];
		if (variant)
			snprintf(name, sizeof(name), "%s-%s.mpy", installed_parts[i], variant);
		else
			snprintf(name, sizeof(name), "%s.py", installed_parts[i]);
		if (MESSAGE_ON(datafile_read, name, &path, &job->parts[i].bytes) < 0)
			return EXIT_INPUT;
	}
	return EXIT_FINE;
}

/* An import takes a .py before a .mpy of the same folder. */
static enum session_outcome remove_other_kind(struct agent_job *job, const char *folder, bool is_mpy)
{
	const char *suffix = is_mpy ? ".py" : ".mpy";
	bool is_ours = is_mpy; /* it is that, or --force was given: see refuse */
	char path[NEW_PATH_BYTES];

	part_path(path, folder, INSTALLED_PARTS - 1, suffix);
	for (size_t i = 0; i < job->found.n_files; i++)
		is_ours |= strcmp(job->found.files[i].path, path) == 0 && job->found.files[i].version[0];
	return remove_parts(job, folder, suffix, is_ours ? INSTALLED_PARTS : INSTALLED_PARTS - 1);
}

int agent_job_install(struct agent_job *job)
{
	const struct installed *found = &job->found;
	char folder[NEW_PATH_BYTES];
	bool same = false;
	const char *what = "writing memprof.py";

	if (found->built_in) {
		message_at(agent_job_place(job), "note",
			   "its firmware has memprof built in; nothing needs to be installed");
		job->deed = INSTALLED_SAME;
		return EXIT_FINE;
	}
	int code = refuse(job);
	if (code == EXIT_FINE)
		code = read_parts(job, job->args->source ? NULL : installed_choice(found));
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
		if (outcome != SESSION_DONE && !(outcome == SESSION_RAISED && agent_job_raised(job, "ENOENT")))
			return agent_job_report(job, outcome, "reading memprof.py");
	}
	if (same) {
		job->deed = INSTALLED_SAME;
		return agent_job_measure(job);
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
			message_at(agent_job_place(job), "error", "what was written could not be read back as it was");
		if (outcome == SESSION_STOPPED) {
			clean_up(job, outcome);
			return agent_job_report(job, outcome, what);
		}
		code = outcome == SESSION_DONE ? EXIT_DEVICE : agent_job_report(job, outcome, what);
		clean_up(job, outcome);
		return code;
	}
	code = agent_job_find(job);
	return code == EXIT_FINE ? agent_job_measure(job) : code;
}

/* All of memprof's own; a file of somebody else stays. */
int agent_job_uninstall(struct agent_job *job)
{
	job->deed = INSTALLED_NONE_REMOVED;
	if (job->found.built_in)
		message_at(agent_job_place(job), "note",
			   "memprof is built into its firmware, and cannot be removed from it");
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
			return agent_job_report(job, outcome, "removing memprof.py");
		job->changed = "was removed";
		job->deed = INSTALLED_REMOVED;
	}
	return job->deed == INSTALLED_REMOVED ? agent_job_find(job) : EXIT_FINE;
}
