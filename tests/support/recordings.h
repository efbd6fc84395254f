/* Recordings that tests make: heaps out of a seed, and a reader that holds them to it. For programs that are linked
 * with src/store. */
#pragma once

#include "memprof/store/recording.h"

/* Snapshot n of the board that a seed stands for: the same each time, and a few blocks different from n - 1. */
enum { MADE_BLOCKS = 1500, MADE_POOLS = 3, MADE_STARTED_S = 1790000000 };
#define MADE_STARTED_US (MADE_STARTED_S * UINT64_C(1000000))
void made_heap(struct heap *heap, uint32_t seed, uint32_t n);
void made_figures(const struct heap *heap, struct history_figures ret[MADE_POOLS]);
/* NULL: equal; else what differs. */
const char *made_difference(const struct heap *a, const struct heap *b);

/* A writer with a session that began at MADE_STARTED_US + at_us. NULL: it failed; diag. */
struct recording_writer *made_writer(const char *path, const char *source, uint64_t at_us, struct diag *diag);
/* The snapshot of made_heap, n seconds after the session's beginning. */
void made_snapshot(struct recording_writer *w, uint32_t seed, uint32_t n);
void made_text(struct recording_writer *w, uint32_t n);  /* "text of N\n" */
void made_event(struct recording_writer *w, uint32_t n); /* a mark, "mark N" */
/* A session of n of each of them, committed after every n_commit. 0, or negative with diag. */
int made_board(const char *path, const char *source, uint64_t at_us, uint32_t seed, uint32_t n, uint32_t n_commit,
	       struct diag *diag);

/* Statements by a connection of their own; they abort the program where SQLite fails. */
void made_sql(const char *path, const char *sql);
int64_t made_number(const char *path, const char *sql); /* of the first row; -1: there is none */

/* What a reading found. */
struct made_seen {
	uint32_t seed, first; /* the heap of the next snapshot is made_heap(seed, first + n_snapshots) */
	bool compare;
	size_t n_events, n_snapshots, n_tables, n_samples, n_pools, n_marks, n_resets, n_text_bytes;
	size_t n_wrong; /* snapshots with a table that is not that of their heap, or with other figures */
	const char *wrong;
	uint64_t last_at_us;
	char last_time[EVENT_TIME_BYTES], last_label[EVENT_LABEL_BYTES];
	char last_mark_time[EVENT_TIME_BYTES];
};
/* Reads what choice chooses, of any board. As recording_read. */
int made_read(const char *path, const char *choice, struct made_seen *seen, uint64_t *ret_n_bare, struct diag *diag);
