/* mark: a mark in a recording, also while it is made. */
#include <errno.h>
#include <string.h>

#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/blob.h"
#include "memprof/io/clock.h"
#include "memprof/store/recording.h"

static const struct option_spec mark_options[] = {
	OPTION_GROUP("Mark"),
	{ 0, "file", "FILE", "keep a file with it, such as a memory file of snap" },
	OPTION_QUIET,
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

static int mark_run(const struct options *options)
{
	struct blob blob = { .bytes = NULL };
	struct recording_file file = { NULL, NULL, 0 };
	struct diag diag = { 0 };
	int error = 0;

	message_quiet(option_is(options, "quiet"));
	if (option_once(options, "file", &file.name) < 0)
		return EXIT_INPUT;
	if (options->n_args != 2) {
		message_error("give a recording and the text of the mark: memprof mark night.mprof 'after the login'");
		return EXIT_INPUT;
	}
	if (!can_be_chosen(options->args[1]))
		return EXIT_INPUT;
	if (file.name)
		error = blob_read(file.name, &blob, &diag);
	file.bytes = blob.bytes;
	file.n_bytes = blob.n_bytes;
	if (error == 0)
		error = recording_mark(options->args[0], clock_wall_us(), options->args[1], file.name ? &file : NULL,
				       &diag);
	blob_deinit(&blob);
	if (error < 0)
		message_diag(&diag);
	return error < 0 ? EXIT_INPUT : EXIT_FINE;
}

const struct command command_mark = {
	.name = "mark",
	.usage = "[OPTIONS] RECORDING TEXT",
	.summary = "set a mark in a recording, also while it is made",
	.group = GROUP_BOARD,
	.options = mark_options,
	.examples = { "memprof mark night.mprof 'after the login'" },
	.run = mark_run,
};
