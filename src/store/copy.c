/* Copies a recording, or a board of it, into another one: to add it there, or to save what can be read of a damaged
 * one. Sessions, batches, marks and files have numbers without a gap, so each is looked for by its number: damage to
 * one is none to those behind it. What is copied gets numbers behind those that are there, without a gap. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "reader.h"
#include "v1.h"

/* How far to look where it is not known how many there were. */
enum { NUMBERS_MAX = 4096, MISSED_MAX = 64 };

struct copying {
	sqlite3 *from, *to;
	const char *board;          /* this alone; NULL: all */
	struct contents there, out; /* of from, and of to */
	bool is_known;              /* there is */
	uint64_t first_mark;        /* of those that are copied */
	struct recording_sum *sum;
	int error; /* of to, SQLite's */
};

static uint64_t last_number(sqlite3 *db, const char *sql)
{
	int64_t n;

	return schema_number(db, sql, &n) == SQLITE_OK && n > 0 ? (uint64_t)n : 0;
}

/* ---- sessions ---- */

/* True: as it was written. */
static bool find_session(struct copying *c, uint64_t n, struct session_row *ret, sqlite3_stmt *row)
{
	sqlite3_reset(row);
	schema_bind(row, 1, n);
	bool is_row = sqlite3_step(row) == SQLITE_ROW, is_fine = is_row && schema_is_fine(row, TABLE_SESSIONS);
	const char *name = is_row ? (const char *)sqlite3_column_text(row, SESSION_SOURCE) : NULL;

	*ret = (struct session_row){ .session = n,
				     .started_us = is_fine ? schema_u64(row, SESSION_STARTED) : NOT_KNOWN };
	snprintf(ret->source, sizeof(ret->source), "board-%" PRIu64, n);
	if (name && (is_fine || text_is_visible(name, strlen(name))))
		text_copy(ret->source, sizeof(ret->source), name, strlen(name));
	uint64_t last = is_fine ? schema_u64(row, SESSION_BATCHES) : last_batch(c->from, n);
	ret->n_batches = is_fine ? MIN(last, (uint64_t)BATCHES_MAX - 1) : MAX(last, (uint64_t)NUMBERS_MAX);
	ret->n_samples = is_fine ? schema_u64(row, SESSION_SAMPLES) : 0;
	return is_fine;
}

/* Samples among the events of a batch; NOT_KNOWN: they are no events. */
static uint64_t count_samples(const struct batch_reader *b)
{
	struct field_bytes in = { (const uint8_t *)strbuf_text(&b->events), b->events.n_bytes };
	struct event_code code;
	uint64_t n = 0;

	while (in.n_bytes > 0) {
		if (event_code_get(&in, &code) < 0)
			return NOT_KNOWN;
		n += event_code_is_sample(&code);
	}
	return n;
}

/* Copies the present batch behind those that are there. */
static void copy_batch(struct copying *c, struct batch_reader *b, sqlite3_stmt *insert, struct session_row *out,
		       uint64_t *chain)
{
	bool has_tables = batch_reader_tables(b);
	uint64_t n = out->n_batches + 1, first = out->session << SESSION_SHIFT;

	schema_copy(b->s, insert, TABLE_BATCHES);
	if (b->n_last != b->n || b->chain == b->n) /* it needs none of those before it, or cannot have them */
		*chain = n;
	schema_bind(insert, BATCH_ID + 1, first + n);
	schema_bind(insert, BATCH_CHAIN + 1, first + *chain);
	schema_bind(insert, BATCH_BEFORE + 1, out->n_snapshots);
	if (!has_tables)
		schema_bind(insert, BATCH_TABLE_BYTES + 1, 0);
	c->error = schema_put(insert);
	if (c->error == SQLITE_OK && has_tables)
		c->error = tables_put(c->to, first + n, sqlite3_column_blob(b->s, BATCH_TABLES),
				      (size_t)sqlite3_column_bytes(b->s, BATCH_TABLES));
	out->n_batches = n;
	out->n_snapshots += b->n_snapshots;
}

