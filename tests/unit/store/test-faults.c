/* A disk that fails, is full, or loses power at any write: what a flush said is committed is there. SQLite's files are
 * in memory (fault_vfs.h), and its log goes into the file every few pages. */
#include <sqlite3.h>

#include "fault_vfs.h"
#include "memprof/store/recording.h"
#include "recordings.h"
#include "unit.h"

enum { N_FLUSHES = 4, N_PER_FLUSH = 2, SEED = 11, CHECKPOINT_PAGES = 7, OPS_MAX = 2000 };

int __real_sqlite3_open_v2(const char *path, sqlite3 **ret, int flags, const char *vfs);
int __wrap_sqlite3_open_v2(const char *path, sqlite3 **ret, int flags, const char *vfs);
int __wrap_sqlite3_open_v2(const char *path, sqlite3 **ret, int flags, const char *vfs)
{
	int code = __real_sqlite3_open_v2(path, ret, flags, vfs);

	if (code == SQLITE_OK)
		sqlite3_wal_autocheckpoint(*ret, CHECKPOINT_PAGES);
	return code;
}

struct outcome {
	bool began; /* recording_begin returned 0 */
	uint32_t n_made, n_committed;
	uint32_t n_failed; /* calls */
	bool last_ok;      /* the last flush, or closing */
};

static void note(struct outcome *o, int r, const struct diag *diag)
{
	o->last_ok = r == 0;
	if (r == 0) {
		o->n_committed = o->n_made;
		return;
	}
	o->n_failed++;
	if ((r != -ENOSPC && r != -EIO) || !diag->text[0])
		fail_msg("op %zu: %d '%s'", (size_t)fault_vfs.fail_at, r, diag->text);
}

static struct outcome record(uint32_t first)
{
	struct outcome o = { .n_made = first, .n_committed = first };
	struct diag diag = { .text = "" };
	struct recording_writer *w = made_writer("file", "a", first * UINT64_C(1000000), &diag);

	if (!w) {
		assert_true(diag.text[0]);
		o.n_failed++;
		return o;
	}
	o.began = true;
	for (uint32_t i = 0; i < N_FLUSHES; i++) {
		for (uint32_t k = 0; k < N_PER_FLUSH; k++)
			made_snapshot(w, SEED, o.n_made++);
		made_text(w, i);
		made_event(w, i);
		diag.text[0] = '\0';
		note(&o, recording_flush(w, NOT_KNOWN, &diag), &diag);
	}
	diag.text[0] = '\0';
	note(&o, recording_writer_close(w, &diag), &diag);
	assert_int_equal(fault_vfs_n_open(), 0);
	return o;
}

/* Snapshots that are there, all of them as they were made. */
static uint32_t check(const struct outcome *o, const char *when, uint64_t n)
{
	struct made_seen seen = { .seed = SEED, .compare = true };
	struct diag diag = { .text = "" };
	uint64_t n_bare = 0;
	int r = made_read("file", NULL, &seen, &n_bare, &diag);

	if (r < 0 && (!o->began || o->n_committed == 0))
		return 0; /* there may be no file yet, or no board in it */
	if (r < 0 || seen.n_snapshots < o->n_committed || seen.n_wrong || n_bare || seen.n_tables != seen.n_snapshots)
		fail_msg("%s %zu: %d '%s'; %zu of %u snapshots, %zu with tables, %zu wrong (%s)", when, (size_t)n, r,
			 diag.text, seen.n_snapshots, o->n_committed, seen.n_tables, seen.n_wrong,
			 seen.wrong ? seen.wrong : "");
	return (uint32_t)seen.n_snapshots;
}

static void fail_each_op(int code, bool sticky)
{
	uint64_t n;

	for (n = 1; n < OPS_MAX; n++) {
		fault_vfs_reset();
		fault_vfs.fail_at = n;
		fault_vfs.code = code;
		fault_vfs.sticky = sticky;
		struct outcome o = record(0);
		bool is_end = fault_vfs.n_ops < n;
		fault_vfs.fail_at = 0;
		uint32_t n_there = check(&o, "op", n);
		if (is_end)
			break;
		if (!sticky && o.began) { /* the rows of a flush that failed were in the next one */
			assert_true(o.last_ok);
			assert_int_equal(n_there, N_FLUSHES * N_PER_FLUSH);
		}
		/* and the file can be added to */
		o = record(n_there);
		assert_int_equal(o.n_failed, 0);
		assert_int_equal(check(&o, "after op", n), n_there + N_FLUSHES * N_PER_FLUSH);
	}
	assert_in_range(n, 50, OPS_MAX - 1);
	fault_vfs_reset();
}

