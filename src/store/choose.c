/* Which board of a recording, and which snapshot of it, somebody means. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/date.h"
#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"
#include "reader.h"

enum { NAMES_MAX = SCHEMA_NAMES_MAX, NAME_BYTES = SCHEMA_NAME_BYTES };

static const struct source_sessions *chosen_source(const struct recording *r) { return &r->sources[r->i_source]; }

/* ---- the board ---- */

/* "SOURCE", "SOURCE@WHEN": behind the name. NULL: it is another one. */
static const char *after_name(const char *choice, const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || strncmp(choice, name, n) != 0)
		return NULL;
	return choice[n] == '@' ? choice + n + 1 : choice[n] == '\0' ? choice + n : NULL;
}

static int refuse(const struct recording *r, const char *choice, struct diag *diag)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct place at = { .file = r->path };

	for (size_t i = 0; i < r->n_sources && i < NAMES_MAX; i++) {
		strbuf_puts(&names, i == 0 ? "" : ", ");
		text_clean(&names, r->sources[i].about.name);
	}
	const char *more = r->n_sources > NAMES_MAX ? " ..." : "";
	if (choice)
		return diag_at(diag, at, -EINVAL,
			       "'%s' is none of its boards: %s%s; a moment comes behind the board, FILE@BOARD@WHEN",
			       choice, strbuf_text(&names), more);
	return diag_at(diag, at, -EINVAL, "it has %zu boards: %s%s; choose one: %s@%s", r->n_sources,
		       strbuf_text(&names), more, r->path, r->sources[0].about.name);
}

/* The only board with samples, among others of which there is only text, or nothing. */
static bool choose_only_samples(struct recording *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_sources; i++)
		if (r->sources[i].about.n_samples > 0) {
			r->i_source = i;
			n++;
		}
	return n == 1;
}

/* *ret_when: the rest of the choice, NULL: nothing is left. */
static int choose_source(struct recording *r, const char *choice, const char **ret_when, struct diag *diag)
{
	const char *found = NULL;

	*ret_when = choice;
	for (size_t i = 0; choice && i < r->n_sources; i++) {
		const char *rest = after_name(choice, r->sources[i].about.name);
		if (!rest || (found && rest < found)) /* of "a" and "a@b" the longer one */
			continue;
		r->i_source = i;
		found = rest;
	}
	if (found) {
		*ret_when = *found ? found : NULL;
		return 0;
	}
	if (r->n_sources == 0)
		return diag_at(diag, (struct place){ .file = r->path }, -EINVAL, "nothing was recorded in it");
	return r->n_sources == 1 || choose_only_samples(r) ? 0 : refuse(r, choice, diag);
}

/* ---- snapshots by number and time ---- */

static uint64_t distance(uint64_t a, uint64_t b) { return a > b ? a - b : b - a; }

struct found {
	struct chosen at;
	uint64_t at_us; /* since 1970, or since the session's beginning; NOT_KNOWN: none was found */
};
static const struct found NOT_FOUND = { .at_us = NOT_KNOWN };

/* The snapshot of a batch that is i_wanted, or nearest to a time of the session; at_us NOT_KNOWN: has no part in it. */
static struct found find_in(struct batch_reader *b, uint64_t i_wanted, uint64_t at_us)
{
	struct field_bytes in = { (const uint8_t *)strbuf_text(&b->events), b->events.n_bytes };
	struct found best = NOT_FOUND;
	struct event_code code;
	uint64_t i = 0, least = NOT_KNOWN;

	while (in.n_bytes > 0 && event_code_get(&in, &code) == 0) {
		if (code.is_text || code.event.kind != EVENT_SNAPSHOT)
			continue;
		uint64_t apart = i == i_wanted ? 0 : NOT_KNOWN;
		if (at_us != NOT_KNOWN)
			apart = code.event.at_us == NOT_KNOWN ? NOT_KNOWN : distance(code.event.at_us, at_us);
		if (apart < least) {
			least = apart;
			best = (struct found){ { b->session->session, b->n, i, b->n_before }, code.event.at_us };
		}
		i++;
	}
	return best;
}

/* The first batch from n to end with a snapshot that has a time; 0: there is none. */
static uint64_t timed_batch(struct batch_reader *b, uint64_t n, uint64_t end)
{
	for (; n <= end && b->error != SQLITE_INTERRUPT; n++)
		if (batch_reader_find(b, n) && b->first_us != NOT_KNOWN)
			return n;
	return 0;
}

/* The snapshot of a session nearest to a time of it, which grows with the batches. */
static struct found nearest_in(struct batch_reader *b, uint64_t at_us)
{
	uint64_t low = 1, high = b->session->n_batches, before = 0;

