#include "script.h"

#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/source.h"

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
	if (source_kind_of(source) == &source_sim) {
		message_error("%s: a simulated board runs no programs; exec:micropython does, where it is installed",
			      source);
		return EXIT_INPUT;
	}
	program->text = &text;
	program->no_samples = script->args->no_samples;
	program->no_peaks = script->args->no_peaks;
	program->timeout_us = script->args->timeout_us == NOT_KNOWN ? 0 : script->args->timeout_us;
	program->board.reset |= script->resets;
	if (script->unsaved)
		program->board.record = NULL;
	program->output = (struct program_output){ write_output, script->output };
	return script_exit(program_run(program, handler, ret));
}
