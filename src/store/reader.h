/* How a recording is read. */
#pragma once

#include "entries.h"
#include "memprof/base/vec.h"
#include "memprof/store/recording.h"
#include "schema.h"

/* ---- What the files that read a recording share: reader.c opens it, choose.c chooses, replay.c hands out ---- */

struct session_row {
	uint64_t session, started_us, n_samples; /* started_us: since 1970; NOT_KNOWN */
};

struct source_sessions {
	struct recording_source about;
	VEC(struct session_row, sessions);
};

struct recording {
	char *path;
	sqlite3 *db;
	VEC(struct source_sessions, sources);
	size_t i_source;
	uint64_t chosen; /* a sample's id; NOT_KNOWN: all */
	struct recording_moment moment;
	struct heap heap;
	uint64_t n_damaged, n_bare; /* of the last reading */
	uint64_t n_steps;           /* that are left (schema_limit) */
};

/* ---- The block tables of a recording: goes through its blobs, and has the last snapshot of them as bytes ---- */

/* All-zero has no tables. */
struct table_reader {
	sqlite3_stmt *s; /* set by table_reader_open */
	struct unpacker unpacker;
	struct strbuf joined, before; /* the present blob, and what it refers to (entries_follow) */
	uint64_t chain;
	struct entries_reader entries;
	bool has_next; /* an entry of it was found, and not applied yet */
	uint64_t next_id;
	struct strbuf code;
	bool has_code; /* false behind damage, until the next whole snapshot */
	bool is_end;
	uint64_t last_blob;
	bool is_headless; /* the first blob of the chain was removed: the others are of no use */
	uint64_t n_damaged;
	int error; /* SQLite's */
};

/* For snapshots with ids from from to to. 0; -ENODATA: the query could not be prepared (schema_error). */
int table_reader_open(struct table_reader *t, sqlite3 *db, uint64_t from, uint64_t to);
void table_reader_deinit(struct table_reader *t);

/* Goes on to a snapshot, whose id is above that of the one before: true if its bytes are in code. */
bool table_reader_find(struct table_reader *t, uint64_t id);
