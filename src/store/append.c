/* Adds a recording, or a board of it, to another one: rows are the same, but for the numbers of sessions and marks,
 * which go on behind those that are there. Rows of no session are left behind: they would be of the next one there. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "memprof/base/number.h"
#include "memprof/store/recording.h"
#include "schema.h"

/* ?1: the board, NULL: all of them. */
#define BOARD                                                                         \
	"(SELECT session FROM sessions WHERE session BETWEEN 1 AND " SQL_SESSIONS_MAX \
	" AND source = ifnull(?1, source))"
#define OF_BOARD    "WHERE id >> " SQL_SESSION_SHIFT " IN " BOARD
#define OF_CHAIN    " AND chain >> " SQL_SESSION_SHIFT " = id >> " SQL_SESSION_SHIFT
#define OF_FIGURES  "WHERE id >> " SQL_SESSION_SHIFT " + " SQL_POOL_SHIFT " IN " BOARD
#define OF_SESSIONS "WHERE session IN " BOARD
/* Not a mark that is there already, as those that were added with another board. */
#define IS_NEW   "WHERE NOT EXISTS (SELECT 1 FROM temp.known WHERE at_us = ?2 AND text = ?3)"
#define HAS_MARK "WHERE EXISTS (SELECT 1 FROM marks WHERE mark = ?2)"

/* A table, which of its rows are read and which of them written, and how far each column is moved. */
enum { N_COLUMNS_MAX = 12, SELECT_BYTES = 256, INSERT_BYTES = 192 };
enum move { STAYS, BY_SESSION, BY_ID, BY_FIGURE, BY_MARK, BY_FILE };
static const struct appended {
	const char *name, *read, *written;
	int n_columns;
	enum move moves[N_COLUMNS_MAX];
} tables[] = {
	{ "sessions", OF_SESSIONS, "", 7, { BY_SESSION } },
	{ "pools", OF_SESSIONS, "", 7, { BY_SESSION } },
	{ "samples", OF_BOARD, "", 7, { BY_ID } },
	{ "sample_details", OF_BOARD, "", 7, { BY_ID } },
	{ "figures", OF_FIGURES, "", 7, { BY_FIGURE } },
	{ "events", OF_BOARD, "", 12, { BY_ID } },
	{ "console", OF_BOARD, "", 3, { BY_ID } },
	{ "tables", OF_BOARD OF_CHAIN, "", 5, { BY_ID, BY_ID, BY_ID } },
	{ "marks", "WHERE mark > 0", IS_NEW, 3, { BY_MARK } },
	{ "files", "WHERE file > 0 AND mark > 0", HAS_MARK, 4, { BY_FILE, BY_MARK } },
};

struct appending {
	sqlite3 *from, *to;
	const char *from_path, *to_path, *board;
	uint64_t by[BY_FILE + 1];
};

static uint64_t number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = schema_prepare(db, sql);
	int64_t n = s && sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;

	sqlite3_finalize(s);
	return (uint64_t)n;
}

static void find_moves(struct appending *a)
{
	uint64_t session = number(a->to, "SELECT max(session) FROM sessions");

	a->by[BY_SESSION] = session;
	a->by[BY_ID] = session << ID_SESSION_SHIFT;
	a->by[BY_FIGURE] = a->by[BY_ID] << ID_POOL_SHIFT;
	a->by[BY_MARK] = number(a->to, "SELECT max(mark) FROM marks");
	a->by[BY_FILE] = number(a->to, "SELECT max(file) FROM files");
}

static void bind_row(const struct appending *a, const struct appended *table, sqlite3_stmt *row, sqlite3_stmt *insert)
{
	for (int i = 0; i < table->n_columns; i++) {
		if (table->moves[i] == STAYS)
			sqlite3_bind_value(insert, i + 1, sqlite3_column_value(row, i));
		else
			sqlite3_bind_int64(insert, i + 1,
					   (int64_t)((uint64_t)sqlite3_column_int64(row, i) + a->by[table->moves[i]]));
	}
}

