/* What a check found, in all formats: the limits, and as a page below them what they are about. */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "load.h"
#include "memprof/sinks/document.h"
#include "memprof/sinks/output_document.h"
#include "memprof/viewers/check_view.h"
#include "memprof/viewers/diff_view.h"
#include "memprof/viewers/image_parts.h"

static const char *elf_of(const struct check_files *files)
{
	return files->build.is_joined ? files->build.elf.image.name : NULL;
}

static struct diff_input side_of(const struct check_files *files)
{
	return (struct diff_input){ files->build.image->name, files->build.image->format, elf_of(files), NOT_KNOWN };
}

/* ---- pages: a negative errno: it cannot be drawn ---- */

static int draw_diff(struct checking *k, struct output *out, const struct document *found)
{
	static const struct diff_options options = { .tables = 0 };
	const struct check_files *now = &k->inputs.sides[CHECK_NOW], *base = &k->inputs.sides[CHECK_BASE];
	struct diff diff = { 0 };
	struct diag diag = { 0 };
	int r = diff_images(&diff, base->build.image, now->build.image, k->inputs.rules, &options, &diag);

	if (r == 0)
		html_diff(&out->text, &(struct diff_view){ &diff, side_of(base), side_of(now), NAMES_FULL, found });
	diff_deinit(&diff);
	return r;
}

static int draw_image(struct checking *k, struct output *out, const struct document *found)
{
	const struct check_files *now = &k->inputs.sides[CHECK_NOW];
	const struct image *image = now->build.image;
	struct image_view page = { .n_top = SIZE_MAX, .by_chance = true, .elf_name = elf_of(now), .limits = found };
	struct image_parts parts = { .symbols = NULL };
	int r = image_parts_make(&parts, image, k->inputs.rules, true);

	if (r == 0 && check_asks(&k->check, SUBJECTS_OF_SOURCES)) {
		page.lists = 1u << IMAGE_SOURCES;
		r = image_groups_by_source(image, IMAGE_BY_SOURCE, NULL, &parts.sources);
	}
	if (r == 0) {
		image_parts_show(&parts, image, &page);
		page.bin_name = now->bin.name;
		page.bin_format = now->bin.format;
		page.bin_bytes = now->bin.size_bytes;
		html_image(&out->text, &page);
	}
	image_parts_deinit(&parts);
	return r;
}

enum { CULPRITS = 5 };

/* The logs are read once more, as a budget is judged at their end and stands at the beginning. */
static int draw_logs(struct checking *k, struct output *out, const struct document *found)
{
	struct heap_document d = { .out = out, .limits = found };
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };

	d.options.n_culprits = CULPRITS;
	if (load_log_format(&k->args->log, &format) < 0)
		return -EINVAL;
	document_of_logs(&d, k->dumps.all, k->dumps.n, &format);
	return 0;
}

/* The first that there is: two builds as diff draws them, a build as map does, logs as report does. */
static void write_page(struct checking *k, struct output *out, const struct document *found)
{
	const struct image *now = k->inputs.sides[CHECK_NOW].build.image,
			   *base = k->inputs.sides[CHECK_BASE].build.image;
	int r = -ENOENT;

	if (now && base)
		r = draw_diff(k, out, found);
	if (r < 0 && now)
		r = draw_image(k, out, found);
	if (r < 0 && k->dumps.n > 0 && k->check.budget && !k->check.failed[CHECK_OF_HEAP])
		r = draw_logs(k, out, found);
	if (r < 0)
		print_html(&out->text, found);
}

/* ---- all formats ---- */

/* Inputs as given by options. */
static size_t list_inputs(const struct checking *k, struct check_view_input ret[2 * OPTIONS_GIVEN_MAX + 1])
{
	const struct options *options = k->options;
	static const char *const roles[] = {
		"map",  "elf",    "bin",  "partitions", "board",    "ld",
		"dump", "memory", "live", "run",        "per-test", "baseline",
	};
	size_t n = 0;

	for (size_t i = 0; i < options->n_given; i++)
		for (size_t role = 0; role < ARRAY_SIZE(roles); role++)
			if (strcmp(options->given[i].spec->name, roles[role]) == 0)
				ret[n++] = (struct check_view_input){ roles[role], options->given[i].value };
	if (!check_is_test(k))
		return n;
	for (size_t i = 0; i < k->args->runs.n; i++)
		ret[n++] = (struct check_view_input){ "run", k->args->runs.all[i] };
	ret[n++] = (struct check_view_input){ "per-test", k->args->per_test };
	return n;
}

static void write_one(struct checking *k, struct output *out, const struct check_view *view, const struct document *d)
{
	if (out->format == OUTPUT_JSON) {
		json_check(&(struct json){ .out = &out->text }, view);
	} else if (out->format == OUTPUT_HTML) {
		write_page(k, out, d);
	} else {
		output_document(out, d);
	}
	output_drain(out);
}

void check_write_rows(struct checking *k, int code)
{
	const struct check_files *now = &k->inputs.sides[CHECK_NOW];
	struct check_view_input inputs[2 * OPTIONS_GIVEN_MAX + 1];
	const struct check_view view = {
		.check = &k->check,
		.exit_code = code,
		.all = k->args->all,
		.inputs = inputs,
		.n_inputs = list_inputs(k, inputs),
		.trouble = k->check.trouble,
		.tests = now->has_tests ? &now->tests : NULL,
	};

	struct document d CLEANUP(doc_deinit);

	document_check(&d, &view);
	for (size_t i = 0; i < k->outputs.n; i++)
		write_one(k, &k->outputs.all[i], &view, &d);
}
