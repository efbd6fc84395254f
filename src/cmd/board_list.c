/* boards: which boards memprof knows, and what it knows of one. */
#include <stdio.h>
#include <string.h>

#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/input/board_lookup.h"
#include "memprof/viewers/board_view.h"

struct boards_args {
	struct output_args output;
	bool check;
};

static const struct option_spec boards_options[] = {
	{ 0, "check", NULL, "check board files: report faults with line and column", AS_FLAG(boards, check) },
	OPTIONS_OUTPUT(boards),
	OPTION_END,
};

enum how { AS_ROW, AS_WHOLE, AS_CHECKED };

static void add_fine(struct strbuf *out, const struct board_file *board)
{
	strbuf_printf(out, "%s: no faults; memories: %zu, spans: %zu, mappings: %zu, sources: %zu\n", board->name,
		      (size_t)board->n_memories, (size_t)board->n_spans, (size_t)board->n_mappings,
		      (size_t)board->n_sources);
}

/* n: how many were shown before. The exit code, after a message. */
static int write_board(struct output *out, struct json *j, const char *name, size_t n, enum how how)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct board_file *board;

	if (MESSAGE_ON(board_file_find, name, &path, &board) < 0)
		return EXIT_INPUT;
	if (how == AS_CHECKED)
		add_fine(&out->text, board);
	else if (out->format == OUTPUT_JSON)
		json_board_file(j, board);
	else if (how == AS_WHOLE)
		text_board_file(&out->text, board, &out->style);
	else
		text_board_row(&out->text, board, n, &out->style);
	board_file_free(board);
	return EXIT_FINE;
}

/* One that cannot be read does not hide the others. */
static int show_all(struct output *out, struct json *j)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	char name[BOARD_FILE_NAME_MAX_CHARS + 1];
	int code = EXIT_FINE;
	size_t n_shown = 0;

	if (board_file_names(&names) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	for (const char *p = strbuf_text(&names); *p; p += strcspn(p, "\n") + 1) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p, "\n"), p);
		int shown = write_board(out, j, name, n_shown, AS_ROW);
		n_shown += shown == EXIT_FINE;
		code = exit_worse(code, shown);
	}
	if (n_shown > 0 && out->format == OUTPUT_TEXT)
		text_board_list_end(&out->text);
	if (n_shown > 0)
		return code;
	message_error("no boards found; install memprof with 'meson install', or run it from its build folder");
	return EXIT_INPUT;
}

/* All of them, also after one that has faults. */
static int check_all(struct output *out, const struct options *options)
{
	int code = EXIT_FINE;

	if (options->n_args == 0 || out->format == OUTPUT_JSON) {
		message_error("--check takes board files, and reports in text");
		return EXIT_INPUT;
	}
	for (int i = 0; i < options->n_args; i++)
		code = exit_worse(code, write_board(out, NULL, options->args[i], 0, AS_CHECKED));
	return code;
}

static int boards_run(const struct options *options)
{
	const struct boards_args *args = options->values;
	struct output out;
	struct json j;
	int code = EXIT_FINE;

	if (output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	if (args->check)
		return output_close(&out, check_all(&out, options));
	if (out.format == OUTPUT_JSON)
		json_boards(&j, &out.text);
	for (int i = 0; i < options->n_args && code == EXIT_FINE; i++) {
		if (i > 0 && out.format == OUTPUT_TEXT)
			strbuf_putc(&out.text, '\n');
		code = write_board(&out, &j, options->args[i], 0, AS_WHOLE);
	}
	if (options->n_args == 0)
		code = show_all(&out, &j);
	if (out.format == OUTPUT_JSON)
		json_boards_end(&j);
	if (code != EXIT_FINE && options->n_args > 0)
		strbuf_reset(&out.text); /* what was asked for is not there: nothing but the message */
	return output_close(&out, code);
}

const struct command command_boards = {
	.name = "boards",
	.usage = "[OPTIONS] [BOARD...]",
	.summary = "list known boards, or show one",
	.group = GROUP_OTHER,
	.options = boards_options,
	.args_bytes = sizeof(struct boards_args),
	.examples = { "memprof boards", "memprof boards raspberrypi-pico" },
	.run = boards_run,
};
