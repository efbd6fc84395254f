/* The builds of a check, and the partitions they fill. */
#include <errno.h>
#include <string.h>

#include "check/inputs.h"
#include "layout/inputs.h"
#include "load.h"
#include "memprof/cli/message.h"

void check_builds_deinit(struct check_build_files *files)
{
	if (files->has_layout)
		layout_deinit(&files->layout);
	input_image_deinit(&files->map);
	input_image_deinit(&files->elf);
	*files = (struct check_build_files){ 0 };
}

static unsigned wanted_sources(const struct check_inputs *in)
{
	return in->check && check_asks(in->check, SUBJECTS_OF_SOURCES) ? IMAGE_WANT_SYMBOLS | IMAGE_WANT_SOURCES : 0;
}

/* Symbols take time to read: only if a limit or a comparison needs them, that of a map with its ELF included. */
static unsigned wanted(const struct check_inputs *in, bool joins)
{
	bool all = joins || in->draws || !in->check || in->args->baselines.n ||
		   check_asks(in->check, SUBJECT_BIT(SUBJECT_SYMBOL));

	return (all ? IMAGE_WANT_SYMBOLS : 0) | wanted_sources(in);
}

static bool is_elf(const struct image *image) { return strcmp(image->format, image_elf.name) == 0; }

/* Joined, so that all limits see the same build. */
static int join(struct check_build_files *files)
{
	int r = image_join(&files->map.image, &files->elf.image);

	if (r == IMAGE_OTHER_BUILD)
		message_at((struct place){ .file = files->elf.image.name }, "error",
			   "from another build than %s; give both files of one build", files->map.image.name);
	else if (r < 0)
		message_error("out of memory");
	return r == 0 ? EXIT_FINE : EXIT_INPUT;
}

static int give_regions(struct check_inputs *in, struct image *image)
{
	int r = load_scripts(&in->args->scripts, &in->script);

	if (r != 0)
		return r < 0 ? EXIT_INPUT : EXIT_FINE;
	r = load_script_regions(&in->script, image);
	if (r == 0 && image->n_regions)
		message_at((struct place){ .file = image->name }, "warning",
			   "it has regions of its own: those of the script are"
			   " left out");
	return r < 0 ? EXIT_INPUT : EXIT_FINE;
}

static int read_build(struct check_inputs *in, const char *map, const char *elf)
{
	struct check_build_files *files = &in->now;
	unsigned want = wanted(in, map && elf);

	if (map && load_image(&files->map, map, want) < 0)
		return EXIT_INPUT;
	if (elf && load_elf(&files->elf, elf, want) < 0)
		return EXIT_INPUT;
	if (map && elf && is_elf(&files->map.image)) {
		message_at((struct place){ .file = map }, "error",
			   "this is an ELF itself; --elf goes with a linker map");
		return EXIT_INPUT;
	}
	if (map && elf && join(files) != EXIT_FINE)
		return EXIT_INPUT;
	struct image *image = map ? &files->map.image : &files->elf.image;
	if (give_regions(in, image) != EXIT_FINE)
		return EXIT_INPUT;
	load_warn_image(image);
	files->image = image;
	return EXIT_FINE;
}

/* Without a build the use of partitions is unknown too. */
static int fail_build(struct check_inputs *in, const char *name)
{
	check_inputs_fail(in, CHECK_OF_BUILD, "the build %s could not be read", name);
	check_inputs_fail(in, CHECK_OF_PARTITIONS, "the build %s could not be read", name);
	return EXIT_INPUT;
}

int check_builds_read(struct check_inputs *in)
{
	const struct layout_inputs_args *args = &in->args->inputs;
	const char *map = args->maps.all[0], *elf = args->elfs.all[0], *bin = args->bin;
	int code = EXIT_FINE;

	in->given[CHECK_OF_BUILD] = map || elf || bin;
	if ((map || elf) && read_build(in, map, elf) != EXIT_FINE)
		code = fail_build(in, map ? map : elf);
	if (bin && load_firmware(&in->now.bin, bin, false) < 0)
		code = fail_build(in, bin);
	if (in->given[CHECK_OF_BUILD] && load_components(in->args->rules, &in->rules) < 0) {
		check_inputs_fail(in, CHECK_OF_BUILD, "the rules for components could not be read");
		code = EXIT_INPUT;
	}
	return code;
}

/* ---- the baseline ---- */

