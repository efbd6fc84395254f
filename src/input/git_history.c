/* Figures over commits, and of two of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "git_run.h"

static const struct place nowhere;

/* ---- since ---- */

static int name_since(struct git_history *h, const struct git *git, const struct git_history_query *query,
		      const char *base, struct diag *diag)
{
	struct strbuf range CLEANUP(strbuf_deinit) = STRBUF_INIT, count CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *found = h->since.commits[0].hash, *short_hash = h->since.commits[0].short_hash;

	if (strcmp(found, base) == 0) {
		strbuf_puts(&h->since_name, query->since);
		return strbuf_error(&h->since_name) < 0 ? diag_set(diag, -ENOMEM, "out of memory") : 0;
	}
	strbuf_printf(&range, "%s..%s", found, query->since_hash);
	if (git_line(GIT_WORDS("rev-list", "--count", strbuf_text(&range)), &count, diag) != 0)
		return diag_set(diag, -EINVAL, "git cannot count the commits of %s", strbuf_text(&range));
	strbuf_printf(&h->since_name, "%s, %s commit%s before %s", short_hash, strbuf_text(&count),
		      strcmp(strbuf_text(&count), "1") == 0 ? "" : "s", query->since);
	notice_at(&git->notices, nowhere, "warning",
		  "%.10s, common to this commit and '%s', has no figures: compared with %s", base, query->since,
		  short_hash);
	return strbuf_error(&h->since_name) < 0 ? diag_set(diag, -ENOMEM, "out of memory") : 0;
}

/* What cannot be compared is a warning. */
static int read_since(struct git_history *h, const struct git *git, const struct git_history_query *query,
		      struct diag *diag)
{
	struct strbuf base CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int r = git_line(GIT_WORDS("merge-base", query->hash, query->since_hash), &base, diag);

	if (r > 0)
		notice_at(&git->notices, nowhere, "warning",
			  "%.12s and '%s' have no common commit here%s: no change since it", query->hash, query->since,
			  git->is_shallow ? GIT_SHALLOW_ADVICE : "");
	if (r != 0 || strcmp(strbuf_text(&base), query->hash) == 0)
		return MIN(r, 0);
	const struct git_log_query one = { .hash = strbuf_text(&base), .build = query->build, .n_last = 1 };
	r = git_log_read(&h->since, git, &one, diag);
	if (r == 0 && h->since.n_commits)
		return name_since(h, git, query, strbuf_text(&base), diag);
	if (r == 0)
		notice_at(&git->notices, nowhere, "warning", "no commit up to '%s' has figures: no change since it",
			  query->since);
	return r;
}

/* ---- all of them ---- */

static int no_figures(const struct git *git, const char *build, struct diag *diag)
{
	const char *prefix = git_ref_prefix(git);

	if (build)
		return diag_set(diag, -EINVAL,
				"no commit here has figures of a build '%s' in %s; 'memprof history log' lists all",
				build, git->ref);
	return diag_set(diag, -EINVAL,
			"no commit here has figures in %s: add some with 'memprof history add', or fetch them"
			" with 'git fetch origin %s%s:%s%s'%s",
			git->ref, prefix, git->ref, prefix, git->ref, git->is_shallow ? GIT_SHALLOW_ADVICE : "");
}

int git_history_read(struct git_history *ret, const struct git *git, const struct git_history_query *query,
		     struct diag *diag)
{
	const struct git_log_query log = { .hash = query->hash, .build = query->build, .n_last = query->n_last + 1 };
	struct series_options series = query->series;
	int r = git_log_read(&ret->log, git, &log, diag);

	if (r == 0 && ret->log.n_commits == 0)
		r = no_figures(git, query->build, diag);
	if (r == 0 && query->since)
		r = read_since(ret, git, query, diag);
	if (r < 0)
		return r;
	const struct history_commit *newest = ret->log.commits;
	if (query->is_summary && strcmp(newest->hash, query->hash) != 0)
		notice_at(&git->notices, nowhere, "note", "%.10s has no figures; the newest are of %.10s", query->hash,
			  newest->hash);
	if (!query->is_summary && git->is_shallow && ret->log.n_commits < query->n_last)
		notice_at(&git->notices, nowhere, "warning", GIT_SHALLOW_WARNING);
	ret->n_shown = MIN(ret->log.n_commits, query->n_last + query->is_summary);
	series.n_shown = ret->n_shown;
	r = series_make(&ret->series, ret->log.commits, ret->log.n_commits, &series);
	return r < 0 ? diag_set(diag, r, "out of memory") : 0;
}

