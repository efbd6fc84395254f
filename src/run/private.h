/* A program under memprof, in parts: program.c has the board and the hooks (hook.h), events.c what the board reports,
 * output.c what the program prints, areas.c where its heap is, collections.c the tables that it prints when it
 * collects. */
#pragma once

#include "hook.h"
#include "memprof/intake/probe_ids.h"
#include "memprof/io/standard_input.h"
#include "memprof/live/board_poll.h"
#include "memprof/live/memory_probe.h"
#include "memprof/model/gc_areas.h"
#include "memprof/objects/call_stack.h"
#include "memprof/protocol/collection_hook.h"
#include "memprof/protocol/decoder.h"
#include "sites/profile.h"

/* Where the heap is. */
struct program_areas {
	struct gc_areas areas;
	struct gc_layout layout; /* chained: also if it may get further areas */
	uint64_t growth_bytes;   /* by which it may grow: NOT_KNOWN if it does not */
	unsigned n_crs;          /* that the line puts before each LF of memory */
	struct probe_hello hello;
	double bytes_per_s; /* of memory on the line, at least; 0: not measured, as the tables are small */
};

/* Tables that the board prints at collections, or stops. */
struct collections {
	bool on;
	struct diag why; /* not on */
	struct collection_hook hook;
	struct collection_filter filter;
	uint64_t most_bytes;               /* that the heap may grow to: NOT_KNOWN */
	uint64_t room_address, room_bytes; /* kept for the prompt after the program; 0: none */
	uint64_t n_before, left_bytes;     /* collections up to the frame before, and what that one left */
	uint8_t *before, *after;
	struct heap heap;
};

struct program_statistics {
	struct pool_state summary;
	struct heap_reported reported;
};

enum { RUN_HOOKS_MAX = 10 };

struct program {
	const struct program_options *options;
	struct program_handler handler;
	struct program_result *result;
	struct session *session;
	struct board_poll poll;
	struct run_row rows[RUN_HOOKS_MAX];
	size_t n_rows;
	enum program_end end;
	enum session_outcome outcome; /* of the program, by the session */
	const char *label;            /* of the next snapshot; NULL */
	uint64_t free_bytes;          /* of the heap, or that it may get, before anything is put in; NOT_KNOWN */
	uint64_t bare_bytes;          /* in use without garbage, before that; NOT_KNOWN */
	bool lacks_room;              /* not even memory could be read */
	bool has_agent;               /* the module memprof is there */
	bool agent_samples;           /* it samples allocations */
	bool has_failed;              /* the profile cannot be made */
	bool by_agent;                /* snapshots come by themselves while the program runs */
	bool is_running;
	bool is_over;       /* a hook has ended it: the exception is not the program's */
	bool after_collect; /* the board has just collected */
	bool records;       /* what the board sends is saved */
	bool is_deaf;       /* events are passed over */
	struct collections collections;
	size_t n_calls;    /* of __memprof() in the program */
	bool fresh_sample; /* since the last mark */
	uint64_t began_us;
	uint64_t stopped_us, stop_began_us; /* by stops at allocations, so long; of one at hand, else 0 */
	uint64_t n_events;                  /* stand-in for line numbers */
	struct heap pools_before;           /* as run_info.pools, before the program */
	struct {
		char pool[EVENT_NAME_BYTES];
		uint64_t n; /* failed allocations in it, each of which the board reported */
	} failed[HEAP_POOLS_MAX];
	uint32_t block_bytes;
	/* output.c */
	bool in_frame;
	struct strbuf frame;
	struct strbuf line;    /* the program's, for marks and MemoryErrors */
	struct strbuf unshown; /* of its output: an unfinished character */
	bool after_cr;         /* the last byte of it, which was not shown */
	void *frames;          /* decoder state: what stands in frames */
	void *statistics;      /* decoder state, of answers and frames that are not handed on */
	struct strbuf sent;    /* code of a hook, which the session borrows while it sends it */
	struct profile profile;
	/* of looks */
	struct pool_state *wanted; /* where the next snapshot's figures go */
	struct area_counts *wanted_counts;
	struct pool_state last_sample;
	struct standard_input input;
	struct session_input input_hooks;
};

