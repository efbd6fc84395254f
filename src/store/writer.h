/* How a recording is written. */
#pragma once

#include "codes.h"
#include "memprof/base/vec.h"
#include "memprof/store/recording.h"
#include "schema.h"

/* A row of sessions. */
struct session_row {
	uint64_t session; /* its number, from 1 */
	char source[256];
	char format[16];     /* "": live */
	uint64_t started_us; /* since 1970; NOT_KNOWN */
	uint64_t n_batches, n_samples, n_snapshots;
};

/* What is committed at a time, packed. */
struct batch {
	uint64_t n;                                         /* its number in the session, from 1 */
	uint64_t chain;                                     /* of the first batch that its block tables need */
	uint64_t n_before, n_snapshots, n_samples, n_marks; /* n_before: snapshots of the session before it */
	uint64_t first_us, last_us;        /* of its snapshots, since the session began; NOT_KNOWN: none has a time */
	uint64_t event_bytes, table_bytes; /* unpacked; table_bytes 0: it has no tables */
	struct strbuf events, tables;
};

/* Removes the oldest block tables. Chains of batches go as a whole, as each needs those before it. */

enum { KEEP_PARTS = 8 }; /* no chain is longer than this part of what is kept */

/* now_us: since 1970; NOT_KNOWN. chain: the batch whose chain is being written, which stays for its size. Adds to
 * *n_thinned how many snapshots had their tables there. SQLite's code. */
int keep_thin(sqlite3 *db, const struct recording_keep *keep, uint64_t now_us, uint64_t chain, uint64_t *n_thinned);

struct recording_writer {
	char *path;
	sqlite3 *db;
	sqlite3_stmt *insert;
	bool is_log;    /* the journal is a log, for several that write at a time */
	bool is_nested; /* the transaction and the connection are the caller's */
	int error;      /* the first one since the last flush, SQLite's */
	struct session_row session;
	bool is_session;          /* one is being written */
	bool is_changed;          /* its row is to be written */
	struct event_hello hello; /* the last one */
	struct board_info board;

	/* staged: the next batch, and those that are packed, for the next commit */
	struct strbuf events, tables, last; /* last: the tables of the batch before */
	struct batch next;
	VEC(struct batch, batches);
	uint64_t first_staged_us; /* by the caller's clock; NOT_KNOWN: nothing is staged, or since when is not known */

	uint64_t chain, chain_at_us; /* chain 0: the next heap begins one */
	uint64_t n_chain_bytes, n_chain_packed;
	struct recording_keep keep;
	uint64_t kept_us, at_us, n_thinned; /* at_us: of the newest sample */
};

/* Over a connection to a recording, which it closes, but where is_nested is set. NULL: out of memory. */
struct recording_writer *writer_new(sqlite3 *db, const char *path);
void writer_close(struct recording_writer *w);       /* the connection alone */
void writer_begin_again(struct recording_writer *w); /* the session, as another one */
/* As recording_event; a snapshot whose heap is NULL has figures alone. */
void writer_add(struct recording_writer *w, const struct event *event, const struct figures_code *figures);
