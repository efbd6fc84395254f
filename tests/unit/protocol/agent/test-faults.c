/* The agent's core on one side, the host's link on the other, and a channel between them that flips, loses, repeats and
 * inserts bytes, or a board that is reset while it speaks. Whatever happens, what is shown is what the board had. */

#include "agent_board.h"
#include "memprof/agent.h"
#include "memprof/model/heap.h"
#include "memprof/protocol/agent_link.h"
#include "unit.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifdef SANITIZED
enum { N_FRAMES_EACH = 10000 };
#else
enum { N_FRAMES_EACH = 180000 }; /* of each of the faults: a million of all */
#endif

enum { N_TRUTHS = 16, N_BLOCKS = 4000, N_AREA_BLOCKS = 3000, N_AREAS = 2, USB_BYTES = 64, ROWS_MAX = 512 };

struct faults {
	double flipped;           /* of the bits */
	double lost;              /* of the bytes */
	double inserted;          /* texts between bytes */
	double repeated, dropped; /* packets of USB */
	double reset;             /* snapshots in which the board is reset */
	bool takes_requests;
	uint32_t period_ms;
};

/* What the board had when it sent a snapshot. */
struct truth {
	uint64_t n; /* which one: the C stack says it */
	uint8_t kinds[N_BLOCKS];
};

static struct sim {
	struct faults faults;
	uint32_t random;
	struct memprof_agent agent;
	uint16_t rows[ROWS_MAX];
	struct agent_link *link;
	struct strbuf sent, received;
	struct truth truths[N_TRUTHS];
	uint64_t n_snapshots, n_frames, n_events, n_resets;
	uint64_t earlier_us; /* that the board ran before its last reset */
	/* what was shown */
	uint64_t last_shown, last_mark, last_failed, n_shown, n_marks, n_told_resets;
	uint64_t n_lost_frames, n_lost_snapshots, longest_ms, shown_at_ms;
	uint64_t n_rows_asked;
} sim;

/* ---- the board ---- */

static bool take_frame(const uint8_t *frame, size_t n_bytes)
{
	strbuf_add(&sim.sent, frame, n_bytes);
	sim.n_frames++;
	return true;
}

static double chance(void) { return next_random(&sim.random) / 4294967296.0; }

static void change_heap(void)
{
	for (uint32_t n = next_random(&sim.random) % 12; n > 0; n--) {
		uint32_t i = next_random(&sim.random) % N_AREAS, n_blocks = board.areas[i].area.n_blocks;
		uint32_t at = next_random(&sim.random) % n_blocks, n_object = 1 + next_random(&sim.random) % 20;
		bool is_free = next_random(&sim.random) & 1;
		for (uint32_t k = 0; k < n_object && at + k < n_blocks; k++)
			board_set(i, at + k,
				  is_free ? WIRE_FREE :
				  k       ? WIRE_TAIL :
					    (uint8_t)(WIRE_HEAD + next_random(&sim.random) % (WIRE_N_CODES - WIRE_HEAD)));
	}
}

static void keep_truth(void)
{
	static const char kinds[] = ".=hmTLDSAFBMh";
	struct truth *t = &sim.truths[++sim.n_snapshots % N_TRUTHS];
	uint8_t *at = t->kinds;

	t->n = board.stack_used = (uint32_t)sim.n_snapshots;
	for (uint32_t i = 0; i < N_AREAS; i++)
		for (uint32_t k = 0; k < board.areas[i].area.n_blocks; k++)
			*at++ = (uint8_t)kinds[board.areas[i].codes[k]];
}

static void start_board(void)
{
	board.n_areas = 0;
	board_area(0, 0x20001000, N_AREA_BLOCKS);
	board_area(1, 0x60000000, N_BLOCKS - N_AREA_BLOCKS);
	for (uint32_t i = 0; i < N_AREAS; i++)
		board_fill(i, &sim.random, 128);
	memset(sim.rows, 0, sizeof(sim.rows));
	memprof_start(&sim.agent, &board_port, (uint8_t)(sim.agent.session + 1), sim.rows, ROWS_MAX);
	memprof_period(&sim.agent, sim.faults.period_ms);
}

