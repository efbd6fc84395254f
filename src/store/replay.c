/* Hands out the events of a board, in order, as they were recorded. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "codes.h"
#include "memprof/base/date.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "reader.h"

/* ---- rows to events ---- */

/* A row that is next in its table. */
struct cursor {
	sqlite3_stmt *s;
	uint64_t id, last_id; /* id NOT_KNOWN: there are no more */
	int error;            /* SQLite's */
};

enum { SAMPLES, EVENTS, CONSOLE, N_CURSORS };

/* Order of columns below. A type that a column should not have reads as 0, NULL or NOT_KNOWN. */
#define SAMPLES_QUERY                                                                                           \
	"SELECT samples.id, at_us, kind, line, time, label, pool, used_bytes, free_bytes, largest_free_bytes,"  \
	" peak_bytes, least_free_bytes FROM samples LEFT JOIN sample_details ON sample_details.id = samples.id" \
	" WHERE samples.id BETWEEN ?1 AND ?2 ORDER BY samples.id"
#define EVENTS_QUERY                                                                                        \
	"SELECT id, at_us, line, time, kind, bytes, duration_us, board_us, pool, text, details FROM events" \
	" WHERE id BETWEEN ?1 AND ?2 ORDER BY id"
static const char *const queries[N_CURSORS] = {
	[SAMPLES] = SAMPLES_QUERY,
	[EVENTS] = EVENTS_QUERY,
	[CONSOLE] = "SELECT id, text FROM console WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
};
/* The columns from pool on as in the samples. */
static const char figures_query[] =
	"SELECT pool, used_bytes, free_bytes, largest_free_bytes, peak_bytes, least_free_bytes FROM figures"
	" WHERE id > ?1 << " SQL_POOL_SHIFT " AND id < (?1 + 1) << " SQL_POOL_SHIFT " ORDER BY id";
static const char pool_query[] =
	"SELECT name, kind, memory, start, size_bytes FROM pools WHERE session = ?1 AND pool = ?2";
enum { SAMPLES_POOL = 6 };

/* One session that is read. */
struct reading {
	struct recording *r;
	const struct recording_handler *handler;
	const struct session_row *session;
	uint64_t offset_us; /* of its times to those of the board's first session */
	struct cursor cursors[N_CURSORS];
	sqlite3_stmt *figures, *pools;
	sqlite3_stmt *marks; /* of memprof mark; NULL: they are not wanted */
	uint64_t n_samples;  /* that were read */
	uint64_t mark_us;    /* when the next one was set, since the session began; NOT_KNOWN: there are no more */
	struct table_reader tables;
};

static void step(struct cursor *c)
{
	int code = sqlite3_step(c->s);

	c->id = code == SQLITE_ROW ? schema_u64(c->s, 0) : NOT_KNOWN;
	c->error = code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
	if (code != SQLITE_ROW)
		return;
	if (c->id <= c->last_id) { /* SQLite does not compare the keys of pages */
		c->id = NOT_KNOWN;
		c->error = SQLITE_CORRUPT;
	}
	c->last_id = c->id;
}

static void get_text(sqlite3_stmt *s, int column, char *ret, size_t room)
{
	const char *bytes = sqlite3_column_blob(s, column);

	text_copy(ret, room, bytes ? bytes : "", (size_t)sqlite3_column_bytes(s, column));
}

/* at_us is column 1, the stamp another one. */
static void get_time(const struct reading *reading, struct event *ret, sqlite3_stmt *s, int column)
{
	uint64_t at_us = schema_u64(s, 1);
	uint64_t started_us = reading->session->started_us;

	ret->at_us = at_us == NOT_KNOWN ? at_us : at_us + reading->offset_us;
	ret->clock_fell = at_us == NOT_KNOWN && sqlite3_column_type(s, 1) == SQLITE_INTEGER;
	if (sqlite3_column_type(s, column) != SQLITE_NULL)
		get_text(s, column, ret->time, sizeof(ret->time));
	else if (at_us != NOT_KNOWN && started_us != NOT_KNOWN)
		date_rfc3339(started_us + at_us, ret->time);
}

