/* The block tables of a session: snapshots as blobs of what changed, in chains (docs/recording.md). */
#ifndef MEMPROF_STORE_TABLE_WRITER_H
#define MEMPROF_STORE_TABLE_WRITER_H

#include "entries.h"
#include "keep.h"
#include "memprof/event.h"

/* All-zero, but for insert, has written nothing. */
struct table_writer {
	sqlite3_stmt *insert;       /* of a row of tables; borrowed */
	struct recording_keep keep; /* what chains are to be removed by */
	uint64_t chain;             /* its first id; 0: the next snapshot begins one */
	uint64_t n_chain_bytes, chain_at_us;
	struct strbuf last, code; /* the last snapshot as bytes, and the next one */
	struct entries entries;   /* of the blob that is being made */
	struct strbuf before;     /* what it refers to (entries_follow) */
	uint64_t first_entry, last_entry;
};
void table_writer_deinit(struct table_writer *t);

/* Adds a snapshot, as what changed since the one before, or all of it. SQLite's code. One that is too large for a blob
 * is left out. */
int table_writer_add(struct table_writer *t, uint64_t id, const struct event *event);
/* Inserts the blob of what was collected. SQLite's code; after a failure another chain begins. */
int table_writer_end_blob(struct table_writer *t);

#endif