/* After session_open failed: reports why. */
enum program_end program_not_opened(const struct notice_sink *notices, int error, const struct diag *diag);

/* events.c: whatever the board tells comes through here on its way to the handler. */
void program_event(struct program *p, struct event *event);
/* Figures that may be the peak of used, or the lowest largest free block. */
void program_note(struct program *p, const struct pool_state *summary);

/* output.c: takes frames out of what the program prints, and passes on the rest. */
void program_output(struct program *p, const char *bytes, size_t n_bytes);
/* It has ended: what was held back comes out. */
void program_output_ends(struct program *p);
/* Shows what a board says of it that is not its output, and takes a MemoryError in it as one in a log. */
void program_traceback(struct program *p, const char *bytes, size_t n_bytes);
/* Whether this can be the beginning of a frame of the hook. */
bool hook_may_have_frame(const struct run_hook *hook, const char *text, size_t n);
/* Frames of statistics, as members of a hook. */
enum { STATISTICS_FRAME_MAX_BYTES = 400 }; /* four lines */
extern const char *const program_statistics_begins[];
int program_statistics_frame(struct program *p, struct run_row *row, const char *text, size_t n);

/* areas.c: statistics of mem_info(), in an answer or a frame. */
void program_statistics(struct program *p, const char *text, size_t n, struct program_statistics *ret);
/* DONE: they are found for sure, and the stacks of calls if these are not NULL. RAISED: they are not, diag says why. Or
 * what came between. */
enum session_outcome program_areas_find(struct program *p, struct program_areas *ret, struct call_stacks *stacks,
					struct diag *diag);

enum {
	COLLECTIONS_ROOM_PART = 16, /* of the heap, at most, is room for the prompt */
	COLLECTIONS_END_TRIES = 8,  /* for a prompt that has no memory */
};
/* collections.c: puts the hook of these tables in, of which the caller has set what it is to do; is_timer: that of
 * timer_hook.h. DONE; RAISED: it cannot be, diag says why; or what came between. */
enum session_outcome collections_begin(struct program *p, struct run_row *row, const struct program_areas *areas,
				       bool is_timer, bool (*take_frame)(void *ctx), void *ctx, struct diag *diag);
/* Whether a program is to collect at equal allocation, and how much that is at first. */
bool collections_step(const struct program_options *o);
uint64_t collections_step_bytes(const struct program_areas *areas);
/* Keeps memory for the prompt, which is neither the program's nor free. */
void collections_take_room(struct program *p);
/* A collection of these areas becomes a snapshot: p->collections has the kinds of blocks before and after it, of which
 * the room's become unknown. n_since: collections since the last snapshot, each of as much as this one. */
void collections_hand_on(struct program *p, const struct gc_areas *areas, uint64_t n_collections, uint64_t n_since);
void collections_free(struct collections *c); /* its tables */
/* A frame of tables was taken. False: it is no frame. */
bool collections_take_tables(struct program *p, const char *note_at_end);
/* As members of a hook: removes it. */
bool collections_remove(struct program *p, struct run_row *row);

/* heap_sampler.c: removes __memprof, or leaves as little of it as can be where functions of the program may call it. As
 * hook_tidy. */
bool sampler_remove(struct program *p, const struct run_row *row, const char *code);

/* areas.c: it takes so many words of the heap to compile and run what reads names, once a program has ended. */
enum { PROMPT_ROOM_WORDS = 2000 };
/* So many, or 1/part of the heap; 0 if one of its sizes is not known: NOT_KNOWN, 0. */
unsigned program_room_words(uint64_t heap_bytes, unsigned word_bytes, unsigned part);

/* owners.c: by the probe. NULL: the board cannot be read, or its line is so slow that it would take longer than ten
 * seconds, which is no fault. */
struct objects *program_objects_read(struct program *p, uint64_t *ret_n_bytes);
/* Not tables of names, nor roots, whose names are in angle brackets, nor what memprof left. */
bool program_is_owner(const struct objects *o, uint32_t owner, const char *name);
