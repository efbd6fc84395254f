/* Writes a recording. Events are collected in memory, and written as a batch, in one short transaction every
 * RECORDING_COMMIT_US: so several processes can record into one file, and a mark gets in. */
#define _DEFAULT_SOURCE /* strdup */
#include "writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "memprof/base/date.h"
#include "memprof/base/number.h"
#include "pack.h"

enum {
	KEEP_INTERVAL_US = 30000000,
	BATCH_MAX_BYTES = 2 << 20,  /* of events, or of heaps, before another batch begins */
	CHAIN_MAX_BYTES = 16 << 20, /* of heaps, before one is written as a whole: what it takes to read one */
};

/* ---- opening ---- */

struct recording_writer *writer_new(sqlite3 *db, const char *path)
{
	struct recording_writer *w = calloc(1, sizeof(*w));

	if (w)
		*w = (struct recording_writer){
			.path = strdup(path), .db = db, .first_staged_us = NOT_KNOWN, .kept_us = NOT_KNOWN
		};
	if (w && !w->path) {
		free(w);
		return NULL;
	}
	return w;
}

static struct batch empty_batch(uint64_t n, uint64_t n_before)
{
	return (struct batch){ .n = n, .n_before = n_before, .first_us = NOT_KNOWN, .last_us = NOT_KNOWN };
}

static void batch_deinit(struct batch *b)
{
	strbuf_deinit(&b->events);
	strbuf_deinit(&b->tables);
}

static void forget_batches(struct recording_writer *w)
{
	for (size_t i = 0; i < w->n_batches; i++)
		batch_deinit(&w->batches[i]);
	vec_deinit(w, batches);
	strbuf_reset(&w->events);
	strbuf_reset(&w->tables);
	w->first_staged_us = NOT_KNOWN;
}

void writer_close(struct recording_writer *w)
{
	sqlite3_finalize(w->insert);
	w->insert = NULL;
	if (w->is_log) { /* one file again; unless somebody else has it open, and then all is in it that is in the log
			  */
		schema_run(w->db, "PRAGMA wal_checkpoint(PASSIVE)");
		sqlite3_busy_timeout(w->db, 0);
		schema_run(w->db, "PRAGMA journal_mode = DELETE");
	}
	if (!w->is_nested)
		sqlite3_close(w->db);
	w->db = NULL;
	w->is_log = false;
}

static void deinit(struct recording_writer *w)
{
	writer_close(w);
	forget_batches(w);
	strbuf_deinit(&w->events);
	strbuf_deinit(&w->tables);
	strbuf_deinit(&w->last);
	free(w->path);
	free(w);
}

/* ---- sessions ---- */

/* Nothing may refer to heaps that are not there. */
static void end_chain(struct recording_writer *w)
{
	w->chain = 0;
	strbuf_reset(&w->last);
}

void writer_begin_again(struct recording_writer *w)
{
	w->session.session = w->session.n_batches = w->session.n_samples = w->session.n_snapshots = 0;
	w->is_session = true;
	memset(&w->hello, 0, sizeof(w->hello));
	w->is_changed = w->board.known;
	end_chain(w);
	uint64_t first = w->n_batches > 0 ? w->batches[0].n : 1, n_before = 0;
	for (size_t i = 0; i < w->n_batches; i++) { /* what is staged are its first batches */
		struct batch *b = &w->batches[i];
		b->n = i + 1;
		b->n_before = n_before;
		n_before += b->n_snapshots;
		bool is_whole = b->chain >= first; /* else its tables need some that are elsewhere */
		b->chain = is_whole ? b->chain - first + 1 : b->n;
		b->table_bytes = is_whole ? b->table_bytes : 0;
	}
	w->next.n = w->n_batches + 1;
	w->next.n_before = n_before;
	if (w->tables.n_bytes > 0) {
		w->chain = w->next.n;
		w->chain_at_us = w->next.first_us;
	}
}

int recording_begin(struct recording_writer *w, const struct recording_session *session, struct diag *diag)
{
	int r = recording_end(w, diag);

	if (r < 0)
		return r;
	w->session.started_us = session->started_us;
	snprintf(w->session.source, sizeof(w->session.source), "%s", session->source);
	snprintf(w->session.format, sizeof(w->session.format), "%s", session->format ? session->format : "");
	w->board.known = false;
	w->at_us = 0;
	w->next = empty_batch(0, 0); /* numbered there */
	writer_begin_again(w);
	return 0;
}