static void write_statements(const struct appended *table, char select[SELECT_BYTES], char insert[INSERT_BYTES])
{
	int n = snprintf(insert, INSERT_BYTES, "INSERT INTO %s SELECT ?1", table->name);

	snprintf(select, SELECT_BYTES, "SELECT * FROM %s %s", table->name, table->read);
	for (int i = 1; i < table->n_columns; i++)
		n += snprintf(insert + n, INSERT_BYTES - (size_t)n, ", ?%d", i + 1);
	snprintf(insert + n, INSERT_BYTES - (size_t)n, " %s", table->written);
}

static int append_table(struct appending *a, const struct appended *table, struct diag *diag)
{
	char sql_select[SELECT_BYTES], sql_insert[INSERT_BYTES];
	int read = SQLITE_ERROR, written = SQLITE_DONE;

	write_statements(table, sql_select, sql_insert);
	sqlite3_stmt *select = schema_prepare(a->from, sql_select), *insert = schema_prepare(a->to, sql_insert);
	if (select && a->board)
		sqlite3_bind_text(select, 1, a->board, -1, SQLITE_STATIC);
	while (select && insert && written == SQLITE_DONE && (read = sqlite3_step(select)) == SQLITE_ROW) {
		bind_row(a, table, select, insert);
		written = sqlite3_step(insert);
		sqlite3_reset(insert);
	}
	sqlite3_finalize(select);
	sqlite3_finalize(insert);
	if (written != SQLITE_DONE || !insert)
		return schema_failed(a->to, insert ? written : sqlite3_errcode(a->to), a->to_path, diag);
	return read == SQLITE_DONE ? 0 : schema_failed(a->from, read, a->from_path, diag);
}

static int append_all(struct appending *a, struct diag *diag)
{
	int error = 0;

	if (schema_run(a->from, "BEGIN") != SQLITE_OK) /* it may be added to meanwhile */
		return schema_error(a->from, a->from_path, diag);
	if (schema_run(a->to, "PRAGMA temp_store = MEMORY; " SQL_BEGIN_ALONE ";"
			      " CREATE TEMP TABLE known AS SELECT at_us, text FROM marks;"
			      " CREATE INDEX temp.known_at ON known(at_us)") != SQLITE_OK)
		error = schema_error(a->to, a->to_path, diag);
	find_moves(a);
	for (size_t i = 0; error == 0 && i < ARRAY_SIZE(tables); i++)
		error = append_table(a, &tables[i], diag);
	uint64_t n = number(a->to, "SELECT max(session) FROM sessions");
	if (error == 0 && a->board && n == a->by[BY_SESSION])
		error = diag_at(diag, (struct place){ .file = a->from_path }, -EINVAL, "it has no such board");
	if (error == 0 && n >= SESSIONS_MAX)
		error = diag_at(diag, (struct place){ .file = a->to_path }, -EFBIG, "it has too many sessions");
	if (error == 0 && schema_run(a->to, "COMMIT") != SQLITE_OK)
		error = schema_error(a->to, a->to_path, diag);
	return error;
}

int recording_append(const char *path, const char *from, const char *board, struct diag *diag)
{
	struct appending a = { .from_path = from, .to_path = path, .board = board };
	uint64_t n_steps;
	int error = schema_connect(from, SQLITE_OPEN_READONLY, &a.from, diag);

	if (error == 0)
		schema_limit(a.from, &n_steps);
	if (error == 0)
		error = schema_check(a.from, from, diag);
	if (error == 0)
		error = schema_connect(path, SQLITE_OPEN_READWRITE, &a.to, diag);
	if (error == 0)
		error = schema_check(a.to, path, diag);
	if (error == 0)
		error = append_all(&a, diag);
	sqlite3_close(a.from);
	sqlite3_close(a.to);
	return error;
}
