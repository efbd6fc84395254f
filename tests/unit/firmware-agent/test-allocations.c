/* extra/allocations.c and extra/last_words.c, held to the test's own counts. */
#include "memprof/allocations.h"

#include "agent_board.h"
#include "unit.h"

enum { POOL = 3, LARGE_BYTES = 1000, CALLER = 0x8001235, N_LIVE = 64 };

static struct memprof_agent agent;
static struct memprof_allocations heap;
static struct memprof_allocator allocator;
static uint32_t ms;
static uintptr_t free_now, largest_now;
static const char *task_now;

static uint32_t now_ms(void) { return ms; }
static uintptr_t free_bytes(void) { return free_now; }
static uintptr_t largest_free(void) { return largest_now; }
static const char *task(void) { return task_now; }

UNIT_BEFORE(set_up)
{
	board_reset();
	memprof_start(&agent, &board_port, 7, NULL, 0);
	wire_rx_clear(&board.rx);
	ms = 5000;
	memset(&heap, 0, sizeof(heap));
	allocator = (struct memprof_allocator){ .pool = POOL, .large_bytes = LARGE_BYTES, .now_ms = now_ms };
	memprof_allocations_start(&heap, &allocator);
}

UNIT_AFTER(tear_down) { board_tear_down(); }

/* What a window has, as the wire has it. */
struct message {
	uint64_t pool, at_ms, window_ms, mask, values[WIRE_N_WINDOW];
	uint64_t n_sizes, sizes[WIRE_N_SIZES];
};

static bool find_message(uint32_t i, struct message *ret)
{
	const struct wire_frame *frame = wire_find(&board.rx, WIRE_ALLOCATIONS, i);
	size_t at = 1;

	memset(ret, 0, sizeof(*ret));
	if (!frame)
		return false;
	ret->pool = frame->payload[0];
	ret->at_ms = wire_varint(frame, &at);
	ret->window_ms = wire_varint(frame, &at);
	ret->mask = wire_varint(frame, &at);
	for (uint32_t bit = 0; bit < WIRE_N_WINDOW; bit++)
		if (ret->mask >> bit & 1)
			ret->values[bit] = wire_varint(frame, &at);
	ret->n_sizes = wire_varint(frame, &at);
	assert_true(ret->n_sizes <= WIRE_N_SIZES);
	for (uint64_t size = 0; size < ret->n_sizes; size++)
		ret->sizes[size] = wire_varint(frame, &at);
	assert_int_equal(at, frame->n_payload);
	return true;
}

static uint64_t value(const struct message *message, enum wire_window which)
{
	for (uint32_t bit = 0; bit < WIRE_N_WINDOW; bit++)
		if ((uint32_t)which == 1u << bit)
			return message->mask >> bit & 1 ? message->values[bit] : UINT64_MAX;
	return UINT64_MAX;
}

UNIT_TEST(nothing_is_sent_of_nothing)
{
	static struct memprof_allocations not_started;

	memprof_allocated(&not_started, 2000, 2000, CALLER);
	memprof_freed(&not_started, 1);
	memprof_allocation_failed(&not_started, 4, CALLER);
	assert_null(memprof_last_failure(&not_started));
	memprof_send_allocations(&agent, &not_started);
	memprof_send_failures(&agent, &not_started);
	memprof_send_allocations(&agent, &heap);
	memprof_send_failures(&agent, &heap);
	assert_int_equal(board.rx.n_frames, 0);
}

UNIT_TEST(sizes_are_counted_by_class)
{
	static const struct {
		uintptr_t n_bytes;
		uint32_t class;
	} sizes[] = { { 0, 0 },    { 1, 0 },    { 8, 0 },       { 9, 1 },       { 16, 1 },        { 17, 2 },
		      { 1024, 7 }, { 1025, 8 }, { 131072, 14 }, { 131073, 15 }, { 100000000, 15 } };
	struct message message;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memprof_allocated(&heap, sizes[i].n_bytes, 0, 0);
		memprof_send_allocations(&agent, &heap);
		assert_true(find_message((uint32_t)i, &message));
		assert_u64_equal(message.n_sizes, sizes[i].class + 1);
		assert_u64_equal(message.sizes[sizes[i].class], 1);
	}
}

