/* Saves what can be read of a damaged recording. Rows of a table are copied from both ends of a range of ids to the
 * first that cannot be read. What lies between is divided, first close to its beginning, then twice as far and so on:
 * the end of the damage is found in few steps however large the range is. */
#define _DEFAULT_SOURCE /* unlink */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "memprof/base/number.h"
#include "memprof/base/vec.h"
#include "memprof/store/recording.h"
#include "schema.h"

enum {
	FAILURES_MAX = 1 << 16,        /* of a table */
	BARREN_MAX = 1 << 13,          /* after the last row that was found: ids of damaged pages, or none is left */
	RANGES_MAX = FAILURES_MAX + 1, /* each failure adds one */
};

struct salvage {
	sqlite3 *from, *to;
	uint64_t n_saved, n_lost, n_steps;
	int error; /* of the file that is written */
};

/* A table, its key, and how many columns it has. */
static const struct salvaged {
	const char *name, *key;
	int n_columns;
	bool is_pairs; /* several rows have a key */
	bool has_chains;
} tables[] = {
	{ "sessions", "session", 7 }, { "pools", "session", 7, .is_pairs = true },
	{ "samples", "id", 7 },       { "sample_details", "id", 7 },
	{ "figures", "id", 7 },       { "events", "id", 12 },
	{ "console", "id", 3 },       { "tables", "id", 5, .has_chains = true },
	{ "marks", "mark", 3 },       { "files", "file", 4 },
};

struct range {
	uint64_t from, to; /* both are of it */
	uint64_t step;     /* where it is divided, from its beginning */
};

/* A table that is copied. */
struct copying {
	const struct salvaged *table;
	sqlite3_stmt *up, *down, *insert;
	struct range *ranges; /* a ring of RANGES_MAX */
	size_t i_first, n_ranges;
	uint64_t n_failures, n_barren;
	VEC(struct range, lost);
};

/* A pair of keys that was read from the other end before. */
static bool is_again(const struct copying *c, int code)
{
	return c->table->is_pairs && code == SQLITE_CONSTRAINT_PRIMARYKEY;
}

/* False: the file that is written fails. A row that the table does not take is lost. */
static bool write_row(struct salvage *s, struct copying *c, sqlite3_stmt *row)
{
	for (int i = 0; i < c->table->n_columns; i++)
		sqlite3_bind_value(c->insert, i + 1, sqlite3_column_value(row, i));
	int code = sqlite3_step(c->insert);
	sqlite3_reset(c->insert);
	if (code != SQLITE_DONE && (code & 0xff) != SQLITE_CONSTRAINT && (code & 0xff) != SQLITE_MISMATCH)
		s->error = code;
	else if (code != SQLITE_DONE && !is_again(c, code))
		s->n_lost++;
	if (code == SQLITE_DONE) {
		s->n_saved++;
		c->n_barren = 0;
	}
	return s->error == SQLITE_OK;
}

/* Copies rows upwards, or downwards, and takes their ids off the range. True: to its end. */
static bool copy_rows(struct salvage *s, struct copying *c, bool is_up, struct range *range)
{
	sqlite3_stmt *select = is_up ? c->up : c->down;
	int code;

	sqlite3_reset(select);
	schema_bind(select, 1, range->from);
	schema_bind(select, 2, range->to);
	while ((code = sqlite3_step(select)) == SQLITE_ROW) {
		uint64_t id = schema_u64(select, 0);
		/* SQLite does not compare the keys of pages: these may refer to each other in circles */
		if (id < range->from || id > range->to || !write_row(s, c, select))
			break;
		if (c->table->is_pairs) /* more rows of this id may follow */
			*(is_up ? &range->from : &range->to) = id;
		else if (range->from == range->to || id == 0)
			break;
		else if (is_up)
			range->from = id + 1;
		else
			range->to = id - 1;
	}
	bool is_end = code == SQLITE_DONE || (code == SQLITE_ROW && range->from == range->to);
	sqlite3_reset(select);
	return is_end;
}

static void add_range(struct copying *c, uint64_t from, uint64_t to, uint64_t step)
{
	if (from <= to && c->n_ranges < RANGES_MAX)
		c->ranges[(c->i_first + c->n_ranges++) % RANGES_MAX] = (struct range){ from, to, step };
}

static void divide(struct copying *c, const struct range *range)
{
	uint64_t middle = range->from + MIN(range->step, range->to - range->from) - 1;

	add_range(c, range->from, middle, 1);
	add_range(c, middle + 1, range->to, 2 * range->step);
}

