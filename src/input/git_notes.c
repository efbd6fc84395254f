/* Figures in git notes, and the commits that have them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git_run.h"
#include "memprof/base/text.h"

enum {
	BATCH_MAX_BYTES = 16 << 20,
	BATCH_MAX_NOTES = 256,
	NOTE_TRIES = 50,
	LOCK_TRIES = 10, /* to write a note while others write */
};

#define REF_OPTION_INIT(name, git)                               \
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT; \
	strbuf_printf(&(name), "--ref=%s", (git)->ref)

static int out_of_memory(struct diag *diag) { return diag_set(diag, -ENOMEM, "out of memory"); }

/* ---- one note ---- */

static int no_note(const struct filter_result *result, const struct git *git, struct diag *diag)
{
	if (strstr(strbuf_text(&result->messages), "no note found"))
		return 1;
	struct strbuf what CLEANUP(strbuf_deinit) = STRBUF_INIT;
	strbuf_printf(&what, "%.80s", git->ref);
	return git_failed(result, strbuf_text(&what), diag);
}

static void note_name(const char *hash, char ret[32]) { snprintf(ret, 32, "note of %.10s", hash); }

/* 0, or 1: none. */
static int show_note(const struct git *git, const char *hash, struct filter_result *ret, struct diag *diag)
{
	REF_OPTION_INIT(ref, git);
	const struct git_call call = { .words = { "notes", strbuf_text(&ref), "show", hash } };

	if (strbuf_error(&ref) < 0) {
		*ret = (struct filter_result){ .exit_code = -1 };
		return out_of_memory(diag);
	}
	int r = git_run(&call, ret, diag);
	return r > 0 ? no_note(ret, git, diag) : r;
}

int git_read_note(const struct git *git, const char *hash, struct note *ret, struct diag *diag)
{
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	char name[32];

	*ret = (struct note){ .n_builds = 0 };
	int r = show_note(git, hash, &result, diag);
	if (r != 0)
		return r;
	note_name(hash, name);
	r = note_read(ret, strbuf_text(&result.output), result.output.n_bytes, name, diag);
	return r == -ENOMEM ? out_of_memory(diag) : r;
}

/* ---- one more build in a note ---- */

/* A commit of notes has an author: without a configured one, as in CI, it is memprof. */
static int read_author(struct filter_result *ret, struct diag *diag)
{
	static const struct git_call own = { .words = { "var", "GIT_COMMITTER_IDENT" } };
	static const struct git_call other = { .words = { "-c", "user.name=memprof", "-c",
							  "user.email=memprof@localhost", "var",
							  "GIT_COMMITTER_IDENT" } };

	if (git_run(&own, ret, NULL) == 0)
		return 0;
	filter_result_deinit(ret);
	return git_must(&other, ret, "a note cannot be written", diag);
}

/* The name of the ref as git notes expands it, and its commit; no hash: there is no such ref yet. */
struct notes_tip {
	struct strbuf ref;
	char hash[GIT_HASH_CHARS + 1];
};

static void notes_tip_deinit(struct notes_tip *tip) { strbuf_deinit(&tip->ref); }

static int read_tip(const struct git *git, struct notes_tip *ret, struct diag *diag)
{
	struct filter_result name CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	struct filter_result hash CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	REF_OPTION_INIT(option, git);
	const struct git_call get_name = { .words = { "notes", strbuf_text(&option), "get-ref" } };

	int r = git_must(&get_name, &name, git->ref, diag);
	if (r < 0)
		return r;
	strbuf_add(&ret->ref, strbuf_text(&name.output), strcspn(strbuf_text(&name.output), "\n"));
	if (strbuf_error(&ret->ref) < 0)
		return out_of_memory(diag);
	const struct git_call get_hash = { .words = { "rev-parse", "--verify", "--quiet", "--end-of-options",
						      strbuf_text(&ret->ref) } };
	ret->hash[0] = '\0';
	r = git_run(&get_hash, &hash, diag);
	if (r == 0 && git_read_hash(&hash, ret->hash) < 0)
		return diag_set(diag, -EINVAL, "%.80s: git reports no commit of it", git->ref);
	return MIN(r, 0);
}

