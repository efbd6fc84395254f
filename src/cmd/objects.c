/* objects: whose memory is it? The objects of a board's heap, or of a memory file. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "live.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/io/blob.h"
#include "memprof/io/source.h"
#include "memprof/live/memory_probe.h"
#include "memprof/live/session.h"
#include "memprof/viewers/objects_view.h"

static const struct option_spec objects_options[] = {
	OPTION_GROUP("Contents"),
	{ 0, "path", "ADDRESS", "show the object at ADDRESS, and what leads to it" },
	{ 'n', "top", "N", "list at most N of each, 0: all (default: 10)" },
	{ 0, "verify", NULL, "run gc.collect() there, and compare what it frees" },
	{ 0, "memory", "FILE", "write what was read to FILE, for later" },
	OPTIONS_PROMPT,
	OPTIONS_SAVE,
	OPTIONS_OUTPUT,
	OPTION_END,
};

struct job {
	const struct options *options;
	const char *source;
	struct memory_file file;
	struct objects *objects;
	struct objects_freed freed;
	struct objects_view view;
};

static void ids_of(const struct probe_hello *hello, struct interpreter_ids *ret)
{
	*ret = (struct interpreter_ids){
		.word_bytes = hello->word_bytes,
		.id_modules = hello->id_modules,
		.id_globals = hello->id_globals,
		.id_type = hello->id_type,
		.id_none = hello->id_none,
		.id_len = hello->id_len,
		.used_bytes = hello->used_bytes,
		.stack_used_bytes = hello->stack_used_bytes,
		.id_reader = hello->id_bytearray,
	};
}

/* ---- a live board ---- */

static int fail(struct session *s, struct memory_probe *probe, int error, struct diag *diag)
{
	if (error == -EIO)
		return live_report_outcome(s, probe->outcome,
					   "what came was not what was asked for; does something there print at the"
					   " same time?");
	session_notice(s, "error", "%s", diag->text[0] ? diag->text : strerror(-error));
	return EXIT_INPUT;
}

static int verify(struct job *job, struct session *s, struct memory_probe *probe)
{
	struct diag diag = { 0 };
	enum session_outcome outcome = memory_probe_collect(probe);
	int error = outcome == SESSION_DONE ? objects_freed(job->objects, &probe->reader, &job->freed) : -EIO;

	if (error < 0)
		return fail(s, probe, error, &diag);
	job->view.freed = &job->freed;
	return job->freed.exact ? EXIT_FINE : EXIT_FINDING;
}

static int read_board(struct job *job, struct session *s)
{
	struct memory_probe probe = { .session = NULL };
	struct diag diag = { 0 };
	enum session_outcome outcome = memory_probe_begin(&probe, s, &diag);

	if (outcome != SESSION_DONE)
		return live_report_outcome(s, outcome,
					   outcome == SESSION_UNABLE  ? diag.text :
					   outcome == SESSION_NO_ROOM ? "there is no room for what reads its memory" :
									NULL);
	ids_of(&probe.hello, &job->file.ids);
	struct memory_reader reader = memory_file_recorder(&job->file, &probe.reader);
	int error = objects_read(&reader, &job->file.ids, &job->objects, &diag);
	int code = error < 0 ? fail(s, &probe, error, &diag) : EXIT_FINE;
	if (code == EXIT_FINE && option_is(job->options, "verify"))
		code = verify(job, s, &probe);
	if (memory_probe_is_on(&probe))
		session_talk_end(s);
	job->view.n_reads = reader.n_reads;
	job->view.n_read_bytes = reader.n_bytes;
	return code;
}

static int run_live(struct job *job)
{
	const struct session_handler handler = { .ctx = job };
	struct session_config config;
	enum session_outcome opened;
	struct session *s;
	int code = live_config(job->options, job->source, &config);

	config.protocol = SESSION_REPL;
	config.needs_prompt = true;
	if (code != EXIT_FINE || !live_open(&config, &handler, &s, &opened, &code))
		return code;
	if (opened == SESSION_READY)
		code = read_board(job, s);
	else
		code = opened == SESSION_STOPPED ? EXIT_FINE : EXIT_DEVICE;
	if (opened == SESSION_GONE)
		session_report_gone(s);
	if (session_recording_failed(s))
		code = exit_worse(code, EXIT_INPUT);
	session_close(s);
	return code;
}