static void copy_batches(struct copying *c, const struct session_row *session, struct session_row *out, bool is_fine)
{
	sqlite3_stmt *insert = schema_insert(c->to, TABLE_BATCHES);
	struct recording_damage *damage = &c->sum->damage;
	struct batch_reader b;
	uint64_t chain = 0;

	c->error = insert ? SQLITE_OK : SQLITE_NOMEM;
	if (!batch_reader_open(&b, c->from, session))
		damage->n_batches += is_fine ? session->n_batches : 1;
	for (uint64_t n = 1; b.s && n <= session->n_batches && c->error == SQLITE_OK && b.error != SQLITE_INTERRUPT;
	     n++) {
		uint64_t n_samples = batch_reader_find(&b, n) ? count_samples(&b) : NOT_KNOWN;
		damage->n_batches += n_samples == NOT_KNOWN && is_fine;
		if (n_samples == NOT_KNOWN)
			continue;
		out->n_samples += n_samples;
		copy_batch(c, &b, insert, out, &chain);
	}
	damage->n_tables += b.n_damaged_tables;
	batch_reader_deinit(&b);
	sqlite3_finalize(insert);
}

static int put_session(struct copying *c, const struct session_row *row, sqlite3_stmt *old, bool is_fine)
{
	sqlite3_stmt *insert = schema_insert(c->to, TABLE_SESSIONS);

	if (!insert)
		return sqlite3_errcode(c->to);
	if (is_fine)
		schema_copy(old, insert, TABLE_SESSIONS);
	schema_bind(insert, SESSION_ID + 1, row->session);
	sqlite3_bind_text(insert, SESSION_SOURCE + 1, row->source, -1, SQLITE_STATIC);
	schema_bind(insert, SESSION_BATCHES + 1, row->n_batches);
	schema_bind(insert, SESSION_SAMPLES + 1, row->n_samples);
	schema_bind(insert, SESSION_SNAPSHOTS + 1, row->n_snapshots);
	schema_bind(insert, SESSION_BARE + 1, 0);
	int code = schema_put(insert);
	sqlite3_finalize(insert);
	return code;
}

/* False: there is no such row, and no batch of it was copied. */
static bool copy_session(struct copying *c, uint64_t n, sqlite3_stmt *row)
{
	struct session_row session, out;
	bool is_fine = find_session(c, n, &session, row);

	if (c->board && strcmp(session.source, c->board) != 0)
		return is_fine;
	out = session;
	out.session = c->out.n_sessions + 1;
	out.n_batches = out.n_samples = out.n_snapshots = 0;
	copy_batches(c, &session, &out, is_fine);
	c->sum->damage.n_sessions += !is_fine && (c->is_known || out.n_batches > 0);
	c->sum->damage.n_samples += session.n_samples - MIN(session.n_samples, out.n_samples);
	if (c->error != SQLITE_OK || (!is_fine && out.n_batches == 0))
		return false;
	c->sum->n_boards++;
	c->sum->n_samples += out.n_samples;
	c->out.n_sessions++;
	c->error = out.session <= SESSIONS_MAX ? put_session(c, &out, row, is_fine) : SQLITE_TOOBIG;
	return true;
}

static void copy_sessions(struct copying *c)
{
	sqlite3_stmt *row = schema_select(c->from, TABLE_SESSIONS, "WHERE session = ?1");
	uint64_t of_batches = last_number(c->from, "SELECT max(batch) >> " SQL_SESSION_SHIFT " FROM batches"),
		 last = last_number(c->from, "SELECT max(session) FROM sessions");
	uint64_t n = c->is_known ? c->there.n_sessions : MAX(last, of_batches), n_missed = 0;
	for (uint64_t i = 1; i <= MIN(n, (uint64_t)SESSIONS_MAX) && c->error == SQLITE_OK; i++) {
		n_missed = copy_session(c, i, row) ? 0 : n_missed + 1;
		if (n_missed == MISSED_MAX) { /* what says how many there are is damaged */
			c->sum->damage.n_sessions += n - i;
			break;
		}
	}
	sqlite3_finalize(row);
}

/* ---- marks and files ---- */

/* The number of a row of to; 0: there is none. */
static uint64_t find_number(struct copying *c, const char *sql, sqlite3_stmt *row, int first, int n)
{
	sqlite3_stmt *s = schema_prepare(c->to, sql);

	for (int i = 0; s && i < n; i++)
		sqlite3_bind_value(s, i + 1, sqlite3_column_value(row, first + i));
	uint64_t ret = s && sqlite3_step(s) == SQLITE_ROW ? schema_u64(s, 0) : 0;
	sqlite3_finalize(s);
	return ret;
}

