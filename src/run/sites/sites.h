/* Where a program allocates, or spends its time, in parts: stops.c stops stock firmware at allocations and reads it,
 * timer.c at moments, agent.c takes what the agent in the firmware samples; names.c reads the names of functions
 * afterwards, holders.c what holds memory that is left. */
#ifndef MEMPROF_RUN_SITES_SITES_H
#define MEMPROF_RUN_SITES_SITES_H

#include "memprof/analysis/bursts.h"
#include "memprof/analysis/site_samples.h"
#include "private.h"

/* All zero: none is wanted yet. */
struct program_names {
	uint8_t *wanted; /* a bit for each */
	VEC(uint32_t, qstrs);
	struct call_names *names; /* NULL: they could not be read */
	struct call_names *early; /* of the first n_early ones, which are used then; NULL */
	size_t n_early;
	unsigned n_reads; /* of these */
};

void program_names_want(struct program_names *names, uint32_t file, uint32_t function);
/* In a stop, of a program that may leave no room for a prompt. It reads the heap, of which so many bytes are in use;
 * twice at most. */
void program_names_read_early(struct program_names *names, const struct probe_hello *hello, uint64_t used_bytes,
			      struct memory_reader *r);
/* By the probe; a warning if they cannot be read. once_collected: called after a collection that nothing was allocated
 * after; NULL. */
void program_names_read(struct program *p, struct program_names *names,
			void (*once_collected)(struct program *p, void *ctx, struct memory_reader *r), void *ctx);
/* Why there is no profile, of -E2BIG or -ENOMEM; and why there are no calls in it, of a stack that is_old. */
const char *program_sites_why(int error);
extern const char program_sites_too_old[];
/* The profile of a program that has ended is there, or cannot be made: a notice, and how the run ends. */
void program_sites_finish(struct program *p, int error);
/* Puts calls at the beginning and the end of a program. */
void program_sites_code(struct strbuf *code, const char *begin, const char *end);
const char *program_names_text(const struct program_names *names, uint32_t qstr); /* "": not known */
/* A frame of the profile. */
uint32_t program_names_frame(const struct program *p, const struct program_names *names, uint32_t file,
			     uint32_t function, uint32_t line);
void program_names_deinit(struct program_names *names);

/* What holds the memory that is left. All zero, as when it cannot be read: nothing does. */
struct program_holders {
	struct objects *objects;
	uint32_t *owners; /* of each object; NULL */
	struct strbuf name;
};
/* Once the program has ended and its names are read, by a probe of its own: objects are found by how much was in use
 * when it began. */
void program_holders_read(struct program *p, struct program_holders *ret);
const char *program_holder(struct program_holders *h, uint64_t address); /* as of sites_kept; until the next call */
void program_holders_deinit(struct program_holders *h);

/* ---- stops ---- */

enum { SITES_ALLOCATIONS_MAX = 1 << 18 }; /* that are observed, or stops of a timer; about so many */

/* An allocation that was observed: at one stop the stack before it, at the next its blocks. */
struct stops_allocation {
	size_t i_frame, n_frames; /* of stops.frames, the innermost first */
	size_t i_burst;
	uint64_t at_us;
	uint32_t i_block, n_blocks; /* counted over all areas */
	bool is_alive;
	bool is_temporary; /* freed when the next burst began, or at the end */
	double alive_part; /* at the end: of what it stands for */
};

struct stops {
	struct program *program;
	uint64_t id_preparer;  /* what prepares the next stops */
	uint64_t id_finaliser; /* the function that stops */
	uint64_t id_reserve;   /* that of a reserve */
	struct program_areas at;
	struct call_stacks stacks;
	uint8_t *tables, *before, *after, *last; /* kinds of blocks; last: after the stop before */
	uint8_t *first;                          /* kinds after the first stop */
	size_t n_end_blocks;                     /* before has the kinds of so many at the end; 0: not known */
	bool has_last;
	VEC(struct call_frame, frames);
	VEC(struct stops_allocation, allocations);
	VEC(struct burst, bursts);
	struct stops_allocation pending; /* whose blocks the next stop shows */
	bool is_pending;
	unsigned last_position;     /* of the stop before, in its burst */
	struct program_names names; /* of the functions of the first n_wanted frames */
	size_t n_wanted;
	uint64_t now_us, stopped_us; /* of the program, by this computer's clock; what was taken by stops */
	uint64_t n_lost;
	bool was_disturbed; /* a helper, by a stop */
	bool is_old;        /* functions are of MicroPython 1.18 or older: no frames are found */
	int error;          /* the first one of the profile */
};

/* stops.c: the allocation that comes next, of the program: without the hook's own frames, of which some are left on the
 * stack. It is pending then; false: none, as the hook itself allocates. */
bool stops_note(struct stops *s, const struct call_stack *stack);
/* All block tables, behind the room of a structure each. 0, or an error of the reader. */
int stops_read_tables(const struct program *p, struct stops *s, struct memory_reader *r);
/* Of those that were alive, what a collection frees, or the program has: the kinds of s->after are those after it. */
void stops_note_dead(struct stops *s);
/* A burst has ended, and the first collection after it. */
void stops_note_temporary(struct stops *s);
void stops_want_names(struct stops *s);              /* of all frames so far */
void stops_take(struct program *p, struct stops *s); /* of a frame that asks */
/* The chain of calls of an allocation, as frames of the profile: how many. */
size_t stops_chain(const struct program *p, const struct stops *s, const struct stops_allocation *a, uint32_t *ret);

/* stops_end.c: the profile, once the program has ended and no more stops come. */
void stops_make_profile(struct program *p, struct stops *s);
/* timer.c: where the time goes: a stop; the profile. */
void timer_take(struct program *p, struct stops *s, const struct call_stack *stack);
void timer_make_profile(struct program *p, struct stops *s);

#endif
