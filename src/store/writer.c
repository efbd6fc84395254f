/* Writes a recording. Rows go into temporary tables of the same shape, in memory, and from there into the file, in one
 * short transaction every RECORDING_COMMIT_US: so several processes can record into one file, and a mark gets in. */
#define _DEFAULT_SOURCE /* strdup, strnlen */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board_code.h"
#include "entries.h"
#include "event_code.h"
#include "heap_code.h"
#include "memprof/base/date.h"
#include "memprof/base/number.h"
#include "memprof/base/vec.h"
#include "memprof/store/recording.h"
#include "schema.h"

enum {
	LEVEL = 3,        /* of zstd */
	POOLS_MAX = 4096, /* that are compared with; one of another size is another one */
	CHAIN_MAX_BYTES =
		4 << 20, /* of entries, before all of a snapshot is written again: what it takes to read one */
	CHUNK_MAX_BYTES = 1 << 20, /* of entries in one blob, but for the last of them */
	KEEP_INTERVAL_US = 30000000,
	KEEP_PARTS = 8,
};

struct pool_row {
	uint64_t pool; /* its number in the session, from 1 */
	char name[16];
	enum pool_kind kind;
	enum heap_memory memory;
	uint64_t start, size_bytes;
};

enum insert {
	INSERT_POOL,
	INSERT_SAMPLE,
	INSERT_DETAILS,
	INSERT_FIGURES,
	INSERT_EVENT,
	INSERT_CONSOLE,
	INSERT_TABLES,
	N_INSERTS
};

static const char *const inserts[N_INSERTS] = {
	[INSERT_POOL] = "INSERT INTO temp.pools VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[INSERT_SAMPLE] = "INSERT INTO temp.samples VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[INSERT_DETAILS] = "INSERT INTO temp.sample_details VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[INSERT_FIGURES] = "INSERT INTO temp.figures VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[INSERT_EVENT] = "INSERT INTO temp.events VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[INSERT_CONSOLE] = "INSERT INTO temp.console VALUES(?1, ?2, ?3)",
	[INSERT_TABLES] = "INSERT INTO temp.tables VALUES(?1, ?2, ?3, ?4, ?5)",
};

struct recording_writer {
	char *path;
	sqlite3 *db;
	bool is_ours; /* the file is a recording */
	sqlite3_stmt *inserts[N_INSERTS];
	int error; /* the first one since the last flush, SQLite's */
	struct recording_session session;
	bool is_live;
	uint64_t n_session, n_last;  /* the last id of it */
	struct event_hello hello;    /* the last one */
	VEC(struct pool_row, pools); /* the last ones */
	uint64_t n_all_pools;
	bool is_staged;           /* something is */
	uint64_t first_staged_us; /* by the caller's clock; NOT_KNOWN: not known yet */
	uint64_t n_staged, n_samples;
	bool board_is_new;
	struct board_info board;
	/* block tables */
	struct strbuf last, code; /* the last snapshot as bytes, and the next one */
	struct entries entries;   /* of the blob that is being made */
	struct strbuf before;     /* what it refers to (entries_follow) */
	uint64_t chain, n_chain_bytes, chain_at_us;
	uint64_t first_entry, last_entry;
	/* keeping */
	struct recording_keep keep;
	uint64_t kept_us, at_us, n_thinned; /* at_us: of the newest sample */
};

static void note_error(struct recording_writer *w, int code)
{
	if (w->error == SQLITE_OK && code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
		w->error = code;
}

static void bind_text(sqlite3_stmt *s, int i, const char *text)
{
	if (text && *text)
		sqlite3_bind_text(s, i, text, -1, SQLITE_TRANSIENT);
	else
		sqlite3_bind_null(s, i);
}

static void insert(struct recording_writer *w, enum insert what)
{
	note_error(w, sqlite3_step(w->inserts[what]));
	sqlite3_reset(w->inserts[what]);
}

static uint64_t next_id(struct recording_writer *w) { return (w->n_session << ID_SESSION_SHIFT) + ++w->n_last; }

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
		       "PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 256; PRAGMA synchronous = FULL") !=
		    SQLITE_OK ||
	    make_stages(w->db) != SQLITE_OK)
		return schema_error(w->db, w->path, diag);
	for (size_t i = 0; i < N_INSERTS; i++) {
		w->inserts[i] = schema_prepare(w->db, inserts[i]);
		if (!w->inserts[i])
			return schema_error(w->db, w->path, diag);
	}
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
	strbuf_deinit(&w->last);
	strbuf_deinit(&w->code);
	entries_deinit(&w->entries);
	strbuf_deinit(&w->before);
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

	snprintf(sql, sizeof(sql), "DELETE FROM main.sessions WHERE session = %" PRIu64, w->n_session);
	if (w->n_session && w->n_last == 0 && !w->board.known)
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
	bind_text(s, 2, session->format);
	schema_bind(s, 3, session->started_us);
	int code = sqlite3_step(s);
	sqlite3_finalize(s);
	w->n_session = (uint64_t)sqlite3_last_insert_rowid(w->db);
	w->session = *session;
	w->session.source = w->session.format = NULL;
	w->is_live = session->format == NULL;
	memset(&w->hello, 0, sizeof(w->hello));
	w->n_last = w->n_samples = w->n_all_pools = w->at_us = 0;
	w->chain = 0;
	strbuf_reset(&w->last);
	vec_deinit(w, pools);
	if (code != SQLITE_DONE)
		return schema_error(w->db, w->path, diag);
	return w->n_session < SESSIONS_MAX ?
		       0 :
		       diag_at(diag, (struct place){ .file = w->path }, -EFBIG, "it has too many sessions");
}

