/* Files that nobody wrote as they are: damaged at any bit, cut, with pages of others. Reading ends soon, with 0 or an
 * error that has a text. FLIPS in the environment: how many bits, one at a time (default: 1500). */
#define _DEFAULT_SOURCE
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "memprof/store/recording.h"
#include "recordings.h"
#include "sample.h"
#include "schema.h"
#include "scratch.h"
#include "unit.h"

enum { N = 60, N_FLIPS = 1500, ONE_MAX_MS = 20000 /* of a processor */ };

static struct sample whole;

static int make(void **state)
{
	struct diag diag = { 0 };
	static uint8_t bytes[1 << 20];
	sqlite3 *db;

	if (scratch_make(state) < 0)
		return -1;
	const char *path = scratch_path("whole");
	struct recording_writer *w = made_writer(path, "a", 0, &diag);
	for (uint32_t n = 0; n < N; n++) {
		made_snapshot(w, 1, n);
		made_text(w, n);
		made_event(w, n);
		if (n % 9 == 0)
			recording_flush(w, NOT_KNOWN, &diag);
	}
	recording_writer_close(w, &diag);
	sqlite3_open(path, &db);
	schema_run(db, "PRAGMA page_size = 1024; VACUUM");
	sqlite3_close(db);
	FILE *file = fopen(path, "r");
	whole.n_bytes = fread(bytes, 1, sizeof(bytes), file);
	whole.bytes = bytes;
	fclose(file);
	return whole.n_bytes > 20000 && whole.n_bytes < sizeof(bytes) ? 0 : -1;
}

static int64_t processor_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int read_it(const char *path, struct made_seen *seen)
{
	struct diag diag = { .text = "" };
	int64_t began = processor_ms();
	int r = made_read(path, NULL, seen, NULL, &diag);

	assert_true(r <= 0 && (r == 0 || diag.text[0]));
	made_read(path, "#3", &(struct made_seen){ 0 }, NULL, &diag);
	made_read(path, "-5s", &(struct made_seen){ 0 }, NULL, &diag);
	made_read(path, "mark 7", &(struct made_seen){ 0 }, NULL, &diag);
	assert_in_range(processor_ms() - began, 0, ONE_MAX_MS);
	return r;
}

UNIT_GROUP(make, scratch_remove)

UNIT_TEST(each_bit)
{
	const char *wanted = getenv("FLIPS");
	int n = wanted ? atoi(wanted) : N_FLIPS;
	uint32_t random = 77;
	size_t n_read = 0, n_errors = 0, n_wrong = 0;

	for (int i = 0; i < n; i++) {
		size_t at = next_random(&random) % whole.n_bytes;
		uint8_t bit = (uint8_t)(1 << next_random(&random) % 8);
		struct made_seen seen = { .seed = 1, .compare = true };
		whole.bytes[at] ^= bit;
		int r = read_it(scratch_write("flipped", whole.bytes, whole.n_bytes), &seen);
		whole.bytes[at] ^= bit;
		n_read += r == 0;
		n_errors += r < 0;
		n_wrong += seen.n_snapshots == N && seen.n_wrong > 0; /* a checksum keeps block tables from it */
	}
	assert_true(n_read > 0 && n_errors > 0);
	assert_int_equal(n_wrong, 0);
}

UNIT_TEST(each_length)
{
	for (size_t n = 0; n < whole.n_bytes; n += n < 2000 ? 97 : 701) {
		struct made_seen seen = { 0 };
		assert_true(read_it(scratch_write("cut", whole.bytes, n), &seen) < 0);
	}
}

/* Zeroes, or a page of somewhere else. */
UNIT_TEST(each_page)
{
	static uint8_t kept[1024];

	for (size_t at = 0; at + 1024 <= whole.n_bytes; at += 1024) {
		struct made_seen seen = { 0 };
		memcpy(kept, whole.bytes + at, 1024);
		memset(whole.bytes + at, 0, 1024);
		read_it(scratch_write("zeroes", whole.bytes, whole.n_bytes), &seen);
		memcpy(whole.bytes + at, whole.bytes + (at * 7 + 3072) % (whole.n_bytes - 1024) / 1024 * 1024, 1024);
		read_it(scratch_write("other", whole.bytes, whole.n_bytes), &seen);
		memcpy(whole.bytes + at, kept, 1024);
	}
}

