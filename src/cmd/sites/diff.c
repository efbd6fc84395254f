/* Two allocation profiles: which lines request more, and which less. */
#include "sites/diff.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/json.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/io/blob.h"
#include "sites/private.h"

bool sites_is_saved(const char *path)
{
	char begin[128];

	begin[blob_begin(path, begin, sizeof(begin) - 1)] = '\0';
	return strstr(begin, "\"memprof.sites/");
}

int sites_compare(const char *path, const struct sites *after, struct sites_comparison *ret, struct sites_view *view)
{
	if (sites_load(path, &ret->before) < 0)
		return -EINVAL;
	if (ret->before.unit != after->unit) {
		message_error("%s: one of the profiles is of time, the other of memory", path);
		return -EINVAL;
	}
	if (sites_diff(&ret->before, after, &ret->changes) < 0) {
		message_error("out of memory");
		return -ENOMEM;
	}
	view->changes = &ret->changes;
	view->before = &ret->before;
	view->before_title = path;
	return 0;
}

void sites_comparison_deinit(struct sites_comparison *c)
{
	sites_changes_deinit(&c->changes);
	sites_deinit(&c->before);
}

/* ---- the command ---- */

static bool has_changed(const struct sites_comparison *c, const struct sites *after)
{
	for (size_t i = 0; i < c->changes.n_changes; i++)
		if (!sites_change_is_chance(&c->before, after, &c->changes.changes[i]))
			return true;
	return false;
}

static bool is_shown_in(enum output_format format)
{
	if (format != OUTPUT_MARKDOWN)
		return true;
	message_error("two allocation profiles are compared in --format text, json and html");
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
	} else {
		text_sites(&out->text, view, &out->style);
	}
	output_drain(out);
}

int sites_diff_files(const struct options *options)
{
	struct sites_view view = { .title = options->args[1] };
	struct sites after = { .n_nodes = 0 };
	struct sites_comparison comparison = { .before = { .n_nodes = 0 } };
	struct output out;
	int code = EXIT_INPUT;

	if (sites_top_read(options, &view.n_top) < 0 || output_open(&out, options) < 0)
		return EXIT_INPUT;
	if (is_shown_in(out.format) && sites_load(options->args[1], &after) == 0 &&
	    sites_compare(options->args[0], &after, &comparison, &view) == 0) {
		view.sites = &after;
		show(&out, &view);
		code = option_is(options, "exit-code") && has_changed(&comparison, &after) ? EXIT_FINDING : EXIT_FINE;
	}
	sites_comparison_deinit(&comparison);
	sites_deinit(&after);
	return output_close(&out, code);
}
