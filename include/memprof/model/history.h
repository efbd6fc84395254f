/* Heaps over time: what was seen of a board since somebody began to look, in bounded memory. The screen
 * steps back and forth in it (viewers/tui); a live board and a saved log fill it alike. No I/O, no clock.
 *
 * Policy. A moment's block tables are kept as what changed since the moment before, in lines of 64 blocks,
 * with all of it in at least every 32nd. When all of it together passes the bound, or there are more than
 * HISTORY_MOMENTS_MAX (all of them are looked at for a chart), moments of the older half go, those first that are
 * closest together for their age, so that what is long ago is known at longer intervals; the newest moments, the first
 * one, and moments with a label stay longest. Happenings are kept in a ring. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/event.h"
#include "memprof/model/board_event.h"
#include "memprof/model/heap.h"
#include "memprof/model/pool_state.h"

enum { HISTORY_EVENTS_MAX = 4096, HISTORY_MOMENTS_MAX = 16384 };
#define HISTORY_BYTES ((size_t)64 << 20) /* what the commands ask for */

/* What is known of one pool at one moment: NOT_KNOWN where nothing tells. */
struct history_figures {
	char name[16];
	enum pool_kind kind;
	enum heap_memory memory;
	struct pool_state state;
	uint64_t peak_bytes, least_free_bytes;
	bool has_table;
};

struct history_moment {
	uint64_t n;                    /* 1.. in the order of all that were added; set by history_add */
	uint64_t at_us;                /* NOT_KNOWN */
	uint64_t n_boot;               /* 1..; 0: not known */
	uint64_t line;                 /* of a log; 0: none */
	uint64_t n_console_lines;      /* that were printed until then (console_n_all) */
	char label[EVENT_LABEL_BYTES]; /* a board's bytes, "" */
	struct snapshot_reported reported;
	enum heap_problem problem;
	size_t n_pools;
	const struct history_figures *pools; /* borrowed, both ways */
};

struct history_event {
	struct board_event info;
	uint64_t n_moment; /* of the last moment before it; 0: none */
};

struct history;

struct history *history_new(size_t max_bytes); /* NULL: out of memory */
void history_free(struct history *h);          /* NULL is fine */

/* A sealed heap and what is known of it; nothing is borrowed afterwards, but for reported.format, which is never
 * freed. moment->pools has the figures of each pool of the heap, in its order. A moment without a heap (a
 * sample of two numbers): heap is NULL. 0 or -ENOMEM; what was there stays. Cost: a comparison with the one
 * before, and as many moments thinned as it needs room. */
int history_add(struct history *h, const struct heap *heap, const struct history_moment *moment);
void history_add_event(struct history *h, const struct board_event *info);

/* Moments that are kept, in order: 0 .. history_n - 1. Indexes change when history_add thins; n does not. */
size_t history_n(const struct history *h);
const struct history_moment *history_moment(const struct history *h, size_t i);
/* The last one at or before n; 0 if there is none. */
size_t history_find(const struct history *h, uint64_t n);
/* The same by time. A moment without a time, or whose clock fell back, counts as at that of the one before
 * it. */
size_t history_find_time(const struct history *h, uint64_t at_us);
/* What it holds of moments; never above max_bytes and one moment. There are, besides: the happenings, the
 * newest moment's tables as they are (a byte a block), and once history_first_seen was asked, 6 bytes a
 * block for the newest moment and 24 for others. */
size_t history_bytes(const struct history *h);

/* The heap of a moment, as it was: pools, areas, kinds, what the firmware said. ret is initialised by the
 * caller, reset here, and sealed. 0 or -ENOMEM. Cost: at most 32 moments' changes. */
int history_heap(const struct history *h, size_t i, struct heap *ret);

/* Since when each object is there: for every block of a pool of moment i, the n of the first kept moment
 * since which its object begins there with the same size and kind, in every moment with a table; 0 for
 * blocks that are free or of no object that is known. Letters that tell no kind ('h', 'm') are like any. A
 * reset begins anew. What was seen in a moment that is thinned since may still count. ret has the n_blocks
 * of the pool. 0; -ENOMEM; or HISTORY_MORE, and then *ret is untouched: it goes on where it stopped when it
 * is asked for again. Cost: the changes of all moments up to i, or of a few if a neighbour was asked for
 * before; of them HISTORY_AGES_BYTES, about 15 ms, in one call. */
enum { HISTORY_MORE = 1 };
#define HISTORY_AGES_BYTES ((size_t)2 << 20)
int history_first_seen(struct history *h, size_t i, size_t i_pool, uint32_t *ret);

size_t history_n_events(const struct history *h);
uint64_t history_n_all_events(const struct history *h); /* that ever were added */
/* i: 0 is the oldest that is kept. */
const struct history_event *history_event(const struct history *h, size_t i);