/* A pool and its figures, in the columns from pool on. */
static bool get_pool(struct reading *reading, sqlite3_stmt *s, int pool, struct heap_pool *ret)
{
	sqlite3_stmt *pools = reading->pools;
	struct heap_reported *reported = &ret->reported;
	char name[sizeof(ret->name)];

	sqlite3_reset(pools);
	schema_bind(pools, 1, reading->session->session);
	schema_bind(pools, 2, schema_u64(s, pool));
	if (sqlite3_step(pools) != SQLITE_ROW)
		return false;
	uint64_t kind = schema_u64(pools, 1), memory = schema_u64(pools, 2);
	get_text(pools, 0, name, sizeof(name));
	*ret = heap_pool_named(name, kind < N_POOL_KINDS ? (enum pool_kind)kind : POOL_OTHER);
	ret->memory = memory <= MEMORY_FLASH ? (enum heap_memory)memory : MEMORY_NOT_KNOWN;
	ret->start = schema_u64(pools, 3);
	reported->total_bytes = schema_u64(pools, 4);
	reported->used_bytes = schema_u64(s, pool + 1);
	reported->free_bytes = schema_u64(s, pool + 2);
	reported->largest_free_bytes = schema_u64(s, pool + 3);
	reported->peak_bytes = schema_u64(s, pool + 4);
	reported->least_free_bytes = schema_u64(s, pool + 5);
	return text_is_visible(name, strlen(name));
}

static int add_pool(struct reading *reading, sqlite3_stmt *s, int column, struct heap *heap)
{
	struct heap_pool pool;

	int r = get_pool(reading, s, column, &pool) ? heap_add_figures(heap, &pool) : -EBADMSG;
	return r == -E2BIG ? -EBADMSG : r;
}

/* Figures of a sample: what is there of a snapshot whose block tables are not. */
static int figures_heap(struct reading *reading, struct heap *heap)
{
	sqlite3_stmt *s = reading->figures;

	heap_reset(heap);
	int error = add_pool(reading, reading->cursors[SAMPLES].s, SAMPLES_POOL, heap);
	sqlite3_reset(s);
	schema_bind(s, 1, reading->cursors[SAMPLES].id);
	while (error == 0 && sqlite3_step(s) == SQLITE_ROW)
		error = add_pool(reading, s, 0, heap);
	heap_seal(heap);
	return error;
}

static int get_snapshot(struct reading *reading, uint64_t id, struct event *ret)
{
	struct heap *heap = &reading->r->heap;
	struct table_reader *t = &reading->tables;
	int error = -EBADMSG;

	if (table_reader_find(t, id)) {
		error = heap_code_get((const uint8_t *)strbuf_text(&t->code), t->code.n_bytes, heap, ret);
		t->n_damaged += error == -EBADMSG;
	}
	if (error == -EBADMSG) {
		*ret = (struct event){ .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };
		error = figures_heap(reading, heap);
		reading->r->n_bare++;
	}
	ret->snapshot.heap = heap;
	return error;
}

/* 0; -EBADMSG: it is none; -ENOMEM. */
static int get_sample(struct reading *reading, struct event *ret)
{
	sqlite3_stmt *s = reading->cursors[SAMPLES].s;
	uint64_t kind = schema_u64(s, 2), line = schema_u64(s, 3);
	struct heap_pool pool;
	int error = 0;

	if (kind == NOT_KNOWN) {
		error = get_snapshot(reading, reading->cursors[SAMPLES].id, ret);
		get_text(s, 5, ret->snapshot.label, sizeof(ret->snapshot.label));
	} else if (!get_pool(reading, s, SAMPLES_POOL, &pool)) {
		error = -EBADMSG;
	} else {
		*ret = (struct event){ .kind = kind == SAMPLE_FIGURES ? EVENT_SAMPLE : EVENT_POOL, .pool = pool };
	}
	if (error < 0)
		return error;
	ret->line = line == NOT_KNOWN ? 0 : line;
	get_time(reading, ret, s, 4);
	return 0;
}

