/* A script that run, check or sites runs on a board. */
#include "script.h"

#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/source.h"
#include "memprof/sinks/output_document.h"
#include "memprof/viewers/first_alloc_view.h"
#include "memprof/viewers/view.h"

int script_exit(enum program_end end)
{
	static const int codes[] = {
		[PROGRAM_FINE] = EXIT_FINE,
		[PROGRAM_INPUT] = EXIT_INPUT,
		[PROGRAM_RAISED] = EXIT_SCRIPT,
		[PROGRAM_DEVICE] = EXIT_DEVICE,
	};

	return codes[end];
}

static void write_output(void *ctx, const char *text)
{
	FILE *output = ctx;

	fputs(text, output);
	fflush(output);
}

int script_run(struct script *script, const struct program_handler *handler, struct program_result *ret)
{
	const char *source = script->source ? script->source : "auto";
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct program_options *program = &script->program;

	*ret = (struct program_result){ .info.script = program->script };
	if (program_read(program->script, &message_notices, &text) < 0)
		return EXIT_INPUT;
	int code = live_config(script->board, source, &program->board);
	if (code != EXIT_FINE)
		return code;
	program->text = &text;
	program->no_samples = script->args->no_samples;
	program->no_collect = script->args->no_collect;
	program->no_peaks = script->args->no_peaks;
	program->timeout_us = script->args->timeout_us == NOT_KNOWN ? 0 : script->args->timeout_us;
	program->board.reset |= script->resets;
	if (script->unsaved)
		program->board.record = NULL;
	program->output = (struct program_output){ write_output, script->output };
	return script_exit(program_run(program, handler, ret));
}

void script_say_pools(const struct run_info *run)
{
	const struct place at = { .file = run->script };

	for (uint32_t i = 1; i < run->pools.n_pools; i++) {
		struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
		const struct heap_reported *r = &run->pools.pools[i].reported;
		bool failed = r->n_failures != NOT_KNOWN && r->n_failures > 0;
		text_pool_line(&line, &run->pools.pools[i]);
		message_at(at, failed || run->pools.pools[i].damaged ? "warning" : "note", "%s", strbuf_text(&line));
	}
}

int script_first_alloc(struct script *script, const char *function, struct output *out)
{
	struct program_result result = { .ran = false };
	struct first_alloc a;
	struct diag diag = { 0 };

	first_alloc_init(&a, script->program.script, function);
	script->program.first_alloc = &a;
	int code = script_run(script, NULL, &result);
	bool is_known = !first_alloc_doubtful(&a, &diag);
	if (!is_known && (code == EXIT_FINE || result.ran || a.fault.text[0]))
		message_diag(&diag);
	code = exit_worse(code, !is_known ? EXIT_INPUT : a.is_found ? EXIT_FINDING : EXIT_FINE);
	if (result.ran && out->format == OUTPUT_JSON) {
		json_first_alloc(&(struct json){ .out = &out->text }, &a);
	} else if (result.ran && is_known) {
		struct document d CLEANUP(doc_deinit);
		document_first_alloc(&d, &a);
		output_document(out, &d);
	}
	output_drain(out);
	program_result_deinit(&result);
	first_alloc_deinit(&a);
	return code;
}
