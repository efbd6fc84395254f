/* What the link does that a file does not show: the numbers beside a snapshot, requests, deadlines, limits. What it
 * decodes: test-agent_decoder.c; what it bears: test-agent_faults.c. */
#include "memprof/protocol/agent_link.h"

#include "agent_tx.h"
#include "agent_wire.h"
#include "unit.h"

enum { N_BLOCKS = 200, N_KEPT = 64 };

static const uint8_t codes[N_BLOCKS] = {
	2, 1, 1, 4, 5, 1, 6, 1, 1, 1, 7, 8, 9, 10, 11, 12, 3, 0, 0, 0, [70] = 2, [130] = 2, 1, 1, [199] = 12,
};
static const struct tx_area area = { 0x20000100, WIRE_MEMORY_SRAM, N_BLOCKS, codes };
static const struct tx_snapshot key = { .flags = WIRE_KEY | WIRE_HAS_KINDS | WIRE_HAS_FINALISERS,
					.at_ms = 5000,
					.block_bytes = 16,
					.stack_used = 500,
					.areas = &area,
					.n_areas = 1,
					.pause_us = 77,
					.n_collections = 3 };

static struct tx tx;
static struct agent_link *link;
static struct event kept[N_KEPT];
static size_t n_kept;
static struct strbuf text;

UNIT_BEFORE(set_up)
{
	tx = (struct tx){ .session = 7 };
	n_kept = 0;
	link = agent_link_new(true);
	assert_int_equal(link ? 0 : -1, 0);
}

UNIT_AFTER(tear_down)
{
	agent_link_free(link);
	strbuf_deinit(&tx.out);
	strbuf_deinit(&text);
}

static void take(void)
{
	struct agent_item item;
	int answer;

	while ((answer = agent_link_next(link, &item)) != AGENT_MORE) {
		if (answer == AGENT_TEXT)
			strbuf_add(&text, item.text, item.n_bytes);
		if (answer != AGENT_EVENT)
			continue;
		assert_true(n_kept < N_KEPT);
		kept[n_kept++] = item.event;
	}
}

/* Gives the host what was written so far. */
static void give(uint64_t now_us)
{
	agent_link_feed(link, strbuf_text(&tx.out), tx.out.n_bytes, now_us);
	take();
	strbuf_reset(&tx.out);
}

static const struct event *last(enum event_kind kind)
{
	assert_true(n_kept > 0);
	assert_int_equal(kept[n_kept - 1].kind, kind);
	return &kept[n_kept - 1];
}

static void hello(uint64_t abilities, uint64_t period_ms)
{
	tx_hello(&tx, 16, abilities, period_ms, "MicroPython v1.27.0");
}

/* The next request, taken out of the outbox. */
static struct wire_frame asked(void)
{
	struct wire_frame frame = { 0 };
	size_t n;
	const uint8_t *bytes = agent_link_outbox(link, &n), *end = n ? memchr(bytes + 1, 0, n - 1) : NULL;

	assert_non_null(end);
	assert_true(wire_parse(bytes, (size_t)(end - bytes) + 1, &frame));
	agent_link_sent(link, (size_t)(end - bytes) + 1);
	return frame;
}

static void assert_nothing_asked(void)
{
	size_t n;

	agent_link_outbox(link, &n);
	assert_int_equal(n, 0);
}