static int reject_second(const struct blob *old, const char *first, const char *advice)
{
	message_at((struct place){ .file = old->name }, "error", "second file of this kind, after %s; %s", first,
		   advice);
	return EXIT_INPUT;
}

/* The map and the ELF of the older build may both be there, in any order. */
int check_builds_read_old(struct check_inputs *in, struct blob *old)
{
	struct check_build_files *files = &in->base;
	struct diag unused = { 0 };
	bool elf = image_format_of(old->name, old->bytes, old->n_bytes, &unused) == &image_elf;
	struct input_image *slot = elf ? &files->elf : &files->map;

	in->given[CHECK_OF_BASELINE_BUILD] = true;
	if (slot->blob.bytes)
		return reject_second(old, slot->image.name, "an older build has a map, an ELF, or one of each");
	if (load_old_image(slot, old, IMAGE_WANT_SYMBOLS | wanted_sources(in)) < 0)
		return EXIT_INPUT;
	files->image = files->map.blob.bytes ? &files->map.image : &files->elf.image;
	return files->map.blob.bytes && files->elf.blob.bytes ? join(files) : EXIT_FINE;
}

int check_builds_read_old_firmware(struct check_inputs *in, struct blob *old)
{
	struct firmware_file *bin = &in->base.bin;

	in->given[CHECK_OF_BASELINE_BUILD] = true;
	if (bin->name)
		return reject_second(old, bin->name, "an older build has one .bin or .uf2");
	return load_old_firmware(bin, old) == 0 ? EXIT_FINE : EXIT_INPUT;
}

/* ---- partitions ---- */

static void report_conflicts(const struct layout *l, const char *from)
{
	for (size_t i = 0; i < l->n_conflicts; i++)
		message_at((struct place){ .file = from }, "warning", "%s", l->conflicts[i].what);
}

/* A failed generator leaves an empty table, which would keep every limit. */
static bool has_partitions(const struct layout *l)
{
	for (size_t i = 0; i < l->n_spans; i++)
		if (l->spans[i].kind == SPAN_PARTITION)
			return true;
	return false;
}

/* reports: print conflicts. */
static int read_layout(struct check_inputs *in, struct check_build_files *files, bool reports)
{
	bool is_now = files == &in->now;
	const struct layout_known known = { .image = files->image,
					    .bin = files->bin.name ? &files->bin : NULL,
					    .live = is_now && in->board.known ? &in->board : NULL };
	const struct layout_inputs_args *args = &in->args->inputs;
	const char *table = args->partitions, *where = table ? table : args->of_board ? args->of_board : args->live;

	files->has_layout = true;
	if (layout_inputs_read(args, &in->args->scripts, &in->args->board, &known, &files->layout) != EXIT_FINE)
		return EXIT_INPUT;
	if (layout_resolve(&files->layout) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	if (table && !has_partitions(&files->layout)) {
		message_at((struct place){ .file = table }, "error", "no partition in this table");
		return EXIT_INPUT;
	}
	if (reports)
		report_conflicts(&files->layout, where);
	return EXIT_FINE;
}

int check_builds_layouts(struct check_inputs *in)
{
	const char *table = in->args->inputs.partitions;
	bool named = table || in->args->inputs.of_board;
	bool asked = !in->check || check_asks(in->check, SUBJECT_BIT(SUBJECT_PARTITION));
	bool old = in->base.image || in->base.bin.name;
	int code = EXIT_FINE;

	if (!named && !(asked && in->board.known)) /* a file that was given is always read */
		return EXIT_FINE;
	in->given[CHECK_OF_PARTITIONS] = true;
	if (in->failed[CHECK_OF_PARTITIONS])
		return EXIT_INPUT;
	if (read_layout(in, &in->now, asked) != EXIT_FINE) {
		check_inputs_fail(in, CHECK_OF_PARTITIONS, "the partitions%s%s could not be read", table ? " " : "",
				  table ? table : "");
		code = EXIT_INPUT;
	}
	in->given[CHECK_OF_BASELINE_PARTITIONS] = old;
	if (old && code == EXIT_FINE && read_layout(in, &in->base, false) != EXIT_FINE) {
		check_inputs_fail(in, CHECK_OF_BASELINE_PARTITIONS,
				  "the older firmware could not be put into the partitions");
		code = EXIT_INPUT;
	}
	return code;
}