/* No sum is better than one that has begun again. */
UNIT_TEST(a_sum_that_is_too_large_is_not_sent)
{
	struct message message;

	memprof_allocated(&heap, UINTPTR_MAX - 9, 0, 0);
	memprof_allocated(&heap, 10, 0, 0);
	memprof_send_allocations(&agent, &heap);
	assert_true(find_message(0, &message));
	assert_u64_equal(value(&message, WIRE_WINDOW_ALLOCATIONS), 2);
	assert_u64_equal(value(&message, WIRE_WINDOW_ALLOCATED_BYTES), UINT64_MAX);
}

/* A count of a class stops at its greatest value; the frame of the longest message still fits. */
UNIT_TEST(the_longest_message_fits)
{
	struct message message;

	allocator.free_bytes = free_bytes;
	free_now = UINT32_MAX;
	for (uint32_t i = 0; i < WIRE_N_SIZES; i++)
		for (uint32_t n = 0; n < 65600; n++)
			memprof_allocated(&heap, (uintptr_t)8 << i, (uintptr_t)8 << i, 0);
	ms = UINT32_MAX;
	memprof_send_allocations(&agent, &heap);
	assert_true(find_message(0, &message));
	for (uint32_t i = 0; i < WIRE_N_SIZES; i++)
		assert_u64_equal(message.sizes[i], 65535);
	assert_u64_equal(value(&message, WIRE_WINDOW_ALLOCATIONS), 65600 * 16);
}

/* Windows of a random program, some of which the channel does not take, add up to what it did. */
UNIT_TEST(windows_add_up)
{
	uintptr_t live[N_LIVE] = { 0 }, used = 0, least = 0, most = 0, least_free_now = UINTPTR_MAX;
	uint64_t n_allocations = 0, n_frees = 0, n_failures = 0, allocated = 0, freed = 0, n_large = 0;
	uint64_t sizes[WIRE_N_SIZES] = { 0 };
	uint32_t random = 1, n_messages = 0, begin_ms = ms;
	struct message message;

	allocator.free_bytes = free_bytes;
	for (int step = 0; step < 20000; step++) {
		uint32_t i = next_random(&random) % N_LIVE,
			 n_bytes = next_random(&random) % (1u << next_random(&random) % 14);
		uint32_t class = 0;

		while (class < WIRE_N_SIZES - 1 && n_bytes > 8u << class)
			class ++;
		ms += next_random(&random) % 5;
		if (live[i]) {
			memprof_freed(&heap, live[i]);
			n_frees++;
			freed += live[i];
			used -= live[i];
			live[i] = 0;
		} else if (next_random(&random) % 8 == 0) {
			memprof_allocation_failed(&heap, n_bytes, CALLER);
			n_failures++;
			sizes[class]++;
		} else {
			live[i] = (n_bytes + 11) & ~(uintptr_t)7;
			used += live[i];
			free_now = 1000000 - used;
			memprof_allocated(&heap, n_bytes, live[i], CALLER);
			n_allocations++;
			allocated += n_bytes;
			n_large += n_bytes >= LARGE_BYTES;
			sizes[class]++;
			least_free_now = free_now < least_free_now ? free_now : least_free_now;
		}
		least = used < least ? used : least;
		most = used > most ? used : most;
		if (next_random(&random) % 50)
			continue;
		bool refused = next_random(&random) % 3 == 0;
		board.refuse_from = refused ? board.n_writes : UINT64_MAX;
		board.refuse_to = UINT64_MAX;
		memprof_send_allocations(&agent, &heap);
		assert_int_equal(find_message(n_messages, &message), !refused);
		if (refused)
			continue;
		n_messages++;
		assert_u64_equal(message.pool, POOL);
		assert_u64_equal(message.at_ms, ms);
		assert_u64_equal(message.window_ms, ms - begin_ms);
		assert_u64_equal(value(&message, WIRE_WINDOW_ALLOCATIONS), n_allocations);
		assert_u64_equal(value(&message, WIRE_WINDOW_ALLOCATED_BYTES), allocated);
		assert_u64_equal(value(&message, WIRE_WINDOW_FREES), n_frees);
		assert_u64_equal(value(&message, WIRE_WINDOW_FREED_BYTES), freed);
		assert_u64_equal(value(&message, WIRE_WINDOW_FAILURES), n_failures);
		assert_u64_equal(value(&message, WIRE_WINDOW_LARGE), n_large);
		assert_u64_equal(value(&message, WIRE_WINDOW_LEAST_USED), least);
		assert_u64_equal(value(&message, WIRE_WINDOW_MOST_USED), most);
		assert_u64_equal(value(&message, WIRE_WINDOW_LEAST_FREE),
				 n_allocations ? (uint64_t)least_free_now : UINT64_MAX);
		for (uint32_t size = 0; size < WIRE_N_SIZES; size++)
			assert_u64_equal(message.sizes[size], sizes[size]);
		n_allocations = n_frees = n_failures = allocated = freed = n_large = 0;
		memset(sizes, 0, sizeof(sizes));
		least = most = used;
		least_free_now = UINTPTR_MAX;
		begin_ms = ms;
	}
	assert_true(n_messages > 100);
}

