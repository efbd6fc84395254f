#include <errno.h>

#include "codes.h"

#include "unit.h"

#define TEXT                    \
	{                       \
		"a text\xff", 7 \
	}
#define DETAILS                                                                         \
	{                                                                               \
		.caller = { 0x8001234, NULL }, .largest_free_bytes = 32, .task = "main" \
	}
#define ALL_OF(member) sizeof(((struct event *)NULL)->member)

/* An event of each kind that is a row, with all its members. n_bytes: of its part of the union, where a member is
 * added. */
static const struct filled {
	struct event event;
	size_t n_bytes, n_expected;
} filled[] = {
	{ { .kind = EVENT_FAILED, .failed = { FAILURE_OTHER_POOL, 64, TEXT, "idf.0", DETAILS } }, ALL_OF(failed), 88 },
	{ { .kind = EVENT_QSTR, .qstr = { 1, 2, 3, 4 } }, ALL_OF(qstr), 32 },
	{ { .kind = EVENT_QSTR_TEXT, .text = TEXT, .text_broken = true }, 0, 0 },
	{ { .kind = EVENT_BANNER, .text = TEXT }, 0, 0 },
	{ { .kind = EVENT_RESET }, 0, 0 },
	{ { .kind = EVENT_HELLO,
	    .hello = { "MicroPython v1.27.0", "Board", "0123abcd", 1, 2, 3, 255, UINT32_MAX, 0xff, 500, true, true, 7,
		       8 } },
	  ALL_OF(hello),
	  192 },
	{ { .kind = EVENT_GC, .gc = { 1000, 2000, true } }, ALL_OF(gc), 24 },
	{ { .kind = EVENT_MARK, .mark = TEXT }, 0, 0 },
	{ { .kind = EVENT_PROGRAM_ENDED }, 0, 0 },
	{ { .kind = EVENT_RECOVERED, .recovered = { 128, "gc" } }, ALL_OF(recovered), 24 },
	{ { .kind = EVENT_AREA, .area = { 0x20000000, 4096, true } }, ALL_OF(area), 24 },
	{ { .kind = EVENT_LOST, .lost = { 4, 3, 1, 2 } }, ALL_OF(lost), 32 },
	{ { .kind = EVENT_LARGE, .large = { 4096, "gc", { 0x8004321, NULL } } }, ALL_OF(large), 40 },
	{ { .kind = EVENT_LAST_WORDS, .last_words = { 99, NOT_KNOWN, "gc", DETAILS, { 0x8000001, NULL } } },
	  ALL_OF(last_words),
	  88 },
};

/* Of the bytes of an event. texts: those of the event itself, which are equal. */
static int round_trip(const struct event *event, const struct figures_code *figures, struct event_code *ret)
{
	static struct strbuf code;
	struct field_bytes in;

	strbuf_deinit(&code);
	event_code_put(&code, event, figures);
	in = (struct field_bytes){ (const uint8_t *)code.text, code.n_bytes };
	int r = event_code_get(&in, ret);
	return r == 0 && in.n_bytes > 0 ? -E2BIG : r;
}

static bool is_equal(const struct event *a, struct event_code *b)
{
	static const ptrdiff_t texts[] = { [EVENT_FAILED] = offsetof(struct event, failed.text),
					   [EVENT_QSTR_TEXT] = offsetof(struct event, text),
					   [EVENT_BANNER] = offsetof(struct event, text),
					   [EVENT_MARK] = offsetof(struct event, mark) };
	struct event_text text = { "", 0 };
	ptrdiff_t at = a->kind < ARRAY_SIZE(texts) ? texts[a->kind] : 0;

	if (at) {
		memcpy(&text, (const char *)a + at, sizeof(text));
		if (text.n_bytes != b->text.n_bytes || memcmp(text.bytes, b->text.bytes, text.n_bytes) != 0)
			return false;
		memcpy((char *)&b->event + at, &text, sizeof(text));
	}
	return memcmp(&b->event, a, sizeof(*a)) == 0;
}

UNIT_TEST(every_kind)
{
	struct event_code read;

	for (size_t i = 0; i < ARRAY_SIZE(filled); i++) {
		struct event event = filled[i].event;
		event.line = 7;
		event.at_us = NOT_KNOWN;
		event.clock_fell = true;
		memcpy(event.time, "07:09:41", 9);
		if (round_trip(&event, NULL, &read) < 0 || !is_equal(&event, &read))
			fail_msg("kind %d is not what it was", (int)event.kind);
		assert_false(event_code_is_sample(&read) || read.is_text);
	}
}

UNIT_TEST(no_member_is_forgotten)
{
	if (sizeof(void *) != 8)
		skip();
	assert_int_equal(sizeof(struct event), 328);
	assert_int_equal(sizeof(struct snapshot_reported), 96);
	assert_int_equal(sizeof(((struct event *)NULL)->snapshot), 184);
	for (size_t i = 0; i < ARRAY_SIZE(filled); i++)
		if (filled[i].n_bytes != filled[i].n_expected)
			fail_msg("kind %d has %zu bytes: is a member new? It belongs into event_code.c",
				 (int)filled[i].event.kind, filled[i].n_bytes);
}

static struct heap_pool pool_named(const char *name)
{
	struct heap_pool pool = heap_pool_named(name, POOL_CAPS);

