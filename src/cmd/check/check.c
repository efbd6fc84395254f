/* check: compares builds, heaps and programs with a budget. For CI jobs: always rows, and one exit code. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "check/budget.h"
#include "check/inputs.h"
#include "check/page.h"
#include "load.h"
#include "memprof/cli/message.h"
#include "memprof/cli/outputs.h"
#include "memprof/input/log_reader.h"
#include "memprof/viewers/check_view.h"

static const struct option_spec check_options[] = {
	OPTION_GROUP("Inputs, in any combination"),
	{ 0, "map", "FILE", "linker map of the firmware", AS_LIST(check, inputs.maps), .most = 1 },
	{ 0, "elf", "FILE", "ELF of the same build, also without --map", AS_LIST(check, inputs.elfs), .most = 1 },
	{ 0, "bin", "FILE", "the .bin or .uf2 as flashed: its real size", AS_FILE(check, inputs.bin) },
	{ 0, "partitions", "FILE", "partitions.csv, binary table, flash dump or UF2",
	  AS_FILE(check, inputs.partitions) },
	{ 0, "board", "BOARD", "name of a known board, or a FILE.json: partitions", AS_NAME(check, inputs.of_board) },
	{ 0, "dump", "FILE", "saved log with heaps; repeatable", AS_LIST(check, inputs.dumps) },
	{ 0, "memory", "FILE", "memory file (snap --memory): who holds what", AS_FILE(check, memory) },
	{ 0, "live", "SOURCE", "query this board; with --run: the program runs there", AS_NAME(check, inputs.live) },
	{ 0, "run", "SCRIPT", "run this program; follow its heap and imports", AS_LIST(check, runs) },
	{ 0, "per-test", "SOURCE", "--run 'tests/*.py': run each there, measure every test", AS_NAME(check, per_test),
	  .needs = "run", .excludes = "live|save" },
	{ 0, "gc-threshold", "N", "with it: collect each N bytes; peaks have less garbage",
	  AS_SIZE(check, gc_threshold), .least = 1, .most = INT32_MAX, .needs = "per-test" },
	OPTION_GROUP("Reading inputs"),
	{ 0, "ld", "FILE", "linker script: regions, if the map has none", AS_LIST(check, scripts.ld) },
	OPTIONS_SCRIPTS(check),
	{ 0, "rules", "FILE", "component rules (default: built in)", AS_FILE(check, rules) },
	OPTIONS_FLASH(check),
	{ INPUT_ROW(check) },
	{ FIGURES_ROW(check), .needs = "dump|baseline" },
	{ TIMEOUT_ROW(check, "stop the program after so long"), .needs = "run" },
	{ NO_SAMPLES_ROW(check), .needs = "run" },
	{ 0, "no-peaks", NULL, "imports: do not write to free memory", AS_FLAG(check, program.no_peaks),
	  .needs = "run" },
	OPTIONS_PROMPT(check),
	{ SAVE_ROW(check), .needs = "run|live" },
	OPTION_GROUP("Baseline"),
	{ 0, "baseline", "OLD", "older map, ELF, .bin, log, memory; repeatable", AS_LIST(check, baselines),
	  .excludes = "init" },
	{ 0, "allow-missing", NULL, "skip limits without an input, and list them", AS_FLAG(check, allow_missing) },
	OPTION_GROUP("Budget file"),
	{ 0, "init", NULL, "write a budget from the current figures", AS_FLAG(check, init), .excludes = "update" },
	{ 0, "update", NULL, "tighten limits to the current figures", AS_FLAG(check, update) },
	{ 0, "loosen", NULL, "with --update: raise limits, too", AS_FLAG(check, loosen), .needs = "update" },
	{ 0, "headroom", "PERCENT", "margin of --init and --update (default: 5%)", AS_PERCENT(check, headroom),
	  .most = 1000000, .otherwise = 50000, .needs = "init|update" },
	{ 0, "force", NULL, "let --init and --save replace a FILE", AS_FLAG(check, board.force), .needs = "save|init" },
	OPTIONS_OUTPUTS(check, "text, json, html, markdown, junit or github", "text|json|html|markdown|junit|github"),
	OPTIONS_SIZES(check),
	{ 0, "all", NULL, "also list limits that are kept", AS_FLAG(check, all) },
	OPTION_END,
};

struct checking {
	const struct options *options;
	const struct check_args *args;
	const char *path;                /* of the budget; NULL with --init: it goes to the outputs */
	struct blob blob;                /* its text */
	struct budget *budget, *updated; /* updated: of the text that --update wrote */
	struct check check;
	struct check_inputs inputs;
	struct outputs outputs;
};

static int out_of_memory(void)
{
	message_error("out of memory");
	return EXIT_INPUT;
}

/* ---- options ---- */

