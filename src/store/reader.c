/* Opens a recording, and finds its boards. replay.c hands out what was recorded of one. */
#define _DEFAULT_SOURCE /* strdup */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codes.h"
#include "memprof/base/number.h"
#include "reader.h"

/* ---- opening ---- */

static int add_session(struct recording *r, const struct session_row *session, const char *name)
{
	struct source_sessions *source = NULL;

	for (size_t i = 0; i < r->n_sources && !source; i++)
		if (strcmp(r->sources[i].about.name, name) == 0)
			source = &r->sources[i];
	if (!source) {
		source = vec_add(r, sources);
		if (!source)
			return -ENOMEM;
		snprintf(source->about.name, sizeof(source->about.name), "%s", name);
		source->about.started_us = session->started_us;
	}
	source->about.n_sessions++;
	source->about.n_samples += session->n_samples;
	return vec_push(source, sessions, *session);
}

static uint64_t count_samples(struct recording *r, uint64_t session)
{
	sqlite3_stmt *s = schema_prepare(r->db, "SELECT count(*) FROM samples WHERE id BETWEEN ?1 AND ?2");
	uint64_t n = 0;

	if (s) {
		schema_bind(s, 1, session << ID_SESSION_SHIFT);
		schema_bind(s, 2, (session + 1) << ID_SESSION_SHIFT);
		if (sqlite3_step(s) == SQLITE_ROW)
			n = (uint64_t)sqlite3_column_int64(s, 0);
	}
	sqlite3_finalize(s);
	return n;
}

static int read_sessions(struct recording *r, struct diag *diag)
{
	static const char sql[] =
		"SELECT session, started_us, source FROM sessions WHERE session BETWEEN 1 AND ?1 ORDER BY session";
	sqlite3_stmt *s = schema_prepare(r->db, sql);
	int code = SQLITE_NOMEM, error = 0;
	uint64_t last = 0;

	if (s) {
		schema_bind(s, 1, SESSIONS_MAX);
		while (error == 0 && (code = sqlite3_step(s)) == SQLITE_ROW) {
			const char *name = (const char *)sqlite3_column_text(s, 2);
			struct session_row session = { .session = schema_u64(s, 0), .started_us = schema_u64(s, 1) };
			if (session.session <= last) {
				code = SQLITE_CORRUPT;
				break;
			}
			last = session.session;
			session.n_samples = count_samples(r, session.session);
			error = add_session(r, &session, name ? name : "");
		}
	}
	sqlite3_finalize(s);
	if (error < 0)
		return diag_set(diag, error, "out of memory");
	return code == SQLITE_DONE ? 0 : schema_failed(r->db, code, r->path, diag);
}

int recording_open(const char *path, struct recording **ret, struct diag *diag)
{
	struct recording *r = calloc(1, sizeof(*r));

	*ret = NULL;
	if (!r)
		return diag_set(diag, -ENOMEM, "out of memory");
	heap_init(&r->heap);
	r->chosen = NOT_KNOWN;
	r->path = strdup(path);
	int error = r->path ? schema_connect(path, SQLITE_OPEN_READONLY, &r->db, diag) :
			      diag_set(diag, -ENOMEM, "out of memory");
	if (error == 0)
		schema_limit(r->db, &r->n_steps);
	if (error == 0)
		error = schema_check(r->db, r->path, diag);
	if (error == 0)
		error = read_sessions(r, diag);
	if (error < 0)
		recording_close(r);
	else
		*ret = r;
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

size_t recording_n_sources(const struct recording *r) { return r->n_sources; }

const struct recording_source *recording_source(const struct recording *r, size_t i) { return &r->sources[i].about; }

const struct recording_moment *recording_moment(const struct recording *r) { return &r->moment; }

uint64_t recording_n_bare(const struct recording *r) { return r->n_bare; }

uint64_t recording_bytes(const struct recording *r) { return schema_file_bytes(r->db); }

bool recording_board_of(const struct recording *r, struct board_info *ret)
{
	static const char sql[] = "SELECT board FROM sessions WHERE session = ?1";
	const struct source_sessions *source = r->n_sources ? &r->sources[r->i_source] : NULL;
	bool found = false;

	for (size_t i = source ? source->n_sessions : 0; i-- > 0 && !found;) {
		sqlite3_stmt *s = schema_prepare(r->db, sql);
		if (!s)
			return false;
		schema_bind(s, 1, source->sessions[i].session);
		const void *code = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_blob(s, 0) : NULL;
		found = code && board_code_get(code, (size_t)sqlite3_column_bytes(s, 0), ret);
		sqlite3_finalize(s);
	}
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
	static const char sql[] = "SELECT 1 FROM sessions UNION ALL SELECT 1 FROM marks";
	sqlite3 *db = NULL;
	bool is_empty = false;

	if (schema_connect(path, SQLITE_OPEN_READONLY, &db, NULL) == 0 && schema_check(db, path, NULL) == 0) {
		sqlite3_stmt *s = schema_prepare(db, sql);
		is_empty = s && sqlite3_step(s) == SQLITE_DONE;
		sqlite3_finalize(s);
	}
	sqlite3_close(db);
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
