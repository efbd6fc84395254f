#pragma once

#include "heap_options.h"
#include "live.h"
#include "load.h"

/* Of snap, and of attach, which is snap with --once. */
struct attach_args {
	struct output_args output;
	struct log_args log;
	struct board_args board;
	struct heap_args heap;
	struct option_list keep;
	const char *elf, *of_board, *memory, *record;
	bool once, trend, plain, no_memory, no_mouse;
	uint64_t count, patience_us, history_bytes;
};
#define OPTIONS_ELF_OR_BOARD                                                                                          \
	{ 0,                                                                                                          \
	  "elf",                                                                                                      \
	  "FILE",                                                                                                     \
	  "ELF of the firmware: names callers; gdb: where RAM is",                                                    \
	  AS_FILE(attach, elf),                                                                                       \
	  .excludes = "board" },                                                                                      \
	{                                                                                                             \
		0, "board", "BOARD", "gdb: name of a known board, or a FILE.json of yours", AS_NAME(attach, of_board) \
	}
#define OPTION_PATIENCE(help)                                                                                      \
	{                                                                                                          \
		0, "patience", "TIME", help " (default: 10s)", AS_TIME(attach, patience_us), .otherwise = 10000000 \
	}

int snap_run(const struct options *options);
