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

/* Two events that make equal rows, with equal texts, and are of one kind. */
static bool round_trip(const struct event *event, struct event *ret)
{
	struct strbuf details CLEANUP(strbuf_deinit) = STRBUF_INIT, again CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct event_row a, b;

	event_code_put(event, &a, &details);
	if (!event_code_get(&a, ret))
		return false;
	event_code_put(ret, &b, &again);
	return strcmp(a.kind, b.kind) == 0 && a.bytes == b.bytes && a.duration_us == b.duration_us &&
	       a.board_us == b.board_us && !a.pool == !b.pool && (!a.pool || strcmp(a.pool, b.pool) == 0) &&
	       a.text.bytes == b.text.bytes && a.text.n_bytes == b.text.n_bytes && !a.details == !b.details &&
	       (!a.details || strcmp(a.details, b.details) == 0);
}

UNIT_TEST(every_kind)
{
	struct event read;

	for (size_t i = 0; i < ARRAY_SIZE(filled); i++) {
		const struct event *event = &filled[i].event;
		assert_true(event_code_has(event->kind));
		if (!round_trip(event, &read) || memcmp(&read, event, sizeof(read)) != 0)
			fail_msg("kind %d is not what it was", (int)event->kind);
		struct event empty = { .kind = event->kind };
		if (!round_trip(&empty, &read) || memcmp(&read, &empty, sizeof(read)) != 0)
			fail_msg("empty kind %d is not what it was", (int)event->kind);
	}
	for (int kind = 0; kind <= EVENT_SITE_NAME; kind++) {
		bool is_there = false;
		for (size_t i = 0; i < ARRAY_SIZE(filled); i++)
			is_there |= (int)filled[i].event.kind == kind;
		assert_int_equal(event_code_has((enum event_kind)kind), is_there);
	}
	assert_false(event_code_has(EVENT_SNAPSHOT) || event_code_has(EVENT_SAMPLE) || event_code_has(EVENT_POOL));
}

UNIT_TEST(no_member_is_forgotten)
{
	if (sizeof(void *) != 8)
		skip();
	assert_int_equal(sizeof(struct event), 328);
	for (size_t i = 0; i < ARRAY_SIZE(filled); i++)
		if (filled[i].n_bytes != filled[i].n_expected)
			fail_msg("kind %d has %zu bytes: is a member new? It belongs into event_code.c",
				 (int)filled[i].event.kind, filled[i].n_bytes);
}

UNIT_TEST(numbers_that_are_not_known)
{
	struct event event = { .kind = EVENT_HELLO }, read;

	event.hello.abilities = NOT_KNOWN;
	event.hello.period_ms = NOT_KNOWN - 1;
	assert_true(round_trip(&event, &read));
	assert_u64_equal(read.hello.abilities, NOT_KNOWN);
	assert_u64_equal(read.hello.period_ms, NOT_KNOWN - 1);
}

static bool is_read(const char *kind, const char *pool, const char *details)
{
	const struct event_row row = { kind, 1, 2, 3, pool, { "", 0 }, details };
	struct event event;

	return event_code_get(&row, &event);
}

UNIT_TEST(rows_that_are_no_event)
{
	assert_true(is_read("failed", "gc", "{}"));
	assert_true(is_read("failed", NULL, "{\"failure\":3,\"other\":[1]}"));
	assert_false(is_read("", NULL, NULL));
	assert_false(is_read("faile", NULL, NULL));
	assert_false(is_read("failed", "0123456789abcdef", NULL));
	assert_false(is_read("failed", "a\x1b", NULL));
	assert_false(is_read("failed", "gc", ""));
	assert_false(is_read("failed", "gc", "[]"));
	assert_false(is_read("failed", "gc", "{"));
	assert_false(is_read("failed", "gc", "{\"failure\":5}"));
	assert_false(is_read("failed", "gc", "{\"failure\":-1}"));
	assert_false(is_read("failed", "gc", "{\"failure\":null}"));
	assert_false(is_read("failed", "gc", "{\"caller\":\"x\"}"));
	assert_false(is_read("failed", "gc", "{\"caller\":1.5}"));
	assert_false(is_read("failed", "gc", "{\"task\":7}"));
	assert_false(is_read("failed", "gc", "{\"task\":\"a\\u0007\"}"));
	assert_false(is_read("failed", "gc", "{\"task\":\"0123456789abcdef\"}"));
	assert_false(is_read("hello", NULL, "{\"again\":1}"));
	assert_false(is_read("hello", NULL, "{\"agent_major\":4294967296}"));
}
