#include "memprof/sites.h"

#include <math.h>

#include "agent_board.h"
#include "unit.h"

static struct memprof_agent agent;
static struct memprof_sites sites;

UNIT_BEFORE(set_up)
{
	board_reset();
	memprof_start(&agent, &board_port, 7, NULL, 0);
	memset(&sites, 0, sizeof(sites));
	wire_rx_clear(&board.rx);
}

UNIT_AFTER(tear_down) { board_tear_down(); }

static bool take(uintptr_t address)
{
	struct memprof_sample *sample;

	sites.step = 1024;
	sites.random = 1;
	sample = memprof_sites_begin(&sites, address, 64);
	if (!sample)
		return false;
	sample->flags = 1;
	sample->frames[0] = (struct memprof_site_frame){ 1, 2, 3 };
	memprof_sites_end(&sites, sample);
	return true;
}

static size_t count_sent(uint8_t type)
{
	size_t n = 0;

	wire_rx_clear(&board.rx);
	memprof_send_sites(&agent, &sites);
	while (wire_find(&board.rx, type, n))
		n++;
	return n;
}

/* ---- when ---- */

/* The samples of n requests, each scaled by what the host knows of it: as many as there were. */
static void check_share(uint32_t step, uint32_t size, uint32_t n)
{
	double n_estimated = 0, weight = step > 1 ? 1 / (1 - exp(-(double)size / step)) : 1, n_samples = n / weight;

	memprof_sites_start(&sites, step, 12345);
	memprof_sites_begin(&sites, 0, 0);
	for (uint32_t i = 0; i < n; i++)
		if (memprof_sites_counts(&sites, size)) {
			memprof_sites_begin(&sites, 0, size);
			n_estimated += weight;
		}
	if (step == 1)
		assert_true(n_estimated == n);
	if (fabs(n_estimated / n - 1) > 0.01 + 4 / sqrt(n_samples))
		fail_msg("%u requests of %u at a step of %u are %.0f", (unsigned)n, (unsigned)size, (unsigned)step,
			 n_estimated);
}

