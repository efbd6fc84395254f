/* boards: which boards memprof knows, and what it knows of one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "load.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/input/board_lookup.h"
#include "memprof/sinks/output_document.h"
#include "memprof/viewers/board_view.h"

struct boards_args {
	struct output_args output;
	bool check;
};

static const struct option_spec boards_options[] = {
	{ 0, "check", NULL, "check board files: report faults with line and column", AS_FLAG(boards, check) },
	OPTIONS_OUTPUT_IN(boards, "text, json, csv or markdown (default: text)", "text|json|csv|markdown"),
	OPTION_END,
};

struct board_list {
	VEC(struct board_file *, boards);
};

/* The exit code, after a message. */
static int add_board(struct board_list *list, const char *name)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct board_file *board;

	if (MESSAGE_ON(board_file_find, name, &path, &board) < 0)
		return EXIT_INPUT;
	if (vec_push(list, boards, board) == 0)
		return EXIT_FINE;
	board_file_free(board);
	return load_exit(-ENOMEM, NULL);
}

/* One that cannot be read does not hide the others. */
static int add_all(struct board_list *list)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	char name[BOARD_FILE_NAME_MAX_CHARS + 1];
	int code = EXIT_FINE;

	if (board_file_names(&names) < 0)
		return load_exit(-ENOMEM, NULL);
	for (const char *p = strbuf_text(&names); *p; p += strcspn(p, "\n") + 1) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p, "\n"), p);
		code = exit_worse(code, add_board(list, name));
	}
	if (list->n_boards > 0)
		return code;
	message_error("no boards found; install memprof with 'meson install', or run it from its build folder");
	return EXIT_INPUT;
}

/* One document of all, or one for each. */
static void write_boards(struct output *out, const struct board_list *list, bool as_list)
{
	bool as_json = out->format == OUTPUT_JSON;
	struct json j;

	if (as_json)
		json_boards(&j, &out->text);
	for (size_t i = 0; i < list->n_boards; i++) {
		if (as_json) {
			json_board_file(&j, list->boards[i]);
			continue;
		}
		struct document d CLEANUP(doc_deinit);
		if (as_list)
			document_boards(&d, list->boards, list->n_boards);
		else
			document_board(&d, list->boards[i]);
		strbuf_puts(&out->text, i > 0 && out->format != OUTPUT_CSV ? "\n" : "");
		output_document(out, &d);
		if (as_list)
			break;
	}
	if (as_json)
		json_boards_end(&j);
}

static void write_checked(struct output *out, const struct board_list *list)
{
	for (size_t i = 0; i < list->n_boards; i++) {
		const struct board_file *board = list->boards[i];
		strbuf_printf(&out->text, "%s: no faults; memories: %zu, spans: %zu, mappings: %zu, sources: %zu\n",
			      board->name, (size_t)board->n_memories, (size_t)board->n_spans, (size_t)board->n_mappings,
			      (size_t)board->n_sources);
	}
}

static int boards_run(const struct options *options)
{
	const struct boards_args *args = options->values;
	struct board_list list = { .n_boards = 0 };
	struct output out;

	if (output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	if (args->check && (options->n_args == 0 || out.format != OUTPUT_TEXT)) {
		message_error("--check takes board files, and reports in text");
		return output_close(&out, EXIT_INPUT);
	}
	int code = options->n_args == 0 ? add_all(&list) : EXIT_FINE;
	for (int i = 0; i < options->n_args && (code == EXIT_FINE || args->check); i++)
		code = exit_worse(code, add_board(&list, options->args[i]));
	if (args->check)
		write_checked(&out, &list);
	else if (code == EXIT_FINE || options->n_args == 0) /* else what was asked for is not there */
		write_boards(&out, &list, options->n_args == 0);
	for (size_t i = 0; i < list.n_boards; i++)
		board_file_free(list.boards[i]);
	vec_deinit(&list, boards);
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
