/* Hands out the events of a board, in order, as they were recorded. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/date.h"
#include "memprof/base/number.h"
#include "reader.h"

/* One session that is read. */
struct reading {
	struct recording *r;
	const struct recording_handler *handler;
	const struct session_row *session;
	uint64_t offset_us; /* of its times to those of the board's first session */
	struct batch_reader batches;
	sqlite3_stmt *marks;             /* of memprof mark; NULL: they are not wanted */
	uint64_t mark_us;                /* when the next one was set, since the session began; NOT_KNOWN: no more */
	uint64_t n_samples, n_snapshots; /* that were read; n_snapshots: of the present batch */
};

/* ---- marks that memprof mark set ---- */

static void next_mark(struct reading *reading)
{
	uint64_t at_us = NOT_KNOWN;

	while (at_us == NOT_KNOWN && sqlite3_step(reading->marks) == SQLITE_ROW)
		if (schema_is_fine(reading->marks, TABLE_MARKS))
			at_us = schema_u64(reading->marks, 1);
	reading->mark_us = at_us == NOT_KNOWN ? at_us : at_us - reading->session->started_us;
}

/* Those between this session and the next one of its board. */
static void find_marks(struct reading *reading, uint64_t end_us)
{
	reading->mark_us = NOT_KNOWN;
	if (reading->session->started_us == NOT_KNOWN || reading->r->chosen.batch)
		return;
	reading->marks = schema_select(reading->r->db, TABLE_MARKS,
				       "WHERE at_us >= ?1 AND at_us < ?2 ORDER BY at_us, mark");
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
		const char *text = sqlite3_column_blob(reading->marks, 2);
		struct event event = { .kind = EVENT_MARK, .at_us = reading->mark_us + reading->offset_us };
		event.mark = (struct event_text){ text ? text : "", (size_t)sqlite3_column_bytes(reading->marks, 2) };
		date_rfc3339(reading->session->started_us + reading->mark_us, event.time);
		error = reading->handler->on_event(reading->handler->ctx, &event);
		next_mark(reading);
	}
	return error;
}

/* ---- events ---- */

static void set_time(const struct reading *reading, struct event *event)
{
	uint64_t started_us = reading->session->started_us;

	if (event->at_us == NOT_KNOWN)
		return;
	if (!event->time[0] && started_us != NOT_KNOWN)
		date_rfc3339(started_us + event->at_us, event->time);
	event->at_us += reading->offset_us;
}

/* A snapshot whose block tables are not there has its figures. */
static int take_heap(struct reading *reading, struct event_code *code)
{
	struct recording *r = reading->r;
	struct field_bytes bytes = code->has_table ? batch_reader_heap(&reading->batches) :
						     (struct field_bytes){ NULL, 0 };
	int error = bytes.n_bytes > 0 ? heap_code_get(bytes, &r->heap) : -EBADMSG;
	r->read.n_tables += bytes.n_bytes > 0 && error == -EBADMSG;

	if (error == -EBADMSG) {
		r->n_bare++;
		error = event_code_figures(code, &r->heap);
	}
	code->event.snapshot.heap = &r->heap;
	return error;
}

static int hand_out(struct reading *reading, struct event_code *code)
{
	const struct recording_handler *handler = reading->handler;
	struct event *event = &code->event;
	int error = 0;

	if (code->is_text) {
		if (handler->on_text)
			handler->on_text(handler->text_ctx, code->text.bytes, code->text.n_bytes);
		return 0;
	}
	reading->n_samples += event_code_is_sample(code);
	if (event->at_us != NOT_KNOWN)
		error = hand_out_marks(reading, event->at_us);
	if (error == 0 && event->kind == EVENT_SNAPSHOT)
		error = take_heap(reading, code);
	set_time(reading, event);
	return error == 0 ? handler->on_event(handler->ctx, event) : error;
}

/* The chosen one of a batch's snapshots, or all there is. */
static bool is_wanted(struct reading *reading, const struct event_code *code)
{
	const struct chosen *chosen = &reading->r->chosen;

	if (!chosen->batch)
		return true;
	if (code->is_text || code->event.kind != EVENT_SNAPSHOT)
		return false;
	bool is_it = reading->n_snapshots++ == chosen->i;
	if (!is_it && code->has_table)
		batch_reader_heap(&reading->batches);
	return is_it;
}

static int read_batch(struct reading *reading)
{
	struct batch_reader *b = &reading->batches;
	struct field_bytes in = { (const uint8_t *)strbuf_text(&b->events), b->events.n_bytes };
	struct event_code code;
	int error = 0;

	batch_reader_tables(b);
	while (error == 0 && in.n_bytes > 0) {
		error = event_code_get(&in, &code);
		if (error == 0 && is_wanted(reading, &code))
			error = hand_out(reading, &code);
	}
	return error;
}