	pool.memory = MEMORY_PSRAM;
	pool.start = 0x3c000000;
	pool.reported.total_bytes = 100;
	pool.reported.used_bytes = 60;
	pool.reported.free_bytes = 40;
	pool.reported.largest_free_bytes = 30;
	pool.reported.peak_bytes = 70;
	pool.reported.least_free_bytes = 20;
	return pool;
}

static void assert_pool(const struct heap_pool *a, const struct heap_pool *b)
{
	assert_string_equal(a->name, b->name);
	assert_true(a->kind == b->kind && a->memory == b->memory && a->start == b->start);
	assert_memory_equal(&a->reported, &b->reported, sizeof(a->reported));
}

UNIT_TEST(figures_alone)
{
	struct event event = { .kind = EVENT_POOL, .pool = pool_named("idf.0") };
	struct event_code read;

	assert_int_equal(round_trip(&event, NULL, &read), 0);
	assert_true(event_code_is_sample(&read));
	assert_pool(&read.event.pool, &event.pool);
	event = (struct event){ .kind = EVENT_SAMPLE, .pool = heap_pool_sample(1, 2, NOT_KNOWN) };
	assert_int_equal(round_trip(&event, NULL, &read), 0);
	assert_pool(&read.event.pool, &event.pool);
}

UNIT_TEST(a_snapshot_and_each_format)
{
	static const char *const formats[] = { NULL, "agent", "openmv", "block-table", "gdb", "figures" };
	const struct heap_pool pools[] = { pool_named("gc"), pool_named("tlsf") };
	const struct figures_code figures = { pools, 2, true };
	struct event_code read;
	struct heap heap;

	heap_init(&heap);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct event event = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };
		uint64_t *numbers[] = { &event.snapshot.n_lines,
					&event.snapshot.reported.board_us,
					&event.snapshot.reported.pause_us,
					&event.snapshot.reported.wait_us,
					&event.snapshot.reported.lost_frames,
					&event.snapshot.reported.lost_snapshots,
					&event.snapshot.reported.n_collections,
					&event.snapshot.reported.wire_bytes,
					&event.snapshot.reported.n_stops,
					&event.snapshot.reported.longest_stop_us,
					&event.snapshot.reported.took_us };
		for (size_t k = 0; k < ARRAY_SIZE(numbers); k++)
			*numbers[k] = 1000 + k;
		memcpy(event.snapshot.label, "a label\xff", 9);
		event.snapshot.reported.format = formats[i];
		event.snapshot.collected = event.snapshot.reported.rolling = true;
		assert_int_equal(round_trip(&event, &figures, &read), 0);
		assert_true(read.has_table && event_code_is_sample(&read));
		if (formats[i])
			assert_string_equal(read.event.snapshot.reported.format, formats[i]);
		read.event.snapshot.reported.format = formats[i];
		assert_memory_equal(&read.event, &event, sizeof(event));
		assert_int_equal(event_code_figures(&read, &heap), 0);
		assert_int_equal(heap.n_pools, 2);
		assert_string_equal(heap.pools[1].name, "tlsf");
		assert_u64_equal(heap.pools[1].reported.least_free_bytes, 20);
	}
	heap_deinit(&heap);
}

UNIT_TEST(text_between_events)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct event_code read;

	event_code_put_text(&code, "a\0b", 3);
	event_code_put_text(&code, "", 0);
	event_code_put(&code, &(struct event){ .kind = EVENT_RESET }, NULL);
	struct field_bytes in = { (const uint8_t *)code.text, code.n_bytes };
	assert_int_equal(event_code_get(&in, &read), 0);
	assert_true(read.is_text && read.text.n_bytes == 3 && memcmp(read.text.bytes, "a\0b", 3) == 0);
	assert_int_equal(event_code_get(&in, &read), 0);
	assert_true(read.is_text && read.text.n_bytes == 0);
	assert_int_equal(event_code_get(&in, &read), 0);
	assert_int_equal(read.event.kind, EVENT_RESET);
	assert_int_equal(in.n_bytes, 0);
}

/* Cut anywhere, or with any bit another: an event, or none, and nothing beyond the bytes. */
UNIT_TEST(bytes_that_are_no_event)
{
	const struct heap_pool pool = pool_named("gc");
	const struct figures_code figures = { &pool, 1, true };
	size_t n_refused = 0;

	for (size_t i = 0; i <= ARRAY_SIZE(filled); i++) {
		struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
		const struct event snapshot = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };
		event_code_put(&code, i < ARRAY_SIZE(filled) ? &filled[i].event : &snapshot,
			       i < ARRAY_SIZE(filled) ? NULL : &figures);
		struct event_code read;
		for (size_t n = 1; n < code.n_bytes; n++) {
			struct field_bytes in = { (const uint8_t *)code.text, n };
			assert_int_equal(event_code_get(&in, &read), -EBADMSG);
		}
		for (size_t k = 0; k < code.n_bytes * 8; k++) {
			struct field_bytes in = { (const uint8_t *)code.text, code.n_bytes };
			code.text[k / 8] = (char)(code.text[k / 8] ^ 1 << k % 8);
			n_refused += event_code_get(&in, &read) < 0;
			code.text[k / 8] = (char)(code.text[k / 8] ^ 1 << k % 8);
		}
	}
	assert_true(n_refused > 100);
}
