/* diff: two builds, two heaps, or two files of another kind. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "diff_report.h"
#include "load.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/input/build_inputs.h"
#include "memprof/input/kinds.h"
#include "memprof/input/log_reader.h"
#include "objects.h"
#include "profiles.h"

static const struct option_spec diff_options[] = {
	OPTION_GROUP("Input"),
	{ 0, "old-elf", "FILE", "ELF of the build that the OLD map is from", AS_FILE(diff, elf[0]) },
	{ 0, "new-elf", "FILE", "ELF of the build that the NEW map is from", AS_FILE(diff, elf[1]) },
	{ 0, "rules", "FILE", "component rules (default: built in)", AS_FILE(diff, rules) },
	{ 0, "old-dump", "N", "dump N of the OLD log (default: last complete one)", AS_COUNT(diff, dump[0]),
	  .least = 1 },
	{ 0, "new-dump", "N", "dump N of the NEW log (default: last complete one)", AS_COUNT(diff, dump[1]),
	  .least = 1 },
	OPTIONS_INPUT(diff),
	OPTION_GROUP("Contents"),
	{ 0, "by", "LIST", "tables, as region,symbol or pool,kind (default: all)", AS_TEXT(diff, tables.by) },
	{ 'n', "top", "N", "at most N rows per table (0: all; default: 10, --by: all)", AS_COUNT(diff, tables.top) },
	{ 0, "filter", "GLOB", "only rows whose name matches, as '*/extmod/*'", AS_TEXT(diff, tables.filter) },
	{ 0, "region", "GLOB", "only bytes in regions whose name matches, as FLASH", AS_TEXT(diff, tables.region) },
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

/* ---- options ---- */

struct wishes {
	struct diff_wishes report;
	unsigned want; /* of builds: IMAGE_WANT_ bits */
	struct log_format format;
};

static void wishes_deinit(struct wishes *w) { log_format_deinit(&w->format); }

static int read_options(const struct diff_args *args, struct wishes *ret)
{
	*ret = (struct wishes){ .want = IMAGE_WANT_SYMBOLS };
	if (diff_wishes_read(&args->tables, &ret->report) < 0)
		return -EINVAL;
	if (ret->report.diff.tables & (DIFF_BIT(DIFF_SOURCES) | DIFF_BIT(DIFF_FOLDERS)))
		ret->want |= IMAGE_WANT_SOURCES;
	return load_log_format(&args->log, &ret->format);
}

/* ---- what comes in: a build ---- */

/* One of the two. */
struct side {
	const char *name;
	struct input_image build, elf;
	struct heap heap;
	bool is_build;
	struct diff_input view;
	bool cut;             /* the dump that was asked for is */
	struct diag no_build; /* why it is none */
	/* while a log is read */
	uint64_t n_wanted, n_dumps, n_last_cut;
	char time[EVENT_TIME_BYTES], label[EVENT_LABEL_BYTES]; /* of the moment of a recording */
};

static void side_deinit(struct side *s)
{
	input_image_deinit(&s->build);
	input_image_deinit(&s->elf);
	heap_deinit(&s->heap);
}

static int read_build(struct side *s, const char *elf, unsigned want)
{
	struct diag diag = { 0 };

	s->view = (struct diff_input){ s->name, s->build.image.format, elf, NOT_KNOWN };
	int r = input_elf_join_own(&s->build, &s->elf, elf, "--old-elf and --new-elf go", want, &diag);
	if (r < 0)
		message_diag(&diag);
	return r;
}

/* ---- what comes in: a log ---- */

static int on_event(void *ctx, struct event *event)
{
	struct side *s = ctx;

	if (event->kind != EVENT_SNAPSHOT)
		return 0;
	struct heap *heap = event->snapshot.heap;
	bool is_whole = heap->problem == HEAP_WHOLE;
	s->n_dumps++;
	if (!is_whole)
		s->n_last_cut = s->n_dumps;
	if (s->n_wanted == NOT_KNOWN ? is_whole : s->n_dumps == s->n_wanted) {
		heap_swap(&s->heap, heap);
		s->view.n_dump = s->n_dumps;
		memcpy(s->time, event->time, sizeof(s->time));
		memcpy(s->label, event->snapshot.label, sizeof(s->label));
	}
	return 0;
}

static void on_skipped(void *ctx, uint64_t n_snapshots)
{
	struct side *s = ctx;

	s->n_dumps += n_snapshots;
	s->view.is_moment = true;
}

static int judge_log(struct side *s)
{
	struct place at = { .file = s->name };

	if (s->n_dumps == 0) {
		message_at(at, "error", "%s; it contains no heap dump either", s->no_build.text);
		return -EINVAL;
	}
	if (s->view.n_dump == NOT_KNOWN) {
		if (s->n_wanted != NOT_KNOWN)
			message_at(at, "error", "there is no dump %" PRIu64 "; it has %" PRIu64, s->n_wanted,
				   s->n_dumps);
		else
			message_at(at, "error", "no dump in it is whole, so there is nothing to compare");
		return -EINVAL;
	}
	s->cut = s->heap.problem != HEAP_WHOLE;
	if (s->cut)
		message_at(at, "warning", "dump %" PRIu64 " is not whole: %s", s->view.n_dump,
			   heap_problem_text(s->heap.problem));
	else if (s->n_wanted == NOT_KNOWN && s->n_last_cut > s->view.n_dump)
		message_at(at, "warning", "dump %" PRIu64 " is not whole; dump %" PRIu64 " is taken", s->n_last_cut,
			   s->view.n_dump);
	return 0;
}