UNIT_TEST(what_stands_beside_a_snapshot)
{
	struct tx_snapshot s = key;

	hello(WIRE_REPORTS_GC, 1000);
	size_t n_hello = tx.out.n_bytes;
	tx_snapshot(&tx, &s);
	size_t n_bytes = tx.out.n_bytes - n_hello;
	give(123456);
	const struct event *e = last(EVENT_SNAPSHOT);
	const struct heap *heap = e->snapshot.heap;
	assert_u64_equal(e->at_us, 123456);
	assert_u64_equal(e->snapshot.reported.pause_us, 77);
	assert_u64_equal(e->snapshot.reported.wait_us, NOT_KNOWN);
	assert_u64_equal(e->snapshot.reported.n_collections, 3);
	assert_u64_equal(e->snapshot.reported.wire_bytes, n_bytes);
	assert_u64_equal(e->snapshot.reported.lost_frames + e->snapshot.reported.lost_snapshots, 0);
	assert_false(e->snapshot.reported.rolling);
	assert_u64_equal(heap->stack_used_bytes, 500);
	assert_u64_equal(heap->stack_limit_bytes, NOT_KNOWN);
	assert_u64_equal(heap->pools[0].n_finalisers, 2);
	assert_int_equal(heap->pools[0].memory, MEMORY_SRAM);
	assert_int_equal(heap->pools[0].areas[0].memory, MEMORY_SRAM);
	assert_u64_equal(heap->pools[0].reported.total_bytes, NOT_KNOWN);
	assert_u64_equal(heap->pools[0].reported.peak_bytes, NOT_KNOWN);

	s.number = 1;
	s.flags = WIRE_ROLLING | WIRE_KEY;
	s.pause_us = 0;
	s.wait_us = 4000;
	tx_snapshot(&tx, &s);
	give(NOT_KNOWN - 1);
	e = last(EVENT_SNAPSHOT);
	assert_true(e->snapshot.reported.rolling);
	assert_u64_equal(e->snapshot.reported.pause_us, NOT_KNOWN);
	assert_u64_equal(e->snapshot.reported.wait_us, 4000);
	assert_u64_equal(e->snapshot.heap->pools[0].n_finalisers, NOT_KNOWN);

	s.number = 2;
	s.pause_us = 4294968057; /* the board's clock went back meanwhile */
	tx_snapshot(&tx, &s);
	give(NOT_KNOWN - 1);
	assert_u64_equal(last(EVENT_SNAPSHOT)->snapshot.reported.pause_us, NOT_KNOWN);
	assert_true(agent_link_heard(link));
	assert_string_equal(agent_link_hello(link)->firmware, "MicroPython v1.27.0");
}

UNIT_TEST(losses_are_counted_beside_the_next_one)
{
	struct agent_link_counts counts;
	struct tx_snapshot s = key;

	hello(0, 1000);
	tx_snapshot(&tx, &s);
	tx.sequence = (uint16_t)(tx.sequence + 5);
	s.number = 1;
	s.n_abandoned = 2;
	s.n_skipped = 4;
	tx_snapshot(&tx, &s);
	give(1);
	assert_int_equal(n_kept, 4);
	assert_int_equal(kept[2].kind, EVENT_LOST);
	assert_u64_equal(kept[2].lost.n_frames, 9); /* that did not come, and that were never sent */
	assert_u64_equal(kept[2].lost.n_missing, 5);
	assert_u64_equal(kept[2].lost.n_abandoned, 2);
	assert_u64_equal(last(EVENT_SNAPSHOT)->snapshot.reported.lost_frames, 9);
	s.number = 2;
	tx_snapshot(&tx, &s);
	give(2);
	assert_int_equal(n_kept, 5); /* those are reported */
	assert_u64_equal(last(EVENT_SNAPSHOT)->snapshot.reported.lost_frames, 0);
	agent_link_count(link, &counts);
	assert_u64_equal(counts.n_lost, 9);
	assert_u64_equal(counts.n_snapshots, 3);
	assert_u64_equal(counts.n_repeated, 0);
}

static void mark(uint16_t sequence, char label)
{
	const char payload[] = { WIRE_MARK, 0, label };

	tx.sequence = sequence;
	tx_frame(&tx, WIRE_EVENT, payload, sizeof(payload));
}

/* A frame that comes after it was told lost was not lost: the counts know, and what was told stands. */
UNIT_TEST(frames_that_come_late)
{
	static const uint16_t order[] = { 1, 4, 3, 3, 5, 2 };
	struct agent_link_counts counts;
	uint64_t n_told = 0;

	hello(0, 1000);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		mark(order[i], 'a');
	give(1);
	for (size_t i = 0; i < n_kept; i++)
		n_told += kept[i].kind == EVENT_LOST ? kept[i].lost.n_frames : 0;
	assert_u64_equal(n_told, 2);
	assert_int_equal(n_kept, 1 + 5 + 1);
	agent_link_count(link, &counts);
	assert_u64_equal(counts.n_lost, 0);
	assert_u64_equal(counts.n_late, 2);
	assert_u64_equal(counts.n_repeated, 1);
	assert_u64_equal(counts.n_frames, 7);
}

