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
	{ 0, "path", "OBJECT", "show who holds OBJECT: a name, or its address", AS_TEXT(objects, path) },
	{ 0, "referrers", NULL, "with --path: all that refers to it", AS_FLAG(objects, referrers), .needs = "path" },
	{ 0, "tree", "OBJECT", "show what OBJECT holds", AS_TEXT(objects, tree) },
	{ 0, "depth", "N", "with --tree: down to this depth (default: 3)", AS_COUNT(objects, depth), .least = 1,
	  .most = OBJECTS_DEPTH_MAX, .otherwise = 3, .needs = "tree" },
	{ 0, "class", "NAME", "list the instances of a class", AS_TEXT(objects, class) },
	{ 0, "kind", "KIND", "list objects of a kind, such as list", AS_TEXT(objects, kind) },
	{ 0, "min", "SIZE", "list objects of SIZE or more", AS_SIZE(objects, min_bytes) },
	{ 0, "collectable", NULL, "list what no root reaches", AS_FLAG(objects, collectable) },
	{ 0, "since", "FILE", "compare with an earlier memory file", AS_FILE(objects, since) },
	{ 0, "advise", NULL, "advise what to change in the program", AS_FLAG(objects, advise) },
	{ 0, "map", "FILE", "with --advise: linker map, for room in flash", AS_FILE(objects, map), .needs = "advise" },
	{ 'n', "top", "N", "list at most N of each, 0: all (default: 10)", AS_COUNT(objects, top) },
	{ 0, "verify", NULL, "run gc.collect() there, and compare what it frees", AS_FLAG(objects, verify) },
	{ 0, "memory", "FILE", "write what was read to FILE, for later", AS_WRITTEN(objects, memory) },
	OPTION_GROUP("Memory without a prompt"),
	{ 0, "elf", "FILE", "gdb: the firmware's ELF; of a core file: its program", AS_FILE(objects, elf) },
	{ 0, "board", "BOARD", "gdb, --map: name of a known board, or a FILE.json", AS_NAME(objects, of_board) },
	{ 0, "image", "IMAGE", "read FILE@ADDRESS, bytes of RAM; again for flash", AS_LIST(objects, images) },
	OPTIONS_PROMPT(objects),
	OPTIONS_SAVE(objects),
	OPTIONS_OUTPUT_IN(objects, "text, json, html, csv or dot", "text|json|html|csv|dot"),
	OPTIONS_SIZES(objects),
	OPTION_END,
};

int objects_memory_check(const char *memory, const struct output_args *output)
{
	if (!memory || !output_path(output) || strcmp(memory, output_path(output)) != 0)
		return 0;
	message_error("-o and --memory both write %s; give two names", memory);
	return -EINVAL;
}

int objects_write_memory(const char *memory, const struct options *options, const struct output_args *output,
			 struct memory_file *file)
{
	struct output out;

	if (!memory)
		return EXIT_FINE;
	if (memory_file_sort(file) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	if (output_open_as(&out, options, output, OUTPUT_TEXT, memory) < 0)
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

uint64_t objects_top(uint64_t top) { return top == NOT_KNOWN ? TOP_ROWS : top ? top : NOT_KNOWN; }

/* Options that other sources have. */
static int check_source(struct objects_job *job, const struct options *options, bool live)
{
	const struct objects_args *args = job->args;
	const char *image = args->images.all[0], *of_prompts = options_any(options, OBJECTS_PROMPT_OPTIONS);
	bool is_gdb = objects_is_gdb(job->source);

	if (image && options->n_args) {
		message_error("--image is read instead of %s; leave one of them out", job->source);
		return -EINVAL;
	}
	if (of_prompts && (image || is_gdb)) {
		message_error("--%s is for a board at its prompt, and %s has none", of_prompts,
			      image ? "an image" : job->source);
		return -EINVAL;
	}
	if (is_gdb && args->elf && args->of_board) {
		message_error("--elf and --board exclude each other: both tell where RAM is");
		return -EINVAL;
	}
	if (!is_gdb && args->of_board && !args->map) {
		message_error("--board is for a GDB server, gdb:HOST:PORT, and goes with --map");
		return -EINVAL;
	}
	if (!is_gdb && args->elf && (image || live)) {
		message_error("--elf is for a GDB server, gdb:HOST:PORT, and for a core file");
		return -EINVAL;
	}
	if (image)
		job->source = image;
	return 0;
}

static int read_gdb(struct objects_job *job)
{
	struct gdb_objects g = {
		.elf = job->args->elf, .board = job->args->of_board, .uri = job->source, .file = &job->file
	};
	int code = objects_of_target(&g);

	job->objects = g.objects;
	job->view.cost = g.cost;
	return code;
}

static int read_source(struct objects_job *job, bool live)
{
	if (job->args->images.n)
		return objects_of_images(job);
	if (objects_is_gdb(job->source))
		return read_gdb(job);
	return live ? objects_of_board(job) : objects_of_file(job);
}

static int objects_run(const struct options *options)
{
	const struct objects_args *args = options->values;
	struct objects_job job = { .args = args,
				   .board = &args->board,
				   .source = live_source(options, 0),
				   .view.n_top = objects_top(args->top) };
	struct objects_questions questions;
	struct output out;

	objects_questions_read(args, &questions);
	bool live = strcmp(job.source, "auto") == 0 || source_kind_of(job.source)->live;
	if (!live && args->verify) {
		message_error("--verify is for a live board, and %s is a file", job.source);
		return EXIT_INPUT;
	}
	if (objects_memory_check(args->memory, &args->output) < 0 || check_source(&job, options, live) < 0 ||
	    output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	questions.is_advised |= out.format == OUTPUT_HTML; /* a page has it, whoever asks */
	if (!objects_questions_fit(&questions, out.format))
		return output_close(&out, EXIT_INPUT);
	int code = read_source(&job, live);
	if (job.objects)
		code = exit_worse(code, objects_show(&job, &questions, &out));
	if (job.objects)
		code = exit_worse(code, objects_write_memory(args->memory, options, &args->output, &job.file));
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
	.args_bytes = sizeof(struct objects_args),
	.common = { "path", "tree", "since", "top", "memory" },
	.examples = { "memprof objects --memory before.mem /dev/ttyACM0",
		      "memprof objects --since before.mem /dev/ttyACM0" },
	.run = objects_run,
};
