/* Files that nobody wrote as they are: damaged at any bit, cut, with pages of others. Reading ends soon, with 0 or an
 * error that has a text. MUTANTS in the environment: how many files (default: 700). */
#define _DEFAULT_SOURCE
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "codes.h"
#include "memprof/store/recording.h"
#include "recordings.h"
#include "sample.h"
#include "schema.h"
#include "scratch.h"
#include "unit.h"

enum { N = 60, N_FLIPS = 300, N_MUTANTS = 700, ONE_MAX_MS = 20000 /* of a processor */ };

static struct sample whole;

static int make(void **state)
{
	struct diag diag = { 0 };
	static uint8_t bytes[1 << 20];

	if (scratch_make(state) < 0)
		return -1;
	const char *path = scratch_path("whole");
	if (made_board(path, "a", 0, 1, N, 9, &diag) < 0)
		return -1;
	recording_mark(path, MADE_STARTED_US + 30500000, "kept", &(struct recording_file){ "f", "bytes of a file", 15 },
		       &diag);
	made_sql(path, "PRAGMA page_size = 1024; VACUUM");
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

/* What reading hands out, as bytes. */
static int keep(void *ctx, struct event *event)
{
	struct strbuf *all = ctx;

	strbuf_add(all, &event->kind, sizeof(event->kind));
	strbuf_add(all, &event->at_us, sizeof(event->at_us));
	strbuf_puts(all, event->time);
	if (event->kind == EVENT_MARK)
		strbuf_add(all, event->mark.bytes, event->mark.n_bytes);
	if (event->kind != EVENT_SNAPSHOT)
		return 0;
	strbuf_puts(all, event->snapshot.label);
	heap_code_put(all, event->snapshot.heap);
	return 0;
}

static void keep_text(void *ctx, const char *bytes, size_t n_bytes) { strbuf_add(ctx, bytes, n_bytes); }

/* Each board of it. True: something was said. */
static bool all_of(const char *path, struct strbuf *all)
{

	const struct recording_handler handler = { keep, keep_text, all, all };
	struct diag diag = { .text = "" };
	struct recording *r;
	char *kept;
	size_t n_kept;

	if (recording_open(path, &r, &diag) < 0)
		return true;
	for (size_t i = 0; i < recording_n_sources(r); i++) {
		strbuf_puts(all, recording_source(r, i)->name);
		strbuf_add(all, &recording_source(r, i)->started_us, 8);
		if (recording_choose(r, recording_source(r, i)->name, &diag) == 0)
			recording_read(r, &handler, &diag);
	}
	if (recording_n_sources(r) == 0)
		recording_choose(r, NULL, &diag);
	recording_close(r);
	if (recording_kept(path, "kept", &kept, &n_kept, &diag) == 0) {
		strbuf_add(all, kept, n_kept);
		free(kept);
	}
	return diag.text[0];
}

/* A figure of this file: everything that reading hands out. Whatever happens to a byte or a page of it, either that
 * stays as it is, or something is said. */
static void damage(uint32_t *random, uint8_t *bytes, size_t *n_bytes)
{
	enum { PAGE = 1024 };
	uint8_t page[PAGE];
	size_t at = next_random(random) % *n_bytes, n_pages = *n_bytes / PAGE, a = next_random(random) % n_pages,
	       b = next_random(random) % n_pages;

	switch (next_random(random) % 6) {
	case 0:
		bytes[at] ^= (uint8_t)(1 << next_random(random) % 8);
		break;
	case 1:
		bytes[at] = (uint8_t)next_random(random);
		break;
	case 2: /* swapped */
		memcpy(page, bytes + a * PAGE, PAGE);
		memcpy(bytes + a * PAGE, bytes + b * PAGE, PAGE);
		memcpy(bytes + b * PAGE, page, PAGE);
		break;
	case 3: /* twice */
		memcpy(bytes + a * PAGE, bytes + b * PAGE, PAGE);
		break;
	case 4:
		*n_bytes = at;
		break;
	default:
		memset(bytes + at, 0, at + 16 < *n_bytes ? 16 : *n_bytes - at);
		break;
	}
}

UNIT_TEST(nothing_is_wrong_without_a_word)
{
	const char *wanted = getenv("MUTANTS");
	int n = wanted ? atoi(wanted) : N_MUTANTS;
	struct strbuf expected CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint8_t *bytes = malloc(whole.n_bytes);
	uint32_t random = 77;
	size_t n_said = 0, n_equal = 0;

	assert_false(all_of(scratch_path("whole"), &expected));
	for (int i = 0; i < n; i++) {
		struct strbuf read CLEANUP(strbuf_deinit) = STRBUF_INIT;
		uint32_t seed = random;
		size_t n_bytes = whole.n_bytes;
		memcpy(bytes, whole.bytes, n_bytes);
		damage(&random, bytes, &n_bytes);
		bool is_said = all_of(scratch_write("mutant", bytes, n_bytes), &read);
		bool is_equal = read.n_bytes == expected.n_bytes && memcmp(read.text, expected.text, read.n_bytes) == 0;
		if (!is_said && !is_equal && getenv("KEEP"))
			rename(scratch_path("mutant"), getenv("KEEP"));
		if (!is_said && !is_equal)
			fail_msg("mutant %d (seed %u) reads otherwise, and nothing is said", i, seed);
		n_said += is_said;
		n_equal += is_equal;
	}
	free(bytes);
	assert_true(n_said > (size_t)n / 4 && n_equal > (size_t)n / 20);
}

UNIT_TEST(each_bit)
{
	uint32_t random = 77;
	size_t n_read = 0, n_errors = 0;

	for (int i = 0; i < N_FLIPS; i++) {
		size_t at = next_random(&random) % whole.n_bytes;
		uint8_t bit = (uint8_t)(1 << next_random(&random) % 8);
		struct made_seen seen = { .seed = 1, .compare = true };
		whole.bytes[at] ^= bit;
		int r = read_it(scratch_write("flipped", whole.bytes, whole.n_bytes), &seen);
		whole.bytes[at] ^= bit;
		n_read += r == 0;
		n_errors += r < 0;
		assert_true(r < 0 || (seen.n_snapshots == N && seen.n_tables == N));
		assert_true(r < 0 || seen.n_wrong == 0);
	}
	assert_true(n_read > 0 && n_errors > 0);
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

/* Rows that are in place, and are not what was written: nothing but what is left out is missing, and that is said. */
UNIT_TEST(rows_that_nobody_wrote)
{
	static const char *const statements[] = {
		"UPDATE batches SET events = (SELECT events FROM batches LIMIT 1)",
		"UPDATE batches SET events = 'x', first_us = 'x' WHERE batch % 2",
		"UPDATE batches SET event_bytes = 1 << 40",
		"UPDATE batches SET batch = batch + 1000 WHERE batch % 3 = 2",
		"UPDATE tables SET tables = zeroblob(100)",
		"UPDATE tables SET tables = (SELECT tables FROM tables LIMIT 1)",
		"DELETE FROM tables",
		"DELETE FROM tables WHERE batch = (SELECT min(batch) FROM tables)",
		"UPDATE sessions SET bare = 99",
		"DELETE FROM batches WHERE batch % 2",
		"DELETE FROM batches",
		"DELETE FROM sessions",
		"DELETE FROM marks",
		"DELETE FROM contents",
		"UPDATE contents SET sessions = 7",
		"UPDATE sessions SET source = x'00ff'",
		"UPDATE sessions SET batches = 1 << 60",
		"UPDATE sessions SET samples = samples - 1",
		"UPDATE sessions SET started_us = -1",
		"UPDATE marks SET text = 'other'",
		"UPDATE marks SET at_us = 0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(statements); i++) {
		const char *path = scratch_write("rows", whole.bytes, whole.n_bytes);
		struct strbuf all CLEANUP(strbuf_deinit) = STRBUF_INIT;
		struct made_seen seen = { .seed = 1, .compare = false };
		made_sql(path, statements[i]);
		read_it(path, &seen);
		if (!all_of(path, &all))
			fail_msg("%s: nothing is said", statements[i]);
	}
}

UNIT_TEST(tables_that_are_damaged_leave_figures)
{
	const char *path = scratch_write("bare", whole.bytes, whole.n_bytes);
	struct made_seen seen = { 0 };
	struct diag diag = { .text = "" };
	uint64_t n_bare;

	made_sql(path, "UPDATE tables SET tables = zeroblob(100)");
	assert_int_equal(made_read(path, NULL, &seen, &n_bare, &diag), -EBADMSG);
	assert_non_null(strstr(diag.text, "60 block tables missing or wrong"));
	assert_int_equal(seen.n_snapshots, N);
	assert_int_equal(seen.n_tables, 0);
	assert_u64_equal(n_bare, N);
	assert_int_equal(seen.n_marks, N + 1);
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
	assert_int_equal(n, 5 + 2 * N + 1);
	recording_close(r);
}
