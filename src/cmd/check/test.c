/* test: check --per-test, without a budget unless --budget names one. */
#include <errno.h>
#include <string.h>

#include "check/inputs.h"
#include "memprof/cli/message.h"
#include "memprof/cli/outputs.h"
#include "memprof/io/source.h"

static const struct option_spec test_options[] = {
	OPTION_GROUP("Tests"),
	{ 0, "budget", "FILE", "limits for tests, as for check" },
	{ 0, "baseline", "OLD", "JSON of an older run, for limits on growth" },
	{ 0, "allow-missing", NULL, "skip limits on growth if there is no OLD" },
	{ 0, "timeout", "SECONDS", "stop a file after so long (default: never)" },
	{ 0, "gc-threshold", "N", "collect each N bytes; peaks have less garbage" },
	{ 0, "no-samples", NULL, "do not instrument; measure before and after only" },
	OPTIONS_PROMPT,
	OPTIONS_OUTPUTS("text, json, html, markdown, junit or github", "text|json|html|markdown|junit|github"),
	OPTIONS_SIZES,
	{ 0, "all", NULL, "also list limits that are kept, and sizes of objects" },
	OPTION_END,
};

/* What they are called in check. */
static const struct option_spec run_option = { 0, "run", "SCRIPT", "" };
static const struct option_spec per_test_option = { 0, "per-test", "SOURCE", "" };

static int give(struct options *o, const struct option_spec *spec, const char *value)
{
	if (o->n_given == OPTIONS_GIVEN_MAX) {
		message_error("more than %d options and files; quote a pattern, as 'tests/*.py'", OPTIONS_GIVEN_MAX);
		return -EINVAL;
	}
	o->given[o->n_given++] = (struct option_given){ spec, value };
	return 0;
}

static int test_run(const struct options *options)
{
	struct options check = *options;
	int n = options->n_args;
	char *budget = (char *)option_value(options, "budget");
	const char *source = n > 0 && source_kind_of(options->args[n - 1])->live ? options->args[n - 1] : NULL;

	n -= source != NULL;
	if (n == 0) {
		message_error("test requires a FILE.py; see memprof test --help");
		return EXIT_INPUT;
	}
	if (option_is(options, "baseline") && !budget) {
		message_error("--baseline requires --budget: only limits on growth compare with it");
		return EXIT_INPUT;
	}
	for (int i = 0; i < n; i++)
		if (give(&check, &run_option, options->args[i]) < 0)
			return EXIT_INPUT;
	if (give(&check, &per_test_option, source ? source : "auto") < 0)
		return EXIT_INPUT;
	check.args = &budget;
	check.n_args = budget != NULL;
	return command_check.run(&check);
}

const struct command command_test = {
	.name = "test",
	.usage = "[OPTIONS] FILE.py... [SOURCE]",
	.summary = "run test files on a board and measure every test",
	.group = GROUP_BOARD,
	.options = test_options,
	.common = { "budget", "baseline", "timeout", "output", "all" },
	.examples = { "memprof test examples/heap_test.py /dev/ttyACM0",
		      "memprof test -o junit:memory.xml examples/heap_test.py exec:micropython" },
	.run = test_run,
};
