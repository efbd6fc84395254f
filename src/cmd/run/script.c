#include "run/script.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/source.h"

enum { SCRIPT_MAX_BYTES = 4 << 20 };

void script_options(const struct program_args *args, struct script *ret)
{
	ret->program.no_samples = args->no_samples;
	ret->program.imports = args->imports;
	ret->program.no_peaks = args->no_peaks;
	ret->program.timeout_us = args->timeout_us == NOT_KNOWN ? 0 : args->timeout_us;
}

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

/* What a REPL does not take as text: NUL, and Ctrl-A to Ctrl-E. */
static bool has_control_keys(const struct strbuf *script)
{
	for (size_t i = 0; i < script->n_bytes; i++)
		if ((unsigned char)script->text[i] <= 5)
			return true;
	return false;
}

static int read_script(const char *path, struct strbuf *ret)
{
	struct place at = { .file = path };
	FILE *file = fopen(path, "re");
	char chunk[4096];
	size_t n;

	if (!file) {
		message_at(at, "error", "cannot open it: %s", strerror(errno));
		return -EINVAL;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0 && ret->n_bytes <= SCRIPT_MAX_BYTES)
		strbuf_add(ret, chunk, n);
	bool failed = ferror(file) || strbuf_error(ret);
	fclose(file);
	if (failed)
		message_at(at, "error", "cannot read it");
	else if (ret->n_bytes > SCRIPT_MAX_BYTES)
		message_at(at, "error", "it is larger than %d bytes; no board could hold it", SCRIPT_MAX_BYTES);
	else if (has_control_keys(ret))
		message_at(at, "error",
			   "it has control characters in it; expected the source of a Python"
			   " program");
	else
		return 0;
	return -EINVAL;
}

static void write_output(void *ctx, const char *text)
{
	FILE *output = ctx;

	fputs(text, output);
	fflush(output);
}

int script_run(const struct board_args *args, struct script *script, const struct program_handler *handler,
	       struct program_result *ret)
{
	const char *source = script->source ? script->source : "auto";
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct program_options *program = &script->program;

	*ret = (struct program_result){ .info.script = program->script };
	if (read_script(program->script, &text) < 0)
		return EXIT_INPUT;
	int code = live_config(args, source, &program->board);
	if (code != EXIT_FINE)
		return code;
	if (source_kind_of(source) == &source_sim) {
		message_error("%s: a simulated board runs no programs; exec:micropython does, where it is installed",
			      source);
		return EXIT_INPUT;
	}
	program->text = &text;
	program->board.reset |= script->resets;
	if (script->unsaved)
		program->board.record = NULL;
	program->output = (struct program_output){ write_output, script->output };
	return script_exit(program_run(program, handler, ret));
}