static int read_batches(struct reading *reading)
{
	struct recording *r = reading->r;
	struct batch_reader *b = &reading->batches;
	uint64_t from = 1, to = reading->session->n_batches;
	int error = 0;

	if (r->chosen.batch) {
		to = r->chosen.batch;
		from = batch_reader_find(b, to) ? MIN(b->chain, to) : to;
	}
	for (uint64_t n = from; n <= to && error == 0 && b->error != SQLITE_INTERRUPT; n++) {
		bool is_there = batch_reader_find(b, n);
		if (is_there && n < to && r->chosen.batch)
			batch_reader_tables(b);
		else if (is_there)
			error = read_batch(reading);
		if (!is_there || error == -EBADMSG)
			r->read.n_batches++;
		error = error == -EBADMSG ? 0 : error;
	}
	return error;
}

static int read_session(struct recording *r, const struct recording_handler *handler, const struct session_row *session,
			uint64_t offset_us, uint64_t end_us, struct diag *diag)
{
	struct reading reading = { .r = r, .handler = handler, .session = session, .offset_us = offset_us };

	if (!batch_reader_open(&reading.batches, r->db, session))
		return schema_error(r->db, r->path, diag);
	find_marks(&reading, end_us);
	int error = read_batches(&reading);
	if (error == 0)
		error = hand_out_marks(&reading, NOT_KNOWN - 1);
	r->read.n_tables += reading.batches.n_damaged_tables;
	if (!r->chosen.batch)
		r->read.n_samples += session->n_samples - MIN(session->n_samples, reading.n_samples);
	int code = reading.batches.error;
	batch_reader_deinit(&reading.batches);
	sqlite3_finalize(reading.marks);
	return error == 0 && code == SQLITE_INTERRUPT ? schema_failed(r->db, code, r->path, diag) : error;
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

/* ---- damage ---- */

void recording_damage_sum(struct recording_damage *d)
{
	d->n_all = d->n_sessions + d->n_batches + d->n_samples + d->n_tables + d->n_marks + d->n_files + d->n_others;
}

struct recording_damage recording_damage(const struct recording *r)
{
	struct recording_damage d = r->found;

	d.n_batches += r->read.n_batches;
	d.n_samples += r->read.n_samples;
	d.n_tables += r->read.n_tables;
	recording_damage_sum(&d);
	return d;
}

static void add_count(struct strbuf *out, uint64_t n, const char *one, const char *many)
{
	if (n > 0)
		strbuf_printf(out, "%s%" PRIu64 " %s", out->n_bytes > 0 ? ", " : "", n, n == 1 ? one : many);
}

void recording_damage_text(const struct recording_damage *d, struct strbuf *out)
{
	add_count(out, d->n_samples, "snapshot", "snapshots");
	add_count(out, d->n_samples > 0 ? 0 : d->n_batches, "batch of events", "batches of events");
	add_count(out, d->n_tables, "block table", "block tables");
	add_count(out, d->n_sessions, "entry of a board", "entries of boards");
	add_count(out, d->n_marks, "mark", "marks");
	add_count(out, d->n_files, "file of a mark", "files of marks");
	if (out->n_bytes == 0)
		strbuf_puts(out, "a part of it");
}

int reader_damaged(const struct recording *r, struct diag *diag)
{
	const struct recording_damage damage = recording_damage(r);
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (damage.n_all == 0)
		return 0;
	recording_damage_text(&damage, &words);
	return diag_at(
		diag, (struct place){ .file = r->path }, -EBADMSG,
		"the recording is damaged: %s missing or wrong, and left out; memprof convert --recover saves the rest",
		strbuf_text(&words));
}

int recording_read(struct recording *r, const struct recording_handler *handler, struct diag *diag)
{
	const struct source_sessions *source = r->n_sources ? &r->sources[r->i_source] : NULL;
	bool any = false;
	int error = 0;

	r->read = (struct recording_damage){ 0 };
	r->n_bare = 0;
	schema_limit(r->db, &r->n_steps);
	for (size_t i = 0; error == 0 && source && i < source->n_sessions; i++) {
		const struct session_row *session = &source->sessions[i];
		uint64_t first_us = source->sessions[0].started_us, offset_us = 0;
		if (r->chosen.batch && r->chosen.session != session->session)
			continue;
		if (first_us != NOT_KNOWN && session->started_us != NOT_KNOWN && session->started_us > first_us)
			offset_us = session->started_us - first_us;
		error = any && session->n_samples > 0 ? begin_boot(handler) : 0;
		any |= session->n_samples > 0;
		if (error == 0)
			error = read_session(r, handler, session, offset_us, end_of(source, i), diag);
	}
	return error < 0 ? error : reader_damaged(r, diag);
}
