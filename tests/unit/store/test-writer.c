/* What is written is what is read, and other files are left alone. */
#define _DEFAULT_SOURCE /* usleep */
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memprof/store/recording.h"
#include "recordings.h"
#include "schema.h"
#include "scratch.h"
#include "unit.h"
#include "writer.h"

#define SECOND_US UINT64_C(1000000)

static void close_writer(struct recording_writer *w)
{
	struct diag diag = { .text = "" };

	if (recording_writer_close(w, &diag) < 0)
		fail_msg("%s", diag.text);
}

UNIT_GROUP(scratch_make, scratch_remove)

UNIT_TEST(rows_are_committed_when_they_are_due)
{
	const char *path = scratch_path("due");
	struct diag diag = { 0 };
	struct recording_writer *w = made_writer(path, "a", 0, &diag);

	assert_int_equal(made_number(path, "PRAGMA user_version"), SCHEMA_VERSION);
	made_snapshot(w, 1, 0);
	made_snapshot(w, 1, 1);
	assert_int_equal(recording_flush(w, 1999999, &diag), 0);
	assert_u64_equal(recording_n_samples(w), 0);
	assert_int_equal(recording_flush(w, 2000000, &diag), 0);
	assert_u64_equal(recording_n_samples(w), 2);
	assert_int_equal(made_number(path, "SELECT sum(snapshots) FROM batches"), 2);
	assert_int_equal(recording_flush(w, 100 * SECOND_US, &diag), 0); /* nothing is there */
	/* text alone, of a program that never dumps its heap */
	made_text(w, 3);
	assert_int_equal(recording_flush(w, 101 * SECOND_US, &diag), 0);
	assert_int_equal(recording_flush(w, 102 * SECOND_US, &diag), 0);
	assert_int_equal(made_number(path, "SELECT count(*) FROM batches"), 1);
	assert_int_equal(recording_flush(w, 103 * SECOND_US, &diag), 0);
	assert_int_equal(made_number(path, "SELECT count(*) FROM batches"), 2);
	close_writer(w);
}

UNIT_TEST(all_that_is_written_is_read)
{
	const char *path = scratch_path("all");
	struct diag diag = { 0 };
	struct made_seen seen = { .seed = 9, .compare = true };
	struct recording_writer *w = made_writer(path, "a", 0, &diag);
	struct event pool = { .kind = EVENT_POOL, .at_us = 5, .pool = { .kind = POOL_CAPS, .name = "idf.1" } };
	struct event odd = {
		.kind = EVENT_MARK, .line = 7, .at_us = NOT_KNOWN, .time = "07:09:41", .mark = { "a\0b\xff", 4 }
	};
	uint64_t n_bare;

	for (uint32_t n = 0; n < 200; n++) {
		made_snapshot(w, 9, n);
		made_text(w, n);
		made_event(w, n);
		if (n % 3 == 0)
			recording_event(w, &pool, NULL, n * SECOND_US);
		assert_int_equal(recording_flush(w, n * SECOND_US, &diag), 0);
	}
	recording_event(w, &odd, NULL, 0);
	close_writer(w);
	assert_int_equal(made_read(path, NULL, &seen, &n_bare, &diag), 0);
	assert_int_equal(seen.n_snapshots, 200);
	assert_int_equal(seen.n_tables, 200);
	assert_int_equal(seen.n_wrong, 0);
	assert_int_equal(seen.n_pools, 67);
	assert_int_equal(seen.n_marks, 201);
	assert_int_equal(seen.n_text_bytes, 10 * 10 + 90 * 11 + 100 * 12);
	assert_u64_equal(n_bare, 0);
	assert_string_equal(seen.last_time, "2026-09-21T14:16:39.000Z");
	assert_int_equal(access(scratch_path("all-wal"), F_OK), -1); /* one file again */
}

