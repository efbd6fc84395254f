/* check: compares builds, heaps and programs with a budget. For CI jobs: always rows, and one exit code. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "check.h"
#include "load.h"
#include "memprof/cli/message.h"

static const struct option_spec check_options[] = {
	OPTION_GROUP("Inputs, in any combination"),
	{ 0, "map", "FILE", "linker map of the firmware", AS_LIST(check, inputs.maps), .most = 1 },
	{ 0, "elf", "FILE", "ELF of the same build, also without --map", AS_LIST(check, inputs.elfs), .most = 1 },
	{ 0, "bin", "FILE", "the .bin or .uf2 as flashed: its real size", AS_FILE(check, inputs.bin) },
	{ 0, "partitions", "FILE", "partitions.csv, binary table, flash dump or UF2",
	  AS_FILE(check, inputs.partitions) },
	{ 0, "board", "BOARD", "name of a known board, or a FILE.json: partitions", AS_NAME(check, inputs.of_board) },
	{ 0, "dump", "FILE", "saved log with heaps, or a folder of them; repeatable", AS_LIST(check, inputs.dumps) },
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
	{ TIMEOUT_ROW(check, "stop the program after this time"), .needs = "run" },
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

static int check_usage(const struct checking *k)
{
	const struct check_args *args = k->args;
	const struct options *o = k->options;

	if (check_stdin(o) < 0)
		return -EINVAL;
	if (check_is_test(k))
		return 0;
	if (o->n_args > 0 && args->per_test && is_script(o->args[o->n_args - 1]))
		return wrong_usage("a test file is no BUDGET.json; quote the pattern, as --run 'tests/*.py'");
	if (o->n_args == 0 && !args->init && (args->update || !args->per_test))
		return wrong_usage("check requires a BUDGET.json; --init creates one");
	if (args->runs.n > 1 && !args->per_test)
		return wrong_usage("--run given more than once; --per-test runs several");
	if (args->update && strcmp(o->args[0], "-") == 0)
		return wrong_usage("--update requires a budget file, not standard input");
	return args->init ? check_init(o, &k->outputs) : 0;
}

/* ---- a run ---- */

static int open_inputs(struct checking *k)
{
	const struct check_args *args = k->args;

	if (load_input_names(args->inputs.dumps.all, args->inputs.dumps.n, &k->dumps) < 0)
		return EXIT_INPUT;
	for (size_t i = 0; i < N_CHECK_SIDES; i++) {
		const struct sink sink = checker_sink(&k->checkers[i]);
		checker_init(&k->checkers[i], &k->check, (enum check_side)i);
		k->feeds[i] = (struct feed){ .notices = message_notices, .names_inputs = true };
		if (feed_open(&k->feeds[i], &(struct capture_options){ .live = false }, &sink, 1) < 0)
			return load_exit(-ENOMEM, NULL);
	}
	k->inputs = (struct check_inputs){
		.check = &k->check,
		.map = args->inputs.maps.all[0],
		.elf = args->inputs.elfs.all[0],
		.bin = args->inputs.bin,
		.rules_name = args->rules,
		.scripts = load_script_names(&args->scripts),
		.compares = args->baselines.n > 0,
		.notices = message_notices,
	};
	for (size_t i = 0; i < k->outputs.n; i++)
		k->inputs.draws |= !args->init && k->outputs.all[i].format == OUTPUT_HTML;
	return EXIT_FINE;
}

/* What may be a mistake, and what counts less. */
static void warn(const struct checking *k)
{
	static const char *const names[N_CHECK_SIDES] = { [CHECK_NOW] = "the log", [CHECK_BASE] = "the baseline" };
	const struct check *c = &k->check;

	for (size_t i = 0; i < N_CHECK_SIDES; i++)
		if (c->dumps[i].n_cut)
			message_at((struct place){ .file = names[i] }, "warning",
				   "%" PRIu64 " of %" PRIu64
				   " dumps are incomplete: only figures that the board reports count for these",
				   c->dumps[i].n_cut, c->dumps[i].n);
	for (enum check_input i = 0; i < N_CHECK_INPUTS && !k->args->init; i++)
		if (check_unused(c, i))
			message_at((struct place){ .file = k->path }, "note", "no limit applies to %s",
				   check_unused(c, i));
}

int check_judge_inputs(struct checking *k)
{
	k->check.allow_missing = k->args->allow_missing;
	if (check_inputs_give(&k->inputs) < 0)
		return load_exit(-ENOMEM, NULL);
	check_judge(&k->check);
	warn(k);
	return EXIT_FINE;
}

static int run_check(struct checking *k)
{
	static const int codes[] = {
		[CHECK_PASS] = EXIT_FINE, [CHECK_FAIL] = EXIT_FINDING, [CHECK_ERROR] = EXIT_INPUT
	};
	int code = check_read_budget(k);

	if (code == EXIT_FINE) {
		code = check_read_inputs(k);
		int r = check_judge_inputs(k);
		code = exit_worse(code, r);
		if (k->args->update && code == EXIT_FINE)
			code = check_update_budget(k);
		else if (k->args->update) /* limits from a part of the inputs would be too tight */
			message_at((struct place){ .file = k->path }, "note",
				   "not updated: not all inputs could be read");
		code = exit_worse(code, codes[check_worst(&k->check)]);
	}
	if (code != EXIT_STOPPED)
		check_write_rows(k, code);
	return code;
}

int check_against(const struct options *options, const struct check_args *args, const char *budget)
{
	struct checking k = { .options = options, .args = args, .path = budget };
	int code = EXIT_INPUT;

	if (args->init && k.path && strcmp(k.path, "-") == 0)
		k.path = NULL; /* standard output, as elsewhere */
	if (args->init && !args->board.force && outputs_are_new(&args->output) < 0)
		return EXIT_INPUT;
	if (outputs_open(&k.outputs, options, &args->output) < 0)
		return EXIT_INPUT;
	if (check_usage(&k) == 0 && open_inputs(&k) == EXIT_FINE)
		code = args->init ? check_init_budget(&k) : run_check(&k);
	for (size_t i = 0; i < N_CHECK_SIDES; i++) {
		feed_close(&k.feeds[i]);
		checker_deinit(&k.checkers[i]);
	}
	check_inputs_deinit(&k.inputs);
	input_names_deinit(&k.dumps);
	check_deinit(&k.check);
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
