#include "document/report.h"
#include "memprof/base/json.h"
#include "memprof/image/call_sites.h"
#include "memprof/viewers/ticker_view.h"
#include "unit.h"

static const struct text_style plain = { .columns = 80 };

/* The document as text, and no document any more. */
static void print_and_end(struct strbuf *out, struct document *d)
{
	print_text(out, d, &plain);
	doc_deinit(d);
}

/* The chain of the badgeware case: the image pool is full, a collection frees images, the retry succeeds. */
UNIT_TEST(a_chain_of_events)
{
	static const struct board_event chain[] = {
		{ .kind = BOARD_EVENT_FAILED,
		  .at_us = 61002000,
		  .bytes = 131072,
		  .duration_us = NOT_KNOWN,
		  .address = NOT_KNOWN,
		  .pool = "picovector" },
		{ .kind = BOARD_EVENT_GC,
		  .at_us = 61024000,
		  .bytes = NOT_KNOWN,
		  .duration_us = 21450,
		  .address = NOT_KNOWN },
		{ .kind = BOARD_EVENT_RECOVERED,
		  .at_us = 61025000,
		  .bytes = 131072,
		  .duration_us = NOT_KNOWN,
		  .address = NOT_KNOWN,
		  .pool = "picovector" },
		{ .kind = BOARD_EVENT_MARK,
		  .at_us = NOT_KNOWN,
		  .bytes = NOT_KNOWN,
		  .duration_us = NOT_KNOWN,
		  .address = NOT_KNOWN,
		  .label = "\x1b[2Jmenu" },
	};
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct document d;

	doc_init(&d, "");
	report_add_events(&d, chain, ARRAY_SIZE(chain), 9);
	print_and_end(&s, &d);
	assert_string_equal(strbuf_text(&s),
			    "\nWhat happened: the last 4 of 9\n"
			    "  1:01.002 allocation failed in picovector: 131072 B\n"
			    "  1:01.024 garbage collected in 21.4 ms\n"
			    "  1:01.025 131072 B in picovector tried again: succeeded\n"
			    "  mark \"\\x1b[2Jmenu\"\n");
	strbuf_reset(&s);
	doc_init(&d, "");
	report_add_events(&d, chain, 0, 0);
	print_and_end(&s, &d);
	assert_string_equal(strbuf_text(&s), "");
}

UNIT_TEST(what_collections_cost_and_what_was_lost)
{
	const struct agent_info agent = { .n_collections = 4,
					  .gc_us = 40000,
					  .longest_gc_us = 12345,
					  .first_us = 0,
					  .last_us = 2000000,
					  .lost_frames = 3,
					  .lost_snapshots = 1,
					  .n_abandoned = 2 };
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct document d;

	doc_init(&d, "");
	report_add_agent(&d, &agent);
	print_and_end(&s, &d);
	assert_string_equal(strbuf_text(&s),
			    "Frames lost: 3. Snapshots lost: 1. Snapshots given up by the board, as nobody\n"
			    "read: 2.\n"
			    "4 collections took 40.0 ms in all; the longest 12.3 ms.\n");
	strbuf_reset(&s);
	const struct agent_info given_up = { .n_abandoned = 1 };
	doc_init(&d, "");
	report_add_agent(&d, &given_up);
	print_and_end(&s, &d);
	assert_string_equal(strbuf_text(&s), "Snapshots given up by the board, as nobody read: 1.\n");
}

static const struct call_site site = { { { "buffer_new", "net.c", 17 }, { "http_read", "net.c", 88 } }, 2 };
static const struct call_site long_site = { { { "a_function_whose_name_is_longer_than_any_name_should_be",
						"a_file_whose_name_is_long_too.c", 123456 },
					      { "ev\x1b[2Jil", "\x1b.c", 1 },
					      { "f", NULL, 0 } },
					    3 };

