/* objects: whose memory is it? The objects of a board's heap, or of a memory file. */
#include "objects.h"

#include <errno.h>

#include "diff_report.h"
#include "live.h"
#include "load.h"
#include "memory_option.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/intake/map_board.h"
#include "memprof/intake/objects.h"
#include "memprof/sinks/output_document.h"
#include "memprof/viewers/objects_view.h"

struct objects_args {
	struct output_args output;
	struct board_args board;
	const char *path, *tree, *class, *kind, *since, *map, *memory, *elf, *of_board;
	bool referrers, collectable, advise, verify;
	uint64_t depth, min_bytes, top;
	struct option_list images;
};

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
	{ 0, "collectable", NULL, "list garbage: what no root reaches", AS_FLAG(objects, collectable) },
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
	OPTIONS_OUTPUT_IN(objects, "text, json, html, csv, markdown or dot", "text|json|html|csv|markdown|dot"),
	OPTIONS_SIZES(objects),
	OPTION_END,
};

/* ---- what is asked ---- */

struct job {
	const struct objects_args *args;
	struct objects_filter filter;
	struct objects_questions questions;
	struct objects_reading now, before; /* before: of --since */
	struct objects_report report, report_before;
	struct objects_answers answers;
	struct objects_since since;
	struct objects_advice advice;
	char region[FLASH_REGION_BYTES];
	struct objects_view view;
};

static void job_init(struct job *job, const struct objects_args *args, const char *source)
{
	bool has_min = args->min_bytes != NOT_KNOWN;
	uint64_t n_top = args->top == NOT_KNOWN ? TOP_ROWS : args->top ? args->top : NOT_KNOWN;

	*job = (struct job){
		.args = args,
		.filter = { args->class, args->kind, has_min ? args->min_bytes : 0, args->collectable },
		.questions = { args->path, args->tree, (unsigned)args->depth, n_top, NULL },
		.view = { .source = source, .n_top = n_top },
	};
	if (args->class || args->kind || has_min || args->collectable)
		job->questions.filter = &job->filter;
}

static void job_deinit(struct job *job)
{
	objects_answers_deinit(&job->answers);
	objects_since_deinit(&job->since);
	objects_advice_deinit(&job->advice);
	objects_report_deinit(&job->report);
	objects_report_deinit(&job->report_before);
	objects_reading_deinit(&job->now);
	objects_reading_deinit(&job->before);
}

/* Text, Markdown and JSON answer all questions. False after a message. */
static bool fits(const struct job *job, enum output_format format)
{
	const struct objects_args *args = job->args;
	const struct {
		bool is_asked;
		enum output_format also;
		const char *message;
	} questions[] = {
		{ args->tree, OUTPUT_TEXT, "--tree is for --format text, markdown and json" },
		{ args->since, OUTPUT_HTML, "two moments are compared in --format text, markdown, json and html" },
		{ args->advise, OUTPUT_HTML, "--advise is for --format text, markdown, json and html" },
		{ args->path, OUTPUT_HTML, "--path is for --format text, markdown, json and html" },
		{ job->questions.filter, OUTPUT_CSV,
		  "--class, --kind, --min and --collectable are for --format text, markdown, json and csv" },
	};

	if (format == OUTPUT_TEXT || format == OUTPUT_MARKDOWN || format == OUTPUT_JSON)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(questions); i++)
		if (questions[i].is_asked && questions[i].also != format) {
			message_error("%s", questions[i].message);
			return false;
		}
	return true;
}

/* ---- the answers: 0, or an error with diag ---- */

static int ask_objects(struct job *job, struct diag *diag)
{
	const struct objects_args *args = job->args;
	struct objects_answers *a = &job->answers;
	int error = objects_answer(job->now.objects, &job->report, &job->questions, a, diag);

	job->view.object = a->object;
	job->view.holders = args->path ? &a->holders : NULL;
	job->view.referrers = args->path ? &a->referrers : NULL;
	job->view.all_referrers = args->referrers;
	job->view.tree = args->tree ? &a->tree : NULL;
	job->view.selected = job->questions.filter ? &a->selected : NULL;
	return error;
}

static int ask_since(struct job *job, struct diag *diag)
{
	const struct objects_spec spec = { .name = job->args->since, .is_file = true };
	int error = intake_objects(&spec, &job->before, diag);

	if (error == 0)
		error = objects_report(job->before.objects, &job->report_before);
	if (error == 0)
		error = objects_since(&(struct objects_moment){ job->before.objects, &job->report_before },
				      &(struct objects_moment){ job->now.objects, &job->report }, &job->since);
	job->view.since = &job->since;
	job->view.since_name = job->args->since;
	return error;
}

static int ask_advice(struct job *job, struct diag *diag)
{
	const struct objects_args *args = job->args;
	struct advice_flash flash;
	int error = args->map ?
			    flash_room_read(args->map, args->of_board, &flash, job->region, &message_notices, diag) :
			    0;

	job->view.advice = &job->advice;
	return error < 0 ? error :
			   objects_advise(job->now.objects, &job->report, args->map ? &flash : NULL, &job->advice);
}

