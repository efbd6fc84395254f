/* Figures in git notes, and the commits that have them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "git_run.h"
#include "memprof/io/lock.h"

/* A log is read in pages, each larger than the one before unless that was large enough. */
enum { FIRST_PAGE_COMMITS = 64, PAGE_GROWTH = 4, PAGE_BYTES = 16 << 20 };

static int out_of_memory(struct diag *diag) { return diag_set(diag, -ENOMEM, "out of memory"); }

const char *git_ref_prefix(const struct git *git)
{
	return strncmp(git->ref, "refs/notes/", 11) == 0 ? "" :
	       strncmp(git->ref, "notes/", 6) == 0       ? "refs/" :
							   "refs/notes/";
}

static void name_note(const char *hash, char ret[32]) { snprintf(ret, 32, "note of %.10s", hash); }

/* ---- one more build in a note ---- */

/* The text of the new note. */
static int make_note(const char *ref, const char *hash, const struct build_figures *build, struct strbuf *ret,
		     struct diag *diag)
{
	const struct git_call call = { .words = GIT_WORDS("notes", ref, "show", hash) };
	struct filter_result old CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	char name[32];
	int r = git_run(&call, &old, diag);

	if (r < 0)
		return r;
	if (r > 0 && !strstr(strbuf_text(&old.messages), "no note found"))
		return git_failed(&old, ref + strlen("--ref="), diag);
	name_note(hash, name);
	r = note_add(r == 0 ? strbuf_text(&old.output) : NULL, old.output.n_bytes, name, build, ret, diag);
	if (r == 0 && ret->text[ret->n_bytes - 1] != '\n')
		strbuf_putc(ret, '\n');
	if (r == -ENOMEM || strbuf_error(ret) < 0)
		return out_of_memory(diag);
	if (r == 0 && ret->n_bytes > NOTE_TEXT_MAX_BYTES)
		return diag_set(diag, -EINVAL, "the figures of this commit would take more than %d KiB",
				NOTE_TEXT_MAX_BYTES >> 10);
	return r;
}

/* A commit of notes has an author: without a configured one, as in CI, it is memprof. */
static int replace_note(const char *ref, const char *hash, const struct strbuf *text, struct diag *diag)
{
	const char *const *words = GIT_WORDS("-c", "user.name=memprof", "-c", "user.email=memprof@localhost", "notes",
					     ref, "add", "-f", "-F", "-", hash);
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	struct strbuf author CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool has_author = git_line(GIT_WORDS("var", "GIT_COMMITTER_IDENT"), &author, NULL) == 0;

	return git_must(&(struct git_call){ .words = words + (has_author ? 4 : 0), .input = text }, &result,
			ref + strlen("--ref="), diag);
}

/* One memprof after the other, as git may lose one of two notes that are written at once. */
int git_write_build(const struct git *git, const char *hash, const struct build_figures *build, struct diag *diag)
{
	struct strbuf note CLEANUP(strbuf_deinit) = STRBUF_INIT, ref CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf folder CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&ref, "--ref=%s", git->ref);
	git_line(GIT_WORDS("rev-parse", "--git-common-dir"), &folder, NULL);
	if (strbuf_error(&ref) < 0 || strbuf_error(&folder) < 0)
		return out_of_memory(diag);
	int lock = lock_wait(strbuf_text(&folder));
	int r = make_note(strbuf_text(&ref), hash, build, &note, diag);
	if (r == 0)
		r = replace_note(strbuf_text(&ref), hash, &note, diag);
	lock_close(lock);
	return r;
}

/* ---- commits and their notes ---- */

enum { FIELD_HASH, FIELD_SHORT_HASH, FIELD_DATE, FIELD_SUBJECT, FIELD_NOTE, N_FIELDS };
#define FIELDS_FORMAT "--format=%H%x00%h%x00%cI%x00%s%x00%N"

/* 0; negative with diag; > 0: it cannot be read, and is left out with a warning. */
static int read_note(const struct git *git, const struct git_log_query *query, const char *const fields[N_FIELDS],
		     struct note *ret, struct diag *diag)
{
	const char *text = fields[FIELD_NOTE];
	struct diag fault = { 0 };
	char name[32];

	name_note(fields[FIELD_HASH], name);
	int r = *text ? note_read(ret, text, strlen(text), name, query->build, &fault) : 0;
	if (r == 0 || r == -ENOMEM)
		return r == 0 ? 0 : out_of_memory(diag);
	if (query->strict)
		return diag_at(diag, fault.at, r, "%s", fault.text);
	notice_at(&git->notices, fault.at, "warning", "%s; its figures are left out", fault.text);
	return 1;
}

