/* What a screen goes back in: moments, happenings and lines, of events. */
#include "attach/history_feed.h"

#include <string.h>

#include "memprof/base/text.h"
#include "unit.h"

enum { BYTES = 4 << 20, N_BLOCKS = 256 };

/* A snapshot in which the first n_used blocks are. */
static void add_heap(struct seen *s, uint32_t n_used, enum heap_problem problem)
{
	struct event event = { .kind = EVENT_SNAPSHOT, .line = 7, .at_us = n_used, .snapshot = EVENT_SNAPSHOT_UNTOLD };
	struct heap_pool *pool;
	struct heap heap;

	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	pool->block_bytes = 16;
	assert_int_equal(heap_add_area(pool, 0x20000000), 0);
	assert_int_equal(heap_append(pool, 'h', n_used), 0);
	assert_int_equal(heap_append(pool, '.', N_BLOCKS - n_used), 0);
	if (problem != HEAP_WHOLE)
		heap_note(&heap, problem, 9);
	heap_seal(&heap);
	event.snapshot.heap = &heap;
	assert_true(seen_event(s, &event));
	heap_deinit(&heap);
}

static void add_other(struct seen *s, const char *name, uint64_t free_bytes)
{
	struct event event = { .kind = EVENT_POOL, .at_us = NOT_KNOWN };

	event.pool = (struct event_pool){ .kind = POOL_CAPS,
					  .start = NOT_KNOWN,
					  .total_bytes = 1000,
					  .used_bytes = NOT_KNOWN,
					  .free_bytes = free_bytes,
					  .largest_free_bytes = 50,
					  .min_free_bytes = 20 };
	memcpy(event.pool.name, name, strlen(name));
	seen_event(s, &event);
}

static void add_kind(struct seen *s, enum event_kind kind)
{
	struct event event = { .kind = kind, .at_us = 99 };

	seen_event(s, &event);
}

static const struct history_moment *moment(const struct seen *s, size_t i)
{
	assert_true(i < history_n(s->history));
	return history_moment(s->history, i);
}

/* A screen shows each at once. */
static void live(void **state)
{
	struct seen s;

	(void)state;
	assert_int_equal(seen_init(&s, BYTES, true, true), 0);
	add_heap(&s, 100, HEAP_WHOLE);
	const struct history_moment *m = moment(&s, 0);
	assert_u64_equal(m->pools[0].used_bytes, 1600);
	assert_u64_equal(m->pools[0].lfb_bytes, (N_BLOCKS - 100) * 16);
	assert_u64_equal(m->at_us, 100);
	assert_true(m->pools[0].has_table);

	add_heap(&s, 120, HEAP_CUT); /* the board went away in the middle: nothing to look at */
	assert_u64_equal(history_n(s.history), 1);
	add_kind(&s, EVENT_RESET); /* the session tells of those itself */
	assert_u64_equal(history_n_events(s.history), 1);
	seen_link(&s, "the board was reset", true, 55);
	const struct board_event *h = &history_event(s.history, 1)->info;
	assert_int_equal(h->kind, BOARD_EVENT_LINK);
	assert_string_equal(h->label, "the board was reset");
	assert_u64_equal(h->at_us, 55);
	add_heap(&s, 30, HEAP_WHOLE);
	assert_u64_equal(moment(&s, 0)->n_boot, 0);
	assert_u64_equal(moment(&s, 1)->n_boot, 1);

	seen_text(&s, "hello\r\nwor", 10, 1);
	seen_text(&s, "ld\r\n", 4, 2);
	size_t n;
	uint64_t at_us;
	assert_u64_equal(console_n_all(s.console), 3);
	assert_memory_equal(console_line(s.console, 1, &n, &at_us), "world", 5);
	seen_deinit(&s);
	seen_deinit(&s);
}

