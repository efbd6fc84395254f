/* run: a program under memprof (src/run), made into a report. */
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/source.h"
#include "memprof/sinks/document.h"
#include "memprof/viewers/imports_view.h"
#include "memprof/viewers/ticker_view.h"
#include "script.h"

enum { CULPRITS = 5, LIVE_US = 100000 };

struct run_args {
	struct output_args output;
	struct board_args board;
	struct program_args program;
	bool no_memory;
};

static const struct option_spec run_options[] = {
	OPTION_GROUP("Program"),
	{ TIMEOUT_ROW(run, "stop the program after this time") },
	{ NO_SAMPLES_ROW(run) },
	{ 0, "no-collect", NULL, "do not call gc.collect()", AS_FLAG(run, program.no_collect) },
	{ 0, "imports", NULL, "measure each import: kept, peak, largest free block", AS_FLAG(run, program.imports) },
	{ 0, "no-peaks", NULL, "with --imports: do not write to free memory", AS_FLAG(run, program.no_peaks) },
	{ 0, "no-memory", NULL, "do not read the board's memory, so no owners", AS_FLAG(run, no_memory) },
	OPTIONS_PROMPT(run),
	OPTIONS_SAVE(run),
	OPTIONS_OUTPUT_IN(run, "text, markdown, json or html", "text|markdown|json|html"),
	OPTIONS_SIZES(run),
	OPTION_END,
};

struct run {
	struct output out;
	struct heap_document document;
	struct program_result result;
	struct script script;
	struct ticker ticker;
	struct text_style live_style;
	uint64_t shown_us;                  /* of the last line of the ticker */
	char failed_pool[EVENT_NAME_BYTES]; /* of the last line that says that an allocation failed */
	bool is_quiet;
};

/* The first allocation that fails in a pool of its own; the end has their number. */
static void show_failure(struct run *r, const struct event *event)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT, line CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct board_event happened;

	if (r->is_quiet || !board_event_of(event, &happened) || happened.kind != BOARD_EVENT_FAILED ||
	    strcmp(happened.pool, r->failed_pool) == 0)
		return;
	memcpy(r->failed_pool, happened.pool, sizeof(r->failed_pool));
	text_board_event(&words, &happened, &r->live_style);
	text_ticker_note(&line, strbuf_text(&words), &r->live_style);
	fputs(strbuf_text(&line), stderr);
}

static void on_event(void *ctx, struct event *event, const char *label)
{
	struct run *r = ctx;

	show_failure(r, event);
	r->document.full_after = r->result.full_after;
	capture_set_label(r->document.capture, label);
	capture_event(r->document.capture, event);
}

static void on_label(void *ctx, const char *label)
{
	struct run *r = ctx;

	capture_label_last(r->document.capture, label);
}

/* A line on stderr. */
static void on_sample(void *ctx, const struct pool_state *summary, const struct heap *heap, uint64_t at_us)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct run *r = ctx;

	if (r->ticker.n_lines > 0 && at_us - r->shown_us < LIVE_US)
		return;
	r->shown_us = at_us;
	if (r->ticker.n_lines == 0)
		text_ticker_head(&line, &r->ticker, &r->live_style);
	text_ticker_line(&line, &r->ticker, summary, at_us, &r->live_style);
	text_ticker_pools(&line, &r->ticker, heap, false, &r->live_style);
	fputs(strbuf_text(&line), stderr);
}

static int report(struct run *r, int code)
{
	struct input_info input = { r->script.source, document_format(&r->document), NOT_KNOWN,
				    capture_counts(r->document.capture)->n_dumps };

	if (r->out.format == OUTPUT_TEXT) /* behind what the program printed */
		strbuf_putc(&r->out.text, '\n');
	r->document.full_after = r->result.full_after;
	r->document.objects = r->result.objects;
	int ended = document_end(&r->document, &input, 1);
	return r->result.cut_by_us ? code : exit_worse(code, ended);
}

static int run_script(struct run *r, const struct run_args *args)
{
	const struct program_handler handler = {
		.on_event = on_event,
		.on_label = on_label,
		.on_sample = args->output.quiet ? NULL : on_sample,
		.ctx = r,
	};
	r->is_quiet = args->output.quiet;
	int code = script_run(&r->script, &handler, &r->result);

	if (r->result.ran)
		return report(r, code);
	strbuf_reset(&r->out.text); /* the beginning of a document */
	return code;
}

static int run_run(const struct options *options)
{
	const struct run_args *args = options->values;
	struct run r = { .document = { .brief = true, .options = { .n_culprits = CULPRITS } },
			 .script = { .board = &args->board,
				     .args = &args->program,
				     .program = { .script = options->args[0],
						  .takes_input = true,
						  .imports = args->program.imports,
						  .reads_memory = !args->no_memory },
				     .source = live_source(options, 1) } };
	int code = EXIT_INPUT;

	if (source_kind_of(options->args[0])->live) {
		message_error("SCRIPT.py comes first, before the board '%s'", options->args[0]);
		return EXIT_INPUT;
	}
	if (output_open(&r.out, options, &args->output) < 0)
		return EXIT_INPUT;
	r.script.output = r.out.format != OUTPUT_TEXT ? stderr : stdout;
	r.live_style = r.out.style;
	r.live_style.color = false;
	r.out.pager_wanted = false;
	r.document.out = &r.out;
	r.document.run = &r.result.info;
	r.document.imports = args->program.imports ? &r.result.imports : NULL;
	r.document.title = options->args[0];
	if (document_begin(&r.document, &(struct capture_options){ .live = false }) == 0)
		code = run_script(&r, args);
	else
		message_error("out of memory");
	document_deinit(&r.document);
	program_result_deinit(&r.result);
	return output_close(&r.out, code);
}

const struct command command_run = {
	.name = "run",
	.usage = "[OPTIONS] SCRIPT.py [SOURCE]",
	.summary = "run a program on a board and follow its heap",
	.group = GROUP_BOARD,
	.options = run_options,
	.args_bytes = sizeof(struct run_args),
	.common = { "timeout", "imports", "save", "json", "output" },
	.examples = { "memprof run examples/grow.py /dev/ttyACM0",
		      "memprof run --timeout 60 -o grow.json examples/grow.py exec:micropython" },
	.run = run_run,
};