/* The key snapshot without its frame of that number: 0 BEGIN, 1 AREA, 2 to 5 a row each, 6 END. */
static void send_without(unsigned i_dropped, const struct tx_snapshot *s)
{
	struct strbuf before = tx.out, all;

	tx.out = (struct strbuf)STRBUF_INIT;
	tx_snapshot(&tx, s);
	all = tx.out;
	tx.out = before;
	const char *at = all.text;
	for (unsigned i = 0; at < all.text + all.n_bytes; i++) {
		const char *end = memchr(at + 1, 0, (size_t)(all.text + all.n_bytes - at - 1));
		if (i != i_dropped)
			strbuf_add(&tx.out, at, (size_t)(end + 1 - at));
		at = end + 1;
	}
	strbuf_deinit(&all);
}

UNIT_TEST(lost_rows_are_asked_for)
{
	hello(WIRE_TAKES_REQUESTS, 1000);
	send_without(3, &key);
	give(1);
	assert_u64_equal(last(EVENT_LOST)->lost.n_frames, 1);
	assert_u64_equal(last(EVENT_LOST)->lost.n_snapshots, 1);
	struct wire_frame frame = asked();
	assert_int_equal(frame.type, WIRE_ASK_ROWS);
	assert_int_equal(frame.n_payload, 4);
	assert_memory_equal(frame.payload, "\0\0\1\1", 4); /* pool 0, area 0, from row 1, one */
	assert_nothing_asked();

	/* A snapshot without that row is not shown either, one with it is. */
	struct tx_snapshot s = key;
	s.flags = WIRE_HAS_KINDS;
	s.before = codes;
	s.number = 1;
	tx_snapshot(&tx, &s);
	give(2);
	assert_u64_equal(last(EVENT_LOST)->lost.n_snapshots, 1);
	assert_int_equal(asked().type, WIRE_ASK_ROWS);
	uint8_t other[N_BLOCKS];
	memcpy(other, codes, sizeof(other));
	other[64] = 12; /* so that the encoder sends that row */
	s.before = other;
	s.number = 2;
	tx_snapshot(&tx, &s);
	give(3);
	assert_u64_equal(last(EVENT_SNAPSHOT)->snapshot.reported.lost_snapshots, 2);
	assert_memory_equal(kept[n_kept - 1].snapshot.heap->pools[0].areas[0].kinds, "h==TL=D===SAFBMhm...", 20);
	assert_nothing_asked();
}

/* Which frame of a snapshot is lost, and what is known afterwards. */
UNIT_TEST(each_frame_lost)
{
	struct tx_snapshot s = key;

	s.before = codes;
	for (unsigned i = 0; i < 7; i++) {
		hello(WIRE_TAKES_REQUESTS, 1000);
		s.number = 0;
		s.flags = WIRE_KEY;
		send_without(i, &s);
		s.number = 1;
		s.flags = 0;
		tx_snapshot(&tx, &s); /* leaves all rows out */
		give(1);
		bool again = i == 0 || i == 6; /* no row was lost with it */
		assert_int_equal(kept[n_kept - 1].kind, again ? EVENT_SNAPSHOT : EVENT_LOST);
		tear_down();
		set_up();
	}
}

