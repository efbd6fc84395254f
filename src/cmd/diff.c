/* diff: two builds, two heaps, or two files of another kind. */
#include <errno.h>
#include <string.h>

#include "diff_report.h"
#include "load.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/input/build.h"
#include "memprof/input/kinds.h"
#include "memprof/input/log_dump.h"
#include "objects.h"
#include "profiles.h"

static const struct option_spec diff_options[] = {
	OPTION_GROUP("Input"),
	{ 0, "old-elf", "FILE", "ELF of the build that the OLD map is from", AS_FILE(diff, elf[0]) },
	{ 0, "new-elf", "FILE", "ELF of the build that the NEW map is from", AS_FILE(diff, elf[1]) },
	{ 0, "ld", "FILE", "linker script: regions of both, if they have none", AS_LIST(diff, scripts.ld) },
	OPTIONS_SCRIPTS(diff),
	{ 0, "rules", "FILE", "component rules (default: built in)", AS_FILE(diff, rules) },
	{ 0, "old-dump", "N", "dump N of the OLD log (default: last complete one)", AS_COUNT(diff, dump[0]),
	  .least = 1 },
	{ 0, "new-dump", "N", "dump N of the NEW log (default: last complete one)", AS_COUNT(diff, dump[1]),
	  .least = 1 },
	OPTIONS_INPUT(diff),
	OPTION_GROUP("Contents"),
	{ 0, "by", "LIST", "tables, as region,symbol or pool,kind (default: all)", AS_TEXT(diff, tables.by) },
	{ 'n', "top", "N", "at most N rows per table (0: all; default: 10, --by: all)", AS_COUNT(diff, tables.top) },
	{ 0, "filter", "GLOB", "only rows whose name matches, e.g. '*/extmod/*'", AS_TEXT(diff, tables.filter) },
	{ 0, "region", "GLOB", "only bytes in regions whose name matches, e.g. FLASH", AS_TEXT(diff, tables.region) },
	{ 0, "grown", NULL, "only what grew or is new", AS_FLAG(diff, tables.grown) },
	{ 0, "threshold", "SIZE", "hide changes smaller than SIZE: 64, 1K or 0.5%", AS_TEXT(diff, tables.threshold) },
	{ 0, "all", NULL, "also list what did not change", AS_FLAG(diff, tables.all) },
	{ 0, "alive", NULL, "of allocation profiles: only what was not freed", AS_FLAG(diff, alive) },
	OPTION_DEMANGLE(diff),
	{ 0, "exit-code", NULL, "exit 1 if there is a difference", AS_FLAG(diff, exit_code) },
	OPTIONS_OUTPUT_IN(diff, "text, json, html or markdown (default: text)", "text|json|html|markdown"),
	OPTIONS_SIZES(diff),
	OPTION_END,
};

/* ---- what comes in ---- */

struct choices {
	struct diff_choices report;
	struct log_format format;
	bool wants_lines; /* of symbols, where there is an ELF */
};

static void choices_deinit(struct choices *w) { log_format_deinit(&w->format); }

/* One of the two: a build, or the dump of a log. */
struct side {
	const char *name;
	struct build build; /* image NULL: it is a log */
	struct log_dump dump;
};

static void side_deinit(struct side *s)
{
	build_deinit(&s->build);
	log_dump_deinit(&s->dump);
}

static int read_log(struct side *s, const struct choices *choices, uint64_t n_dump, const struct diag *no_build)
{
	int r = log_dump_read(&s->dump, s->name, n_dump, &choices->format, &message_notices);

	if (r == -ENODATA)
		message_at((struct place){ .file = s->name }, "error", "%s; nor is it a log with a heap dump",
			   no_build->text);
	return r < 0 ? -EINVAL : 0;
}