/* ---- block tables ---- */

/* The blob of what was collected. */
static void end_chunk(struct recording_writer *w)
{
	struct strbuf packed CLEANUP(strbuf_deinit) = STRBUF_INIT, joined = STRBUF_INIT;
	int error = w->error;

	if (entries_bytes(&w->entries) == 0)
		return;
	entries_join(&w->entries, &joined);
	if (strbuf_error(&joined) || entries_pack(&packed, &joined, &w->before) < 0) {
		note_error(w, SQLITE_NOMEM);
	} else {
		sqlite3_stmt *s = w->inserts[INSERT_TABLES];
		schema_bind(s, 1, w->first_entry);
		schema_bind(s, 2, w->chain);
		schema_bind(s, 3, w->last_entry);
		schema_bind(s, 4, joined.n_bytes);
		sqlite3_bind_blob64(s, 5, strbuf_text(&packed), packed.n_bytes, SQLITE_TRANSIENT);
		insert(w, INSERT_TABLES);
	}
	entries_follow(&w->before, &joined);
	strbuf_deinit(&joined);
	entries_reset(&w->entries);
	if (w->error != error)
		w->chain = 0; /* nothing may refer to a blob that is not there */
}

/* Chains are kept or removed as a whole, so with --keep none is longer than a part of what is to be kept. */
static bool is_too_long(const struct recording_writer *w, const struct event *event)
{
	bool is_old = w->keep.newest_us && event->at_us != NOT_KNOWN &&
		      event->at_us - w->chain_at_us > w->keep.newest_us / KEEP_PARTS;
	return is_old || (w->keep.max_bytes && w->n_chain_bytes > w->keep.max_bytes / KEEP_PARTS);
}

static void begin_chain(struct recording_writer *w, uint64_t id, uint64_t at_us)
{
	w->chain_at_us = at_us;
	end_chunk(w);
	strbuf_reset(&w->before);
	w->chain = id;
	w->n_chain_bytes = 0;
}

/* As what changed since the one before, or all of it. */
static void add_table(struct recording_writer *w, uint64_t id, const struct event *event)
{
	strbuf_reset(&w->code);
	heap_code_put(&w->code, event);
	if (strbuf_error(&w->code) || w->code.n_bytes > ENTRIES_MAX_BYTES / 2) {
		note_error(w, strbuf_error(&w->code) ? SQLITE_NOMEM : SQLITE_OK);
		end_chunk(w);
		w->chain = 0;
		return; /* figures alone */
	}
	if (entries_bytes(&w->entries) > CHUNK_MAX_BYTES)
		end_chunk(w);
	bool is_key = w->chain == 0 || w->last.n_bytes != w->code.n_bytes || w->n_chain_bytes > CHAIN_MAX_BYTES ||
		      is_too_long(w, event);
	if (is_key)
		begin_chain(w, id, event->at_us);
	size_t n_before = entries_bytes(&w->entries);
	if (n_before == 0)
		w->first_entry = w->last_entry = id;
	entries_add(&w->entries, id - w->last_entry, is_key ? NULL : strbuf_text(&w->last), strbuf_text(&w->code),
		    w->code.n_bytes);
	w->last_entry = id;
	w->n_chain_bytes += entries_bytes(&w->entries) - n_before;
	struct strbuf last = w->last;
	w->last = w->code;
	w->code = last;
}

/* ---- figures ---- */

