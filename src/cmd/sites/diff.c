/* Two allocation profiles: which lines request more, and which less. */
#include "sites/diff.h"

#include <errno.h>
#include <string.h>

#include "diff_report.h"
#include "memprof/base/date.h"
#include "memprof/base/json.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "sites/private.h"

static int compare_alive(const char *path, struct sites_comparison *c, struct sites_view *view)
{
	const char *without = !view->before->has_alive ? path : !view->after->has_alive ? view->title : NULL;

	if (without) {
		message_error("--alive: %s has no record of what was freed", without);
		return -EINVAL;
	}
	if (sites_alive(view->before, &c->alive_before) < 0 || sites_alive(view->after, &c->alive_after) < 0) {
		message_error("out of memory");
		return -EINVAL;
	}
	view->before = &c->alive_before;
	view->after = &c->alive_after;
	return 0;
}

int sites_compare(const char *path, const struct sites *after, struct sites_comparison *ret, struct sites_view *view)
{
	if (sites_load(path, &ret->before) < 0)
		return -EINVAL;
	if (ret->before.unit != after->unit) {
		message_error("%s: one of the profiles is of time, the other of memory", path);
		return -EINVAL;
	}
	view->before = &ret->before;
	view->after = after;
	if (view->alive_only && compare_alive(path, ret, view) < 0)
		return -EINVAL;
	if (sites_diff(view->before, view->after, &ret->changes) < 0) {
		message_error("out of memory");
		return -ENOMEM;
	}
	view->changes = &ret->changes;
	view->before_title = path;
	return 0;
}

void sites_comparison_deinit(struct sites_comparison *c)
{
	sites_changes_deinit(&c->changes);
	sites_deinit(&c->before);
	sites_deinit(&c->alive_before);
	sites_deinit(&c->alive_after);
}

/* ---- the command ---- */

static bool has_changed(const struct sites_view *view)
{
	for (size_t i = 0; i < view->changes->n_changes; i++)
		if (!sites_change_is_chance(view->before, view->after, &view->changes->changes[i]))
			return true;
	return false;
}

static void show(struct output *out, const struct sites_view *view)
{
	struct json j;

	if (out->format == OUTPUT_JSON) {
		json_init(&j, &out->text, false);
		json_sites(&j, view);
	} else if (out->format == OUTPUT_HTML) {
		html_sites(&out->text, view);
	} else if (out->format == OUTPUT_MARKDOWN) {
		markdown_sites_diff(&out->text, view);
	} else {
		text_sites(&out->text, view, &out->style);
	}
	output_drain(out);
}

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

int sites_diff_files(const struct options *options)
{
	const struct diff_args *args = options->values;
	struct sites_view view = { .title = options->args[1],
				   .alive_only = args->alive,
				   .n_top = args->tables.top == NOT_KNOWN ? SITES_TOP_ROWS : args->tables.top };
	struct sites after = { .n_nodes = 0 };
	struct sites_comparison comparison = { .before = { .n_nodes = 0 } };
	struct diff_options limits = { .grown = args->tables.grown };
	struct output out;
	int code = EXIT_INPUT;

	if (output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	if (sites_load(options->args[1], &after) == 0 &&
	    sites_compare(options->args[0], &after, &comparison, &view) == 0 &&
	    read_threshold(args->tables.threshold, after.unit, &limits) == 0 && check_carriers(args, &view) == 0) {
		view.sites = &after;
		sites_changes_cut(&comparison.changes, limits.threshold_bytes, limits.threshold_percent, limits.grown);
		show(&out, &view);
		code = args->exit_code && has_changed(&view) ? EXIT_FINDING : EXIT_FINE;
	}
	sites_comparison_deinit(&comparison);
	sites_deinit(&after);
	return output_close(&out, code);
}