/* Who asked, what was there, which task; by an ELF, or as addresses. */
UNIT_TEST(callers_and_last_words)
{
	static const struct board_event events[] = {
		{ .kind = BOARD_EVENT_FAILED,
		  .bytes = 4096,
		  .pool = "C heap",
		  .largest_free_bytes = 1728,
		  .caller = { 0x8001235, NULL },
		  .task = "http" },
		{ .kind = BOARD_EVENT_LARGE, .bytes = 3084, .pool = "C heap", .caller = { 0x8001235, &site } },
		{ .kind = BOARD_EVENT_LARGE, .bytes = 3084, .pool = "C heap", .caller = { 0x8001235, &long_site } },
		{ .kind = BOARD_EVENT_LAST_WORDS,
		  .then_us = 12345678,
		  .bytes = 4096,
		  .pool = "gc",
		  .caller = { 0x8001235, &site },
		  .fault = { 0x8001236, NULL } },
		{ .kind = BOARD_EVENT_LAST_WORDS, .bytes = NOT_KNOWN, .fault = { 0x8001236, NULL }, .task = "radio" },
	};
	const struct agent_info agent = { .has_last_words = true, .last_words = events[3] };
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct document d;
	struct json j;

	assert_true(agent_info_any(&agent));
	doc_init(&d, "");
	report_add_agent(&d, &agent);
	report_add_events(&d, events, ARRAY_SIZE(events), ARRAY_SIZE(events));
	print_and_end(&s, &d);
	assert_string_equal(strbuf_text(&s),
			    "Before the last reset, at 12.345 s: 4096 B failed in gc, called from buffer_new\n"
			    "(net.c:17), inlined in http_read (net.c:88); then stopped in 0x8001236.\n"
			    "\nWhat happened\n"
			    "  0:00.000 allocation failed in C heap: 4096 B, largest free block 1728 B,\n"
			    "    called from 0x8001235, task http\n"
			    "  0:00.000 large allocation in C heap: 3084 B, called from buffer_new\n"
			    "    (net.c:17), inlined in http_read (net.c:88)\n"
			    "  0:00.000 large allocation in C heap: 3084 B, called from\n"
			    "    a_function_whose_name_is_longer_than_a.. (..ose_name_is_long_too.c:123456),\n"
			    "    inlined in ev\\x1b[2Jil (\\x1b.c:1), inlined in f\n"
			    "  0:00.000 before the last reset, at 12.345 s: 4096 B failed in gc, called from\n"
			    "    buffer_new (net.c:17), inlined in http_read (net.c:88); then stopped in\n"
			    "    0x8001236\n"
			    "  0:00.000 before the last reset, at 0.000 s: stopped in 0x8001236, task radio\n");
	strbuf_reset(&s);
	j = (struct json){ .out = &s, .compact = true };
	json_array(&j, NULL);
	json_board_event(&j, &events[0]);
	json_board_event(&j, &events[3]);
	json_array_end(&j);
	assert_string_equal(
		strbuf_text(&s),
		"[{\"what\":\"failed\",\"at_ms\":0,\"pool\":\"C heap\",\"bytes\":4096,\"largest_free\":1728,\"task\":\"http\""
		",\"caller\":{\"address\":\"0x8001235\",\"functions\":[]}},{\"what\":\"last-words\",\"at_ms\":0,\"pool\":\"g"
		"c\",\"bytes\":4096,\"caller\":{\"address\":\"0x8001235\",\"functions\":[{\"name\":\"buffer_new\",\"file\":\""
		"net.c\",\"line\":17},{\"name\":\"http_read\",\"file\":\"net.c\",\"line\":88}]},\"then_ms\":12345,\"fault\":"
		"{\"address\":\"0x8001236\",\"functions\":[]}}]\n");
}

