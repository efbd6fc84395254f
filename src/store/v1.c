#include "v1.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/json_read.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "reader.h"
#include "v1_tables.h"

/* ---- rows, in the order of their ids ---- */

enum { POOL_SHIFT = 5, KIND_FIGURES = 1 /* of a sample without a heap; another: of another pool */ };

/* A row that is next in its table. */
struct cursor {
	sqlite3_stmt *s;
	uint64_t id, to;    /* id NOT_KNOWN: there are no more */
	uint64_t n_damaged; /* rows, or places where some may be missing */
};

enum { SAMPLES, EVENTS, CONSOLE, N_CURSORS };

/* Order of columns below. A type that a column should not have reads as 0, NULL or NOT_KNOWN. */
#define SAMPLES_QUERY                                                                                           \
	"SELECT samples.id, at_us, kind, line, time, label, pool, used_bytes, free_bytes, largest_free_bytes,"  \
	" peak_bytes, least_free_bytes FROM samples LEFT JOIN sample_details ON sample_details.id = samples.id" \
	" WHERE samples.id >= ?1 ORDER BY samples.id"
#define EVENTS_QUERY                                                                                        \
	"SELECT id, at_us, line, time, kind, bytes, duration_us, board_us, pool, text, details FROM events" \
	" WHERE id >= ?1 ORDER BY id"
static const char *const queries[N_CURSORS] = {
	[SAMPLES] = SAMPLES_QUERY,
	[EVENTS] = EVENTS_QUERY,
	[CONSOLE] = "SELECT id, text FROM console WHERE id >= ?1 ORDER BY id",
};
/* The columns from pool on as in the samples. */
static const char figures_query[] =
	"SELECT pool, used_bytes, free_bytes, largest_free_bytes, peak_bytes, least_free_bytes FROM figures"
	" WHERE id > ?1 << 5 AND id < (?1 + 1) << 5 ORDER BY id";
static const char pool_query[] =
	"SELECT name, kind, memory, start, size_bytes FROM pools WHERE session = ?1 AND pool = ?2";
enum { SAMPLES_POOL = 6 };

struct v1_session {
	sqlite3 *db;
	struct recording_writer *w;
	uint64_t session;
	struct cursor cursors[N_CURSORS];
	sqlite3_stmt *figures, *pools;
	struct v1_tables tables;
	struct heap heap;
};

static void seek(struct cursor *c, uint64_t from)
{
	sqlite3_reset(c->s);
	schema_bind(c->s, 1, from);
}

/* To the next row; past what cannot be read, first close behind it, then twice as far and so on. SQLite does not
 * compare the keys of pages: one that is too high is damaged if another one follows that is not. */
static void step(struct cursor *c, uint64_t from)
{
	bool is_beyond = false;

	for (uint64_t far = 1; from <= c->to && far <= c->to; far *= 2) {
		int code = sqlite3_step(c->s);
		uint64_t id = code == SQLITE_ROW ? schema_u64(c->s, 0) : NOT_KNOWN;
		bool is_it = id >= from && id <= c->to,
		     is_end = code == SQLITE_DONE || (code == SQLITE_ROW && is_beyond);
		c->n_damaged += is_it && is_beyond;
		c->id = is_it ? id : NOT_KNOWN;
		if (is_it || is_end)
			return;
		is_beyond = code == SQLITE_ROW && id > c->to;
		if (is_beyond)
			continue;
		c->n_damaged++;
		if (code == SQLITE_INTERRUPT || code == SQLITE_NOMEM)
			break;
		from = code == SQLITE_ROW ? from : from + far;
		if (code != SQLITE_ROW)
			seek(c, from);
	}
	c->id = NOT_KNOWN;
}

static void get_text(sqlite3_stmt *s, int column, char *ret, size_t room)
{
	const char *bytes = sqlite3_column_blob(s, column);

	text_copy(ret, room, bytes ? bytes : "", (size_t)sqlite3_column_bytes(s, column));
}

/* at_us is column 1, the stamp another one, the line a third. */
static void get_place(struct event *ret, sqlite3_stmt *s, int time, int line)
{
	uint64_t number = schema_u64(s, line);

	ret->at_us = schema_u64(s, 1);
	if (sqlite3_column_type(s, 1) == SQLITE_INTEGER && (int64_t)ret->at_us < 0) {
		ret->at_us = NOT_KNOWN;
		ret->clock_fell = true;
	}
	ret->line = number == NOT_KNOWN ? 0 : number;
	get_text(s, time, ret->time, sizeof(ret->time));
}

