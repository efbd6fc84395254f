#include "memprof/analysis/tests.h"

#include <errno.h>
#include <inttypes.h>

#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"

const char *test_outcome_name(enum test_outcome outcome)
{
	static const char *const names[N_TEST_OUTCOMES] = {
		[TEST_PASSED] = "passed",
		[TEST_SKIPPED] = "skipped",
		[TEST_FAILED] = "failed",
		[TEST_CUT] = "cut",
	};

	return names[outcome];
}

static const char *clean(struct tests *t, const char *text)
{
	struct strbuf s CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&s, text);
	if (strbuf_error(&s))
		t->error = -ENOMEM;
	return arena_text(&t->arena, strbuf_text(&s), s.n_bytes);
}

static uint64_t above(uint64_t most, uint64_t before) { return most > before ? most - before : 0; }

static uint64_t bounded(uint64_t bytes) { return bytes == NOT_KNOWN ? bytes : MIN(bytes, TESTS_BYTES_MAX); }

/* ---- rows ---- */

static struct test_row *row_of(struct tests *t, enum test_level level)
{
	const struct test_meter *meter = &t->meters[level];

	return meter->on && meter->row != TESTS_NONE ? &t->rows[meter->row] : NULL;
}

static const char *full_name(struct tests *t, enum test_level level, const char *name)
{
	const struct test_row *file = row_of(t, TEST_FILE);
	const char *cleaned = clean(t, name);

	return level == TEST_FILE || !file ? cleaned : arena_printf(&t->arena, "%s::%s", file->name, cleaned);
}

static uint32_t add_row(struct tests *t, enum test_level level, const char *name, uint64_t lfb_bytes)
{
	const char *row_name = t->n_rows < TESTS_MAX ? full_name(t, level, name) : NULL;
	struct test_row *row = row_name ? vec_add(t, rows) : NULL;

	if (!row) {
		if (t->n_rows < TESTS_MAX)
			t->error = -ENOMEM;
		t->n_more++;
		return TESTS_NONE;
	}
	*row = (struct test_row){
		.name = row_name,
		.file = level == TEST_FILE ? TESTS_NONE : t->meters[TEST_FILE].row,
		.outcome = TEST_CUT,
		.duration_us = NOT_KNOWN,
		.peak_bytes = NOT_KNOWN,
		.lfb_bytes = lfb_bytes,
		.n_collections = NOT_KNOWN,
		.collecting_us = NOT_KNOWN,
	};
	return (uint32_t)(row - t->rows);
}

void tests_begin(struct tests *t, enum test_level level, const char *name, const struct test_moment *moment)
{
	if (t->meters[level].on)
		tests_end(t, level, NULL);
	if (level == TEST_FUNCTION && !t->meters[TEST_FILE].on)
		return;
	t->meters[level] = (struct test_meter){
		.on = true,
		.row = add_row(t, level, name, moment->lfb_bytes),
		.began_us = moment->at_us,
		.before_bytes = bounded(moment->used_bytes),
		.most_bytes = moment->used_bytes == NOT_KNOWN ? 0 : bounded(moment->used_bytes),
		.n_collections_before = moment->n_collections,
		.n_seen_before = moment->n_seen,
	};
}

void tests_outcome(struct tests *t, enum test_level level, enum test_outcome outcome, const char *message)
{
	struct test_row *row = row_of(t, level);

	if (!row)
		t->n_more_bad += t->meters[level].on && outcome >= TEST_FAILED;
	if (!row || row->outcome != TEST_CUT || row->message)
		return;
	row->outcome = outcome;
	row->message = message && *message ? clean(t, message) : NULL;
}

/* ---- what is measured ---- */

#define FOR_EACH_MEASURED(t, level)                                              \
	for (enum test_level level = TEST_FILE; level <= TEST_FUNCTION; level++) \
		if ((t)->meters[level].on && !(t)->meters[level].stopped)

static void raise_to(struct test_meter *meter, uint64_t used_bytes)
{
	if (used_bytes != NOT_KNOWN)
		meter->most_bytes = MAX(meter->most_bytes, bounded(used_bytes));
}

void tests_used(struct tests *t, uint64_t used_bytes)
{
	FOR_EACH_MEASURED(t, level)
	raise_to(&t->meters[level], used_bytes);
}

void tests_largest_free(struct tests *t, uint64_t lfb_bytes)
{
	FOR_EACH_MEASURED(t, level)
	{
		struct test_row *row = row_of(t, level);
		if (row)
			row->lfb_bytes = MIN(row->lfb_bytes, lfb_bytes); /* NOT_KNOWN is most */
	}
}

void tests_sizes_missed(struct tests *t)
{
	FOR_EACH_MEASURED(t, level)
	{
		struct test_row *row = row_of(t, level);
		if (row)
			row->sizes_are_least = true;
	}
}

void tests_collection_took(struct tests *t, uint64_t us)
{
	FOR_EACH_MEASURED(t, level)
	{
		struct test_row *row = row_of(t, level);
		if (row && us != NOT_KNOWN)
			row->collecting_us = bounded((row->collecting_us == NOT_KNOWN ? 0 : row->collecting_us) +
						     MIN(us, TESTS_BYTES_MAX));
	}
}

static void add_sizes(struct test_row *row, const uint64_t n_by_size[HEAP_SIZE_CLASSES])
{
	if (!row)
		return;
	row->has_sizes = true;
	for (size_t i = 0; i < HEAP_SIZE_CLASSES; i++)
		if (n_by_size[i] != NOT_KNOWN)
			row->n_by_size[i] += n_by_size[i];
}