/* For git fast-import, which moves the ref only if it still is what the new commit follows. */
static int write_note(const struct notes_tip *tip, const char *hash, const struct strbuf *note,
		      struct filter_result *ret, struct diag *diag)
{
	struct strbuf input CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct filter_result author CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	static const char message[] = "Notes added by 'memprof history'\n";
	const struct git_call call = { .words = { "fast-import", "--quiet", "--done" }, .input = &input };
	int r = read_author(&author, diag);

	if (r < 0)
		return r;
	strbuf_printf(&input, "commit %s\ncommitter %.*s\ndata %zu\n%s", strbuf_text(&tip->ref),
		      (int)strcspn(strbuf_text(&author.output), "\n"), strbuf_text(&author.output), strlen(message),
		      message);
	if (*tip->hash)
		strbuf_printf(&input, "from %s\n", tip->hash);
	strbuf_printf(&input, "N inline %s\ndata %zu\n", hash, note->n_bytes);
	strbuf_add(&input, strbuf_text(note), note->n_bytes);
	strbuf_puts(&input, "\ndone\n");
	return strbuf_error(&input) < 0 ? out_of_memory(diag) : git_run(&call, ret, diag);
}

static int make_note(const struct git *git, const char *hash, const struct note_image *from, struct strbuf *ret,
		     struct diag *diag)
{
	struct filter_result old CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	char name[32];
	int r = show_note(git, hash, &old, diag);

	if (r < 0)
		return r;
	note_name(hash, name);
	r = note_text_add_image(r == 0 ? strbuf_text(&old.output) : NULL, old.output.n_bytes, name, from, ret, diag);
	if (r == 0 && ret->text[ret->n_bytes - 1] != '\n')
		strbuf_putc(ret, '\n');
	if (r == -ENOMEM || strbuf_error(ret) < 0)
		return out_of_memory(diag);
	if (r == 0 && ret->n_bytes > NOTE_TEXT_MAX_BYTES)
		return diag_set(diag, -EINVAL, "the figures of this commit would take more than %d KiB",
				NOTE_TEXT_MAX_BYTES >> 10);
	return r;
}

enum { MOVED = 1, LOCKED = 2 };

/* 0; MOVED: another process wrote to the ref meanwhile; LOCKED: one does, or did not end as it should. The tip is read
 * first: a note that is newer is not written. */
static int try_to_add(const struct git *git, const char *hash, const struct note_image *from, struct diag *diag)
{
	struct notes_tip tip CLEANUP(notes_tip_deinit) = { .ref = STRBUF_INIT };
	struct notes_tip now CLEANUP(notes_tip_deinit) = { .ref = STRBUF_INIT };
	struct strbuf note CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	int r = read_tip(git, &tip, diag);

	if (r == 0)
		r = make_note(git, hash, from, &note, diag);
	if (r == 0)
		r = write_note(&tip, hash, &note, &result, diag);
	if (r <= 0)
		return r;
	r = read_tip(git, &now, diag);
	if (r < 0)
		return r;
	git_failed(&result, git->ref, diag);
	if (strcmp(tip.hash, now.hash) != 0)
		return MOVED;
	return strstr(strbuf_text(&result.messages), ".lock': File exists") ? LOCKED : -EINVAL;
}

int git_add_to_note(const struct git *git, const char *hash, const struct note_image *from, struct diag *diag)
{
	int r = MOVED, n_locked = 0;

	for (int i = 0; i < NOTE_TRIES && n_locked < LOCK_TRIES && r > 0; i++) {
		r = try_to_add(git, hash, from, diag);
		n_locked += r == LOCKED;
	}
	if (r == LOCKED)
		return diag_set(
			diag, -EINVAL,
			"%s is locked: another process writes to it, or ended while it did; then remove the file"
			" %s.lock in .git",
			git->ref, git->ref);
	return r == MOVED ? diag_set(diag, -EINVAL, "%s: others write to it all the time; run it again", git->ref) : r;
}