/* A pool and its figures, in the columns from pool on. */
static bool get_pool(struct v1_session *v, sqlite3_stmt *s, int pool, struct heap_pool *ret)
{
	sqlite3_stmt *pools = v->pools;
	struct heap_reported *reported = &ret->reported;
	char name[sizeof(ret->name)];

	sqlite3_reset(pools);
	schema_bind(pools, 1, v->session);
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

/* Of a snapshot. False: it has none. */
static bool get_figures(struct v1_session *v, sqlite3_stmt *sample, struct heap_pool pools[HEAP_POOLS_MAX],
			uint32_t *ret_n)
{
	sqlite3_stmt *s = v->figures;

	*ret_n = 1;
	if (!get_pool(v, sample, SAMPLES_POOL, &pools[0]))
		return false;
	sqlite3_reset(s);
	schema_bind(s, 1, v->cursors[SAMPLES].id);
	while (*ret_n < HEAP_POOLS_MAX && sqlite3_step(s) == SQLITE_ROW)
		if (!get_pool(v, s, 0, &pools[(*ret_n)++]))
			return false;
	return true;
}

/* Its heap's bytes began with the event's own. */
static bool get_heap(struct v1_session *v, struct event *event)
{
	struct field_bytes in;
	uint64_t line;

	if (!v1_tables_find(&v->tables, v->cursors[SAMPLES].id, &in))
		return false;
	if (field_bytes_u64(&in, &line) && event_code_get_snapshot(&in, event) && heap_code_get(in, &v->heap) == 0)
		return true;
	v->tables.n_damaged++;
	return false;
}

static bool copy_sample(struct v1_session *v)
{
	sqlite3_stmt *s = v->cursors[SAMPLES].s;
	struct event event = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };
	struct heap_pool pools[HEAP_POOLS_MAX], pool;
	struct figures_code figures = { .pools = pools };
	uint64_t kind = schema_u64(s, 2);

	if (kind != NOT_KNOWN) {
		event = (struct event){ .kind = kind == KIND_FIGURES ? EVENT_SAMPLE : EVENT_POOL };
		if (!get_pool(v, s, SAMPLES_POOL, &pool))
			return false;
		event.pool = pool;
	} else {
		if (!get_figures(v, s, pools, &figures.n_pools))
			return false;
		event.snapshot.heap = get_heap(v, &event) ? &v->heap : NULL;
		get_text(s, 5, event.snapshot.label, sizeof(event.snapshot.label));
	}
	get_place(&event, s, 4, 3);
	writer_add(v->w, &event, kind == NOT_KNOWN ? &figures : NULL);
	return true;
}

/* ---- events: what few of them have is in JSON, the rest in columns ---- */

static const struct v1_column {
	const char *member;
	int column;
} columns[] = { { "asked_bytes", 5 }, { "total_bytes", 5 }, { "size_bytes", 5 }, { "duration_us", 6 },
		{ "board_us", 7 },    { "then_us", 7 },     { "pool", 8 } };

/* A member that is not there stays 0, false or empty. */
static bool get_detail(const struct field *member, const struct json_value *object, char *at)
{
	const struct json_value *value = object ? json_value_member(object, member->name) : NULL;
	const char *text;
	uint64_t wide;
	unsigned narrow;

	if (!value)
		return true;
	if (member->type == FIELD_BOOL)
		return json_value_bool(value, (bool *)(void *)at, NULL) == 0;
	if (member->type == FIELD_NAME) {
		bool ok = json_value_text(value, &text, NULL) == 0 && strlen(text) < member->size_bytes &&
			  text_is_visible(text, strlen(text));
		if (ok)
			memcpy(at, text, strlen(text) + 1);
		return ok;
	}
	bool is_null = json_value_kind(value) == JSON_NULL;
	if (!is_null && json_value_u64(value, &wide, NULL) < 0)
		return false;
	wide = is_null ? NOT_KNOWN : wide;
	narrow = (unsigned)wide;
	memcpy(at, member->type == FIELD_U64 ? (void *)&wide : (void *)&narrow, member->size_bytes);
	return member->type == FIELD_U64 || (!is_null && wide <= member->limit);
}

static bool get_member(const struct field *member, sqlite3_stmt *s, const struct json_value *object, char *at)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		if (strcmp(columns[i].member, member->name) != 0)
			continue;
		uint64_t value = schema_u64(s, columns[i].column);
		if (member->type == FIELD_NAME)
			get_text(s, columns[i].column, at, member->size_bytes);
		else
			memcpy(at, &value, sizeof(value));
		return member->type != FIELD_NAME || text_is_visible(at, strlen(at));
	}
	return get_detail(member, object, at);
}