/* A build if its content says so, else a log. */
static int read_side(struct side *s, const struct options *options, const struct choices *choices, int i)
{
	const struct diff_args *args = options->values;
	const struct diff_options *asked = &choices->report.diff;
	bool of_sources = asked->asked && asked->tables & (DIFF_BIT(DIFF_SOURCES) | DIFF_BIT(DIFF_FOLDERS));
	const struct build_spec spec = {
		.map = options->args[i],
		.elf = args->elf[i],
		.options = "--old-elf and --new-elf go",
		.of_one_build = true,
		.want = IMAGE_WANT_SYMBOLS | (of_sources ? IMAGE_WANT_SOURCES : 0) |
			(choices->wants_lines ? IMAGE_WANT_LINES : 0),
	};
	struct diag diag = { 0 };

	*s = (struct side){ .name = spec.map };
	log_dump_init(&s->dump);
	const struct linker_scripts scripts = load_script_names(&args->scripts);
	int r = build_read(&s->build, &spec, &diag);
	if (r >= 0)
		r = build_add_scripts(&s->build, &scripts, &diag);
	bool is_moment = r == -ENOENT && strchr(spec.map, '@'); /* of a recording */
	if (!spec.elf && (is_moment || r == -ENOMSG))
		return read_log(s, choices, args->dump[i], &diag);
	if (r < 0)
		message_diag(&diag);
	return r;
}

/* ---- options that the two files have no use for ---- */

static int check_options(const struct options *options, const struct side *old, const struct side *new)
{
	bool builds = old->build.image && new->build.image, logs = !old->build.image && !new->build.image;
	const char *name = options_any(options, builds ? "old-dump|new-dump|input" :
						logs   ? "rules|demangle|" SCRIPT_OPTIONS :
							 "");

	if (!name)
		return 0;
	message_error("--%s is for %s; these are %s", name, builds ? "logs of heap dumps" : "builds",
		      builds ? "builds" : "logs of heap dumps");
	return -EINVAL;
}

/* ---- what goes out ---- */

static bool is_map(const struct side *s) { return strcmp(s->build.image->format, image_elf.name) != 0; }

static int compare_builds(const struct side *old, const struct side *new, const struct diff_choices *choices,
			  const char *rules_file, struct diff *ret, struct diag *diag)
{
	struct components *rules = NULL;

	if (old->build.is_joined != new->build.is_joined && is_map(old) && is_map(new))
		return diag_set(diag, -EINVAL, "two maps need both ELFs or none: --old-elf and --new-elf");
	int r = input_components(rules_file, &rules, diag);
	if (r < 0)
		return r;
	load_warn_image(old->build.image);
	load_warn_image(new->build.image);
	r = diff_images(ret, old->build.image, new->build.image, rules, &choices->diff, diag);
	components_free(rules);
	return r;
}

static int compare(const struct side *old, const struct side *new, const struct diff_choices *choices,
		   const char *rules, struct diff *ret, struct diag *diag)
{
	const struct place at = { .file = new->name };
	bool is_build = new->build.image;

	if (!old->build.image != !is_build)
		return diag_at(diag, at, -EINVAL,
			       "this is %s, and %s is %s: a build is compared with a build, a heap with a heap",
			       is_build ? "a build" : "a log of heap dumps", old->name,
			       is_build ? "a log of heap dumps" : "a build");
	if (is_build)
		return compare_builds(old, new, choices, rules, ret, diag);
	if (choices->diff.region)
		return diag_at(diag, at, -EINVAL,
			       "this is a log of heap dumps, and heaps have no regions: leave --region out");
	return diff_heaps(ret, &old->dump.heap, &new->dump.heap, &choices->diff, diag);
}

static struct diff_input input_of(const struct side *s)
{
	const struct image *image = s->build.image;

	return (struct diff_input){
		.name = s->name,
		.format = image ? image->format : s->dump.format,
		.elf_name = s->build.is_joined ? s->build.elf.image.name : NULL,
		.n_dump = s->dump.n_dump,
		.is_moment = s->dump.is_moment,
		.n_dumps = s->dump.n_dumps,
		.time = image ? NULL : s->dump.time,
		.label = image ? NULL : s->dump.label,
	};
}