static int wrong_usage(const char *text)
{
	message_error("%s; see memprof check --help", text);
	return -EINVAL;
}

/* A second reader of standard input would find it empty. */
static int check_stdin(const struct options *o)
{
	size_t n = o->n_args > 0 && !options_any(o, "init") && strcmp(o->args[0], "-") == 0;

	for (size_t i = 0; i < o->n_given; i++) {
		const struct option_given *given = &o->given[i];
		bool is_written = given->spec->type == OPTION_WRITTEN || given->spec->type == OPTION_OUTPUTS;
		n += given->value && !is_written && strcmp(given->value, "-") == 0;
	}
	return n > 1 ? wrong_usage("standard input (-) given more than once") : 0;
}

/* A budget goes into one file, and is of one format. */
static int check_init(const struct options *o, const struct outputs *outputs)
{
	enum output_format format = outputs->all[0].format;

	if (options_any(o, "output") && o->n_args > 0 && strcmp(o->args[0], "-") != 0)
		return wrong_usage("--init BUDGET.json cannot be combined with -o");
	if (outputs->n > 1)
		return wrong_usage("--init writes one budget and takes one -o");
	if (format != OUTPUT_TEXT && format != OUTPUT_JSON)
		return wrong_usage("--init writes JSON and takes no other --format");
	return 0;
}

/* As where a shell expanded a pattern. */
static bool is_script(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && strcmp(name + n - 3, ".py") == 0;
}

static int check_usage(const struct options *o, const struct check_args *args, const struct outputs *outputs)
{
	if (o->n_args > 0 && args->per_test && is_script(o->args[o->n_args - 1]))
		return wrong_usage("a test file is no BUDGET.json; quote the pattern, as --run 'tests/*.py'");
	if (o->n_args == 0 && !args->init && (args->update || !args->per_test))
		return wrong_usage("check requires a BUDGET.json; --init creates one");
	if (args->runs.n > 1 && !args->per_test)
		return wrong_usage("--run given more than once; --per-test runs several");
	if (check_stdin(o) < 0)
		return -EINVAL;
	if (args->update && strcmp(o->args[0], "-") == 0)
		return wrong_usage("--update requires a budget file, not standard input");
	return args->init ? check_init(o, outputs) : 0;
}

/* ---- the budget ---- */

/* One row reports the fault; the text view leaves that to the message. */
static int unread(struct checking *k, const struct diag *diag)
{
	message_diag(diag);
	if (check_begin_unread(&k->check, k->path, diag) < 0)
		return out_of_memory();
	check_judge(&k->check);
	return EXIT_INPUT;
}

static int read_budget(struct checking *k)
{
	struct diag diag = { 0 };

	static const struct budget none = { .n_entries = 0 };

	if (!k->path) /* --per-test judges tests without one */
		return check_begin(&k->check, &none) < 0 ? out_of_memory() : EXIT_FINE;
	k->check.name = k->path;
	if (blob_read(k->path, &k->blob, &diag) < 0 ||
	    budget_read(k->blob.bytes, k->blob.n_bytes, k->path, &k->budget, &diag) < 0)
		return unread(k, &diag);
	return check_begin(&k->check, k->budget) < 0 ? out_of_memory() : EXIT_FINE;
}

/* ---- limits and inputs ---- */

enum {
	/* --live and --run give all of it */
	HEAPS = SUBJECT_BIT(SUBJECT_HEAP) | SUBJECT_BIT(SUBJECT_IMPORT) | SUBJECTS_OF_OBJECTS,
	TESTS = SUBJECT_BIT(SUBJECT_TEST),
};
static const struct {
	enum check_input input;
	unsigned subjects;
	bool of_baseline;
	const char *what;
} uses[] = {
	{ CHECK_OF_BUILD, SUBJECT_BIT(SUBJECT_PARTITION) - 1, false, "a build" },
	{ CHECK_OF_HEAP, HEAPS, false, "a heap" },
	{ CHECK_OF_MEMORY, SUBJECTS_OF_OBJECTS, false, "objects of a heap" },
	{ CHECK_OF_TESTS, TESTS, false, "tests" },
	{ CHECK_OF_BASELINE_BUILD, SUBJECT_BIT(SUBJECT_IMPORT) - 1, true, "the growth of a build" },
	{ CHECK_OF_BASELINE_HEAP, SUBJECT_BIT(SUBJECT_HEAP), true, "the growth of a heap" },
	{ CHECK_OF_BASELINE_MEMORY, SUBJECTS_OF_OBJECTS, true, "the growth of objects of a heap" },
	{ CHECK_OF_BASELINE_TESTS, TESTS, true, "the growth of tests" },
};

static bool has_faults(const struct budget *budget)
{
	for (size_t i = 0; i < budget->n_entries; i++)
		if (budget->entries[i].fault)
			return true;
	return false;
}