UNIT_TEST(a_disk_that_is_full_for_once) { fail_each_op(SQLITE_FULL, false); }

UNIT_TEST(a_disk_that_stays_full) { fail_each_op(SQLITE_FULL, true); }

UNIT_TEST(a_write_that_fails) { fail_each_op(SQLITE_IOERR_WRITE, false); }

UNIT_TEST(power_is_cut_at_each_write)
{
	uint64_t n;
	bool is_end = false;

	for (n = 1; n < OPS_MAX && !is_end; n++) {
		for (uint32_t seed = 0; seed < 2; seed++) {
			fault_vfs_reset();
			fault_vfs.fail_at = n;
			fault_vfs.code = SQLITE_IOERR_WRITE;
			fault_vfs.sticky = true;
			struct outcome o = record(0);
			is_end = fault_vfs.n_ops < n;
			fault_vfs_cut_power((uint32_t)n * 2 + seed);
			uint32_t n_there = check(&o, "power at", n);
			o = record(n_there);
			assert_int_equal(o.n_failed, 0);
			assert_int_equal(check(&o, "after power at", n), n_there + N_FLUSHES * N_PER_FLUSH);
		}
	}
	assert_in_range(n, 50, OPS_MAX - 1);
	fault_vfs_reset();
}

/* ---- a recording that is added to another one: all of it or nothing ---- */

enum { N_BOARD = 30 };

static void make_board(const char *path, const char *board, uint32_t seed)
{
	struct diag diag = { .text = "" };

	assert_int_equal(made_board(path, board, seed * UINT64_C(1000000000), seed, N_BOARD, N_BOARD, &diag), 0);
}

/* As it is left by a writer that ended, and as it is while one has it open. */
static void set_journal(bool is_wal)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2("./file", &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	if (is_wal)
		assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static bool has_board(const char *board, uint32_t seed, uint64_t n)
{
	struct made_seen seen = { .seed = seed, .compare = true };
	struct diag diag = { .text = "" };
	uint64_t n_bare = 0;
	int r = made_read("file", board, &seen, &n_bare, &diag);

	if (r == -EINVAL && strstr(diag.text, "none of its boards"))
		return false;
	if (r < 0 || seen.n_snapshots != N_BOARD || seen.n_wrong || n_bare)
		fail_msg("op %zu: board %s: %d '%s', %zu snapshots, %zu wrong", (size_t)n, board, r, diag.text,
			 seen.n_snapshots, seen.n_wrong);
	return true;
}

static void append_with_faults(int code, bool is_wal, bool is_power)
{
	struct diag diag = { .text = "" };
	bool is_end = false;
	uint64_t n;

	for (n = 1; n < OPS_MAX && !is_end; n++) {
		fault_vfs_reset();
		make_board("file", "a", 1);
		make_board("file", "b", 2);
		make_board("other", "c", 3);
		set_journal(is_wal);
		fault_vfs = (struct fault_vfs){ .fail_at = n, .code = code, .sticky = true };
		diag.text[0] = '\0';
		int r = recording_append("file", "other", NULL, &diag);
		is_end = fault_vfs.n_ops < n;
		if (r < 0 ? !diag.text[0] : !is_end && fault_vfs.n_ops < n)
			fail_msg("op %zu: %d '%s'", (size_t)n, r, diag.text);
		fault_vfs.fail_at = 0;
		if (is_power)
			fault_vfs_cut_power((uint32_t)n);
		bool is_there = has_board("c", 3, n);
		assert_true(is_there || r < 0);
		assert_true(has_board("a", 1, n) && has_board("b", 2, n));
		if (!is_there) { /* it can be added again */
			if (recording_append("file", "other", NULL, &diag) < 0)
				fail_msg("again after op %zu: %s", (size_t)n, diag.text);
			assert_true(has_board("c", 3, n));
		}
	}
	assert_in_range(n, 10, OPS_MAX - 1);
	fault_vfs_reset();
}

UNIT_TEST(append_to_a_full_disk)
{
	append_with_faults(SQLITE_FULL, false, false);
	append_with_faults(SQLITE_FULL, true, false);
}

UNIT_TEST(power_is_cut_while_it_is_appended)
{
	append_with_faults(SQLITE_IOERR_WRITE, false, true);
	append_with_faults(SQLITE_IOERR_WRITE, true, true);
}

int main(void)
{
	fault_vfs_register();
	return unit_run();
}
