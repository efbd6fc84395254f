/* history log: figures over commits; history log --summary: a line for a job's log. */
#include <errno.h>
#include <string.h>

#include "history/private.h"
#include "memprof/viewers/history_view.h"

enum { SUMMARY_COMMITS = 30 };

static int failed(const struct diag *diag)
{
	message_diag(diag);
	return -EINVAL;
}

static int read_log(const struct git *git, const struct git_log_wish *wish, struct git_log *ret)
{
	struct diag diag = { 0 };

	return git_log_read(ret, git, wish, &diag) < 0 ? failed(&diag) : 0;
}

static int report_no_figures(const struct git *git, const char *build)
{
	const char *prefix = git_ref_prefix(git);

	if (build)
		message_error("no commit here has figures of a build '%s' in %s; 'memprof history log' lists all",
			      build, git->ref);
	else
		message_error(
			"no commit here has figures in %s: add some with 'memprof history add', or fetch them"
			" with 'git fetch origin %s%s:%s%s'%s",
			git->ref, prefix, git->ref, prefix, git->ref,
			git->is_shallow ? "; this clone is shallow, 'git fetch --unshallow' gets the older"
					  " commits" :
					  "");
	return -EINVAL;
}

static void warn_shallow(const struct git *git, const struct git_log *log, size_t n_last)
{
	if (git->is_shallow && log->n_commits < n_last)
		message_at((struct place){ 0 }, "warning",
			   "this clone is shallow: older commits are not in it; 'git fetch --unshallow' gets them");
}

/* "region,component" as SUBJECT_BITs. */
static int read_by(const char *by, unsigned *ret)
{
	while (by) {
		struct image_slice word = { by, (uint32_t)strcspn(by, ",") };
		unsigned bit = slice_is(word, figure_subject_name(SUBJECT_IMAGE)) ? SUBJECT_BIT(SUBJECT_IMAGE) : 0;
		for (size_t i = 0; i < note_n_subjects; i++)
			if (slice_is(word, figure_subject_name(note_subjects[i])))
				bit = SUBJECT_BIT(note_subjects[i]);
		if (!bit) {
			message_error(
				"--by takes region, image, section, component, archive, frozen and folder,"
				" not '%.*s'",
				(int)word.n_bytes, by);
			return -EINVAL;
		}
		*ret |= bit;
		by = by[word.n_bytes] ? by + word.n_bytes + 1 : NULL;
	}
	return 0;
}

/* ---- summary ---- */

static void warn_since(const struct diag *diag)
{
	message_at((struct place){ 0 }, "warning", "%s: no change since it", diag->text);
}

/* How --since is named: as given, or by the older commit that is compared in its place. */
static int name_since(const struct git *git, const struct summary_wish *wish, const char *base,
		      const struct history_commit *compared, struct strbuf *ret, struct diag *diag)
{
	size_t n = 0;

	if (strcmp(compared->hash, base) == 0) {
		strbuf_puts(ret, wish->since_name);
		return strbuf_error(ret) < 0 ? diag_set(diag, -ENOMEM, "out of memory") : 0;
	}
	if (git_count(git, compared->hash, wish->since, &n, diag) < 0)
		return -EINVAL;
	strbuf_printf(ret, "%s, %zu commit%s before %s", compared->short_hash, n, n == 1 ? "" : "s", wish->since_name);
	message_at((struct place){ 0 }, "warning",
		   "%.10s, common to this commit and '%s', has no figures: compared with %s", base, wish->since_name,
		   compared->short_hash);
	return strbuf_error(ret) < 0 ? diag_set(diag, -ENOMEM, "out of memory") : 0;
}

/* The figures of the newest commit, up to the base, that has any; none on the base itself. What cannot be compared is a
 * warning. */
static int read_since(const struct git *git, const char *hash, const struct summary_wish *wish, const char *build,
		      struct git_log *ret, struct strbuf *ret_name)
{
	char base[GIT_HASH_CHARS + 1];
	struct diag diag = { 0 };

	if (git_find_base(git, hash, wish->since, base, &diag) < 0) {
		warn_since(&diag);
		return 0;
	}
	if (strcmp(base, hash) == 0)
		return 0;
	const struct git_log_wish log = { .hash = base, .build = build, .n_last = 1, .notices = message_notices };
	if (read_log(git, &log, ret) < 0)
		return -EINVAL;
	if (ret->n_commits)
		return name_since(git, wish, base, &ret->commits[0], ret_name, &diag) < 0 ? failed(&diag) : 0;
	message_at((struct place){ 0 }, "warning", "no commit up to '%s' has figures: no change since it",
		   wish->since_name);
	return 0;
}

