/* The tables of a recording, and what every connection to one has in common. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"

/* Also for SQL. */
#define SCHEMA_SESSION_SHIFT 28
#define SCHEMA_TEXT_OF(n)    #n
#define SCHEMA_TEXT(n)       SCHEMA_TEXT_OF(n)
#define SQL_SESSION_SHIFT    SCHEMA_TEXT(SCHEMA_SESSION_SHIFT)

enum {
	SCHEMA_APPLICATION = 0x6d70726f, /* "mpro" */
	SCHEMA_VERSION = 2,
	SESSION_SHIFT = SCHEMA_SESSION_SHIFT, /* a batch's id is its session's number and one within it, from 1 */
	BATCHES_MAX = 1 << SCHEMA_SESSION_SHIFT,
	SESSIONS_MAX = 1 << 24,
};

/* ---- tables ---- */

/* Each row has a CRC-32 of its table's name and its columns, by row_crc(), a function of these connections. */
enum schema_table {
	TABLE_CONTENTS,
	TABLE_SESSIONS,
	TABLE_BATCHES,
	TABLE_TABLES,
	TABLE_MARKS,
	TABLE_FILES,
	N_SCHEMA_TABLES
};

struct table {
	const char *name, *sql; /* as sqlite_schema has it: a file whose tables differ is not read */
	const char *columns;    /* that the CRC is of, the key first */
	int n_columns;
	const char *last; /* a column more, without it; "": none */
};
extern const struct table schema_tables[N_SCHEMA_TABLES];

/* Columns of a schema_select; the parameter of a schema_insert is one more. */
enum session_column {
	SESSION_ID,
	SESSION_SOURCE,
	SESSION_FORMAT,
	SESSION_STARTED,
	SESSION_BOARD,
	SESSION_BATCHES,
	SESSION_SAMPLES,
	SESSION_SNAPSHOTS,
	SESSION_BARE
};
enum batch_column {
	BATCH_ID,
	BATCH_CHAIN,
	BATCH_BEFORE,
	BATCH_SNAPSHOTS,
	BATCH_MARKS,
	BATCH_FIRST,
	BATCH_LAST,
	BATCH_EVENT_BYTES,
	BATCH_TABLE_BYTES,
	BATCH_EVENTS,
	BATCH_TABLES = BATCH_EVENTS + 2 /* behind whether the row is as it was written */
};

/* SELECT of these columns, whether the row is as it was written, and the last one; where: "WHERE key > ?1 ...".
 * Parameters begin with ?1. NULL: see schema_error. */
sqlite3_stmt *schema_select(sqlite3 *db, enum schema_table table, const char *where);
/* INSERT of the columns as ?1 ...; of contents and sessions also in place of what is there. */
sqlite3_stmt *schema_insert(sqlite3 *db, enum schema_table table);
bool schema_is_fine(sqlite3_stmt *select, enum schema_table table);
/* Binds the columns of a row of a schema_select to a schema_insert. */
void schema_copy(sqlite3_stmt *select, sqlite3_stmt *insert, enum schema_table table);
/* Runs and resets an INSERT. SQLite's code. */
int schema_put(sqlite3_stmt *insert);

/* The tables of a batch. SQLite's code. */
int tables_put(sqlite3 *db, uint64_t batch, const void *bytes, size_t n_bytes);
/* Rows that are not as they were written, or not there. */
uint64_t schema_damaged(sqlite3 *db, enum schema_table table, uint64_t n_all);
/* A key behind all that are there. */
uint64_t schema_next(sqlite3 *db, enum schema_table table);
/* The first batches of a session without tables, which --keep removed; 0 also where its row is damaged. */
uint64_t schema_n_bare(sqlite3 *db, uint64_t session);

/* ---- how much is in it: a row that is written with each of the others ---- */

struct contents {
	uint64_t n_sessions, n_marks, n_files;
};
/* SQLite's code; SQLITE_CORRUPT: it is not as it was written. */
int contents_get(sqlite3 *db, struct contents *ret);
int contents_put(sqlite3 *db, const struct contents *contents);

/* ---- connections ---- */

/* A connection with bounds for files that anybody may have made. 0, or negative with diag. */
int schema_connect(const char *path, int flags, sqlite3 **ret, struct diag *diag);
/* Whether a writer did not close it, and SQLite's log is not beside it: what was committed last may be missing. */
bool schema_is_left(const char *path);
/* A recording of its own that is nowhere: in memory, or in a file that goes with it. The same. */
int schema_temporary(sqlite3 **ret, struct diag *diag);
/* From here on, statements end with SQLITE_INTERRUPT after so many steps as no sound file of this size needs: pages of
 * a damaged one may refer to each other in circles. *n_steps is used until the connection is closed, or NULL ends it.
 */
void schema_limit(sqlite3 *db, uint64_t *n_steps);
uint64_t schema_file_bytes(sqlite3 *db); /* with pages that are only in its log; 0: not known */
int schema_make(sqlite3 *db);            /* makes those of an empty file; SQLite's code */
/* 0; -EINVAL: no recording, a newer one, or its tables are not those of its version. *ret_version: 1 or 2. */
int schema_check(sqlite3 *db, const char *path, int *ret_version, struct diag *diag);
/* The same, for a recording that is added to: -EINVAL also for schema 1. */
int schema_check_writable(sqlite3 *db, const char *path, struct diag *diag);
/* Whether a newer memprof made it: with a newer version and other tables. With the same ones its version is damaged. */
bool schema_is_newer(sqlite3 *db);
/* Whether its tables are these, or those of schema 1, whatever its version is. */
bool schema_is_here(sqlite3 *db);
bool schema_is_old(sqlite3 *db);

/* Whether SQLite finds nothing: pages that are used twice, keys out of order. */
bool schema_is_sound(sqlite3 *db);

/* What went wrong last, as a diag; returns -ENOSPC, -EBADMSG, -EBUSY, -EFBIG, -ENOMEM or -EIO. */
int schema_error(sqlite3 *db, const char *path, struct diag *diag);
int schema_failed(sqlite3 *db, int code, const char *path, struct diag *diag); /* the same of this code */

/* A transaction that reaches the disk also where no writer has the file open, with a journal instead of a log: FULL
 * would leave out the folder that the journal is removed from (sqlite.org/pragma.html#pragma_synchronous). */
#define SQL_BEGIN_ALONE "PRAGMA synchronous = EXTRA; BEGIN IMMEDIATE"

/* Runs statements without results: SQLite's code. */
int schema_run(sqlite3 *db, const char *sql);
sqlite3_stmt *schema_prepare(sqlite3 *db, const char *sql); /* NULL: see schema_error */
/* The first column of the first row; 0: there is none. SQLite's code. */
int schema_number(sqlite3 *db, const char *sql, int64_t *ret);

/* The texts of the rows that a statement gives, for a message: "'boot', 'login' ..."; nothing for NULL. */
enum { SCHEMA_NAMES_MAX = 8, SCHEMA_NAME_BYTES = 40 };
void schema_list(sqlite3_stmt *s, struct strbuf *out);

/* NOT_KNOWN is NULL. */
void schema_bind(sqlite3_stmt *s, int i, uint64_t value);
uint64_t schema_u64(sqlite3_stmt *s, int i);
/* Text where it is UTF-8, so that people can read it, else a blob; NULL bytes: NULL. */
void schema_bind_bytes(sqlite3_stmt *s, int i, const char *bytes, size_t n_bytes);
