/* Events become moments: what is delivered, in which order, and how it belongs together. Each test writes its events as
 * a word per event and compares the deliveries, as words too. */
#include "memprof/capture/sink.h"

#include "memprof/base/strbuf.h"
#include "unit.h"

enum { N_BLOCKS = 64, CALLER = 0x8001235 };

struct log {
	struct capture *capture;
	struct strbuf delivered;
	struct heap taken;
	bool takes; /* keeps the heap of each snapshot */
	uint64_t line;
};

static void put(struct log *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct log *l, const char *format, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	strbuf_printf(&l->delivered, "%s%s", l->delivered.n_bytes ? " " : "", text);
}

static uint32_t used_blocks(const struct heap *heap)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < heap->pools[0].n_blocks; i++)
		n += heap->pools[0].areas[0].kinds[i] != BLOCK_FREE;
	return n;
}

static void on_moment(void *ctx, struct moment *m)
{
	struct log *l = ctx;

	if (m->kind == MOMENT_SNAPSHOT)
		put(l, "D%u/%u:%u", (unsigned)m->n_dump, (unsigned)m->n_boot, used_blocks(m->heap));
	else
		put(l, m->kind == MOMENT_SAMPLE ? "S%u/%u" : "P%u/%u", (unsigned)m->n_dump, (unsigned)m->n_boot);
	if (m->label[0])
		put(l, "'%s'", m->label);
	for (size_t i = 0; i < m->n_pools; i++)
		put(l, "+%s=%u", m->pools[i].name, (unsigned)m->pools[i].reported.free_bytes);
	if (m->program_ended)
		put(l, "ended");
	if (m->kind == MOMENT_SNAPSHOT && m->heap->qstr.n_pools != NOT_KNOWN)
		put(l, "q%u", (unsigned)m->heap->qstr.n_pools);
	if (l->takes && m->heap)
		assert_int_equal(moment_take_heap(m, &l->taken), 0);
}

static void on_pool(void *ctx, const struct pool_moment *pool)
{
	struct log *l = ctx;

	put(l, "%s", pool->pool.name);
}

static void on_board_event(void *ctx, const struct board_event *event)
{
	struct log *l = ctx;

	put(l, "%s", board_event_kind_name(event->kind));
	if (event->kind == BOARD_EVENT_FAILED)
		put(l, "%u@%u%s%s%s%s", (unsigned)event->bytes, (unsigned)event->n_dump, event->pool[0] ? "," : "",
		    event->pool, event->caller.address == CALLER ? ",by" : "", event->task);
}

static void on_failure(void *ctx, const struct capture_failure *f)
{
	struct log *l = ctx;

	put(l, "F%u:%u%s%u%s", (unsigned)f->asked_bytes, (unsigned)f->n_dump_before, f->is_after_nearer ? "<" : ">",
	    (unsigned)f->n_dump_after, f->text[0] ? "t" : "");
}

static void on_reference(void *ctx, const struct moment *snapshot)
{
	struct log *l = ctx;

	put(l, "R%u:%u", (unsigned)snapshot->n_dump, used_blocks(snapshot->heap));
}

static const struct sink sink = {
	.on_moment = on_moment,
	.on_pool = on_pool,
	.on_board_event = on_board_event,
	.on_failure = on_failure,
	.on_reference = on_reference,
};

static void begin(struct log *l, bool live)
{
	struct sink mine = sink;

	*l = (struct log){ .line = 1 };
	heap_init(&l->taken);
	mine.ctx = l;
	l->capture = capture_new(&(struct capture_options){ .live = live }, &mine, 1);
	assert_non_null(l->capture);
}

static void end(struct log *l)
{
	capture_free(l->capture);
	heap_deinit(&l->taken);
	strbuf_deinit(&l->delivered);
}

/* ---- events ---- */

static void add(struct log *l, struct event event)
{
	event.line = l->line++;
	if (event.at_us == 0)
		event.at_us = NOT_KNOWN;
	capture_event(l->capture, &event);
}

static void add_snapshot(struct log *l, uint32_t n_used, const char *label)
{
	struct event event = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };
	struct heap_pool *pool;
	struct heap heap;

	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	pool->block_bytes = 16;
	assert_int_equal(heap_add_area(pool, 0x20000000), 0);
	assert_int_equal(heap_append(pool, 'h', n_used), 0);
	assert_int_equal(heap_append(pool, '.', N_BLOCKS - n_used), 0);
	heap_seal(&heap);
	event.snapshot.heap = &heap;
	event.snapshot.n_lines = 10;
	strcpy(event.snapshot.label, label);
	add(l, event);
	l->line += 9;
	heap_deinit(&heap);
}