/* Chains and blobs end by size: a heap whose blocks are other ones each time. */
UNIT_TEST(many_chains_and_blobs)
{
	const char *path = scratch_path("chains");
	struct diag diag = { 0 };
	struct recording_writer *w = made_writer(path, "a", 0, &diag);
	struct event event = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };
	struct history_figures figures = { .name = "gc", .has_table = true };
	enum { N = 48, N_BLOCKS = 500000 };
	struct heap heap;
	struct heap_pool *pool;
	struct recording *r;

	heap_init(&heap);
	event.snapshot.heap = &heap;
	for (uint32_t n = 0; n < N; n++) {
		uint32_t random = n + 1;
		heap_reset(&heap);
		heap_add_pool(&heap, "gc", POOL_GC, &pool);
		pool->block_bytes = 16;
		heap_add_area(pool, 0x1000);
		uint8_t *kinds = heap_extend(pool, N_BLOCKS - (n == 17)); /* another size: another chain */
		for (uint32_t i = 0; i < N_BLOCKS - (n == 17); i++)
			kinds[i] = (uint8_t) ".=hT"[next_random(&random) % 4];
		heap_seal(&heap);
		event.at_us = n;
		recording_event(w, &event, &figures, n);
	}
	heap_deinit(&heap);
	close_writer(w);
	assert_true(made_number(path, "SELECT count(DISTINCT chain) FROM batches") >= 2);
	assert_true(made_number(path, "SELECT count(*) FROM batches") >= 6);
	assert_int_equal(made_number(path, "SELECT count(*) FROM batches WHERE chain > batch"), 0);
	assert_int_equal(recording_open(path, &r, &diag), 0);
	for (uint32_t n = 0; n < N; n += 5) {
		char choice[8];
		struct made_seen seen = { 0 };
		uint64_t n_bare;
		snprintf(choice, sizeof(choice), "#%u", n + 1);
		assert_int_equal(made_read(path, choice, &seen, &n_bare, &diag), 0);
		assert_int_equal(seen.n_tables, 1);
		assert_u64_equal(n_bare, 0);
	}
	recording_close(r);
}

UNIT_TEST(an_agent_greets_once)
{
	const char *path = scratch_path("hello");
	struct diag diag = { 0 };
	struct recording_writer *w = made_writer(path, "a", 0, &diag);
	struct made_seen seen = { 0 };
	struct event event = { .kind = EVENT_HELLO, .hello = { .firmware = "MicroPython v1.27.0" } };

	recording_event(w, &event, NULL, 0);
	event.hello.again = true;
	for (int i = 0; i < 5; i++)
		recording_event(w, &event, NULL, 0);
	event.hello.period_ms = 100;
	recording_event(w, &event, NULL, 0);
	close_writer(w);
	assert_int_equal(made_read(path, NULL, &seen, NULL, &diag), 0);
	assert_int_equal(seen.n_events, 2);
}

UNIT_TEST(the_board)
{
	const char *path = scratch_path("board");
	struct diag diag = { 0 };
	struct recording_writer *w = made_writer(path, "a", 0, &diag);
	struct board_info board, read;
	struct recording *r;

	board_init(&board);
	memcpy(board.machine, "Board with RP2040", 18);
	memcpy(board.version, "1.27.0", 7);
	board.flash_bytes = 2 << 20;
	recording_board(w, &board);
	close_writer(w);
	assert_int_equal(recording_open(path, &r, &diag), 0);
	assert_true(recording_board_of(r, &read));
	assert_string_equal(read.machine, board.machine);
	assert_u64_equal(read.flash_bytes, board.flash_bytes);
	assert_u64_equal(recording_bytes(r),
			 (uint64_t)made_number(path, "SELECT page_count * 4096 FROM pragma_page_count"));
	assert_int_equal(recording_n_sources(r), 1);
	assert_string_equal(recording_source(r, 0)->name, "a");
	recording_close(r);
	/* of the last session that has one */
	close_writer(made_writer(path, "a", SECOND_US, &diag));
	assert_int_equal(recording_open(path, &r, &diag), 0);
	assert_true(recording_board_of(r, &read));
	recording_close(r);
	made_sql(path, "UPDATE sessions SET board = x'00'");
	assert_int_equal(recording_open(path, &r, &diag), 0);
	assert_false(recording_board_of(r, &read));
	recording_close(r);
}