static int add_commit(struct git_log *log, const char *const fields[N_FIELDS], const struct note *note)
{
	const char *texts[FIELD_NOTE];

	for (size_t i = 0; i < FIELD_NOTE; i++)
		texts[i] = arena_text(&log->arena, fields[i], strlen(fields[i]));
	for (size_t i = 0; i < note->n_builds; i++)
		log->n_figures += note->builds[i].n_figures;
	return arena_error(&log->arena) < 0 ?
		       -ENOMEM :
		       vec_push(log, commits, (struct history_commit){ texts[0], texts[1], texts[2], texts[3], *note });
}

/* Adds the commit if it is one of those that are wanted. */
static int take_commit(struct git_log *log, const struct git *git, const struct git_log_query *query,
		       const char *const fields[N_FIELDS], struct diag *diag)
{
	struct note note = { .n_builds = 0 };
	int r = read_note(git, query, fields, &note, diag);

	if (r != 0)
		return MIN(r, 0);
	bool has_figures = query->build ? note.n_builds > 0 : *fields[FIELD_NOTE] != '\0';
	bool is_wanted = has_figures != query->missing;
	r = is_wanted ? add_commit(log, fields, &note) : 0;
	if (r < 0 || !is_wanted)
		note_deinit(&note);
	return r < 0 ? out_of_memory(diag) : 0;
}

/* What git printed, with -z. *ret_n: how many commits it has, up to the last that is wanted. */
static int take_page(struct git_log *log, const struct git *git, const struct git_log_query *query,
		     const struct strbuf *page, size_t *ret_n, struct diag *diag)
{
	const char *p = strbuf_text(page), *end = p + page->n_bytes;

	for (*ret_n = 0; log->n_commits < query->n_last && p < end; ++*ret_n) {
		const char *fields[N_FIELDS];
		for (size_t i = 0; i < N_FIELDS; i++) {
			fields[i] = p < end ? p : "";
			p += p < end ? strlen(p) + 1 : 0; /* the text ends with a NUL of its own */
		}
		int r = take_commit(log, git, query, fields, diag);
		if (r < 0)
			return r;
		if (log->n_figures > GIT_LOG_FIGURES_MAX)
			return diag_set(diag, -EFBIG,
					"the notes of %zu commits have more than %d figures; --last %zu takes fewer",
					log->n_commits, GIT_LOG_FIGURES_MAX, log->n_commits / 2);
	}
	return 0;
}

int git_log_read(struct git_log *ret, const struct git *git, const struct git_log_query *query, struct diag *diag)
{
	struct strbuf notes CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_max = query->missing ? MIN(query->n_last, (size_t)GIT_COMMITS_MAX) : (size_t)GIT_COMMITS_MAX;
	size_t n_page = MIN(query->n_last, (size_t)FIRST_PAGE_COMMITS), n_read = 0;
	char skip[40], count[40];
	int r = 0;

	*ret = (struct git_log){ .n_commits = 0 };
	strbuf_printf(&notes, "--notes=%s%s", git_ref_prefix(git), git->ref);
	if (strbuf_error(&notes) < 0)
		return out_of_memory(diag);
	const struct git_call call = { .words = GIT_WORDS("log", "-z", "--no-color", "--no-show-signature",
							  "--encoding=UTF-8", strbuf_text(&notes), FIELDS_FORMAT, skip,
							  count, query->older ? "--no-walk=unsorted" : "--do-walk",
							  query->hash, query->older ? query->older : query->hash,
							  "--") };
	for (size_t n = 0; n < n_max && ret->n_commits < query->n_last && r == 0; n += n_read) {
		struct filter_result page CLEANUP(filter_result_deinit) = { .exit_code = 0 };
		n_page = MIN(n_page, n_max - n);
		snprintf(skip, sizeof(skip), "--skip=%zu", n);
		snprintf(count, sizeof(count), "--max-count=%zu", n_page);
		r = git_must(&call, &page, "no log of the commits", diag);
		if (r == 0)
			r = take_page(ret, git, query, &page.output, &n_read, diag);
		if (r == 0 && n_read < n_page)
			break;
		n_page *= page.output.n_bytes < PAGE_BYTES ? PAGE_GROWTH : 1;
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