void tests_requests(struct tests *t, const struct heap_window *window)
{
	FOR_EACH_MEASURED(t, level)
	{
		raise_to(&t->meters[level], window->most_used_bytes);
		t->meters[level].has_window = true;
		add_sizes(row_of(t, level), window->n_by_size);
	}
}

static void count_new(const uint8_t *then, const uint8_t *now, size_t n_blocks, uint32_t block_bytes, uint64_t *ret)
{
	for (size_t i = 0, n; i < n_blocks; i += n) {
		size_t class = 0;
		for (n = 1; i + n < n_blocks && now[i + n] == BLOCK_TAIL; n++)
			;
		if (now[i] != BLOCK_HEAD || then[i] == BLOCK_HEAD)
			continue;
		while (heap_size_class_bytes(class) < (uint64_t)n * block_bytes)
			class ++;
		ret[class]++;
	}
}

void tests_objects(struct tests *t, const uint8_t *then, const uint8_t *now, size_t n_blocks, uint32_t block_bytes)
{
	uint64_t n_by_size[HEAP_SIZE_CLASSES] = { 0 };

	count_new(then, now, n_blocks, block_bytes, n_by_size);
	if (!t->meters[TEST_FILE].stopped)
		add_sizes(row_of(t, TEST_FILE), n_by_size);
	add_sizes(row_of(t, TEST_FUNCTION), n_by_size);
}

/* ---- the end ---- */

/* A clock of microseconds may wrap after nine minutes. */
static uint64_t duration_of(const struct test_moment *moment, uint64_t host_us)
{
	const uint64_t most_us = 500000000;

	return moment->took_us == NOT_KNOWN || host_us > most_us ? host_us : moment->took_us;
}

void tests_stop(struct tests *t, enum test_level level, const struct test_moment *moment)
{
	struct test_meter *meter = &t->meters[level];
	struct test_row *row = row_of(t, level);

	if (!meter->on || meter->stopped)
		return;
	raise_to(meter, moment->used_bytes);
	meter->stopped = true;
	if (!row)
		return;
	row->duration_us = bounded(duration_of(moment, above(moment->at_us, meter->began_us)));
	if (moment->n_collections != NOT_KNOWN && meter->n_collections_before != NOT_KNOWN)
		row->n_collections = bounded(above(moment->n_collections, meter->n_collections_before));
	/* A window has the most of all its moments. Else a collection without figures may hide it. */
	row->peak_is_least = !meter->has_window && (row->n_collections == NOT_KNOWN ||
						    row->n_collections > above(moment->n_seen, meter->n_seen_before));
	row->sizes_are_least |= row->peak_is_least;
}

static void measure_end(const struct test_meter *meter, struct test_row *row, const struct test_moment *moment)
{
	uint64_t used_bytes = bounded(moment->used_bytes);

	row->lfb_bytes = MIN(row->lfb_bytes, moment->lfb_bytes);
	if (row->n_collections == 0)
		row->collecting_us = 0;
	else if (row->n_collections != NOT_KNOWN && row->collecting_us == NOT_KNOWN &&
		 moment->collect_us != NOT_KNOWN) {
		row->collecting_us = bounded(MIN(row->n_collections, UINT32_MAX) * MIN(moment->collect_us, UINT32_MAX));
		row->time_is_estimated = true;
	}
	if (meter->before_bytes == NOT_KNOWN || used_bytes == NOT_KNOWN)
		return;
	row->measured = true;
	row->kept_bytes = (int64_t)(used_bytes - meter->before_bytes);
	row->peak_bytes = above(MAX(meter->most_bytes, used_bytes), meter->before_bytes);
}

size_t tests_n_bad_in(const struct tests *t, size_t i_file, size_t *ret_n)
{
	size_t n_bad = 0;

	*ret_n = 0;
	for (size_t i = i_file + 1; i < t->n_rows && t->rows[i].file == i_file; i++) {
		++*ret_n;
		n_bad += test_is_bad(&t->rows[i]);
	}
	return n_bad;
}

/* A file whose functions failed has failed, whatever it did with that. */
static void count_failures(struct tests *t, struct test_row *file)
{
	size_t n, n_bad = tests_n_bad_in(t, (size_t)(file - t->rows), &n);

	if (n_bad == 0 || test_is_bad(file))
		return;
	file->outcome = TEST_FAILED;
	file->message = n == 1 ? "its test failed" : arena_printf(&t->arena, "%zu of %zu tests failed", n_bad, n);
}

void tests_end(struct tests *t, enum test_level level, const struct test_moment *moment)
{
	struct test_meter *meter = &t->meters[level];
	struct test_row *row = row_of(t, level);

	if (level == TEST_FILE && t->meters[TEST_FUNCTION].on)
		tests_end(t, TEST_FUNCTION, NULL);
	if (row && moment && meter->stopped)
		measure_end(meter, row, moment);
	if (row && level == TEST_FILE)
		count_failures(t, row);
	meter->on = false;
}

void tests_finish(struct tests *t)
{
	if (t->meters[TEST_FILE].on)
		tests_end(t, TEST_FILE, NULL);
	if (arena_error(&t->arena) < 0)
		t->error = -ENOMEM;
}

void tests_deinit(struct tests *t)
{
	vec_deinit(t, rows);
	arena_deinit(&t->arena);
}

bool tests_is_told(const struct tests *t, size_t i)
{
	size_t n;

	return t->rows[i].file == TESTS_NONE && t->rows[i].outcome == TEST_FAILED && tests_n_bad_in(t, i, &n) > 0;
}

bool tests_any_bad(const struct tests *t)
{
	for (size_t i = 0; i < t->n_rows; i++)
		if (test_is_bad(&t->rows[i]))
			return true;
	return t->n_more_bad > 0;
}
