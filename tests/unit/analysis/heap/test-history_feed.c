/* What a capture delivers becomes moments, events and lines of a screen. */
#include "memprof/analysis/history_feed.h"

#include "figures.h"
#include "memprof/base/text.h"
#include "unit.h"

enum { BYTES = 4 << 20, N_BLOCKS = 256 };

struct fed {
	struct history_feed feed;
	struct capture *capture;
};

static void begin(struct fed *f, bool live)
{
	const struct sink sink = history_feed_sink(&f->feed);

	assert_int_equal(history_feed_init(&f->feed, BYTES, live, live), 0);
	f->capture = capture_new(&(struct capture_options){ .live = live }, &sink, 1);
	assert_non_null(f->capture);
}

static void end(struct fed *f)
{
	capture_free(f->capture);
	history_feed_deinit(&f->feed);
	history_feed_deinit(&f->feed);
}

/* A snapshot in which the first n_used blocks are. */
static void add_heap(struct fed *f, uint32_t n_used, enum heap_problem problem)
{
	struct event event = { .kind = EVENT_SNAPSHOT, .line = 7, .at_us = n_used, .snapshot = EVENT_SNAPSHOT_INIT };
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
	capture_event(f->capture, &event);
	heap_deinit(&heap);
}

static void add_other(struct fed *f, const char *name, uint64_t free_bytes)
{
	struct event event = { .kind = EVENT_POOL, .at_us = NOT_KNOWN };

	event.pool = idf_pool(name, 1000, free_bytes, 50);
	event.pool.reported.least_free_bytes = 20;
	capture_event(f->capture, &event);
}

static void add_kind(struct fed *f, enum event_kind kind)
{
	struct event event = { .kind = kind, .at_us = 99 };

	capture_event(f->capture, &event);
}

static const struct history_moment *moment(const struct fed *f, size_t i)
{
	assert_true(i < history_n(f->feed.history));
	return history_moment(f->feed.history, i);
}

/* A screen shows each at once. */
UNIT_TEST(live)
{
	struct fed f;

	begin(&f, true);
	add_heap(&f, 100, HEAP_WHOLE);
	const struct history_moment *m = moment(&f, 0);
	assert_u64_equal(m->pools[0].state.used_bytes, 1600);
	assert_u64_equal(m->pools[0].state.lfb_bytes, (N_BLOCKS - 100) * 16);
	assert_u64_equal(m->at_us, 100);
	assert_true(m->pools[0].has_table);

	add_heap(&f, 120, HEAP_CUT); /* the board went away in the middle: nothing to look at */
	assert_u64_equal(history_n(f.feed.history), 1);
	add_kind(&f, EVENT_RESET);
	assert_u64_equal(history_n_events(f.feed.history), 2);
	history_feed_link(&f.feed, "it is back", 55);
	const struct board_event *h = &history_event(f.feed.history, 2)->info;
	assert_int_equal(h->kind, BOARD_EVENT_LINK);
	assert_string_equal(h->label, "it is back");
	assert_u64_equal(h->at_us, 55);
	add_heap(&f, 30, HEAP_WHOLE);
	assert_u64_equal(moment(&f, 0)->n_boot, 1);
	assert_u64_equal(moment(&f, 1)->n_boot, 2);

	history_feed_text(&f.feed, "hello\r\nwor", 10);
	history_feed_text(&f.feed, "ld\r\n", 4);
	size_t n;
	assert_u64_equal(console_n_all(f.feed.console), 2);
	assert_memory_equal(console_line(f.feed.console, 1, &n), "world", 5);
	end(&f);
}

/* However little room there is, all of it can be read. */
UNIT_TEST(notes)
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

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf whole CLEANUP(strbuf_deinit) = STRBUF_INIT;
		struct fed f;
		begin(&f, true);
		history_feed_note(&f.feed, note, rows[i].n_columns, 7);
		assert_u64_equal(history_n_events(f.feed.history), rows[i].n_lines);
		for (size_t k = 0; k < rows[i].n_lines; k++) {
			const char *label = history_event(f.feed.history, k)->info.label;
			assert_true(text_is_visible(label, strlen(label)));
			assert_true(strlen(label) <= MAX(rows[i].n_columns, 24u));
			strbuf_puts(&whole, label + strspn(label, " "));
		}
		for (const char *p = note, *q = strbuf_text(&whole); *p; p++) /* but for blanks at ends */
			if (*p == *q)
				q++;
			else
				assert_int_equal(*p, ' ');
		end(&f);
	}
}