static int report(struct output *out, const struct options *options, struct choices *choices)
{
	const struct diff_args *args = options->values;
	struct side old = { .name = NULL }, new = { .name = NULL };
	struct diff diff = { 0 };
	struct diag diag = { 0 };
	int code = EXIT_INPUT;

	diff_choices_choose(&choices->report, out->format);
	if (read_side(&old, options, choices, 0) == 0 && read_side(&new, options, choices, 1) == 0 &&
	    check_options(options, &old, &new) == 0)
		code = load_exit(compare(&old, &new, &choices->report, args->rules, &diff, &diag), &diag);
	if (code == EXIT_FINE) {
		code = old.dump.is_cut || new.dump.is_cut   ? EXIT_INPUT :
		       args->exit_code &&diff.n_differences ? EXIT_FINDING :
							      EXIT_FINE;
		diff_report(out, &diff,
			    &(struct diff_view){ &diff, input_of(&old), input_of(&new),
						 load_symbol_names(args->demangle), NULL },
			    &choices->report);
	}
	diff_deinit(&diff);
	side_deinit(&old);
	side_deinit(&new);
	return code;
}

/* ---- other kinds of files ---- */

#define NOT_FOR_KINDS \
	SCRIPT_OPTIONS "|old-elf|new-elf|rules|old-dump|new-dump|input|figures|by|filter|region|all|demangle"

/* Of two of a kind. */
static const struct file_kind {
	enum input_kind kind;
	const char *several;
	int (*diff)(const struct options *options);
	const char *not_for_it; /* options */
} file_kinds[] = {
	{ INPUT_MEMORY, "memory files", objects_diff, NOT_FOR_KINDS "|alive|grown|threshold" },
	{ INPUT_PROFILE, "allocation profiles", profiles_diff, NOT_FOR_KINDS },
};

/* *ret: NULL: builds, or heaps. What is wrong with a file is reported by whoever reads it. */
static int find_kind(const struct options *options, const struct file_kind **ret)
{
	enum input_kind kinds[2];
	struct diag diag = { 0 };

	*ret = NULL;
	for (size_t i = 0; i < 2; i++)
		if (input_kind_read(options->args[i], &kinds[i], &diag) < 0)
			return 0;
	for (size_t i = 0; i < ARRAY_SIZE(file_kinds); i++)
		if (!*ret && (file_kinds[i].kind == kinds[0] || file_kinds[i].kind == kinds[1]))
			*ret = &file_kinds[i];
	if (!*ret || kinds[0] == kinds[1])
		return 0;
	size_t i_odd = (*ret)->kind == kinds[0];
	message_error("%s is %s, %s is none: only two of a kind can be compared", options->args[1 - i_odd],
		      input_kind_name((*ret)->kind), options->args[i_odd]);
	return -EINVAL;
}

static int diff_of_kind(const struct options *options, const struct file_kind *kind)
{
	const char *name = options_any(options, kind->not_for_it);

	if (!name)
		return kind->diff(options);
	message_error("--%s is not for %s", name, kind->several);
	return EXIT_INPUT;
}

static int diff_run(const struct options *options)
{
	const struct diff_args *args = options->values;
	struct choices choices CLEANUP(choices_deinit) = { .format = { NULL } };
	struct output out;

	if (strcmp(options->args[0], "-") == 0 && strcmp(options->args[1], "-") == 0) {
		message_error("only one of OLD and NEW can be standard input (-)");
		return EXIT_INPUT;
	}
	const struct file_kind *kind;
	if (find_kind(options, &kind) < 0)
		return EXIT_INPUT;
	if (kind)
		return diff_of_kind(options, kind);
	if (args->alive) {
		message_error("--alive is for allocation profiles, not for builds and logs");
		return EXIT_INPUT;
	}
	if (diff_choices_read(&args->tables, &choices.report) < 0 || load_log_format(&args->log, &choices.format) < 0 ||
	    output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	choices.wants_lines = out.format == OUTPUT_MARKDOWN;
	return output_close(&out, report(&out, options, &choices));
}

const struct command command_diff = {
	.name = "diff",
	.usage = "[OPTIONS] OLD NEW",
	.summary = "compare two builds, heaps or profiles: what grew",
	.group = GROUP_FILES,
	.options = diff_options,
	.args_bytes = sizeof(struct diff_args),
	.common = { "by", "top", "filter", "exit-code", "output" },
	.examples = { "memprof diff old.map new.map", "memprof diff --threshold 64 --format markdown old.map new.map" },
	.run = diff_run,
};