static int read_log(struct side *s, const struct wishes *wishes, uint64_t n_wanted)
{
	struct log_reader r = {
		.command = "diff",
		.name = s->name,
		.on_event = on_event,
		.on_skipped = on_skipped,
		.ctx = s,
	};

	s->n_wanted = n_wanted;
	s->view.n_dump = NOT_KNOWN;
	if (log_read_as(&r, &wishes->format, &message_notices) < 0)
		return -EINVAL;
	s->view.name = s->name;
	s->view.format = r.decoder->name;
	s->view.n_dumps = s->n_dumps;
	s->view.time = s->time;
	s->view.label = s->label;
	return judge_log(s);
}

/* A build if its content says so, else a log. */
static int read_side(struct side *s, const char *name, const char *elf, const struct wishes *wishes, uint64_t n_dump)
{
	*s = (struct side){ .name = name };
	heap_init(&s->heap);
	int r = input_image_read(&s->build, name, wishes->want, &s->no_build);
	s->is_build = r == 0;
	if (s->is_build)
		return read_build(s, elf, wishes->want);
	if (r == -ENOENT && strchr(name, '@') && !elf) /* a moment of a recording */
		return read_log(s, wishes, n_dump);
	if (r != -ENOMSG || elf) {
		message_diag(&s->no_build);
		return -EINVAL;
	}
	return read_log(s, wishes, n_dump);
}

/* ---- options that the two files have no use for ---- */

static int check_options(const struct options *options, const struct side *old, const struct side *new)
{
	bool builds = old->is_build && new->is_build, logs = !old->is_build && !new->is_build;
	const char *name = options_any(options, builds ? "old-dump|new-dump|input" : logs ? "rules|demangle" : "");

	if (!name)
		return 0;
	message_error("--%s is for %s; these are %s", name, builds ? "logs of heap dumps" : "builds",
		      builds ? "builds" : "logs of heap dumps");
	return -EINVAL;
}

/* ---- what goes out ---- */

static bool is_map(const struct side *s) { return strcmp(s->build.image.format, image_elf.name) != 0; }

static int compare(const struct side *old, const struct side *new, const struct wishes *wishes, const char *rules_file,
		   struct diff *ret, struct diag *diag)
{
	struct components *rules = NULL;

	if (old->is_build != new->is_build)
		return diag_at(diag, (struct place){ .file = new->name }, -EINVAL,
			       "this is %s, and %s is %s: a build is"
			       " compared with a build, a heap with a heap",
			       new->is_build ? "a build" : "a log of heap dumps", old->name,
			       old->is_build ? "a build" : "a log of heap dumps");
	if (!old->is_build && wishes->report.diff.region)
		return diag_at(diag, (struct place){ .file = new->name }, -EINVAL,
			       "this is a log of heap dumps, and heaps have no regions: leave --region out");
	if (!old->is_build)
		return diff_heaps(ret, &old->heap, &new->heap, &wishes->report.diff, diag);
	if (!old->view.elf_name != !new->view.elf_name && is_map(old) && is_map(new))
		return diag_set(diag, -EINVAL,
				"of two maps, one ELF alone would leave out most symbols: give both, --old-elf"
				" and --new-elf, or none");
	if (load_components(rules_file, &rules) < 0)
		return -EINVAL;
	load_warn_image(&old->build.image);
	load_warn_image(&new->build.image);
	int r = diff_images(ret, &old->build.image, &new->build.image, rules, &wishes->report.diff, diag);
	components_free(rules);
	return r;
}

static int report(struct output *out, const struct options *options, struct wishes *wishes)
{
	const struct diff_args *args = options->values;
	struct side old = { 0 }, new = { 0 };
	struct diff diff = { 0 };
	struct diag diag = { 0 };
	int code = EXIT_INPUT;

	diff_wishes_choose(&wishes->report, out->format);
	if (read_side(&old, options->args[0], args->elf[0], wishes, args->dump[0]) == 0 &&
	    read_side(&new, options->args[1], args->elf[1], wishes, args->dump[1]) == 0 &&
	    check_options(options, &old, &new) == 0) {
		if (compare(&old, &new, wishes, args->rules, &diff, &diag) == 0) {
			code = old.cut || new.cut                   ? EXIT_INPUT :
			       args->exit_code &&diff.n_differences ? EXIT_FINDING :
								      EXIT_FINE;
			diff_report(out, &diff,
				    &(struct diff_view){ &diff, old.view, new.view, load_symbol_names(args->demangle),
							 NULL },
				    &wishes->report);
		} else if (diag.text[0]) {
			message_diag(&diag);
		}
	}
	diff_deinit(&diff);
	side_deinit(&old);
	side_deinit(&new);
	return code;
}

/* ---- other kinds of files ---- */

#define NOT_FOR_KINDS "old-elf|new-elf|rules|old-dump|new-dump|input|figures|by|filter|region|all|demangle"

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
	struct wishes wishes CLEANUP(wishes_deinit) = { .want = 0 };
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
	if (read_options(args, &wishes) < 0 || output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	return output_close(&out, report(&out, options, &wishes));
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
