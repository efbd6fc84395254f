/* diff: two builds, two heaps, or two files of another kind. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "diff_report.h"
#include "load.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/input/build_inputs.h"
#include "memprof/input/log_reader.h"
#include "objects/diff.h"
#include "sites/diff.h"

static const struct option_spec diff_options[] = {
	OPTION_GROUP("Input"),
	{ 0, "old-elf", "FILE", "ELF of the build that the OLD map is from" },
	{ 0, "new-elf", "FILE", "ELF of the build that the NEW map is from" },
	{ 0, "rules", "FILE", "component rules (default: built in)" },
	{ 0, "old-dump", "N", "dump N of the OLD log (default: last complete one)" },
	{ 0, "new-dump", "N", "dump N of the NEW log (default: last complete one)" },
	OPTIONS_INPUT,
	OPTION_GROUP("Contents"),
	{ 0, "by", "LIST", "tables, as region,symbol or pool,kind (default: all)" },
	{ 'n', "top", "N", "at most N rows per table (0: all; default: 10, --by: all)" },
	{ 0, "filter", "GLOB", "only rows whose name matches, as '*/extmod/*'" },
	{ 0, "region", "GLOB", "only bytes in regions whose name matches, as FLASH" },
	{ 0, "grown", NULL, "only what grew or is new" },
	{ 0, "threshold", "SIZE", "hide changes smaller than SIZE: 64, 1K or 0.5%" },
	{ 0, "all", NULL, "also list what did not change" },
	{ 0, "alive", NULL, "of allocation profiles: only what was not freed" },
	OPTION_DEMANGLE,
	{ 0, "exit-code", NULL, "exit 1 if there is a difference" },
	OPTIONS_OUTPUT_IN("text, json, html or markdown (default: text)", "text|json|html|markdown"),
	OPTIONS_SIZES,
	OPTION_END,
};

/* ---- options ---- */

struct wishes {
	struct diff_wishes report;
	unsigned want;      /* of builds: IMAGE_WANT_ bits */
	uint64_t n_dump[2]; /* NOT_KNOWN: the last whole one */
	struct log_format format;
};

static void wishes_deinit(struct wishes *w) { log_format_deinit(&w->format); }

static int read_options(const struct options *options, struct wishes *ret)
{
	*ret = (struct wishes){ .n_dump = { NOT_KNOWN, NOT_KNOWN }, .want = IMAGE_WANT_SYMBOLS };
	if (diff_wishes_read(options, &ret->report) < 0 ||
	    diff_read_count(options, "old-dump", 1, &ret->n_dump[0]) < 0 ||
	    diff_read_count(options, "new-dump", 1, &ret->n_dump[1]) < 0)
		return -EINVAL;
	if (ret->report.diff.tables & (DIFF_BIT(DIFF_SOURCES) | DIFF_BIT(DIFF_FOLDERS)))
		ret->want |= IMAGE_WANT_SOURCES;
	return load_log_format(options, &ret->format);
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
	if (elf && strcmp(s->build.image.format, image_elf.name) == 0) {
		message_at((struct place){ .file = s->name }, "error",
			   "this is an ELF itself; --old-elf and --new-elf go"
			   " with a linker map");
		return -EINVAL;
	}
	s->view = (struct diff_input){ s->name, s->build.image.format, elf, NOT_KNOWN };
	int r = load_join(&s->build, &s->elf, elf, want);
	if (r != IMAGE_OTHER_BUILD)
		return r;
	message_at((struct place){ .file = elf }, "error",
		   "this ELF is not of the build of %s; name the one that was"
		   " linked with it",
		   s->name);
	return -EINVAL;
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
	if (load_log(&r, &wishes->format) < 0)
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
	if (strcmp(name, "-") == 0) { /* is read once, and was */
		message_at((struct place){ .file = name }, "error",
			   "this is no map and no ELF; a log is read from a file, not from standard input");
		return -EINVAL;
	}
	return read_log(s, wishes, n_dump);
}

/* ---- options that the two files have no use for ---- */

static int useless(const char *option, const char *why)
{
	message_error("--%s is %s", option, why);
	return -EINVAL;
}

static int check_options(const struct options *options, const struct side *old, const struct side *new)
{
	static const char *const of_logs[] = { "old-dump", "new-dump", "input" };
	static const char *const of_builds[] = { "rules", "demangle" };

	for (size_t i = 0; old->is_build && new->is_build &&i < ARRAY_SIZE(of_logs); i++)
		if (option_is(options, of_logs[i]))
			return useless(of_logs[i], "for logs of heap dumps; these are builds");
	for (size_t i = 0; !old->is_build && !new->is_build &&i < ARRAY_SIZE(of_builds); i++)
		if (option_is(options, of_builds[i]))
			return useless(of_builds[i], "for builds; these are logs of heap dumps");
	return 0;
}

/* ---- what goes out ---- */

