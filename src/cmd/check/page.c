#include "check/page.h"

#include <errno.h>
#include <string.h>

#include "image_parts.h"
#include "load.h"
#include "memprof/cli/message.h"
#include "memprof/viewers/diff_view.h"
#include "report/logs.h"

static const char *elf_of(const struct check_build_files *files)
{
	return files->map.blob.bytes && files->elf.blob.bytes ? files->elf.image.name : NULL;
}

static struct diff_input side_of(const struct check_build_files *files)
{
	return (struct diff_input){ files->image->name, files->image->format, elf_of(files), NOT_KNOWN };
}

/* ---- one for each page; a negative errno: it cannot be drawn ---- */

static int draw_diff(struct check_inputs *in, struct output *out, const struct check_view *view)
{
	static const struct diff_options options = { .tables = 0 };
	struct diff diff = { 0 };
	struct diag diag = { 0 };
	int r = diff_images(&diff, in->base.image, in->now.image, in->rules, &options, &diag);

	if (r == 0)
		html_diff(&out->text,
			  &(struct diff_view){ &diff, side_of(&in->base), side_of(&in->now), NAMES_FULL, view });
	diff_deinit(&diff);
	return r;
}

static int draw_image(struct check_inputs *in, struct output *out, const struct check_view *view)
{
	const struct image *image = in->now.image;
	struct image_view page = { .n_top = SIZE_MAX, .by_chance = true, .elf_name = elf_of(&in->now), .check = view };
	struct image_parts parts = { .symbols = NULL };
	int r = image_parts_make(&parts, image, in->rules, true);

	if (r == 0 && check_asks(view->check, SUBJECTS_OF_SOURCES)) {
		page.lists = 1u << IMAGE_SOURCES;
		r = image_groups_by_source(image, IMAGE_BY_SOURCE, NULL, &parts.sources);
	}
	if (r == 0) {
		image_parts_show(&parts, image, &page);
		page.bin_name = in->now.bin.name;
		page.bin_format = in->now.bin.format;
		page.bin_bytes = in->now.bin.size_bytes;
		html_image(&out->text, &page);
	}
	image_parts_deinit(&parts);
	return r;
}

enum { CULPRITS = 5 };

/* The logs are read once more, as a budget is judged at their end and stands at the beginning. */
static int draw_logs(struct check_inputs *in, struct output *out, const struct check_view *view)
{
	struct document d = { .out = out, .limits = view };
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	const struct option_list *dumps = &in->args->inputs.dumps;

	d.options.n_culprits = CULPRITS;
	if (load_log_format(&in->args->log, &format) < 0)
		return -EINVAL;
	document_of_logs(&d, dumps->all, dumps->n, &format);
	return 0;
}

/* ---- which one ---- */

void check_page_write(struct check_inputs *in, struct output *out, const struct check_view *view)
{
	int r = -ENOENT;

	if (in->now.image && in->base.image)
		r = draw_diff(in, out, view);
	if (r < 0 && in->now.image)
		r = draw_image(in, out, view);
	if (r < 0 && in->args && in->args->inputs.dumps.n > 0 && !in->failed[CHECK_OF_HEAP])
		r = draw_logs(in, out, view);
	if (r < 0)
		html_check(&out->text, view);
}
