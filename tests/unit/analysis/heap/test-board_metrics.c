/* Figures of a board out of what a capture delivers, and as bytes. */
#include "memprof/analysis/board_metrics.h"

#include <math.h>

#include "figures.h"
#include "memprof/analysis/history_feed.h"
#include "memprof/base/number.h"
#include "unit.h"

enum { WALL_US = 1000000007 };

static struct fed {
	struct board_metrics_feed fed;
	struct history_feed history; /* the same moments, as a screen has them */
	struct sink sink;            /* of fed */
	struct capture *capture;
} f;

static uint64_t wall_us(void) { return WALL_US; }

UNIT_BEFORE(begin)
{
	f = (struct fed){ .fed.wall_us = wall_us, .sink = board_metrics_sink(&f.fed) };
	assert_int_equal(history_feed_init(&f.history, 1 << 20, true, false), 0);
	const struct sink sinks[] = { f.sink, history_feed_sink(&f.history) };
	f.capture = capture_new(&(struct capture_options){ .live = true }, sinks, 2);
	assert_non_null(f.capture);
	f.fed.capture = f.capture;
}

UNIT_AFTER(end)
{
	capture_free(f.capture);
	history_feed_deinit(&f.history);
}

static void add_pool(const char *name, uint64_t free_bytes)
{
	struct event event = { .kind = EVENT_POOL, .at_us = 1, .pool = idf_pool(name, 9000, free_bytes, NOT_KNOWN) };

	event.pool.reported.used_bytes = 9000 - free_bytes;
	capture_event(f.capture, &event);
}

/* Two runs of free blocks: 6 and 8. */
static void add_heap(enum heap_problem problem)
{
	struct event event = { .kind = EVENT_SNAPSHOT, .line = 7, .at_us = 5, .snapshot = EVENT_SNAPSHOT_INIT };
	struct heap_pool *pool;
	struct heap heap;

	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	pool->block_bytes = 16;
	assert_int_equal(heap_add_area(pool, 0x20000000), 0);
	assert_int_equal(heap_append(pool, '.', 6), 0);
	assert_int_equal(heap_append(pool, 'h', 2), 0);
	assert_int_equal(heap_append(pool, '.', 8), 0);
	if (problem != HEAP_WHOLE)
		heap_note(&heap, problem, 9);
	heap_seal(&heap);
	event.snapshot.heap = &heap;
	capture_event(f.capture, &event);
	heap_deinit(&heap);
}

static void add_event(enum event_kind kind)
{
	struct event event = { .kind = kind, .at_us = 6 };

	capture_event(f.capture, &event);
}

UNIT_TEST(figures_are_those_of_every_view)
{
	add_heap(HEAP_WHOLE);
	const struct history_moment *m = history_moment(f.history.history, history_n(f.history.history) - 1);
	assert_int_equal(f.fed.metrics.n_pools, m->n_pools);
	for (size_t i = 0; i < m->n_pools; i++) {
		assert_string_equal(f.fed.metrics.pools[i].name, m->pools[i].name);
		assert_int_equal(f.fed.metrics.pools[i].state.free_bytes, m->pools[i].state.free_bytes);
		assert_int_equal(f.fed.metrics.pools[i].state.lfb_bytes, m->pools[i].state.lfb_bytes);
	}
	assert_int_equal(f.fed.metrics.pools[0].state.free_bytes, 14 * 16);
	assert_int_equal(f.fed.metrics.pools[0].state.lfb_bytes, 8 * 16);
	assert_int_equal(f.fed.metrics.n_snapshots, 1);
	assert_int_equal(f.fed.metrics.taken_wall_us, WALL_US);
}

/* Half a dump says nothing. */
UNIT_TEST(cut_dumps_change_nothing)
{
	add_heap(HEAP_WHOLE);
	struct board_metrics before = f.fed.metrics;
	f.fed.is_new = false;
	add_heap(HEAP_CUT);
	assert_false(f.fed.is_new);
	assert_memory_equal(&before, &f.fed.metrics, sizeof(before));
}