/* The row of a pool as it is now. */
static uint64_t pool_id(struct recording_writer *w, const struct pool_row *pool)
{
	for (size_t i = w->n_pools; i-- > 0;) {
		const struct pool_row *p = &w->pools[i];
		if (p->kind == pool->kind && p->memory == pool->memory && p->start == pool->start &&
		    p->size_bytes == pool->size_bytes && strcmp(p->name, pool->name) == 0)
			return p->pool;
	}
	uint64_t id = w->n_all_pools + 1;
	if (w->n_pools == POOLS_MAX)
		vec_deinit(w, pools);
	struct pool_row *row = vec_add(w, pools);
	if (!row) {
		note_error(w, SQLITE_NOMEM);
		return 0;
	}
	*row = *pool;
	row->pool = w->n_all_pools = id;
	sqlite3_stmt *s = w->inserts[INSERT_POOL];
	schema_bind(s, 1, w->n_session);
	schema_bind(s, 2, id);
	sqlite3_bind_text(s, 3, pool->name, -1, SQLITE_TRANSIENT);
	schema_bind(s, 4, pool->kind);
	schema_bind(s, 5, pool->memory);
	schema_bind(s, 6, pool->start);
	schema_bind(s, 7, pool->size_bytes);
	insert(w, INSERT_POOL);
	return id;
}

/* Figures of one pool; NOT_KNOWN. */
struct figures_row {
	struct pool_row pool;
	uint64_t used_bytes, free_bytes, largest_free_bytes, peak_bytes, least_free_bytes;
};

/* Into the columns of a row from i on. */
static void bind_figures(struct recording_writer *w, sqlite3_stmt *s, int i, const struct figures_row *figures)
{
	schema_bind(s, i, pool_id(w, &figures->pool));
	schema_bind(s, i + 1, figures->used_bytes);
	schema_bind(s, i + 2, figures->free_bytes);
	schema_bind(s, i + 3, figures->largest_free_bytes);
}

static struct figures_row figures_of_heap(const struct heap_pool *pool, const struct history_figures *f)
{
	struct figures_row row = {
		.pool = { 0, "", f->kind, f->memory, pool->start, f->total_bytes },
		.used_bytes = f->used_bytes,
		.free_bytes = f->free_bytes,
		.largest_free_bytes = f->lfb_bytes,
		.peak_bytes = f->peak_bytes,
		.least_free_bytes = pool->reported.least_free_bytes,
	};

	memcpy(row.pool.name, f->name, sizeof(row.pool.name));
	return row;
}

/* The pools of a heap but for the first, which the sample has. */
static void add_figures(struct recording_writer *w, uint64_t sample, const struct heap *heap,
			const struct history_figures *figures)
{
	sqlite3_stmt *s = w->inserts[INSERT_FIGURES];

	for (uint32_t i = 1; i < heap->n_pools; i++) {
		const struct figures_row row = figures_of_heap(&heap->pools[i], &figures[i]);
		schema_bind(s, 1, (sample << ID_POOL_SHIFT) + i);
		bind_figures(w, s, 2, &row);
		schema_bind(s, 6, row.peak_bytes);
		schema_bind(s, 7, row.least_free_bytes);
		insert(w, INSERT_FIGURES);
	}
}

static struct figures_row figures_of_pool(const struct event_pool *p)
{
	struct figures_row row = {
		.pool = { 0, "", p->kind, MEMORY_NOT_KNOWN, p->start, p->total_bytes },
		.used_bytes = p->used_bytes,
		.free_bytes = p->free_bytes,
		.largest_free_bytes = p->largest_free_bytes,
		.peak_bytes = NOT_KNOWN,
		.least_free_bytes = p->min_free_bytes,
	};

	memcpy(row.pool.name, p->name, sizeof(row.pool.name));
	return row;
}

static struct figures_row figures_of_sample(const struct event *event)
{
	return (struct figures_row){
		.pool = { 0, "gc", POOL_GC, MEMORY_NOT_KNOWN, NOT_KNOWN, NOT_KNOWN },
		.used_bytes = event->sample.used_bytes,
		.free_bytes = event->sample.free_bytes,
		.largest_free_bytes = event->sample.largest_free_bytes,
		.peak_bytes = NOT_KNOWN,
		.least_free_bytes = NOT_KNOWN,
	};
}

/* ---- rows ---- */

/* The stamp, where it is not the time itself. */
static const char *own_time(const struct recording_writer *w, const struct event *event)
{
	char time[DATE_BYTES];

	if (!event->time[0])
		return NULL;
	if (event->at_us == NOT_KNOWN || w->session.started_us == NOT_KNOWN)
		return event->time;
	return strcmp(date_rfc3339(w->session.started_us + event->at_us, time), event->time) == 0 ? NULL : event->time;
}

