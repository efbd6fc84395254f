/* diff of two memory files: what came between them, and whose it is. */
#include "objects/diff.h"
#include "diff_report.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "objects/private.h"

static bool has_changed(const struct objects_since *s)
{
	return s->came.sum.n_objects || s->gone.n_objects || s->n_globals || s->n_classes || s->n_kinds;
}

int objects_diff(const struct options *options)
{
	const struct diff_args *args = options->values;
	struct objects_job job = { .source = options->args[1], .view.n_top = objects_top(args->tables.top) };
	struct objects_questions questions = { .since_file = options->args[0] };
	struct output out;

	if (output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	int code = objects_questions_fit(&questions, out.format) ? objects_of_file(&job) : EXIT_INPUT;
	if (code == EXIT_FINE)
		code = objects_show(&job, &questions, &out);
	if (code == EXIT_FINE && args->exit_code && has_changed(&questions.since))
		code = EXIT_FINDING;
	objects_questions_deinit(&questions);
	objects_job_deinit(&job);
	return output_close(&out, code);
}