UNIT_TEST(other_pools_stand_beside)
{
	add_pool("caps.0", 4000);
	add_pool("caps.1", 500);
	add_heap(HEAP_WHOLE);
	assert_int_equal(f.fed.metrics.n_pools, 3);
	add_heap(HEAP_WHOLE); /* without them: they are reported less often */
	assert_int_equal(f.fed.metrics.n_pools, 3);
	assert_string_equal(f.fed.metrics.pools[0].name, "caps.0");
	assert_int_equal(f.fed.metrics.pools[0].state.free_bytes, 4000);
	assert_int_equal(f.fed.metrics.pools[1].state.lfb_bytes, NOT_KNOWN);
	assert_string_equal(f.fed.metrics.pools[2].name, "gc");
}

UNIT_TEST(what_happens_is_counted)
{
	assert_false(f.fed.metrics.counts_collections); /* a board without an agent does not tell */
	add_event(EVENT_GC);
	add_event(EVENT_GC);
	assert_true(f.fed.is_new);
	f.fed.is_new = false;
	add_event(EVENT_MARK);
	capture_end_input(f.capture);
	assert_false(f.fed.is_new);
	assert_true(f.fed.metrics.counts_collections);
	assert_int_equal(f.fed.metrics.n_collections, 2);
}

/* What was known of a board that is gone is no figure of now; its counters go on. */
UNIT_TEST(a_board_that_is_away_has_no_figures)
{
	struct board_info board;

	board_init(&board);
	strcpy(board.firmware, "micropython");
	strcpy(board.version, "1.25.0");
	strcpy(board.machine, "Pico");
	f.sink.on_state(f.sink.ctx, BOARD_LINK_POLLING);
	f.sink.on_board(f.sink.ctx, &board);
	assert_string_equal(f.fed.metrics.firmware, "micropython 1.25.0");
	add_heap(HEAP_WHOLE);
	f.sink.on_state(f.sink.ctx, BOARD_LINK_AWAY);
	add_heap(HEAP_WHOLE); /* was on its way */
	assert_int_equal(f.fed.metrics.n_pools, 0);
	assert_string_equal(f.fed.metrics.firmware, "");
	assert_int_equal(f.fed.metrics.n_snapshots, 1);
	f.sink.on_state(f.sink.ctx, BOARD_LINK_LISTENING);
	assert_int_equal(f.fed.metrics.n_pools, 0);
}

UNIT_TEST(an_agent_tells_too)
{
	struct event hello = { .kind = EVENT_HELLO,
			       .hello = { .firmware = "MicroPython v1.27.0", .machine = "Badger" } };

	capture_event(f.capture, &hello);
	add_heap(HEAP_WHOLE);
	assert_string_equal(f.fed.metrics.firmware, "MicroPython v1.27.0");
	assert_string_equal(f.fed.metrics.machine, "Badger");
	strcpy(hello.hello.machine, "other");
	capture_event(f.capture, &hello);
	add_heap(HEAP_WHOLE);
	assert_string_equal(f.fed.metrics.machine, "Badger"); /* a survey said more */
}

/* ---- as bytes ---- */

static struct board_metrics sample(size_t n_pools)
{
	struct board_metrics m = { .link = BOARD_LINK_LISTENING,
				   .n_snapshots = UINT64_MAX - 1,
				   .n_resets = 3,
				   .n_collections = 9,
				   .counts_collections = true,
				   .taken_wall_us = WALL_US,
				   .firmware = "micropython 1.25.0",
				   .machine = "\xff\n\"\\",
				   .has_verdict = n_pools != 1,
				   .verdict = { .state = VERDICT_LEAKING,
						.severity = SEVERITY_ACT,
						.pool = "gc",
						.bytes_per_collection = 186.4,
						.bytes_per_hour = (double)NAN,
						.ends_least_us = 120000000,
						.ends_most_us = NOT_KNOWN,
						.n_collections = 12 },
				   .n_pools = n_pools };

	for (size_t i = 0; i < n_pools; i++) {
		m.pools[i] = (struct history_figures){ .kind = POOL_CAPS,
						       .memory = MEMORY_PSRAM,
						       .state.total_bytes = 1 + i,
						       .state.used_bytes = NOT_KNOWN,
						       .state.free_bytes = 3,
						       .state.lfb_bytes = 4,
						       .peak_bytes = 5,
						       .state.fragmentation = i % 2 ? -1 : .25,
						       .has_table = true };
		snprintf(m.pools[i].name, sizeof(m.pools[i].name), "caps.%zu", i);
	}
	return m;
}