/* Prints them, or the report. The exit code. */
static int write_objects(struct job *job, struct output *out)
{
	static void (*const print[N_OUTPUT_FORMATS])(struct strbuf *, const struct objects_view *) = {
		[OUTPUT_JSON] = json_objects,
		[OUTPUT_HTML] = html_objects,
		[OUTPUT_DOT] = dot_objects,
	};
	const struct objects_args *args = job->args;
	struct diag diag = { 0 };
	int error = objects_report(job->now.objects, &job->report);

	job->view.objects = job->now.objects;
	job->view.report = &job->report;
	job->view.cost = job->now.cost;
	job->view.freed = job->now.is_verified ? &job->now.freed : NULL;
	if (error == 0)
		error = ask_objects(job, &diag);
	if (error == 0 && args->since)
		error = ask_since(job, &diag);
	if (error == 0 && (args->advise || out->format == OUTPUT_HTML)) /* a page has it, whoever asks */
		error = ask_advice(job, &diag);
	if (error < 0)
		return load_exit(error, &diag);
	if (print[out->format]) {
		print[out->format](&out->text, &job->view);
	} else {
		struct document d CLEANUP(doc_deinit);
		document_objects(&d, &job->view);
		output_document(out, &d);
	}
	output_drain(out);
	return EXIT_FINE;
}

/* ---- the command ---- */

/* Options that other sources have. */
static int check_source(const struct options *options, const char *source)
{
	const struct objects_args *args = options->values;
	const char *image = args->images.all[0];
	enum intake_kind kind = intake_kind_of(source);

	if (kind == INTAKE_FILE && args->verify)
		message_error("--verify is for a live board, and %s is a file", source);
	else if (memory_option_check(args->memory, &args->output) < 0)
		return -EINVAL;
	else if (image && options->n_args)
		message_error("--image is read instead of %s; leave one of them out", source);
	else if ((image || kind == INTAKE_TARGET) && load_check_prompt(options, image ? "an image" : source) < 0)
		return -EINVAL;
	else if (kind == INTAKE_TARGET && args->elf && args->of_board)
		message_error("--elf and --board exclude each other: both tell where RAM is");
	else if (kind != INTAKE_TARGET && args->of_board && !args->map)
		message_error("--board is for a GDB server, gdb:HOST:PORT, and goes with --map");
	else if (args->elf && (image || kind == INTAKE_BOARD))
		message_error("--elf is for a GDB server, gdb:HOST:PORT, and for a core file");
	else
		return 0;
	return -EINVAL;
}

static int objects_run(const struct options *options)
{
	const struct objects_args *args = options->values;
	const char *source = live_source(options, 0);
	struct output out;
	struct job job;

	if (check_source(options, source) < 0 || output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	source = args->images.n ? args->images.all[0] : source;
	job_init(&job, args, source);
	struct objects_spec spec = { .name = source,
				     .images = args->images.all,
				     .n_images = args->images.n,
				     .elf = args->elf,
				     .board = args->of_board,
				     .verifies = args->verify };
	bool is_board = !args->images.n && intake_kind_of(source) == INTAKE_BOARD;
	int code = fits(&job, out.format) ? load_objects(&spec, is_board ? &args->board : NULL, &job.now) : EXIT_INPUT;

	if (code == EXIT_FINE && !job.now.objects && job.now.pools.n_pools) {
		message_error("%s: no MicroPython there, only heaps of C; memprof snap and report show those", source);
		code = EXIT_INPUT;
	}
	if (code == EXIT_FINE && job.now.is_verified && !job.now.freed.exact)
		code = EXIT_FINDING;
	if (job.now.objects)
		code = exit_worse(code, write_objects(&job, &out));
	if (job.now.objects)
		code = exit_worse(code, memory_option_write(args->memory, options, &args->output, &job.now.file));
	job_deinit(&job);
	return output_close(&out, code);
}

/* ---- diff ---- */

static bool has_changed(const struct objects_since *s)
{
	return s->came.sum.n_objects || s->gone.n_objects || s->n_globals || s->n_classes || s->n_kinds;
}

int objects_diff(const struct options *options)
{
	const struct diff_args *args = options->values;
	const struct objects_args asked = { .since = options->args[0],
					    .top = args->tables.top,
					    .min_bytes = NOT_KNOWN };
	const struct objects_spec spec = { .name = options->args[1], .is_file = true };
	struct output out;
	struct job job;

	if (output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	job_init(&job, &asked, spec.name);
	int code = fits(&job, out.format) ? load_objects(&spec, NULL, &job.now) : EXIT_INPUT;
	if (code == EXIT_FINE)
		code = write_objects(&job, &out);
	if (code == EXIT_FINE && args->exit_code && has_changed(&job.since))
		code = EXIT_FINDING;
	job_deinit(&job);
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