static int get_event(struct reading *reading, struct event *ret)
{
	sqlite3_stmt *s = reading->cursors[EVENTS].s;
	const char *kind = (const char *)sqlite3_column_text(s, 4);
	const char *pool = (const char *)sqlite3_column_text(s, 8);
	const char *details = (const char *)sqlite3_column_text(s, 10);
	const char *text = sqlite3_column_blob(s, 9);
	const struct event_row row = {
		.kind = kind ? kind : "",
		.bytes = schema_u64(s, 5),
		.duration_us = schema_u64(s, 6),
		.board_us = schema_u64(s, 7),
		.pool = pool,
		.text = { text ? text : "", (size_t)sqlite3_column_bytes(s, 9) },
		.details = details,
	};
	uint64_t line = schema_u64(s, 2);

	if (!event_code_get(&row, ret))
		return -EBADMSG;
	ret->line = line == NOT_KNOWN ? 0 : line;
	get_time(reading, ret, s, 3);
	return 0;
}

/* ---- reading ---- */

static int hand_out(struct reading *reading, size_t i)
{
	sqlite3_stmt *s = reading->cursors[i].s;
	struct event event;

	if (i == CONSOLE) {
		const char *text = sqlite3_column_blob(s, 1);
		if (text && reading->handler->on_text)
			reading->handler->on_text(reading->handler->text_ctx, text, (size_t)sqlite3_column_bytes(s, 1));
		return 0;
	}
	reading->n_samples += i == SAMPLES;
	int error = i == SAMPLES ? get_sample(reading, &event) : get_event(reading, &event);
	if (error == -EBADMSG) {
		reading->r->n_damaged++;
		return 0;
	}
	return error < 0 ? error : reading->handler->on_event(reading->handler->ctx, &event);
}

/* ---- marks that memprof mark set ---- */

static void next_mark(struct reading *reading)
{
	uint64_t at_us = sqlite3_step(reading->marks) == SQLITE_ROW ? schema_u64(reading->marks, 0) : NOT_KNOWN;

	reading->mark_us = at_us == NOT_KNOWN ? at_us : at_us - reading->session->started_us;
}

/* Those between this session and the next one of its board. */
static void find_marks(struct reading *reading, uint64_t end_us)
{
	static const char sql[] = "SELECT at_us, text FROM marks WHERE at_us >= ?1 AND at_us < ?2 ORDER BY at_us";

	reading->mark_us = NOT_KNOWN;
	if (reading->session->started_us == NOT_KNOWN)
		return;
	reading->marks = schema_prepare(reading->r->db, sql);
	if (!reading->marks)
		return;
	schema_bind(reading->marks, 1, reading->session->started_us);
	schema_bind(reading->marks, 2, end_us);
	next_mark(reading);
}

/* Those up to a time of the session. */
static int hand_out_marks(struct reading *reading, uint64_t until_us)
{
	int error = 0;

	while (error == 0 && reading->mark_us != NOT_KNOWN && reading->mark_us <= until_us) {
		const char *text = sqlite3_column_blob(reading->marks, 1);
		struct event event = { .kind = EVENT_MARK, .at_us = reading->mark_us + reading->offset_us };
		event.mark = (struct event_text){ text ? text : "", (size_t)sqlite3_column_bytes(reading->marks, 1) };
		date_rfc3339(reading->session->started_us + reading->mark_us, event.time);
		error = reading->handler->on_event(reading->handler->ctx, &event);
		next_mark(reading);
	}
	return error;
}

/* -ENODATA: a query could not be prepared. */
static int prepare(struct reading *reading, uint64_t from, uint64_t to)
{
	sqlite3 *db = reading->r->db;

	reading->figures = schema_prepare(db, figures_query);
	reading->pools = schema_prepare(db, pool_query);
	if (!reading->figures || !reading->pools || table_reader_open(&reading->tables, db, from, to) < 0)
		return -ENODATA;
	for (size_t i = 0; i < N_CURSORS; i++) {
		struct cursor *c = &reading->cursors[i];
		c->s = schema_prepare(db, queries[i]);
		if (!c->s)
			return -ENODATA;
		schema_bind(c->s, 1, from);
		schema_bind(c->s, 2, to);
		step(c);
	}
	return 0;
}

static void reading_deinit(struct reading *reading)
{
	for (size_t i = 0; i < N_CURSORS; i++)
		sqlite3_finalize(reading->cursors[i].s);
	sqlite3_finalize(reading->figures);
	sqlite3_finalize(reading->pools);
	sqlite3_finalize(reading->marks);
	table_reader_deinit(&reading->tables);
}

