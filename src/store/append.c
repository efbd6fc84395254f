/* Adds all of one recording to another: rows are the same, but for the numbers of sessions and marks, which go on
 * behind those that are there. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "memprof/base/number.h"
#include "memprof/store/recording.h"
#include "schema.h"

/* A table, and how far each of its columns is moved. */
enum { N_COLUMNS_MAX = 12 };
enum move { STAYS, BY_SESSION, BY_ID, BY_FIGURE, BY_MARK, BY_FILE };
static const struct appended {
	const char *name;
	int n_columns;
	enum move moves[N_COLUMNS_MAX];
} tables[] = {
	{ "sessions", 7, { BY_SESSION } },    { "pools", 7, { BY_SESSION } },           { "samples", 7, { BY_ID } },
	{ "sample_details", 7, { BY_ID } },   { "figures", 7, { BY_FIGURE } },          { "events", 12, { BY_ID } },
	{ "console", 3, { BY_ID } },          { "tables", 5, { BY_ID, BY_ID, BY_ID } }, { "marks", 3, { BY_MARK } },
	{ "files", 4, { BY_FILE, BY_MARK } },
};

struct appending {
	sqlite3 *from, *to;
	const char *from_path, *to_path;
	uint64_t by[BY_FILE + 1];
};

static int64_t number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = schema_prepare(db, sql);
	int64_t n = s && sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;

	sqlite3_finalize(s);
	return n;
}

static void find_moves(struct appending *a)
{
	uint64_t session = (uint64_t)number(a->to, "SELECT max(session) FROM sessions");

	a->by[BY_SESSION] = session;
	a->by[BY_ID] = session << ID_SESSION_SHIFT;
	a->by[BY_FIGURE] = a->by[BY_ID] << ID_POOL_SHIFT;
	a->by[BY_MARK] = (uint64_t)number(a->to, "SELECT max(mark) FROM marks");
	a->by[BY_FILE] = (uint64_t)number(a->to, "SELECT max(file) FROM files");
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

static void write_statements(const struct appended *table, char select[64], char insert[96])
{
	int n = snprintf(insert, 96, "INSERT INTO %s VALUES(?1", table->name);

	snprintf(select, 64, "SELECT * FROM %s", table->name);
	for (int i = 1; i < table->n_columns; i++)
		n += snprintf(insert + n, 96 - (size_t)n, ", ?%d", i + 1);
	snprintf(insert + n, 96 - (size_t)n, ")");
}

static int append_table(struct appending *a, const struct appended *table, struct diag *diag)
{
	char sql_select[64], sql_insert[96];
	int read = SQLITE_ERROR, written = SQLITE_DONE;

	write_statements(table, sql_select, sql_insert);
	sqlite3_stmt *select = schema_prepare(a->from, sql_select), *insert = schema_prepare(a->to, sql_insert);
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
	int error = schema_run(a->to, "PRAGMA synchronous = FULL; BEGIN IMMEDIATE") == SQLITE_OK ?
			    0 :
			    schema_error(a->to, a->to_path, diag);

	find_moves(a);
	for (size_t i = 0; error == 0 && i < ARRAY_SIZE(tables); i++)
		error = append_table(a, &tables[i], diag);
	if (error == 0 && (uint64_t)number(a->to, "SELECT max(session) FROM sessions") >= SESSIONS_MAX)
		error = diag_at(diag, (struct place){ .file = a->to_path }, -EFBIG, "it has too many sessions");
	if (error == 0 && schema_run(a->to, "COMMIT") != SQLITE_OK)
		error = schema_error(a->to, a->to_path, diag);
	return error;
}

int recording_append(const char *path, const char *from, struct diag *diag)
{
	struct appending a = { .from_path = from, .to_path = path };
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