/* ---- which commits have one ---- */

struct noted {
	char commit[GIT_HASH_CHARS + 1], blob[GIT_HASH_CHARS + 1];
	bool covered; /* it has the wished build, or cannot be read */
};
struct notes_list {
	VEC(struct noted, all); /* by commit */
};

static void notes_list_deinit(struct notes_list *list) { vec_deinit(list, all); }

static int by_commit(const void *a, const void *b)
{
	return strcmp(((const struct noted *)a)->commit, ((const struct noted *)b)->commit);
}

static int list_notes(const struct git *git, struct notes_list *ret, struct diag *diag)
{
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	REF_OPTION_INIT(ref, git);
	const struct git_call call = { .words = { "notes", strbuf_text(&ref), "list" } };

	int r = git_must(&call, &result, git->ref, diag);
	for (const char *p = strbuf_text(&result.output), *end; r == 0 && *p; p = *end ? end + 1 : end) {
		size_t n = strcspn(p, " \n");
		end = p + strcspn(p, "\n");
		if (p[n] != ' ' || !git_is_hash(p, n) || !git_is_hash(p + n + 1, (size_t)(end - p) - n - 1))
			continue;
		struct noted *to = vec_add(ret, all);
		if (!to)
			return out_of_memory(diag);
		to->covered = false;
		text_copy(to->blob, sizeof(to->blob), p, n);
		text_copy(to->commit, sizeof(to->commit), p + n + 1, (size_t)(end - p) - n - 1);
	}
	if (ret->n_all)
		qsort(ret->all, ret->n_all, sizeof(*ret->all), by_commit);
	return r;
}

static struct noted *find_noted(const struct notes_list *list, const char *hash)
{
	struct noted key;

	text_copy(key.commit, sizeof(key.commit), hash, strlen(hash));
	return list->n_all ? bsearch(&key, list->all, list->n_all, sizeof(*list->all), by_commit) : NULL;
}

/* ---- commits ---- */

/* One field of "%H%x00%h%x00%cI%x00%s" with -z; NULL at the end. */
static const char *next_field(const char **p, const char *end)
{
	const char *field = *p;

	if (field >= end)
		return NULL;
	*p = field + strlen(field) + 1; /* the text ends with a NUL of its own */
	return field;
}

struct candidate {
	struct history_commit commit;
	struct noted *noted; /* NULL: it has no note */
};
struct candidates {
	VEC(struct candidate, all);
};

static void candidates_deinit(struct candidates *c) { vec_deinit(c, all); }

static int add_candidate(struct candidates *ret, struct git_log *log, const char *const fields[4], struct noted *noted)
{
	const char *texts[4];

	for (size_t i = 0; i < 4; i++)
		texts[i] = arena_text(&log->arena, fields[i], strlen(fields[i]));
	return vec_push(ret, all,
			(struct candidate){ { texts[0], texts[1], texts[2], texts[3], { .n_builds = 0 } }, noted });
}

/* Those with a note, or all. */
static int read_commits(struct git_log *log, const struct git_log_wish *wish, const struct notes_list *notes,
			struct candidates *ret, struct diag *diag)
{
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	char count[40];
	const struct git_call call = { .words = { "log", "-z", "--no-color", "--no-show-signature", "--encoding=UTF-8",
						  "--format=%H%x00%h%x00%cI%x00%s", count, wish->hash, "--" } };
	const char *fields[4] = { "" };

	snprintf(count, sizeof(count), "--max-count=%zu",
		 wish->missing ? MIN(wish->n_last, (size_t)GIT_COMMITS_MAX) : (size_t)GIT_COMMITS_MAX);
	int r = git_must(&call, &result, "no log of the commits", diag);
	if (r < 0)
		return r;
	const char *p = strbuf_text(&result.output), *end = p + result.output.n_bytes;
	while (r == 0 && (fields[0] = next_field(&p, end))) {
		for (size_t i = 1; i < 4; i++) {
			const char *field = next_field(&p, end);
			fields[i] = field ? field : "";
		}
		struct noted *noted = find_noted(notes, fields[0]);
		if (git_is_hash(fields[0], strlen(fields[0])) && (noted || wish->missing))
			r = add_candidate(ret, log, fields, noted);
	}
	return r < 0 || arena_error(&log->arena) < 0 ? out_of_memory(diag) : 0;
}