/* -1: it has no time because the clock was set back, and not because nothing is known. */
static void bind_time(sqlite3_stmt *s, int i, const struct event *event)
{
	if (event->at_us == NOT_KNOWN && event->clock_fell)
		sqlite3_bind_int64(s, i, -1);
	else
		schema_bind(s, i, event->at_us);
}

/* Lines of a log; those of a live board are nowhere. */
static uint64_t line_of(const struct recording_writer *w, const struct event *event)
{
	return event->line && !w->is_live ? event->line : NOT_KNOWN;
}

/* What most samples have nothing of. */
static void add_details(struct recording_writer *w, uint64_t id, const struct event *event,
			const struct figures_row *figures)
{
	sqlite3_stmt *s = w->inserts[INSERT_DETAILS];
	uint64_t line = line_of(w, event);
	const char *time = own_time(w, event);
	const char *label = event->kind == EVENT_SNAPSHOT ? event->snapshot.label : "";

	if (event->kind == EVENT_SNAPSHOT && line == NOT_KNOWN && !time && !*label &&
	    figures->peak_bytes == NOT_KNOWN && figures->least_free_bytes == NOT_KNOWN)
		return;
	schema_bind(s, 1, id);
	schema_bind(s, 2, event->kind == EVENT_SNAPSHOT ? NOT_KNOWN : event->kind == EVENT_SAMPLE ? 1 : 2);
	schema_bind(s, 3, line);
	bind_text(s, 4, time);
	schema_bind_bytes(s, 5, *label ? label : NULL, strlen(label));
	schema_bind(s, 6, figures->peak_bytes);
	schema_bind(s, 7, figures->least_free_bytes);
	insert(w, INSERT_DETAILS);
}

static void add_sample(struct recording_writer *w, const struct event *event, uint64_t n_boot,
		       const struct history_figures *figures)
{
	sqlite3_stmt *s = w->inserts[INSERT_SAMPLE];
	uint64_t id = next_id(w);
	bool is_snapshot = event->kind == EVENT_SNAPSHOT;
	const struct figures_row row = is_snapshot ? figures_of_heap(event->snapshot.heap->pools, figures) :
				       event->kind == EVENT_SAMPLE ? figures_of_sample(event) :
								     figures_of_pool(&event->pool);

	schema_bind(s, 1, id);
	schema_bind(s, 2, n_boot);
	bind_time(s, 3, event);
	bind_figures(w, s, 4, &row);
	insert(w, INSERT_SAMPLE);
	add_details(w, id, event, &row);
	w->n_staged++;
	if (event->at_us != NOT_KNOWN)
		w->at_us = event->at_us;
	if (is_snapshot) {
		add_table(w, id, event);
		add_figures(w, id, event->snapshot.heap, figures);
	}
}

static void add_event(struct recording_writer *w, const struct event *event, uint64_t n_boot)
{
	struct strbuf details CLEANUP(strbuf_deinit) = STRBUF_INIT;
	sqlite3_stmt *s = w->inserts[INSERT_EVENT];
	struct event_row row;

	event_code_put(event, &row, &details);
	schema_bind(s, 1, next_id(w));
	schema_bind(s, 2, n_boot);
	bind_time(s, 3, event);
	schema_bind(s, 4, line_of(w, event));
	bind_text(s, 5, own_time(w, event));
	sqlite3_bind_text(s, 6, row.kind, -1, SQLITE_STATIC);
	schema_bind(s, 7, row.bytes);
	schema_bind(s, 8, row.duration_us);
	schema_bind(s, 9, row.board_us);
	bind_text(s, 10, row.pool);
	schema_bind_bytes(s, 11, row.text.bytes, row.text.n_bytes);
	bind_text(s, 12, row.details);
	insert(w, INSERT_EVENT);
}

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
	if (w->first_staged_us == NOT_KNOWN)
		w->first_staged_us = now_us;
	w->is_staged = true;
	if (w->is_live && event->kind == EVENT_HELLO && is_old_greeting(w, event))
		return;
	if (event_code_has(event->kind))
		add_event(w, event, n_boot);
	else
		add_sample(w, event, n_boot, figures);
}

