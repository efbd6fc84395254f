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
	{ 0, "map", "FILE", "linker map of the firmware" },
	{ 0, "elf", "FILE", "ELF of the same build, also without --map" },
	{ 0, "bin", "FILE", "the .bin or .uf2 as flashed: its real size" },
	{ 0, "partitions", "FILE", "partitions.csv, binary table, flash dump or UF2" },
	{ 0, "board", "BOARD", "name of a known board, or a FILE.json: partitions" },
	{ 0, "dump", "FILE", "saved log with heaps; repeatable" },
	{ 0, "memory", "FILE", "memory file (snap --memory): who holds what" },
	{ 0, "live", "SOURCE", "query this board; with --run: the program runs there" },
	{ 0, "run", "SCRIPT", "run this program; follow its heap and imports" },
	{ 0, "per-test", "SOURCE", "--run 'tests/*.py': run each there, measure every test" },
	{ 0, "gc-threshold", "N", "with it: collect each N bytes; peaks have less garbage" },
	OPTION_GROUP("Reading inputs"),
	{ 0, "ld", "FILE", "linker script: regions, if the map has none" },
	OPTIONS_SCRIPTS,
	{ 0, "rules", "FILE", "component rules (default: built in)" },
	{ 0, "flash-size", "SIZE", "size of the flash chip, as 4M" },
	{ 0, "table-offset", "N", "offset of the partition table (default: 0x8000)" },
	OPTIONS_INPUT,
	{ 0, "timeout", "SECONDS", "stop the program after so long (default: never)" },
	{ 0, "no-samples", NULL, "do not instrument; measure before and after only" },
	{ 0, "no-peaks", NULL, "imports: do not write to free memory" },
	OPTIONS_PROMPT,
	{ 0, "save", "FILE", "record all traffic with the board, with timestamps" },
	OPTION_GROUP("Baseline"),
	{ 0, "baseline", "OLD", "older map, ELF, .bin, log, memory; repeatable" },
	{ 0, "allow-missing", NULL, "skip limits without an input, and list them" },
	OPTION_GROUP("Budget file"),
	{ 0, "init", NULL, "write a budget from the current figures" },
	{ 0, "update", NULL, "tighten limits to the current figures" },
	{ 0, "loosen", NULL, "with --update: raise limits, too" },
	{ 0, "headroom", "PERCENT", "margin of --init and --update (default: 5%)" },
	{ 0, "force", NULL, "let --init and --save replace a FILE" },
	OPTIONS_OUTPUTS("text, json, html, markdown, junit or github", "text|json|html|markdown|junit|github"),
	OPTIONS_SIZES,
	{ 0, "all", NULL, "also list limits that are kept" },
	OPTION_END,
};

struct checking {
	const struct options *options;
	const char *path;                /* of the budget; NULL with --init: it goes to the outputs */
	struct blob blob;                /* its text */
	struct budget *budget, *updated; /* updated: of the text that --update wrote */
	struct check check;
	struct check_inputs inputs;
	struct outputs outputs;
	double headroom;
};

static int out_of_memory(void)
{
	message_error("out of memory");
	return EXIT_INPUT;
}

/* ---- options ---- */

/* or: an alternative; NULL: none. */
static const struct {
	const char *option, *needs, * or ;
} companions[] = {
	{ "loosen", "update", NULL },      { "timeout", "run", NULL },  { "no-samples", "run", NULL },
	{ "no-peaks", "run", NULL },       { "save", "run", "live" },   { "force", "save", "init" },
	{ "headroom", "init", "update" },  { "per-test", "run", NULL }, { "gc-threshold", "per-test", NULL },
	{ "figures", "dump", "baseline" },
};

/* Options that cannot be repeated. */
static const char *const once[] = { "map",  "elf", "bin",   "partitions", "board",    "memory",
				    "live", "run", "rules", "headroom",   "per-test", "gc-threshold" };

static int wrong_usage(const char *text)
{
	message_error("%s; see memprof check --help", text);
	return -EINVAL;
}

static int check_companions(const struct options *o)
{
	for (size_t i = 0; i < ARRAY_SIZE(companions); i++) {
		const char * or = companions[i].or ;
		if (!option_is(o, companions[i].option) || option_is(o, companions[i].needs) || (or &&option_is(o, or)))
			continue;
		message_error("--%s requires --%s%s%s", companions[i].option, companions[i].needs, or ? " or --" : "",
			      or ? or : "");
		return -EINVAL;
	}
	return 0;
}

/* A second reader of standard input would find it empty. */
static int check_stdin(const struct options *o)
{
	static const char *const written[] = { "output", "save" };
	size_t n = o->n_args > 0 && !option_is(o, "init") && strcmp(o->args[0], "-") == 0;

	for (size_t i = 0; i < o->n_given; i++) {
		bool reads = o->given[i].value && strcmp(o->given[i].value, "-") == 0;
		for (size_t k = 0; k < ARRAY_SIZE(written); k++)
			reads &= strcmp(o->given[i].spec->name, written[k]) != 0;
		n += reads;
	}
	return n > 1 ? wrong_usage("standard input (-) given more than once") : 0;
}

