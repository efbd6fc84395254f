/* Samples of an agent: what they say of all allocations, and of the blocks that are still in use. */
#include "memprof/analysis/site_samples.h"

#include <math.h>

#include "memprof/base/number.h"
#include "unit.h"

static struct site_samples samples;
static struct sites sites;
static uint64_t in_use[4]; /* addresses of blocks of 64 bytes */

UNIT_BEFORE(set_up)
{
	memset(in_use, 0, sizeof(in_use));
	assert_int_equal(sites_init(&sites, SITES_HOOK, SITES_BYTES), 0);
}

UNIT_AFTER(tear_down)
{
	site_samples_deinit(&samples);
	site_samples_deinit(&samples);
	sites_deinit(&sites);
}

static uint32_t frame_of(void *ctx, const struct event_site_frame *frame)
{
	char name[16];

	snprintf(name, sizeof(name), "f%u", frame->name);
	return sites_frame(ctx, "main.py", name, frame->line);
}

static uint64_t block_bytes(void *ctx, uint64_t address)
{
	(void)ctx;
	for (size_t i = 0; i < ARRAY_SIZE(in_use); i++)
		if (in_use[i] == address)
			return 64;
	return 0;
}

static const char *holder_of(void *ctx, uint64_t address)
{
	(void)ctx;
	return address == 0x1000 ? "cache" : "";
}

static void add(void)
{
	const struct site_names names = { frame_of, block_bytes, holder_of, 16, &sites };

	assert_int_equal(site_samples_add(&samples, &names, &sites), 0);
	assert_int_equal(sites_end(&sites), 0);
}

static void take(uint16_t number, uint32_t line, uint64_t size_bytes, uint64_t address, bool is_followed)
{
	const struct event_site_frame frames[] = { { 1, 2, line }, { 1, 3, 40 } };
	const struct event event = { .kind = EVENT_SITE,
				     .site = { .number = number,
					       .is_followed = is_followed,
					       .n_frames = line ? 2 : 0,
					       .frames = frames,
					       .size_bytes = size_bytes,
					       .step_bytes = 1024,
					       .address = address } };

	samples.now_us += 10;
	samples.end_us = samples.now_us + 10;
	site_samples_event(&samples, &event);
}

static void gone(uint16_t number, bool is_freed)
{
	const struct event event = { .kind = EVENT_SITE_GONE, .site_gone = { number, is_freed } };

	site_samples_event(&samples, &event);
}

static const struct sites_sum *all(void) { return &sites.nodes[0].total; }

/* Of a request as large as the step, 63 % are sampled. */
UNIT_TEST(what_a_sample_stands_for)
{
	assert_true(fabs(site_sample_weight(1024, 1024) - 1.5819767) < 1e-6);
	assert_true(fabs(site_sample_weight(1, 1 << 20) - ((1 << 20) + 0.5)) < 1e-3);
	assert_true(fabs(site_sample_weight(1 << 20, 1) - 1) < 1e-9);
	assert_true(site_sample_weight(0, 1) == 1);
	assert_true(isfinite(site_sample_weight(1, UINT64_C(1) << 48)));
}

/* Each size as often as its chance has it. Rounded one by one, 1.5 would be 2 or 1. */
UNIT_TEST(sums)
{
	for (unsigned i = 0; i < 632; i++)
		take((uint16_t)i, 5, 1024, 0x1000, true);
	for (unsigned i = 0; i < 61; i++)
		take((uint16_t)i, 6, 64, 0x2000, true);
	add();
	assert_u64_equal(all()->n_samples, 693);
	assert_true(all()->count > 1998 && all()->count < 2010);
	assert_true(all()->bytes > 1024000 + 63000 && all()->bytes < 1024000 + 66000);
	assert_true(sites.sizes[3] + sites.sizes[7] == all()->count && sites.sizes[7] == 1000);
	assert_true(sites.has_sizes && sites.has_counts && sites.has_alive);
	assert_int_equal(sites.n_nodes, 4);
	assert_string_equal(sites.frames[sites.nodes[1].frame].function, "f3");
}

