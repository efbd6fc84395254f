/* Allocation profiles: read, compared and shown by sites, diff and view. */
#include "profiles.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "diff_report.h"
#include "load.h"
#include "memprof/base/date.h"
#include "memprof/base/json.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/input/kept.h"
#include "memprof/sinks/output_document.h"

/* ---- files ---- */

static bool begins_as_json(const struct blob *blob)
{
	size_t i = 0;

	while (i < blob->n_bytes && strchr(" \t\r\n", blob->bytes[i]) && blob->bytes[i])
		i++;
	return i < blob->n_bytes && blob->bytes[i] == '{';
}

bool profile_is_data(const char *path)
{
	struct blob blob = { .bytes = NULL };
	struct diag diag = { 0 };
	const char *suffix = strrchr(path, '.');
	struct stat st;

	if (strcmp(path, "-") == 0 || (stat(path, &st) == 0 && S_ISFIFO(st.st_mode)))
		return true;
	if (suffix && (strcmp(suffix, ".py") == 0 || strcmp(suffix, ".json") == 0))
		return strcmp(suffix, ".json") == 0;
	int error = kept_read(path, &blob, &diag);
	bool is_json = error == 0 && begins_as_json(&blob);
	blob_deinit(&blob);
	return is_json || (error < 0 && error != -ENOENT && error != -EISDIR && error != -EACCES);
}

int profile_load(const char *path, struct sites *ret)
{
	struct diag diag = { 0 };

	return load_exit(sites_file_read(path, ret, &diag), &diag);
}

/* Compares with a saved one, and puts that into *view, which refers to *ret. An exit code. */
static int compare(const char *path, const struct sites *after, struct sites_comparison *ret, struct sites_view *view)
{
	const char *const titles[] = { path, view->title };
	struct diag diag = { 0 };
	int code = profile_load(path, &ret->before);

	if (code == EXIT_FINE)
		code = load_exit(sites_compare(ret, after, titles, view->alive_only, &diag), &diag);
	if (code != EXIT_FINE)
		return code;
	view->before = ret->old;
	view->after = ret->new;
	view->changes = &ret->changes;
	view->before_title = path;
	return EXIT_FINE;
}

static void show(struct output *out, const struct sites_view *view)
{
	static void (*const views[N_OUTPUT_FORMATS])(struct strbuf *, const struct sites_view *) = {
		[OUTPUT_HTML] = html_sites,
		[OUTPUT_FOLDED] = folded_sites,
		[OUTPUT_SPEEDSCOPE] = speedscope_sites,
		[OUTPUT_PPROF] = pprof_sites,
	};

	if (out->format == OUTPUT_JSON) {
		json_sites(&(struct json){ .out = &out->text }, view);
	} else if (views[out->format]) {
		views[out->format](&out->text, view);
	} else {
		struct document d CLEANUP(doc_deinit);
		document_sites(&d, view);
		output_document(out, &d);
	}
	output_drain(out);
}

/* ---- sites ---- */

static int report_no_alive(const char *mark)
{
	if (mark)
		message_error(
			"no mark '%s' came: what was alive at it is not known; a program makes one by"
			" memprof.mark('%s')",
			mark, mark);
	else
		message_error("--alive: it is not known of this profile what was freed");
	return EXIT_INPUT;
}

int profile_report(struct output *out, const struct profile_report *report, struct sites_view *view)
{
	struct sites *sites = report->sites;
	struct sites_comparison comparison = { .before = { .n_nodes = 0 } };
	struct sites_sources sources = { .n_sources = 0 };
	bool is_fine = !report->since || compare(report->since, sites, &comparison, view) == EXIT_FINE;
	bool lacks_alive = (report->mark || view->alive_only) && !sites->has_alive;
	int code = !is_fine ? EXIT_INPUT : lacks_alive ? report_no_alive(report->mark) : EXIT_FINE;

	if (is_fine && !(lacks_alive && view->alive_only)) {
		if (*report->script || report->folder)
			sites_sources_read(&sources, sites, report->script, report->folder);
		if (!report->is_saved && sites_sources_keep(&sources, sites) < 0)
			out->text.error = -ENOMEM;
		view->sites = sites;
		view->sources = sources.sources;
		view->n_sources = sources.n_sources;
		show(out, view);
	}
	sites_sources_deinit(&sources);
	sites_comparison_deinit(&comparison);
	return code;
}

/* ---- diff ---- */

/* Bytes, or a time. 0, or -EINVAL after a message. */
static int read_threshold(const char *text, enum sites_unit unit, struct diff_options *ret)
{
	uint64_t millionths;

	if (unit == SITES_BYTES || !text || number_parse_percent(text, &millionths) == 0)
		return diff_read_threshold(text, ret);
	if (duration_parse(text, &ret->threshold_bytes) == 0)
		return 0;
	message_error("--threshold of profiles of time takes a time, as 5ms, or percent, as 0.5%%, not '%s'", text);
	return -EINVAL;
}

/* What they measure differs, so a gate would fail of any program. 0, or -EINVAL after a message. */
static int check_carriers(const struct diff_args *args, const struct sites_view *view)
{
	if (!args->exit_code || view->before->how == view->after->how)
		return 0;
	message_error("--exit-code takes two profiles of one carrier; these are of %s and %s",
		      sites_how_name(view->before->how), sites_how_name(view->after->how));
	return -EINVAL;
}

int profiles_diff(const struct options *options)
{
	const struct diff_args *args = options->values;
	const char *const *names = (const char *const *)options->args;
	struct sites after = { .n_nodes = 0 };
	struct sites_comparison comparison = { .before = { .n_nodes = 0 } };
	struct sites_view view = { .sites = &after,
				   .title = names[1],
				   .alive_only = args->alive,
				   .n_top = args->tables.top == NOT_KNOWN ? PROFILE_TOP_ROWS : args->tables.top };
	struct diff_options limits = { .grown = args->tables.grown };
	struct output out;
	int code = EXIT_INPUT;

	if (output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	if (profile_load(names[1], &after) == EXIT_FINE && compare(names[0], &after, &comparison, &view) == EXIT_FINE &&
	    read_threshold(args->tables.threshold, after.unit, &limits) == 0 && check_carriers(args, &view) == 0) {
		sites_changes_cut(&comparison.changes, limits.threshold_bytes, limits.threshold_percent, limits.grown);
		show(&out, &view);
		code = args->exit_code && sites_comparison_has_changes(&comparison) ? EXIT_FINDING : EXIT_FINE;
	}
	sites_comparison_deinit(&comparison);
	sites_deinit(&after);
	return output_close(&out, code);
}