/* Rows that are in place, with values that no writer has: numbers as text, no pools, blobs of other rows. */
UNIT_TEST(values_that_nobody_wrote)
{
	static const char *const statements[] = {
		"UPDATE samples SET at_us = 'x', used_bytes = 1.5, pool = x'00'",
		"DELETE FROM pools",
		"UPDATE pools SET kind = 99, memory = -1",
		"UPDATE pools SET name = char(7)",
		"UPDATE pools SET name = printf('%.*c', 100000, 'x')",
		"UPDATE sample_details SET kind = 1",
		"UPDATE sample_details SET label = zeroblob(100000), time = zeroblob(1000)",
		"UPDATE figures SET pool = -1",
		"INSERT INTO figures SELECT (id << 5) + v, 1, 1, 1, 1, 1, 1 FROM (SELECT id FROM samples LIMIT 9),"
		" (SELECT 5 AS v UNION SELECT 7 UNION SELECT 31)",
		"UPDATE events SET kind = 'x'",
		"UPDATE events SET kind = 'hello', details = '{\"firmware\":1}'",
		"UPDATE events SET kind = 'gc', details = '[]'",
		"UPDATE console SET text = NULL",
		"UPDATE tables SET n_bytes = n_bytes + 1",
		"UPDATE tables SET n_bytes = -1",
		"UPDATE tables SET n_bytes = 1 << 62",
		"UPDATE tables SET n_bytes = 64 << 20",
		"UPDATE tables SET entries = zeroblob(1000)",
		"UPDATE tables SET entries = ''",
		"UPDATE tables SET entries = (SELECT entries FROM tables ORDER BY id LIMIT 1)",
		"UPDATE tables SET chain = id",
		"UPDATE tables SET chain = 0",
		"UPDATE tables SET last = 0",
		"DELETE FROM tables WHERE id > chain AND id % 2",
		"UPDATE sessions SET started_us = -1",
		"UPDATE sessions SET started_us = 9223372036854775807",
		"UPDATE sessions SET source = x'00ff'",
		"UPDATE sessions SET source = printf('%.*c', 100000, 'x')",
		"UPDATE sessions SET board = zeroblob(100000)",
		"INSERT INTO sessions SELECT 2 + value, 'x' || value, NULL, value, NULL, NULL, NULL FROM"
		" (WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s LIMIT 3000) SELECT * FROM s)",
	};

	for (size_t i = 0; i < ARRAY_SIZE(statements); i++) {
		const char *path = scratch_write("values", whole.bytes, whole.n_bytes);
		struct made_seen seen = { 0 };
		struct diag diag = { 0 };
		struct board_info board;
		struct recording *r;
		sqlite3 *db;
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		if (schema_run(db, statements[i]) != SQLITE_OK)
			fail_msg("%s: %s", statements[i], sqlite3_errmsg(db));
		sqlite3_close(db);
		read_it(path, &seen);
		assert_int_equal(recording_open(path, &r, &diag), 0);
		assert_int_equal(recording_choose(r, "a", &diag) < -4096, 0);
		recording_board_of(r, &board);
		recording_close(r);
	}
}

UNIT_TEST(blobs_that_are_damaged_leave_figures)
{
	const char *path = scratch_write("bare", whole.bytes, whole.n_bytes);
	struct made_seen seen = { 0 };
	struct diag diag = { .text = "" };
	uint64_t n_bare;
	sqlite3 *db;

	sqlite3_open(path, &db);
	assert_int_equal(schema_run(db, "UPDATE tables SET entries = zeroblob(100)"), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(made_read(path, NULL, &seen, &n_bare, &diag), -EBADMSG);
	assert_non_null(strstr(diag.text, "are damaged, and were left out"));
	assert_int_equal(seen.n_snapshots, N);
	assert_int_equal(seen.n_tables, 0);
	assert_u64_equal(n_bare, N);
	assert_int_equal(seen.n_marks, N);
	assert_string_equal(seen.last_label, "");
}

static int stop(void *ctx, struct event *event)
{
	(void)event;
	return ++*(int *)ctx == 5 ? -ECANCELED : 0;
}

UNIT_TEST(a_reader_may_stop)
{
	struct recording *r;
	struct diag diag = { 0 };
	int n = 0;
	const struct recording_handler handler = { stop, NULL, &n, NULL };

	assert_int_equal(recording_open(scratch_path("whole"), &r, &diag), 0);
	assert_int_equal(recording_read(r, &handler, &diag), -ECANCELED);
	assert_int_equal(n, 5);
	assert_int_equal(recording_read(r, &handler, &diag), 0); /* again, all of it */
	assert_int_equal(n, 5 + 2 * N);
	recording_close(r);
}
