/* What is saved of a recording with a damaged page: all that is on the other ones, in bounded time. */
#define _DEFAULT_SOURCE
#include <unistd.h>

#include "memprof/store/recording.h"
#include "recordings.h"
#include "sample.h"
#include "schema.h"
#include "scratch.h"
#include "unit.h"

enum { PAGE = 512, N = 1000, PAGES_MAX = 4096, N_TABLES = 10, PAGES_TRIED = 60 };

static const char *const tables[N_TABLES] = { "sessions", "pools",   "samples", "sample_details", "figures",
					      "events",   "console", "tables",  "marks",          "files" };

struct page {
	char table[32], kind[12];
	int64_t n_rows;
};
static struct page pages[PAGES_MAX + 1];
static size_t n_pages;
static int64_t counts[N_TABLES];
static struct sample whole;

static void count_rows(const char *path, int64_t ret[N_TABLES])
{
	sqlite3 *db;
	char sql[64];

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	for (size_t i = 0; i < N_TABLES; i++) {
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", tables[i]);
		sqlite3_stmt *s = schema_prepare(db, sql);
		assert_int_equal(sqlite3_step(s), SQLITE_ROW);
		ret[i] = sqlite3_column_int64(s, 0);
		sqlite3_finalize(s);
	}
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void read_pages(sqlite3 *db)
{
	sqlite3_stmt *s = schema_prepare(db, "SELECT pageno, name, pagetype, ncell FROM dbstat");

	assert_non_null(s);
	while (sqlite3_step(s) == SQLITE_ROW) {
		size_t i = (size_t)sqlite3_column_int64(s, 0);
		assert_in_range(i, 1, PAGES_MAX);
		snprintf(pages[i].table, sizeof(pages[i].table), "%s", (const char *)sqlite3_column_text(s, 1));
		snprintf(pages[i].kind, sizeof(pages[i].kind), "%s", (const char *)sqlite3_column_text(s, 2));
		pages[i].n_rows = sqlite3_column_int64(s, 3);
		n_pages = MAX(n_pages, i);
	}
	sqlite3_finalize(s);
}

static int make(void **state)
{
	struct diag diag = { 0 };
	sqlite3 *db;

	if (scratch_make(state) < 0)
		return -1;
	const char *path = scratch_path("whole");
	struct recording_writer *w = made_writer(path, "a", 0, &diag);
	for (uint32_t n = 0; n < N; n++) {
		made_snapshot(w, 1, n);
		made_text(w, n);
		made_event(w, n);
		if (n % 20 == 0)
			recording_flush(w, NOT_KNOWN, &diag);
	}
	recording_writer_close(w, &diag);
	recording_mark(path, 1, "x", &(struct recording_file){ "f", "bytes", 5 }, &diag);
	sqlite3_open(path, &db);
	schema_run(db, "PRAGMA page_size = 512; VACUUM"); /* many pages */
	read_pages(db);
	sqlite3_close(db);
	count_rows(path, counts);
	FILE *file = fopen(path, "r");
	whole.bytes = malloc(n_pages * PAGE);
	whole.n_bytes = fread(whole.bytes, 1, n_pages * PAGE, file);
	fclose(file);
	return whole.n_bytes == n_pages * PAGE && n_pages > 200 ? 0 : -1;
}

static int remove_all(void **state)
{
	free(whole.bytes);
	return scratch_remove(state);
}

static void page_is_saved_but_for(size_t i, uint8_t fill)
{
	struct diag diag = { .text = "" };
	int64_t there[N_TABLES];
	uint64_t n_saved, n_lost;
	uint8_t kept[PAGE], *at = whole.bytes + (i - 1) * PAGE;
	const struct page *p = &pages[i];

	memcpy(kept, at, PAGE);
	memset(at, fill, PAGE);
	const char *path = scratch_write("damaged", whole.bytes, whole.n_bytes), *to = scratch_path("saved");
	memcpy(at, kept, PAGE);
	unlink(to);
	int r = recording_recover(path, to, &n_saved, &n_lost, &diag);
	if (r < 0)
		fail_msg("page %zu, %s of %s: %d %s", i, p->kind, p->table, r, diag.text);
	count_rows(to, there);
	uint64_t n_all = 0;
	for (size_t k = 0; k < N_TABLES; k++) {
		bool is_it = strcmp(p->table, tables[k]) == 0, is_blobs = strcmp(p->table, "tables") == 0;
		int64_t lost = !is_it ? 0 : strcmp(p->kind, "leaf") == 0 ? p->n_rows : counts[k];
		n_all += (uint64_t)there[k];
		if (there[k] < counts[k] - lost && !(is_it && is_blobs))
			fail_msg("page %zu, %s of %s with %d rows: %d of %d of %s", i, p->kind, p->table,
				 (int)p->n_rows, (int)there[k], (int)counts[k], tables[k]);
		if (is_it && p->kind[0] != 'i' && there[k] < counts[k] && n_lost == 0)
			fail_msg("page %zu, %s: nothing is said to be lost", i, p->table);
	}
	assert_u64_equal(n_all, n_saved);
	/* what is there of block tables is right */
	if (strcmp(p->table, "samples") != 0 && strcmp(p->table, "sessions") != 0) {
		struct made_seen seen = { .seed = 1, .compare = true };
		made_read(to, NULL, &seen, NULL, &diag);
		assert_int_equal(seen.n_snapshots, N);
		if (seen.n_wrong)
			fail_msg("page %zu, %s: %zu heaps are wrong: %s", i, p->table, seen.n_wrong, seen.wrong);
	}
}

static void each_page(uint8_t fill)
{
	size_t n_tried = 0;

	/* those of the schema are needed */
	for (size_t i = 2; i <= n_pages; i += 1 + n_pages / PAGES_TRIED)
		if (pages[i].table[0] && strcmp(pages[i].table, "sqlite_schema") != 0) {
			page_is_saved_but_for(i, fill);
			n_tried++;
		}
	assert_true(n_tried > PAGES_TRIED / 4);
}

UNIT_GROUP(make, remove_all)

UNIT_TEST(a_page_of_zeroes) { each_page(0); }

UNIT_TEST(a_page_of_ones) { each_page(0xff); }

/* The root of a table: its rows cannot be found, all others are. */
UNIT_TEST(each_root)
{
	sqlite3 *db;
	sqlite3_stmt *s;

	assert_int_equal(sqlite3_open(scratch_path("whole"), &db), SQLITE_OK);
	s = schema_prepare(db, "SELECT rootpage FROM sqlite_schema WHERE type = 'table'");
	while (sqlite3_step(s) == SQLITE_ROW)
		page_is_saved_but_for((size_t)sqlite3_column_int64(s, 0), 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
}

/* An inner page that refers to one page again and again, levels of them: rows without end. */
UNIT_TEST(pages_in_circles)
{
	struct diag diag = { .text = "" };
	uint64_t n_saved, n_lost;
	uint8_t *kept = malloc(whole.n_bytes);
	int n_done = 0;

	memcpy(kept, whole.bytes, whole.n_bytes);
	for (size_t i = 2; i <= n_pages; i++) {
		uint8_t *at = whole.bytes + (i - 1) * PAGE;
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
	const char *path = scratch_write("circles", whole.bytes, whole.n_bytes), *to = scratch_path("saved");
	memcpy(whole.bytes, kept, whole.n_bytes);
	free(kept);
	assert_true(n_done > 3);
	unlink(to);
	struct made_seen seen = { 0 };
	int r = made_read(path, NULL, &seen, NULL, &diag);
	assert_true(r == -EBADMSG || r == -EINVAL);
	assert_true(recording_recover(path, to, &n_saved, &n_lost, &diag) <= 0);
}

UNIT_TEST(a_file_that_is_cut)
{
	struct diag diag = { .text = "" };
	uint64_t n_saved, n_lost, before = 0;

	for (size_t n = 0; n <= whole.n_bytes; n += whole.n_bytes / 10) {
		const char *path = scratch_write("cut", whole.bytes, n), *to = scratch_path("saved");
		unlink(to);
		int r = recording_recover(path, to, &n_saved, &n_lost, &diag);
		assert_true(r == 0 || r == -EBADMSG || r == -EINVAL);
		assert_true(n < whole.n_bytes / 2 || r == 0);
		if (r == 0) {
			assert_true(n_saved >= before);
			before = n_saved;
		}
	}
	assert_true(before > 0);
}

UNIT_TEST(what_cannot_be_saved)
{
	struct diag diag = { .text = "" };
	uint64_t n_saved, n_lost;
	const char *path = scratch_text("text",
					"this is a text, and no recording, of a few more bytes ...............");

	assert_int_equal(recording_recover(path, scratch_path("saved2"), &n_saved, &n_lost, &diag), -EBADMSG);
	assert_int_equal(recording_recover(scratch_path("no"), scratch_path("s3"), &n_saved, &n_lost, &diag), -ENOENT);
	assert_int_equal(recording_recover(scratch_path("whole"), scratch_path("no/s"), &n_saved, &n_lost, &diag),
			 -ENOENT);
	/* nothing is damaged */
	unlink(scratch_path("s4"));
	assert_int_equal(recording_recover(scratch_path("whole"), scratch_path("s4"), &n_saved, &n_lost, &diag), 0);
	assert_u64_equal(n_lost, 0);
}

/* Rows that can be read, and that no table of a recording takes: each counts. */
UNIT_TEST(rows_that_are_none)
{
	static const char loose[] =
		"PRAGMA writable_schema = ON;"
		"UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE type = 'table'";
	static const char rows[] =
		"INSERT INTO marks VALUES(2, NULL, 'x'), (3, 1, 'x'), (-1, 1, 'x');"
		"INSERT INTO pools VALUES(1, 100, NULL, 0, 0, 0, 0), ('x', 1, 'x', 0, 0, 0, 0);"
		"INSERT INTO samples(id) VALUES(-7)";
	static const char *const sql[] = { loose, rows };
	const char *path = scratch_write("none", whole.bytes, whole.n_bytes), *to = scratch_path("saved");
	struct diag diag = { .text = "" };
	uint64_t n_saved, n_lost, n_whole = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sql); i++) {
		sqlite3 *db;
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		if (schema_run(db, sql[i]) != SQLITE_OK)
			fail_msg("%s", sqlite3_errmsg(db));
		sqlite3_close(db);
	}
	for (size_t i = 0; i < N_TABLES; i++)
		n_whole += (uint64_t)counts[i];
	unlink(to);
	assert_int_equal(recording_recover(path, to, &n_saved, &n_lost, &diag), 0);
	assert_u64_equal(n_saved, n_whole + 1);
	assert_u64_equal(n_lost, 5);
}
