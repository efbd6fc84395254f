/* Saves what can be read of a damaged recording: rows are copied by ranges of their ids, and a range that cannot be
 * read is halved until only the damaged rows are left out. */
#define _DEFAULT_SOURCE /* unlink */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/store/recording.h"
#include "schema.h"

enum { FAILURES_MAX = 1 << 20, RANGES_MAX = 128 };

struct salvage {
	sqlite3 *from, *to;
	uint64_t n_saved, n_lost, n_failures;
	int error; /* of the file that is written */
};

/* A table, its key, and how many columns it has. */
static const struct salvaged {
	const char *name, *key;
	int n_columns;
} tables[] = {
	{ "sessions", "session", 7 }, { "pools", "session", 7 }, { "samples", "id", 7 }, { "sample_details", "id", 7 },
	{ "figures", "id", 7 },       { "events", "id", 12 },    { "console", "id", 3 }, { "tables", "id", 5 },
	{ "marks", "mark", 3 },       { "files", "file", 4 },
};

struct range {
	uint64_t from, to; /* both are of it */
};

static bool write_row(struct salvage *s, sqlite3_stmt *row, sqlite3_stmt *insert, int n_columns)
{
	for (int i = 0; i < n_columns; i++)
		sqlite3_bind_value(insert, i + 1, sqlite3_column_value(row, i));
	int code = sqlite3_step(insert);
	sqlite3_reset(insert);
	if (code != SQLITE_DONE && (code & 0xff) != SQLITE_CONSTRAINT)
		s->error = code;
	s->n_saved += code == SQLITE_DONE;
	return s->error == SQLITE_OK;
}

/* Copies a range. False: it cannot be read to its end; rows before the damage were copied. */
static bool copy_range(struct salvage *s, const struct salvaged *table, sqlite3_stmt *select, sqlite3_stmt *insert,
		       const struct range *range)
{
	int code;

	sqlite3_reset(select);
	schema_bind(select, 1, range->from);
	schema_bind(select, 2, range->to);
	while ((code = sqlite3_step(select)) == SQLITE_ROW)
		if (!write_row(s, select, insert, table->n_columns))
			return true;
	return code == SQLITE_DONE;
}

/* Depth first, by a stack: each half is at most as large as what is left of the ids. */
static void copy_ranges(struct salvage *s, const struct salvaged *table, sqlite3_stmt *select, sqlite3_stmt *insert,
			uint64_t last)
{
	struct range stack[RANGES_MAX] = { { 0, last } };
	size_t n = 1;

	while (n > 0 && s->error == SQLITE_OK && s->n_failures < FAILURES_MAX) {
		struct range range = stack[--n];
		if (copy_range(s, table, select, insert, &range))
			continue;
		s->n_failures++;
		if (range.from == range.to) {
			s->n_lost++;
			continue;
		}
		uint64_t middle = range.from + (range.to - range.from) / 2;
		stack[n++] = (struct range){ middle + 1, range.to };
		stack[n++] = (struct range){ range.from, middle };
	}
}

/* The largest key that can be found: where the way to the end is damaged, that of what references it. */
static uint64_t last_key(sqlite3 *db, const struct salvaged *table)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT max(%s) FROM %s", table->key, table->name);
	sqlite3_stmt *s = schema_prepare(db, sql);
	uint64_t last = s && sqlite3_step(s) == SQLITE_ROW ? schema_u64(s, 0) : NOT_KNOWN;
	bool damaged = !s || last == NOT_KNOWN;
	sqlite3_finalize(s);
	return damaged ? (UINT64_C(64) << ID_SESSION_SHIFT) : last;
}

static void copy_table(struct salvage *s, const struct salvaged *table)
{
	char sql[160] = "";
	int n = snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES(?1", table->name);

	for (int i = 2; i <= table->n_columns && n < (int)sizeof(sql); i++)
		n += snprintf(sql + n, sizeof(sql) - (size_t)n, ", ?%d", i);
	snprintf(sql + n, sizeof(sql) - (size_t)n, ")");
	sqlite3_stmt *insert = schema_prepare(s->to, sql);
	snprintf(sql, sizeof(sql), "SELECT * FROM %s WHERE %s BETWEEN ?1 AND ?2", table->name, table->key);
	sqlite3_stmt *select = schema_prepare(s->from, sql);
	if (!insert)
		s->error = sqlite3_errcode(s->to);
	else if (select)
		copy_ranges(s, table, select, insert, last_key(s->from, table));
	else
		s->n_lost++;
	sqlite3_finalize(insert);
	sqlite3_finalize(select);
}

static int copy_all(struct salvage *s, const char *to, struct diag *diag)
{
	int r = schema_make(s->to, to, diag);

	if (r < 0)
		return r;
	s->error = schema_run(s->to, "PRAGMA synchronous = FULL; BEGIN IMMEDIATE");
	for (size_t i = 0; s->error == SQLITE_OK && i < ARRAY_SIZE(tables); i++)
		copy_table(s, &tables[i]);
	if (s->error == SQLITE_OK)
		s->error = schema_run(s->to, "COMMIT");
	return s->error == SQLITE_OK ? 0 : schema_failed(s->to, s->error, to, diag);
}

int recording_recover(const char *path, const char *to, uint64_t *ret_n_saved, uint64_t *ret_n_lost, struct diag *diag)
{
	struct salvage s = { .error = SQLITE_OK };
	int r = schema_connect(path, SQLITE_OPEN_READONLY, &s.from, diag);

	if (r == 0) {
		/* So SQLite reads a file that is shorter than its header has it. */
		sqlite3_db_config(s.from, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
		schema_run(s.from, "PRAGMA writable_schema = ON");
		r = schema_connect(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &s.to, diag);
	}
	if (r == 0)
		r = copy_all(&s, to, diag);
	if (r == 0 && s.n_saved == 0)
		r = diag_at(diag, (struct place){ .file = path }, -EBADMSG, "nothing of it can be read as a recording");
	sqlite3_close(s.from);
	sqlite3_close(s.to);
	*ret_n_saved = s.n_saved;
	*ret_n_lost = s.n_lost;
	return r;
}