static bool copy_event(struct v1_session *v)
{
	sqlite3_stmt *s = v->cursors[EVENTS].s;
	const char *name = (const char *)sqlite3_column_text(s, 4), *details = (const char *)sqlite3_column_text(s, 10),
		   *text = sqlite3_column_blob(s, 9);
	const struct event_text words = { text ? text : "", (size_t)sqlite3_column_bytes(s, 9) };
	const struct event_kind_code *kind = event_code_named(name ? name : "");
	struct json_document *document = NULL;
	struct event event = { .kind = kind ? kind->kind : EVENT_RESET };
	bool ok = kind != NULL;

	if (details)
		ok = ok && json_document_read(details, strlen(details), "details", &document, NULL) == 0;
	const struct json_value *root = document ? json_document_root(document) : NULL;
	for (size_t i = 0; ok && i < event_code_n_members(kind); i++)
		ok = get_member(&kind->members[i], s, root, (char *)&event + kind->members[i].offset);
	json_document_free(document);
	if (!ok)
		return false;
	if (kind->text >= 0)
		memcpy((char *)&event + kind->text, &words, sizeof(words));
	get_place(&event, s, 3, 2);
	writer_add(v->w, &event, NULL);
	return true;
}

static bool copy_text(struct v1_session *v)
{
	sqlite3_stmt *s = v->cursors[CONSOLE].s;
	const char *text = sqlite3_column_blob(s, 1);

	if (text)
		recording_text(v->w, text, (size_t)sqlite3_column_bytes(s, 1));
	return true;
}

/* ---- sessions ---- */

static bool open_session(struct v1_session *v)
{
	uint64_t from = v->session << SESSION_SHIFT, to = from + BATCHES_MAX - 1;
	bool ok = v1_tables_open(&v->tables, v->db, from, to);

	v->figures = schema_prepare(v->db, figures_query);
	v->pools = schema_prepare(v->db, pool_query);
	for (size_t i = 0; i < N_CURSORS; i++) {
		v->cursors[i] = (struct cursor){ .s = schema_prepare(v->db, queries[i]), .id = NOT_KNOWN, .to = to };
		ok &= v->cursors[i].s != NULL;
	}
	for (size_t i = 0; ok && i < N_CURSORS; i++) {
		seek(&v->cursors[i], from);
		step(&v->cursors[i], from);
	}
	return ok && v->figures && v->pools;
}

static void close_session(struct v1_session *v)
{
	for (size_t i = 0; i < N_CURSORS; i++)
		sqlite3_finalize(v->cursors[i].s);
	sqlite3_finalize(v->figures);
	sqlite3_finalize(v->pools);
	v1_tables_deinit(&v->tables);
	heap_deinit(&v->heap);
}

/* The lowest id of those that are next; NULL: the end. */
static struct cursor *lowest(struct v1_session *v)
{
	struct cursor *least = &v->cursors[0];

	for (size_t i = 1; i < N_CURSORS; i++)
		if (v->cursors[i].id < least->id)
			least = &v->cursors[i];
	return least->id == NOT_KNOWN ? NULL : least;
}

static int copy_session(struct v1_session *v, struct recording_sum *sum, struct diag *diag)
{
	static bool (*const copy[N_CURSORS])(struct v1_session *) = { copy_sample, copy_event, copy_text };
	struct cursor *c;
	int error = 0;

	heap_init(&v->heap);
	if (!open_session(v))
		sum->damage.n_others++;
	while (error == 0 && (c = lowest(v))) {
		size_t i = (size_t)(c - v->cursors);
		bool is_fine = copy[i](v);
		c->n_damaged += !is_fine;
		sum->n_samples += i == SAMPLES && is_fine;
		step(c, c->id + 1);
		error = recording_flush(v->w, 0, diag);
	}
	sum->damage.n_samples += v->cursors[SAMPLES].n_damaged;
	sum->damage.n_others += v->cursors[EVENTS].n_damaged + v->cursors[CONSOLE].n_damaged;
	sum->damage.n_tables += v->tables.n_damaged;
	close_session(v);
	return error;
}

static int copy_sessions(sqlite3 *from, struct recording_writer *w, uint64_t *n_steps, struct recording_sum *sum,
			 struct diag *diag)
{
	struct cursor sessions = {
		.s = schema_prepare(from,
				    "SELECT session, source, format, started_us, board FROM sessions WHERE session"
				    " >= ?1 ORDER BY session"),
		.id = NOT_KNOWN,
		.to = SESSIONS_MAX,
	};
	struct board_info board;
	int error = 0;