UNIT_TEST(what_is_in_use)
{
	take(1, 5, 64, 0x1000, true);
	take(2, 5, 64, 0x2000, true);
	take(3, 6, 64, 0x3000, true);
	gone(2, true);
	gone(7, true); /* of no sample */
	take(3, 7, 64, 0x4000, true);
	gone(3, true); /* the last one of this number */
	add();
	const uint64_t n_bytes = (uint64_t)(64 * site_sample_weight(64, 1024) + 0.5);
	assert_u64_equal(all()->n_samples, 4);
	assert_u64_equal(all()->alive_bytes, 2 * n_bytes);
	assert_true(sites.has_kept);
	assert_int_equal(sites.n_kept, 2); /* samples 0 and 2 of 4 */
	assert_string_equal(sites.kept[0].holder, "");
	assert_int_equal(sites.frames[sites.kept[0].frame].line, 6);
	assert_u64_equal(sites.kept[0].bytes[2], n_bytes);
	assert_string_equal(sites.kept[1].holder, "cache");
	assert_int_equal(sites.frames[sites.kept[1].frame].line, 5);
	assert_u64_equal(sites.kept[1].bytes[0], n_bytes);
}

/* What came at once at the beginning of a long run is of its first quarter; by number it would be of all. */
UNIT_TEST(quarters_are_of_the_time)
{
	for (uint16_t i = 0; i < 40; i++)
		take(i, 5, 64, 0x1000 + 64 * (uint64_t)i, true);
	samples.end_us = samples.now_us + 10000000;
	add();
	for (size_t i = 0; i < sites.n_kept; i++)
		assert_u64_equal(sites.kept[i].bytes[0], sites_kept_bytes(&sites.kept[i]));
}

/* They waited on the board until a short run was over: quarters are by their number. */
UNIT_TEST(samples_after_the_end)
{
	uint64_t n_last = 0;

	for (uint16_t i = 0; i < 40; i++)
		take(i, 5, 64, 0x1000 + 64 * (uint64_t)i, true);
	samples.end_us = samples.samples[0].at_us - 1;
	add();
	for (size_t i = 0; i < sites.n_kept; i++)
		n_last += sites.kept[i].bytes[SITES_QUARTERS - 1];
	assert_u64_equal(n_last, all()->alive_bytes / 4);
}

/* The block at its address may be another one. */
UNIT_TEST(what_is_not_followed)
{
	in_use[0] = 0x1000;
	in_use[1] = 0x2000;
	in_use[2] = 0x3000;
	in_use[3] = 0x5000;
	take(1, 5, 64, 0x1000, false); /* a later sample is of this address */
	take(2, 5, 60, 0x1000, false); /* there */
	take(3, 5, 90, 0x2000, false); /* it was larger */
	take(4, 5, 64, 0x4000, false); /* it is gone */
	take(5, 5, 64, 0x3000, true);
	gone(5, false); /* moved; it may be there, as far as is known */
	take(6, 5, 64, 0x5000, false);
	take(7, 5, 64, 0x5000, true);
	gone(7, true);
	add();
	assert_true(all()->alive_count > 0);
	assert_u64_equal(all()->alive_bytes, (uint64_t)(60 * site_sample_weight(60, 1024) + 0.5) +
						     (uint64_t)(64 * site_sample_weight(64, 1024) + 0.5));
}