static int write_summary(const struct git_log *log, const struct git_log *since, const char *since_name,
			 const char *build, struct output *out)
{
	const struct series_options options = { .build = build,
						.subjects = SUBJECT_BIT(SUBJECT_REGION),
						.or_image = true };
	struct series series CLEANUP(series_deinit) = { .n_builds = 0 };
	const struct history_view view = {
		.commits = log->commits,
		.n_commits = log->n_commits,
		.series = &series,
		.since_name = since->n_commits ? since_name : NULL,
		.since = since->n_commits ? &since->commits[0] : NULL,
	};

	if (series_make(&series, log->commits, log->n_commits, &options) < 0) {
		message_error("out of memory");
		return -EINVAL;
	}
	text_history_summary(&out->text, &view, &out->style);
	return 0;
}

int builds_read_summary(const struct history_args *args, const struct git *git, struct summary_wish *ret)
{
	ret->since_name = args->since;
	ret->n_last = builds_last(args, SUMMARY_COMMITS);
	return ret->since_name ? builds_find(git, ret->since_name, ret->since) : 0;
}

int builds_summary(const struct git *git, const struct summary_wish *wish, const char *hash, const char *build,
		   struct output *out)
{
	struct git_log log CLEANUP(git_log_deinit) = { .n_commits = 0 };
	struct git_log since CLEANUP(git_log_deinit) = { .n_commits = 0 };
	struct strbuf since_name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct git_log_wish of = { .hash = hash,
					 .build = build,
					 .n_last = wish->n_last + 1, /* what the oldest of them is compared with */
					 .notices = message_notices };

	if (read_log(git, &of, &log) < 0 ||
	    (wish->since_name && read_since(git, hash, wish, build, &since, &since_name) < 0))
		return -EINVAL;
	if (log.n_commits == 0)
		return report_no_figures(git, build);
	if (strcmp(log.commits[0].hash, hash) != 0)
		message_at((struct place){ 0 }, "note", "%.10s has no figures; the newest are of %.10s", hash,
			   log.commits[0].hash);
	return write_summary(&log, &since, strbuf_text(&since_name), build, out);
}

/* ---- log ---- */

static void write_log(struct output *out, const struct history_view *view)
{
	struct json j;

	if (out->format == OUTPUT_JSON) {
		json_init(&j, &out->text, false);
		json_history(&j, view);
	} else if (out->format == OUTPUT_CSV) {
		csv_history(&out->text, view);
	} else if (out->format == OUTPUT_HTML) {
		html_history(&out->text, view);
	} else {
		text_history(&out->text, view, &out->style);
	}
	output_drain(out);
}

static int report(const struct git *git, const struct git_log *log, struct series_options *wish, struct output *out)
{
	struct series series CLEANUP(series_deinit) = { .n_builds = 0 };
	bool is_table = out->format == OUTPUT_TEXT || out->format == OUTPUT_CSV;

	if (!wish->subjects && !wish->filter && is_table) {
		wish->subjects = SUBJECT_BIT(SUBJECT_REGION);
		wish->or_image = true;
	}
	if (series_make(&series, log->commits, log->n_commits, wish) < 0) {
		message_error("out of memory");
		return -EINVAL;
	}
	if (series.truncated)
		message_at((struct place){ 0 }, "warning", "more than %d builds: the others are left out",
			   SERIES_BUILDS_MAX);
	write_log(out, &(struct history_view){ .ref = git->ref,
					       .commits = log->commits,
					       .n_commits = MIN(log->n_commits, wish->n_shown),
					       .series = &series });
	return 0;
}

int builds_log(const struct options *options, struct output *out)
{
	struct git_log log CLEANUP(git_log_deinit) = { .n_commits = 0 };
	const struct history_args *args = options->values;
	struct series_options series = { .build = args->name,
					 .filter = args->tables.filter,
					 .n_shown = builds_last(args, 0) };
	const char *revision = options->n_args > 1 ? options->args[1] : "HEAD";
	char hash[GIT_HASH_CHARS + 1];
	struct git_log_wish wish = { .hash = hash, .build = series.build, .notices = message_notices };
	struct git git;

	if (args->since && !args->summary) {
		message_error("--since goes with --summary");
		return EXIT_INPUT;
	}
	if (read_by(args->tables.by, &series.subjects) < 0 || builds_open(args->ref, &git) < 0 ||
	    builds_find(&git, revision, hash) < 0)
		return EXIT_INPUT;
	if (args->summary) {
		struct summary_wish summary;
		return builds_read_summary(args, &git, &summary) < 0 ||
				       builds_summary(&git, &summary, hash, series.build, out) < 0 ?
			       EXIT_INPUT :
			       EXIT_FINE;
	}
	wish.n_last = series.n_shown + 1; /* what the oldest of them is compared with */
	if (read_log(&git, &wish, &log) < 0 || (log.n_commits == 0 && report_no_figures(&git, series.build) < 0))
		return EXIT_INPUT;
	warn_shallow(&git, &log, series.n_shown);
	return report(&git, &log, &series, out) < 0 ? EXIT_INPUT : EXIT_FINE;
}
