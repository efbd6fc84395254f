/* The options of serve: the command line is memprof's, what serves is a program of its own (src/serve). */
#pragma once

#include "live.h"
#include "load.h"
#include "memprof/cli/output.h"

#define SERVE_ADDRESS "127.0.0.1:9464"

struct serve_args {
	struct output_args output;
	struct log_args log;
	struct board_args board;
	const char *listen, *token_file;
	struct option_list hosts;
};

/* Serves until Ctrl-C: an exit code. It is that of src/serve where that is linked in, else that of start.c, which
 * becomes the program memprof-serve. */
int serve_run(const struct options *options);