	while (low <= high) {
		uint64_t middle = low + (high - low) / 2, n = timed_batch(b, middle, high);
		if (n == 0 || b->first_us > at_us) {
			high = middle - 1;
		} else {
			before = n;
			low = n + 1;
		}
	}
	struct found found = NOT_FOUND;
	if (before > 0 && batch_reader_find(b, before))
		found = find_in(b, 0, at_us);
	if (timed_batch(b, before + 1, b->session->n_batches) == 0)
		return found;
	struct found after = find_in(b, 0, at_us);
	if (found.at_us == NOT_KNOWN)
		return after;
	return distance(found.at_us, at_us) <= distance(after.at_us, at_us) ? found : after;
}

/* at_us: as in struct found. */
static struct found nearest(struct recording *r, const struct session_row *session, uint64_t at_us)
{
	uint64_t started_us = session->started_us == NOT_KNOWN ? 0 : session->started_us;
	struct found found = NOT_FOUND;
	struct batch_reader b;

	if (batch_reader_open(&b, r->db, session))
		found = nearest_in(&b, at_us - MIN(started_us, at_us));
	batch_reader_deinit(&b);
	if (found.at_us != NOT_KNOWN)
		found.at_us += started_us;
	return found;
}

/* ---- how far it is from there ---- */

/* The first or the last time of the board; NOT_KNOWN: no snapshot has one. */
static uint64_t bound(struct recording *r, bool is_end)
{
	const struct source_sessions *source = chosen_source(r);

	for (size_t i = 0; i < source->n_sessions; i++) {
		const struct session_row *session = &source->sessions[is_end ? source->n_sessions - 1 - i : i];
		struct found found = nearest(r, session, is_end ? NOT_KNOWN - 1 : 0);
		if (found.at_us != NOT_KNOWN)
			return found.at_us;
	}
	return NOT_KNOWN;
}

/* The mean distance of the snapshots of a session. */
static uint64_t spacing_us(struct recording *r, const struct session_row *session)
{
	struct found first = nearest(r, session, 0), last = nearest(r, session, NOT_KNOWN - 1);

	if (session->n_samples < 2 || first.at_us == NOT_KNOWN || last.at_us < first.at_us)
		return 0;
	return (last.at_us - first.at_us) / (session->n_samples - 1);
}

static void describe(const struct session_row *session, const struct found *found, char *ret, size_t room)
{
	char date[DATE_BYTES];

	if (session->started_us != NOT_KNOWN)
		snprintf(ret, room, "%s", date_rfc3339(found->at_us, date));
	else
		snprintf(ret, room, "+%.3fs", (double)found->at_us / 1e6);
}

/* A time before the first snapshot or behind the last one, by more than they are apart. */
static void note_distance(struct recording *r, const struct session_row *session, const struct found *found,
			  uint64_t at_us, const char *when)
{
	uint64_t first_us = bound(r, false), last_us = bound(r, true), apart_us = spacing_us(r, session);
	char took[DATE_BYTES];

	if (at_us >= first_us - MIN(first_us, apart_us) && at_us <= last_us + apart_us)
		return;
	describe(session, found, took, sizeof(took));
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	text_visible(&words, when, MIN(strlen(when), (size_t)NAME_BYTES), false);
	snprintf(r->moment.note, sizeof(r->moment.note),
		 "nothing was recorded at '%s', %s its %s snapshot, of %s; shown is that", strbuf_text(&words),
		 at_us < first_us ? "before" : "after", at_us < first_us ? "first" : "last", took);
}

/* ---- by time and number ---- */

static int choose_time(struct recording *r, uint64_t at_us, const char *when, struct diag *diag)
{
	const struct source_sessions *source = chosen_source(r);
	struct found best = NOT_FOUND;
	size_t i_best = 0;

	for (size_t i = 0; i < source->n_sessions; i++) {
		struct found found = nearest(r, &source->sessions[i], at_us);
		if (found.at_us == NOT_KNOWN ||
		    (best.at_us != NOT_KNOWN && distance(found.at_us, at_us) >= distance(best.at_us, at_us)))
			continue;
		best = found;
		i_best = i;
	}
	r->chosen = best.at;
	if (best.at_us == NOT_KNOWN)
		return diag_at(diag, (struct place){ .file = r->path }, -EINVAL,
			       "no snapshot with a time is in it, so none is at '%s'; #1 is the first", when);
	note_distance(r, &source->sessions[i_best], &best, at_us, when);
	return 0;
}

/* The snapshot i of a session, by the numbers that each batch begins with. */
static struct found numbered(struct batch_reader *b, uint64_t i)
{
	uint64_t low = 1, high = b->session->n_batches, last = 0;

