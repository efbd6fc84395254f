/* objects: whose memory is it? The objects of a board's heap, or of a memory file. */
#include <errno.h>
#include <string.h>

#include "live.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/io/source.h"
#include "objects/private.h"

enum { TOP_ROWS = 10 };

static const struct option_spec objects_options[] = {
	OPTION_GROUP("Contents"),
	{ 0, "path", "OBJECT", "show who holds OBJECT: a name, or its address" },
	{ 0, "referrers", NULL, "with --path: all that refers to it" },
	{ 0, "tree", "OBJECT", "show what OBJECT holds" },
	{ 0, "depth", "N", "with --tree: down to this depth (default: 3)" },
	{ 0, "class", "NAME", "list the instances of a class" },
	{ 0, "kind", "KIND", "list objects of a kind, such as list" },
	{ 0, "min", "SIZE", "list objects of SIZE or more" },
	{ 0, "collectable", NULL, "list what no root reaches" },
	{ 0, "since", "FILE", "compare with an earlier memory file" },
	{ 0, "advise", NULL, "advise what to change in the program" },
	{ 0, "map", "FILE", "with --advise: linker map, for room in flash" },
	{ 'n', "top", "N", "list at most N of each, 0: all (default: 10)" },
	{ 0, "verify", NULL, "run gc.collect() there, and compare what it frees" },
	{ 0, "memory", "FILE", "write what was read to FILE, for later" },
	OPTION_GROUP("Memory without a prompt"),
	{ 0, "elf", "FILE", "gdb: the firmware's ELF; of a core file: its program" },
	{ 0, "board", "BOARD", "gdb, --map: name of a known board, or a FILE.json" },
	{ 0, "image", "IMAGE", "read FILE@ADDRESS, bytes of RAM; again for flash" },
	OPTIONS_PROMPT,
	OPTIONS_SAVE,
	OPTIONS_OUTPUT_IN("text, json, html, csv or dot", "text|json|html|csv|dot"),
	OPTIONS_SIZES,
	OPTION_END,
};

int objects_memory_check(const struct options *options)
{
	const char *memory = option_value(options, "memory"), *output = option_value(options, "output");

	if (!memory || !output || strcmp(memory, output) != 0)
		return 0;
	message_error("-o and --memory both write %s; give two names", memory);
	return -EINVAL;
}

int objects_write_memory(const struct options *options, struct memory_file *file)
{
	const char *path = option_value(options, "memory");
	struct output out;

	if (!path)
		return EXIT_FINE;
	if (memory_file_sort(file) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	if (output_open_as(&out, options, OUTPUT_TEXT, path) < 0)
		return EXIT_INPUT;
	memory_file_write(file, &out.text);
	output_drain(&out);
	return output_close(&out, EXIT_FINE);
}

/* ---- the view ---- */

static void show(struct objects_job *job, struct output *out)
{
	if (out->format == OUTPUT_JSON)
		json_objects(&out->text, &job->view);
	else if (out->format == OUTPUT_HTML)
		html_objects(&out->text, &job->view);
	else if (out->format == OUTPUT_CSV)
		csv_objects(&out->text, &job->view);
	else if (out->format == OUTPUT_DOT)
		dot_objects(&out->text, &job->view);
	else
		text_objects(&out->text, &job->view, &out->style);
	output_drain(out);
}

int objects_show(struct objects_job *job, struct objects_questions *questions, struct output *out)
{
	int error = objects_report(job->objects, &job->report);

	job->view.objects = job->objects;
	job->view.report = &job->report;
	job->view.source = job->source;
	if (error < 0)
		message_error("out of memory");
	int code = error < 0 ? EXIT_INPUT : objects_questions_answer(questions, job);
	if (code == EXIT_FINE)
		show(job, out);
	return code;
}

void objects_job_deinit(struct objects_job *job)
{
	objects_report_deinit(&job->report);
	objects_free(job->objects);
	memory_file_deinit(&job->file);
}

/* ---- options ---- */

int objects_top_read(const struct options *options, uint64_t *ret)
{
	const char *top = option_value(options, "top");
	uint64_t n_top = TOP_ROWS;

	if (top && number_parse(top, &n_top) < 0) {
		message_error("--top takes a number, not '%s'", top);
		return -EINVAL;
	}
	*ret = n_top ? n_top : NOT_KNOWN;
	return 0;
}

/* Options that other sources have. */
static int check_source(struct objects_job *job, bool live)
{
	const char *image = option_value(job->options, "image"), *of_prompts = objects_prompt_option(job->options);
	bool is_gdb = objects_is_gdb(job->source);

	if (image && job->options->n_args) {
		message_error("--image is read instead of %s; leave one of them out", job->source);
		return -EINVAL;
	}
	if (of_prompts && (image || is_gdb)) {
		message_error("--%s is for a board at its prompt, and %s has none", of_prompts,
			      image ? "an image" : job->source);
		return -EINVAL;
	}
	if (!is_gdb && option_is(job->options, "board") && !option_is(job->options, "map")) {
		message_error("--board is for a GDB server, gdb:HOST:PORT, and goes with --map");
		return -EINVAL;
	}
	if (!is_gdb && option_is(job->options, "elf") && (image || live)) {
		message_error("--elf is for a GDB server, gdb:HOST:PORT, and for a core file");
		return -EINVAL;
	}
	if (image)
		job->source = image;
	return 0;
}

static int read_gdb(struct objects_job *job)
{
	struct gdb_objects g = { .options = job->options, .uri = job->source, .file = &job->file };
	int code = objects_of_target(&g);

	job->objects = g.objects;
	job->view.cost = g.cost;
	return code;
}

static int read_source(struct objects_job *job, bool live)
{
	if (option_is(job->options, "image"))
		return objects_of_images(job);
	if (objects_is_gdb(job->source))
		return read_gdb(job);
	return live ? objects_of_board(job) : objects_of_file(job);
}

static int objects_run(const struct options *options)
{
	struct objects_job job = { .options = options };
	struct objects_questions questions;
	struct output out;

	if (live_source(options, 0, &job.source) < 0 || objects_top_read(options, &job.view.n_top) < 0 ||
	    objects_questions_read(options, &questions) < 0)
		return EXIT_INPUT;
	bool live = strcmp(job.source, "auto") == 0 || source_kind_of(job.source)->live;
	if (!live && option_is(options, "verify")) {
		message_error("--verify is for a live board, and %s is a file", job.source);
		return EXIT_INPUT;
	}
	if (objects_memory_check(options) < 0 || check_source(&job, live) < 0 || output_open(&out, options) < 0)
		return EXIT_INPUT;
	questions.is_advised |= out.format == OUTPUT_HTML; /* a page has it, whoever asks */
	if (!objects_questions_fit(&questions, out.format))
		return output_close(&out, EXIT_INPUT);
	int code = read_source(&job, live);
	if (job.objects)
		code = exit_worse(code, objects_show(&job, &questions, &out));
	if (job.objects)
		code = exit_worse(code, objects_write_memory(options, &job.file));
	objects_questions_deinit(&questions);
	objects_job_deinit(&job);
	return output_close(&out, code);
}

const struct command command_objects = {
	.name = "objects",
	.usage = "[OPTIONS] [SOURCE|FILE]",
	.summary = "show who holds the memory of a MicroPython heap",
	.group = GROUP_BOARD,
	.options = objects_options,
	.common = { "path", "tree", "since", "top", "memory" },
	.examples = { "memprof objects --memory before.mem /dev/ttyACM0",
		      "memprof objects --since before.mem /dev/ttyACM0" },
	.run = objects_run,
};
