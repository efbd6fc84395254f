#include <string.h>

#include "codes.h"
#include "memprof/base/date.h"
#include "memprof/base/number.h"
#include "writer.h"

enum { POOLS_MAX = 4096 }; /* that are compared with; one of another size is another one */

void writer_note_error(struct recording_writer *w, int code)
{
	if (w->error == SQLITE_OK && code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
		w->error = code;
}

void writer_bind_text(sqlite3_stmt *s, int i, const char *text)
{
	if (text && *text)
		sqlite3_bind_text(s, i, text, -1, SQLITE_TRANSIENT);
	else
		sqlite3_bind_null(s, i);
}

void writer_insert(struct recording_writer *w, enum insert what)
{
	writer_note_error(w, sqlite3_step(w->inserts[what]));
	sqlite3_reset(w->inserts[what]);
}

uint64_t writer_next_id(struct recording_writer *w) { return (w->n_session << ID_SESSION_SHIFT) + ++w->n_last; }

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
		writer_note_error(w, SQLITE_NOMEM);
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
	writer_insert(w, INSERT_POOL);
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

/* f: as it was worked out; NULL: as it was reported. */
static struct figures_row figures_of(const struct heap_pool *pool, const struct history_figures *f)
{
	const struct heap_reported *reported = &pool->reported;
	struct figures_row row = {
		.pool = { 0, "", pool->kind, pool->memory, pool->start,
			  f ? f->state.total_bytes : reported->total_bytes },
		.used_bytes = f ? f->state.used_bytes : reported->used_bytes,
		.free_bytes = f ? f->state.free_bytes : reported->free_bytes,
		.largest_free_bytes = f ? f->state.lfb_bytes : reported->largest_free_bytes,
		.peak_bytes = f ? f->peak_bytes : reported->peak_bytes,
		.least_free_bytes = reported->least_free_bytes,
	};

	memcpy(row.pool.name, pool->name, sizeof(row.pool.name));
	return row;
}

/* The pools of a heap but for the first, which the sample has. */
static void add_figures(struct recording_writer *w, uint64_t sample, const struct heap *heap,
			const struct history_figures *figures)
{
	sqlite3_stmt *s = w->inserts[INSERT_FIGURES];

	for (uint32_t i = 1; i < heap->n_pools; i++) {
		const struct figures_row row = figures_of(&heap->pools[i], &figures[i]);
		schema_bind(s, 1, (sample << ID_POOL_SHIFT) + i);
		bind_figures(w, s, 2, &row);
		schema_bind(s, 6, row.peak_bytes);
		schema_bind(s, 7, row.least_free_bytes);
		writer_insert(w, INSERT_FIGURES);
	}
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

static uint64_t sample_kind(const struct event *event)
{
	return event->kind == EVENT_SNAPSHOT ? NOT_KNOWN : event->kind == EVENT_SAMPLE ? SAMPLE_FIGURES : SAMPLE_POOL;
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
	schema_bind(s, 2, sample_kind(event));
	schema_bind(s, 3, line);
	writer_bind_text(s, 4, time);
	schema_bind_bytes(s, 5, *label ? label : NULL, strlen(label));
	schema_bind(s, 6, figures->peak_bytes);
	schema_bind(s, 7, figures->least_free_bytes);
	writer_insert(w, INSERT_DETAILS);
}

void writer_add_sample(struct recording_writer *w, const struct event *event, uint64_t n_boot,
		       const struct history_figures *figures)
{
	sqlite3_stmt *s = w->inserts[INSERT_SAMPLE];
	uint64_t id = writer_next_id(w);
	bool is_snapshot = event->kind == EVENT_SNAPSHOT;
	const struct figures_row row = is_snapshot ? figures_of(event->snapshot.heap->pools, figures) :
						     figures_of(&event->pool, NULL);

	schema_bind(s, 1, id);
	schema_bind(s, 2, n_boot);
	bind_time(s, 3, event);
	bind_figures(w, s, 4, &row);
	writer_insert(w, INSERT_SAMPLE);
	add_details(w, id, event, &row);
	w->n_staged++;
	if (event->at_us != NOT_KNOWN)
		w->at_us = event->at_us;
	if (is_snapshot) {
		writer_note_error(w, table_writer_add(&w->tables, id, event));
		add_figures(w, id, event->snapshot.heap, figures);
	}
}

void writer_add_event(struct recording_writer *w, const struct event *event, uint64_t n_boot)
{
	struct strbuf details CLEANUP(strbuf_deinit) = STRBUF_INIT;
	sqlite3_stmt *s = w->inserts[INSERT_EVENT];
	struct event_row row;

	event_code_put(event, &row, &details);
	schema_bind(s, 1, writer_next_id(w));
	schema_bind(s, 2, n_boot);
	bind_time(s, 3, event);
	schema_bind(s, 4, line_of(w, event));
	writer_bind_text(s, 5, own_time(w, event));
	sqlite3_bind_text(s, 6, row.kind, -1, SQLITE_STATIC);
	schema_bind(s, 7, row.bytes);
	schema_bind(s, 8, row.duration_us);
	schema_bind(s, 9, row.board_us);
	writer_bind_text(s, 10, row.pool);
	schema_bind_bytes(s, 11, row.text.bytes, row.text.n_bytes);
	writer_bind_text(s, 12, row.details);
	writer_insert(w, INSERT_EVENT);
}