/* An EVENT: its fields after the time, up to the text. */
static uint64_t event_field(uint32_t i_event, uint32_t i_field)
{
	const struct wire_frame *frame = wire_find(&board.rx, WIRE_EVENT, i_event);
	size_t at = 1;
	uint64_t field;

	assert_non_null(frame);
	field = wire_varint(frame, &at);
	while (i_field--)
		field = wire_varint(frame, &at);
	return field;
}

static void assert_task(uint32_t i_event, const char *name)
{
	const struct wire_frame *frame = wire_find(&board.rx, WIRE_EVENT, i_event);
	size_t n = strlen(name);

	assert_non_null(frame);
	assert_true(frame->n_payload > n);
	assert_memory_equal(frame->payload + frame->n_payload - n, name, n);
	assert_int_equal(frame->payload[frame->n_payload - n - 1], n);
}

UNIT_TEST(failures_have_all_that_is_known)
{
	memprof_allocation_failed(&heap, 4096, 0);
	allocator.largest_free = largest_free;
	allocator.task = task;
	largest_now = 1728;
	task_now = "a task of a long name";
	ms = 6000;
	memprof_allocation_failed(&heap, 4097, CALLER);
	assert_u64_equal(memprof_last_failure(&heap)->n_bytes, 4097);
	memprof_send_failures(&agent, &heap);
	assert_int_equal(board.rx.n_frames, 2);
	assert_int_equal(wire_find(&board.rx, WIRE_EVENT, 0)->payload[0], WIRE_FAILED);
	assert_u64_equal(event_field(0, 0), 5000);
	assert_u64_equal(event_field(0, 1), POOL);
	assert_u64_equal(event_field(0, 2), 4096);
	assert_u64_equal(event_field(0, 3), 0);
	assert_u64_equal(event_field(0, 4), 0);
	assert_u64_equal(event_field(0, 5), 0); /* length of the name */
	assert_u64_equal(event_field(1, 0), 6000);
	assert_u64_equal(event_field(1, 2), 4097);
	assert_u64_equal(event_field(1, 3), CALLER);
	assert_u64_equal(event_field(1, 4), 1728);
	assert_task(1, "a task of a lon");
	memprof_send_failures(&agent, &heap);
	assert_int_equal(board.rx.n_frames, 2);
}