/* In a log other pools follow the snapshot that they belong to, and a reset is an event. */
UNIT_TEST(saved)
{
	struct fed f;

	begin(&f, false);
	add_heap(&f, 100, HEAP_WHOLE);
	add_other(&f, "idf.0", 400);
	add_other(&f, "idf.1", 300);
	add_other(&f, "idf.0", 200);
	assert_u64_equal(history_n(f.feed.history), 0);
	add_heap(&f, 110, HEAP_CUT);
	const struct history_moment *m = moment(&f, 0);
	assert_u64_equal(m->n_pools, 3);
	assert_string_equal(m->pools[1].name, "idf.0");
	assert_u64_equal(m->pools[1].state.free_bytes, 200);
	assert_u64_equal(m->pools[1].state.lfb_bytes, 50);
	assert_u64_equal(m->pools[1].peak_bytes, 980);
	assert_false(m->pools[1].has_table);
	add_kind(&f, EVENT_RESET);
	add_heap(&f, 120, HEAP_WHOLE);
	capture_end_input(f.capture);
	assert_u64_equal(history_n(f.feed.history), 3);
	assert_int_equal(moment(&f, 1)->problem, HEAP_CUT);
	assert_u64_equal(moment(&f, 1)->n_pools, 1);
	assert_u64_equal(moment(&f, 1)->n_boot, 1);
	assert_u64_equal(moment(&f, 2)->n_boot, 2);
	assert_int_equal(history_event(f.feed.history, 0)->info.kind, BOARD_EVENT_RESET);
	assert_u64_equal(history_event(f.feed.history, 0)->n_moment, 2);
	end(&f);
}

static void add_at(struct fed *f, enum event_kind kind, uint64_t line)
{
	struct event event = { .kind = kind, .line = line, .snapshot = EVENT_SNAPSHOT_INIT };
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
	capture_event(f->capture, &event);
	heap_deinit(&heap);
}

/* A failure belongs to the nearer moment, as in a report. */
UNIT_TEST(failed_near_a_moment)
{
	static const struct {
		uint64_t line, n_moment;
	} expected[] = {
		{ 5, 1 }, { 21, 1 }, { 25, 1 }, { 26, 2 }, { 45, 2 }, { 61, 3 },
	};
	struct fed f;

	begin(&f, false);
	add_at(&f, EVENT_FAILED, 5);
	add_at(&f, EVENT_SNAPSHOT, 10); /* to line 19 */
	add_at(&f, EVENT_FAILED, 21);
	add_at(&f, EVENT_FAILED, 25);
	add_at(&f, EVENT_FAILED, 26);
	add_at(&f, EVENT_SNAPSHOT, 31); /* to line 40 */
	add_at(&f, EVENT_FAILED, 45);
	add_at(&f, EVENT_RESET, 46);    /* another boot */
	add_at(&f, EVENT_SNAPSHOT, 48); /* to line 57 */
	add_at(&f, EVENT_FAILED, 61);
	capture_end_input(f.capture);
	assert_u64_equal(history_n_events(f.feed.history), 7);
	for (size_t i = 0, k = 0; i < 7; i++) {
		const struct history_event *h = history_event(f.feed.history, i);
		if (h->info.kind == BOARD_EVENT_RESET)
			continue;
		assert_u64_equal(h->info.bytes, expected[k].line);
		assert_u64_equal(h->n_moment, expected[k].n_moment);
		k++;
	}
	end(&f);
}

/* Two numbers of a program, and a log of other pools alone. */
UNIT_TEST(without_a_table)
{
	struct event sample = { .kind = EVENT_SAMPLE, .at_us = 5 };
	struct fed f;

	begin(&f, false);
	add_other(&f, "idf.0", 400);
	capture_end_input(f.capture);
	assert_u64_equal(history_n(f.feed.history), 1);
	assert_string_equal(moment(&f, 0)->pools[0].name, "idf.0");
	sample.pool = heap_pool_sample(300, 100, 40);
	capture_event(f.capture, &sample);
	capture_end_input(f.capture);
	assert_u64_equal(moment(&f, 1)->pools[0].state.total_bytes, 400);
	assert_true(moment(&f, 1)->pools[0].state.fragmentation > 0.59 &&
		    moment(&f, 1)->pools[0].state.fragmentation < 0.61);
	sample.pool = heap_pool_sample(NOT_KNOWN, 100, NOT_KNOWN);
	capture_event(f.capture, &sample);
	capture_end_input(f.capture);
	assert_u64_equal(moment(&f, 2)->pools[0].state.total_bytes, NOT_KNOWN);
	assert_true(moment(&f, 2)->pools[0].state.fragmentation < 0);
	add_heap(&f, 10, HEAP_WHOLE); /* from now on there is more to see */
	capture_event(f.capture, &sample);
	capture_end_input(f.capture);
	assert_u64_equal(history_n(f.feed.history), 4);
	end(&f);
}