	while (low <= high) {
		uint64_t middle = low + (high - low) / 2, n = middle;
		while (n <= high && b->error != SQLITE_INTERRUPT && !batch_reader_find(b, n))
			n++;
		if (n > high || b->n_before > i) {
			high = middle - 1;
		} else {
			last = n;
			low = n + 1;
		}
	}
	while (last > 1 && batch_reader_find(b, last) && b->n_snapshots == 0)
		last--;
	bool is_there = last > 0 && batch_reader_find(b, last) && i - b->n_before < b->n_snapshots;
	return is_there ? find_in(b, i - b->n_before, NOT_KNOWN) : NOT_FOUND;
}

/* "#12", as reports number dumps. */
static int choose_number(struct recording *r, const char *text, struct diag *diag)
{
	const struct source_sessions *source = chosen_source(r);
	struct place at = { .file = r->path };
	uint64_t number, n_before = 0;

	if (number_parse(text, &number) < 0 || number == 0)
		return diag_at(diag, at, -EINVAL, "'#%s' is no number of a snapshot; #1 is the first", text);
	for (size_t i = 0; i < source->n_sessions; i++) {
		const struct session_row *session = &source->sessions[i];
		struct batch_reader b;
		if (number - n_before <= session->n_snapshots) {
			if (batch_reader_open(&b, r->db, session))
				r->chosen = numbered(&b, number - n_before - 1).at;
			batch_reader_deinit(&b);
			return r->chosen.batch ?
				       0 :
				       diag_at(diag, at, -EBADMSG,
					       "the recording is damaged: #%" PRIu64 " of it is missing or wrong",
					       number);
		}
		n_before += session->n_snapshots;
	}
	return diag_at(diag, at, -EINVAL, "it has %" PRIu64 " snapshots, so there is no #%" PRIu64, n_before, number);
}

/* ---- WHEN ---- */

/* A mark of memprof mark or of the board, with its time since 1970, or since its session began. */
typedef void mark_seen(void *ctx, uint64_t at_us, const char *bytes, size_t n_bytes);

static void see_batch(const struct batch_reader *b, mark_seen *seen, void *ctx)
{
	struct field_bytes in = { (const uint8_t *)strbuf_text(&b->events), b->events.n_bytes };
	uint64_t started_us = b->session->started_us == NOT_KNOWN ? 0 : b->session->started_us;
	struct event_code code;

	while (in.n_bytes > 0 && event_code_get(&in, &code) == 0)
		if (!code.is_text && code.event.kind == EVENT_MARK && code.event.at_us != NOT_KNOWN)
			seen(ctx, started_us + code.event.at_us, code.text.bytes, code.text.n_bytes);
}

/* Those of a session, which an index knows. */
static void see_session(struct recording *r, const struct session_row *session, mark_seen *seen, void *ctx)
{
	sqlite3_stmt *s = schema_prepare(r->db,
					 "SELECT batch FROM batches WHERE marks > 0 AND batch BETWEEN ?1 AND ?2"
					 " ORDER BY batch");
	uint64_t first = session->session << SESSION_SHIFT, n;
	struct batch_reader b = { .s = NULL };

	if (s && batch_reader_open(&b, r->db, session)) {
		schema_bind(s, 1, first);
		schema_bind(s, 2, first + session->n_batches);
		while (sqlite3_step(s) == SQLITE_ROW) {
			n = schema_u64(s, 0) - first;
			if (n <= session->n_batches && batch_reader_find(&b, n))
				see_batch(&b, seen, ctx);
		}
	}
	sqlite3_finalize(s);
	batch_reader_deinit(&b);
}

static void see_marks(struct recording *r, mark_seen *seen, void *ctx)
{
	const struct source_sessions *source = chosen_source(r);
	sqlite3_stmt *s = schema_select(r->db, TABLE_MARKS, "WHERE at_us >= 0");

	while (s && sqlite3_step(s) == SQLITE_ROW) {
		const char *text = sqlite3_column_blob(s, 2);
		if (schema_is_fine(s, TABLE_MARKS))
			seen(ctx, schema_u64(s, 1), text ? text : "", (size_t)sqlite3_column_bytes(s, 2));
	}
	sqlite3_finalize(s);
	for (size_t i = 0; i < source->n_sessions; i++)
		see_session(r, &source->sessions[i], seen, ctx);
}

struct mark_search {
	const char *text;
	uint64_t at_us; /* of the newest mark with this text; NOT_KNOWN: there is none */
};

