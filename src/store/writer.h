/* What the files that write a recording share: writer.c opens and commits, writer_rows.c makes rows of events. */
#ifndef MEMPROF_STORE_WRITER_H
#define MEMPROF_STORE_WRITER_H

#include "memprof/base/vec.h"
#include "memprof/store/recording.h"
#include "schema.h"
#include "table_writer.h"

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

#endif
