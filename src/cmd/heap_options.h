/* Options of what a report of heaps contains. */
#pragma once

#include "memprof/cli/output.h"
#include "memprof/viewers/view.h"

/* What the options below say: the member `heap` of a command's struct args. */
struct heap_args {
	struct option_list needs;
	uint64_t culprits;
};
#define OPTION_CULPRITS(args, help)                                                                     \
	{                                                                                               \
		0, "culprits", "N", help " (default: 5)", AS_COUNT(args, heap.culprits), .otherwise = 5 \
	}
#define OPTIONS_HEAP(args)                                                                                    \
	OPTION_GROUP("Contents"),                                                                             \
		{ 0,                                                                                          \
		  "need",                                                                                     \
		  "SIZE",                                                                                     \
		  "report whether SIZE bytes fit, in one pool: POOL:SIZE",                                    \
		  AS_LIST(args, heap.needs),                                                                  \
		  .most = REPORT_NEEDS_MAX },                                                                 \
		OPTION_CULPRITS(args, "list the N runs most in the way"),                                     \
	{                                                                                                     \
		0, "map", "HOW", "scaled (default), full (one letter per block) or none", "full|scaled|none", \
			AS_CHOICE(args, output.map)                                                           \
	}

/* 0, or -EINVAL after a message. */
int report_options_read(const struct heap_args *args, struct report_options *ret);