/* Not one that is there already, as those that were added with another board. */
static void copy_mark(struct copying *c, sqlite3_stmt *row, sqlite3_stmt *insert)
{
	sqlite3_stmt *s = schema_prepare(c->to, "INSERT INTO temp.copied VALUES(?1, ?2)");
	uint64_t number = schema_next(c->to, TABLE_MARKS),
		 known = find_number(c, "SELECT mark FROM main.marks WHERE at_us = ?1 AND text = ?2", row, 1, 2);

	if (s && (known == 0 || known >= c->first_mark)) {
		schema_bind(s, 1, schema_u64(row, 0));
		schema_bind(s, 2, number);
		c->error = schema_put(s);
		schema_bind(insert, 1, number);
		c->error = c->error == SQLITE_OK ? schema_put(insert) : c->error;
		c->out.n_marks++;
		c->sum->n_marks++;
	}
	sqlite3_finalize(s);
}

/* Of marks that were copied. */
static void copy_file(struct copying *c, sqlite3_stmt *row, sqlite3_stmt *insert)
{
	uint64_t mark = find_number(c, "SELECT number FROM temp.copied WHERE mark = ?1", row, 1, 1);

	if (mark == 0)
		return;
	schema_bind(insert, 1, schema_next(c->to, TABLE_FILES));
	schema_bind(insert, 2, mark);
	c->error = schema_put(insert);
	c->out.n_files++;
	c->sum->n_files++;
}

/* Rows behind key ?1, past what cannot be read, first close behind it, then twice as far and so on. A key is believed
 * only of a row that is as it was written, or that is near. Returns how many cannot be read. */
static uint64_t copy_rows(struct copying *c, enum schema_table table, const char *next, uint64_t n_all,
			  void (*copy)(struct copying *, sqlite3_stmt *, sqlite3_stmt *))
{
	sqlite3_stmt *row = schema_select(c->from, table, next), *insert = schema_insert(c->to, table);
	uint64_t n_fine = 0, n_bad = row ? 0 : 1, at = 0, far = 1;

	for (uint64_t n = 0; row && insert && c->error == SQLITE_OK && n < n_all + n_fine + NUMBERS_MAX; n++) {
		sqlite3_reset(row);
		schema_bind(row, 1, at);
		int code = sqlite3_step(row);
		if (code == SQLITE_DONE || code == SQLITE_INTERRUPT)
			break;
		bool is_row = code == SQLITE_ROW && schema_u64(row, 0) > at,
		     is_fine = is_row && schema_is_fine(row, table);
		far = is_row ? 1 : 2 * far;
		at = is_fine || (is_row && schema_u64(row, 0) - at < NUMBERS_MAX) ? schema_u64(row, 0) : at + far;
		n_fine += is_fine;
		n_bad += !is_fine;
		if (is_fine) {
			schema_copy(row, insert, table);
			copy(c, row, insert);
		}
	}
	sqlite3_finalize(row);
	sqlite3_finalize(insert);
	return c->is_known ? n_all - MIN(n_all, n_fine) : n_bad;
}

/* ---- all of it ---- */

/* In the transaction. */
static void copy_all(struct copying *c)
{
	struct recording_damage *damage = &c->sum->damage;
	uint64_t n_steps;

	schema_limit(c->from, &n_steps);
	c->is_known = contents_get(c->from, &c->there) == SQLITE_OK;
	damage->n_others += !c->is_known;
	c->error = contents_get(c->to, &c->out);
	c->first_mark = schema_next(c->to, TABLE_MARKS);
	if (c->error == SQLITE_OK)
		c->error = schema_run(c->to, "CREATE TEMP TABLE copied(mark INTEGER PRIMARY KEY, number INTEGER)");
	if (c->error == SQLITE_OK)
		copy_sessions(c);
	damage->n_marks += copy_rows(c, TABLE_MARKS, "WHERE mark > ?1 ORDER BY mark LIMIT 1", c->there.n_marks,
				     copy_mark);
	damage->n_files += copy_rows(c, TABLE_FILES, "WHERE file > ?1 ORDER BY file LIMIT 1", c->there.n_files,
				     copy_file);
	if (c->error == SQLITE_OK)
		c->error = contents_put(c->to, &c->out);
	if (c->error == SQLITE_OK)
		c->error = schema_run(c->to, "DROP TABLE temp.copied");
	schema_limit(c->from, NULL);
}

