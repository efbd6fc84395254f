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
#define SCHEMA_POOL_SHIFT    5
#define SCHEMA_SESSIONS_MAX  16777216
#define SCHEMA_TEXT_OF(n)    #n
#define SCHEMA_TEXT(n)       SCHEMA_TEXT_OF(n)
#define SQL_SESSION_SHIFT    SCHEMA_TEXT(SCHEMA_SESSION_SHIFT)
#define SQL_POOL_SHIFT       SCHEMA_TEXT(SCHEMA_POOL_SHIFT)
#define SQL_SESSIONS_MAX     SCHEMA_TEXT(SCHEMA_SESSIONS_MAX)

enum {
	SCHEMA_APPLICATION = 0x6d70726f, /* "mpro" */
	SCHEMA_VERSION = 1,
	ID_SESSION_SHIFT = SCHEMA_SESSION_SHIFT, /* an id is a session's number and a number within it */
	ID_POOL_SHIFT = SCHEMA_POOL_SHIFT,       /* a figure's id is its sample's and a number within it */
	SESSIONS_MAX = SCHEMA_SESSIONS_MAX,
	PAGE_BYTES = 16384,
};

/* A connection with bounds for files that anybody may have made. 0, or negative with diag. */
int schema_connect(const char *path, int flags, sqlite3 **ret, struct diag *diag);
/* From here on, statements end with SQLITE_INTERRUPT after so many steps as no sound file of this size needs: pages of
 * a damaged one may refer to each other in circles. *n_steps is used until the connection is closed. */
void schema_limit(sqlite3 *db, uint64_t *n_steps);
uint64_t schema_file_bytes(sqlite3 *db); /* with pages that are only in its log; 0: not known */
/* Makes the tables of an empty file; what is there already is checked. */
int schema_make(sqlite3 *db, const char *path, struct diag *diag);
/* 0; -EINVAL: no recording, a newer one, or its tables are not those of this header. */
int schema_check(sqlite3 *db, const char *path, struct diag *diag);
/* Whether a newer memprof made it: with a newer version and other tables. With the same ones its version is damaged. */
bool schema_is_newer(sqlite3 *db);

/* What went wrong last, as a diag; returns -ENOSPC, -EBADMSG, -EBUSY, -EFBIG, -ENOMEM or -EIO. */
int schema_error(sqlite3 *db, const char *path, struct diag *diag);
int schema_failed(sqlite3 *db, int code, const char *path, struct diag *diag); /* the same of this code */

/* Kinds of samples, in sample_details; a snapshot has NULL. */
enum { SAMPLE_FIGURES = 1, SAMPLE_POOL = 2 };

/* A transaction that reaches the disk also where no writer has the file open, with a journal instead of a log: FULL
 * would leave out the folder that the journal is removed from (sqlite.org/pragma.html#pragma_synchronous). */
#define SQL_BEGIN_ALONE "PRAGMA synchronous = EXTRA; BEGIN IMMEDIATE"

/* Runs statements without results: SQLite's code. */
int schema_run(sqlite3 *db, const char *sql);
sqlite3_stmt *schema_prepare(sqlite3 *db, const char *sql); /* NULL: see schema_error */

/* The texts of the rows that a statement gives, for a message: "'boot', 'login' ..."; nothing for NULL. */
enum { SCHEMA_NAMES_MAX = 8, SCHEMA_NAME_BYTES = 40 };
void schema_list(sqlite3_stmt *s, struct strbuf *out);

/* NOT_KNOWN is NULL. */
void schema_bind(sqlite3_stmt *s, int i, uint64_t value);
uint64_t schema_u64(sqlite3_stmt *s, int i);
/* Text where it is UTF-8, so that people can read it, else a blob; NULL bytes: NULL. */
void schema_bind_bytes(sqlite3_stmt *s, int i, const char *bytes, size_t n_bytes);

/* Names of the tables that hold rows of sessions, in the order in which they are written; NULL at the end. */
extern const char *const schema_staged[];
const char *schema_table(const char *name); /* its CREATE TABLE; NULL: no such table */
