/* Opens a recording, and finds its boards. replay.c hands out what was recorded of one. */
#define _DEFAULT_SOURCE /* strdup */
#include "reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "v1.h"

/* ---- opening ---- */

static int add_session(struct recording *r, const struct session_row *session)
{
	struct source_sessions *source = NULL;

	for (size_t i = 0; i < r->n_sources && !source; i++)
		if (strcmp(r->sources[i].about.name, session->source) == 0)
			source = &r->sources[i];
	if (!source) {
		source = vec_add(r, sources);
		if (!source)
			return -ENOMEM;
		memcpy(source->about.name, session->source, sizeof(session->source));
		source->about.started_us = session->started_us;
	}
	source->about.n_sessions++;
	source->about.n_samples += session->n_samples;
	return vec_push(source, sessions, *session);
}

uint64_t last_batch(sqlite3 *db, uint64_t session)
{
	static const char sql[] = "SELECT max(batch) FROM batches WHERE batch BETWEEN ?1 << " SQL_SESSION_SHIFT
				  " AND (?1 + 1 << " SQL_SESSION_SHIFT ") - 1";
	sqlite3_stmt *s = schema_prepare(db, sql);
	uint64_t n = 0;

	if (s)
		schema_bind(s, 1, session);
	if (s && sqlite3_step(s) == SQLITE_ROW && schema_u64(s, 0) != NOT_KNOWN)
		n = schema_u64(s, 0) & (BATCHES_MAX - 1);
	sqlite3_finalize(s);
	return n;
}

static struct session_row session_of(struct recording *r, sqlite3_stmt *s)
{
	const char *name = (const char *)sqlite3_column_text(s, SESSION_SOURCE);
	struct session_row row = {
		.session = schema_u64(s, SESSION_ID),
		.started_us = schema_u64(s, SESSION_STARTED),
		.n_batches = schema_u64(s, SESSION_BATCHES),
		.n_samples = schema_u64(s, SESSION_SAMPLES),
		.n_snapshots = schema_u64(s, SESSION_SNAPSHOTS),
	};

	text_copy(row.source, sizeof(row.source), name ? name : "", name ? strlen(name) : 0);
	if (schema_is_fine(s, TABLE_SESSIONS) && row.n_batches < BATCHES_MAX)
		return row;
	r->found.n_sessions++;
	row.n_batches = last_batch(r->db, row.session);
	row.n_samples = row.n_snapshots = 0;
	return row;
}

static int read_sessions(struct recording *r, struct diag *diag)
{
	sqlite3_stmt *s = schema_select(r->db, TABLE_SESSIONS, "WHERE session BETWEEN 1 AND ?1 ORDER BY session");
	int code = SQLITE_NOMEM, error = 0;
	uint64_t n = 0, last = 0;

	if (s)
		schema_bind(s, 1, SESSIONS_MAX);
	while (s && error == 0 && (code = sqlite3_step(s)) == SQLITE_ROW) {
		struct session_row session = session_of(r, s);
		if (session.session <= last) {
			code = SQLITE_CORRUPT;
			break;
		}
		last = session.session;
		n++;
		error = add_session(r, &session);
	}
	sqlite3_finalize(s);
	if (error < 0)
		return diag_set(diag, error, "out of memory");
	if (code != SQLITE_DONE)
		return schema_failed(r->db, code, r->path, diag);
	struct contents contents;
	if (contents_get(r->db, &contents) != SQLITE_OK)
		r->found.n_others++;
	else
		r->found.n_sessions += contents.n_sessions - MIN(contents.n_sessions, n);
	r->found.n_marks += schema_damaged(r->db, TABLE_MARKS, contents.n_marks);
	return 0;
}

/* A recording of an older memprof is read as a copy. */
static int convert(struct recording *r, struct diag *diag)
{
	struct recording_sum sum = { 0 };
	sqlite3 *copy = NULL;
	int error = schema_temporary(&copy, diag);

	if (error == 0)
		error = v1_copy(r->db, copy, r->path, &sum, diag);
	r->found = sum.damage;
	sqlite3_close(r->db);
	r->db = copy;
	if (error == 0)
		schema_limit(r->db, &r->n_steps);
	return error;
}