UNIT_TEST(a_wrong_digest_is_not_shown)
{
	struct tx_snapshot s = key;
	uint8_t wrong[N_BLOCKS];

	hello(WIRE_TAKES_REQUESTS, 0);
	tx_snapshot(&tx, &s);
	memcpy(wrong, codes, sizeof(wrong));
	wrong[64] = 2;
	struct tx_area changed = area;
	changed.codes = wrong;
	s.areas = &changed;
	s.number = 1;
	s.flags = 0;
	s.before = wrong; /* a row that has changed is left out: the board's hash did not tell */
	tx_snapshot(&tx, &s);
	give(1);
	assert_u64_equal(last(EVENT_LOST)->lost.n_snapshots, 1);
	struct wire_frame frame = asked();
	assert_int_equal(frame.type, WIRE_ASK_ROWS);
	assert_memory_equal(frame.payload, "\0\0\0\4", 4); /* all of them */
	assert_int_equal(asked().type, WIRE_ASK_SNAPSHOT); /* it sends none by itself */
	assert_nothing_asked();
}

UNIT_TEST(what_was_lost_of_another_snapshot)
{
	struct tx_snapshot s = key;

	hello(0, 1000);
	tx_snapshot(&tx, &s);
	s.flags = 0;
	s.before = codes;
	s.number = 2; /* 1 did not come: what changed in it is not known */
	tx_snapshot(&tx, &s);
	s.number = 3;
	tx_snapshot(&tx, &s);
	give(1);
	assert_int_equal(n_kept, 4);
	assert_u64_equal(last(EVENT_LOST)->lost.n_snapshots, 1);
	assert_nothing_asked(); /* it does not hear */
}

static void hear_hello(void)
{
	hello(WIRE_TAKES_REQUESTS | WIRE_CAN_READ, 100);
	give(1);
	n_kept = 0;
}

UNIT_TEST(requests)
{
	assert_int_equal(agent_link_ask_hello(link), -ENOTSUP);
	hear_hello();
	assert_int_equal(agent_link_ask_hello(link), 0);
	assert_int_equal(agent_link_ask_snapshot(link, true), 0);
	hear_hello();
	assert_int_equal(agent_link_ask_period(link, 300), 0);
	assert_int_equal(agent_link_ask_memory(link, 0x20000000, 64), 0);
	static const struct {
		uint8_t type, n;
		const char *payload;
	} rows[] = {
		{ WIRE_ASK_HELLO, 0, "" },
		{ WIRE_ASK_SNAPSHOT, 1, "\1" },
		{ WIRE_SET_PERIOD, 2, "\xac\2" },
		{ WIRE_READ, 6, "\x80\x80\x80\x80\2\x40" },
	};
	uint8_t session = 0;
	for (uint16_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct wire_frame frame = asked();
		session = i ? session : frame.session;
		assert_int_equal(frame.session, session);
		assert_int_equal(frame.sequence, i);
		assert_int_equal(frame.type, rows[i].type);
		assert_int_equal(frame.n_payload, rows[i].n);
		assert_memory_equal(frame.payload, rows[i].payload, rows[i].n);
	}
	int r = 0;
	for (int i = 0; i < 1000 && r == 0; i++) {
		hear_hello();
		r = agent_link_ask_hello(link);
	}
	assert_int_equal(r, -EBUSY); /* nothing is sent */
	agent_link_free(link);
	link = agent_link_new(false);
	hear_hello();
	assert_int_equal(agent_link_ask_hello(link), -ENOTSUP);
}

/* Its prompt, or a program, would take them for what is typed. */
UNIT_TEST(an_agent_that_was_stopped_is_left_alone)
{
	hear_hello();
	for (int i = 0; i < 20; i++) {
		assert_int_equal(agent_link_ask_snapshot(link, false), i < 2 ? 0 : -EBUSY);
		if (i < 2)
			asked();
	}
	assert_nothing_asked();
	hear_hello();
	assert_int_equal(agent_link_ask_snapshot(link, false), 0);
}

