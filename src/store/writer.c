/* Writes a recording. Rows go into temporary tables of the same shape, in memory, and from there into the file, in one
 * short transaction every RECORDING_COMMIT_US: so several processes can record into one file, and a mark gets in. */
#define _DEFAULT_SOURCE /* strdup, strnlen */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codes.h"
#include "memprof/base/number.h"
#include "writer.h"

enum { KEEP_INTERVAL_US = 30000000 };

static const char *const inserts[N_INSERTS] = {
	[INSERT_POOL] = "INSERT INTO temp.pools VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[INSERT_SAMPLE] = "INSERT INTO temp.samples VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[INSERT_DETAILS] = "INSERT INTO temp.sample_details VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[INSERT_FIGURES] = "INSERT INTO temp.figures VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[INSERT_EVENT] = "INSERT INTO temp.events VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[INSERT_CONSOLE] = "INSERT INTO temp.console VALUES(?1, ?2, ?3)",
	[INSERT_TABLES] = "INSERT INTO temp.tables VALUES(?1, ?2, ?3, ?4, ?5)",
};

/* ---- opening ---- */

static int make_stages(sqlite3 *db)
{
	char sql[512];
	int code = SQLITE_OK;

	for (size_t i = 0; code == SQLITE_OK && schema_staged[i]; i++) {
		snprintf(sql, sizeof(sql), "CREATE TEMP %s", schema_table(schema_staged[i]) + strlen("CREATE "));
		code = schema_run(db, sql);
	}
	return code;
}

/* SQLite does not wait when another connection changes the mode at the same time, as several processes that record into
 * one file do when they begin and end. */
static int set_journal_mode(sqlite3 *db)
{
	enum { TRIES = 250, PAUSE_MS = 20 };
	int code = schema_run(db, "PRAGMA journal_mode = WAL");

	for (int i = 0; i < TRIES && (code & 0xff) == SQLITE_BUSY; i++) {
		sqlite3_sleep(PAUSE_MS);
		code = schema_run(db, "PRAGMA journal_mode = WAL");
	}
	return code;
}

static int set_up(struct recording_writer *w, struct diag *diag)
{
	if (set_journal_mode(w->db) != SQLITE_OK ||
	    schema_run(w->db,
		       "PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 256; PRAGMA synchronous = FULL;"
		       "PRAGMA cache_size = -512") != SQLITE_OK ||
	    make_stages(w->db) != SQLITE_OK)
		return schema_error(w->db, w->path, diag);
	for (size_t i = 0; i < N_INSERTS; i++) {
		w->inserts[i] = schema_prepare(w->db, inserts[i]);
		if (!w->inserts[i])
			return schema_error(w->db, w->path, diag);
	}
	w->tables.insert = w->inserts[INSERT_TABLES];
	return 0;
}

static void deinit(struct recording_writer *w)
{
	for (size_t i = 0; i < N_INSERTS; i++)
		sqlite3_finalize(w->inserts[i]);
	if (w->is_ours) { /* one file again, unless somebody else has it open */
		sqlite3_busy_timeout(w->db, 0);
		schema_run(w->db, "PRAGMA journal_mode = DELETE");
	}
	sqlite3_close(w->db);
	vec_deinit(w, pools);
	table_writer_deinit(&w->tables);
	free(w->path);
	free(w);
}

int recording_writer_open(const char *path, struct recording_writer **ret, struct diag *diag)
{
	struct recording_writer *w = calloc(1, sizeof(*w));

	*ret = NULL;
	if (!w)
		return diag_set(diag, -ENOMEM, "out of memory");
	w->first_staged_us = w->kept_us = NOT_KNOWN;
	w->path = strdup(path);
	int r = w->path ? 0 : diag_set(diag, -ENOMEM, "out of memory");
	if (r == 0)
		r = schema_connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &w->db, diag);
	if (r == 0)
		r = schema_make(w->db, w->path, diag);
	w->is_ours = r == 0;
	if (r == 0)
		r = set_up(w, diag);
	if (r < 0)
		deinit(w);
	else
		*ret = w;
	return r;
}

/* A session of which nothing came: its board did not answer. */
static void drop_empty_session(struct recording_writer *w)
{
	char sql[64];

	if (!w->n_session || w->n_last > 0 || w->board.known)
		return;
	snprintf(sql, sizeof(sql), "DELETE FROM main.sessions WHERE session = %" PRIu64, w->n_session);
	schema_run(w->db, sql);
}

static int run_update(struct recording_writer *w, sqlite3_stmt *s, struct diag *diag)
{
	if (!s)
		return schema_error(w->db, w->path, diag);
	schema_bind(s, 2, w->n_session);
	int code = sqlite3_step(s);
	sqlite3_finalize(s);
	return code == SQLITE_DONE ? 0 : schema_failed(w->db, code, w->path, diag);
}