/* One period of the board. */
static void speak(void)
{
	uint64_t n = ++sim.n_events;
	char label[24];

	board.now_us += sim.faults.period_ms * 1000;
	change_heap();
	snprintf(label, sizeof(label), "%llu", (unsigned long long)n);
	memprof_mark(&sim.agent, label, strlen(label));
	if (n % 3 == 0)
		memprof_failed(&sim.agent, board.now_us / 1000, 0, (uint32_t)n);
	keep_truth();
	assert_true(memprof_snapshot(&sim.agent, false));
}

/* Does what it is asked; frames of the host come whole, or not at all. */
static void hear(void)
{
	size_t n_bytes;
	const uint8_t *bytes = agent_link_outbox(sim.link, &n_bytes);
	struct wire_frame frame;

	for (size_t at = 0, n; at < n_bytes; at += n) {
		const uint8_t *end = memchr(bytes + at + 1, 0, n_bytes - at - 1);
		assert_non_null(end);
		n = (size_t)(end - (bytes + at)) + 1;
		assert_true(wire_parse(bytes + at, n, &frame));
		if (chance() < sim.faults.flipped * 8 * (double)n)
			continue;
		if (frame.type == WIRE_ASK_SNAPSHOT && frame.payload[0] == WIRE_KEY)
			memprof_force_key(&sim.agent);
		if (frame.type == WIRE_ASK_HELLO)
			sim.agent.until_hello = 0;
		size_t k = 1;
		while (frame.type == WIRE_ASK_ROWS && k < frame.n_payload) {
			uint64_t area = wire_varint(&frame, &k), first = wire_varint(&frame, &k),
				 n_rows = wire_varint(&frame, &k);
			assert_true(frame.payload[0] == 0 && area < N_AREAS && n_rows > 0);
			first += area ? (N_AREA_BLOCKS + 63) / 64 : 0;
			memprof_force_rows(&sim.agent, (uint32_t)first, (uint32_t)n_rows);
			sim.n_rows_asked += n_rows;
		}
	}
	agent_link_sent(sim.link, n_bytes);
}

/* ---- the channel ---- */

static void flip_and_lose(const uint8_t *bytes, size_t n_bytes)
{
	static const char *const texts[] = { ">>> ", "hello\r\n", "\0", "mp$",
					     "Traceback (most recent call last):\r\n" };

	for (size_t i = 0; i < n_bytes; i++) {
		uint8_t byte = bytes[i];
		for (int bit = 0; bit < 8 && sim.faults.flipped > 0; bit++)
			byte ^= (uint8_t)((chance() < sim.faults.flipped) << bit);
		if (chance() < sim.faults.inserted) {
			const char *text = texts[next_random(&sim.random) % ARRAY_SIZE(texts)];
			strbuf_add(&sim.received, text, strlen(text) + (*text == '\0'));
		}
		if (chance() >= sim.faults.lost)
			strbuf_putc(&sim.received, (char)byte);
	}
}

static void carry(void)
{
	const uint8_t *bytes = (const uint8_t *)strbuf_text(&sim.sent);

	for (size_t at = 0, n; at < sim.sent.n_bytes; at += n) {
		n = MIN(sim.sent.n_bytes - at, (size_t)USB_BYTES);
		if (chance() < sim.faults.dropped)
			continue;
		for (int n_times = 1 + (chance() < sim.faults.repeated); n_times > 0; n_times--)
			flip_and_lose(bytes + at, n);
	}
	strbuf_reset(&sim.sent);
}

/* ---- the host ---- */

static uint64_t host_us(void) { return sim.earlier_us + board.now_us; }

static void check_snapshot(const struct event *event)
{
	const struct heap *heap = event->snapshot.heap;
	const struct truth *truth = &sim.truths[heap->stack_used_bytes % N_TRUTHS];
	uint32_t n = 0;

	assert_int_equal(heap_check(heap), 0);
	assert_int_equal(heap->n_pools, 1);
	assert_true(heap->stack_used_bytes > sim.last_shown);
	assert_int_equal(heap->stack_used_bytes, truth->n);
	sim.last_shown = truth->n;
	assert_int_equal(heap->pools[0].n_areas, N_AREAS);
	assert_int_equal(heap->pools[0].n_blocks, N_BLOCKS);
	for (uint32_t i = 0; i < N_AREAS; i++) {
		const struct heap_area *area = &heap->pools[0].areas[i];
		assert_int_equal(area->base, board.areas[i].area.address);
		assert_memory_equal(area->kinds, truth->kinds + n, area->n_blocks);
		n += area->n_blocks;
	}
	sim.n_shown++;
	sim.longest_ms = MAX(sim.longest_ms, host_us() / 1000 - sim.shown_at_ms);
	sim.shown_at_ms = host_us() / 1000;
}

