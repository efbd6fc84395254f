/* Boards that a command line names: their options are checked, a session is opened, or several are followed. */
#define _DEFAULT_SOURCE /* strndup */
#include "live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/plugged_boards.h"
#include "memprof/live/children.h"

size_t live_n_named(const char *argument)
{
	static const char of_names[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t n = strspn(argument, of_names);

	return n > 0 && argument[n] == '=' ? n + 1 : 0;
}

/* Opening a file reports best what is wrong with it, if something is. */
static int refuse_file(const char *uri)
{
	struct source *file;
	struct diag diag;
	int r = source_open(uri, &file, &diag);

	if (r == 0) {
		source_close(file);
		if (access(uri, X_OK) == 0)
			message_at((struct place){ .file = uri }, "error",
				   "this is a program, not a board; exec:%s starts it", uri);
		else
			message_at((struct place){ .file = uri }, "error",
				   "this is a file, not a board; memprof report reads it");
		return EXIT_INPUT;
	}
	message_diag(&diag);
	if (r == -ENOENT && !strchr(uri, '/'))
		message_at((struct place){ 0 }, "note",
			   "give a port (memprof devices lists them), tcp:HOST:PORT, or exec:%s", uri);
	return EXIT_DEVICE;
}

static int read_line_options(const struct board_args *args, struct source_line *ret)
{
	enum { BAUD_OF_BOOT_LOADERS = 1200 }; /* with DTR off: the "touch" that Arduino began */
	static const enum line_level levels[] = { LINE_KEEP, LINE_ON, LINE_OFF };

	if (args->baud == BAUD_OF_BOOT_LOADERS) {
		message_error("--baud 1200 makes many boards enter their boot loader; choose another speed");
		return -EINVAL;
	}
	ret->baud = args->baud == NOT_KNOWN ? 0 : (uint32_t)args->baud;
	ret->dtr = levels[args->dtr];
	ret->rts = levels[args->rts];
	return 0;
}

/* Without being asked for by name OpenMV's protocol is tried where nothing else is asked for. */
static int choose_protocol(const struct board_args *args, struct session_config *config)
{
	bool needs_prompt = args->interrupt || args->reset || args->listen_only || args->collect || args->probe_largest;

	if (args->protocol != PROTOCOL_OPENMV) {
		bool is_auto = args->protocol != PROTOCOL_REPL;
		config->protocol = is_auto && !needs_prompt && !config->line.baud ? SESSION_AUTO : SESSION_REPL;
		return 0;
	}
	config->protocol = SESSION_OPENMV;
	if (config->line.dtr != LINE_OFF)
		return 0;
	message_error("--dtr off disables OpenMV's protocol");
	return -EINVAL;
}

int live_config(const struct board_args *args, const char *uri, struct session_config *ret)
{
	*ret = (struct session_config){
		.uri = uri,
		.line = SOURCE_LINE_KEEP,
		.wait = args->wait,
		.interrupt = args->interrupt,
		.reset = args->reset,
		.listen_only = args->listen_only,
		.record = args->save,
		.replace = args->force,
		.notices = message_notices,
	};
	if (read_line_options(args, &ret->line) < 0 || choose_protocol(args, ret) < 0)
		return EXIT_INPUT;
	return strcmp(uri, "auto") != 0 && !source_kind_of(uri)->live ? refuse_file(uri) : EXIT_FINE;
}

bool live_open(const struct session_config *config, const struct session_handler *handler, struct session **ret,
	       enum session_outcome *ret_outcome, int *ret_code)
{
	struct diag diag = { 0 };

	*ret_code = load_exit(session_open(ret, config, handler, ret_outcome, &diag), &diag);
	return *ret_code == EXIT_FINE;
}

/* ---- following ---- */

int live_follow_config(struct feed_board *b, const struct board_args *args, const char *uri)
{
	b->interval_given = args->interval_us != NOT_KNOWN;
	b->interval_us = b->interval_given ? args->interval_us : LIVE_INTERVAL_US;
	b->collect = args->collect;
	b->survey = !args->no_survey;
	b->probe_largest = args->probe_largest;
	b->reads_text = args->text || args->save; /* a saved stream is read again, so it has to hold the text */
	return live_config(args, uri, &b->config);
}

int live_follow(struct feed_board *b)
{
	struct diag diag = { 0 };
	int error = feed_board_open(b, &diag);

	if (error < 0)
		return error == -EINTR ? EXIT_FINE : load_exit(error, &diag);
	enum session_outcome outcome = feed_board_follow(b);
	int code = outcome == SESSION_GONE || outcome == SESSION_RAISED ? EXIT_DEVICE : EXIT_FINE;
	if (session_recording_failed(b->session))
		code = exit_worse(code, EXIT_INPUT);
	feed_board_close(b);
	return code;
}

/* ---- several boards ---- */

/* SOURCE or NAME=SOURCE. */
static int add_board(struct live_boards *b, const char *argument)
{
	size_t n_named = live_n_named(argument);
	struct live_board *board = vec_add(b, all);

	if (board)
		board->name = strdup(argument);
	if (!board || !board->name)
		return load_exit(-ENOMEM, NULL);
	board->source = board->name + n_named;
	board->is_named = n_named > 0;
	if (n_named)
		board->name[n_named - 1] = '\0';
	if (!*board->source) {
		message_error("'%s' names no source; NAME=SOURCE is a board with a name of yours", argument);
		return EXIT_INPUT;
	}
	for (const struct live_board *other = b->all; other < board; other++) {
		bool same_name = strcmp(other->name, board->name) == 0;
		if (!same_name && strcmp(other->source, board->source) != 0)
			continue;
		message_error("'%s' is given more than once%s", same_name ? board->name : board->source,
			      same_name ? "; NAME=SOURCE gives a board a name of its own" : "");
		return EXIT_INPUT;
	}
	return EXIT_FINE;
}

static int add_plugged(struct live_boards *b)
{
	struct boards_picked picked = { .n = 0 };
	struct diag diag = { 0 };
	int code = load_exit(boards_pick_all(&picked, &diag), &diag);

	for (size_t i = 0; code == EXIT_FINE && i < picked.n; i++)
		code = add_board(b, picked.paths[i]);
	boards_picked_deinit(&picked);
	return code;
}

/* Whether it can be followed. */
static int check_board(const char *source, const struct board_args *args, bool with_targets)
{
	struct session_config unused;

	if (source_kind_of(source) != &source_gdb)
		return live_config(args, source, &unused);
	if (with_targets)
		return EXIT_FINE;
	message_at((struct place){ .file = source }, "error",
		   "a GDB server has no console to follow; memprof attach and record read its target's memory");
	return EXIT_INPUT;
}

int live_boards_read(struct live_boards *ret, const struct options *options, const struct board_args *args,
		     bool all_plugged, bool with_targets)
{
	int code = EXIT_FINE;

	if (options->n_args == 0)
		code = all_plugged ? add_plugged(ret) : add_board(ret, "auto");
	for (int i = 0; i < options->n_args && code == EXIT_FINE; i++)
		code = add_board(ret, options->args[i]);
	if (code == EXIT_FINE && ret->n_all > CHILDREN_MAX) {
		message_error("%zu boards; one memprof follows at most %d", ret->n_all, CHILDREN_MAX);
		return EXIT_INPUT;
	}
	for (size_t i = 0; i < ret->n_all && code == EXIT_FINE; i++)
		code = check_board(ret->all[i].source, args, with_targets);
	return code;
}

void live_boards_deinit(struct live_boards *b)
{
	for (size_t i = 0; i < b->n_all; i++)
		free(b->all[i].name);
	vec_deinit(b, all);
}

/* ---- the end ---- */

int live_report_outcome(struct session *s, enum session_outcome outcome, const char *other)
{
	return load_exit(session_report(s, outcome, other), NULL);
}