int recording_rename(struct recording_writer *w, const char *source, struct diag *diag)
{
	sqlite3_stmt *s = schema_prepare(w->db, "UPDATE main.sessions SET source = ?1 WHERE session = ?2");

	if (s)
		sqlite3_bind_text(s, 1, source, -1, SQLITE_TRANSIENT);
	return run_update(w, s, diag);
}

int recording_date(struct recording_writer *w, uint64_t started_us, struct diag *diag)
{
	sqlite3_stmt *s = schema_prepare(w->db, "UPDATE main.sessions SET started_us = ?1 WHERE session = ?2");

	w->session.started_us = started_us;
	if (s)
		schema_bind(s, 1, started_us);
	return run_update(w, s, diag);
}

int recording_begin(struct recording_writer *w, const struct recording_session *session, struct diag *diag)
{
	int r = w->n_session ? recording_flush(w, NOT_KNOWN, diag) : 0;

	if (r < 0)
		return r;
	drop_empty_session(w);
	sqlite3_stmt *s = schema_prepare(w->db, "INSERT INTO sessions(source, format, started_us) VALUES(?1, ?2, ?3)");

	if (!s)
		return schema_error(w->db, w->path, diag);
	sqlite3_bind_text(s, 1, session->source, -1, SQLITE_TRANSIENT);
	writer_bind_text(s, 2, session->format);
	schema_bind(s, 3, session->started_us);
	int code = sqlite3_step(s);
	sqlite3_finalize(s);
	w->n_session = (uint64_t)sqlite3_last_insert_rowid(w->db);
	w->session = *session;
	w->session.source = w->session.format = NULL;
	w->is_live = session->format == NULL;
	memset(&w->hello, 0, sizeof(w->hello));
	w->board.known = false;
	w->n_last = w->n_samples = w->n_all_pools = w->at_us = 0;
	w->tables.chain = 0;
	vec_deinit(w, pools);
	if (code != SQLITE_DONE)
		return schema_error(w->db, w->path, diag);
	return w->n_session < SESSIONS_MAX ?
		       0 :
		       diag_at(diag, (struct place){ .file = w->path }, -EFBIG, "it has too many sessions");
}

/* ---- what comes ---- */

/* An agent greets again every few seconds. */
static bool is_old_greeting(struct recording_writer *w, const struct event *event)
{
	struct event_hello hello = event->hello;

	hello.again = false;
	bool is_old = event->hello.again && memcmp(&hello, &w->hello, sizeof(hello)) == 0;
	w->hello = hello;
	return is_old;
}

void recording_event(struct recording_writer *w, const struct event *event, uint64_t n_boot,
		     const struct history_figures *figures, uint64_t now_us)
{
	if (event->kind >= EVENT_SITE && event->kind <= EVENT_SITE_NAME) /* of no use without the names of the board */
		return;
	if (w->first_staged_us == NOT_KNOWN)
		w->first_staged_us = now_us;
	w->is_staged = true;
	if (w->is_live && event->kind == EVENT_HELLO && is_old_greeting(w, event))
		return;
	if (event_code_has(event->kind))
		writer_add_event(w, event, n_boot);
	else
		writer_add_sample(w, event, n_boot, figures);
}

void recording_text(struct recording_writer *w, uint64_t at_us, const char *bytes, size_t n_bytes)
{
	sqlite3_stmt *s = w->inserts[INSERT_CONSOLE];

	w->is_staged = true;
	schema_bind(s, 1, writer_next_id(w));
	schema_bind(s, 2, at_us);
	schema_bind_bytes(s, 3, bytes, n_bytes);
	writer_insert(w, INSERT_CONSOLE);
}

void recording_board(struct recording_writer *w, const struct board_info *board)
{
	w->board = *board;
	w->is_staged = w->board_is_new = true;
}

/* ---- committing ---- */

static int write_board(struct recording_writer *w)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	sqlite3_stmt *s = schema_prepare(
		w->db, "UPDATE main.sessions SET machine = ?2, firmware = ?3, board = ?4 WHERE session = ?1");

	if (!s)
		return sqlite3_errcode(w->db);
	board_code_put(&code, &w->board);
	schema_bind(s, 1, w->n_session);
	schema_bind_bytes(s, 2, w->board.machine, strlen(w->board.machine));
	schema_bind_bytes(s, 3, w->board.version, strlen(w->board.version));
	sqlite3_bind_blob64(s, 4, strbuf_text(&code), code.n_bytes, SQLITE_TRANSIENT);
	int result = sqlite3_step(s);
	sqlite3_finalize(s);
	return result == SQLITE_DONE ? SQLITE_OK : result;
}