static void check_event(const struct event *event)
{
	char label[24] = "";
	uint64_t n;

	switch (event->kind) {
	case EVENT_SNAPSHOT:
		check_snapshot(event);
		break;
	case EVENT_MARK:
		assert_true(event->mark.n_bytes < sizeof(label));
		memcpy(label, event->mark.bytes, event->mark.n_bytes);
		n = strtoull(label, NULL, 10);
		assert_true(n > sim.last_mark && n <= sim.n_events);
		sim.last_mark = n;
		sim.n_marks++;
		break;
	case EVENT_FAILED:
		n = event->failed.asked_bytes;
		assert_true(n % 3 == 0 && n > sim.last_failed && n <= sim.n_events);
		assert_string_equal(event->failed.pool, "gc");
		sim.last_failed = n;
		break;
	case EVENT_LOST:
		assert_true(event->lost.n_frames + event->lost.n_snapshots + event->lost.n_abandoned > 0);
		sim.n_lost_frames += event->lost.n_frames;
		sim.n_lost_snapshots += event->lost.n_snapshots;
		break;
	case EVENT_RESET:
		assert_true(++sim.n_told_resets <= sim.n_resets);
		break;
	case EVENT_HELLO:
		assert_string_equal(event->hello.firmware, "MicroPython v1.27.0");
		assert_false(event->hello.refused);
		break;
	default:
		fail_msg("an event of kind %d that no board sent", event->kind);
	}
}

static void take_items(void)
{
	struct agent_item item;
	int answer;

	while ((answer = agent_link_next(sim.link, &item)) != AGENT_MORE) {
		assert_true(answer == AGENT_TEXT || answer == AGENT_EVENT);
		if (answer == AGENT_EVENT)
			check_event(&item.event);
	}
}

static void listen(void)
{
	const char *bytes = strbuf_text(&sim.received);

	for (size_t at = 0, n; at < sim.received.n_bytes; at += n) {
		n = 1 + next_random(&sim.random) % 700;
		n = MIN(n, sim.received.n_bytes - at);
		agent_link_feed(sim.link, bytes + at, n, host_us());
		take_items();
	}
	strbuf_reset(&sim.received);
}

/* ---- what is tried ---- */

static void sim_begin(const struct faults *faults, uint32_t seed)
{
	sim = (struct sim){ .faults = *faults, .random = seed, .link = agent_link_new(faults->takes_requests) };
	assert_non_null(sim.link);
	board_reset();
	board_port.write = take_frame;
	board_port.firmware = "MicroPython v1.27.0";
	board_port.abilities |= (uint16_t)(faults->takes_requests ? WIRE_TAKES_REQUESTS : 0);
	start_board();
}

/* A period without a fault. */
static void say_clearly(void)
{
	const struct faults faults = sim.faults;

	sim.faults = (struct faults){ .takes_requests = faults.takes_requests, .period_ms = faults.period_ms };
	speak();
	carry();
	listen();
	sim.faults = faults;
}

/* All that was sent arrived, or is reported as lost, except what a reset discarded. */
static void sim_end(void)
{
	struct agent_link_counts counts;

	say_clearly();
	agent_link_finish(sim.link);
	take_items();
	agent_link_count(sim.link, &counts);
	assert_u64_equal(counts.n_snapshots, sim.n_shown);
	assert_u64_equal(counts.n_lost + counts.n_late, sim.n_lost_frames);
	assert_u64_equal(counts.n_lost_snapshots, sim.n_lost_snapshots);
	uint64_t n_told = counts.n_frames - counts.n_repeated + counts.n_lost;
	assert_true(sim.n_resets > 0 ? n_told <= sim.n_frames : n_told == sim.n_frames);
	agent_link_free(sim.link);
	strbuf_deinit(&sim.sent);
	strbuf_deinit(&sim.received);
	wire_rx_deinit(&board.rx);
	memset(&board.rx, 0, sizeof(board.rx));
}

static void reset_board(void)
{
	sim.sent.n_bytes -= next_random(&sim.random) % MIN(sim.sent.n_bytes, (size_t)800);
	sim.n_resets++;
	carry();
	sim.earlier_us += board.now_us;
	board.now_us = 0; /* its clock begins anew */
	start_board();
}

