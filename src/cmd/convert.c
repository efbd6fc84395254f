/* convert: saved logs and streams as a recording, and what can be saved of a damaged one. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/io/interrupt.h"
#include "memprof/sinks/recorder.h"

struct convert_args {
	struct output_args output;
	struct log_args log;
	bool again, recover, verify;
};

static const struct option_spec convert_options[] = {
	OPTION_GROUP("Recording"),
	{ 'o', "output", "FILE", "the recording; one that exists is added to", AS_OUTPUTS(convert, output.files),
	  .most = 1 },
	{ 0, "again", NULL, "also add what is in the recording already", AS_FLAG(convert, again) },
	{ 0, "recover", NULL, "save what can be read of a damaged recording", AS_FLAG(convert, recover) },
	{ 0, "verify", NULL, "read all of a recording, and say what is damaged", AS_FLAG(convert, verify),
	  .excludes = "output|recover|again" },
	OPTION_GROUP("Input"),
	OPTIONS_INPUT(convert),
	OPTION_GROUP("Output"),
	OPTION_QUIET(convert),
	OPTION_END,
};

/* The recording is made beside its place, and is put there, or added to what is there, when all logs are in it. */
struct destination {
	const char *path;
	struct recording_lock lock;
	struct recording *before; /* what is there already; NULL: nothing */
	struct new_file file;
	struct strbuf beside[3]; /* of SQLite, while it writes */
	bool is_open;
};