static void copy_ranges(struct salvage *s, struct copying *c)
{
	add_range(c, 0, INT64_MAX, 1);
	for (; c->n_ranges > 0 && s->error == SQLITE_OK; c->n_ranges--, c->i_first = (c->i_first + 1) % RANGES_MAX) {
		struct range range = c->ranges[c->i_first];
		bool is_tried = c->n_failures < FAILURES_MAX && c->n_barren < BARREN_MAX;
		if (is_tried &&
		    (copy_rows(s, c, true, &range) || s->error != SQLITE_OK || copy_rows(s, c, false, &range)))
			continue;
		c->n_failures++;
		c->n_barren++;
		if (is_tried && range.from < range.to)
			divide(c, &range);
		else if (vec_push(c, lost, range) < 0)
			s->error = SQLITE_NOMEM;
	}
}

static int by_from(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* Blobs of a chain are of no use without those before them, and must not follow others. */
static void drop_followers(struct salvage *s, const struct range *lost)
{
	sqlite3_stmt *d = schema_prepare(s->to, "DELETE FROM tables WHERE id > ?1 AND chain <= ?2 RETURNING 1");

	schema_bind(d, 1, lost->from);
	schema_bind(d, 2, lost->to);
	while (d && sqlite3_step(d) == SQLITE_ROW) {
		s->n_saved--;
		s->n_lost++;
	}
	int code = d ? sqlite3_finalize(d) : sqlite3_errcode(s->to);
	s->error = s->error == SQLITE_OK ? code : s->error;
}

/* How many rows there were cannot be seen: an unbroken range of ids counts as one. */
static void count_lost(struct salvage *s, struct copying *c)
{
	if (c->n_lost > 0)
		qsort(c->lost, c->n_lost, sizeof(*c->lost), by_from);
	for (size_t i = 0, end; i < c->n_lost; i = end) {
		struct range range = c->lost[i];
		for (end = i + 1; end < c->n_lost && c->lost[end].from == range.to + 1; end++)
			range.to = c->lost[end].to;
		s->n_lost++;
		if (c->table->has_chains)
			drop_followers(s, &range);
	}
}

static sqlite3_stmt *prepare_insert(sqlite3 *db, const struct salvaged *table)
{
	char sql[160];
	int n = snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES(?1", table->name);

	for (int i = 2; i <= table->n_columns && n < (int)sizeof(sql); i++)
		n += snprintf(sql + n, sizeof(sql) - (size_t)n, ", ?%d", i);
	snprintf(sql + n, sizeof(sql) - (size_t)n, ")");
	return schema_prepare(db, sql);
}

static sqlite3_stmt *prepare_select(sqlite3 *db, const struct salvaged *table, const char *order)
{
	char sql[160];

	snprintf(sql, sizeof(sql), "SELECT * FROM %s WHERE %s BETWEEN ?1 AND ?2 ORDER BY %s %s", table->name,
		 table->key, table->key, order);
	return schema_prepare(db, sql);
}

/* Rows with keys that no recording has: of another type, or negative. */
static void count_others(struct salvage *s, const struct salvaged *table)
{
	char sql[160];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE %s < 0 OR %s > 9223372036854775807", table->name,
		 table->key, table->key);
	sqlite3_stmt *select = schema_prepare(s->from, sql);
	if (select && sqlite3_step(select) == SQLITE_ROW)
		s->n_lost += (uint64_t)sqlite3_column_int64(select, 0);
	sqlite3_finalize(select);
}

static void copy_table(struct salvage *s, const struct salvaged *table)
{
	struct copying c = { .table = table, .ranges = calloc(RANGES_MAX, sizeof(struct range)) };

	schema_limit(s->from, &s->n_steps);
	c.insert = prepare_insert(s->to, table);
	c.up = prepare_select(s->from, table, "ASC");
	c.down = prepare_select(s->from, table, "DESC");
	if (!c.ranges || !c.insert)
		s->error = c.ranges ? sqlite3_errcode(s->to) : SQLITE_NOMEM;
	else if (c.up && c.down)
		copy_ranges(s, &c);
	else
		s->n_lost++;
	count_lost(s, &c);
	count_others(s, table);
	vec_deinit(&c, lost);
	sqlite3_finalize(c.insert);
	sqlite3_finalize(c.up);
	sqlite3_finalize(c.down);
	free(c.ranges);
}

static int copy_all(struct salvage *s, const char *to, struct diag *diag)
{
	int r = schema_make(s->to, to, diag);

	if (r < 0)
		return r;
	s->error = schema_run(s->to, SQL_BEGIN_ALONE);
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

	if (r == 0 && schema_is_newer(s.from))
		r = schema_check(s.from, path, diag);
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