/* ---- their notes ---- */

static int add_blob_names(struct strbuf *to, const struct candidate *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strbuf_printf(to, "%s\n", from[i].noted->blob);
	return strbuf_error(to);
}

/* "<hash> blob <bytes>"; NOT_KNOWN: git has no such object, as in a partial clone. */
static uint64_t blob_size(const char *line)
{
	const char *p = line + strcspn(line, " \n");
	uint64_t n_bytes;

	return strncmp(p, " blob ", 6) == 0 && number_scan(p + 6, p + 6 + strcspn(p + 6, "\n"), &n_bytes) ? n_bytes :
													    NOT_KNOWN;
}

static void leave_out(const struct git_log_wish *wish, const struct candidate *of, const struct diag *why,
		      const char *text)
{
	char name[32];
	struct place at = { .file = name };

	of->noted->covered = true;
	note_name(of->commit.hash, name);
	if (why) {
		at.line = why->at.line;
		at.col = why->at.col;
	}
	notice_at(&wish->notices, at, "warning", "%s; its figures are left out", why ? why->text : text);
}

static int take_note(struct git_log *log, const struct git_log_wish *wish, struct candidate *from, const char *text,
		     size_t n_bytes)
{
	struct history_commit *commit = &from->commit;
	struct diag diag = { 0 };
	char name[32];

	note_name(commit->hash, name);
	int r = note_read(&commit->note, text, n_bytes, name, &diag);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		leave_out(wish, from, &diag, NULL);
		return 0;
	}
	bool wished = !wish->build || note_find(&commit->note, wish->build);
	from->noted->covered |= wished;
	if (wish->build)
		note_keep(&commit->note, wish->build);
	if (log->n_commits < wish->n_last && wished && !wish->missing) {
		r = vec_push(log, commits, *commit);
		for (size_t i = 0; i < commit->note.n_builds; i++)
			log->n_figures += commit->note.builds[i].n_figures;
	} else {
		r = 1;
	}
	if (r != 0)
		note_deinit(&commit->note);
	return MIN(r, 0);
}

/* The notes of n candidates, whose sizes are known to be small enough. */
static int read_batch(struct git_log *log, const struct git_log_wish *wish, struct candidate *from, size_t n,
		      struct diag *diag)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	const struct git_call call = { .words = { "cat-file", "--batch" }, .input = &names };

	if (n == 0)
		return 0;
	if (add_blob_names(&names, from, n) < 0)
		return out_of_memory(diag);
	int r = git_must(&call, &result, "a note cannot be read", diag);
	const char *p = strbuf_text(&result.output), *end = p + result.output.n_bytes;
	for (size_t i = 0; i < n && r == 0; i++) {
		const char *line_end = memchr(p, '\n', (size_t)(end - p));
		uint64_t n_bytes = line_end ? blob_size(p) : NOT_KNOWN;
		if (!line_end || n_bytes > (uint64_t)(end - line_end - 1))
			return diag_set(diag, -EINVAL, "git ended within a note");
		r = take_note(log, wish, &from[i], line_end + 1, (size_t)n_bytes);
		if (r == 0 && log->n_figures > GIT_LOG_FIGURES_MAX)
			return diag_set(diag, -EFBIG,
					"the notes of %zu commits have more than %d figures; --last %zu takes fewer",
					log->n_commits, GIT_LOG_FIGURES_MAX, log->n_commits / 2);
		p = MIN(line_end + 1 + n_bytes + 1, end);
	}
	return r == -ENOMEM ? out_of_memory(diag) : r;
}