static void search_mark(void *ctx, uint64_t at_us, const char *bytes, size_t n_bytes)
{
	struct mark_search *search = ctx;
	bool is_it = n_bytes == strlen(search->text) && memcmp(bytes, search->text, n_bytes) == 0;

	if (is_it && (search->at_us == NOT_KNOWN || at_us >= search->at_us))
		search->at_us = at_us;
}

/* The newest marks, each text once. */
struct mark_list {
	struct {
		uint64_t at_us;
		char text[NAME_BYTES + 1];
	} marks[NAMES_MAX + 1];
	size_t n;
};

static void list_mark(void *ctx, uint64_t at_us, const char *bytes, size_t n_bytes)
{
	struct mark_list *list = ctx;
	char text[NAME_BYTES + 1];
	size_t i = 0;

	text_copy(text, sizeof(text), bytes, n_bytes);
	while (i < list->n && strcmp(list->marks[i].text, text) != 0)
		i++;
	if (i == ARRAY_SIZE(list->marks))
		i--; /* in place of the oldest one */
	bool is_older = i < list->n && list->marks[i].at_us >= at_us;
	if (!*text || is_older)
		return;
	list->n = MAX(list->n, i + 1);
	for (; i > 0 && list->marks[i - 1].at_us <= at_us; i--)
		list->marks[i] = list->marks[i - 1];
	list->marks[i].at_us = at_us;
	memcpy(list->marks[i].text, text, sizeof(text));
}

static int refuse_mark(struct recording *r, const char *when, struct diag *diag)
{
	struct strbuf marks CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct mark_list list = { .n = 0 };

	see_marks(r, list_mark, &list);
	for (size_t i = 0; i < MIN(list.n, (size_t)NAMES_MAX); i++) {
		strbuf_puts(&marks, i == 0 ? "'" : ", '");
		text_visible(&marks, list.marks[i].text, strlen(list.marks[i].text), false);
		strbuf_puts(&marks, strlen(list.marks[i].text) == NAME_BYTES ? "...'" : "'");
	}
	strbuf_puts(&marks, list.n > NAMES_MAX ? " ..." : "");
	return diag_at(
		diag, (struct place){ .file = r->path }, -EINVAL,
		"'%s' is none of its marks or boards%s%s; or give a time: 2026-11-23T14:05:00Z, +1h30m, -10m, or a"
		" snapshot: #12",
		when, marks.n_bytes > 0 ? "; its marks: " : "", strbuf_text(&marks));
}

static int choose_when(struct recording *r, const char *when, struct diag *diag)
{
	uint64_t at_us, duration_us;
	bool zoned;

	if (when[0] == '#')
		return choose_number(r, when + 1, diag);
	if ((when[0] == '+' || when[0] == '-') && duration_parse(when + 1, &duration_us) == 0) {
		uint64_t from_us = bound(r, when[0] == '-');
		if (from_us == NOT_KNOWN)
			from_us = 0; /* none is near it: choose_time reports that */
		at_us = when[0] == '+' ? from_us + duration_us : from_us - MIN(from_us, duration_us);
		return choose_time(r, at_us, when, diag);
	}
	struct mark_search search = { when, NOT_KNOWN };
	see_marks(r, search_mark, &search);
	at_us = search.at_us;
	if (at_us != NOT_KNOWN || date_parse(when, &at_us, &zoned))
		return choose_time(r, at_us, when, diag);
	return refuse_mark(r, when, diag);
}

static void count_others(struct recording *r)
{
	const struct source_sessions *source = chosen_source(r);
	uint64_t n_all = 0;
	bool is_before = true;

	for (size_t i = 0; i < source->n_sessions; i++) {
		is_before &= source->sessions[i].session != r->chosen.session;
		if (is_before)
			r->moment.n_before += source->sessions[i].n_snapshots;
		n_all += source->sessions[i].n_snapshots;
	}
	r->moment.n_before += r->chosen.n_before + r->chosen.i;
	r->moment.n_after = n_all - MIN(n_all, r->moment.n_before + 1);
}

const char *recording_chosen_board(const struct recording *r)
{
	return r->n_sources > 0 && !r->chosen.batch ? chosen_source(r)->about.name : NULL;
}

int recording_choose(struct recording *r, const char *choice, struct diag *diag)
{
	const char *when;

	r->chosen = (struct chosen){ 0 };
	r->moment = (struct recording_moment){ 0 };
	schema_limit(r->db, &r->n_steps);
	int error = choose_source(r, choice, &when, diag);
	if (error == 0 && when)
		error = choose_when(r, when, diag);
	if (error == 0 && r->chosen.batch)
		count_others(r);
	if (error == -EINVAL && reader_damaged(r, diag) < 0) /* it may be there, but for that */
		error = -EBADMSG;
	return error;
}
