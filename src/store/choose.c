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

#define IS_SNAPSHOT "NOT EXISTS (SELECT 1 FROM sample_details AS d WHERE d.id = samples.id AND d.kind IS NOT NULL)"

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

/* ---- samples by number and time ---- */

struct found {
	uint64_t id, at_us; /* at_us: since 1970, or since the session's beginning; NOT_KNOWN: none was found */
};

/* The first snapshot of a session with an id from this one. */
static struct found from_id(struct recording *r, const struct session_row *session, uint64_t id)
{
	static const char sql[] = "SELECT id, at_us FROM samples WHERE id BETWEEN ?1 AND ?2 AND " IS_SNAPSHOT
				  " AND at_us >= 0 ORDER BY id LIMIT 1";
	struct found found = { NOT_KNOWN, NOT_KNOWN };
	sqlite3_stmt *s = schema_prepare(r->db, sql);

	if (s) {
		schema_bind(s, 1, id);
		schema_bind(s, 2, ((session->session + 1) << ID_SESSION_SHIFT) - 1);
		if (sqlite3_step(s) == SQLITE_ROW)
			found = (struct found){ schema_u64(s, 0), schema_u64(s, 1) };
	}
	sqlite3_finalize(s);
	if (found.id != NOT_KNOWN && session->started_us != NOT_KNOWN)
		found.at_us += session->started_us;
	return found;
}

static uint64_t last_id(struct recording *r, const struct session_row *session)
{
	sqlite3_stmt *s = schema_prepare(r->db, "SELECT max(id) FROM samples WHERE id BETWEEN ?1 AND ?2");
	uint64_t id = NOT_KNOWN;

	if (s) {
		schema_bind(s, 1, session->session << ID_SESSION_SHIFT);
		schema_bind(s, 2, ((session->session + 1) << ID_SESSION_SHIFT) - 1);
		if (sqlite3_step(s) == SQLITE_ROW)
			id = schema_u64(s, 0);
	}
	sqlite3_finalize(s);
	return id;
}

static uint64_t distance(uint64_t a, uint64_t b) { return a > b ? a - b : b - a; }

/* The snapshot of a session nearest to a time, which grows with the ids. */
static struct found nearest(struct recording *r, const struct session_row *session, uint64_t at_us)
{
	uint64_t low = session->session << ID_SESSION_SHIFT, high = last_id(r, session);
	struct found before = { NOT_KNOWN, NOT_KNOWN }, after = before;

	if (high == NOT_KNOWN)
		return before;
	while (low <= high) {
		uint64_t middle = low + (high - low) / 2;
		struct found found = from_id(r, session, middle);
		if (found.id == NOT_KNOWN || found.at_us >= at_us) {
			after = found.id == NOT_KNOWN ? after : found;
			high = middle - 1;
		} else {
			before = found;
			low = found.id + 1;
		}
	}
	if (before.id == NOT_KNOWN || after.id == NOT_KNOWN)
		return before.id == NOT_KNOWN ? after : before;
	return distance(before.at_us, at_us) < distance(after.at_us, at_us) ? before : after;
}

/* ---- how far it is from there ---- */

/* The first or the last time of the board; NOT_KNOWN: no snapshot has one. */
static uint64_t bound(struct recording *r, bool is_end)
{
	const struct source_sessions *source = chosen_source(r);

	for (size_t i = 0; i < source->n_sessions; i++) {
		const struct session_row *session = &source->sessions[is_end ? source->n_sessions - 1 - i : i];
		struct found found = is_end ? nearest(r, session, NOT_KNOWN - 1) :
					      from_id(r, session, session->session << ID_SESSION_SHIFT);
		if (found.id != NOT_KNOWN)
			return found.at_us;
	}
	return NOT_KNOWN;
}

/* The mean distance of the snapshots of a session. */
static uint64_t spacing_us(struct recording *r, const struct session_row *session)
{
	struct found first = from_id(r, session, session->session << ID_SESSION_SHIFT),
		     last = nearest(r, session, NOT_KNOWN - 1);

	if (session->n_samples < 2 || first.id == NOT_KNOWN || last.at_us < first.at_us)
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
	struct found best = { NOT_KNOWN, NOT_KNOWN };
	size_t i_best = 0;

	for (size_t i = 0; i < source->n_sessions; i++) {
		struct found found = nearest(r, &source->sessions[i], at_us);
		if (found.id == NOT_KNOWN ||
		    (best.id != NOT_KNOWN && distance(found.at_us, at_us) >= distance(best.at_us, at_us)))
			continue;
		best = found;
		i_best = i;
	}
	r->chosen = best.id;
	if (best.id == NOT_KNOWN)
		return diag_at(diag, (struct place){ .file = r->path }, -EINVAL,
			       "no snapshot with a time is in it, so none is at '%s'; #1 is the first", when);
	note_distance(r, &source->sessions[i_best], &best, at_us, when);
	return 0;
}