static void run(const char *name, const struct faults *faults, uint64_t n_frames)
{
	sim_begin(faults, 0x6d656d70);
	say_clearly(); /* losses before the first frame are not known */
	while (sim.n_frames < n_frames) {
		speak();
		if (chance() < faults->reset)
			reset_board();
		carry();
		listen();
		hear();
	}
	print_message("# %s: %llu frames, %llu of %llu snapshots shown, longest wait %llu ms, %llu frames lost\n", name,
		      (unsigned long long)sim.n_frames, (unsigned long long)sim.n_shown,
		      (unsigned long long)sim.n_snapshots, (unsigned long long)sim.longest_ms,
		      (unsigned long long)sim.n_lost_frames);
	assert_true(sim.n_marks > 0);
	sim_end();
}

UNIT_TEST(nothing_happens)
{
	static const struct faults faults = { .takes_requests = true, .period_ms = 100 };

	sim_begin(&faults, 1);
	for (int i = 0; i < 500; i++) {
		speak();
		carry();
		listen();
		hear();
		assert_u64_equal(sim.last_shown, sim.n_snapshots);
	}
	assert_u64_equal(sim.n_lost_frames + sim.n_lost_snapshots + sim.n_rows_asked, 0);
	sim_end();
}

UNIT_TEST(one_bit_in_a_thousand)
{
	static const struct faults faults = { .flipped = 1e-3, .takes_requests = true, .period_ms = 100 };

	run("1e-3", &faults, N_FRAMES_EACH);
	assert_true(sim.n_shown > 0);
}

/* Ten snapshots a second, and never two seconds without one. */
UNIT_TEST(one_bit_in_ten_thousand)
{
	static const struct faults faults = { .flipped = 1e-4, .takes_requests = true, .period_ms = 100 };

	run("1e-4", &faults, N_FRAMES_EACH);
	assert_true(sim.n_shown > sim.n_snapshots / 3);
	assert_true(sim.longest_ms <= 2000);
}

UNIT_TEST(one_bit_in_ten_thousand_and_deaf)
{
	static const struct faults faults = { .flipped = 1e-4, .period_ms = 100 };

	run("1e-4, deaf", &faults, N_FRAMES_EACH);
	assert_true(sim.n_shown > 0);
}

UNIT_TEST(bytes_are_lost_and_texts_come_between)
{
	static const struct faults faults = {
		.lost = 2e-4, .inserted = 1e-3, .takes_requests = true, .period_ms = 100
	};

	run("lost and inserted", &faults, N_FRAMES_EACH);
	assert_true(sim.n_shown > 0);
}

UNIT_TEST(packets_are_repeated_and_dropped)
{
	static const struct faults faults = {
		.repeated = 0.02, .dropped = 0.01, .takes_requests = true, .period_ms = 100
	};

	run("packets", &faults, N_FRAMES_EACH);
	assert_true(sim.n_shown > sim.n_snapshots / 3);
}

UNIT_TEST(the_board_is_reset)
{
	static const struct faults faults = {
		.flipped = 2e-5, .reset = 0.05, .takes_requests = true, .period_ms = 100
	};

	run("resets", &faults, N_FRAMES_EACH);
	assert_true(sim.n_told_resets > sim.n_resets / 2);
}

/* A stream cut at any byte gives the events before that byte. */
UNIT_TEST(the_stream_ends_at_every_byte)
{
	static const struct faults faults = { .period_ms = 100 };

	sim_begin(&faults, 5);
	for (int i = 0; i < 3; i++)
		speak();
	struct strbuf all = sim.sent;
	for (size_t n = 0; n <= all.n_bytes; n++) {
		uint64_t n_shown = sim.n_shown;
		agent_link_free(sim.link);
		sim.link = agent_link_new(false);
		sim.last_shown = sim.last_mark = sim.last_failed = sim.n_shown = 0;
		sim.n_lost_frames = sim.n_lost_snapshots = 0;
		agent_link_feed(sim.link, all.text, n, NOT_KNOWN);
		take_items();
		assert_true(sim.n_shown >= n_shown);
		agent_link_finish(sim.link);
		take_items();
	}
	assert_int_equal(sim.n_shown, 3);
	sim_end();
}
