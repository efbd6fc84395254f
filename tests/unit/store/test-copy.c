/* A recording that is added to another one: its rows are there, those that were there stay, or nothing of it is added.
 * And what is saved of a damaged one: all that is not damaged, in bounded time, with a count of the rest. */
#define _DEFAULT_SOURCE
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/store/recording.h"
#include "recordings.h"
#include "sample.h"
#include "schema.h"
#include "scratch.h"
#include "unit.h"

enum { N = 20 };

static void add_board(const char *path, const char *name, uint32_t seed)
{
	struct diag diag = { .text = "" };

	assert_int_equal(made_board(path, name, seed * UINT64_C(1000000000), seed, N, 3, &diag), 0);
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
	assert_int_equal(made_number(to,
				     "SELECT count(*) FROM marks JOIN files USING(mark) WHERE text = name AND text ="
				     " CAST(content AS TEXT)"),
			 2);
	assert_int_equal(made_number(to, "SELECT sum(samples) FROM sessions"), 3 * N);
}

UNIT_TEST(one_board)
{
	const char *from = made("one-from"), *to = scratch_path("one-to");
	struct diag diag = { .text = "" };

	add_board(to, "c", 3);
	assert_int_equal(recording_append(to, from, "b", &diag), 0);
	assert_board(to, "b", 2);
	assert_board(to, "c", 3);
	assert_int_equal(made_number(to, "SELECT count(*) FROM sessions"), 2);
	assert_int_equal(made_number(to, "SELECT sum(snapshots) FROM batches"), 2 * N);
	assert_int_equal(made_number(to, "SELECT count(*) FROM files"), 1);
	/* the mark is there already */
	assert_int_equal(recording_append(to, from, "a", &diag), 0);
	assert_board(to, "a", 1);
	assert_int_equal(made_number(to, "SELECT count(*) FROM marks"), 1);
	assert_int_equal(made_number(to, "SELECT count(*) FROM files"), 1);
	assert_int_equal(recording_append(to, from, "x", &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "no such board"));
	assert_int_equal(made_number(to, "SELECT count(*) FROM sessions"), 3);
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
	/* a row is in the way: nothing of those before it is there */
	made_sql(
		to,
		"INSERT INTO batches SELECT (4 << 28) + 2, chain, before, snapshots, marks, first_us, last_us, event_bytes,"
		" table_bytes, events, crc FROM batches LIMIT 1");
	assert_refused(to, from, -EIO, "constraint failed");
	assert_int_equal(made_number(to, "SELECT count(*) FROM sessions"), 2);
	assert_int_equal(made_number(to, "SELECT max(batch) >> 28 FROM batches"), 4);
	/* what it lacks would go by unnoticed */
	made_sql(to, "DELETE FROM batches WHERE batch >> 28 = 4");
	made_sql(from, "DELETE FROM batches WHERE batch = (2 << 28) + 3");
	assert_refused(to, from, -EBADMSG,
		       "the recording is damaged (3 snapshots, 13 block tables), so nothing of it was added");
	assert_int_equal(made_number(to, "SELECT count(*) FROM sessions"), 2);
}

/* Any page of it may be damaged: all of it is added, or nothing. */
UNIT_TEST(damaged_pages)
{
	const char *from = made("pages-from"), *to = scratch_path("pages-to");
	struct diag diag = { .text = "" };
	struct stat of;
	uint32_t n_failed = 0, n_sessions = 1;

	add_board(to, "c", 3);
	made_sql(from, "PRAGMA page_size = 512; VACUUM");
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
		assert_int_equal(made_number(to, "SELECT count(*) FROM sessions"), n_sessions);
		file = fopen(from, "r+");
		assert_int_equal(fseek(file, at, SEEK_SET), 0);
		assert_int_equal(fwrite(kept, 1, 512, file), 512);
		assert_int_equal(fclose(file), 0);
	}
	assert_in_range(n_failed, 10, 10000);
	assert_board(to, "c", 3);
}

/* ---- damaged ones ---- */

enum { N_LONG = 300, PAGE = 512 };
static struct sample whole;

static const char *made_long(void)
{
	static uint8_t bytes[4 << 20];
	struct diag diag = { .text = "" };
	const char *path = scratch_path("long");

	unlink(path);
	assert_int_equal(made_board(path, "a", 0, 1, N_LONG, 4, &diag), 0);
	add_mark(path, MADE_STARTED_US, "x");
	made_sql(path, "PRAGMA page_size = 512; VACUUM"); /* many pages */
	FILE *file = fopen(path, "r");
	whole.bytes = bytes;
	whole.n_bytes = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	assert_in_range(whole.n_bytes, 60 * PAGE, sizeof(bytes) - 1);
	return path;
}

static int recover(const char *path, struct recording_sum *sum)
{
	struct diag diag = { .text = "" };
	const char *to = scratch_path("saved");

	unlink(to);
	int r = recording_recover(path, to, sum, &diag);
	assert_true(r == 0 || (diag.text[0] && (r == -EBADMSG || r == -EINVAL)));
	return r;
}

