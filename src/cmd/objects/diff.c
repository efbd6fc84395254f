/* diff of two memory files: what came between them, and whose it is. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "objects/diff.h"
#include "objects/private.h"

bool objects_is_memory_file(const char *path)
{
	char line[sizeof(MEMORY_FILE_FIRST_LINE)] = "";
	FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "re");

	if (!file)
		return false;
	size_t n = fread(line, 1, sizeof(line) - 1, file);
	fclose(file);
	return memory_file_is(line, n);
}

/* What is for builds and logs only. */
static int check_options(const struct options *options)
{
	static const char *const others[] = { "old-elf",      "new-elf", "rules",   "old-dump", "new-dump",
					      "input-format", "by",      "filter",  "region",   "threshold",
					      "grown",        "all",     "demangle" };

	for (size_t i = 0; i < 2; i++)
		if (!objects_is_memory_file(options->args[i])) {
			message_error("%s is a memory file, %s is none: only two of a kind can be compared",
				      options->args[1 - i], options->args[i]);
			return -EINVAL;
		}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (option_is(options, others[i])) {
			message_error("--%s is for builds and logs, not for memory files", others[i]);
			return -EINVAL;
		}
	return 0;
}

static bool has_changed(const struct objects_since *s)
{
	return s->came.sum.n_objects || s->gone.n_objects || s->n_globals || s->n_classes || s->n_kinds;
}

int objects_diff(const struct options *options)
{
	struct objects_job job = { .options = options, .source = options->args[1] };
	struct objects_questions questions = { .since_file = options->args[0] };
	struct output out;

	if (check_options(options) < 0 || objects_top_read(options, &job.view.n_top) < 0 ||
	    output_open(&out, options) < 0)
		return EXIT_INPUT;
	int code = objects_questions_fit(&questions, out.format) ? objects_of_file(&job) : EXIT_INPUT;
	if (code == EXIT_FINE)
		code = objects_show(&job, &questions, &out);
	if (code == EXIT_FINE && option_is(options, "exit-code") && has_changed(&questions.since))
		code = EXIT_FINDING;
	objects_questions_deinit(&questions);
	objects_job_deinit(&job);
	return output_close(&out, code);
}
