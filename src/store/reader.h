/* How a recording is read: reader.c opens it, choose.c chooses, replay.c hands out. */
#pragma once

#include "codes.h"
#include "memprof/base/vec.h"
#include "pack.h"
#include "writer.h"

struct source_sessions {
	struct recording_source about;
	VEC(struct session_row, sessions);
};

struct chosen {
	uint64_t session, batch; /* batch: its number in the session; 0: all of the board is chosen */
	uint64_t i, n_before;    /* which of its snapshots; how many of the session are before it */
};

struct recording {
	char *path;
	sqlite3 *db;
	uint64_t n_bytes; /* of the file */
	bool is_left;     /* schema_is_left */
	VEC(struct source_sessions, sources);
	size_t i_source;
	struct chosen chosen;
	struct recording_moment moment;
	struct heap heap;
	struct recording_damage found, read; /* when it was opened; besides, by the last reading */
	uint64_t n_bare;                     /* of the last reading */
	uint64_t n_steps;                    /* that are left (schema_limit) */
};

/* 0, or -EBADMSG with diag. */
int reader_damaged(const struct recording *r, struct diag *diag);

/* The last batch of a session that is there. */
uint64_t last_batch(sqlite3 *db, uint64_t session);

void recording_damage_sum(struct recording_damage *damage); /* sets n_all */

/* ---- the batches of a session, one after the other ---- */

struct batch_reader {
	const struct session_row *session;
	sqlite3_stmt *s;
	bool is_row;       /* s has one that was not used yet */
	uint64_t n, chain; /* of the present batch; of the first one that its tables need */
	uint64_t n_before, n_snapshots, first_us, last_us;
	struct unpacker unpacker;
	struct strbuf events, tables, last; /* last: the tables before these */
	uint64_t n_last;                    /* the batch up to which tables are known; 0: none are */
	struct field_bytes heaps;           /* in tables: those that were not taken yet */
	uint64_t n_damaged_tables;          /* heaps of tables that are damaged, and not removed */
	int error;                          /* SQLite's */
};

/* All-zero is closed. False: see schema_error. */
bool batch_reader_open(struct batch_reader *b, sqlite3 *db, const struct session_row *session);
void batch_reader_deinit(struct batch_reader *b);
/* Goes to batch n, which is behind the last one: its events are in events, and the numbers are set. False: it is not
 * there, or not as it was written. */
bool batch_reader_find(struct batch_reader *b, uint64_t n);
/* Its heaps: true if they are there. Of each batch since the beginning of its chain, in order. */
bool batch_reader_tables(struct batch_reader *b);
/* The bytes of the next heap; n_bytes 0: there is none. */
struct field_bytes batch_reader_heap(struct batch_reader *b);
