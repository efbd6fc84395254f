/* A hook watches a program on a board: it is put in before the program, takes what comes of it, and is removed in every
 * way out. One row of program_hooks each (program.c), in whose order members are called, but ended and remove in
 * reverse order. All members but name and is_wanted may be NULL. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "memprof/base/strbuf.h"
#include "memprof/event.h"
#include "memprof/run/program.h"

struct program;
struct run_row;

enum run_look { LOOK_AFTER, LOOK_COLLECTED };

struct run_hook {
	const char *name;    /* in a report that it could not be removed: "the import hook" */
	const char *by_hand; /* how to do that at the board's prompt; NULL: by a reset alone */
	size_t state_bytes;  /* private, all-zero at first */
	bool outlives_reset; /* a soft reset leaves it on some ports */
	bool (*is_wanted)(const struct program_options *options);
	/* Before the board is opened. False: the program cannot be run so; what is wrong is in the options' own data.
	 */
	bool (*prepare)(struct program *p, struct run_row *row);
	/* Puts it in, before the first look: is_in before the first byte is sent, is_on once frames may come. False:
	 * the program is not to run, and p->end is how that ended. */
	bool (*begin)(struct program *p, struct run_row *row);
	/* After the first look, right before the program runs. */
	void (*starts)(struct program *p, struct run_row *row);
	/* The program as it is sent: adds calls of the hook. */
	void (*code)(struct program *p, struct run_row *row, struct strbuf *code);
	/* While is_on: what its frames begin with, in what the program prints behind REPL_FRAME_BEGIN, ended by NULL;
	 * and the whole frame: 0, or -EINVAL if it is none. */
	const char *const *frame_begins;
	size_t frame_max_bytes;
	int (*frame)(struct program *p, struct run_row *row, const char *text, size_t n);
	/* A whole line that the program printed. */
	void (*line)(struct program *p, struct run_row *row, const char *line);
	/* What the board reports; summary: of a snapshot, else without figures. */
	void (*event)(struct program *p, struct run_row *row, struct event *event, const struct pool_state *summary);
	/* A collection of which p->collections has the tables; false: no more of them will be seen. */
	void (*tables)(struct program *p, struct run_row *row, bool is_seen);
	/* The program has ended, on a board that was not reset and can be asked; p->outcome is how. Then each look. */
	void (*ended)(struct program *p, struct run_row *row);
	void (*looked)(struct program *p, struct run_row *row, enum run_look look);
	/* Of one that is_in: false: it may still be there. Not called where the board was reset. */
	bool (*remove)(struct program *p, struct run_row *row);
	/* All hooks are removed. */
	void (*finish)(struct program *p, struct run_row *row);
	void (*deinit)(void *state);
};

struct run_row {
	const struct run_hook *hook;
	void *state;
	bool is_in; /* it may be in the board */
	bool is_on; /* its frames come */
};

extern const struct run_hook hook_agent, hook_agent_sites, hook_stops, hook_collections, hook_sampler, hook_threshold,
	hook_unittest, hook_imports, hook_first_alloc, hook_owners;

/* Puts calls at the beginning and the end of a program; end: NULL: none. */
void hook_add_calls(struct strbuf *code, const char *begin, const char *end);

/* False: the hook cannot be put in, which is how the run ends. */
bool hook_fails(struct program *p, enum program_end end);
/* The same after something that was sent did not end with DONE; nothing more is reported if the board is gone. */
bool hook_is_cut(struct program *p, enum session_outcome outcome);
/* After what removes a hook: it did, or a reset; that of a program which goes on has no prompt. */
bool hook_is_gone(const struct program *p, enum session_outcome outcome);
/* Sends what removes a hook; soon: half a second is enough where the program was cut short. False: it may still be
 * there. */
bool hook_tidy(struct program *p, const char *code);