/* ---- keeping ---- */

/* Chains end when the heap has another number of pools: each session is one here. */
static void keep(const char *path, const struct recording_keep *keep, uint64_t at_us, uint64_t *ret_n_thinned)
{
	struct diag diag = { .text = "" };
	struct recording_writer *w = made_writer(path, "a", at_us, &diag);

	assert_non_null(w);
	recording_keep(w, keep);
	for (uint32_t n = 0; n < 50; n++) {
		struct event pool = { .kind = EVENT_POOL, .at_us = 5, .pool = { .kind = POOL_CAPS, .name = "i" } };
		made_snapshot(w, 3, n * 13);        /* few blocks stay */
		recording_event(w, &pool, NULL, 0); /* has no table */
		if (n % 10 == 0 && recording_flush(w, n * SECOND_US, &diag) < 0)
			fail_msg("%s", diag.text);
	}
	if (recording_flush(w, NOT_KNOWN, &diag) < 0)
		fail_msg("%s", diag.text);
	*ret_n_thinned = recording_n_thinned(w);
	assert_u64_equal(recording_n_thinned(w), 0);
	close_writer(w);
}

UNIT_TEST(keep_by_age)
{
	const char *path = scratch_path("age");
	const struct recording_keep hour = { .newest_us = 3600 * SECOND_US };
	struct made_seen seen = { 0 };
	struct diag diag = { 0 };
	const struct recording_session dateless = { "log", "log", NOT_KNOWN };
	struct recording_writer *w;
	uint64_t n, n_bare;

	assert_int_equal(recording_writer_open(path, &w, &diag), 0); /* of what has no date nothing is old */
	assert_int_equal(recording_begin(w, &dateless, &diag), 0);
	made_snapshot(w, 3, 0);
	close_writer(w);
	keep(path, &hour, 0, &n);
	assert_u64_equal(n, 0);
	keep(path, &hour, 3000 * SECOND_US, &n);
	assert_u64_equal(n, 0);
	keep(path, &hour, 5000 * SECOND_US, &n);
	assert_u64_equal(n, 50); /* of the first session; snapshots only */
	assert_int_equal(made_read(path, "a", &seen, &n_bare, &diag), 0);
	assert_int_equal(seen.n_snapshots, 150);
	assert_int_equal(seen.n_tables, 100);
	assert_int_equal(seen.n_pools, 150);
	assert_u64_equal(n_bare, 50);
}