static bool is_map(const struct side *s) { return strcmp(s->build.image.format, image_elf.name) != 0; }

static int compare(const struct side *old, const struct side *new, const struct wishes *wishes,
		   const struct options *options, struct diff *ret, struct diag *diag)
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
	if (load_components(option_value(options, "rules"), &rules) < 0)
		return -EINVAL;
	load_warn_image(&old->build.image);
	load_warn_image(&new->build.image);
	int r = diff_images(ret, &old->build.image, &new->build.image, rules, &wishes->report.diff, diag);
	components_free(rules);
	return r;
}

static int report(struct output *out, const struct options *options, struct wishes *wishes)
{
	struct side old = { 0 }, new = { 0 };
	struct diff diff = { 0 };
	struct diag diag = { 0 };
	int code = EXIT_INPUT;

	diff_wishes_choose(&wishes->report, out->format);
	if (read_side(&old, options->args[0], option_value(options, "old-elf"), wishes, wishes->n_dump[0]) == 0 &&
	    read_side(&new, options->args[1], option_value(options, "new-elf"), wishes, wishes->n_dump[1]) == 0 &&
	    check_options(options, &old, &new) == 0) {
		if (compare(&old, &new, wishes, options, &diff, &diag) == 0) {
			code = old.cut || new.cut                                    ? EXIT_INPUT :
			       option_is(options, "exit-code") && diff.n_differences ? EXIT_FINDING :
										       EXIT_FINE;
			diff_report(out, &diff,
				    &(struct diff_view){ &diff, old.view, new.view, load_symbol_names(options), NULL },
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

/* Of two of a kind. */
static const struct file_kind {
	const char *one, *several;
	bool (*is)(const char *path); /* by its first bytes */
	int (*diff)(const struct options *options);
	const char *options[4]; /* for it, of those of which most are for builds and logs only */
} file_kinds[] = {
	{ "a memory file", "memory files", objects_is_memory_file, objects_diff, { NULL } },
	{ "an allocation profile",
	  "allocation profiles",
	  sites_is_saved,
	  sites_diff_files,
	  { "alive", "grown", "threshold" } },
};

static const struct file_kind *find_kind(const struct options *options)
{
	for (size_t i = 0; i < ARRAY_SIZE(file_kinds); i++)
		if (file_kinds[i].is(options->args[0]) || file_kinds[i].is(options->args[1]))
			return &file_kinds[i];
	return NULL;
}

static bool takes(const struct file_kind *kind, const char *option)
{
	for (size_t i = 0; kind->options[i]; i++)
		if (strcmp(kind->options[i], option) == 0)
			return true;
	return false;
}

static int diff_of_kind(const struct options *options, const struct file_kind *kind)
{
	static const char *const others[] = { "old-elf",   "new-elf", "rules", "old-dump", "new-dump",
					      "input",     "figures", "by",    "filter",   "region",
					      "threshold", "grown",   "all",   "demangle", "alive" };

	for (size_t i = 0; i < 2; i++)
		if (!kind->is(options->args[i]) && access(options->args[i], F_OK) == 0) {
			message_error("%s is %s, %s is none: only two of a kind can be compared", options->args[1 - i],
				      kind->one, options->args[i]);
			return EXIT_INPUT;
		}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (option_is(options, others[i]) && !takes(kind, others[i])) {
			message_error("--%s is not for %s", others[i], kind->several);
			return EXIT_INPUT;
		}
	return kind->diff(options);
}

static int diff_run(const struct options *options)
{
	struct wishes wishes CLEANUP(wishes_deinit) = { .n_dump = { 0 } };
	struct output out;

	if (options->n_args != 2) {
		message_error(
			"diff takes two FILEs, OLD and NEW: maps, ELFs, logs, memory files or allocation profiles; see memprof"
			" diff --help");
		return EXIT_INPUT;
	}
	if (strcmp(options->args[0], "-") == 0 && strcmp(options->args[1], "-") == 0) {
		message_error("only one of OLD and NEW can be standard input (-)");
		return EXIT_INPUT;
	}
	const struct file_kind *kind = find_kind(options);
	if (kind)
		return diff_of_kind(options, kind);
	if (option_is(options, "alive")) {
		message_error("--alive is for allocation profiles, not for builds and logs");
		return EXIT_INPUT;
	}
	if (read_options(options, &wishes) < 0 || output_open(&out, options) < 0)
		return EXIT_INPUT;
	return output_close(&out, report(&out, options, &wishes));
}

const struct command command_diff = {
	.name = "diff",
	.usage = "[OPTIONS] FILE FILE",
	.summary = "compare two builds, heaps or profiles: what grew",
	.group = GROUP_FILES,
	.options = diff_options,
	.common = { "by", "top", "filter", "exit-code", "output" },
	.examples = { "memprof diff old.map new.map", "memprof diff --threshold 64 --format markdown old.map new.map" },
	.run = diff_run,
};