/* What was requested of a pool, in each view that has it. */
UNIT_TEST(windows_of_pools)
{
	const struct heap_window window = {
		.window_us = 2500000,
		.n_allocations = 30,
		.allocated_bytes = 9000,
		.n_frees = 28,
		.freed_bytes = NOT_KNOWN,
		.n_failures = 2,
		.n_large = 1,
		.least_used_bytes = 564,
		.most_used_bytes = 6436,
		.least_free_bytes = NOT_KNOWN,
		.n_by_size = { 3, 0, 12, [HEAP_SIZE_CLASSES - 1] = 17 },
	};
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct document d;
	struct heap_pool *pool;
	struct heap heap, copy;

	heap_init(&heap);
	heap_init(&copy);
	assert_int_equal(heap_add_pool(&heap, "C heap", POOL_NEWLIB, &pool), 0);
	doc_init(&d, "");
	report_add_allocations(&d, &heap);
	print_and_end(&s, &d);
	assert_string_equal(strbuf_text(&s), "");
	assert_int_equal(heap_set_window(pool, &window), 0);
	heap_seal(&heap);
	assert_int_equal(heap_copy(&copy, &heap), 0);
	heap_deinit(&heap);
	doc_init(&d, "");
	report_add_allocations(&d, &copy);
	print_and_end(&s, &d);
	assert_string_equal(strbuf_text(&s),
			    "\nAllocations since the snapshot before\n"
			    "  C heap: 30 allocations in 2.5 s (12.0/s), 9000 B, 2 failed, 564 to 6436 B\n"
			    "    used; sizes: 3 to 8, 12 to 32, 17 above 131072\n");
	strbuf_reset(&s);
	text_ticker_allocations(&s, &copy.pools[0], &plain);
	assert_string_equal(
		strbuf_text(&s),
		"    C heap  30 allocations in 2.5 s (12.0/s), 9000 B, 2 failed, 564 to 6436 B\n            used\n");
	heap_reset(&copy);
	assert_int_equal(heap_add_pool(&copy, "C heap", POOL_NEWLIB, &pool), 0);
	assert_null(pool->window);
	heap_deinit(&copy);
}

static size_t longest_line(const struct strbuf *s)
{
	const char *at = strbuf_text(s);
	size_t longest = 0;

	for (size_t n; *at; at += n + (at[n] != '\0')) {
		n = strcspn(at, "\n");
		longest = MAX(longest, n);
	}
	return longest;
}

UNIT_TEST(whatever_they_say_fits_the_terminal)
{
	const struct agent_info agent = { .n_collections = 1234,
					  .gc_us = 12345678,
					  .longest_gc_us = 123456,
					  .first_us = 0,
					  .last_us = 60000000,
					  .lost_frames = 123456,
					  .lost_snapshots = 12345,
					  .n_abandoned = 12345 };
	struct board_event board_events[] = {
		{ .kind = BOARD_EVENT_LOST,
		  .at_us = 6000000000,
		  .n_frames = 123456,
		  .n_snapshots = 12345,
		  .n_abandoned = 12345 },
		{ .kind = BOARD_EVENT_MARK,
		  .at_us = 6000000000,
		  .label = "a label of sixty-three bytes, as long as one that is kept may be" },
		{ .kind = BOARD_EVENT_MARK,
		  .at_us = 6000000000,
		  .label = "\x1b]0;a\a\x1b]0;a\a\x1b]0;a\a\x1b]0;a\a\x1b]0;a\a" },
		{ .kind = BOARD_EVENT_FAILED, .at_us = 6000000000, .bytes = UINT64_MAX - 1, .pool = "\x1b\x1b\x1b" },
		{ .kind = BOARD_EVENT_FAILED,
		  .bytes = UINT64_MAX - 1,
		  .pool = "\x1b\x1b\x1b",
		  .largest_free_bytes = UINT64_MAX - 1,
		  .caller = { UINT64_MAX, &long_site },
		  .task = "fifteen bytes.." },
	};
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct document d;

	doc_init(&d, "");
	report_add_agent(&d, &agent);
	report_add_events(&d, board_events, ARRAY_SIZE(board_events), ARRAY_SIZE(board_events));
	print_and_end(&s, &d);
	assert_in_range(longest_line(&s), 70, 80);
	assert_non_null(strstr(strbuf_text(&s), "a label of sixty-three bytes, as long as one that is kep...\"\n"));
}

static void figures(struct heap_pool *pool, uint64_t total, uint64_t used, uint64_t largest)
{
	pool->reported.total_bytes = total;
	pool->reported.used_bytes = used;
	pool->reported.free_bytes = total - used - 8;
	pool->reported.largest_free_bytes = largest;
}

