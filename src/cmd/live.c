#include "live.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"

size_t live_n_named(const char *argument)
{
	static const char of_names[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t n = strspn(argument, of_names);

	return n > 0 && argument[n] == '=' ? n + 1 : 0;
}

const char *live_named_source(const char *argument, size_t *ret_n_name)
{
	size_t n_named = live_n_named(argument);

	*ret_n_name = n_named ? n_named - 1 : strlen(argument);
	if (argument[n_named])
		return argument + n_named;
	message_error("'%s' names no source; NAME=SOURCE is a board with a name of yours", argument);
	return NULL;
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
			   "a port is named like /dev/ttyACM0 (memprof devices lists"
			   " them), a socket tcp:HOST:PORT, a program that is to be started exec:%s",
			   uri);
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

void live_follow_options(const struct board_args *args, struct feed_board *ret)
{
	ret->follow.interval_given = args->interval_us != NOT_KNOWN;
	ret->follow.interval_us = ret->follow.interval_given ? args->interval_us : 1000000;
	ret->follow.collect = args->collect;
	ret->follow.survey = !args->no_survey;
	ret->probe_largest = args->probe_largest;
	ret->reads_text = args->text || args->save; /* a saved stream is read again, so it has to hold the text */
}

bool live_feed_open(struct feed_board *b, int *ret_code)
{
	struct diag diag = { 0 };

	int error = feed_board_open(b, &diag);
	*ret_code = error == -EINTR ? EXIT_FINE : load_exit(error, &diag);
	return error == 0;
}

int live_feed(struct feed_board *b)
{
	enum session_outcome outcome = feed_board_follow(b);

	return outcome == SESSION_GONE || outcome == SESSION_RAISED ? EXIT_DEVICE : EXIT_FINE;
}

int live_report_outcome(struct session *s, enum session_outcome outcome, const char *other)
{
	return load_exit(session_report(s, outcome, other), NULL);
}