/* Those whose notes are larger than any of memprof's are not read. */
static int check_sizes(const struct git_log_wish *wish, struct candidate *all, size_t *n, uint64_t *ret_bytes,
		       struct diag *diag)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	const struct git_call call = { .words = { "cat-file", "--batch-check" }, .input = &names };
	size_t n_kept = 0;

	if (add_blob_names(&names, all, *n) < 0)
		return out_of_memory(diag);
	int r = git_must(&call, &result, "a note cannot be read", diag);
	const char *p = strbuf_text(&result.output);
	for (size_t i = 0; i < *n && r == 0; i++) {
		uint64_t n_bytes = blob_size(p);
		p += strcspn(p, "\n");
		p += *p == '\n';
		if (n_bytes > NOTE_TEXT_MAX_BYTES) {
			leave_out(wish, &all[i], NULL, "it is no note of memprof, or not in this clone");
			continue;
		}
		ret_bytes[n_kept] = n_bytes;
		all[n_kept++] = all[i];
	}
	*n = n_kept;
	return r;
}

/* Of up to BATCH_MAX_NOTES candidates, in parts of a bounded size. */
static int read_some(struct git_log *log, const struct git_log_wish *wish, struct candidate *all, size_t n,
		     struct diag *diag)
{
	uint64_t n_bytes[BATCH_MAX_NOTES];
	int r = check_sizes(wish, all, &n, n_bytes, diag);

	for (size_t i = 0, n_part; i < n && r == 0; i += n_part) {
		uint64_t sum = 0;
		for (n_part = 0; i + n_part < n && (n_part == 0 || sum + n_bytes[i + n_part] < BATCH_MAX_BYTES);
		     n_part++)
			sum += n_bytes[i + n_part];
		r = read_batch(log, wish, &all[i], n_part, diag);
	}
	return r;
}

/* Those without the wished build; of their notes nothing is kept. */
static int read_missing(struct git_log *log, const struct git_log_wish *wish, const struct candidates *c,
			struct diag *diag)
{
	struct candidates noted CLEANUP(candidates_deinit) = { .n_all = 0 };
	int r = 0;

	for (size_t i = 0; i < c->n_all && r == 0; i++)
		if (c->all[i].noted)
			r = vec_push(&noted, all, c->all[i]) < 0 ? out_of_memory(diag) : 0;
	for (size_t i = 0, n; i < noted.n_all && r == 0; i += n) {
		n = MIN(noted.n_all - i, (size_t)BATCH_MAX_NOTES);
		r = read_some(log, wish, &noted.all[i], n, diag);
	}
	for (size_t i = 0; i < c->n_all && r == 0; i++)
		if (!c->all[i].noted || !c->all[i].noted->covered)
			r = vec_push(log, commits, c->all[i].commit) < 0 ? out_of_memory(diag) : 0;
	return r;
}

int git_log_read(struct git_log *ret, const struct git *git, const struct git_log_wish *wish, struct diag *diag)
{
	struct notes_list notes CLEANUP(notes_list_deinit) = { .n_all = 0 };
	struct candidates c CLEANUP(candidates_deinit) = { .n_all = 0 };

	*ret = (struct git_log){ .n_commits = 0 };
	int r = list_notes(git, &notes, diag);
	if (r == 0)
		r = read_commits(ret, wish, &notes, &c, diag);
	if (r == 0 && wish->missing)
		return read_missing(ret, wish, &c, diag);
	for (size_t i = 0, n; i < c.n_all && r == 0 && ret->n_commits < wish->n_last; i += n) {
		n = MIN(c.n_all - i, MIN(wish->n_last - ret->n_commits, (size_t)BATCH_MAX_NOTES));
		r = read_some(ret, wish, &c.all[i], n, diag);
	}
	return r;
}

void git_log_deinit(struct git_log *log)
{
	for (size_t i = 0; i < log->n_commits; i++)
		note_deinit(&log->commits[i].note);
	vec_deinit(log, commits);
	arena_deinit(&log->arena);
}
