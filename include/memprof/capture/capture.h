/* Assembles decoder events into moments: what is known of a board's memory at one time, on one timeline, with its boot
 * number, its label, and the failed allocations next to it. Every view subscribes to this; no view interprets events.
 *
 * In a log much of what belongs to a snapshot follows it: its label ("memprof: loaded"), other pools, qstr_info(), a
 * MemoryError. So a snapshot is held until the next one or the end of the input, and everything is delivered in the
 * order of the input. From a live board (capture_options.live) a snapshot is delivered at once; only failures wait, as
 * the next snapshot may explain them better.
 *
 * Memory is bounded: two heaps, CAPTURE_QUEUE_MAX items behind the held snapshot, CAPTURE_BOARDS_MAX boards. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/capture/agent_info.h"
#include "memprof/capture/timeline.h"
#include "memprof/event.h"
#include "memprof/model/board.h"
#include "memprof/model/board_event.h"
#include "memprof/model/history.h"
#include "memprof/model/pool_state.h"

enum {
	CAPTURE_QUEUE_MAX = 256,    /* items behind a held snapshot; with more it is delivered early */
	CAPTURE_FAILURES_MAX = 256, /* between two snapshots; with more they are paired with the first alone */
	CAPTURE_BOARDS_MAX = 64,    /* the last ones that were identified */
	CAPTURE_POOLS_MAX = 16,     /* other pools reported beside a snapshot */
};

enum moment_kind {
	MOMENT_SNAPSHOT, /* a heap, with or without a block table */
	MOMENT_SAMPLE,   /* figures of Python's heap alone */
	MOMENT_POOLS,    /* other pools alone, of an input that has nothing else */
};

struct moment {
	enum moment_kind kind;
	struct heap *heap;                 /* MOMENT_SNAPSHOT: sealed; moment_take_heap keeps it. NULL otherwise */
	struct pool_state state;           /* of the first pool, by pool_state_reported; of a sample, by its figures */
	uint64_t n_dump;                   /* 1.., over all inputs; of other kinds: that of the snapshot before, or 0 */
	uint64_t n_boot;                   /* 1..; boots without figures are not counted */
	uint64_t line, last_line;          /* 1.. in the input */
	uint64_t at_us;                    /* since the first stamp of the input; NOT_KNOWN */
	bool clock_fell;                   /* at_us is not known because the clock was set back */
	uint64_t timeline_us;              /* on the timeline of all inputs (timeline.h); NOT_KNOWN */
	char time[EVENT_TIME_BYTES];       /* as stamped; "" */
	char label[EVENT_LABEL_BYTES];     /* a board's bytes; "" */
	const char *file;                  /* one of several inputs; NULL: there is one */
	struct snapshot_reported reported; /* MOMENT_SNAPSHOT */
	const struct heap_pool *pools;     /* reported beside it, each as it was reported last */
	size_t n_pools;
	bool collected;     /* taken right after a collection (capture_set_collected) */
	bool is_typed;      /* after one that somebody typed; then others are not known, as they are with collected */
	bool program_ended; /* EVENT_PROGRAM_ENDED came before it in this boot: no sample of what the program does */
	bool heap_is_borrowed;          /* private */
	struct moment_figures *counted; /* the same: for moment_figures (analysis/pool_figures.h) */
};
/* The figures of the pools of a heap, which are counted once, for all sinks that need them. */
struct moment_figures {
	bool known;
	struct history_figures pools[HEAP_POOLS_MAX];
};
/* Keeps the heap of a snapshot: exchanges it for *ret if it is not needed any more, else copies it. 0 or -ENOMEM. */
int moment_take_heap(struct moment *moment, struct heap *ret);

/* Another pool than Python's heap, at one time. */
struct pool_moment {
	struct heap_pool pool;
	struct pool_state state;                           /* by its figures */
	uint64_t n_dump, n_boot, line, at_us, timeline_us; /* as in struct moment */
	char time[EVENT_TIME_BYTES];
	const char *file;
	bool program_ended; /* as in struct moment */
};

/* A failed allocation. An agent's report and the program's own message are one failure. */
struct capture_failure {
	enum failure failure;
	uint64_t asked_bytes; /* NOT_KNOWN */
	uint64_t n_boot, line, timeline_us;
	uint64_t n_dump_before, n_dump_after; /* the snapshots next to it; 0: none */
	bool is_after_nearer;                 /* in lines */
	struct pool_state figures;            /* of the last sample of its boot */
	uint64_t figures_line;                /* 0: there is none */
	char text[160];                       /* the message; a board's bytes; "" if only an agent reported it */
	const char *file;
};

struct capture_options {
	bool live;
	bool several; /* several inputs: only dates relate their times */
	/* Sinks get what belongs to these dumps, from 1; what lies between two belongs to the later one. 0: all. */
	uint64_t from, to;
};

/* The board that reported the dumps after n_after, up to the next one's. */
struct capture_board {
	uint64_t n_after;
	struct board_info board; /* known: false where the input does not identify it */
};

/* The last dump that is cut or damaged, of the wanted ones. */
struct capture_cut {
	enum heap_problem problem;
	uint64_t n_dump, line;
	const char *file;
};

struct capture_counts {
	uint64_t n_dumps, n_cut, n_samples, n_pools, n_failures, n_board_events, n_boots;
	struct capture_cut cut; /* n_cut > 0 */
	bool ends_cut;          /* the last wanted dump of an input that has ended is cut */
	uint64_t n_seen;        /* whole snapshots and samples that sinks have */
	const char *format;     /* of the last snapshot, as snapshot_reported.format; NULL: text, or none came */
};

/* An input that was read, for what reports on it. */
struct input_info {
	const char *name;
	const char *format; /* the decoder's name; NULL: none was found */
	uint64_t n_bytes;
	uint64_t n_dumps;
};

struct capture;
struct sink; /* sink.h: takes what was assembled, in order */

/* Sinks are called in this order; one that takes heaps comes last. NULL: out of memory. */
enum { CAPTURE_SINKS_MAX = 8 };
struct capture *capture_new(const struct capture_options *options, const struct sink *sinks, size_t n_sinks);
void capture_free(struct capture *c); /* NULL is fine */

/* An event of a decoder; the heap of a snapshot is exchanged for another one. */
void capture_event(struct capture *c, struct event *event);

/* What memprof itself knows of the next snapshots or of the last one. Labels are clean. */
void capture_set_several(struct capture *c, bool several);     /* before the first event */
void capture_set_collected(struct capture *c, bool collected); /* until it is set again */
void capture_set_label(struct capture *c, const char *label);  /* of snapshots from now on; NULL: their own */
void capture_label_last(struct capture *c, const char *label); /* not live: the held snapshot */

/* Snapshots of the input that are not handed in count: the next one has a higher number. */
void capture_skip(struct capture *c, uint64_t n_snapshots);

/* Starts another input. file: NULL if it is the only one; it must outlive the capture. */
void capture_begin_input(struct capture *c, const char *file);
/* The end of an input: delivers what is held. More may follow. */
void capture_end_input(struct capture *c);

const struct capture_counts *capture_counts(const struct capture *c);
const struct agent_info *capture_agent(const struct capture *c);
const struct timeline *capture_timeline(const struct capture *c);
const struct board_info *capture_last_board(const struct capture *c);      /* as it was reported last */
void capture_set_board(struct capture *c, const struct board_info *board); /* from a survey */
/* In order. */
const struct capture_board *capture_boards(const struct capture *c, size_t *ret_n);
const struct board_info *capture_board_of(const struct capture *c, uint64_t n_dump);