void recording_text(struct recording_writer *w, uint64_t at_us, const char *bytes, size_t n_bytes)
{
	sqlite3_stmt *s = w->inserts[INSERT_CONSOLE];

	w->is_staged = true;
	schema_bind(s, 1, next_id(w));
	schema_bind(s, 2, at_us);
	schema_bind_bytes(s, 3, bytes, n_bytes);
	insert(w, INSERT_CONSOLE);
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

/* ---- keeping ---- */

/* Chains whose last snapshot is older than ?1, since 1970. Without "main", tables are those of the stages. */
#define OLD_CHAINS                                                                                                \
	"SELECT chain FROM (SELECT chain, max(last) AS newest FROM main.tables GROUP BY chain) JOIN main.samples" \
	" ON samples.id = newest JOIN main.sessions ON session = samples.id >> 28 WHERE at_us >= 0 AND started_us + at_us < ?1"
#define OLDEST_CHAIN "SELECT chain FROM main.tables WHERE chain <> ?1 ORDER BY id LIMIT 1"

/* Removes chains; how many snapshots had their tables there. */
static int remove_chains(struct recording_writer *w, const char *chains, uint64_t argument, uint64_t *ret_n)
{
	static const char count[] =
		"SELECT count(*) FROM main.tables JOIN main.samples ON samples.id BETWEEN tables.id AND tables.last"
		" LEFT JOIN main.sample_details ON sample_details.id = samples.id WHERE chain IN (%s) AND kind IS NULL";
	char sql[640];
	int code = SQLITE_OK;

	*ret_n = 0;
	for (int i = 0; i < 2 && code == SQLITE_OK; i++) {
		snprintf(sql, sizeof(sql), i == 0 ? count : "DELETE FROM main.tables WHERE chain IN (%s)", chains);
		sqlite3_stmt *s = schema_prepare(w->db, sql);
		if (!s)
			return sqlite3_errcode(w->db);
		schema_bind(s, 1, argument);
		code = sqlite3_step(s);
		if (code == SQLITE_ROW)
			*ret_n = (uint64_t)sqlite3_column_int64(s, 0);
		code = code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
		sqlite3_finalize(s);
	}
	return code;
}

static uint64_t file_bytes(sqlite3 *db)
{
	sqlite3_stmt *s = schema_prepare(db,
					 "SELECT (page_count - freelist_count) * page_size FROM"
					 " pragma_page_count, pragma_freelist_count, pragma_page_size");
	uint64_t n = s && sqlite3_step(s) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(s, 0) : 0;

	sqlite3_finalize(s);
	return n;
}

static uint64_t keep_interval_us(const struct recording_writer *w)
{
	return w->keep.newest_us ? MIN(w->keep.newest_us / KEEP_PARTS, (uint64_t)KEEP_INTERVAL_US) : KEEP_INTERVAL_US;
}

static int thin(struct recording_writer *w)
{
	uint64_t n, n_round = 1, now_us = w->session.started_us + w->at_us;
	int code = SQLITE_OK;

	if (w->keep.newest_us && w->session.started_us != NOT_KNOWN && now_us > w->keep.newest_us) {
		code = remove_chains(w, OLD_CHAINS, now_us - w->keep.newest_us, &n);
		w->n_thinned += n;
	}
	while (code == SQLITE_OK && n_round > 0 && w->keep.max_bytes && file_bytes(w->db) > w->keep.max_bytes) {
		code = remove_chains(w, OLDEST_CHAIN, w->chain, &n_round);
		w->n_thinned += n_round;
	}
	return code;
}

/* Another process that records into the file may have removed the chain, or its last snapshot was too old itself. */
static int check_chain(struct recording_writer *w)
{
	sqlite3_stmt *s = schema_prepare(w->db, "SELECT 1 FROM main.tables WHERE id = ?1");
	int code = s ? SQLITE_OK : sqlite3_errcode(w->db);

	if (s) {
		schema_bind(s, 1, w->chain);
		if (sqlite3_step(s) == SQLITE_DONE)
			w->chain = 0;
		code = sqlite3_finalize(s);
	}
	return code;
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
	end_chunk(w);
	int code = w->error == SQLITE_OK ? move_rows(w) : w->error;
	if (code == SQLITE_OK)
		code = forget_rows(w);
	if (code == SQLITE_OK && (w->keep.newest_us || w->keep.max_bytes) &&
	    (w->kept_us == NOT_KNOWN || now_us == NOT_KNOWN || now_us - w->kept_us >= keep_interval_us(w))) {
		code = thin(w);
		w->kept_us = now_us;
	}
	if (code == SQLITE_OK && w->chain)
		code = check_chain(w);
	w->error = SQLITE_OK;
	if (code == SQLITE_OK)
		return 0;
	int r = schema_failed(w->db, code, w->path, diag);
	if (!sqlite3_get_autocommit(w->db))
		schema_run(w->db, "ROLLBACK");
	return r;
}

void recording_keep(struct recording_writer *w, const struct recording_keep *keep) { w->keep = *keep; }

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