/* An input without a limit may be a mistake. An invalid entry may have been its limit. */
static void note_unused(const struct checking *k)
{
	const struct check *c = &k->check;
	bool firmware = check_asks(c, SUBJECT_BIT(SUBJECT_PARTITION));

	for (size_t i = 0; k->budget && i < ARRAY_SIZE(uses) && !has_faults(k->budget); i++) {
		bool asked = uses[i].of_baseline ? check_asks_growth(c, uses[i].subjects) :
						   check_asks(c, uses[i].subjects);
		bool causes = uses[i].of_baseline && check_asks(c, uses[i].subjects);
		if (c->given[uses[i].input] && !c->failed[uses[i].input] && !asked && !causes && !firmware)
			message_at((struct place){ .file = k->path }, "note", "no limit applies to %s", uses[i].what);
	}
}

static void warn_of_cuts(const struct check *c)
{
	static const char *const names[N_CHECK_SIDES] = { [CHECK_NOW] = "the log", [CHECK_BASE] = "the baseline" };

	for (size_t i = 0; i < N_CHECK_SIDES; i++)
		if (c->dumps[i].n_cut)
			message_at((struct place){ .file = names[i] }, "warning",
				   "%" PRIu64 " of %" PRIu64
				   " dumps are incomplete: only figures that the board reports count for these",
				   c->dumps[i].n_cut, c->dumps[i].n);
}

static int evaluate(struct checking *k)
{
	int r = check_inputs_give(&k->inputs, &k->check);

	if (r < 0)
		return out_of_memory();
	check_judge(&k->check);
	warn_of_cuts(&k->check);
	return EXIT_FINE;
}

/* ---- rows ---- */

/* Test files are arguments then, and not given by --run. */
static bool is_test(const struct checking *k) { return k->args->runs.n && !options_any(k->options, "run"); }

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
	if (!is_test(k))
		return n;
	for (size_t i = 0; i < k->args->runs.n; i++)
		ret[n++] = (struct check_view_input){ "run", k->args->runs.all[i] };
	ret[n++] = (struct check_view_input){ "per-test", k->args->per_test };
	return n;
}

static void write_one(struct checking *k, struct output *out, const struct check_view *view)
{
	static void (*const write[N_OUTPUT_FORMATS])(struct strbuf * out, const struct check_view *view) = {
		[OUTPUT_MARKDOWN] = markdown_check,
		[OUTPUT_JUNIT] = junit_check,
		[OUTPUT_GITHUB] = github_check,
	};
	struct json j;

	if (write[out->format]) {
		write[out->format](&out->text, view);
	} else if (out->format == OUTPUT_HTML) {
		check_page_write(&k->inputs, out, view);
	} else if (out->format == OUTPUT_JSON) {
		json_init(&j, &out->text, false);
		json_check(&j, view);
	} else {
		text_check(&out->text, view, &out->style);
	}
	output_drain(out);
}

static void write_rows(struct checking *k, int code)
{
	struct check_view_input inputs[2 * OPTIONS_GIVEN_MAX + 1];
	const struct check_view view = {
		.check = &k->check,
		.exit_code = code,
		.all = k->args->all,
		.inputs = inputs,
		.n_inputs = list_inputs(k, inputs),
		.trouble = k->inputs.trouble,
		.tests = k->inputs.has_tests ? &k->inputs.tests : NULL,
	};

	for (size_t i = 0; i < k->outputs.n; i++)
		write_one(k, &k->outputs.all[i], &view);
}

/* Limits from a part of the inputs would be too tight. */
static int not_updated(const struct checking *k)
{
	message_at((struct place){ .file = k->path }, "note", "not updated: not all inputs could be read");
	return EXIT_FINE;
}

/* Kept limits are tightened also if others are broken. The rows are then judged by the new file. */
static int update(struct checking *k)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct check *c = &k->check;
	struct diag diag = { 0 };
	int n = check_budget_fit(&text, k->blob.bytes, k->blob.n_bytes, c, (double)k->args->headroom / 1e6,
				 k->args->loosen);

	if (n < 0)
		return out_of_memory();
	if (n == 0)
		return EXIT_FINE;
	if (budget_read(strbuf_text(&text), text.n_bytes, k->path, &k->updated, &diag) < 0) {
		message_diag(&diag);
		return EXIT_INPUT;
	}
	if (check_budget_rewrite(&k->blob, &text) < 0) {
		check_budget_forget(c);
		return EXIT_INPUT;
	}
	check_rejudge(c, k->updated);
	return EXIT_FINE;
}

static bool has_page(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++)
		if (outputs->all[i].format == OUTPUT_HTML)
			return true;
	return false;
}

