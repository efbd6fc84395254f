/* How a recording is written. */
#pragma once

#include "entries.h"
#include "memprof/base/vec.h"
#include "memprof/event.h"
#include "memprof/store/recording.h"
#include "schema.h"

/* ---- what is kept ---- */

/* Removes the oldest block tables. Chains of blobs go as a whole, as each needs those before it. */

enum { KEEP_PARTS = 8 }; /* no chain is longer than this part of what is kept */

/* now_us: since 1970; NOT_KNOWN. chain: the one that is being written, which stays for its size. Adds to *n_thinned how
 * many snapshots had their tables there. SQLite's code. */
int keep_thin(sqlite3 *db, const struct recording_keep *keep, uint64_t now_us, uint64_t chain, uint64_t *n_thinned);

/* ---- The block tables of a session: snapshots as blobs of what changed, in chains (docs/recording.md) ---- */

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

/* ---- writer.c opens and commits, writer_rows.c makes rows of events ---- */

struct pool_row {
	uint64_t pool; /* its number in the session, from 1 */
	char name[16];
	enum pool_kind kind;
	enum heap_memory memory;
	uint64_t start, size_bytes;
};

enum insert {
	INSERT_POOL,
	INSERT_SAMPLE,
	INSERT_DETAILS,
	INSERT_FIGURES,
	INSERT_EVENT,
	INSERT_CONSOLE,
	INSERT_TABLES,
	N_INSERTS
};

struct recording_writer {
	char *path;
	sqlite3 *db;
	bool is_ours; /* the file is a recording */
	sqlite3_stmt *inserts[N_INSERTS];
	int error; /* the first one since the last flush, SQLite's */
	struct recording_session session;
	bool is_live;
	uint64_t n_session, n_last;  /* the last id of it */
	struct event_hello hello;    /* the last one */
	VEC(struct pool_row, pools); /* the last ones */
	uint64_t n_all_pools;
	bool is_staged;           /* something is */
	uint64_t first_staged_us; /* by the caller's clock; NOT_KNOWN: not known yet */
	uint64_t n_staged, n_samples;
	bool board_is_new;
	struct board_info board;
	struct table_writer tables;
	uint64_t kept_us, at_us, n_thinned; /* at_us: of the newest sample */
};

/* Keeps the first error until the next flush; SQLITE_DONE is none. */
void writer_note_error(struct recording_writer *w, int code);
/* "" and NULL are NULL. */
void writer_bind_text(sqlite3_stmt *s, int i, const char *text);
void writer_insert(struct recording_writer *w, enum insert what);
uint64_t writer_next_id(struct recording_writer *w);

/* Rows of a snapshot, a sample or a pool; of any other event. As recording_event. */
void writer_add_sample(struct recording_writer *w, const struct event *event, uint64_t n_boot,
		       const struct history_figures *figures);
void writer_add_event(struct recording_writer *w, const struct event *event, uint64_t n_boot);