/* ---- files ---- */

static int run_file(struct job *job)
{
	struct blob blob;
	struct diag diag = { 0 };
	int error = blob_read(job->source, &blob, &diag);

	if (error == 0)
		error = memory_file_read(blob.bytes, blob.n_bytes, job->source, &job->file, &diag);
	blob_deinit(&blob);
	if (error == 0) {
		struct memory_reader reader = memory_file_reader(&job->file);
		error = objects_read(&reader, &job->file.ids, &job->objects, &diag);
		if (error == -EFAULT)
			diag_set(&diag, error, "the memory file lacks memory that its heap refers to");
	}
	if (error < 0 && !diag.at.file)
		diag.at.file = job->source;
	if (error < 0)
		message_at(diag.at, "error", "%s", diag.text[0] ? diag.text : strerror(-error));
	return error < 0 ? EXIT_INPUT : EXIT_FINE;
}

static int write_memory(struct job *job)
{
	const char *path = option_value(job->options, "memory");
	struct output out;

	if (!path || !job->objects)
		return EXIT_FINE;
	if (memory_file_sort(&job->file) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	if (output_open_as(&out, job->options, OUTPUT_TEXT, path) < 0)
		return EXIT_INPUT;
	memory_file_write(&job->file, &out.text);
	output_drain(&out);
	return output_close(&out, EXIT_FINE);
}

/* ---- the view ---- */

static int show(struct job *job, struct output *out)
{
	struct objects_report report;
	int error = objects_report(job->objects, &report);

	job->view.objects = job->objects;
	job->view.report = &report;
	job->view.source = job->source;
	if (error < 0)
		message_error("out of memory");
	else if (out->format == OUTPUT_JSON)
		json_objects(&out->text, &job->view);
	else
		text_objects(&out->text, &job->view, &out->style);
	output_drain(out);
	objects_report_deinit(&report);
	return error < 0 ? EXIT_INPUT : EXIT_FINE;
}

static int read_options(struct job *job)
{
	const char *top = option_value(job->options, "top"), *path = option_value(job->options, "path");
	uint64_t n_top = 10;

	if (live_source(job->options, 0, &job->source) < 0)
		return -EINVAL;
	if (top && number_parse(top, &n_top) < 0) {
		message_error("--top takes a number, not '%s'", top);
		return -EINVAL;
	}
	job->view.n_top = n_top ? n_top : NOT_KNOWN;
	job->view.address = NOT_KNOWN;
	if (path && number_parse(path, &job->view.address) < 0) {
		message_error("--path takes an address, such as 0x20001230, not '%s'", path);
		return -EINVAL;
	}
	return 0;
}

static int objects_run(const struct options *options)
{
	struct job job = { .options = options };
	struct output out;

	if (read_options(&job) < 0)
		return EXIT_INPUT;
	bool live = strcmp(job.source, "auto") == 0 || source_kind_of(job.source)->live;
	if (!live && option_is(options, "verify")) {
		message_error("--verify is for a live board, and %s is a file", job.source);
		return EXIT_INPUT;
	}
	if (output_open(&out, options) < 0)
		return EXIT_INPUT;
	int code = live ? run_live(&job) : run_file(&job);
	if (job.objects)
		code = exit_worse(code, show(&job, &out));
	code = exit_worse(code, write_memory(&job));
	objects_free(job.objects);
	memory_file_deinit(&job.file);
	return output_close(&out, code);
}

const struct command command_objects = {
	.name = "objects",
	.usage = "[OPTIONS] [SOURCE|FILE]",
	.summary = "show who holds the memory of a MicroPython heap",
	.group = GROUP_BOARD,
	.options = objects_options,
	.common = { "path", "top", "verify", "memory", "json" },
	.examples = { "memprof objects /dev/ttyACM0", "memprof objects --verify --memory before.mem /dev/ttyACM0" },
	.run = objects_run,
};