	if (!sessions.s)
		sum->damage.n_sessions++;
	else
		seek(&sessions, 1);
	for (step(&sessions, 1); error == 0 && sessions.id != NOT_KNOWN; step(&sessions, sessions.id + 1)) {
		struct v1_session v = { .db = from, .w = w, .session = sessions.id };
		sqlite3_stmt *s = sessions.s;
		const char *source = (const char *)sqlite3_column_text(s, 1);
		const void *code = sqlite3_column_blob(s, 4);
		const struct recording_session session = { source ? source : "",
							   (const char *)sqlite3_column_text(s, 2), schema_u64(s, 3) };
		error = recording_begin(w, &session, diag);
		if (error == 0 && code && board_code_get(code, (size_t)sqlite3_column_bytes(s, 4), &board))
			recording_board(w, &board);
		schema_limit(from, n_steps);
		if (error == 0)
			error = copy_session(&v, sum, diag);
		schema_limit(from, n_steps); /* one that takes too many does not end those behind it */
		sum->n_boards++;
	}
	sum->damage.n_sessions += sessions.n_damaged;
	sqlite3_finalize(sessions.s);
	return error == 0 ? recording_end(w, diag) : error;
}

/* ---- marks and files ---- */

/* Rows as they are, behind ?1, into rows with a checksum. */
static int copy_rows(sqlite3 *from, sqlite3 *to, const char *select, enum schema_table table, uint64_t *n,
		     uint64_t *n_lost)
{
	sqlite3_stmt *s = schema_prepare(from, select), *insert = schema_insert(to, table);
	int code = SQLITE_OK, read = SQLITE_ERROR;
	uint64_t last = 0;

	while (s && insert && code == SQLITE_OK && (read = sqlite3_step(s)) == SQLITE_ROW) {
		if (schema_u64(s, 0) <= last || schema_u64(s, 0) == NOT_KNOWN) {
			++*n_lost;
			continue;
		}
		last = schema_u64(s, 0);
		schema_copy(s, insert, table);
		code = schema_put(insert);
		++*n;
	}
	*n_lost += read != SQLITE_DONE;
	sqlite3_finalize(s);
	sqlite3_finalize(insert);
	return code;
}

static int copy_marks(sqlite3 *from, sqlite3 *to, struct recording_sum *sum)
{
	struct contents contents;
	int code = contents_get(to, &contents);

	if (code == SQLITE_OK)
		code = copy_rows(from, to, "SELECT mark, at_us, text FROM marks WHERE mark > 0 ORDER BY mark",
				 TABLE_MARKS, &contents.n_marks, &sum->damage.n_marks);
	if (code == SQLITE_OK)
		code = copy_rows(from, to, "SELECT file, mark, name, content FROM files WHERE file > 0 ORDER BY file",
				 TABLE_FILES, &contents.n_files, &sum->damage.n_files);
	sum->n_marks = contents.n_marks;
	sum->n_files = contents.n_files;
	return code == SQLITE_OK ? contents_put(to, &contents) : code;
}

/* ---- all of it ---- */

int v1_copy(sqlite3 *from, sqlite3 *to, const char *path, struct recording_sum *sum, struct diag *diag)
{
	struct recording_writer *w = writer_new(to, path);
	struct recording_damage *damage = &sum->damage;
	uint64_t n_steps;
	int code = SQLITE_OK, error = w ? 0 : diag_set(diag, -ENOMEM, "out of memory");

	if (w)
		w->is_nested = true;
	schema_limit(from, &n_steps);
	if (error == 0)
		code = schema_run(to, SQL_BEGIN_ALONE);
	if (error == 0 && code == SQLITE_OK) {
		error = copy_sessions(from, w, &n_steps, sum, diag);
		code = error == 0 ? copy_marks(from, to, sum) : SQLITE_OK;
	}
	if (error == 0 && code == SQLITE_OK)
		code = schema_run(to, "COMMIT");
	if (code != SQLITE_OK)
		error = schema_failed(to, code, path, diag);
	if (w)
		recording_writer_close(w, NULL);
	bool is_seen = damage->n_sessions + damage->n_samples + damage->n_tables + damage->n_marks + damage->n_others >
		       0;
	schema_limit(from, &n_steps);
	if (error == 0 && !is_seen && !schema_is_sound(from))
		damage->n_others++;
	schema_limit(from, NULL);
	return error;
}
