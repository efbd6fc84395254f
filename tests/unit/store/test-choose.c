/* Which board and which snapshot of a recording somebody means. */

#include "memprof/store/recording.h"
#include "recordings.h"
#include "scratch.h"
#include "unit.h"

enum { N_PER_COMMIT = 7, N = 100 };
#define HOUR_US (UINT64_C(3600) * 1000000)

/* Snapshots 0 .. N - 1, a second apart, committed every few of them; marks at 33 and 66. */
static void record(const char *path, const char *source, uint64_t at_us, uint32_t seed, uint32_t first)
{
	struct diag diag = { 0 };
	struct recording_writer *w = made_writer(path, source, at_us, &diag);

	assert_non_null(w);
	for (uint32_t n = first; n < first + N; n++) {
		made_snapshot(w, seed, n);
		if (n % 33 == 0)
			made_event(w, n);
		if (n % N_PER_COMMIT == 0)
			assert_int_equal(recording_flush(w, NOT_KNOWN, &diag), 0);
	}
	assert_int_equal(recording_writer_close(w, &diag), 0);
}

/* The choice is snapshot n, with its table. */
static void assert_chosen(const char *path, const char *choice, uint32_t seed, uint32_t n)
{
	struct made_seen seen = { .seed = seed, .first = n, .compare = true };
	struct diag diag = { 0 };
	uint64_t n_bare;
	int r = made_read(path, choice, &seen, &n_bare, &diag);

	if (r < 0 || seen.n_snapshots != 1 || n_bare || seen.n_tables != 1 || seen.n_wrong)
		fail_msg("%s: %d %s, %zu snapshots, %zu tables, %zu bare, %s", choice, r, diag.text, seen.n_snapshots,
			 seen.n_tables, (size_t)n_bare, seen.wrong ? seen.wrong : "equal");
}

static void assert_refused(const char *path, const char *choice, const char *words)
{
	struct made_seen seen = { 0 };
	struct diag diag = { .text = "" };
	int r = made_read(path, choice, &seen, NULL, &diag);

	if (r != -EINVAL || !strstr(diag.text, words))
		fail_msg("%s: %d '%s', expected '%s'", choice ? choice : "(all)", r, diag.text, words);
}

/* How many snapshots come before and after the choice, and whether the time that was asked for is outside. */
static void assert_moment(const char *path, const char *choice, uint64_t n_before, uint64_t n_after, const char *note)
{
	struct recording *r;
	struct diag diag = { 0 };

	assert_int_equal(recording_open(path, &r, &diag), 0);
	assert_int_equal(recording_choose(r, choice, &diag), 0);
	const struct recording_moment *moment = recording_moment(r);
	if (moment->n_before != n_before || moment->n_after != n_after ||
	    (note ? !strstr(moment->note, note) : moment->note[0] != '\0'))
		fail_msg("%s: %zu before, %zu after, '%s'", choice, (size_t)moment->n_before, (size_t)moment->n_after,
			 moment->note);
	recording_close(r);
}

UNIT_GROUP(scratch_make, scratch_remove)

UNIT_TEST(a_number)
{
	const char *path = scratch_path("number");
	char choice[16];

	record(path, "a", 0, 1, 0);
	for (uint32_t n = 0; n < N; n++) {
		snprintf(choice, sizeof(choice), "#%u", n + 1);
		assert_chosen(path, choice, 1, n);
	}
	assert_refused(path, "#0", "no number");
	assert_refused(path, "#x", "no number");
	assert_refused(path, "#101", "it has 100 snapshots, so there is no #101");
	assert_refused(path, "#18446744073709551615", "no ");
	assert_refused(path, "#-1", "no number");
}

UNIT_TEST(a_time)
{
	const char *path = scratch_path("time");

	record(path, "a", 0, 2, 0);
	assert_chosen(path, "+0s", 2, 0);
	assert_chosen(path, "+40s", 2, 40);
	assert_chosen(path, "+1m20s", 2, 80);
	assert_chosen(path, "+10h", 2, 99);
	assert_chosen(path, "-10s", 2, 89);
	assert_moment(path, "+40s", 40, 59, NULL);
	assert_moment(path, "+100s", 99, 0, NULL); /* they are a second apart */
	assert_moment(path, "+101s", 99, 0, "'+101s', after its last snapshot, of 2026-09-21T14:14:59");
	assert_moment(path, "-101s", 0, 99, "before its first snapshot, of 2026-09-21T14:13:20");
	assert_chosen(path, "-1000h", 2, 0);
	assert_chosen(path, "2026-09-21T14:13:20Z", 2, 0); /* MADE_STARTED_S */
	assert_chosen(path, "2026-09-21T14:13:55Z", 2, 35);
	assert_chosen(path, "1970-01-01T00:00:00Z", 2, 0);
	assert_refused(path, "nothing like it", "is none of its marks or boards");
	assert_refused(path, "+", "is none of its marks");
	assert_refused(path, "", "is none of its marks");
}

