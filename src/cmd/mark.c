/* mark: a mark in a recording, also while it is made, and the file that is kept with it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/io/blob.h"
#include "memprof/io/clock.h"
#include "memprof/store/recording.h"

struct mark_args {
	struct output_args output;
	const char *file, *get;
};

static const struct option_spec mark_options[] = {
	OPTION_GROUP("Mark"),
	{ 0, "file", "FILE", "keep a file with it, such as a memory file of snap", AS_FILE(mark, file),
	  .excludes = "get" },
	{ 0, "get", "FILE", "write the file kept with this mark to FILE, set no mark", AS_WRITTEN(mark, get) },
	OPTION_QUIET(mark),
	OPTION_END,
};

/* What begins like another way to name a moment could not be named by its text. */
static bool can_be_chosen(const char *text)
{
	if (*text && !strchr("#+-", *text))
		return true;
	message_error("the text of a mark must not be empty, nor begin with #, + or -: FILE@TEXT names a moment");
	return false;
}

static int set_mark(const struct options *options, const char *file_name)
{
	struct blob blob = { .bytes = NULL };
	struct recording_file file = { .name = file_name };
	int error = 0;

	if (!can_be_chosen(options->args[1]))
		return EXIT_INPUT;
	if (file.name)
		error = MESSAGE_ON(blob_read, file.name, &blob);
	file.bytes = blob.bytes;
	file.n_bytes = blob.n_bytes;
	if (error == 0)
		error = MESSAGE_ON(recording_mark, options->args[0], clock_wall_us(), options->args[1],
				   file.name ? &file : NULL);
	blob_deinit(&blob);
	return error < 0 ? EXIT_INPUT : EXIT_FINE;
}

static int get_file(const struct options *options, const char *path)
{
	const struct mark_args *args = options->values;
	struct output out;
	char *bytes = NULL;
	size_t n_bytes = 0;

	if (MESSAGE_ON(recording_kept, options->args[0], options->args[1], &bytes, &n_bytes) < 0)
		return EXIT_INPUT;
	int code = output_open_as(&out, options, &args->output, OUTPUT_TEXT, path) < 0 ? EXIT_INPUT : EXIT_FINE;
	if (code == EXIT_FINE) {
		out.may_be_empty = true;
		strbuf_add(&out.text, bytes, n_bytes);
		output_drain(&out);
		code = output_close(&out, code);
	}
	free(bytes);
	return code;
}

static int mark_run(const struct options *options)
{
	const struct mark_args *args = options->values;

	message_quiet(args->output.quiet);
	return args->get ? get_file(options, args->get) : set_mark(options, args->file);
}

const struct command command_mark = {
	.name = "mark",
	.usage = "[OPTIONS] RECORDING TEXT",
	.summary = "add a mark to a recording, even while it is made",
	.group = GROUP_BOARD,
	.options = mark_options,
	.args_bytes = sizeof(struct mark_args),
	.examples = { "memprof mark night.mprof 'after the login'" },
	.run = mark_run,
};
