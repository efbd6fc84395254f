/* From the command line to a session with a board, for every command that has one. */
#pragma once

#include "memprof/cli/options.h"
#include "memprof/feed/board.h"

/* What the options below say: the member `board` of a command's struct args. */
enum { PROTOCOL_AUTO = 1, PROTOCOL_REPL, PROTOCOL_OPENMV }; /* --protocol */
struct board_args {
	unsigned protocol, dtr, rts;
	bool interrupt, reset, listen_only, wait, collect, text, no_survey, probe_largest, force;
	uint64_t baud, interval_us;
	const char *save;
};

/* OPTIONS_PROMPT is for commands that need a prompt, which OpenMV's protocol does not have. */
#define OPTIONS_BOARD(args)  OPTIONS_BOARD_OVER(args, "auto, repl or openmv", "auto|repl|openmv")
#define OPTIONS_PROMPT(args) OPTIONS_BOARD_OVER(args, "auto or repl", "auto|repl")
#define OPTIONS_BOARD_OVER(args, protocols, values)                                                                    \
	OPTION_GROUP("Board connection"),                                                                              \
		{ 0, "protocol", "NAME", protocols " (default: auto)", values, AS_CHOICE(args, board.protocol) },      \
		{ 0,                                                                                                   \
		  "interrupt",                                                                                         \
		  NULL,                                                                                                \
		  "stop the running program with Ctrl-C",                                                              \
		  AS_FLAG(args, board.interrupt),                                                                      \
		  .excludes = "protocol=openmv" },                                                                     \
		{ 0,                                                                                                   \
		  "reset",                                                                                             \
		  NULL,                                                                                                \
		  "soft-reset the board first; its variables are lost",                                                \
		  AS_FLAG(args, board.reset),                                                                          \
		  .excludes = "protocol=openmv" },                                                                     \
		{ 0,          "baud",          "N", "serial port speed (default: 115200)", AS_COUNT(args, board.baud), \
		  .least = 1, .most = 20000000 },                                                                      \
		{ 0, "dtr", "on|off", "set DTR (default: on for native USB, else unchanged)",                          \
		  AS_CHOICE(args, board.dtr) },                                                                        \
	{                                                                                                              \
		0, "rts", "on|off", "set RTS (same default)", AS_CHOICE(args, board.rts)                               \
	}
#define OPTION_WAIT(args)                                                                                  \
	{                                                                                                  \
		0, "wait", NULL, "wait for the board, also when it disconnects", AS_FLAG(args, board.wait) \
	}
#define OPTION_LISTEN_ONLY(args)                                                                                   \
	{                                                                                                          \
		0, "listen-only", NULL, "passive: send nothing, wait for dumps", AS_FLAG(args, board.listen_only), \
			.excludes = "protocol=openmv"                                                              \
	}
#define OPTION_COLLECT(args)                                                              \
	{                                                                                 \
		0, "collect", NULL, "run gc.collect() on the board before each snapshot", \
			AS_FLAG(args, board.collect), .excludes = "protocol=openmv"       \
	}
#define OPTION_TEXT_ONLY(args)                                                                                \
	{                                                                                                     \
		0, "text", NULL, "poll with mem_info(1); do not read block tables", AS_FLAG(args, board.text) \
	}
#define OPTIONS_QUERY(args)                                                                                          \
	{ 0, "no-survey", NULL, "query the heap only, not board details or agent", AS_FLAG(args, board.no_survey) }, \
	{                                                                                                            \
		0, "probe-largest", NULL, "probe largest free block by allocating; perturbs the heap",               \
			AS_FLAG(args, board.probe_largest), .excludes = "protocol=openmv"                            \
	}
/* A row without its braces can be given needs of its own. */
#define SAVE_ROW(args) \
	0, "save", "FILE", "record all traffic with the board, with timestamps", AS_WRITTEN(args, board.save)
#define OPTIONS_SAVE(args)                                                                                         \
	{ SAVE_ROW(args) },                                                                                        \
	{                                                                                                          \
		0, "force", NULL, "let --save replace FILE; the old one becomes FILE~", AS_FLAG(args, board.force) \
	}
enum { LIVE_INTERVAL_US = 1000000 }; /* as the words of the row say */
#define OPTION_INTERVAL(args)                                                                                    \
	{                                                                                                        \
		0, "interval", "TIME", "time between snapshots (default: 1s)", AS_TIME(args, board.interval_us), \
			.most = UINT64_C(86400000000)                                                            \
	}

/* The source that argument i names; without it the only board is meant. */
static inline const char *live_source(const struct options *options, int i)
{
	return options->n_args > i ? options->args[i] : "auto";
}

/* How many bytes "NAME=" has; 0: no name, as in sim:leak,seed=3 or a path. */
size_t live_n_named(const char *argument);

/* An exit code, after a message where it is not EXIT_FINE. */
int live_config(const struct board_args *args, const char *uri, struct session_config *ret);

/* Opens it. False: *ret_code is the exit code, after a message; or EXIT_STOPPED. */
bool live_open(const struct session_config *config, const struct session_handler *handler, struct session **ret,
	       enum session_outcome *ret_outcome, int *ret_code);

#define OPTIONS_FOLLOW(args)                                                                            \
	OPTION_GROUP("Snapshots"), OPTION_INTERVAL(args), OPTION_COLLECT(args), OPTION_TEXT_ONLY(args), \
		OPTIONS_QUERY(args), OPTIONS_BOARD(args), OPTION_LISTEN_ONLY(args), OPTION_FIGURES(args)

/* How a board is followed. As live_config. */
int live_follow_config(struct feed_board *b, const struct board_args *args, const char *uri);
/* From opening it to closing it: the exit code, after a message. If a stop is requested, what was seen until then is
 * all of it: EXIT_FINE. */
int live_follow(struct feed_board *b);

/* Boards of a command line. All-zero: none. */
struct live_board {
	char *name;         /* what it is called */
	const char *source; /* of source.h */
	bool is_named;      /* by NAME=SOURCE, not by its source */
};
struct live_boards {
	VEC(struct live_board, all);
};
/* Of the arguments, SOURCE or NAME=SOURCE; without any "auto", or all_plugged. An exit code, after a message, also if
 * one of them could not be followed as args say. with_targets: of GDB servers, too. */
int live_boards_read(struct live_boards *ret, const struct options *options, const struct board_args *args,
		     bool all_plugged, bool with_targets);
void live_boards_deinit(struct live_boards *b);

/* The exit code of a call that ended so, EXIT_STOPPED or after a message if it failed; other: the message if the board
 * neither went away nor raised an exception; NULL: it was printed before. */
int live_report_outcome(struct session *s, enum session_outcome outcome, const char *other);