UNIT_TEST(pools_stand_below_each_other)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct document d;
	struct heap heap;
	struct heap_pool *pool;

	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	assert_int_equal(heap_add_area(pool, 0x11000000), 0);
	pool->block_bytes = 16;
	assert_int_equal(heap_append(pool, BLOCK_HEAD, 2), 0);
	assert_int_equal(heap_append(pool, BLOCK_FREE, 6), 0);
	assert_int_equal(heap_add_pool(&heap, "picovector", POOL_TLSF, &pool), 0);
	pool->memory = MEMORY_PSRAM;
	figures(pool, 4194304, 1000000, 3000000);
	pool->damaged = true;
	assert_int_equal(heap_add_pool(&heap, "tmp", POOL_RAMFS, &pool), 0);
	pool->reported.peak_bytes = 2048;
	pool->reported.n_allocations = 20;
	pool->reported.n_failures = 2;
	heap_seal(&heap);
	assert_int_equal(heap_check(&heap), 0);
	doc_init(&d, "");
	document_pools(&d, &heap);
	print_and_end(&s, &d);
	assert_string_equal(strbuf_text(&s),
			    "\n"
			    "Pools\n"
			    "pool       kind             size      used    free largest free    peak failed\n"
			    "gc         gc              128 B      32 B    96 B         96 B\n"
			    "picovector tlsf, damaged 4.0 MiB 976.6 KiB 3.0 MiB      2.9 MiB\n"
			    "tmp        ramfs                                                2.0 KiB      2\n");
	for (const char *line = strbuf_text(&s), *end; (end = strchr(line, '\n')); line = end + 1)
		assert_true(end - line <= 80);
	heap_deinit(&heap);
}

/* The figures of another pool are the board's: its table is made of granules. What is neither used nor free is the
 * allocator's own. */
UNIT_TEST(figures_of_other_pools_are_reported)
{
	const struct report_options options = { .needs = { 2999999, 3000001 }, .n_needs = 2 };
	struct pool_report r;
	struct heap heap;
	struct heap_pool *pool;

	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "images", POOL_TLSF, &pool), 0);
	assert_int_equal(heap_add_area(pool, 0x11000000), 0);
	pool->block_bytes = 4096;
	assert_int_equal(heap_append(pool, BLOCK_HEAD, 2), 0);
	assert_int_equal(heap_append(pool, BLOCK_FREE, 1022), 0);
	figures(pool, 4194304, 1000000, 3100000);
	pool->reported.largest_fit_bytes = 3000000;
	heap_seal(&heap);
	report_pool(pool, true, &options, &r);
	assert_u64_equal(r.state.used_bytes, 1000000);
	assert_u64_equal(r.state.free_bytes, 3194296);
	assert_u64_equal(r.overhead_bytes, 8);
	assert_u64_equal(r.unknown_bytes, 0);
	assert_u64_equal(r.state.lfb_bytes, 3100000);
	assert_int_equal(r.n_differences, 0);
	assert_u64_equal(r.fits[0].n_times, NOT_KNOWN); /* at least once */
	assert_u64_equal(r.fits[1].n_times, 0);         /* the allocator would round it up */
	heap_deinit(&heap);
}

/* A board may tell anything: the sums hold all the same. */
UNIT_TEST(figures_that_do_not_add_up)
{
	const struct report_options options = { .n_needs = 0 };
	struct pool_report r;
	struct heap heap;
	struct heap_pool *pool;

	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "images", POOL_TLSF, &pool), 0);
	assert_int_equal(heap_add_area(pool, 0x11000000), 0);
	pool->block_bytes = 16;
	assert_int_equal(heap_append(pool, BLOCK_FREE, 64), 0);
	pool->reported.total_bytes = 1000;
	heap_seal(&heap);
	report_pool(pool, true, &options, &r); /* no used, no free: its table tells */
	assert_u64_equal(r.state.free_bytes, 1024);
	pool->reported.used_bytes = 900;
	pool->reported.free_bytes = 500;
	report_pool(pool, true, &options, &r);
	assert_u64_equal(r.state.used_bytes + r.state.free_bytes + r.overhead_bytes + r.unknown_bytes,
			 r.state.total_bytes);
	assert_int_equal(r.n_differences, 1);
	assert_u64_equal(r.state.lfb_bytes, 500); /* of its table, but not more than is free */
	pool->reported.largest_free_bytes = 501;
	report_pool(pool, true, &options, &r);
	assert_u64_equal(r.state.lfb_bytes, 500);
	heap_deinit(&heap);
}