static struct event failed(uint64_t asked_bytes, const char *pool, const char *text)
{
	struct event event = { .kind = EVENT_FAILED };

	event.failed.asked_bytes = asked_bytes;
	strcpy(event.failed.pool, pool);
	event.failed.text = (struct event_text){ text, strlen(text) };
	return event;
}

static struct event pool(const char *name, uint64_t free_bytes)
{
	struct event event = { .kind = EVENT_POOL };

	event.pool = heap_pool_named(name, POOL_CAPS);
	event.pool.reported.free_bytes = free_bytes;
	return event;
}

static struct event mark(const char *label)
{
	return (struct event){ .kind = EVENT_MARK, .mark = { label, strlen(label) } };
}

static struct event banner(const char *text)
{
	struct event event = { .kind = EVENT_BANNER };

	event.text = (struct event_text){ text, strlen(text) };
	return event;
}

static const struct event sample = { .kind = EVENT_SAMPLE }, reset = { .kind = EVENT_RESET }, gc = { .kind = EVENT_GC };

#define assert_delivered(l, expected)                                        \
	do {                                                                 \
		assert_string_equal(strbuf_text(&(l)->delivered), expected); \
		strbuf_reset(&(l)->delivered);                               \
	} while (0)

/* ---- tests ---- */

UNIT_TEST(a_survey_adds_to_a_banner)
{
	struct board_info board;
	struct log l;

	begin(&l, false);
	add(&l, banner("MicroPython v1.25.0 on 2025-04-15; linux [GCC 12.2.0] version"));
	add_snapshot(&l, 10, "");
	capture_end_input(l.capture);
	board = *capture_last_board(l.capture);
	assert_true(board.known);
	board.gc = BOARD_GC_ON;
	capture_set_board(l.capture, &board);
	assert_int_equal(capture_board_of(l.capture, 1)->gc, BOARD_GC_ON);
	end(&l);
}

UNIT_TEST(a_snapshot_waits_for_what_follows_it)
{
	struct event qstr = { .kind = EVENT_QSTR, .qstr = { 3, 1, 1, 1 } };
	struct log l;

	begin(&l, false);
	add_snapshot(&l, 10, "");
	add(&l, pool("idf.0", 400));
	add(&l, pool("idf.1", 300));
	add(&l, pool("idf.0", 200));
	add(&l, qstr);
	add(&l, mark("loaded"));
	add(&l, mark("later"));
	add(&l, sample);
	assert_delivered(&l, "");
	add_snapshot(&l, 20, "");
	assert_delivered(&l, "D1/1:10 'loaded' +idf.0=200 +idf.1=300 q3 idf.0 idf.1 idf.0 mark mark S1/1");
	capture_end_input(l.capture);
	assert_delivered(&l, "D2/1:20");
	capture_end_input(l.capture);
	assert_delivered(&l, "");
	end(&l);
}

UNIT_TEST(what_came_before_is_of_the_next_alone)
{
	struct event qstr = { .kind = EVENT_QSTR, .qstr = { 3, 1, 1, 1 } };
	struct log l;

	begin(&l, false);
	add(&l, qstr);
	add_snapshot(&l, 10, "");
	add_snapshot(&l, 20, "");
	add(&l, (struct event){ .kind = EVENT_PROGRAM_ENDED });
	add_snapshot(&l, 30, "");
	add(&l, reset);
	add_snapshot(&l, 40, "");
	capture_end_input(l.capture);
	assert_delivered(&l, "D1/1:10 q3 D2/1:20 D3/1:30 ended reset D4/2:40");
	end(&l);
}

UNIT_TEST(a_live_one_does_not)
{
	struct log l;

	begin(&l, true);
	add(&l, gc);
	add(&l, pool("idf.0", 400));
	add_snapshot(&l, 10, "");
	assert_delivered(&l, "gc idf.0 D1/1:10 +idf.0=400");
	add(&l, failed(1000, "", "no memory"));
	assert_delivered(&l, "failed 1000@1"); /* it waits to be explained */
	l.takes = true;
	add_snapshot(&l, 20, "");
	assert_delivered(&l, "R1:10 R2:20 F1000:1>2t D2/1:20");
	add(&l, failed(2000, "", ""));
	capture_end_input(l.capture);
	assert_delivered(&l, "failed 2000@2 R2:20 F2000:2>0"); /* also though the heap was taken */
	end(&l);
}