UNIT_TEST(bytes_are_the_same)
{
	uint8_t bytes[BOARD_METRICS_BYTES], again[BOARD_METRICS_BYTES];
	struct board_metrics ret;

	for (size_t n = 0; n <= HEAP_POOLS_MAX; n++) {
		struct board_metrics m = sample(n);
		board_metrics_pack(&m, bytes);
		assert_int_equal(board_metrics_unpack(bytes, &ret), 0);
		assert_int_equal(ret.n_pools, n);
		assert_int_equal(ret.n_snapshots, m.n_snapshots);
		assert_string_equal(ret.machine, m.machine);
		assert_int_equal(ret.has_verdict, m.has_verdict);
		if (m.has_verdict) {
			assert_int_equal(ret.verdict.state, VERDICT_LEAKING);
			assert_true(fabs(ret.verdict.bytes_per_collection - 186.4) < .001);
			assert_true(isnan(ret.verdict.bytes_per_hour));
			assert_u64_equal(ret.verdict.ends_least_us, 120000000);
		}
		if (n > 0)
			assert_true(ret.pools[0].state.fragmentation > .2499 &&
				    ret.pools[0].state.fragmentation < .2501);
		if (n > 1)
			assert_true(ret.pools[1].state.fragmentation < 0);
		board_metrics_pack(&ret, again);
		assert_memory_equal(bytes, again, sizeof(bytes));
	}
}

/* Each byte changed to each value: refused, or a board that packs to the same bytes. */
UNIT_TEST(other_bytes_are_refused)
{
	uint8_t bytes[BOARD_METRICS_BYTES], again[BOARD_METRICS_BYTES];
	struct board_metrics m = sample(3), ret = { .n_pools = 77 };
	size_t n_refused = 0;

	board_metrics_pack(&m, bytes);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		for (unsigned value = 0; value < 256; value += 5) {
			uint8_t was = bytes[i];
			bytes[i] = (uint8_t)value;
			ret.n_pools = 77;
			int r = board_metrics_unpack(bytes, &ret);
			assert_true(r == 0 || (r == -EBADMSG && ret.n_pools == 77));
			n_refused += r < 0;
			if (r == 0)
				board_metrics_pack(&ret, again);
			assert_true(r < 0 || ret.n_pools <= HEAP_POOLS_MAX);
			bytes[i] = was;
		}
	}
	assert_true(n_refused > BOARD_METRICS_BYTES); /* most of it is padding, which is 0 */
}

UNIT_TEST(names_of_pools_are_unique)
{
	uint8_t bytes[BOARD_METRICS_BYTES];
	struct board_metrics m = sample(3), ret;

	strcpy(m.pools[2].name, m.pools[0].name);
	board_metrics_pack(&m, bytes);
	assert_int_equal(board_metrics_unpack(bytes, &ret), -EBADMSG);
}

static size_t read_all(const uint8_t *bytes, size_t n_bytes, size_t n_chunk, int *ret_last)
{
	struct board_metrics_reader reader = { .n_bytes = 0 };
	struct board_metrics m;
	size_t n = 0;

	for (size_t i = 0; i < n_bytes; i += n_chunk) {
		const uint8_t *at = bytes + i, *stop = at + MIN(n_chunk, n_bytes - i);
		while ((*ret_last = board_metrics_read(&reader, &at, stop, &m)) == 1)
			n++;
	}
	return n;
}

UNIT_TEST(a_stream_is_cut_anywhere)
{
	static const size_t chunks[] = { 1, 7, 100, BOARD_METRICS_BYTES - 1, BOARD_METRICS_BYTES, 3000, 1 << 16 };
	static uint8_t bytes[3 * BOARD_METRICS_BYTES + 100];
	int last;

	for (size_t i = 0; i < 3; i++) {
		struct board_metrics m = sample(i);
		board_metrics_pack(&m, bytes + i * BOARD_METRICS_BYTES);
	}
	memcpy(bytes + 3 * BOARD_METRICS_BYTES, bytes, 100); /* it was killed in the middle of it */
	for (size_t i = 0; i < ARRAY_SIZE(chunks); i++) {
		assert_int_equal(read_all(bytes, sizeof(bytes), chunks[i], &last), 3);
		assert_int_equal(last, 0);
	}
	bytes[BOARD_METRICS_BYTES] ^= 1; /* what follows is not believed either */
	assert_int_equal(read_all(bytes, sizeof(bytes), 1000, &last), 1);
	assert_int_equal(last, -EBADMSG);
}
