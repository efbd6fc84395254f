/* From the command line to a session with a board, for every command that has one. */
#ifndef MEMPROF_CMD_LIVE_H
#define MEMPROF_CMD_LIVE_H

#include "memprof/cli/options.h"
#include "memprof/live/follow.h"
#include "memprof/objects/memory_file.h"
#include "memprof/protocol/probe.h"

/* The source that argument i names; without it the only board is meant, "auto". 0; -EINVAL after a message if there are
 * more arguments. */
int live_source(const struct options *options, int i, const char **ret_uri);

/* The source of SOURCE or NAME=SOURCE, and how many bytes of the argument are what its board is called: NAME, or all of
 * it. NULL after a message: no source. */
const char *live_named_source(const char *argument, size_t *ret_n_name);
/* How many bytes "NAME=" has; 0: no name, as in sim:leak,seed=3 or a path. */
size_t live_n_named(const char *argument);

/* The options of OPTIONS_BOARD or OPTIONS_PROMPT, OPTIONS_SAVE, --wait and --listen-only. An exit code, after a message
 * where it is not EXIT_FINE. */
int live_config(const struct options *options, const char *uri, struct session_config *ret);

/* Opens it. False: *ret_code is the exit code, after a message; 0 if a stop was requested. */
bool live_open(const struct session_config *config, const struct session_handler *handler, struct session **ret,
	       enum session_outcome *ret_outcome, int *ret_code);

#define OPTION_INTERVAL                                                         \
	{                                                                       \
		0, "interval", "SECONDS", "time between snapshots (default: 1)" \
	}

#define OPTIONS_FOLLOW                                                                                                \
	OPTION_GROUP("Snapshots"), OPTION_INTERVAL,                                                                   \
		{ 0, "collect", NULL, "run gc.collect() on the board before each snapshot" },                         \
		{ 0, "text", NULL, "poll with mem_info(1); do not read block tables" }, OPTIONS_QUERY, OPTIONS_BOARD, \
		OPTION_LISTEN_ONLY, OPTION_FIGURES

/* What options say of how a board is followed. 0, or -EINVAL after a message. */
int live_follow_options(const struct options *options, struct follow *ret);
/* Of a session that is open; end it before the session is closed. */
void live_follow_begin(const struct options *options, struct session *s, struct follow *follow,
		       void (*on_event)(void *ctx, struct event *event), void *ctx);
void live_follow_end(struct follow *follow);

/* The exit code of a call that ended so, after a message if it failed; other: the message if the board neither went
 * away nor raised an exception; NULL: it was printed before. */
int live_report_outcome(struct session *s, enum session_outcome outcome, const char *other);

/* What the probe says of the interpreter, for objects_read. */
struct interpreter_ids live_probe_ids(const struct probe_hello *hello);

#endif