/* Where the blocks of a line that were followed have all been freed, another block may be at the place of this one. */
UNIT_TEST(what_is_guessed)
{
	in_use[0] = 0x1000;
	in_use[1] = 0x2000;
	take(1, 5, 64, 0x1000, false);
	take(2, 6, 64, 0x2000, false);
	for (uint16_t i = 0; i < 16; i++) {
		take((uint16_t)(100 + i), 5, 64, 0x3000, true);
		gone((uint16_t)(100 + i), true);
		if (i == 15) /* one less */
			continue;
		take((uint16_t)(200 + i), 6, 64, 0x3000, true);
		gone((uint16_t)(200 + i), true);
	}
	add();
	const uint64_t n_bytes = (uint64_t)(64 * site_sample_weight(64, 1024) + 0.5);
	assert_u64_equal(all()->alive_bytes, 2 * n_bytes);
	assert_u64_equal(sites.guessed_bytes, 2 * n_bytes);
	assert_int_equal(sites.n_kept, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(sites.kept[i].in_doubt, sites.frames[sites.kept[i].frame].line == 5);
}

UNIT_TEST(a_line_that_keeps_some)
{
	in_use[0] = 0x1000;
	in_use[1] = 0x3000;
	take(1, 5, 64, 0x1000, false);
	for (uint16_t i = 0; i < 20; i++) {
		take((uint16_t)(100 + i), 5, 64, 0x3000, true);
		if (i > 0)
			gone((uint16_t)(100 + i), true);
	}
	add();
	assert_u64_equal(all()->alive_bytes, 2 * (uint64_t)(64 * site_sample_weight(64, 1024) + 0.5));
	for (size_t i = 0; i < sites.n_kept; i++)
		assert_false(sites.kept[i].in_doubt);
}

/* A block that is no longer where it was has been moved, and may have shrunk. */
UNIT_TEST(what_was_moved_is_in_doubt)
{
	in_use[0] = 0x1000;
	take(1, 5, 64, 0x1000, true);
	take(2, 6, 64, 0x2000, true);
	add();
	assert_u64_equal(all()->alive_bytes, 2 * (uint64_t)(64 * site_sample_weight(64, 1024) + 0.5));
	assert_u64_equal(sites.guessed_bytes, 0);
	assert_int_equal(sites.n_kept, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(sites.kept[i].in_doubt, sites.frames[sites.kept[i].frame].line == 6);
}

UNIT_TEST(without_a_heap_none_is_looked_for)
{
	const struct site_names names = { frame_of, NULL, NULL, 0, &sites };

	take(1, 5, 64, 0x1000, false);
	assert_int_equal(site_samples_add(&samples, &names, &sites), 0);
	assert_int_equal(sites_end(&sites), 0);
	assert_u64_equal(all()->alive_bytes, 0);
}

/* A program that has left no memory, neither for what its board had still to send nor for reading the heap. */
UNIT_TEST(without_a_heap_what_was_followed_is_a_guess)
{
	const struct site_names names = { frame_of, NULL, holder_of, 0, &sites };

	take(1, 5, 64, 0x1000, true);
	take(2, 6, 64, 0x2000, false);
	samples.has_gaps = true;
	assert_int_equal(site_samples_add(&samples, &names, &sites), 0);
	assert_int_equal(sites_end(&sites), 0);
	assert_true(all()->alive_bytes > 0 && all()->alive_bytes < all()->bytes);
	assert_u64_equal(sites.guessed_bytes, all()->alive_bytes);
}

UNIT_TEST(what_is_lost)
{
	struct event event = { .kind = EVENT_LOST, .lost = { .n_snapshots = 3 } };

	take(1, 0, 64, 0x1000, true); /* of the prompt */
	assert_int_equal(samples.n_samples, 0);
	site_samples_event(&samples, &event);
	assert_false(samples.has_gaps);
	event.lost.n_frames = 1; /* events that the board had no room for */
	site_samples_event(&samples, &event);
	assert_false(samples.has_gaps);
	event.lost.n_missing = 1;
	site_samples_event(&samples, &event);
	assert_true(samples.has_gaps);
	event = (struct event){ .kind = EVENT_SITE, .site = { .step_bytes = 1024, .n_lost = 7, .is_cut = true } };
	site_samples_event(&samples, &event);
	event.kind = EVENT_MARK;
	site_samples_event(&samples, &event);
	add();
	assert_u64_equal(sites.n_lost, 7);
	assert_u64_equal(samples.n_cut, 1);
	assert_u64_equal(sites.nodes[0].own.n_samples, 1); /* its calls are not known */
}

static void take_of_class(uint32_t line, uint64_t size_bytes, uint8_t size_class, uint32_t class_bytes)
{
	const struct event_site_frame frame = { 1, 2, line };
	const struct event event = { .kind = EVENT_SITE,
				     .site = { .n_frames = line ? 1 : 0,
					       .frames = &frame,
					       .size_bytes = size_bytes,
					       .step_bytes = 1024,
					       .address = 0x1000,
					       .size_class = size_class,
					       .class_bytes = class_bytes } };

	site_samples_event(&samples, &event);
}

static uint64_t bytes_of_line(uint32_t line)
{
	uint64_t ret = 0;

	for (size_t i = 1; i < sites.n_nodes; i++)
		if (sites.frames[sites.nodes[i].frame].line == line)
			ret += sites.nodes[i].own.bytes;
	return ret;
}

/* Chance took too many samples of one size and too few of the other; within a size, lines share what was requested:
 * from the first sample to the last one, and as much before and after as is between two. */
UNIT_TEST(what_was_counted_corrects_chance)
{
	const double between = 64 * site_sample_weight(64, 1024) - 64;

	for (uint32_t i = 1; i <= 40; i++)
		take_of_class(5 + i % 4 / 3, 64, 12, 70000 + 1000 * i);
	for (uint32_t i = 1; i <= 10; i++)
		take_of_class(7, 1000, 27, 9000 * i);
	take_of_class(8, 64, 13, 0); /* not counted */
	take_of_class(9, 64, 14, 5 * 64);
	add();
	double all_bytes = 39000 + 64 + 2 * between;
	assert_true(fabs((double)bytes_of_line(5) - 0.75 * all_bytes) < 40);
	assert_true(fabs((double)bytes_of_line(6) - 0.25 * all_bytes) < 20);
	assert_true(bytes_of_line(7) > 82000 && bytes_of_line(7) < 84000);
	assert_true(fabs((double)bytes_of_line(8) - (64 + between)) < 2);
	assert_true(bytes_of_line(9) == bytes_of_line(8)); /* of one sample nothing more is known */
}

/* Requests of one size, sampled by chance: in the mean of many runs there is as much as there was, also of few samples.
 */
UNIT_TEST(it_has_no_bias)
{
	enum { N_RUNS = 2000, N = 60, SIZE = 64 };
	const double chance = 1 / site_sample_weight(SIZE, 1024);
	double sum = 0;

	srand(1);
	for (unsigned run = 0; run < N_RUNS; run++) {
		for (uint32_t i = 1; i <= N; i++)
			if (rand() <= chance * RAND_MAX)
				take_of_class(5, SIZE, 12, SIZE * i);
		add();
		sum += (double)bytes_of_line(5);
		tear_down();
		set_up();
	}
	assert_true(fabs(sum / N_RUNS / (N * SIZE) - 1) < 0.03);
}

/* The prompt compiles the program; that is counted, and sampled, and no line's. */
UNIT_TEST(what_is_no_functions_is_no_lines)
{
	for (uint32_t i = 1; i <= 10; i++)
		take_of_class(i % 2 ? 0 : 5, 64, 12, 1000 * i);
	add();
	assert_true(bytes_of_line(5) > 5000 && bytes_of_line(5) < 6200);
}

UNIT_TEST(what_was_counted_wraps)
{
	take_of_class(5, 1000, 27, UINT32_MAX - 999);
	take_of_class(5, 1000, 27, 1000);
	assert_u64_equal(samples.classes[27].requested_bytes, 3000);
	take_of_class(5, 64, 12, 5000);
	take_of_class(5, 64, 12, 3000); /* it has begun anew */
	assert_u64_equal(samples.classes[12].requested_bytes, 2 * 64);
}

static void mark(const char *label)
{
	const struct event event = { .kind = EVENT_MARK, .mark = { label, strlen(label) } };

	site_samples_event(&samples, &event);
}

/* At the last one of this label; what came later, or was not followed, does not count. */
UNIT_TEST(what_is_in_use_at_a_mark)
{
	const uint64_t n_bytes = (uint64_t)(64 * site_sample_weight(64, 1024) + 0.5);

	samples.mark = "ready";
	in_use[0] = 0x4000;
	take(1, 5, 64, 0x1000, true);
	take(2, 5, 64, 0x2000, true);
	take(3, 5, 64, 0x3000, true);
	take(4, 5, 64, 0x4000, false);
	gone(1, true);
	mark("ready");
	gone(2, true);
	mark("read");
	mark("ready!");
	take(5, 5, 64, 0x5000, true);
	add();
	assert_true(samples.has_mark && sites.has_alive && sites.has_kept);
	assert_u64_equal(all()->alive_bytes, 2 * n_bytes); /* 2 and 3 */
	mark("ready");
	sites_deinit(&sites);
	assert_int_equal(sites_init(&sites, SITES_HOOK, SITES_BYTES), 0);
	add();
	assert_u64_equal(all()->alive_bytes, 2 * n_bytes); /* 3 and 5 */
}

UNIT_TEST(without_its_mark_none_is_alive)
{
	samples.mark = "ready";
	take(1, 5, 64, 0x1000, true);
	add();
	assert_false(samples.has_mark || sites.has_alive || sites.has_kept);
	assert_u64_equal(all()->alive_bytes, 0);
}

UNIT_TEST(collections_are_counted)
{
	for (int i = 0; i < 3; i++)
		site_samples_event(&samples, &(struct event){ .kind = EVENT_GC });
	assert_u64_equal(samples.n_collections, 3);
}

UNIT_TEST(of_a_board_that_is_gone_none_is_alive)
{
	samples.no_alive = true;
	in_use[0] = 0x1000;
	take(1, 5, 64, 0x1000, true);
	add();
	assert_false(sites.has_alive || sites.has_kept);
	assert_u64_equal(all()->alive_bytes, 0);
	assert_u64_equal(all()->n_samples, 1);
}

/* Samples that were lost before the first one are not of this profile. */
UNIT_TEST(what_was_lost_before)
{
	struct event event = { .kind = EVENT_SITE, .site = { .step_bytes = 1024, .n_lost = 7, .is_cut = true } };

	samples.joins = true;
	site_samples_event(&samples, &event);
	assert_u64_equal(samples.n_lost_there, 0);
	event.site.n_lost = 9;
	site_samples_event(&samples, &event);
	assert_u64_equal(samples.n_lost_there, 2);
	event.site.n_lost = 1; /* it has begun anew */
	site_samples_event(&samples, &event);
	assert_u64_equal(samples.n_lost_there, 2);
}

UNIT_TEST(hostile_sizes)
{
	for (unsigned i = 0; i < 5; i++)
		take(1, 5, UINT64_MAX, 0x1000, true);
	take(2, 5, 0, 0x1000, true);
	add();
	assert_u64_equal(all()->bytes, SITES_SUM_MAX);
	assert_u64_equal(all()->count, 6);
	assert_u64_equal(sites.sizes[SITES_N_SIZES - 1], 5);
}

UNIT_TEST(too_many)
{
	for (unsigned i = 0; i < SITE_SAMPLES_MAX + 5; i++)
		take((uint16_t)i, 5, 64, 0x1000, true);
	gone((uint16_t)(SITE_SAMPLES_MAX - 1), true);
	assert_int_equal(samples.n_samples, SITE_SAMPLES_MAX);
	assert_int_equal(samples.samples[SITE_SAMPLES_MAX - 1].block, SITE_FREED);
	add();
	assert_u64_equal(sites.n_lost, 5);
}