UNIT_TEST(labels)
{
	struct log l;

	begin(&l, false);
	add(&l, mark("heading"));
	add_snapshot(&l, 1, "");
	add(&l, mark("next"));
	add_snapshot(&l, 2, "own");
	capture_set_label(l.capture, "ours");
	add_snapshot(&l, 3, "own");
	capture_set_label(l.capture, NULL);
	capture_label_last(l.capture, "renamed");
	capture_end_input(l.capture);
	assert_delivered(&l, "mark D1/1:1 'heading' mark D2/1:2 'own' D3/1:3 'renamed'");
	end(&l);
}

/* In lines: snapshots are 10 lines long. */
UNIT_TEST(failures_go_to_the_nearer_snapshot)
{
	struct log l;

	begin(&l, false);
	add(&l, failed(5, "", "m"));
	add_snapshot(&l, 1, ""); /* lines 2 to 11 */
	add(&l, failed(12, "", "m"));
	l.line = 20;
	add(&l, failed(20, "", "m"));
	add(&l, gc);
	add_snapshot(&l, 2, ""); /* from line 22 */
	assert_delivered(&l,
			 "R1:1 failed 5@1 F5:0<1t"
			 " R1:1 R2:2 D1/1:1 failed 12@1 F12:1>2t failed 20@2 F20:1<2t gc");
	add(&l, failed(NOT_KNOWN, "", "m"));
	capture_end_input(l.capture);
	assert_u64_equal(capture_counts(l.capture)->n_failures, 4);
	end(&l);
}

UNIT_TEST(an_agent_and_a_message_are_one_failure)
{
	struct log l;

	begin(&l, false);
	add_snapshot(&l, 1, "");
	add(&l, failed(1399, "gc", ""));
	add(&l, failed(1399, "", "MemoryError")); /* the same one */
	add(&l, failed(70, "", "MemoryError"));
	struct event with_caller = failed(70, "gc", ""); /* the other way round: what the agent knows is not lost */
	with_caller.failed.details.caller.address = CALLER;
	strcpy(with_caller.failed.details.task, "net");
	add(&l, with_caller);
	add(&l, failed(1399, "gc", ""));
	add(&l, failed(1399, "gc", "")); /* two, of which nobody prints anything */
	struct event other = failed(300, "picovector", "");
	other.failed.failure = FAILURE_OTHER_POOL;
	add(&l, other); /* no failure of Python's heap */
	capture_end_input(l.capture);
	assert_delivered(&l,
			 "R1:1 D1/1:1 failed 1399@1,gc F1399:1>0t failed 70@1,gc,bynet F70:1>0t"
			 " failed 1399@1,gc F1399:1>0 failed 1399@1,gc F1399:1>0 failed 300@1,picovector");
	end(&l);

	begin(&l, true);
	add(&l, failed(1399, "gc", ""));
	add(&l, failed(1399, "", "MemoryError"));
	assert_delivered(&l, "failed 1399@0,gc");
	capture_end_input(l.capture);
	assert_delivered(&l, "F1399:0>0t");
	end(&l);

	/* The message is of another failure than that before the one between them. */
	begin(&l, false);
	add_snapshot(&l, 1, "");
	add(&l, failed(5, "gc", ""));
	add(&l, failed(70, "", "MemoryError"));
	add(&l, failed(5, "", "MemoryError"));
	capture_end_input(l.capture);
	assert_delivered(&l, "R1:1 D1/1:1 failed 5@1,gc F5:1>0 failed 70@1 F70:1>0t failed 5@1 F5:1>0t");
	end(&l);

	/* Two of one size in a row; and one before a reset, which is not that after it. */
	begin(&l, false);
	add_snapshot(&l, 1, "");
	add(&l, failed(64, "gc", ""));
	add(&l, failed(64, "gc", ""));
	add(&l, failed(64, "", "MemoryError"));
	add(&l, failed(64, "", "MemoryError"));
	add(&l, failed(5, "gc", ""));
	add(&l, (struct event){ .kind = EVENT_RESET });
	add(&l, failed(5, "", "MemoryError"));
	capture_end_input(l.capture);
	assert_delivered(&l,
			 "R1:1 D1/1:1 failed 64@1,gc F64:1>0t failed 64@1,gc F64:1>0t failed 5@1,gc F5:1>0 reset"
			 " failed 5@0 F5:0>0t");
	end(&l);
}