void recording_rename(struct recording_writer *w, const char *source)
{
	snprintf(w->session.source, sizeof(w->session.source), "%s", source);
	w->is_changed |= w->session.session > 0;
}

void recording_date(struct recording_writer *w, uint64_t started_us)
{
	w->session.started_us = started_us;
	w->is_changed |= w->session.session > 0;
}

void recording_board(struct recording_writer *w, const struct board_info *board)
{
	w->board = *board;
	w->is_changed = true;
}

/* ---- batches ---- */

static void swap(struct strbuf *a, struct strbuf *b)
{
	struct strbuf c = *a;

	*a = *b;
	*b = c;
}

static void note_error(struct recording_writer *w, int code)
{
	if (w->error == SQLITE_OK && code != SQLITE_OK)
		w->error = code;
}

/* Its tables end with the checksum of its events, so they are of no use in another row. */
static int pack_batch(struct recording_writer *w, struct batch *b)
{
	b->event_bytes = w->events.n_bytes;
	int r = frame_pack(&b->events, &w->events, NULL, w->is_nested);
	if (r < 0 || w->tables.n_bytes == 0)
		return r;
	field_put_u64(&w->tables, crc32(0, (const uint8_t *)b->events.text, (uInt)b->events.n_bytes));
	b->table_bytes = w->tables.n_bytes;
	return strbuf_error(&w->tables) ?
		       -ENOMEM :
		       frame_pack(&b->tables, &w->tables, b->chain < b->n ? &w->last : NULL, w->is_nested);
}

static void end_batch(struct recording_writer *w)
{
	if (w->events.n_bytes == 0)
		return;
	struct batch *b = vec_add(w, batches);
	if (b)
		*b = w->next;
	if (b)
		b->chain = w->chain ? w->chain : b->n;
	if (!b || strbuf_error(&w->events) || strbuf_error(&w->tables) || pack_batch(w, b) < 0) {
		note_error(w, SQLITE_NOMEM);
		end_chain(w);
		w->next = empty_batch(w->next.n, w->next.n_before);
		if (b)
			batch_deinit(&w->batches[--w->n_batches]);
	} else {
		if (b->table_bytes > 0)
			swap(&w->tables, &w->last);
		w->n_chain_packed += b->tables.n_bytes;
		w->next = empty_batch(b->n + 1, b->n_before + b->n_snapshots);
	}
	strbuf_reset(&w->events);
	strbuf_reset(&w->tables);
}

/* Chains are kept or removed as a whole, so with --keep none is longer than a part of what is to be kept. */
static bool is_too_long(const struct recording_writer *w, const struct event *event)
{
	bool is_old = w->keep.newest_us && event->at_us != NOT_KNOWN &&
		      event->at_us - w->chain_at_us > w->keep.newest_us / KEEP_PARTS;

	return is_old || w->n_chain_bytes > CHAIN_MAX_BYTES ||
	       (w->keep.max_bytes && w->n_chain_packed > w->keep.max_bytes / KEEP_PARTS);
}

/* False: it is too large for a batch, and has figures alone. */
static bool add_heap(struct recording_writer *w, const struct event *event)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;

	heap_code_put(&code, event->snapshot.heap);
	if (strbuf_error(&code) || code.n_bytes > PACK_MAX_BYTES / 2) {
		note_error(w, strbuf_error(&code) ? SQLITE_NOMEM : SQLITE_OK);
		return false;
	}
	if (w->tables.n_bytes > 0 && w->tables.n_bytes + code.n_bytes > BATCH_MAX_BYTES)
		end_batch(w);
	if (w->chain == 0 || is_too_long(w, event)) {
		end_batch(w);
		w->chain = w->next.n;
		w->chain_at_us = event->at_us;
		w->n_chain_bytes = w->n_chain_packed = 0;
	}
	w->n_chain_bytes += code.n_bytes;
	field_put_u64(&w->tables, code.n_bytes);
	strbuf_add(&w->tables, strbuf_text(&code), code.n_bytes);
	return true;
}

/* The stamp, where it is not the time itself. */
static bool has_own_time(const struct recording_writer *w, const struct event *event)
{
	char time[DATE_BYTES];

	return !event->time[0] || event->at_us == NOT_KNOWN || w->session.started_us == NOT_KNOWN ||
	       strcmp(date_rfc3339(w->session.started_us + event->at_us, time), event->time) != 0;
}