static bool is_same_file(const char *a, const char *b)
{
	struct stat of_a, of_b;

	return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/* All of a log, or nothing. */
static int convert_log(struct recorder *recorder, const char *name, const struct log_format *format)
{
	struct feed feed = { .notices = message_notices };
	const struct recording_session session = { name, "log", NOT_KNOWN };
	const struct sink sink = recorder_sink(recorder, &feed);
	int code = EXIT_INPUT;

	if (recorder_begin(recorder, &session, NULL) < 0)
		return EXIT_INPUT;
	if (feed_open(&feed, &(struct capture_options){ .live = true }, &sink, 1) < 0)
		message_error("out of memory");
	else
		code = feed_logs(&feed, &name, 1, format) < 0 ? EXIT_INPUT : EXIT_FINE;
	feed_close(&feed);
	return recorder_end(recorder, code == EXIT_FINE) < 0 ? EXIT_INPUT : code;
}

/* A recording, or a board of it. */
struct origin {
	struct strbuf path;
	struct recording *recording; /* NULL: it is a log, or one moment, or cannot be read */
	const char *board;           /* NULL: all of them */
};

static void origin_deinit(struct origin *o)
{
	recording_close(o->recording);
	strbuf_deinit(&o->path);
}

static struct recording *open_recording(const char *path)
{
	struct recording *ret = NULL;
	struct diag diag = { 0 };
	struct stat is;

	if (stat(path, &is) == 0 && S_ISREG(is.st_mode))
		recording_open(path, &ret, &diag);
	return ret;
}

/* name: also "FILE@BOARD", where no file has that name. */
static void find_origin(struct origin *o, const char *name)
{
	const char *choice = NULL;
	struct diag unused = { 0 };

	strbuf_puts(&o->path, name);
	o->recording = open_recording(name);
	while (!o->recording && access(name, F_OK) < 0 && log_choice(name, &choice, &o->path)) {
		o->recording = open_recording(strbuf_text(&o->path));
		if (o->recording && recording_choose(o->recording, choice, &unused) == 0)
			o->board = recording_chosen_board(o->recording);
		if (o->board)
			return;
		recording_close(o->recording);
		o->recording = NULL;
	}
}

/* Whether a recording has the log already, or a session of another recording. */
static bool has(const struct recording *to, const char *name, const struct origin *from)
{
	return to &&
	       (from->recording ? recording_overlaps(to, from->recording, from->board) :
				  recording_has(to, &(struct recording_wanted){ .source = name, .is_any = true }));
}

static bool is_known(const struct destination *to, const char *name, const struct origin *from)
{
	struct recording *now = open_recording(strbuf_text(&to->file.temporary));
	bool ret = has(to->before, name, from) || has(now, name, from);

	recording_close(now);
	return ret;
}

/* Why an input is not converted; NULL: it is. */
static const char *refusal(const struct destination *to, const char *name, const struct origin *from, bool again)
{
	if (is_same_file(from->recording ? strbuf_text(&from->path) : name, to->path))
		return "this is the recording that is written";
	return !again && is_known(to, name, from) ? "it is in the recording already; --again adds it once more" : NULL;
}

/* A log, or a recording, or a board of one: with marks and files, as it is. */
static int convert_input(struct recorder *recorder, const struct destination *to, const char *name,
			 const struct log_format *format, bool again)
{
	struct origin from CLEANUP(origin_deinit) = { .recording = NULL };

	find_origin(&from, name);
	const char *why_not = refusal(to, name, &from, again);
	if (why_not) {
		message_at((struct place){ .file = name }, "error", "%s", why_not);
		return EXIT_INPUT;
	}
	if (!from.recording)
		return convert_log(recorder, name, format);
	return MESSAGE_ON(recording_append, recorder->path, strbuf_text(&from.path), from.board) == 0 ? EXIT_FINE :
													EXIT_INPUT;
}

/* Each of them that can be, as a whole. *ret_failed: nothing can be written. */
static int convert_inputs(const struct options *options, const struct destination *to, const struct log_format *format,
			  bool *ret_failed)
{
	const struct convert_args *args = options->values;
	const struct recording_lock none = { .fd = -1 };
	struct recorder recorder;
	int code = EXIT_FINE;

	*ret_failed = recorder_open(&recorder, strbuf_text(&to->file.temporary), &none) < 0;
	if (*ret_failed)
		return EXIT_INPUT;
	interrupt_hold(false); /* nothing of it stays */
	for (int i = 0; i < options->n_args && !recorder.failed; i++)
		code = exit_worse(code, convert_input(&recorder, to, options->args[i], format, args->again));
	*ret_failed = recorder.failed;
	if (recorder.failed && to->before)
		message_at((struct place){ .file = to->path }, "error", "nothing was added to it");
	return exit_worse(recorder_close(&recorder), code);
}

/* ---- damaged ones ---- */

static void sum_text(const struct recording_sum *sum, struct strbuf *out)
{
	strbuf_printf(out, "%" PRIu64 " snapshot%s of %" PRIu64 " board%s", sum->n_samples,
		      sum->n_samples == 1 ? "" : "s", sum->n_boards, sum->n_boards == 1 ? "" : "s");
	if (sum->n_marks > 0)
		strbuf_printf(out, ", %" PRIu64 " mark%s", sum->n_marks, sum->n_marks == 1 ? "" : "s");
	if (sum->n_files > 0)
		strbuf_printf(out, ", %" PRIu64 " file%s", sum->n_files, sum->n_files == 1 ? "" : "s");
}

/* What is there, and what is not: verb is "saved", or "intact". */
static int report_sum(const char *path, const struct recording_sum *sum, const char *verb)
{
	struct strbuf there CLEANUP(strbuf_deinit) = STRBUF_INIT, lost CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool is_whole = sum->damage.n_all == 0;

	sum_text(sum, &there);
	if (!is_whole)
		recording_damage_text(&sum->damage, &lost);
	message_at((struct place){ .file = path }, is_whole ? "note" : "warning", "%s%s%s %s%s", strbuf_text(&lost),
		   is_whole ? "" : " damaged or missing; ", strbuf_text(&there), verb,
		   is_whole ? "; nothing is damaged" : "");
	if (sum->is_left)
		message_at((struct place){ .file = path }, "warning", "%s", recording_left_note);
	return is_whole && !sum->is_left ? EXIT_FINE : EXIT_FINDING;
}

static int recover(const struct options *options, const struct destination *to)
{
	struct recording_sum sum;

	if (to->before) {
		message_at((struct place){ .file = to->path }, "error", "it exists; --recover makes a new file");
		return EXIT_INPUT;
	}
	if (MESSAGE_ON(recording_recover, options->args[0], strbuf_text(&to->file.temporary), &sum) < 0)
		return EXIT_INPUT;
	return report_sum(to->path, &sum, "saved");
}

static int verify(const struct options *options)
{
	struct recording_sum sum;
	int code = EXIT_FINE;

	for (int i = 0; i < options->n_args; i++) {
		int error = MESSAGE_ON(recording_verify, options->args[i], &sum);
		code = exit_worse(code, error < 0 ? EXIT_INPUT : report_sum(options->args[i], &sum, "intact"));
	}
	return code;
}

/* ---- where it goes ---- */

static int report_not_written(const struct destination *to, int error)
{
	message_at((struct place){ .file = to->path }, "error", "cannot write: %s", strerror(-error));
	return error;
}

static int open_file(struct destination *to)
{
	static const char *const suffixes[ARRAY_SIZE(to->beside)] = { "-wal", "-shm", "-journal" };
	int fd = new_file_open(&to->file, to->path);

	if (fd < 0)
		return report_not_written(to, fd);
	close(fd);
	to->is_open = true;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		strbuf_printf(&to->beside[i], "%s%s", to->file.temporary.text, suffixes[i]);
		interrupt_removes(to->beside[i].text);
	}
	return 0;
}