/* However little room there is, all of it can be read. */
static void notes(void **state)
{
#define WORD "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	static const char note[] = "it is so, and goes on for quite a while: x" WORD WORD WORD WORD;
	static const struct {
		size_t n_columns, n_lines;
	} rows[] = {
		{ 0, 5 },
		{ 29, 5 },
		{ 63, 2 },
		{ 1000, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf whole CLEANUP(strbuf_deinit) = STRBUF_INIT;
		struct seen s;
		assert_int_equal(seen_init(&s, BYTES, true, true), 0);
		seen_note(&s, note, rows[i].n_columns, 7);
		assert_u64_equal(history_n_events(s.history), rows[i].n_lines);
		for (size_t k = 0; k < rows[i].n_lines; k++) {
			const char *label = history_event(s.history, k)->info.label;
			assert_true(text_is_visible(label, strlen(label)));
			assert_true(strlen(label) <= MAX(rows[i].n_columns, 24u));
			strbuf_puts(&whole, label + strspn(label, " "));
		}
		for (const char *p = note, *q = strbuf_text(&whole); *p; p++) /* but for blanks at ends */
			if (*p == *q)
				q++;
			else
				assert_int_equal(*p, ' ');
		seen_deinit(&s);
	}
}

/* In a log other pools are told after the snapshot that they belong to, and a reset is an event. */
static void saved(void **state)
{
	struct seen s;

	(void)state;
	assert_int_equal(seen_init(&s, BYTES, false, false), 0);
	add_heap(&s, 100, HEAP_WHOLE);
	add_other(&s, "idf.0", 400);
	add_other(&s, "idf.1", 300);
	add_other(&s, "idf.0", 200);
	assert_u64_equal(history_n(s.history), 0);
	add_heap(&s, 110, HEAP_CUT);
	const struct history_moment *m = moment(&s, 0);
	assert_u64_equal(m->n_pools, 3);
	assert_string_equal(m->pools[1].name, "idf.0");
	assert_u64_equal(m->pools[1].free_bytes, 200);
	assert_u64_equal(m->pools[1].lfb_bytes, 50);
	assert_u64_equal(m->pools[1].peak_bytes, 980);
	assert_false(m->pools[1].has_table);
	add_kind(&s, EVENT_RESET);
	add_heap(&s, 120, HEAP_WHOLE);
	seen_finish(&s);
	assert_u64_equal(history_n(s.history), 3);
	assert_int_equal(moment(&s, 1)->problem, HEAP_CUT);
	assert_u64_equal(moment(&s, 1)->n_pools, 1);
	assert_u64_equal(moment(&s, 1)->n_boot, 0);
	assert_u64_equal(moment(&s, 2)->n_boot, 1);
	assert_int_equal(history_event(s.history, 0)->info.kind, BOARD_EVENT_RESET);
	assert_u64_equal(history_event(s.history, 0)->n_moment, 2);
	seen_deinit(&s);
}

static void add_at(struct seen *s, enum event_kind kind, uint64_t line)
{
	struct event event = { .kind = kind, .line = line, .snapshot = EVENT_SNAPSHOT_UNTOLD };
	struct heap_pool *pool;
	struct heap heap;

	heap_init(&heap);
	if (kind == EVENT_SNAPSHOT) {
		assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
		heap_seal(&heap);
		event.snapshot.heap = &heap;
		event.snapshot.n_lines = 10;
	}
	if (kind == EVENT_FAILED)
		event.failed.asked_bytes = line;
	seen_event(s, &event);
	heap_deinit(&heap);
}

/* Of a log: of the moment that is nearer, as a report judges it. */
static void failed_near_a_moment(void **state)
{
	static const struct {
		uint64_t line, n_moment;
	} expected[] = {
		{ 5, 1 }, { 21, 1 }, { 25, 1 }, { 26, 2 }, { 45, 2 }, { 61, 3 },
	};
	struct seen s;

	(void)state;
	assert_int_equal(seen_init(&s, BYTES, false, false), 0);
	add_at(&s, EVENT_FAILED, 5);
	add_at(&s, EVENT_SNAPSHOT, 10); /* to line 19 */
	add_at(&s, EVENT_FAILED, 21);
	add_at(&s, EVENT_FAILED, 25);
	add_at(&s, EVENT_FAILED, 26);
	add_at(&s, EVENT_SNAPSHOT, 31); /* to line 40 */
	add_at(&s, EVENT_FAILED, 45);
	add_at(&s, EVENT_RESET, 46);    /* what comes then is another life */
	add_at(&s, EVENT_SNAPSHOT, 48); /* to line 57 */
	add_at(&s, EVENT_FAILED, 61);
	seen_finish(&s);
	assert_u64_equal(history_n_events(s.history), 7);
	for (size_t i = 0, k = 0; i < 7; i++) {
		const struct history_event *h = history_event(s.history, i);
		if (h->info.kind == BOARD_EVENT_RESET)
			continue;
		assert_u64_equal(h->info.bytes, expected[k].line);
		assert_u64_equal(h->n_moment, expected[k].n_moment);
		k++;
	}
	seen_deinit(&s);
}

/* Two numbers of a program, and a log of other pools alone. */
static void without_a_table(void **state)
{
	struct event sample = { .kind = EVENT_SAMPLE, .at_us = 5 };
	struct seen s;

	(void)state;
	assert_int_equal(seen_init(&s, BYTES, false, false), 0);
	add_other(&s, "idf.0", 400);
	seen_finish(&s);
	assert_u64_equal(history_n(s.history), 1);
	assert_string_equal(moment(&s, 0)->pools[0].name, "idf.0");
	sample.sample.used_bytes = 300;
	sample.sample.free_bytes = 100;
	sample.sample.largest_free_bytes = 40;
	seen_event(&s, &sample);
	assert_u64_equal(moment(&s, 1)->pools[0].total_bytes, 400);
	assert_true(moment(&s, 1)->pools[0].fragmentation > 0.59 && moment(&s, 1)->pools[0].fragmentation < 0.61);
	sample.sample.used_bytes = NOT_KNOWN;
	sample.sample.largest_free_bytes = NOT_KNOWN;
	seen_event(&s, &sample);
	assert_u64_equal(moment(&s, 2)->pools[0].total_bytes, NOT_KNOWN);
	assert_true(moment(&s, 2)->pools[0].fragmentation < 0);
	add_heap(&s, 10, HEAP_WHOLE); /* from now on there is more to see */
	seen_event(&s, &sample);
	seen_finish(&s);
	assert_u64_equal(history_n(s.history), 4);
	seen_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(live),
		cmocka_unit_test(notes),
		cmocka_unit_test(saved),
		cmocka_unit_test(failed_near_a_moment),
		cmocka_unit_test(without_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