static int run_check(struct checking *k)
{
	static const int codes[] = {
		[CHECK_PASS] = EXIT_FINE, [CHECK_FAIL] = EXIT_FINDING, [CHECK_ERROR] = EXIT_INPUT
	};
	int code = read_budget(k);

	if (code == EXIT_FINE) {
		if (check_inputs_init(&k->inputs, k->args, &k->check) < 0)
			return out_of_memory();
		k->inputs.draws = has_page(&k->outputs);
		code = check_inputs_read(&k->inputs);
		int r = evaluate(k);
		code = exit_worse(code, r);
		note_unused(k);
		if (k->args->update) {
			r = code == EXIT_FINE ? update(k) : not_updated(k);
			code = exit_worse(code, r);
		}
		code = exit_worse(code, codes[check_worst(&k->check)]);
	}
	if (code != EXIT_STOPPED)
		write_rows(k, code);
	return code;
}

/* ---- a first budget ---- */

/* Must not be an input. Checked first, as a file that cannot be written must not cost a run. */
static int check_path(const struct checking *k)
{
	struct options inputs = *k->options;

	inputs.n_args = 0;
	if (!k->path)
		return 0;
	if (!output_find_input(&inputs, k->path))
		return check_budget_may_write(k->path, k->args->board.force);
	message_at((struct place){ .file = k->path }, "error", "it is an input; the budget needs another file");
	return -EINVAL;
}

static int write_first(struct checking *k, const struct strbuf *text)
{
	if (!k->path) {
		struct output *out = &k->outputs.all[0];
		strbuf_add(&out->text, strbuf_text(text), text->n_bytes);
		output_drain(out);
		return EXIT_FINE;
	}
	if (check_budget_write(k->path, text, k->args->board.force) < 0)
		return EXIT_INPUT;
	message_at((struct place){ .file = k->path }, "note",
		   "wrote %zu limits, all kept by these inputs; check the next build with memprof check %s and the"
		   " same options",
		   k->check.n_rows, k->path);
	return EXIT_FINE;
}

static int run_init(struct checking *k)
{
	struct strbuf first CLEANUP(strbuf_deinit) = STRBUF_INIT, text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *name = k->path ? k->path : "the new budget";
	struct diag diag = { 0 };

	if (check_path(k) < 0)
		return EXIT_INPUT;
	if (check_inputs_init(&k->inputs, k->args, NULL) < 0)
		return out_of_memory();
	int code = check_inputs_read(&k->inputs);
	if (code != EXIT_FINE) {
		message_at((struct place){ .file = k->path }, "error",
			   "no budget was written: an input could not be read, or a test failed");
		return code;
	}
	check_budget_begin(&first, &k->inputs);
	if (strbuf_error(&first))
		return out_of_memory();
	if (budget_read(first.text, first.n_bytes, name, &k->budget, &diag) < 0) {
		message_error("no input for a budget; give --map, --dump, --run …");
		return EXIT_INPUT;
	}
	if (check_begin(&k->check, k->budget) < 0)
		return out_of_memory();
	code = evaluate(k);
	if (code != EXIT_FINE)
		return code;
	if (check_budget_fit(&text, first.text, first.n_bytes, &k->check, (double)k->args->headroom / 1e6, true) < 0)
		return out_of_memory();
	return write_first(k, &text);
}

int check_against(const struct options *options, const struct check_args *args, const char *budget)
{
	struct checking k = { .options = options, .args = args, .path = budget };

	if (args->init && k.path && strcmp(k.path, "-") == 0)
		k.path = NULL; /* standard output, as elsewhere */
	if (args->init && !args->board.force && outputs_are_new(&args->output) < 0)
		return EXIT_INPUT;
	if (outputs_open(&k.outputs, options, &args->output) < 0)
		return EXIT_INPUT;
	int code = EXIT_INPUT;
	if (is_test(&k) ? check_stdin(options) == 0 : check_usage(options, args, &k.outputs) == 0)
		code = args->init ? run_init(&k) : run_check(&k);
	check_deinit(&k.check);
	if (k.inputs.args)
		check_inputs_deinit(&k.inputs);
	budget_free(k.budget);
	budget_free(k.updated);
	blob_deinit(&k.blob);
	return outputs_close(&k.outputs, code);
}

static int check_run(const struct options *options)
{
	return check_against(options, options->values, options->n_args ? options->args[0] : NULL);
}

const struct command command_check = {
	.name = "check",
	.usage = "[OPTIONS] [BUDGET.json]",
	.inputs = "inputs are options, as --map FILE",
	.summary = "check builds, heaps and programs against a budget, for CI",
	.group = GROUP_FILES,
	.options = check_options,
	.args_bytes = sizeof(struct check_args),
	.common = { "map", "dump", "baseline", "init", "output" },
	.examples = { "memprof check --init --headroom 10% first.json --map old.map",
		      "memprof check first.json --map new.map --baseline old.map" },
	.run = check_run,
};
