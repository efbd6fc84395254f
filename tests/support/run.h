/* Runs the real memprof, in tests/, as a user would. */
#pragma once

#include <stdbool.h>

#include "memprof/base/strbuf.h"

enum { RUN_ARGS_MAX = 12 };

struct run {
	const char *args[RUN_ARGS_MAX]; /* after the program's name */
	const char *input;              /* what standard input is; NULL: nothing */
	bool utf8;                      /* LC_ALL=C.UTF-8, else C */
};

/* Which memprof: the first argument of every program that uses this. Call it first in main. */
void run_begin(int argc, char **argv);

/* The exit code; 128 + N after signal N. What it printed is appended. */
int run_memprof(const struct run *run, struct strbuf *out, struct strbuf *err);