static int move_rows(struct recording_writer *w)
{
	char sql[128];
	int code = schema_run(w->db, "BEGIN IMMEDIATE");

	for (size_t i = 0; code == SQLITE_OK && schema_staged[i]; i++) {
		snprintf(sql, sizeof(sql), "INSERT INTO main.%s SELECT * FROM temp.%s", schema_staged[i],
			 schema_staged[i]);
		code = schema_run(w->db, sql);
	}
	if (code == SQLITE_OK && w->board_is_new)
		code = write_board(w);
	return code == SQLITE_OK ? schema_run(w->db, "COMMIT") : code;
}

static int empty_stages(struct recording_writer *w)
{
	char sql[64];
	int code = SQLITE_OK;

	for (size_t i = 0; code == SQLITE_OK && schema_staged[i]; i++) {
		snprintf(sql, sizeof(sql), "DELETE FROM temp.%s", schema_staged[i]);
		code = schema_run(w->db, sql);
	}
	return code;
}

/* ---- committed ---- */

/* Another process that records into the file may have removed the chain, or its last snapshot was too old itself. */
static int check_chain(struct recording_writer *w)
{
	sqlite3_stmt *s = schema_prepare(w->db, "SELECT 1 FROM main.tables WHERE id = ?1");
	int code = s ? SQLITE_OK : sqlite3_errcode(w->db);

	if (s) {
		schema_bind(s, 1, w->tables.chain);
		if (sqlite3_step(s) == SQLITE_DONE)
			w->tables.chain = 0;
		code = sqlite3_finalize(s);
	}
	return code;
}

static uint64_t keep_interval_us(const struct recording_writer *w)
{
	return w->tables.keep.newest_us ? MIN(w->tables.keep.newest_us / KEEP_PARTS, (uint64_t)KEEP_INTERVAL_US) :
					  KEEP_INTERVAL_US;
}

static int thin(struct recording_writer *w)
{
	uint64_t started_us = w->session.started_us;

	return keep_thin(w->db, &w->tables.keep, started_us == NOT_KNOWN ? NOT_KNOWN : started_us + w->at_us,
			 w->tables.chain, &w->n_thinned);
}

/* What is committed: from here on it is not tried again. */
static int forget_rows(struct recording_writer *w)
{
	int code = empty_stages(w);

	w->n_samples += w->n_staged;
	w->n_staged = 0;
	w->first_staged_us = NOT_KNOWN;
	w->is_staged = w->board_is_new = false;
	return code;
}

int recording_flush(struct recording_writer *w, uint64_t now_us, struct diag *diag)
{
	if (w->is_staged && w->first_staged_us == NOT_KNOWN)
		w->first_staged_us = now_us;
	bool due = w->first_staged_us != NOT_KNOWN && now_us - w->first_staged_us >= RECORDING_COMMIT_US;

	if (w->error == SQLITE_OK && !due && now_us != NOT_KNOWN)
		return 0;
	if (w->n_last >> ID_SESSION_SHIFT)
		return diag_at(diag, (struct place){ .file = w->path }, -EFBIG,
			       "this session has as many rows as one can have; record again, and another one begins");
	writer_note_error(w, table_writer_end_blob(&w->tables));
	int code = w->error == SQLITE_OK ? move_rows(w) : w->error;
	if (code == SQLITE_OK)
		code = forget_rows(w);
	if (code == SQLITE_OK && (w->tables.keep.newest_us || w->tables.keep.max_bytes) &&
	    (w->kept_us == NOT_KNOWN || now_us == NOT_KNOWN || now_us - w->kept_us >= keep_interval_us(w))) {
		code = thin(w);
		w->kept_us = now_us;
	}
	if (code == SQLITE_OK && w->tables.chain)
		code = check_chain(w);
	w->error = SQLITE_OK;
	if (code == SQLITE_OK)
		return 0;
	int r = schema_failed(w->db, code, w->path, diag);
	if (!sqlite3_get_autocommit(w->db))
		schema_run(w->db, "ROLLBACK");
	return r;
}

void recording_keep(struct recording_writer *w, const struct recording_keep *keep) { w->tables.keep = *keep; }

uint64_t recording_n_thinned(struct recording_writer *w)
{
	uint64_t n = w->n_thinned;

	w->n_thinned = 0;
	return n;
}

uint64_t recording_n_samples(const struct recording_writer *w) { return w->n_samples; }

int recording_writer_close(struct recording_writer *w, struct diag *diag)
{
	int r = w && w->n_session ? recording_flush(w, NOT_KNOWN, diag) : 0;

	if (w) {
		drop_empty_session(w);
		deinit(w);
	}
	return r;
}