static int destination_open(struct destination *to, const char *path)
{
	struct stat is;

	interrupt_hold(true);
	*to = (struct destination){ .path = path };
	int error = MESSAGE_ON(recording_lock_take, path, &to->lock);
	if (error == 0 && to->lock.is_new)
		interrupt_removes(to->lock.path);
	else if (error == 0 && stat(path, &is) == 0 && is.st_size > 0)
		error = MESSAGE_ON(recording_open, path, &to->before);
	if (error == 0)
		error = open_file(to);
	interrupt_hold(false);
	return error;
}

static int destination_close(struct destination *to, int code, bool failed)
{
	bool is_empty = failed || !to->is_open || recording_is_empty(strbuf_text(&to->file.temporary));
	int error = 0;

	interrupt_hold(true);
	recording_close(to->before);
	if (!is_empty && to->before)
		error = MESSAGE_ON(recording_append, to->path, to->file.temporary.text, NULL);
	int r = to->is_open ? new_file_close(&to->file, !is_empty && !to->before) : 0;
	if (r < 0)
		error = report_not_written(to, r);
	if (is_empty && to->is_open && to->lock.is_new)
		message_at((struct place){ .file = to->path }, "note", "nothing was recorded; it is removed");
	interrupt_keeps(to->lock.path);
	recording_lock_drop(&to->lock, !is_empty);
	for (size_t i = 0; i < ARRAY_SIZE(to->beside); i++) {
		interrupt_keeps(to->beside[i].text);
		strbuf_deinit(&to->beside[i]);
	}
	interrupt_hold(false);
	return exit_worse(code, error < 0 ? EXIT_INPUT : EXIT_FINE);
}

static int convert_run(const struct options *options)
{
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	const struct convert_args *args = options->values;
	const char *path = output_path(&args->output);
	struct destination to;
	bool failed = false;
	int code = EXIT_INPUT;

	message_quiet(args->output.quiet);
	if (args->verify)
		return verify(options);
	if (recorder_path(path) < 0)
		return EXIT_INPUT;
	if (args->recover && options->n_args != 1) {
		message_error("--recover takes one damaged recording");
		return EXIT_INPUT;
	}
	if (load_log_format(&args->log, &format) < 0)
		return EXIT_INPUT;
	if (destination_open(&to, path) == 0)
		code = args->recover ? recover(options, &to) : convert_inputs(options, &to, &format, &failed);
	failed |= args->recover && code == EXIT_INPUT;
	return destination_close(&to, code, failed);
}

const struct command command_convert = {
	.name = "convert",
	.usage = "[OPTIONS] -o FILE LOG...",
	.summary = "make a recording of saved logs and streams",
	.group = GROUP_FILES,
	.options = convert_options,
	.args_bytes = sizeof(struct convert_args),
	.examples = { "memprof convert -o leak.mprof leak.stream", "memprof convert --verify night.mprof", },
	.run = convert_run,
};