/* Adds a recording, a board of it or all (NULL), in the transaction of a connection. 0, or negative with diag;
 * -EBADMSG: it is damaged. */
static int copy_whole(sqlite3 *to, const char *path, const struct recording *r, const char *board, struct diag *diag)
{
	struct recording_sum sum = { .damage = recording_damage(r) };
	struct copying c = { .from = r->db, .to = to, .board = board, .sum = &sum };
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct place at = { .file = r->path };

	copy_all(&c);
	if (c.error != SQLITE_OK)
		return schema_failed(to, c.error, path, diag);
	recording_damage_sum(&sum.damage);
	recording_damage_text(&sum.damage, &words);
	if (sum.damage.n_all > 0)
		return diag_at(diag, at, -EBADMSG,
			       "the recording is damaged (%s), so nothing of it was added; memprof convert --recover"
			       " saves what can be read",
			       strbuf_text(&words));
	return board && sum.n_boards == 0 ? diag_at(diag, at, -EINVAL, "it has no such board") : 0;
}

/* The same in one of its own: nothing of it is added after an error. */
static int copy_alone(sqlite3 *to, const char *path, const struct recording *r, const char *board, struct diag *diag)
{
	int error = schema_run(to, "PRAGMA temp_store = MEMORY; " SQL_BEGIN_ALONE) == SQLITE_OK ?
			    copy_whole(to, path, r, board, diag) :
			    schema_error(to, path, diag);

	if (error == 0 && schema_run(to, "COMMIT") != SQLITE_OK)
		error = schema_error(to, path, diag);
	if (!sqlite3_get_autocommit(to))
		schema_run(to, "ROLLBACK");
	return error;
}

int recording_append(const char *path, const char *from, const char *board, struct diag *diag)
{
	struct recording *r;
	sqlite3 *to = NULL;
	int error = recording_open(from, &r, diag);

	if (error < 0)
		return error;
	error = schema_connect(path, SQLITE_OPEN_READWRITE, &to, diag);
	if (error == 0)
		error = schema_check_writable(to, path, diag);
	if (error == 0 && schema_run(r->db, "BEGIN") != SQLITE_OK) /* it may be added to meanwhile */
		error = schema_error(r->db, from, diag);
	if (error == 0)
		error = copy_alone(to, path, r, board, diag);
	recording_close(r);
	sqlite3_close(to);
	return error;
}

/* ---- a damaged one ---- */

static int save(sqlite3 *from, sqlite3 *to, const char *path, const char *to_path, struct recording_sum *sum,
		struct diag *diag)
{
	struct copying c = { .from = from, .to = to, .sum = sum };
	c.error = schema_make(to);
	if (c.error != SQLITE_OK)
		return schema_failed(to, c.error, to_path, diag);
	if (!schema_is_here(from) && schema_is_old(from))
		return v1_copy(from, to, path, sum, diag);
	c.error = schema_run(to, SQL_BEGIN_ALONE);
	if (c.error == SQLITE_OK)
		copy_all(&c);
	if (c.error == SQLITE_OK)
		c.error = schema_run(to, "COMMIT");
	return c.error == SQLITE_OK ? 0 : schema_failed(to, c.error, to_path, diag);
}

int recording_recover(const char *path, const char *to_path, struct recording_sum *ret, struct diag *diag)
{
	sqlite3 *from, *to = NULL;
	int version, r = schema_connect(path, SQLITE_OPEN_READONLY, &from, diag);

	*ret = (struct recording_sum){ 0 };
	if (r == 0 && schema_is_newer(from))
		r = schema_check(from, path, &version, diag);
	if (r == 0) {
		/* So SQLite reads a file that is shorter than its header has it. */
		sqlite3_db_config(from, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
		schema_run(from, "PRAGMA writable_schema = ON");
		r = schema_connect(to_path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &to, diag);
	}
	if (r == 0)
		r = save(from, to, path, to_path, ret, diag);
	if (r == 0 && ret->n_boards + ret->n_marks == 0)
		r = diag_at(diag, (struct place){ .file = path }, -EBADMSG, "nothing of it can be read as a recording");
	recording_damage_sum(&ret->damage);
	sqlite3_close(from);
	sqlite3_close(to);
	struct recording *saved;
	if (r == 0 && recording_open(to_path, &saved, NULL) == 0) { /* several sessions may be of one board */
		ret->n_boards = saved->n_sources;
		recording_close(saved);
	}
	return r;
}
