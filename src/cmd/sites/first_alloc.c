/* sites --first-alloc: whether a function allocates, and where. */
#include "memprof/cli/message.h"
#include "memprof/viewers/first_alloc_view.h"
#include "run/script.h"
#include "sites/private.h"

static int check_usage(const struct output *out, const struct options *options)
{
	if (out->format != OUTPUT_TEXT && out->format != OUTPUT_JSON) {
		message_error("--first-alloc writes text or json");
		return EXIT_INPUT;
	}
	if (!sites_is_data(options->args[0]))
		return EXIT_FINE;
	message_error("--first-alloc runs a SCRIPT.py, and %s is none", options->args[0]);
	return EXIT_INPUT;
}

static void show(struct output *out, const struct first_alloc *a)
{
	struct json j;

	if (out->format == OUTPUT_JSON) {
		json_init(&j, &out->text, false);
		json_first_alloc(&j, a);
	} else if (!first_alloc_doubt(a)) {
		text_first_alloc(&out->text, a, &out->style);
	}
	output_drain(out);
}

static void report_doubt(const struct first_alloc *a, const char *doubt)
{
	if (a->fault.at.file)
		message_diag(&a->fault);
	else if (a->fault.text[0])
		message_at((struct place){ .file = a->script }, "error", "%s", doubt);
	else
		message_at((struct place){ .file = a->script }, "error", "%s(): %s", a->function, doubt);
}

/* An exit code. */
static int judge(const struct first_alloc *a, const struct program_result *result, int code)
{
	const char *doubt = first_alloc_doubt(a);

	if (!doubt)
		return exit_worse(code, a->is_found ? EXIT_FINDING : EXIT_FINE);
	if (code == EXIT_FINE || result->ran || a->fault.text[0])
		report_doubt(a, doubt);
	return exit_worse(code, EXIT_INPUT);
}

int sites_first_alloc(struct output *out, const struct options *options)
{
	const struct sites_args *args = options->values;
	struct program_result result = { .ran = false };
	struct first_alloc a;
	struct script script = {
		.program.script = options->args[0],
		.source = options->n_args > 1 ? options->args[1] : NULL,
		.output = out->format == OUTPUT_TEXT ? stdout : stderr,
		.program.first_alloc = &a,
	};
	int code = check_usage(out, options);

	if (code != EXIT_FINE)
		return code;
	script_options(&args->program, &script);
	first_alloc_init(&a, options->args[0], args->first_alloc);
	code = judge(&a, &result, script_run(&args->board, &script, NULL, &result));
	if (result.ran)
		show(out, &a);
	program_result_deinit(&result);
	first_alloc_deinit(&a);
	return code;
}