UNIT_TEST(samples_are_unbiased)
{
	static const uint32_t steps[] = { 1, 16, 100, 1024, 4096, 65536, MEMPROF_SITES_STEP_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		for (uint32_t size = 1; size < 100000; size *= 5)
			check_share(steps[i], size, MIN(20000 * (1 + steps[i] / size), 5000000u));
}

/* A large request takes no more from the smaller ones than its bytes. */
UNIT_TEST(sizes_in_turn)
{
	static const uint32_t sizes[] = { 16, 2000, 48, 48, 512 };
	double estimated[ARRAY_SIZE(sizes)] = { 0 };
	enum { N = 400000, STEP = 1024 };

	memprof_sites_start(&sites, STEP, 1);
	for (uint32_t i = 0; i < N * ARRAY_SIZE(sizes); i++) {
		uint32_t size = sizes[i % ARRAY_SIZE(sizes)];
		if (!memprof_sites_counts(&sites, size))
			continue;
		memprof_sites_begin(&sites, 0, size);
		estimated[i % ARRAY_SIZE(sizes)] += 1 / (1 - exp(-(double)size / STEP));
	}
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_true(fabs(estimated[i] / N - 1) < 0.04);
}

UNIT_TEST(off_takes_none)
{
	for (int i = 0; i < 1000; i++)
		if (memprof_sites_counts(&sites, 1 << 20))
			assert_true(i == 0 && !memprof_sites_begin(&sites, 64, 1 << 20));
	memprof_sites_start(&sites, 1, 1);
	assert_true(memprof_sites_counts(&sites, 1 << 20));
	assert_null(memprof_sites_begin(&sites, 0, 64)); /* a request that failed */
	memprof_sites_start(&sites, 0, 1);
	for (int i = 0; i < 1000; i++)
		assert_false(memprof_sites_counts(&sites, 1 << 20));
	assert_int_equal(sites.n_waiting + sites.n_lost, 0);
}

/* The first request is sampled no more often than others. */
UNIT_TEST(the_first_is_as_any)
{
	int n = 0;

	for (uint32_t seed = 0; seed < 20000; seed++) {
		memprof_sites_start(&sites, 1024, seed);
		n += memprof_sites_counts(&sites, 512);
	}
	assert_true(abs(n - 7869) < 4 * 70); /* of 20000, 1 - exp(-1/2) */
}

UNIT_TEST(losses_are_those_of_a_run)
{
	memprof_sites_start(&sites, 1024, 1);
	sites.n_lost = 5;
	memprof_sites_start(&sites, 512, 1);
	assert_int_equal(sites.n_lost, 5);
	memprof_sites_start(&sites, 0, 1);
	memprof_sites_start(&sites, 0, 1);
	assert_int_equal(sites.n_lost, 5); /* to be sent yet */
	memprof_sites_start(&sites, 512, 1);
	assert_int_equal(sites.n_lost, 0);
}

/* ---- what was requested in all ---- */

UNIT_TEST(classes_of_sizes)
{
	static const uintptr_t first[] = { 0, 1, 5, 9, 13, 17, 21, 25, 29, 37, 45, 53, 61, 77, 93, 109 };
	uint32_t before = 0;

	for (uint32_t i = 0; i < ARRAY_SIZE(first); i++)
		assert_int_equal(memprof_sites_class(first[i]), i);
	for (uintptr_t n = 1; n < 4000; n++) {
		uint32_t class = memprof_sites_class(n);
		assert_true(class == before || class == before + 1);
		before = class;
	}
	assert_int_equal(memprof_sites_class(1788), 30);
	assert_int_equal(memprof_sites_class(1789), 31);
	assert_int_equal(memprof_sites_class(1 << 30), 31);
}

static uint64_t sent_class_bytes(size_t i, uint8_t *ret_class)
{
	const struct wire_frame *frame = wire_find(&board.rx, WIRE_SITE, i);
	size_t at = 0;

	wire_varint(frame, &at);
	at++;                                /* flags */
	for (unsigned k = 0; k < 4 + 3; k++) /* until the address; one frame */
		wire_varint(frame, &at);
	*ret_class = frame->payload[at++];
	return wire_varint(frame, &at);
}

UNIT_TEST(what_was_requested_goes_with_a_sample)
{
	uint8_t class;

	memprof_sites_start(&sites, 1024, 1);
	for (int i = 0; i < 3; i++)
		memprof_sites_add(&sites, 64);
	memprof_sites_add(&sites, 16);
	take(0x1000);
	memprof_sites_add(&sites, 61);
	take(0x2000);
	memprof_sites_start(&sites, 512, 1); /* goes on */
	memprof_sites_add(&sites, 64);
	take(0x3000);
	memprof_sites_start(&sites, 0, 1);
	memprof_sites_start(&sites, 1024, 1);
	memprof_sites_add(&sites, 64);
	take(0x4000);
	assert_int_equal(count_sent(WIRE_SITE), 4);
	assert_int_equal(sent_class_bytes(0, &class), 3 * 64);
	assert_int_equal(class, memprof_sites_class(64));
	assert_int_equal(sent_class_bytes(1, &class), 3 * 64 + 61);
	assert_int_equal(sent_class_bytes(2, &class), 4 * 64 + 61);
	assert_int_equal(sent_class_bytes(3, &class), 5 * 64 + 61); /* it was off in between */
}

/* ---- what waits ---- */

UNIT_TEST(of_too_many_the_last_are_lost)
{
	const struct wire_frame *frame;
	size_t at = 0;

	for (uintptr_t i = 1; i <= MEMPROF_SITES_WAITING; i++) {
		assert_int_equal(memprof_sites_is_urgent(&sites), i - 1 > MEMPROF_SITES_WAITING / 2);
		assert_true(take(64 * i));
	}
	assert_false(take(0x8000) || take(0x8040));
	assert_int_equal(count_sent(WIRE_SITE), MEMPROF_SITES_WAITING);
	frame = wire_find(&board.rx, WIRE_SITE, MEMPROF_SITES_WAITING - 1);
	assert_u64_equal(wire_varint(frame, &at), 2);
	assert_false(memprof_sites_is_urgent(&sites));
	take(0x100);
	assert_int_equal(count_sent(WIRE_SITE), 1);
}

UNIT_TEST(what_is_refused_waits)
{
	for (uintptr_t i = 1; i <= 10; i++)
		take(64 * i);
	board.refuse_from = board.n_writes + 3;
	assert_int_equal(count_sent(WIRE_SITE), 3);
	memprof_sites_moved(&sites, 64, 0);
	assert_int_equal(count_sent(WIRE_SITE_GONE), 0);
	assert_int_equal(agent.n_skipped, 0);
	board.refuse_from = UINT64_MAX;
	assert_int_equal(count_sent(WIRE_SITE), 7);
	assert_non_null(wire_find(&board.rx, WIRE_SITE_GONE, 0));
	assert_int_equal(count_sent(WIRE_SITE) + count_sent(WIRE_SITE_GONE), 0);
}

UNIT_TEST(the_largest_fits_a_frame)
{
	struct memprof_sample *sample;

	sites.n_lost = UINT32_MAX;
	sites.number = UINT16_MAX;
	memprof_sites_start(&sites, MEMPROF_SITES_STEP_MAX, 1);
	sample = memprof_sites_begin(&sites, UINTPTR_MAX & ~(uintptr_t)15, UINTPTR_MAX);
	assert_non_null(sample);
	memset(sample->frames, 0xff, sizeof(sample->frames));
	sample->flags = MEMPROF_SITES_FRAMES;
	memprof_sites_end(&sites, sample);
	assert_int_equal(count_sent(WIRE_SITE), 1);
}

/* ---- what became of them ---- */

static uintptr_t first_alive;
static bool is_alive(uintptr_t address) { return address >= first_alive; }

UNIT_TEST(what_was_freed_is_reported_once)
{
	const struct wire_frame *frame;
	size_t at = 0;

	take(0x1000);
	take(0x1000); /* of a realloc */
	take(0x2000);
	count_sent(WIRE_SITE);
	memprof_sites_moved(&sites, 0, 0x3000);
	memprof_sites_moved(&sites, 0x4000, 0);
	assert_int_equal(count_sent(WIRE_SITE_GONE), 0);
	memprof_sites_moved(&sites, 0x1000, 0x9000);
	assert_int_equal(count_sent(WIRE_SITE_GONE), 0);
	memprof_sites_moved(&sites, 0x1000, 0);
	memprof_sites_moved(&sites, 0x9000, 0);
	assert_int_equal(count_sent(WIRE_SITE_GONE), 2);
	frame = wire_find(&board.rx, WIRE_SITE_GONE, 1);
	assert_true(wire_varint(frame, &at) < 2);
	assert_int_equal(frame->payload[at], WIRE_SITE_FREED);
	assert_int_equal(count_sent(WIRE_SITE_GONE), 0);
}

UNIT_TEST(a_collection_frees_many)
{
	for (uintptr_t i = 0; i < 100; i++) {
		take(0x10000 + 64 * i);
		count_sent(WIRE_SITE);
	}
	first_alive = 0x10000 + 64 * 80;
	memprof_sites_collected(&sites, is_alive);
	assert_int_equal(count_sent(WIRE_SITE_GONE), 80);
	for (size_t i = 0; i < 80; i++) {
		size_t at = 0;
		assert_true(wire_varint(wire_find(&board.rx, WIRE_SITE_GONE, i), &at) < 80);
	}
	assert_int_equal(count_sent(WIRE_SITE_GONE), 0);
}

/* Eight of the addresses that share a place. */
UNIT_TEST(of_too_many_some_are_not_followed)
{
	const uintptr_t step = 64 * MEMPROF_SITES_FOLLOWED / 8;
	const struct wire_frame *frame;
	size_t at = 0;

	for (uintptr_t i = 1; i <= 9; i++)
		take(step * i);
	take(64);
	count_sent(WIRE_SITE);
	for (size_t i = 0; i < 10; i++) {
		frame = wire_find(&board.rx, WIRE_SITE, i);
		assert_int_equal(frame->payload[1] & WIRE_SITE_NOT_FOLLOWED, i == 8 ? WIRE_SITE_NOT_FOLLOWED : 0);
	}
	memprof_sites_moved(&sites, 64, step * 10);
	assert_int_equal(count_sent(WIRE_SITE_GONE), 1);
	frame = wire_find(&board.rx, WIRE_SITE_GONE, 0);
	assert_u64_equal(wire_varint(frame, &at), 9);
	assert_int_equal(frame->payload[at], WIRE_SITE_LEFT);
}

/* ---- what the host asks for ---- */

static void ask(uint32_t step, uint32_t keep_ms, uint32_t is_step, uint32_t is_keep_ms, bool is_waiting)
{
	const struct wire_frame *frame;
	size_t at = 0;

	wire_rx_clear(&board.rx);
	memprof_sites_ask(&agent, &sites, step, keep_ms);
	frame = wire_find(&board.rx, WIRE_SITES, 0);
	assert_non_null(frame);
	assert_u64_equal(wire_varint(frame, &at), is_step);
	assert_u64_equal(wire_varint(frame, &at), is_keep_ms);
	assert_int_equal(frame->payload[at], is_waiting);
}

UNIT_TEST(a_host_samples_until_it_is_not_heard)
{
	ask(512, 5000, 512, 5000, false);
	assert_true(sites.left != UINTPTR_MAX);
	board.now_us += 4999000;
	count_sent(WIRE_SITE);
	assert_int_equal(sites.step, 512);
	uintptr_t left = sites.left;
	ask(512, 5000, 512, 5000, false);
	assert_u64_equal(sites.left, left); /* it goes on */
	board.now_us += 4999000;
	count_sent(WIRE_SITE);
	assert_int_equal(sites.step, 512);
	take(64);
	memprof_sites_start(&sites, 0, 1);
	ask(512, 5000, 512, 5000, true);
	take(128);
	board.now_us += 5000000;
	assert_int_equal(count_sent(WIRE_SITE) + count_sent(WIRE_SITE_GONE), 0); /* all is forgotten */
	assert_true(sites.step == 0 && sites.keep_ms == 0 && sites.left == UINTPTR_MAX);
	memprof_sites_moved(&sites, 64, 0);
	assert_int_equal(count_sent(WIRE_SITE_GONE), 0);
	ask(UINT32_MAX, UINT32_MAX, MEMPROF_SITES_STEP_MAX, WIRE_SITES_KEEP_MAX_MS, false);
}

/* No more samples, but what becomes of their blocks; then nothing. */
UNIT_TEST(a_host_ends_it_in_two_steps)
{
	ask(1024, 5000, 1024, 5000, false);
	take(64);
	take(4096);
	count_sent(WIRE_SITE);
	ask(0, 5000, 0, 5000, false);
	assert_false(memprof_sites_counts(&sites, 1 << 20));
	memprof_sites_moved(&sites, 64, 0);
	ask(0, 5000, 0, 5000, true);
	assert_int_equal(count_sent(WIRE_SITE_GONE), 1);
	ask(0, 5000, 0, 5000, false);
	memprof_sites_moved(&sites, 4096, 0);
	ask(700, 0, 0, 0, false);
	assert_int_equal(count_sent(WIRE_SITE_GONE), 0);
}

UNIT_TEST(samples_of_the_program_are_its_own)
{
	memprof_sites_start(&sites, 2048, 1);
	ask(512, 5000, 2048, 0, false);
	take(64);
	sites.step = 2048;
	ask(0, 0, 2048, 0, true);
	board.now_us += 100000000;
	assert_int_equal(count_sent(WIRE_SITE), 1);
	assert_int_equal(sites.step, 2048);
	memprof_sites_start(&sites, 0, 1);
	ask(512, 5000, 512, 5000, false);
	memprof_sites_start(&sites, 2048, 1); /* the program begins while a host samples */
	board.now_us += 100000000;
	count_sent(WIRE_SITE);
	ask(0, 0, 2048, 0, false);
}