/* "#12", as reports number dumps. */
static int choose_number(struct recording *r, const char *text, struct diag *diag)
{
	static const char sql[] = "SELECT id FROM samples WHERE id BETWEEN ?1 AND ?2 AND " IS_SNAPSHOT
				  " ORDER BY id LIMIT 1 OFFSET ?3";
	const struct source_sessions *source = chosen_source(r);
	struct place at = { .file = r->path };
	uint64_t number, n_before = 0;

	if (number_parse(text, &number) < 0 || number == 0)
		return diag_at(diag, at, -EINVAL, "'#%s' is no number of a snapshot; #1 is the first", text);
	for (size_t i = 0; i < source->n_sessions && r->chosen == NOT_KNOWN; i++) {
		uint64_t first = source->sessions[i].session << ID_SESSION_SHIFT;
		sqlite3_stmt *s = schema_prepare(r->db, sql);
		if (!s)
			return schema_error(r->db, r->path, diag);
		schema_bind(s, 1, first);
		schema_bind(s, 2, first + (UINT64_C(1) << ID_SESSION_SHIFT) - 1);
		schema_bind(s, 3, MIN(number - 1 - n_before, (uint64_t)INT32_MAX));
		if (sqlite3_step(s) == SQLITE_ROW)
			r->chosen = schema_u64(s, 0);
		sqlite3_finalize(s);
		s = schema_prepare(r->db,
				   "SELECT count(*) FROM samples WHERE id BETWEEN ?1 AND ?2 AND " IS_SNAPSHOT "");
		if (!s)
			return schema_error(r->db, r->path, diag);
		schema_bind(s, 1, first);
		schema_bind(s, 2, first + (UINT64_C(1) << ID_SESSION_SHIFT) - 1);
		if (sqlite3_step(s) == SQLITE_ROW)
			n_before += schema_u64(s, 0);
		sqlite3_finalize(s);
	}
	if (r->chosen != NOT_KNOWN)
		return 0;
	return diag_at(diag, at, -EINVAL, "it has %" PRIu64 " snapshots, so there is no #%" PRIu64, n_before, number);
}

/* ---- WHEN ---- */

/* Of the board ?2 and of memprof mark. */
#define ALL_MARKS                                                                               \
	"(SELECT at_us, CAST(text AS TEXT) AS words FROM marks UNION ALL"                       \
	" SELECT coalesce(started_us, 0) + events.at_us, CAST(events.text AS TEXT) FROM events" \
	" JOIN sessions ON session = events.id >> " SQL_SESSION_SHIFT " WHERE events.kind = 'mark' AND source = ?2)"

/* The newest mark with this text. */
static bool find_mark(struct recording *r, const char *text, uint64_t *ret_at_us)
{
	static const char sql[] = "SELECT at_us FROM " ALL_MARKS
				  " WHERE words = ?1 AND at_us >= 0 ORDER BY at_us DESC LIMIT 1";
	sqlite3_stmt *s = schema_prepare(r->db, sql);
	bool found = false;

	if (s) {
		sqlite3_bind_text(s, 1, text, -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 2, chosen_source(r)->about.name, -1, SQLITE_STATIC);
		found = sqlite3_step(s) == SQLITE_ROW;
		*ret_at_us = found ? schema_u64(s, 0) : 0;
	}
	sqlite3_finalize(s);
	return found;
}

/* "'boot', 'login'", the newest ones; nothing if there are none. */
static void list_marks(struct recording *r, struct strbuf *out)
{
	static const char sql[] = "SELECT words FROM " ALL_MARKS
				  " WHERE at_us >= 0 AND words <> '' GROUP BY words ORDER BY max(at_us) DESC";
	sqlite3_stmt *s = schema_prepare(r->db, sql);

	if (s)
		sqlite3_bind_text(s, 2, chosen_source(r)->about.name, -1, SQLITE_STATIC);
	schema_list(s, out);
	sqlite3_finalize(s);
}

static int refuse_mark(struct recording *r, const char *when, struct diag *diag)
{
	struct strbuf marks CLEANUP(strbuf_deinit) = STRBUF_INIT;

	list_marks(r, &marks);
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
	if (find_mark(r, when, &at_us) || date_parse(when, &at_us, &zoned))
		return choose_time(r, at_us, when, diag);
	return refuse_mark(r, when, diag);
}

/* How many snapshots of the board have ids from .. to - 1: samples without those of a kind. */
static uint64_t n_snapshots(struct recording *r, uint64_t from, uint64_t to)
{
	static const char sql[] =
		"SELECT (SELECT count(*) FROM samples WHERE id >= ?1 AND id < ?2)"
		" - (SELECT count(*) FROM sample_details WHERE id >= ?1 AND id < ?2 AND kind IS NOT NULL)";
	sqlite3_stmt *s = schema_prepare(r->db, sql);
	uint64_t n = 0;

	if (s) {
		schema_bind(s, 1, from);
		schema_bind(s, 2, to);
		if (sqlite3_step(s) == SQLITE_ROW)
			n = schema_u64(s, 0);
	}
	sqlite3_finalize(s);
	return n == NOT_KNOWN ? 0 : n;
}

static void count_others(struct recording *r)
{
	const struct source_sessions *source = chosen_source(r);

	for (size_t i = 0; r->chosen != NOT_KNOWN && i < source->n_sessions; i++) {
		uint64_t first = source->sessions[i].session << ID_SESSION_SHIFT,
			 end = first + (UINT64_C(1) << ID_SESSION_SHIFT);
		r->moment.n_before += n_snapshots(r, first, MAX(first, MIN(end, r->chosen)));
		r->moment.n_after += n_snapshots(r, MIN(end, MAX(first, r->chosen + 1)), end);
	}
}

const char *recording_chosen_board(const struct recording *r)
{
	return r->n_sources > 0 && r->chosen == NOT_KNOWN ? chosen_source(r)->about.name : NULL;
}

int recording_choose(struct recording *r, const char *choice, struct diag *diag)
{
	const char *when;

	r->chosen = NOT_KNOWN;
	r->moment = (struct recording_moment){ 0 };
	schema_limit(r->db, &r->n_steps);
	int error = choose_source(r, choice, &when, diag);
	if (error == 0 && when)
		error = choose_when(r, when, diag);
	if (error == 0)
		count_others(r);
	return error;
}
