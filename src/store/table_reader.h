/* The block tables of a recording: goes through its blobs, and has the last snapshot of them as bytes. */
#ifndef MEMPROF_STORE_TABLE_READER_H
#define MEMPROF_STORE_TABLE_READER_H

#include "entries.h"
#include "schema.h"

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

#endif
