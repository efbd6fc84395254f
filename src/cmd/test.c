/* test: check --per-test, without a budget unless --budget names one. */
#include "check.h"
#include "memprof/cli/message.h"
#include "memprof/io/source.h"

static const struct option_spec test_options[] = {
	OPTION_GROUP("Tests"),
	{ 0, "budget", "FILE", "limits for tests, as for check", AS_FILE(check, budget) },
	{ 0, "baseline", "OLD", "JSON of an older run, for limits on growth", AS_LIST(check, baselines),
	  .needs = "budget" },
	{ 0, "allow-missing", NULL, "skip limits on growth if there is no OLD", AS_FLAG(check, allow_missing) },
	{ TIMEOUT_ROW(check, "stop a file after so long") },
	{ 0, "gc-threshold", "N", "collect each N bytes; peaks have less garbage", AS_SIZE(check, gc_threshold),
	  .least = 1, .most = INT32_MAX },
	{ NO_SAMPLES_ROW(check) },
	OPTIONS_PROMPT(check),
	OPTIONS_OUTPUTS(check, "text, json, html, markdown, junit or github", "text|json|html|markdown|junit|github"),
	OPTIONS_SIZES(check),
	{ 0, "all", NULL, "also list limits that are kept, and sizes of objects", AS_FLAG(check, all) },
	OPTION_END,
};

static int test_run(const struct options *options)
{
	struct check_args args = *(const struct check_args *)options->values;
	size_t n = (size_t)options->n_args;
	const char *source = n > 0 && source_kind_of(options->args[n - 1])->live ? options->args[n - 1] : NULL;

	n -= source != NULL;
	if (n == 0) {
		message_error("test requires a FILE.py; see memprof test --help");
		return EXIT_INPUT;
	}
	if (n > OPTIONS_GIVEN_MAX) {
		message_error("more than %d files; quote a pattern, as 'tests/*.py'", OPTIONS_GIVEN_MAX);
		return EXIT_INPUT;
	}
	for (; args.runs.n < n; args.runs.n++)
		args.runs.all[args.runs.n] = options->args[args.runs.n];
	args.per_test = source ? source : "auto";
	args.inputs.flash_bytes = NOT_KNOWN;
	return check_against(options, &args, args.budget);
}

const struct command command_test = {
	.name = "test",
	.usage = "[OPTIONS] FILE.py... [SOURCE]",
	.summary = "run test files on a board and measure every test",
	.group = GROUP_BOARD,
	.options = test_options,
	.args_bytes = sizeof(struct check_args),
	.common = { "budget", "baseline", "timeout", "output", "all" },
	.examples = { "memprof test examples/heap_test.py /dev/ttyACM0",
		      "memprof test -o junit:memory.xml examples/heap_test.py exec:micropython" },
	.run = test_run,
};
