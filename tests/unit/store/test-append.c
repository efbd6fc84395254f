/* A recording that is added to another one: its rows are there, those that were there stay, or nothing of it is added.
 */
#include <sys/stat.h>

#include "memprof/store/recording.h"
#include "recordings.h"
#include "schema.h"
#include "scratch.h"
#include "unit.h"

enum { N = 20 };

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (schema_run(db, sql) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int64_t number_in(const char *path, const char *sql)
{
	sqlite3 *db;
	int64_t value = -1;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_stmt *s = schema_prepare(db, sql);
	assert_non_null(s);
	if (sqlite3_step(s) == SQLITE_ROW)
		value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return value;
}

static void add_board(const char *path, const char *name, uint32_t seed)
{
	struct diag diag = { .text = "" };
	struct recording_writer *w = made_writer(path, name, seed * UINT64_C(1000000000), &diag);

	assert_non_null(w);
	for (uint32_t n = 0; n < N; n++) {
		made_snapshot(w, seed, n);
		made_text(w, n);
		made_event(w, n);
		if (n % 3 == 0)
			assert_int_equal(recording_flush(w, NOT_KNOWN, &diag), 0);
	}
	assert_int_equal(recording_writer_close(w, &diag), 0);
}

static void add_mark(const char *path, uint64_t at_us, const char *text)
{
	const struct recording_file file = { text, text, strlen(text) };
	struct diag diag = { .text = "" };

	assert_int_equal(recording_mark(path, at_us, text, &file, &diag), 0);
}

/* Two boards, a mark with a file. */
static const char *made(const char *name)
{
	const char *path = scratch_path(name);

	add_board(path, "a", 1);
	add_board(path, "b", 2);
	add_mark(path, 7, "m");
	return path;
}

static void assert_board(const char *path, const char *name, uint32_t seed)
{
	struct made_seen seen = { .seed = seed, .compare = true };
	struct diag diag = { .text = "" };
	uint64_t n_bare = 0;

	if (made_read(path, name, &seen, &n_bare, &diag) < 0)
		fail_msg("%s: %s", name, diag.text);
	assert_int_equal(seen.n_snapshots, N);
	assert_int_equal(seen.n_tables, N);
	assert_int_equal(seen.n_wrong, 0);
	assert_int_equal(seen.n_text_bytes, 10 * 10 + 10 * 11);
	assert_int_equal(n_bare, 0);
}

UNIT_GROUP(scratch_make, scratch_remove)

UNIT_TEST(all_of_it)
{
	const char *from = made("all-from"), *to = scratch_path("all-to");
	struct diag diag = { .text = "" };

	add_board(to, "c", 3);
	add_mark(to, 9, "other");
	assert_int_equal(recording_append(to, from, NULL, &diag), 0);
	assert_board(to, "a", 1);
	assert_board(to, "b", 2);
	assert_board(to, "c", 3);
	assert_int_equal(number_in(to,
				   "SELECT count(*) FROM marks JOIN files USING(mark) WHERE text = name AND text ="
				   " CAST(content AS TEXT)"),
			 2);
	assert_int_equal(number_in(to, "SELECT count(*) FROM v_figures"), 3 * N * MADE_POOLS);
}

UNIT_TEST(one_board)
{
	const char *from = made("one-from"), *to = scratch_path("one-to");
	struct diag diag = { .text = "" };

	add_board(to, "c", 3);
	assert_int_equal(recording_append(to, from, "b", &diag), 0);
	assert_board(to, "b", 2);
	assert_board(to, "c", 3);
	assert_int_equal(number_in(to, "SELECT count(*) FROM sessions"), 2);
	assert_int_equal(number_in(to, "SELECT count(*) FROM samples"), 2 * N);
	assert_int_equal(number_in(to, "SELECT count(*) FROM files"), 1);
	/* the mark is there already */
	assert_int_equal(recording_append(to, from, "a", &diag), 0);
	assert_board(to, "a", 1);
	assert_int_equal(number_in(to, "SELECT count(*) FROM marks"), 1);
	assert_int_equal(number_in(to, "SELECT count(*) FROM files"), 1);
	assert_int_equal(recording_append(to, from, "x", &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "no such board"));
	assert_int_equal(number_in(to, "SELECT count(*) FROM sessions"), 3);
}

/* A session that was recorded next would have them. */
UNIT_TEST(rows_of_no_session)
{
	static const char rows[] =
		"INSERT INTO samples(id) VALUES((9 << 28) + 1), (-5), (1 << 62);"
		"INSERT INTO sessions(session, source) VALUES(-3, 'a'), (0, 'a'), (1 << 40, 'a');"
		"INSERT INTO figures(id) VALUES((9 << 33) + 1);"
		"INSERT INTO events(id, kind) VALUES((9 << 28) + 1, 'mark');"
		"INSERT INTO console(id) VALUES((9 << 28) + 1);"
		"INSERT INTO pools(session, pool, name, kind, memory) VALUES(9, 1, 'x', 0, 0), ('x', 1, 'x', 0, 0);"
		"INSERT INTO tables VALUES((9 << 28) + 1, 1, 1, 1, x''), ((1 << 28) + 99999, 5, 1, 1, x'');"
		"INSERT INTO files(mark, name, content) VALUES(9, 'x', x''), (-1, 'x', x'')";
	const char *from = made("none-from"), *to = scratch_path("none-to");
	struct diag diag = { .text = "" };

	add_board(to, "c", 3);
	run_sql(from, rows);
	assert_int_equal(recording_append(to, from, NULL, &diag), 0);
	assert_int_equal(number_in(to, "SELECT max(session) FROM sessions"), 3);
	assert_int_equal(number_in(to, "SELECT max(id) >> 28 FROM samples"), 3);
	assert_int_equal(number_in(to, "SELECT min(id) >> 28 FROM samples"), 1);
	assert_int_equal(number_in(to, "SELECT count(*) FROM files"), 1);
	add_board(to, "d", 4);
	assert_board(to, "a", 1);
	assert_board(to, "b", 2);
	assert_board(to, "c", 3);
	assert_board(to, "d", 4);
}

static void assert_refused(const char *to, const char *from, int error, const char *words)
{
	struct diag diag = { .text = "" };
	int r = recording_append(to, from, NULL, &diag);

	if (r != error || !strstr(diag.text, words))
		fail_msg("%s to %s: %d '%s', expected %d '%s'", from, to, r, diag.text, error, words);
}

UNIT_TEST(what_is_refused)
{
	const char *from = made("refused-from"), *to = made("refused-to");

	assert_refused(to, scratch_path("missing"), -ENOENT, "cannot open it");
	assert_refused(scratch_path("missing"), from, -ENOENT, "cannot open it");
	assert_refused(to, scratch_text("text", "no recording"), -EINVAL, "this is no recording");
	assert_refused(scratch_text("text", "no recording"), from, -EINVAL, "this is no recording");
	/* the last table is one that fails: nothing of those before it is there */
	run_sql(to,
		"INSERT INTO sessions(session, source) VALUES(9, 'x'); INSERT INTO samples(id) VALUES((10 << 28) + 1)");
	assert_refused(to, from, -EIO, "UNIQUE");
	assert_int_equal(number_in(to, "SELECT count(*) FROM sessions"), 3);
	run_sql(to,
		"DELETE FROM samples WHERE id >> 28 = 10; UPDATE sessions SET session = 16777214 WHERE session = 9");
	assert_refused(to, from, -EFBIG, "too many sessions");
	assert_int_equal(number_in(to, "SELECT count(*) FROM sessions"), 3);
	assert_int_equal(number_in(to, "SELECT count(*) FROM samples"), 2 * N);
}

/* Any page of it may be damaged: all of it is added, or nothing. */
UNIT_TEST(damaged_pages)
{
	const char *from = made("pages-from"), *to = scratch_path("pages-to");
	struct diag diag = { .text = "" };
	struct stat of;
	uint32_t n_failed = 0, n_sessions = 1;

	add_board(to, "c", 3);
	run_sql(from, "PRAGMA page_size = 512; VACUUM");
	assert_int_equal(stat(from, &of), 0);
	for (long at = 512; at < of.st_size; at += 512) {
		uint8_t kept[512], bad[512];
		FILE *file = fopen(from, "r+");
		assert_int_equal(fseek(file, at, SEEK_SET), 0);
		assert_int_equal(fread(kept, 1, 512, file), 512);
		memset(bad, 0xa5, 512);
		assert_int_equal(fseek(file, at, SEEK_SET), 0);
		assert_int_equal(fwrite(bad, 1, 512, file), 512);
		assert_int_equal(fclose(file), 0);
		diag.text[0] = '\0';
		int r = recording_append(to, from, NULL, &diag);
		n_failed += r < 0;
		n_sessions += r == 0 ? 2 : 0;
		if (r < 0 && !diag.text[0])
			fail_msg("page at %ld: %d without a text", at, r);
		assert_int_equal(number_in(to, "SELECT count(*) FROM sessions"), n_sessions);
		file = fopen(from, "r+");
		assert_int_equal(fseek(file, at, SEEK_SET), 0);
		assert_int_equal(fwrite(kept, 1, 512, file), 512);
		assert_int_equal(fclose(file), 0);
	}
	assert_in_range(n_failed, 10, 10000);
	assert_board(to, "c", 3);
}
