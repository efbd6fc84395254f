/* Samples of a program that runs already, and goes on. */
#pragma once

#include "memprof/image/image.h"
#include "memprof/intake/gdb_target.h"
#include "memprof/run/program.h"

enum { SITES_STEP_BYTES = 4096 }; /* a sample for so many on average, unless the user says otherwise */

/* By its agent, which takes samples on request, and tells names. */
struct sites_attach {
	struct session_config board; /* with its notices */
	uint64_t for_us;             /* NOT_KNOWN: until a request to stop comes */
	const char *mark;            /* as in site_samples; NULL */
	struct sites *sites;         /* sites_init was called */
	/* Gets every event, and may take its heap. If it is set, a snapshot is asked for once a second, and the step
	 * is chosen by the size of the heap. */
	void (*on_event)(void *ctx, struct event *event);
	void *ctx;
};
/* How it ended; *ret_is_there: there is a profile, also of a board that was lost. */
enum program_end sites_attach(const struct sites_attach *wanted, bool *ret_is_there);

/* By a GDB server. Nothing is asked of the program, and nothing is written to its memory. Where allocations are
 * sampled, breakpoints are at functions of its firmware, which elf has. */
struct sites_target {
	const char *uri, *elf, *board; /* the last two as of gdb_ram_read */
	uint64_t for_us;               /* NOT_KNOWN: until a request to stop comes */
	struct notice_sink notices;
	struct sites *sites; /* sites_init was called */
};
/* Until a request to stop comes, too: 0; or an error as of gdb_target_close, with diag. *ret_is_there is set where
 * there is a profile, also after an error. */
int sites_of_target(const struct sites_target *wanted, bool *ret_is_there, struct diag *diag);