/* Ctrl-C would interrupt the program there, and an LF come as a CR. */
UNIT_TEST(a_console_takes_nothing_of_a_request)
{
	static const uint8_t acted_on[] = { 1, 2, 3, 4, 5, '\n', '\r', 17, 19, 26, 28 };
	size_t n_masked = 0;

	for (uint32_t i = 0; i < 20000; i++) {
		hear_hello();
		uint64_t address = 0x0a030a03u * (uint64_t)i;
		size_t n, at = 0;
		assert_int_equal(i % 2 ? agent_link_ask_memory(link, address, 3) : agent_link_ask_period(link, i), 0);
		const uint8_t *bytes = agent_link_outbox(link, &n);
		for (size_t k = 0; k < sizeof(acted_on); k++)
			assert_null(memchr(bytes, acted_on[k], n));
		n_masked += bytes[1] >= 0x80;
		struct wire_frame frame = asked();
		assert_u64_equal(wire_varint(&frame, &at), i % 2 ? address : i);
		assert_nothing_asked();
	}
	assert_true(n_masked > 1000 && n_masked < 19000);
}

UNIT_TEST(who_joins_late_asks_who_is_there)
{
	struct tx_snapshot s = key;

	s.flags |= WIRE_HAS_REQUESTS;
	tx_snapshot(&tx, &s);
	give(1);
	assert_int_equal(asked().type, WIRE_ASK_HELLO);
	s.number = 1;
	tx_snapshot(&tx, &s);
	give(2);
	assert_nothing_asked(); /* once */
	hello(WIRE_TAKES_REQUESTS, 100);
	s.number = 2;
	tx_snapshot(&tx, &s);
	give(3);
	assert_nothing_asked();
}

/* Memory goes only to the caller that asked for it. */
UNIT_TEST(memory_that_was_asked_for)
{
	struct agent_item item;

	hello(WIRE_TAKES_REQUESTS | WIRE_CAN_READ, 100);
	tx_frame(&tx, WIRE_MEMORY, "\x10xyz", 4);
	give(1);
	agent_link_ask_memory(link, 16, 3);
	tx_frame(&tx, WIRE_MEMORY, "\x10xyz", 4);
	agent_link_feed(link, tx.out.text, tx.out.n_bytes, 1);
	assert_int_equal(agent_link_next(link, &item), AGENT_MEMORY);
	assert_u64_equal(item.address, 16);
	assert_int_equal(item.n_bytes, 3);
	assert_memory_equal(item.text, "xyz", 3);
	take();
}

/* It comes in frames of 96 bytes, and what a held program is known by before. */
UNIT_TEST(memory_of_a_held_program)
{
	struct wire_frame frame;
	struct agent_item item;
	uint8_t part[1 + WIRE_MEMORY_MAX_BYTES] = { 16 };

	hello(WIRE_TAKES_REQUESTS | WIRE_CAN_READ | WIRE_CAN_HOLD, 100);
	give(1);
	agent_link_ask_hold(link, 500);
	frame = asked();
	assert_int_equal(frame.type, WIRE_HOLD);
	assert_memory_equal(frame.payload, "\xf4\x03", 2);
	tx_frame(&tx, WIRE_HELD, "\x09\x01\x02\x03\x06\x07\x40\x81\x01", 9);
	agent_link_feed(link, tx.out.text, tx.out.n_bytes, 1);
	assert_int_equal(agent_link_next(link, &item), AGENT_HELD);
	assert_int_equal(item.held.number, 9);
	assert_u64_equal(item.held.id_modules, 1);
	assert_u64_equal(item.held.id_none, 6);
	assert_u64_equal(item.held.used_bytes, 64);
	assert_u64_equal(item.held.stack_pointer, 129);
	take();
	strbuf_reset(&tx.out);
	agent_link_ask_memory(link, 16, 2 * WIRE_MEMORY_MAX_BYTES);
	tx_frame(&tx, WIRE_MEMORY, part, sizeof(part));
	part[0] += WIRE_MEMORY_MAX_BYTES;
	tx_frame(&tx, WIRE_MEMORY, part, sizeof(part));
	agent_link_feed(link, tx.out.text, tx.out.n_bytes, 1);
	for (unsigned n = 0; n < 2; n++) {
		assert_int_equal(agent_link_next(link, &item), AGENT_MEMORY);
		assert_u64_equal(item.address, 16 + n * WIRE_MEMORY_MAX_BYTES);
		assert_int_equal(item.n_bytes, WIRE_MEMORY_MAX_BYTES);
	}
	take();
}

