/* The block tables of schema 1: snapshots as bytes, each whole or as what changed since the one before, in blobs of
 * four streams: heads, how many bytes stay, how many follow, these. A blob refers to those before it in its chain. */
#pragma once

#include "memprof/base/fields.h"
#include "pack.h"
#include "schema.h"

enum v1_stream { V1_HEADS, V1_STAYS, V1_COUNTS, V1_CONTENT, N_V1_STREAMS };

/* All-zero is closed. */
struct v1_tables {
	sqlite3_stmt *s;
	struct unpacker unpacker;
	struct strbuf blob, before; /* the present one, and what it refers to */
	struct field_bytes streams[N_V1_STREAMS];
	uint64_t chain, last_blob;
	bool has_next, is_key;    /* an entry was found, and not applied yet; it is whole */
	uint64_t next_id, n;      /* n: its bytes, or its runs */
	struct strbuf code;       /* the last snapshot */
	bool has_code;            /* false behind damage, until the next whole one */
	bool is_end, is_headless; /* the first blob of the chain was removed: the others are of no use */
	uint64_t n_damaged;
};

/* For snapshots with ids from from to to. False: see schema_error. */
bool v1_tables_open(struct v1_tables *t, sqlite3 *db, uint64_t from, uint64_t to);
void v1_tables_deinit(struct v1_tables *t);
/* Goes on to a snapshot, whose id is above that of the one before: true if it is there. */
bool v1_tables_find(struct v1_tables *t, uint64_t id, struct field_bytes *ret);
