/* Figures in git notes, and the commits that have them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "git_run.h"
#include "memprof/base/text.h"

/* A log is read in pages, each larger than the one before unless that was large enough. */
enum { FIRST_PAGE_COMMITS = 64, PAGE_GROWTH = 4, PAGE_BYTES = 16 << 20 };

#define REF_OPTION_INIT(name, git)                               \
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT; \
	strbuf_printf(&(name), "--ref=%s", (git)->ref)

static int out_of_memory(struct diag *diag) { return diag_set(diag, -ENOMEM, "out of memory"); }

const char *git_ref_prefix(const struct git *git)
{
	return strncmp(git->ref, "refs/notes/", 11) == 0 ? "" :
	       strncmp(git->ref, "notes/", 6) == 0       ? "refs/" :
							   "refs/notes/";
}

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

static int make_note(const struct git *git, const char *hash, const struct note_image *from, struct strbuf *ret,
		     struct diag *diag)
{
	struct filter_result old CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	char name[32];
	int r = show_note(git, hash, &old, diag);

	if (r < 0)
		return r;
	note_name(hash, name);
	r = note_add_image(r == 0 ? strbuf_text(&old.output) : NULL, old.output.n_bytes, name, from, ret, diag);
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
static bool has_author(void)
{
	static const struct git_call call = { .words = { "var", "GIT_COMMITTER_IDENT" } };
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };

	return git_run(&call, &result, NULL) == 0;
}

int git_add_to_note(const struct git *git, const char *hash, const struct note_image *from, struct diag *diag)
{
	struct strbuf note CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	REF_OPTION_INIT(ref, git);
	const struct git_call as_user = { .words = { "notes", strbuf_text(&ref), "add", "-f", "-F", "-", hash },
					  .input = &note };
	const struct git_call as_memprof = { .words = { "-c", "user.name=memprof", "-c", "user.email=memprof@localhost",
							"notes", strbuf_text(&ref), "add", "-f", "-F", "-", hash },
					     .input = &note };

	if (strbuf_error(&ref) < 0)
		return out_of_memory(diag);
	int r = make_note(git, hash, from, &note, diag);
	return r < 0 ? r : git_must(has_author() ? &as_user : &as_memprof, &result, git->ref, diag);
}

/* ---- commits and their notes ---- */

enum { FIELD_HASH, FIELD_SHORT_HASH, FIELD_DATE, FIELD_SUBJECT, FIELD_NOTE, N_FIELDS };
#define FIELDS_FORMAT "--format=%H%x00%h%x00%cI%x00%s%x00%N"

/* False: it cannot be read, and is left out with a warning. */
static bool read_listed(const struct git_log_wish *wish, const char *hash, const char *text, struct note *ret,
			int *error)
{
	struct diag diag = { 0 };
	char name[32];

	note_name(hash, name);
	*error = *text ? note_read(ret, text, strlen(text), name, &diag) : 0;
	if (*error == 0 || *error == -ENOMEM)
		return *error == 0;
	*error = 0;
	notice_at(&wish->notices, (struct place){ .file = name, .line = diag.at.line, .col = diag.at.col }, "warning",
		  "%s; its figures are left out", diag.text);
	return false;
}

static int add_commit(struct git_log *log, const char *const fields[N_FIELDS], const struct note *note)
{
	const char *texts[FIELD_NOTE];

	for (size_t i = 0; i < FIELD_NOTE; i++)
		texts[i] = arena_text(&log->arena, fields[i], strlen(fields[i]));
	if (arena_error(&log->arena) < 0 ||
	    vec_push(log, commits, (struct history_commit){ texts[0], texts[1], texts[2], texts[3], *note }) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < note->n_builds; i++)
		log->n_figures += note->builds[i].n_figures;
	return 0;
}

/* Adds the commit if it is one of those that are wished. */
static int take_commit(struct git_log *log, const struct git_log_wish *wish, const char *const fields[N_FIELDS])
{
	struct note note = { .n_builds = 0 };
	int r;

	if (!read_listed(wish, fields[FIELD_HASH], fields[FIELD_NOTE], &note, &r))
		return r;
	bool has_figures = wish->build ? note_find(&note, wish->build) != NULL : *fields[FIELD_NOTE] != '\0';
	if (wish->build)
		note_keep(&note, wish->build);
	if (has_figures != wish->missing)
		r = add_commit(log, fields, &note);
	if (r < 0 || has_figures == wish->missing)
		note_deinit(&note);
	return r;
}

/* One field of FIELDS_FORMAT with -z; NULL at the end. */
static const char *next_field(const char **p, const char *end)
{
	const char *field = *p;

	if (field >= end)
		return NULL;
	*p = field + strlen(field) + 1; /* the text ends with a NUL of its own */
	return field;
}

/* *ret_n: how many commits it has, up to the last that is wished. */
static int read_page(struct git_log *log, const struct git_log_wish *wish, const struct git_call *call, size_t *ret_n,
		     size_t *ret_n_bytes, struct diag *diag)
{
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	const char *fields[N_FIELDS];
	int r = git_must(call, &result, "no log of the commits", diag);

	if (r < 0)
		return r;
	const char *p = strbuf_text(&result.output), *end = p + result.output.n_bytes;
	*ret_n_bytes = result.output.n_bytes;
	for (*ret_n = 0; log->n_commits < wish->n_last && (fields[0] = next_field(&p, end)); ++*ret_n) {
		for (size_t i = 1; i < N_FIELDS; i++) {
			const char *field = next_field(&p, end);
			fields[i] = field ? field : "";
		}
		if (take_commit(log, wish, fields) < 0)
			return out_of_memory(diag);
		if (log->n_figures > GIT_LOG_FIGURES_MAX)
			return diag_set(diag, -EFBIG,
					"the notes of %zu commits have more than %d figures; --last %zu takes fewer",
					log->n_commits, GIT_LOG_FIGURES_MAX, log->n_commits / 2);
	}
	return 0;
}

int git_log_read(struct git_log *ret, const struct git *git, const struct git_log_wish *wish, struct diag *diag)
{
	struct strbuf notes CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_max = wish->missing ? MIN(wish->n_last, (size_t)GIT_COMMITS_MAX) : (size_t)GIT_COMMITS_MAX;
	size_t n_page = MIN(wish->n_last, (size_t)FIRST_PAGE_COMMITS), n_bytes = 0, n_read = 0;
	char skip[40], count[40];
	int r = 0;

	*ret = (struct git_log){ .n_commits = 0 };
	strbuf_printf(&notes, "--notes=%s%s", git_ref_prefix(git), git->ref);
	if (strbuf_error(&notes) < 0)
		return out_of_memory(diag);
	const struct git_call call = { .words = { "log", "-z", "--no-color", "--no-show-signature", "--encoding=UTF-8",
						  strbuf_text(&notes), FIELDS_FORMAT, skip, count, wish->hash, "--" } };
	for (size_t n = 0; n < n_max && ret->n_commits < wish->n_last && r == 0; n += n_read) {
		n_page = MIN(n_page, n_max - n);
		snprintf(skip, sizeof(skip), "--skip=%zu", n);
		snprintf(count, sizeof(count), "--max-count=%zu", n_page);
		r = read_page(ret, wish, &call, &n_read, &n_bytes, diag);
		if (r == 0 && n_read < n_page)
			break;
		n_page *= n_bytes < PAGE_BYTES ? PAGE_GROWTH : 1;
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