/* What is saved is whole in itself, and with what is said to be lost it is all. */
static void assert_saved(const char *path, const char *what, size_t at)
{
	struct made_seen seen = { .seed = 1, .compare = false };
	struct diag diag = { .text = "" };
	struct recording_sum sum, again;

	if (recover(path, &sum) < 0)
		return;
	if (recording_verify(scratch_path("saved"), &again, &diag) < 0 || again.damage.n_all > 0)
		fail_msg("%s at %zu: what is saved is damaged: %s", what, at, diag.text);
	if (sum.n_samples != again.n_samples || sum.n_marks != again.n_marks || sum.n_files != again.n_files)
		fail_msg("%s at %zu: not as much is there as was said", what, at);
	bool is_counted = sum.damage.n_sessions > 0 || sum.n_samples + sum.damage.n_samples == N_LONG;
	if (!is_counted || (sum.n_samples < N_LONG && sum.damage.n_all == 0))
		fail_msg("%s at %zu: %zu saved, %zu lost", what, at, (size_t)sum.n_samples,
			 (size_t)sum.damage.n_samples);
	made_read(scratch_path("saved"), NULL, &seen, NULL, &diag);
	assert_int_equal(seen.n_snapshots, sum.n_boards > 0 ? sum.n_samples : 0);
}

UNIT_TEST(each_damaged_page)
{
	static const uint8_t fills[] = { 0, 0xff };
	uint8_t kept[PAGE];
	struct recording_sum sum;
	size_t n_most = 0;

	assert_int_equal(recover(made_long(), &sum), 0);
	assert_int_equal(sum.damage.n_all, 0);
	assert_int_equal(sum.n_samples, N_LONG);
	for (size_t at = PAGE; at < whole.n_bytes; at += PAGE * (1 + whole.n_bytes / PAGE / 60))
		for (size_t i = 0; i < ARRAY_SIZE(fills); i++) {
			memcpy(kept, whole.bytes + at, PAGE);
			memset(whole.bytes + at, fills[i], PAGE);
			assert_saved(scratch_write("damaged", whole.bytes, whole.n_bytes), "page", at);
			memcpy(whole.bytes + at, kept, PAGE);
			n_most += recover(scratch_path("damaged"), &sum) == 0 && sum.n_samples > N_LONG * 9 / 10;
		}
	assert_true(n_most > 60); /* a page is no more than itself */
}

UNIT_TEST(a_file_that_is_cut)
{
	struct recording_sum sum;
	size_t n_saved = 0;

	made_long();
	for (size_t n = 0; n <= whole.n_bytes; n += whole.n_bytes / 10) {
		const char *path = scratch_write("cut", whole.bytes, n);
		assert_saved(path, "cut", n);
		n_saved += recover(path, &sum) == 0;
	}
	assert_true(n_saved > 3);
}

/* An inner page that refers to one page again and again, levels of them: rows without end. */
UNIT_TEST(pages_in_circles)
{
	struct made_seen seen = { 0 };
	struct diag diag = { .text = "" };
	struct recording_sum sum;
	int n_done = 0;

	made_long();
	for (size_t i = 1; i < whole.n_bytes / PAGE; i++) {
		uint8_t *at = whole.bytes + i * PAGE;
		if (at[0] != 5) /* an inner page of a table with ids */
			continue;
		n_done++;
		size_t n_cells = (size_t)at[3] << 8 | at[4];
		const uint8_t *first = at + (at[12] << 8 | at[13]);
		uint8_t child[4];
		memcpy(child, first, 4);
		for (size_t k = 0; k < n_cells; k++)
			memcpy(at + (at[12 + 2 * k] << 8 | at[13 + 2 * k]), child, 4);
		memcpy(at + 8, child, 4);
	}
	const char *path = scratch_write("circles", whole.bytes, whole.n_bytes);
	assert_true(n_done > 0);
	int r = made_read(path, NULL, &seen, NULL, &diag);
	assert_true(r == -EBADMSG || r == -EINVAL);
	recover(path, &sum);
}

UNIT_TEST(what_cannot_be_saved)
{
	struct diag diag = { .text = "" };
	struct recording_sum sum;
	const char *path = scratch_text("text",
					"this is a text, and no recording, of a few more bytes ...............");

	assert_int_equal(recording_recover(path, scratch_path("saved2"), &sum, &diag), -EBADMSG);
	assert_int_equal(recording_recover(scratch_path("no"), scratch_path("s3"), &sum, &diag), -ENOENT);
	assert_int_equal(recording_recover(made_long(), scratch_path("no/s"), &sum, &diag), -ENOENT);
}

/* The row of a board is not as it was written: its batches are saved, under its number. */
UNIT_TEST(a_board_without_its_row)
{
	struct diag diag = { .text = "" };
	struct recording_sum sum;
	struct recording *r;

	made_sql(made_long(), "DELETE FROM sessions");
	assert_int_equal(recover(scratch_path("long"), &sum), 0);
	assert_int_equal(sum.n_samples, N_LONG);
	assert_int_equal(sum.damage.n_sessions, 1);
	assert_int_equal(recording_open(scratch_path("saved"), &r, &diag), 0);
	assert_string_equal(recording_source(r, 0)->name, "board-1");
	recording_close(r);
}