UNIT_TEST(a_mark)
{
	const char *path = scratch_path("mark");
	struct diag diag = { 0 };

	record(path, "a", 0, 3, 0);
	assert_chosen(path, "mark 33", 3, 33);
	assert_chosen(path, "a@mark 66", 3, 66);
	assert_int_equal(recording_mark(path, MADE_STARTED_US + 50 * 1000000, "mine", NULL, &diag), 0);
	assert_chosen(path, "mine", 3, 50);
	/* the newest of this text */
	assert_int_equal(recording_mark(path, MADE_STARTED_US + 70 * 1000000, "mine", NULL, &diag), 0);
	assert_int_equal(recording_mark(path, MADE_STARTED_US + 60 * 1000000, "mine", NULL, &diag), 0);
	assert_chosen(path, "mine", 3, 70);
	struct made_seen seen = { 0 };
	assert_int_equal(made_read(path, "a", &seen, NULL, &diag), 0);
	assert_string_equal(seen.last_mark_time, "2026-09-21T14:14:59.000Z"); /* "mark 99" */
	assert_refused(path, "yours", "its marks: 'mark 99', 'mine', 'mark 66', 'mark 33', 'mark 0'; or");
	assert_int_equal(recording_mark(path, MADE_STARTED_US, "odd \xff bytes", NULL, &diag), 0);
	assert_chosen(path, "odd \xff bytes", 3, 0);
}

UNIT_TEST(boards)
{
	const char *path = scratch_path("boards");
	struct made_seen seen = { .seed = 5, .compare = true };
	struct diag diag = { 0 };

	record(path, "a", 0, 4, 0);
	record(path, "b", HOUR_US, 5, 0);
	record(path, "b@c", 2 * HOUR_US, 6, 0);
	assert_refused(path, NULL, "it has 3 boards: ");
	assert_refused(path, "c", "'c' is none of its boards: a, b, b@c");
	assert_refused(path, "+5s", "a, b, b@c");
	assert_int_equal(made_read(path, "b", &seen, NULL, &diag), 0);
	assert_int_equal(seen.n_snapshots, N);
	assert_int_equal(seen.n_wrong, 0);
	assert_chosen(path, "a@#7", 4, 6);
	assert_chosen(path, "b@#100", 5, 99);
	assert_chosen(path, "b@+7s", 5, 7);
	assert_chosen(path, "b@c@+7s", 6, 7); /* the longest name */
	assert_refused(path, "b@mark 10", "none of its marks");
}

/* One board that was recorded three times. */
UNIT_TEST(sessions)
{
	const char *path = scratch_path("sessions");
	struct made_seen seen = { .seed = 7, .compare = true };
	struct diag diag = { 0 };

	record(path, "a", 0, 7, 0);
	record(path, "a", HOUR_US, 7, 100);
	record(path, "a", 2 * HOUR_US, 7, 200);
	assert_int_equal(made_read(path, NULL, &seen, NULL, &diag), 0);
	assert_int_equal(seen.n_snapshots, 3 * N);
	assert_int_equal(seen.n_wrong, 0);
	assert_int_equal(seen.n_resets, 2);
	assert_u64_equal(seen.last_at_us, 2 * HOUR_US + 299 * UINT64_C(1000000));
	assert_chosen(path, "#1", 7, 0);
	assert_chosen(path, "#100", 7, 99);
	assert_chosen(path, "#101", 7, 100);
	assert_chosen(path, "#300", 7, 299);
	assert_moment(path, NULL, 0, 0, NULL);
	assert_moment(path, "#101", 100, 199, NULL);
	assert_moment(path, "#300", 299, 0, NULL);
	assert_chosen(path, "+1h2m", 7, 120);
	assert_chosen(path, "-1s", 7, 298);
	assert_chosen(path, "2026-09-21T15:15:00Z", 7, 100);
	assert_refused(path, "#301", "it has 300 snapshots");
}

UNIT_TEST(nothing_to_choose)
{
	const char *empty = scratch_path("empty"), *begun = scratch_path("begun"), *dateless = scratch_path("dateless");
	const struct recording_session session = { "log", "mem-info", NOT_KNOWN };
	struct event event = { .kind = EVENT_SAMPLE, .at_us = NOT_KNOWN };
	struct recording_writer *w;
	struct made_seen seen = { 0 };
	struct diag diag = { 0 };

	assert_int_equal(recording_writer_open(empty, &w, &diag), 0);
	assert_int_equal(recording_writer_close(w, &diag), 0);
	assert_refused(empty, NULL, "nothing was recorded");
	w = made_writer(begun, "a", 0, &diag);
	assert_int_equal(recording_writer_close(w, &diag), 0);
	assert_refused(begun, NULL, "nothing was recorded"); /* the session is gone */
	w = made_writer(begun, "a", 0, &diag);
	recording_text(w, "x", 1);
	assert_int_equal(recording_writer_close(w, &diag), 0);
	assert_refused(begun, "#1", "it has 0 snapshots");
	assert_refused(begun, "+1s", "no snapshot with a time is in it");
	assert_refused(begun, "-1s", "no snapshot with a time is in it");

	assert_int_equal(recording_writer_open(dateless, &w, &diag), 0);
	assert_int_equal(recording_begin(w, &session, &diag), 0);
	event.pool = heap_pool_sample(1, NOT_KNOWN, NOT_KNOWN);
	recording_event(w, &event, NULL, 0);
	made_snapshot(w, 1, 3);
	assert_int_equal(recording_writer_close(w, &diag), 0);
	assert_int_equal(made_read(dateless, NULL, &seen, NULL, &diag), 0);
	assert_int_equal(seen.n_samples, 1);
	assert_chosen(dateless, "#1", 1, 3); /* samples have no number */
	assert_chosen(dateless, "+0s", 1, 3);
	assert_chosen(dateless, "+10s", 1, 3);
	assert_moment(dateless, "+10s", 0, 0, "of +3.000s");
}