/* A budget goes into one file, and is of one format. */
static int check_init(const struct options *o, const struct outputs *outputs)
{
	enum output_format format = outputs->all[0].format;

	if (option_is(o, "baseline"))
		return wrong_usage("--init cannot be combined with --baseline");
	if (option_is(o, "output") && o->n_args > 0 && strcmp(o->args[0], "-") != 0)
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

static int check_usage(const struct options *o, const struct outputs *outputs)
{
	bool init = option_is(o, "init"), update = option_is(o, "update");

	if (init && update)
		return wrong_usage("--init and --update exclude each other");
	if (o->n_args > 0 && option_is(o, "per-test") && is_script(o->args[o->n_args - 1]))
		return wrong_usage("a test file is no BUDGET.json; quote the pattern, as --run 'tests/*.py'");
	if (o->n_args > 1)
		return wrong_usage("check takes one BUDGET.json; inputs are given by --map, --dump …");
	if (o->n_args == 0 && !init && (update || !option_is(o, "per-test")))
		return wrong_usage("check requires a BUDGET.json; --init creates one");
	if (option_is(o, "per-test") && option_is(o, "live"))
		return wrong_usage("--per-test SOURCE and --live SOURCE exclude each other");
	if (option_is(o, "per-test") && option_is(o, "save"))
		return wrong_usage("--save cannot be combined with --per-test, which connects once for each file");
	if (check_companions(o) < 0 || check_stdin(o) < 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(once); i++) {
		bool of_tests = strcmp(once[i], "run") == 0 && option_is(o, "per-test");
		if (!of_tests && option_nth(o, once[i], 1)) {
			message_error("--%s given more than once; only --dump and --baseline are repeatable", once[i]);
			return -EINVAL;
		}
	}
	if (update && strcmp(o->args[0], "-") == 0)
		return wrong_usage("--update requires a budget file, not standard input");
	return init ? check_init(o, outputs) : 0;
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

/* Inputs as given by options. */
static size_t list_inputs(const struct options *options, struct check_view_input ret[OPTIONS_GIVEN_MAX])
{
	static const char *const roles[] = {
		"map",  "elf",    "bin",  "partitions", "board",    "ld",
		"dump", "memory", "live", "run",        "per-test", "baseline",
	};
	size_t n = 0;

	for (size_t i = 0; i < options->n_given; i++)
		for (size_t k = 0; k < ARRAY_SIZE(roles); k++)
			if (strcmp(options->given[i].spec->name, roles[k]) == 0)
				ret[n++] = (struct check_view_input){ roles[k], options->given[i].value };
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
	struct check_view_input inputs[OPTIONS_GIVEN_MAX];
	const struct check_view view = {
		.check = &k->check,
		.exit_code = code,
		.all = option_is(k->options, "all"),
		.inputs = inputs,
		.n_inputs = list_inputs(k->options, inputs),
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
	int n = check_budget_fit(&text, k->blob.bytes, k->blob.n_bytes, c, k->headroom,
				 option_is(k->options, "loosen"));

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
	int code = read_budget(k);

	if (code == EXIT_FINE) {
		if (check_inputs_init(&k->inputs, k->options, &k->check) < 0)
			return out_of_memory();
		k->inputs.draws = has_page(&k->outputs);
		code = check_inputs_read(&k->inputs);
		int r = evaluate(k);
		code = exit_worse(code, r);
		note_unused(k);
		if (option_is(k->options, "update")) {
			r = code == EXIT_FINE ? update(k) : not_updated(k);
			code = exit_worse(code, r);
		}
		code = exit_worse(code, check_exit(&k->check));
	}
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
		return check_budget_may_write(k->path, option_is(k->options, "force"));
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
	if (check_budget_write(k->path, text, option_is(k->options, "force")) < 0)
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
	if (check_inputs_init(&k->inputs, k->options, NULL) < 0)
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
	if (check_budget_fit(&text, first.text, first.n_bytes, &k->check, k->headroom, true) < 0)
		return out_of_memory();
	return write_first(k, &text);
}

static int check_run(const struct options *options)
{
	struct checking k = { .options = options, .path = options->n_args ? options->args[0] : NULL };
	bool init = option_is(options, "init");

	if (init && k.path && strcmp(k.path, "-") == 0)
		k.path = NULL; /* standard output, as elsewhere */
	if (init && !option_is(options, "force") && outputs_are_new(options) < 0)
		return EXIT_INPUT;
	if (outputs_open(&k.outputs, options) < 0)
		return EXIT_INPUT;
	int code = EXIT_INPUT;
	if (check_usage(options, &k.outputs) == 0 && check_budget_headroom(options, &k.headroom) == 0)
		code = init ? run_init(&k) : run_check(&k);
	check_deinit(&k.check);
	if (k.inputs.options)
		check_inputs_deinit(&k.inputs);
	budget_free(k.budget);
	budget_free(k.updated);
	blob_deinit(&k.blob);
	return outputs_close(&k.outputs, code);
}

const struct command command_check = {
	.name = "check",
	.usage = "[OPTIONS] BUDGET.json",
	.summary = "check builds, heaps and programs against a budget, for CI",
	.group = GROUP_FILES,
	.options = check_options,
	.common = { "map", "dump", "baseline", "init", "output" },
	.examples = { "memprof check --init --headroom 10% first.json --map old.map",
		      "memprof check first.json --map new.map --baseline old.map" },
	.run = check_run,
};