/* Rings keep the last ones, and what was not taken. */
UNIT_TEST(the_last_ones_are_sent_once)
{
	for (uint32_t i = 0; i < 10; i++) {
		ms++;
		memprof_allocation_failed(&heap, 10 + i, CALLER);
		memprof_allocated(&heap, LARGE_BYTES - 1 + i, 8, CALLER + i);
	}
	board.refuse_from = board.n_writes + 3;
	board.refuse_to = UINT64_MAX;
	memprof_send_failures(&agent, &heap); /* three large requests get through */
	assert_int_equal(board.rx.n_frames, 3);
	board.refuse_from = UINT64_MAX;
	memprof_send_failures(&agent, &heap);
	assert_int_equal(board.rx.n_frames, MEMPROF_FAILURES + MEMPROF_LARGE);
	for (uint32_t i = 0; i < MEMPROF_FAILURES; i++)
		assert_u64_equal(event_field(MEMPROF_LARGE + i, 2), 20 - MEMPROF_FAILURES + i);
	for (uint32_t i = 0; i < MEMPROF_LARGE; i++) {
		uint32_t of = 10 - MEMPROF_LARGE + i;
		assert_int_equal(wire_find(&board.rx, WIRE_EVENT, i)->payload[0], WIRE_LARGE);
		assert_u64_equal(event_field(i, 0), 5001 + of);
		assert_u64_equal(event_field(i, 2), LARGE_BYTES - 1 + of);
		assert_u64_equal(event_field(i, 3), CALLER + of);
	}
}

UNIT_TEST(no_request_is_large_without_a_threshold)
{
	allocator.large_bytes = 0;
	memprof_allocated(&heap, 100000, 8, CALLER);
	memprof_send_failures(&agent, &heap);
	assert_int_equal(board.rx.n_frames, 0);
}

/* ---- last words ---- */

static const struct memprof_failure failure = { 12345, 4096, CALLER, 1728, "http" };

/* What the next run sends. */
static uint32_t n_after_reset(struct memprof_last_words *words)
{
	wire_rx_clear(&board.rx);
	memprof_last_words_begin(words);
	memprof_send_last_words(&agent, words);
	return (uint32_t)board.rx.n_frames;
}

UNIT_TEST(last_words_come_after_the_reset)
{
	struct memprof_last_words words;

	assert_true(sizeof(words) <= 200);
	memset(&words, 0xa5, sizeof(words)); /* cold RAM */
	assert_int_equal(n_after_reset(&words), 0);
	memprof_last_words_failed(&words, POOL, &(struct memprof_failure){ 1, 2, 3, 4, "" });
	memprof_last_words_failed(&words, POOL, &failure);
	memprof_send_last_words(&agent, &words); /* of this run: not yet */
	assert_int_equal(board.rx.n_frames, 0);
	assert_int_equal(n_after_reset(&words), 1);
	assert_int_equal(wire_find(&board.rx, WIRE_EVENT, 0)->payload[0], WIRE_LAST_WORDS);
	assert_u64_equal(event_field(0, 1), 12345);
	assert_u64_equal(event_field(0, 2), POOL);
	assert_u64_equal(event_field(0, 3), 4096);
	assert_u64_equal(event_field(0, 4), 1728);
	assert_u64_equal(event_field(0, 5), CALLER);
	assert_u64_equal(event_field(0, 6), 0);
	assert_task(0, "http");
	memprof_send_last_words(&agent, &words); /* with each HELLO */
	assert_int_equal(board.rx.n_frames, 2);
	assert_int_equal(n_after_reset(&words), 0); /* that run left none */
}

UNIT_TEST(a_fault_is_kept_beside_the_failure)
{
	struct memprof_last_words words = { 0 };

	memprof_last_words_begin(&words);
	memprof_last_words_fault(&words, 777, 0x1236, "radio");
	assert_int_equal(n_after_reset(&words), 1);
	assert_u64_equal(event_field(0, 1), 777);
	assert_u64_equal(event_field(0, 3), 0);
	assert_u64_equal(event_field(0, 6), 0x1236);
	assert_task(0, "radio");
	memprof_last_words_failed(&words, POOL, &failure);
	memprof_last_words_fault(&words, 99999, 0x1238, "radio");
	assert_int_equal(n_after_reset(&words), 1);
	assert_u64_equal(event_field(0, 1), 12345);
	assert_u64_equal(event_field(0, 3), 4096);
	assert_u64_equal(event_field(0, 6), 0x1238);
	assert_task(0, "http");
}

UNIT_TEST(damaged_words_are_not_sent)
{
	struct memprof_last_words words = { 0 };

	for (size_t i = 0; i < sizeof(words.now) * 8; i++) {
		memprof_last_words_begin(&words);
		memprof_last_words_failed(&words, POOL, &failure);
		((uint8_t *)&words.now)[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_int_equal(n_after_reset(&words), 0);
	}
}