/* One over a connection, which it closes, also after an error. *ret NULL then. As recording_open. */
static int reader_open(sqlite3 *db, const char *path, struct recording **ret, struct diag *diag)
{
	struct recording *r = calloc(1, sizeof(*r));
	int version = 0, error = 0;

	*ret = NULL;
	if (!r) {
		sqlite3_close(db);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	heap_init(&r->heap);
	r->db = db;
	r->path = strdup(path);
	if (!r->path)
		error = diag_set(diag, -ENOMEM, "out of memory");
	schema_limit(db, &r->n_steps);
	r->n_bytes = schema_file_bytes(db);
	if (error == 0)
		error = schema_check(db, path, &version, diag);
	if (error == 0 && version < SCHEMA_VERSION)
		error = convert(r, diag);
	schema_run(r->db, "BEGIN"); /* a session that is begun meanwhile is in all of it or in nothing */
	if (error == 0)
		error = read_sessions(r, diag);
	schema_run(r->db, "COMMIT");
	if (error < 0)
		recording_close(r);
	else
		*ret = r;
	return error;
}

int recording_open(const char *path, struct recording **ret, struct diag *diag)
{
	sqlite3 *db;
	int error = schema_connect(path, SQLITE_OPEN_READONLY, &db, diag);

	*ret = NULL;
	if (error == 0)
		error = reader_open(db, path, ret, diag);
	if (error == 0)
		(*ret)->is_left = schema_is_left(path);
	return error;
}

void recording_close(struct recording *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_sources; i++)
		vec_deinit(&r->sources[i], sessions);
	vec_deinit(r, sources);
	heap_deinit(&r->heap);
	sqlite3_close(r->db);
	free(r->path);
	free(r);
}

/* ---- what is in it ---- */

size_t recording_n_sources(const struct recording *r) { return r->n_sources; }

const struct recording_source *recording_source(const struct recording *r, size_t i) { return &r->sources[i].about; }

const struct recording_moment *recording_moment(const struct recording *r) { return &r->moment; }

uint64_t recording_n_bare(const struct recording *r) { return r->n_bare; }

bool recording_is_left(const struct recording *r) { return r->is_left; }

const char recording_left_note[] =
	"it was not closed, and its -wal is not beside it: what was recorded last may be missing";

uint64_t recording_bytes(const struct recording *r) { return r->n_bytes; }

bool recording_board_of(const struct recording *r, struct board_info *ret)
{
	const struct source_sessions *source = r->n_sources ? &r->sources[r->i_source] : NULL;
	sqlite3_stmt *s = schema_select(r->db, TABLE_SESSIONS, "WHERE session = ?1");
	bool found = false;

	for (size_t i = s && source ? source->n_sessions : 0; i-- > 0 && !found;) {
		sqlite3_reset(s);
		schema_bind(s, 1, source->sessions[i].session);
		bool is_fine = sqlite3_step(s) == SQLITE_ROW && schema_is_fine(s, TABLE_SESSIONS);
		const void *code = is_fine ? sqlite3_column_blob(s, SESSION_BOARD) : NULL;
		found = code && board_code_get(code, (size_t)sqlite3_column_bytes(s, SESSION_BOARD), ret);
	}
	sqlite3_finalize(s);
	return found;
}

bool recording_has(const struct recording *r, const struct recording_wanted *wanted)
{
	for (size_t i = 0; i < r->n_sources; i++) {
		const struct source_sessions *source = &r->sources[i];
		if (strcmp(source->about.name, wanted->source) != 0)
			continue;
		for (size_t k = 0; k < source->n_sessions; k++)
			if (wanted->is_any || (source->sessions[k].started_us == wanted->started_us &&
					       source->sessions[k].n_samples == wanted->n_samples))
				return true;
	}
	return false;
}

bool recording_overlaps(const struct recording *r, const struct recording *other, const char *board)
{
	for (size_t i = 0; i < other->n_sources; i++) {
		const struct source_sessions *source = &other->sources[i];
		if (board && strcmp(source->about.name, board) != 0)
			continue;
		for (size_t k = 0; k < source->n_sessions; k++) {
			const struct session_row *session = &source->sessions[k];
			if (recording_has(r, &(struct recording_wanted){ source->about.name, session->started_us,
									 session->n_samples, false }))
				return true;
		}
	}
	return false;
}

bool recording_is_empty(const char *path)
{
	struct recording *r;
	int64_t n_marks = 1;
	bool is_empty = false;

	if (recording_open(path, &r, NULL) == 0) {
		is_empty = r->n_sources == 0 && recording_damage(r).n_all == 0 &&
			   schema_number(r->db, "SELECT count(*) FROM marks", &n_marks) == SQLITE_OK && n_marks == 0;
		recording_close(r);
	}
	return is_empty;
}

bool recording_is(const uint8_t *head, size_t n, bool *ret_recording)
{
	static const char magic[16] = "SQLite format 3";
	enum { APPLICATION_AT = 68 };

	if (n < APPLICATION_AT + 4 || memcmp(head, magic, sizeof(magic)) != 0)
		return false;
	const uint8_t *at = head + APPLICATION_AT;
	*ret_recording = ((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]) ==
			 SCHEMA_APPLICATION;
	return true;
}
