/* The commits that have figures, with their notes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "git_run.h"

/* A log is read in pages, each larger than the one before unless that was large enough. */
enum { FIRST_PAGE_COMMITS = 64, PAGE_GROWTH = 4, PAGE_BYTES = 16 << 20 };

static int out_of_memory(struct diag *diag) { return diag_set(diag, -ENOMEM, "out of memory"); }

enum { FIELD_HASH, FIELD_SHORT_HASH, FIELD_DATE, FIELD_SUBJECT, FIELD_NOTE, N_FIELDS };
#define FIELDS_FORMAT "--format=%H%x00%h%x00%cI%x00%s%x00%N"

/* 0; -ENOMEM; > 0: it cannot be read, and is left out with a warning. */
static int read_note(const struct git *git, const char *build, const char *hash, const char *text, struct note *ret)
{
	struct diag diag = { 0 };
	char name[32];

	git_name_note(hash, name);
	int r = *text ? note_read(ret, text, strlen(text), name, build, &diag) : 0;
	if (r == 0 || r == -ENOMEM)
		return r;
	notice_at(&git->notices, (struct place){ .file = name, .line = diag.at.line, .col = diag.at.col }, "warning",
		  "%s; its figures are left out", diag.text);
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

/* Adds the commit if it is one of those that are wished. */
static int take_commit(struct git_log *log, const struct git *git, const struct git_log_wish *wish,
		       const char *const fields[N_FIELDS])
{
	struct note note = { .n_builds = 0 };
	int r = read_note(git, wish->build, fields[FIELD_HASH], fields[FIELD_NOTE], &note);

	if (r != 0)
		return MIN(r, 0);
	bool has_figures = wish->build ? note.n_builds > 0 : *fields[FIELD_NOTE] != '\0';
	bool is_wished = has_figures != wish->missing;
	r = is_wished ? add_commit(log, fields, &note) : 0;
	if (r < 0 || !is_wished)
		note_deinit(&note);
	return r;
}

/* What git printed, with -z. *ret_n: how many commits it has, up to the last that is wished. */
static int take_page(struct git_log *log, const struct git *git, const struct git_log_wish *wish,
		     const struct strbuf *page, size_t *ret_n, struct diag *diag)
{
	const char *p = strbuf_text(page), *end = p + page->n_bytes;

	for (*ret_n = 0; log->n_commits < wish->n_last && p < end; ++*ret_n) {
		const char *fields[N_FIELDS];
		for (size_t i = 0; i < N_FIELDS; i++) {
			fields[i] = p < end ? p : "";
			p += p < end ? strlen(p) + 1 : 0; /* the text ends with a NUL of its own */
		}
		if (take_commit(log, git, wish, fields) < 0)
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
	size_t n_max = wish->n_walked ? MIN(wish->n_walked, (size_t)GIT_COMMITS_MAX) : (size_t)GIT_COMMITS_MAX;
	size_t n_page = MIN(wish->n_last, (size_t)FIRST_PAGE_COMMITS), n_read = 0;
	char skip[40], count[40];
	int r = 0;

	*ret = (struct git_log){ .n_commits = 0 };
	strbuf_printf(&notes, "--notes=%s%s", git_ref_prefix(git), git->ref);
	if (strbuf_error(&notes) < 0)
		return out_of_memory(diag);
	const struct git_call call = { .words = GIT_WORDS("log", "-z", "--no-color", "--no-show-signature",
							  "--encoding=UTF-8", strbuf_text(&notes), FIELDS_FORMAT, skip,
							  count, wish->hash, "--") };
	for (size_t n = 0; n < n_max && ret->n_commits < wish->n_last && r == 0; n += n_read) {
		struct filter_result page CLEANUP(filter_result_deinit) = { .exit_code = 0 };
		n_page = MIN(n_page, n_max - n);
		snprintf(skip, sizeof(skip), "--skip=%zu", n);
		snprintf(count, sizeof(count), "--max-count=%zu", n_page);
		r = git_must(&call, &page, "no log of the commits", diag);
		if (r == 0)
			r = take_page(ret, git, wish, &page.output, &n_read, diag);
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