void writer_add(struct recording_writer *w, const struct event *event, const struct figures_code *figures)
{
	struct event written = *event;
	struct figures_code own = figures ? *figures : (struct figures_code){ .pools = NULL };
	struct batch *next = &w->next;
	bool is_snapshot = event->kind == EVENT_SNAPSHOT;

	if (w->events.n_bytes > BATCH_MAX_BYTES)
		end_batch(w);
	own.has_table = is_snapshot && event->snapshot.heap && add_heap(w, event);
	if (!w->session.format[0]) /* lines of a live board are nowhere */
		written.line = 0;
	if (!has_own_time(w, event))
		written.time[0] = '\0';
	event_code_put(&w->events, &written, figures ? &own : NULL);
	next->n_marks += event->kind == EVENT_MARK;
	if (!is_snapshot && event->kind != EVENT_SAMPLE && event->kind != EVENT_POOL)
		return;
	next->n_samples++;
	next->n_snapshots += is_snapshot;
	if (event->at_us == NOT_KNOWN)
		return;
	w->at_us = event->at_us;
	if (is_snapshot && next->first_us == NOT_KNOWN)
		next->first_us = event->at_us;
	if (is_snapshot)
		next->last_us = event->at_us;
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

/* As it was worked out, but for what only the board knows. */
static struct heap_pool figures_of(const struct heap_pool *pool, const struct history_figures *f)
{
	struct heap_pool ret = heap_pool_named(pool->name, pool->kind);

	ret.memory = pool->memory;
	ret.start = pool->start;
	ret.reported.total_bytes = f->state.total_bytes;
	ret.reported.used_bytes = f->state.used_bytes;
	ret.reported.free_bytes = f->state.free_bytes;
	ret.reported.largest_free_bytes = f->state.lfb_bytes;
	ret.reported.peak_bytes = f->peak_bytes;
	ret.reported.least_free_bytes = pool->reported.least_free_bytes;
	return ret;
}

static void add_snapshot(struct recording_writer *w, const struct event *event, const struct history_figures *figures)
{
	struct heap_pool pools[HEAP_POOLS_MAX];
	const struct heap *heap = event->snapshot.heap;
	const struct figures_code code = { pools, heap->n_pools, true };

	for (uint32_t i = 0; i < heap->n_pools; i++)
		pools[i] = figures_of(&heap->pools[i], &figures[i]);
	writer_add(w, event, &code);
}

static void stage(struct recording_writer *w, uint64_t now_us)
{
	if (w->first_staged_us == NOT_KNOWN)
		w->first_staged_us = now_us;
}

void recording_event(struct recording_writer *w, const struct event *event, const struct history_figures *figures,
		     uint64_t now_us)
{
	bool is_site = event->kind >= EVENT_SITE && event->kind <= EVENT_SITE_NAME;

	if (is_site || !w->is_session) /* a site is of no use without the names of the board */
		return;
	if (!w->session.format[0] && event->kind == EVENT_HELLO && is_old_greeting(w, event))
		return;
	stage(w, now_us);
	if (event->kind == EVENT_SNAPSHOT)
		add_snapshot(w, event, figures);
	else
		writer_add(w, event, NULL);
}

void recording_text(struct recording_writer *w, const char *bytes, size_t n_bytes)
{
	if (!w->is_session)
		return;
	if (w->events.n_bytes > BATCH_MAX_BYTES)
		end_batch(w);
	event_code_put_text(&w->events, bytes, n_bytes);
}

/* ---- committing ---- */

/* SQLite does not wait when another connection changes the mode at the same time, as several processes that record into
 * one file do when they begin and end. */
static int set_journal_mode(struct recording_writer *w)
{
	enum { TRIES = 250, PAUSE_MS = 20 };
	static const char log[] =
		"PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 256; PRAGMA synchronous = FULL;"
		"PRAGMA journal_size_limit = 1048576; PRAGMA cache_size = -512";
	int code = SQLITE_BUSY;

	for (int i = 0; i < TRIES && (code & 0xff) == SQLITE_BUSY; i++) {
		if (i > 0)
			sqlite3_sleep(PAUSE_MS);
		code = schema_run(w->db, log);
	}
	w->is_log = code == SQLITE_OK;
	return code;
}

static int begin(struct recording_writer *w)
{
	if (w->is_nested)
		return SQLITE_OK;
	int code = w->is_log ? SQLITE_OK : set_journal_mode(w);
	return code == SQLITE_OK ? schema_run(w->db, "BEGIN IMMEDIATE") : code;
}

static int number_session(struct recording_writer *w, struct session_row *row)
{
	struct contents contents;
	int code = contents_get(w->db, &contents);

	row->session = ++contents.n_sessions;
	return code == SQLITE_OK ? contents_put(w->db, &contents) : code;
}

static int put_session(struct recording_writer *w, const struct session_row *row)
{
	struct strbuf board CLEANUP(strbuf_deinit) = STRBUF_INIT;
	sqlite3_stmt *s = schema_insert(w->db, TABLE_SESSIONS);

	if (!s)
		return sqlite3_errcode(w->db);
	if (w->board.known)
		board_code_put(&board, &w->board);
	schema_bind(s, SESSION_ID + 1, row->session);
	sqlite3_bind_text(s, SESSION_SOURCE + 1, row->source, -1, SQLITE_STATIC);
	if (row->format[0])
		sqlite3_bind_text(s, SESSION_FORMAT + 1, row->format, -1, SQLITE_STATIC);
	schema_bind(s, SESSION_STARTED + 1, row->started_us);
	if (board.n_bytes > 0)
		sqlite3_bind_blob64(s, SESSION_BOARD + 1, board.text, board.n_bytes, SQLITE_STATIC);
	schema_bind(s, SESSION_BATCHES + 1, row->n_batches);
	schema_bind(s, SESSION_SAMPLES + 1, row->n_samples);
	schema_bind(s, SESSION_SNAPSHOTS + 1, row->n_snapshots);
	schema_bind(s, SESSION_BARE + 1, schema_n_bare(w->db, row->session)); /* another process may have set it */
	int code = schema_put(s);
	sqlite3_finalize(s);
	return code;
}

static int put_batch(struct recording_writer *w, uint64_t session, const struct batch *b)
{
	sqlite3_stmt *s = w->insert;
	uint64_t first = session << SESSION_SHIFT;
	const uint64_t values[] = {
		[BATCH_ID] = first + b->n,
		[BATCH_CHAIN] = first + b->chain,
		[BATCH_BEFORE] = b->n_before,
		[BATCH_SNAPSHOTS] = b->n_snapshots,
		[BATCH_MARKS] = b->n_marks,
		[BATCH_FIRST] = b->first_us,
		[BATCH_LAST] = b->last_us,
		[BATCH_EVENT_BYTES] = b->event_bytes,
		[BATCH_TABLE_BYTES] = b->table_bytes,
	};

	for (int i = 0; i < (int)ARRAY_SIZE(values); i++)
		schema_bind(s, i + 1, values[i]);
	sqlite3_bind_blob64(s, BATCH_EVENTS + 1, b->events.text, b->events.n_bytes, SQLITE_STATIC);
	int code = schema_put(s);
	return code == SQLITE_OK && b->table_bytes > 0 ?
		       tables_put(w->db, values[BATCH_ID], b->tables.text, b->tables.n_bytes) :
		       code;
}

/* All that is staged, and the session's row, in the transaction. */
static int put_all(struct recording_writer *w, struct session_row *row)
{
	int code = begin(w);

	if (code == SQLITE_OK && !w->insert) {
		w->insert = schema_insert(w->db, TABLE_BATCHES);
		code = w->insert ? SQLITE_OK : sqlite3_errcode(w->db);
	}
	if (code == SQLITE_OK && row->session == 0)
		code = number_session(w, row);
	for (size_t i = 0; i < w->n_batches && code == SQLITE_OK; i++) {
		const struct batch *b = &w->batches[i];
		row->n_batches = b->n;
		row->n_samples += b->n_samples;
		row->n_snapshots += b->n_snapshots;
		code = put_batch(w, row->session, b);
	}
	if (code == SQLITE_OK)
		code = put_session(w, row);
	if (code == SQLITE_OK && !w->is_nested)
		code = schema_run(w->db, "COMMIT");
	return code;
}

/* Another process that records into the file may have removed the chain, or its last snapshot was too old itself. */
static void check_chain(struct recording_writer *w)
{
	if (w->chain && w->chain <= schema_n_bare(w->db, w->session.session))
		end_chain(w);
}

static int thin(struct recording_writer *w, uint64_t now_us)
{
	const struct recording_keep *keep = &w->keep;
	uint64_t started_us = w->session.started_us, every_us = KEEP_INTERVAL_US;

	if (keep->newest_us)
		every_us = MIN(keep->newest_us / KEEP_PARTS, every_us);
	bool is_due = keep->max_bytes || w->kept_us == NOT_KNOWN || now_us == NOT_KNOWN ||
		      now_us - w->kept_us >= every_us;
	if (!is_due || (!keep->newest_us && !keep->max_bytes))
		return SQLITE_OK;
	w->kept_us = now_us;
	return keep_thin(w->db, keep, started_us == NOT_KNOWN ? NOT_KNOWN : started_us + w->at_us,
			 (w->session.session << SESSION_SHIFT) + w->chain, &w->n_thinned);
}

int recording_flush(struct recording_writer *w, uint64_t now_us, struct diag *diag)
{
	struct session_row row = w->session;

	if (!w->is_session || !w->db)
		return 0;
	if (w->events.n_bytes > 0 || w->is_changed)
		stage(w, now_us);
	bool is_due = w->n_batches > 0 || now_us == NOT_KNOWN ||
		      (w->first_staged_us != NOT_KNOWN && now_us - w->first_staged_us >= RECORDING_COMMIT_US);
	if (w->error == SQLITE_OK && !is_due)
		return 0;
	end_batch(w);
	if (w->next.n >= BATCHES_MAX)
		return diag_at(
			diag, (struct place){ .file = w->path }, -EFBIG,
			"this session has as many batches as one can have; record again, and another one begins");
	bool is_empty = w->n_batches == 0 && !w->is_changed;
	int code = w->error != SQLITE_OK || is_empty ? w->error : put_all(w, &row);
	w->error = SQLITE_OK;
	if (code != SQLITE_OK) {
		int r = schema_failed(w->db, code, w->path, diag);
		if (!w->is_nested && !sqlite3_get_autocommit(w->db))
			schema_run(w->db, "ROLLBACK");
		return r;
	}
	w->session = row;
	w->is_changed = false;
	forget_batches(w);
	code = is_empty ? SQLITE_OK : thin(w, now_us);
	check_chain(w);
	return code == SQLITE_OK ? 0 : schema_failed(w->db, code, w->path, diag);
}

int recording_end(struct recording_writer *w, struct diag *diag)
{
	int r = recording_flush(w, NOT_KNOWN, diag);

	forget_batches(w);
	w->is_session = w->is_changed = false;
	return r;
}

/* Of its rows, and of what says how many there are. */
static int remove_session(struct recording_writer *w)
{
	struct contents contents = { 0 };
	char sql[320];
	int code = begin(w);

	if (code == SQLITE_OK)
		code = contents_get(w->db, &contents);
	contents.n_sessions -= code == SQLITE_OK;
	uint64_t first = w->session.session << SESSION_SHIFT, last = first + BATCHES_MAX - 1;
	snprintf(sql, sizeof(sql),
		 "DELETE FROM main.batches WHERE batch BETWEEN %" PRIu64 " AND %" PRIu64
		 "; DELETE FROM main.tables WHERE batch BETWEEN %" PRIu64 " AND %" PRIu64
		 "; DELETE FROM main.sessions WHERE session = %" PRIu64,
		 first, last, first, last, w->session.session);
	if (code == SQLITE_OK)
		code = schema_run(w->db, sql);
	if (code == SQLITE_OK)
		code = contents_put(w->db, &contents);
	return code == SQLITE_OK ? schema_run(w->db, "COMMIT") : code;
}

int recording_drop(struct recording_writer *w, struct diag *diag)
{
	int code = w->session.session > 0 ? remove_session(w) : SQLITE_OK;
	int r = code == SQLITE_OK ? 0 : schema_failed(w->db, code, w->path, diag);

	if (w->db && !sqlite3_get_autocommit(w->db))
		schema_run(w->db, "ROLLBACK");
	forget_batches(w);
	w->session.session = 0;
	w->is_session = w->is_changed = false;
	return r;
}

void recording_keep(struct recording_writer *w, const struct recording_keep *keep) { w->keep = *keep; }

uint64_t recording_n_thinned(struct recording_writer *w)
{
	uint64_t n = w->n_thinned;

	w->n_thinned = 0;
	return n;
}

uint64_t recording_n_samples(const struct recording_writer *w) { return w->session.n_samples; }

int recording_writer_close(struct recording_writer *w, struct diag *diag)
{
	int r = w ? recording_end(w, diag) : 0;

	if (w)
		deinit(w);
	return r;
}