void git_history_deinit(struct git_history *history)
{
	series_deinit(&history->series);
	git_log_deinit(&history->log);
	git_log_deinit(&history->since);
	strbuf_deinit(&history->since_name);
}

/* ---- two of them ---- */

/* The newest that have figures, the older one first; they are named by their hashes. */
static int take_last_two(struct git_pair *p, const struct git *git, const char *to, char hashes[2][GIT_HASH_CHARS + 1],
			 struct diag *diag)
{
	if (p->log.n_commits < 2)
		return diag_set(diag, -EINVAL, "up to %s %s has figures in %s; a difference needs two", to,
				p->log.n_commits ? "one commit only" : "no commit", git->ref);
	for (size_t i = 0; i < 2; i++) {
		snprintf(hashes[i], GIT_HASH_CHARS + 1, "%s", p->log.commits[1 - i].hash);
		snprintf(p->short_hashes[i], sizeof(p->short_hashes[i]), "%.10s", hashes[i]);
		p->names[i] = p->short_hashes[i];
	}
	notice_at(&git->notices, nowhere, "note", "%s to %s, the last two commits with figures", p->names[0],
		  p->names[1]);
	return 0;
}

static const struct note *note_of(const struct git_log *log, const char *hash)
{
	for (size_t i = 0; i < log->n_commits; i++)
		if (strcmp(log->commits[i].hash, hash) == 0)
			return &log->commits[i].note;
	return NULL;
}

static int find_common(struct git_pair *p, const struct note *old, const struct note *new, struct diag *diag)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_common = 0;

	for (size_t i = 0; i < new->n_builds; i++) {
		const struct build_figures *build = note_find(old, new->builds[i].name);
		if (!build)
			continue;
		strbuf_printf(&names, "%s%s", n_common++ ? ", " : "", build->name);
		p->builds[0] = build;
		p->builds[1] = &new->builds[i];
	}
	if (n_common > 1)
		return diag_set(diag, -EINVAL,
				"both commits have figures of several builds; give --name with one of: %s",
				strbuf_text(&names));
	return n_common ? 0 : diag_set(diag, -EINVAL, "the two commits have figures of no build in common");
}

int git_pair_read(struct git_pair *ret, const struct git *git, const char *from, const char *to, const char *build,
		  struct diag *diag)
{
	char hashes[2][GIT_HASH_CHARS + 1];
	const struct git_log_query query = {
		.hash = hashes[1], .older = from ? hashes[0] : NULL, .build = build, .n_last = 2, .strict = from != NULL
	};
	const struct note *notes[2] = { NULL };
	int r = git_find_commit(git, to, hashes[1], diag);

	ret->names[0] = from;
	ret->names[1] = to;
	if (r == 0 && from)
		r = git_find_commit(git, from, hashes[0], diag);
	if (r == 0)
		r = git_log_read(&ret->log, git, &query, diag);
	if (r == 0 && !from)
		r = take_last_two(ret, git, to, hashes, diag);
	for (size_t i = 0; i < 2 && r == 0; i++) {
		notes[i] = note_of(&ret->log, hashes[i]);
		if (!notes[i])
			r = diag_set(diag, -EINVAL,
				     "'%.80s' (%.10s) has no figures%s%s%s in %.80s; 'memprof history log' lists the"
				     " commits that have",
				     ret->names[i], hashes[i], build ? " of a build '" : "", build ? build : "",
				     build ? "'" : "", git->ref);
	}
	return r < 0 ? r : find_common(ret, notes[0], notes[1], diag);
}

void git_pair_deinit(struct git_pair *pair) { git_log_deinit(&pair->log); }