/* An echo of what was asked is no frame of the board's. */
UNIT_TEST(an_echo_is_nothing)
{
	struct tx_snapshot s = key;
	size_t n;

	hello(WIRE_TAKES_REQUESTS, 100);
	tx_snapshot(&tx, &s);
	give(1);
	agent_link_ask_hello(link);
	const uint8_t *bytes = agent_link_outbox(link, &n);
	strbuf_add(&tx.out, bytes, n);
	s.number = 1;
	tx_snapshot(&tx, &s);
	size_t n_before = n_kept;
	give(2);
	assert_int_equal(n_kept, n_before + 1);
	last(EVENT_SNAPSHOT);
	assert_int_equal(text.n_bytes, 0);
}

UNIT_TEST(what_is_held_has_a_deadline)
{
	assert_u64_equal(agent_link_deadline(link), NOT_KNOWN);
	strbuf_puts(&tx.out, "abc mp");
	give(1000);
	assert_string_equal(strbuf_text(&text), "abc ");
	assert_u64_equal(agent_link_deadline(link), 81000);
	agent_link_tick(link, 80999);
	take();
	assert_string_equal(strbuf_text(&text), "abc ");
	agent_link_tick(link, 81000);
	take();
	assert_string_equal(strbuf_text(&text), "abc mp");
	assert_u64_equal(agent_link_deadline(link), NOT_KNOWN);
}

/* A program may stop its agent and start it again: the same heap, and no reset. */
UNIT_TEST(a_reset_is_where_the_clock_began_anew)
{
	struct tx_snapshot s = key;

	for (uint8_t i = 0; i < 3; i++) {
		tx.session = (uint8_t)(20 + i);
		tx.sequence = 0;
		s.at_ms = i < 2 ? 5000 + i : 100;
		hello(0, 100);
		tx_snapshot(&tx, &s);
		give(i);
	}
	static const enum event_kind kinds[] = { EVENT_HELLO, EVENT_SNAPSHOT, EVENT_HELLO,   EVENT_SNAPSHOT,
						 EVENT_HELLO, EVENT_RESET,    EVENT_SNAPSHOT };
	assert_int_equal(n_kept, ARRAY_SIZE(kinds));
	for (size_t i = 0; i < n_kept; i++)
		assert_int_equal(kept[i].kind, kinds[i]);
}

/* Five snapshots, a second apart, that waited in a buffer; and the next ones, as they come. */
UNIT_TEST(frames_that_waited_keep_their_distances)
{
	struct tx_snapshot s = key;
	uint64_t first_us = 300;

	s.at_ms = 60000;
	for (uint64_t i = 0; i < 5; i++, s.at_ms += 1000) {
		tx_snapshot(&tx, &s);
		if (i == 2) /* in two reads */
			give(300);
	}
	strbuf_puts(&tx.out, "mp");
	give(700);
	assert_int_equal(n_kept, 5);
	for (uint64_t i = 0; i < n_kept; i++)
		assert_u64_equal(kept[i].at_us, first_us + i * 1000000);
	assert_u64_equal(agent_link_deadline(link), first_us + 4000000 + 80000);
	tx_snapshot(&tx, &s); /* later ones: of the host's clock, whatever the board's does */
	give(5100000);
	s.at_ms += 3600000;
	tx_snapshot(&tx, &s);
	give(6100000);
	assert_u64_equal(kept[5].at_us, 5100000);
	assert_u64_equal(kept[6].at_us, 6100000);
	agent_link_reset(link); /* another board, which has waited too */
	n_kept = 0;
	for (uint64_t i = 0; i < 2; i++, s.at_ms += 250)
		tx_snapshot(&tx, &s);
	give(9000000);
	assert_u64_equal(kept[0].at_us, 9000000);
	assert_u64_equal(kept[1].at_us, 9250000);
}