/* The lowest id of those that are next; NULL: the end. */
static struct cursor *lowest(struct reading *reading)
{
	struct cursor *least = &reading->cursors[0];

	for (size_t i = 1; i < N_CURSORS; i++)
		if (reading->cursors[i].id < least->id)
			least = &reading->cursors[i];
	return least->id == NOT_KNOWN ? NULL : least;
}

static int failed_code(const struct reading *reading)
{
	for (size_t i = 0; i < N_CURSORS; i++)
		if (reading->cursors[i].error != SQLITE_OK)
			return reading->cursors[i].error;
	return reading->tables.error;
}

static int read_session(struct recording *r, const struct recording_handler *handler, const struct session_row *session,
			uint64_t offset_us, uint64_t end_us, struct diag *diag)
{
	struct reading reading = { .r = r, .handler = handler, .session = session, .offset_us = offset_us };
	uint64_t first = session->session << ID_SESSION_SHIFT, from = first,
		 to = first + (UINT64_C(1) << ID_SESSION_SHIFT) - 1;
	struct cursor *c;

	if (r->chosen != NOT_KNOWN)
		from = to = r->chosen;
	int error = prepare(&reading, from, to);
	if (r->chosen == NOT_KNOWN)
		find_marks(&reading, end_us);
	else
		reading.mark_us = NOT_KNOWN;
	while (error == 0 && (c = lowest(&reading))) {
		uint64_t at_us = c == &reading.cursors[CONSOLE] ? NOT_KNOWN : schema_u64(c->s, 1);
		if (at_us != NOT_KNOWN)
			error = hand_out_marks(&reading, at_us);
		if (error == 0)
			error = hand_out(&reading, (size_t)(c - reading.cursors));
		step(c);
	}
	if (error == 0)
		error = hand_out_marks(&reading, NOT_KNOWN - 1);
	int code = error == -ENODATA ? sqlite3_errcode(r->db) : failed_code(&reading);
	r->n_damaged += reading.tables.n_damaged;
	if (error == 0 && r->chosen == NOT_KNOWN && reading.n_samples < session->n_samples)
		r->n_damaged += session->n_samples - reading.n_samples;
	reading_deinit(&reading);
	if (error < 0 && error != -ENODATA)
		return error;
	return code == SQLITE_OK ? 0 : schema_failed(r->db, code, r->path, diag);
}

/* When the next session of the board begins. */
static uint64_t end_of(const struct source_sessions *source, size_t i)
{
	uint64_t end_us = i + 1 < source->n_sessions ? source->sessions[i + 1].started_us : NOT_KNOWN;

	return end_us == NOT_KNOWN ? INT64_MAX : end_us;
}

/* A board that was recorded again may have been reset in between: its next session is another boot. */
static int begin_boot(const struct recording_handler *handler)
{
	struct event event = { .kind = EVENT_RESET, .at_us = NOT_KNOWN };

	return handler->on_event(handler->ctx, &event);
}

int recording_read(struct recording *r, const struct recording_handler *handler, struct diag *diag)
{
	const struct source_sessions *source = r->n_sources ? &r->sources[r->i_source] : NULL;
	bool any = false;
	int error = 0;

	r->n_damaged = r->n_bare = 0;
	schema_limit(r->db, &r->n_steps);
	for (size_t i = 0; error == 0 && source && i < source->n_sessions; i++) {
		const struct session_row *session = &source->sessions[i];
		uint64_t first_us = source->sessions[0].started_us, offset_us = 0;
		if (r->chosen != NOT_KNOWN && r->chosen >> ID_SESSION_SHIFT != session->session)
			continue;
		if (first_us != NOT_KNOWN && session->started_us != NOT_KNOWN && session->started_us > first_us)
			offset_us = session->started_us - first_us;
		error = any && session->n_samples > 0 ? begin_boot(handler) : 0;
		any |= session->n_samples > 0;
		if (error == 0)
			error = read_session(r, handler, session, offset_us, end_of(source, i), diag);
	}
	if (error < 0 || r->n_damaged == 0)
		return error;
	return diag_at(diag, (struct place){ .file = r->path }, -EBADMSG,
		       "%" PRIu64 " of its rows are damaged, and were left out", r->n_damaged);
}