UNIT_TEST(boots_with_figures_are_counted)
{
	static const char one[] = "MicroPython v1.25.0 on 2026-11-20; one",
			  two[] = "MicroPython v1.25.0 on 2026-11-20; two";
	struct log l;

	begin(&l, false);
	add(&l, reset);
	add_snapshot(&l, 1, "");
	add(&l, reset);
	add(&l, reset);
	add(&l, sample);
	add(&l, banner(one));
	add_snapshot(&l, 2, "");
	add(&l, banner(one));
	add_snapshot(&l, 3, "");
	add(&l, banner(two)); /* another board */
	add(&l, pool("idf.0", 1));
	capture_end_input(l.capture);
	assert_delivered(&l, "reset D1/1:1 reset reset S1/2 D2/2:2 D3/2:3 +idf.0=1 idf.0");
	assert_u64_equal(capture_counts(l.capture)->n_boots, 3);
	assert_string_equal(capture_board_of(l.capture, 1)->machine, "one");
	assert_string_equal(capture_board_of(l.capture, 3)->machine, "one");
	assert_string_equal(capture_board_of(l.capture, 4)->machine, "two");
	end(&l);
}

UNIT_TEST(only_other_pools)
{
	struct log l;

	begin(&l, false);
	add(&l, pool("idf.0", 7));
	capture_end_input(l.capture);
	assert_delivered(&l, "idf.0 P0/1 +idf.0=7");
	end(&l);
}

/* What does not fit behind a snapshot makes it go; a failure is still paired with it, though its heap was taken. */
UNIT_TEST(the_queue_is_bounded)
{
	struct log l;

	begin(&l, false);
	l.takes = true;
	add_snapshot(&l, 5, "");
	for (int i = 0; i < CAPTURE_QUEUE_MAX; i++)
		add(&l, gc);
	assert_delivered(&l, "");
	add(&l, failed(9, "", "m"));
	assert_true(strncmp(strbuf_text(&l.delivered), "D1/1:5 gc gc gc ", 16) == 0);
	strbuf_reset(&l.delivered);
	add(&l, sample);
	assert_delivered(&l, "S1/1");
	add_snapshot(&l, 6, "");
	assert_delivered(&l, "R1:5 R2:6 F9:1<2t");
	for (int i = 0; i < CAPTURE_FAILURES_MAX; i++)
		add(&l, failed(8, "", "m"));
	assert_delivered(&l, "");
	add(&l, failed(7, "", "m"));
	capture_end_input(l.capture);
	assert_u64_equal(capture_counts(l.capture)->n_failures, CAPTURE_FAILURES_MAX + 2);
	end(&l);
}

UNIT_TEST(cuts)
{
	struct log l;

	begin(&l, false);
	capture_begin_input(l.capture, "a");
	struct event event = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };
	struct heap_pool *unused;
	struct heap heap;
	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &unused), 0);
	heap_note(&heap, HEAP_CUT, 77);
	heap_seal(&heap);
	event.snapshot.heap = &heap;
	add(&l, event);
	add_snapshot(&l, 1, "");
	capture_end_input(l.capture);
	const struct capture_counts *counts = capture_counts(l.capture);
	assert_u64_equal(counts->n_cut, 1);
	assert_int_equal(counts->cut.problem, HEAP_CUT);
	assert_u64_equal(counts->cut.line, 77);
	assert_u64_equal(counts->cut.n_dump, 1);
	assert_string_equal(counts->cut.file, "a");
	assert_false(counts->ends_cut);
	capture_begin_input(l.capture, "b");
	heap_reset(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &unused), 0);
	heap_note(&heap, HEAP_CUT, 5);
	heap_seal(&heap);
	add(&l, event);
	capture_end_input(l.capture);
	assert_true(counts->ends_cut);
	assert_string_equal(counts->cut.file, "b");
	assert_false(capture_board_of(l.capture, 3)->known);
	heap_deinit(&heap);
	end(&l);
}