UNIT_TEST(keep_by_size)
{
	const char *path = scratch_path("size");
	const struct recording_keep little = { .max_bytes = 300000 };
	struct made_seen seen = { .seed = 3, .compare = false };
	struct diag diag = { 0 };
	uint64_t n, n_all = 0, n_bare;

	for (uint32_t i = 0; i < 20; i++) {
		keep(path, &little, i * 100 * SECOND_US, &n);
		n_all += n;
	}
	assert_true(n_all > 0);
	assert_true(made_number(path, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") <=
		    300000);
	assert_int_equal(made_read(path, NULL, &seen, &n_bare, &diag), 0);
	assert_int_equal(seen.n_snapshots, 1000);
	assert_int_equal(seen.n_tables, 1000 - n_all);
	assert_u64_equal(n_bare, n_all);
}

/* Two processes record into one file, and one of them makes room: the other's tables go on with a whole one. */
UNIT_TEST(keep_of_another_process)
{
	const char *path = scratch_path("both");
	const struct recording_keep nothing = { .max_bytes = 1 }, all = { 0 };
	struct made_seen seen = { .seed = 4, .compare = true };
	struct diag diag = { .text = "" };
	struct recording_writer *a = made_writer(path, "a", 0, &diag), *b = made_writer(path, "b", 0, &diag);
	uint64_t n_bare;

	recording_keep(a, &nothing);
	for (uint32_t n = 0; n < 10; n++) {
		made_snapshot(b, 4, n);
		assert_int_equal(recording_flush(b, NOT_KNOWN, &diag), 0);
	}
	made_snapshot(a, 5, 0);
	assert_int_equal(recording_flush(a, NOT_KNOWN, &diag), 0);
	assert_u64_equal(recording_n_thinned(a), 10);
	for (uint32_t n = 10; n < 20; n++) {
		made_snapshot(b, 4, n);
		assert_int_equal(recording_flush(b, NOT_KNOWN, &diag), 0);
	}
	recording_keep(a, &all);
	close_writer(a);
	close_writer(b);
	assert_int_equal(made_read(path, "b", &seen, &n_bare, &diag), 0);
	assert_int_equal(seen.n_snapshots, 20);
	assert_int_equal(seen.n_wrong, 0);
	assert_u64_equal(n_bare, 11); /* the one that referred to what was removed meanwhile, too */
	assert_int_equal(seen.n_tables, 9);
}

/* Tables that --keep removed are gone, and said to be; others that are gone are damage. */
UNIT_TEST(tables_that_are_gone)
{
	const char *path = scratch_path("gone-tables");
	const struct recording_keep nothing = { .max_bytes = 1 };
	struct made_seen seen = { .seed = 6, .compare = true };
	struct diag diag = { .text = "" };
	uint64_t n_bare, n_thinned = 0;
	struct recording_writer *w = made_writer(path, "a", 0, &diag);

	for (uint32_t n = 0; n < 6; n++) {
		made_snapshot(w, 6, n);
		assert_int_equal(recording_flush(w, NOT_KNOWN, &diag), 0);
	}
	assert_int_equal(keep_thin(w->db, &nothing, NOT_KNOWN, 0, &n_thinned), SQLITE_OK);
	assert_u64_equal(n_thinned, 6);
	made_text(w, 6); /* it finds that out, and begins another chain */
	for (uint32_t n = 6; n < 12; n++) {
		assert_int_equal(recording_flush(w, NOT_KNOWN, &diag), 0);
		made_snapshot(w, 6, n);
	}
	close_writer(w);
	assert_int_equal(made_number(path, "SELECT bare FROM sessions"), 6);
	assert_int_equal(made_read(path, NULL, &seen, &n_bare, &diag), 0);
	assert_u64_equal(n_bare, 6);
	assert_int_equal(seen.n_snapshots, 12);
	assert_int_equal(seen.n_wrong, 0);
	made_sql(path, "DELETE FROM tables");
	assert_int_equal(made_read(path, NULL, &seen, &n_bare, &diag), -EBADMSG);
	assert_non_null(strstr(diag.text, "6 block tables missing or wrong"));
}

/* ---- other files ---- */

static void assert_no_recording(const char *path, int error, const char *words)
{
	struct recording_writer *w;
	struct recording *r;
	struct diag read = { .text = "" }, write = { .text = "" }, mark = { .text = "" };
	int r_read = recording_open(path, &r, &read), r_write = recording_writer_open(path, &w, &write),
	    r_mark = recording_mark(path, 0, "x", NULL, &mark);

	if (r_read != error || !strstr(read.text, words) || r)
		fail_msg("open: %d '%s', expected %d '%s'", r_read, read.text, error, words);
	if (r_write != error || !strstr(write.text, words) || w)
		fail_msg("writer_open: %d '%s', expected %d '%s'", r_write, write.text, error, words);
	if (r_mark != error || !strstr(mark.text, words))
		fail_msg("mark: %d '%s', expected %d '%s'", r_mark, mark.text, error, words);
}

static const char *with_sql(const char *name, const char *sql)
{
	const char *path = scratch_path(name);
	struct diag diag = { 0 };

	struct recording_writer *w = made_writer(path, "a", 0, &diag);
	made_snapshot(w, 1, 0);
	close_writer(w);
	made_sql(path, sql);
	return path;
}

UNIT_TEST(other_files_are_refused)
{
	const char *foreign = scratch_path("foreign");

	assert_no_recording(scratch_text("text",
					 "This is no database, and it is long enough to see it: ....."
					 "..........................................................."),
			    -EINVAL, "this is no recording");
	made_sql(foreign, "PRAGMA journal_mode = WAL; CREATE TABLE t(x)");
	assert_no_recording(foreign, -EINVAL, "no recording of memprof's");
	assert_int_equal(made_number(foreign, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
	made_sql(foreign, "PRAGMA application_id = -1"); /* numbers have a sign */
	assert_no_recording(foreign, -EINVAL, "no recording of memprof's");
	assert_no_recording(with_sql("newer", "PRAGMA user_version = 3"), -EINVAL, "recorded by a newer memprof");
	assert_no_recording(with_sql("column", "ALTER TABLE batches ADD COLUMN more INTEGER"), -EINVAL,
			    "its tables are not those");
	assert_no_recording(with_sql("view",
				     "ALTER TABLE batches RENAME TO b2;"
				     "CREATE VIEW batches AS SELECT * FROM b2"),
			    -EINVAL, "its tables are not those");
	assert_no_recording(with_sql("gone", "DROP TABLE files"), -EINVAL, "its tables are not those");
}

/* What a newer one means by its rows is not known, so they are not saved either; where its tables are those of this
 * one, it is its number that is damaged. */
UNIT_TEST(newer_files_are_not_saved)
{
	const char *newer = with_sql("newer-tables", "PRAGMA user_version = 3; ALTER TABLE batches ADD COLUMN more"),
		   *damaged = with_sql("newer-number", "PRAGMA user_version = 16777218");
	struct diag diag = { .text = "" };
	struct recording_sum sum;

	assert_int_equal(recording_recover(newer, scratch_path("newer-saved"), &sum, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "recorded by a newer memprof (schema 3"));
	assert_int_equal(recording_recover(damaged, scratch_path("damaged-saved"), &sum, &diag), 0);
	assert_u64_equal(sum.n_samples, 1);
	assert_u64_equal(sum.damage.n_all, 0);
}

/* More tables, and triggers that never run. */
UNIT_TEST(what_people_add_is_left_alone)
{
	const char *path = with_sql("more",
				    "CREATE TABLE mine(x); CREATE TRIGGER t AFTER INSERT ON batches BEGIN"
				    " INSERT INTO mine VALUES(1); END");
	struct diag diag = { .text = "" };
	struct recording_writer *w = made_writer(path, "a", 0, &diag);

	if (!w)
		fail_msg("%s", diag.text);
	made_snapshot(w, 1, 1);
	close_writer(w);
	assert_int_equal(made_number(path, "SELECT count(*) FROM mine"), 0);
}

UNIT_TEST(a_file_that_cannot_be_written)
{
	struct recording_writer *w;
	struct recording *r;
	struct recording_lock lock;
	struct diag diag = { 0 };

	assert_int_equal(recording_writer_open(scratch_path("no/such"), &w, &diag), -ENOENT);
	assert_non_null(strstr(diag.text, strerror(ENOENT)));
	assert_int_equal(recording_open(scratch_path("missing"), &r, &diag), -ENOENT);
	assert_int_equal(recording_mark(scratch_path("missing"), 0, "x", NULL, &diag), -ENOENT);
	assert_int_equal(recording_lock_take(scratch_path("no/such"), &lock, &diag), -ENOENT);
	assert_int_equal(recording_lock_take(scratch_folder("folder"), &lock, &diag), -EISDIR);
	assert_int_equal(recording_writer_close(NULL, &diag), 0);
	recording_close(NULL);
}

/* ---- several at a time ---- */

UNIT_TEST(one_memprof_at_a_time)
{
	const char *path = scratch_path("lock");
	struct recording_lock first, second;
	struct diag diag = { 0 };
	struct recording_writer *w;

	assert_int_equal(recording_lock_take(path, &first, &diag), 0);
	assert_true(first.is_new);
	assert_int_equal(recording_lock_take(path, &second, &diag), -EBUSY);
	assert_non_null(strstr(diag.text, "another memprof records into this file"));
	recording_lock_drop(&first, false);
	recording_lock_drop(&first, false);
	assert_int_equal(access(path, F_OK), -1); /* it was of no use */
	assert_int_equal(recording_lock_take(path, &first, &diag), 0);
	w = made_writer(path, "a", 0, &diag);
	assert_non_null(w);
	close_writer(w);
	recording_lock_drop(&first, true);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(recording_lock_take(path, &first, &diag), 0);
	assert_false(first.is_new);
	recording_lock_drop(&first, false); /* it was there before */
	assert_int_equal(access(path, F_OK), 0);
}

UNIT_TEST(a_mark_while_it_is_recorded)
{
	const char *path = scratch_path("marks");
	const struct recording_file file = { "a.bin", "\0\1\2", 3 };
	struct diag diag = { .text = "" };
	struct recording_writer *w = made_writer(path, "a", 0, &diag);

	for (uint32_t n = 0; n < 10; n++) {
		made_snapshot(w, 1, n);
		if (n % 2)
			assert_int_equal(recording_flush(w, NOT_KNOWN, &diag), 0);
		assert_int_equal(
			recording_mark(path, MADE_STARTED_US + n * SECOND_US, n % 2 ? "odd" : "even", &file, &diag), 0);
	}
	close_writer(w);
	assert_int_equal(made_number(path, "SELECT count(*) FROM marks"), 10);
	assert_int_equal(made_number(path,
				     "SELECT count(*) FROM files JOIN marks USING(mark) WHERE name = 'a.bin'"
				     " AND content = x'000102'"),
			 10);
	assert_int_equal(made_number(path, "SELECT sum(snapshots) FROM batches"), 10);
}

/* A row that is in the way: an error, and then the rows are there. */
UNIT_TEST(rows_are_tried_again)
{
	const char *path = scratch_path("busy");
	struct diag diag = { .text = "" };
	struct recording_writer *w = made_writer(path, "a", 0, &diag);
	struct made_seen seen = { .seed = 1, .compare = true };

	made_snapshot(w, 1, 0);
	made_sql(path, "INSERT INTO batches VALUES((1 << 28) + 1, 1, 0, 0, 0, 0, 0, 0, 0, '', 0)");
	assert_int_equal(recording_flush(w, NOT_KNOWN, &diag), -EIO);
	assert_u64_equal(recording_n_samples(w), 0);
	assert_int_equal(made_number(path, "SELECT count(*) FROM sessions"), 0);
	made_sql(path, "DELETE FROM batches");
	made_snapshot(w, 1, 1);
	assert_int_equal(recording_flush(w, NOT_KNOWN, &diag), 0);
	assert_u64_equal(recording_n_samples(w), 2);
	made_snapshot(w, 1, 2);
	close_writer(w);
	assert_int_equal(made_read(path, NULL, &seen, NULL, &diag), 0);
	assert_int_equal(seen.n_tables, 3);
	assert_int_equal(seen.n_wrong, 0);
}

/* Ids of the next one would be taken. */
UNIT_TEST(a_session_that_is_full)
{
	const char *path = scratch_path("full");
	struct diag diag = { .text = "" };
	struct recording_writer *w = made_writer(path, "a", 0, &diag);

	w->next.n = BATCHES_MAX - 1;
	made_snapshot(w, 1, 0);
	assert_int_equal(recording_flush(w, NOT_KNOWN, &diag), -EFBIG);
	assert_non_null(strstr(diag.text, "record again"));
	assert_int_equal(recording_writer_close(w, &diag), -EFBIG);
	assert_int_equal(made_number(path, "SELECT count(*) FROM batches"), 0);
}

/* What cannot be converted as a whole is taken out again. */
UNIT_TEST(a_session_that_is_dropped)
{
	const char *path = scratch_path("dropped");
	const struct recording_session log = { "night.log", "log", NOT_KNOWN };
	struct made_seen seen = { .seed = 1, .compare = true };
	struct diag diag = { .text = "" };
	struct recording_writer *w;

	assert_int_equal(recording_writer_open(path, &w, &diag), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(recording_begin(w, &log, &diag), 0);
		for (uint32_t n = 0; n < 2000; n++) {
			made_snapshot(w, 1, n);
			assert_int_equal(recording_flush(w, n * SECOND_US, &diag), 0);
		}
		if (i == 1)
			assert_int_equal(recording_end(w, &diag), 0);
		else
			assert_int_equal(recording_drop(w, &diag), 0);
	}
	assert_int_equal(made_number(path, "SELECT count(*) FROM sessions"), 1);
	close_writer(w);
	assert_int_equal(made_read(path, NULL, &seen, NULL, &diag), 0);
	assert_int_equal(seen.n_tables, 2000);
	assert_int_equal(seen.n_wrong, 0);
}

/* The file is gone while batches wait for it: they are the first ones of the new one. */
UNIT_TEST(moving_on_with_batches_that_wait)
{
	const char *path = scratch_path("moves");
	struct diag diag = { .text = "" };
	struct made_seen seen = { .seed = 8, .first = 4, .compare = true };
	struct recording_writer *w = made_writer(path, "a", 0, &diag);
	uint64_t n_bare;

	for (uint32_t n = 0; n < 4; n++)
		made_snapshot(w, 8, n);
	assert_int_equal(recording_flush(w, NOT_KNOWN, &diag), 0);
	made_sql(path, "INSERT INTO batches VALUES((1 << 28) + 2, 1, 0, 0, 0, 0, 0, 0, 0, '', 0)"); /* in the way */
	for (uint32_t n = 4; n < 10; n++) {
		made_snapshot(w, 8, n);
		if (n % 2)
			assert_int_equal(recording_flush(w, NOT_KNOWN, &diag), -EIO);
	}
	unlink(path);
	assert_int_equal(recording_move_on(w, &diag), 0);
	made_snapshot(w, 8, 10);
	close_writer(w);
	if (made_read(path, NULL, &seen, &n_bare, &diag) < 0)
		fail_msg("%s", diag.text);
	assert_int_equal(seen.n_snapshots, 7);
	assert_int_equal(seen.n_tables + n_bare, 7);
	assert_int_equal(seen.n_tables > 0, 1);
}

/* Whoever opens it to write, and writes nothing, leaves it as it was. */
UNIT_TEST(a_file_that_is_not_written_to)
{
	static uint8_t before[1 << 17], after[1 << 17];
	struct diag diag = { .text = "" };
	const char *path = scratch_path("untouched");
	struct recording_writer *w = made_writer(path, "a", 0, &diag);

	made_snapshot(w, 1, 0);
	close_writer(w);
	for (int i = 0; i < 2; i++) {
		FILE *file = fopen(path, "r");
		size_t n = fread(i ? after : before, 1, sizeof(before), file);
		assert_in_range(n, 1000, sizeof(before) - 1);
		fclose(file);
		if (i == 0)
			close_writer(made_writer(path, "b", 0, &diag));
	}
	assert_memory_equal(before, after, sizeof(before));
}

UNIT_TEST(the_head_of_a_file)
{
	uint8_t head[100];
	bool is_ours = false;
	const char *path = with_sql("head", "SELECT 1");
	FILE *file = fopen(path, "r");

	assert_int_equal(fread(head, 1, sizeof(head), file), sizeof(head));
	fclose(file);
	assert_true(recording_is(head, sizeof(head), &is_ours));
	assert_true(is_ours);
	assert_false(recording_is(head, 71, &is_ours));
	head[68]++;
	assert_true(recording_is(head, sizeof(head), &is_ours));
	assert_false(is_ours);
	head[0]++;
	assert_false(recording_is(head, sizeof(head), &is_ours));
}