UNIT_TEST(after_a_reset_nothing_is_known)
{
	struct tx_snapshot s = key;

	hello(WIRE_TAKES_REQUESTS, 100);
	tx_snapshot(&tx, &s);
	give(1);
	agent_link_ask_hello(link);
	agent_link_reset(link);
	take();
	assert_false(agent_link_heard(link));
	assert_null(agent_link_hello(link));
	assert_nothing_asked();
	s.number = 1;
	s.flags = 0;
	s.before = codes;
	size_t n_before = n_kept;
	tx_snapshot(&tx, &s); /* its rows are those of a board that is no more */
	give(2);
	assert_int_equal(n_kept, n_before + 1);
	assert_u64_equal(last(EVENT_LOST)->lost.n_snapshots, 1);
}

/* More blocks than memprof keeps, in one pool or in all of them together: not taken, and reported. */
UNIT_TEST(too_large_a_heap)
{
	struct strbuf p = STRBUF_INIT;

	for (uint32_t pool = 0; pool < 2; pool++) {
		if (pool > 0) {
			tx_frame(&tx, WIRE_POOL, "\1\1\0\0\0\20x", 7);
		}
		tx_frame(&tx, WIRE_BEGIN, pool ? "\1\0\0\1\0\20\1\0\0" : "\0\0\0\1\0\20\1\0\0", 9);
		for (uint32_t i = 0; i < 2; i++) {
			tx_u8(&p, (uint8_t)pool);
			tx_u8(&p, 0);
			tx_varint(&p, i + 1);
			tx_varint(&p, 0);
			tx_u8(&p, 0);
			tx_varint(&p, 0x1000);
			tx_varint(&p, i == 0 && pool == 0 ? HEAP_BLOCKS_MAX + 1u : (uint32_t)HEAP_BLOCKS_MAX);
			tx_send(&tx, WIRE_AREA, &p);
		}
	}
	give(1);
	agent_link_finish(link);
	take();
	assert_u64_equal(last(EVENT_LOST)->lost.n_frames, 3); /* the first, and both of the second pool */
}

UNIT_TEST(samples_and_names_are_asked_for)
{
	struct wire_frame frame;
	struct agent_item item;

	hello(WIRE_CAN_SITES, 100);
	give(1);
	assert_int_equal(agent_link_ask_sites(link, 1024, 5000), -ENOTSUP);
	hello(WIRE_TAKES_REQUESTS | WIRE_CAN_SITES, 100);
	give(1);
	assert_int_equal(agent_link_ask_sites(link, 1024, 5000), 0);
	frame = asked();
	assert_int_equal(frame.type, WIRE_SET_SITES);
	assert_memory_equal(frame.payload, "\x80\x08\x88\x27", 4);
	tx_frame(&tx, WIRE_SITES, "\x80\x08\x88\x27\x01", 5);
	tx_frame(&tx, WIRE_SITES, "\x80\x08\x88\x27", 4); /* cut */
	tx_frame(&tx, WIRE_NAME, "\xac\x02work", 6);
	agent_link_feed(link, tx.out.text, tx.out.n_bytes, 1);
	assert_int_equal(agent_link_next(link, &item), AGENT_EVENT);
	assert_int_equal(item.event.kind, EVENT_SITES);
	assert_u64_equal(item.event.sites.step_bytes, 1024);
	assert_u64_equal(item.event.sites.keep_ms, 5000);
	assert_true(item.event.sites.waits);
	do
		assert_int_equal(agent_link_next(link, &item), AGENT_EVENT);
	while (item.event.kind == EVENT_LOST);
	assert_int_equal(item.event.kind, EVENT_SITE_NAME);
	assert_int_equal(item.event.site_name.number, 300);
	assert_int_equal(item.event.site_name.text.n_bytes, 4);
	assert_memory_equal(item.event.site_name.text.bytes, "work", 4);
	take();
	strbuf_reset(&tx.out);
	assert_int_equal(agent_link_ask_name(link, 300), 0);
	frame = asked();
	assert_int_equal(frame.type, WIRE_ASK_NAME);
	assert_memory_equal(frame.payload, "\xac\x02", 2);
}
