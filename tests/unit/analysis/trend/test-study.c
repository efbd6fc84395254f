/* How often the verdict is right, on heaps whose truth is known; docs/analysis.md has the tables.
 * MEMPROF_STUDY=N makes N heaps for each line and prints them.
 *
 * All goes through trend_add(), as figures of a board do. A heap of 200000 B; garbage goes up by the
 * same from sample to sample, or by more and less, until a collection comes: when the heap is full,
 * as without gc.threshold(), or after so much garbage. Samples hit the cycles at any phase. */
#include "memprof/analysis/trend.h"

#include <math.h>
#include <stdio.h>

#include "unit.h"

enum { HEAP_BYTES = 200000, BLOCK_BYTES = 16 };

enum shape { LEVEL, STEPS, SINE, FILLS, EASES };

struct scene {
	const char *summary;
	int n_collections;
	double per_cycle;     /* samples; 0: one sample right after each collection */
	double garbage;       /* at a collection, in parts of the heap; 0: it comes when all is used */
	double varies;        /* how much garbage comes from sample to sample, and until a collection */
	double noise, memory; /* what stays: standard deviation, and what is kept of the one before */
	double leak;          /* over the whole run */
	enum shape shape;
	double size, param; /* steps: how many; sine: periods; fills, eases: until what part */
	double dip;         /* of the heap: is in use at three samples in ten, and freed at once */
	double least, most; /* bounds of how often it is called a leak, in percent */
};

static uint64_t random_state;

/* xorshift64: 0 to 1. */
static double uniform(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (double)(random_state >> 11) / 9007199254740992.0;
}

/* Irwin-Hall: near enough to normal, and never wild. */
static double normal(void)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += uniform();
	return sum;
}

static struct trend trend;

static void sample(double used, bool collected)
{
	uint64_t bytes = (uint64_t)(fmin(fmax(used, 0), 1) * HEAP_BYTES) / BLOCK_BYTES * BLOCK_BYTES;
	struct trend_sample s = { NOT_KNOWN, HEAP_BYTES, bytes, NOT_KNOWN, NOT_KNOWN, collected, 0 };

	trend_add(&trend, "gc", &s);
}

struct boot {
	const struct scene *scene;
	double stays, phase, at_step[8];
};

static double shape(const struct boot *boot, double at)
{
	const struct scene *s = boot->scene;
	double more = 0;

	switch (s->shape) {
	case LEVEL:
		break;
	case STEPS:
		for (int i = 0; i < (int)s->param; i++)
			more += at >= boot->at_step[i];
		break;
	case SINE:
		more = sin(6.283185307179586 * (at * s->param + boot->phase));
		break;
	case FILLS:
		more = fmin(at / s->param, 1);
		break;
	case EASES:
		more = 1 - exp(-at / s->param);
		break;
	}
	return s->size * more;
}

/* What is alive after collection i. */
static double alive(struct boot *boot, int i)
{
	const struct scene *s = boot->scene;
	double at = (double)i / s->n_collections;

	boot->stays = s->memory * boot->stays + sqrt(1 - s->memory * s->memory) * normal() * s->noise;
	return 0.3 + boot->stays + s->leak * at + shape(boot, at);
}

static void play(const struct scene *s)
{
	struct boot boot = { s, normal() * s->noise, uniform(), { 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(boot.at_step); i++)
		boot.at_step[i] = uniform();
	if (s->per_cycle <= 0) {
		for (int i = 0; i < s->n_collections; i++)
			sample(alive(&boot, i), true);
		return;
	}
	/* no whole number of samples in a cycle, as a rule */
	double rise = (s->garbage > 0 ? s->garbage : 0.7) / (s->per_cycle * (0.9 + 0.2 * uniform()));
	double live = alive(&boot, 0), height = s->garbage;
	double garbage = uniform() * (s->garbage > 0 ? s->garbage : 0.7);
	for (int i = 0; i < s->n_collections;) {
		garbage += rise * fmax(1 + s->varies * normal(), 0.05);
		double room = s->garbage > 0 ? height : 1 - live;
		if (garbage >= room) {
			live = alive(&boot, ++i);
			garbage = fmin(garbage - room, rise);
			height = s->garbage * (1 - s->varies * uniform());
		}
		sample(live + garbage + (s->dip > 0 && uniform() < 0.3 ? s->dip : 0), false);
	}
}

struct outcome {
	int n, n_leaks, n_falling, n_unknown, n_covered, n_intervals;
};

/* Whether the interval, or what a leak is said to be less than, holds what is true. */
static void note_interval(struct outcome *o, const struct trend_result *result, const struct scene *scene)
{
	const struct trend_slope *floor = &result->pools[0].series[TREND_USED].floor;
	double truth = scene->leak * HEAP_BYTES / (double)result->n_samples;

	if (isnan(floor->low))
		return;
	o->n_intervals++;
	o->n_covered += floor->low <= truth && truth <= floor->high;
}

static struct outcome outcome_of(const struct scene *scene, uint64_t seed, int n)
{
	struct outcome o = { .n = n };

	random_state = seed;
	for (int i = 0; i < n; i++) {
		struct trend_result result;
		trend_init(&trend);
		play(scene);
		assert_int_equal(trend_work_out(&trend, &result), 0);
		enum trend_verdict verdict = result.pools[0].series[TREND_USED].verdict;
		o.n_leaks += result.pools[0].leaks;
		o.n_falling += verdict == TREND_FALLING;
		o.n_unknown += verdict == TREND_UNKNOWN;
		note_interval(&o, &result, scene);
		trend_result_deinit(&result);
		trend_deinit(&trend);
	}
	return o;
}

static int n_rounds(int usual)
{
	const char *n = getenv("MEMPROF_STUDY");

	return n ? atoi(n) : usual;
}

static double percent(int part, int all) { return all > 0 ? 100.0 * part / all : 0; }

static void study(const struct scene *scenes, size_t n_scenes, uint64_t seed)
{
	bool failed = false;

	for (size_t i = 0; i < n_scenes; i++) {
		const struct scene *s = &scenes[i];
		struct outcome o = outcome_of(s, seed + i, n_rounds(100));
		double leaks = percent(o.n_leaks, o.n);
		bool right = leaks >= s->least && leaks <= s->most;
		failed |= !right;
		if (getenv("MEMPROF_STUDY"))
			printf("| %s | %d | %.2f %% | %.2f %% | %.1f %% | %.1f %% |%s\n", s->summary, s->n_collections,
			       leaks, percent(o.n_falling, o.n), percent(o.n_unknown, o.n),
			       percent(o.n_covered, o.n_intervals), right ? "" : " WRONG");
		if (!right)
			print_error("%s, %d collections: %.2f %% are called a leak, not %g to %g\n", s->summary,
				    s->n_collections, leaks, s->least, s->most);
	}
	assert_false(failed);
}

#define NOISE      .noise = 0.0015
#define CYCLE(per) .per_cycle = per, .garbage = 0.25
#define SAW(per)   CYCLE(per), NOISE
#define SEED       88172645463325252
#define FRESH_SEED 0x9e3779b97f4a7c15 /* for what was not looked at while the rules were made */

#define EACH(summary, n, ...)                                              \
	{ summary ", 3 samples a cycle", n, .per_cycle = 3, __VA_ARGS__ }, \
		{ summary ", 10", n, .per_cycle = 10, __VA_ARGS__ },       \
		{ summary ", 30", n, .per_cycle = 30, __VA_ARGS__ },       \
	{                                                                  \
		summary ", 100", n, .per_cycle = 100, __VA_ARGS__          \
	}

static void steady_saws_are_not_called_leaks(void **state)
{
	static const struct scene scenes[] = {
		EACH("full heap, constant", 200, .most = 1),
		EACH("full heap, constant", 12, .most = 1),
		EACH("full heap, varying", 200, .varies = 0.3, NOISE, .most = 1),
		EACH("threshold, constant", 200, .garbage = 0.25, .most = 1),
		EACH("threshold, varying", 200, .garbage = 0.25, .varies = 0.4, NOISE, .most = 1),
		EACH("threshold, varying, AR 0.9", 50, .garbage = 0.25, .varies = 0.4, NOISE, .memory = 0.9, .most = 1),
		{ "steady", 6, SAW(30), .varies = 0.4, .most = 1 },
		{ "steady", 20, SAW(30), .varies = 0.4, .most = 1 },
		{ "steady", 2000, SAW(10), .varies = 0.4, .most = 1 },
		{ "steady, AR 0.5", 200, SAW(30), .varies = 0.4, .memory = 0.5, .most = 1 },
		{ "steady, AR 0.9, noise of 1 %", 20, CYCLE(30), .noise = 0.01, .varies = 0.4, .memory = 0.9,
		  .most = 1 },
		{ "steady, AR 0.9, noise of 1 %", 200, CYCLE(30), .noise = 0.01, .varies = 0.4, .memory = 0.9,
		  .most = 1 },
		{ "0.8 samples a cycle", 1000, SAW(0.8), .varies = 0.4, .most = 1 },
		{ "right after collections", 6, NOISE, .most = 1 },
		{ "right after collections", 200, NOISE, .most = 1 },
		{ "the same, AR 0.5", 50, NOISE, .memory = 0.5, .most = 1 },
		{ "the same, AR 0.9", 12, NOISE, .memory = 0.9, .most = 1 },
		{ "the same, AR 0.9", 20, NOISE, .memory = 0.9, .most = 1 },
		{ "the same, AR 0.9", 200, NOISE, .memory = 0.9, .most = 1 },
		{ "dips of 1 %, no collection", 1, SAW(1000), .dip = 0.01, .varies = 0.4, .most = 1 },
		{ "dips of 1 %, 10 collections", 10, SAW(1000), .dip = 0.01, .varies = 0.4, .most = 1 },
		{ "dips of 4 %, 50 collections", 50, SAW(100), .dip = 0.04, .varies = 0.4, .most = 1 },
	};

	(void)state;
	study(scenes, ARRAY_SIZE(scenes), SEED);
}

/* Waves and caches that are little more than the noise cannot be told from leaks as small: those have
 * a bound of their own. */
static void what_stops_is_not_called_a_leak(void **state)
{
#define STEP(n, k, height)                                                                                      \
	{                                                                                                       \
#k " steps of " #height, n, SAW(30), .varies = 0.4, .shape = STEPS, .size = height, .param = k, \
						     .most = 1                                                  \
	}
#define SHAPE(summary, n, kind, height, to, bound)                                                            \
	{                                                                                                     \
		summary, n, SAW(30), .varies = 0.4, .shape = kind, .size = height, .param = to, .most = bound \
	}
	static const struct scene scenes[] = {
		STEP(12, 1, 0.05),
		STEP(50, 1, 0.005),
		STEP(200, 1, 0.003),
		STEP(200, 1, 0.05),
		STEP(12, 2, 0.05),
		STEP(50, 2, 0.01),
		STEP(200, 2, 0.01),
		STEP(200, 2, 0.05),
		STEP(12, 3, 0.02),
		STEP(50, 3, 0.02),
		STEP(200, 3, 0.02),
		STEP(200, 3, 0.005),
		SHAPE("half a sine, +-1 %", 12, SINE, 0.01, 0.5, 1),
		SHAPE("half a sine, +-1 %", 200, SINE, 0.01, 0.5, 8),
		SHAPE("half a sine, +-5 %", 200, SINE, 0.05, 0.5, 2),
		SHAPE("a sine and a half, +-1 %", 200, SINE, 0.01, 1.5, 1),
		SHAPE("cache of 5 %, full at 0.5", 50, FILLS, 0.05, 0.5, 1),
		SHAPE("cache of 5 %, full at 0.7", 12, FILLS, 0.05, 0.7, 2),
		SHAPE("cache of 5 %, full at 0.7", 50, FILLS, 0.05, 0.7, 1),
		SHAPE("cache of 5 %, full at 0.7", 200, FILLS, 0.05, 0.7, 1),
		SHAPE("cache of 1.5 %, full at 0.7", 200, FILLS, 0.015, 0.7, 8),
		SHAPE("10 % gently, within 0.1", 200, EASES, 0.1, 0.1, 1),
		SHAPE("10 % gently, within 0.2", 200, EASES, 0.1, 0.2, 1),
	};

	(void)state;
	study(scenes, ARRAY_SIZE(scenes), SEED + 1000);
}

#define CALM(per, part) .per_cycle = per, .garbage = part, .varies = 0.4, .noise = 0.001

/* 1 % over 200 collections, where garbage comes by a third of that a sample or less, or samples are
 * taken right after collections, and what stays has a noise of a tenth of it. */
static void leaks_are_found(void **state)
{
#define FOUND .least = 99, .most = 100
	static const struct scene scenes[] = {
		{ "1 %, threshold of 10 %, 30 a cycle", 200, CALM(30, 0.1), .leak = 0.01, FOUND },
		{ "1 %, threshold of 10 %, 100 a cycle", 200, CALM(100, 0.1), .leak = 0.01, FOUND },
		{ "1 %, threshold of 25 %, 100 a cycle", 200, CALM(100, 0.25), .leak = 0.01, FOUND },
		{ "1 %, right after collections", 200, .noise = 0.001, .leak = 0.01, FOUND },
		{ "1 %, threshold of 25 %, 60 a cycle", 1000, SAW(60), .varies = 0.4, .leak = 0.01, FOUND },
		{ "2 %, threshold of 25 %, 100 a cycle", 200, SAW(100), .varies = 0.4, .leak = 0.02, FOUND },
		{ "3 %, threshold of 25 %, 30 a cycle", 200, SAW(30), .varies = 0.4, .leak = 0.03, FOUND },
		{ "3 %, full heap, 100 a cycle", 200, .per_cycle = 100, .varies = 0.3, NOISE, .leak = 0.03, FOUND },
		{ "10 %", 50, SAW(30), .varies = 0.4, .leak = 0.1, FOUND },
		{ "10 %", 20, SAW(30), .varies = 0.4, .leak = 0.1, FOUND },
	};

	(void)state;
	study(scenes, ARRAY_SIZE(scenes), SEED + 2000);
}

/* Other seeds, other heaps: no rule of the verdict was changed after these were played. */
static void and_so_it_is_on_other_heaps(void **state)
{
#define OTHER(n, per, ...) n, .per_cycle = per, .garbage = 0.4, .varies = 0.2, .noise = 0.001, __VA_ARGS__
	static const struct scene scenes[] = {
		{ "steady, 5 a cycle", OTHER(300, 5, .most = 1) },
		{ "steady, 17 a cycle, AR 0.7", OTHER(80, 17, .memory = 0.7, .most = 1) },
		{ "steady, 50 a cycle, constant", 40, .per_cycle = 50, .garbage = 0.4, .most = 1 },
		{ "steady, right after collections, AR 0.8", 40, .noise = 0.005, .memory = 0.8, .most = 1 },
		{ "steady, full heap, dips of 2 %", 30, .per_cycle = 200, .varies = 0.3, .dip = 0.02, .noise = 0.001,
		  .most = 1 },
		{ "two steps of 3 %", OTHER(120, 40, .shape = STEPS, .size = 0.03, .param = 2, .most = 1) },
		{ "three steps of 8 %", OTHER(30, 20, .shape = STEPS, .size = 0.08, .param = 3, .most = 1) },
		{ "cache of 3 %, full at 0.6", OTHER(150, 60, .shape = FILLS, .size = 0.03, .param = 0.6, .most = 1) },
		{ "half a sine, +-8 %", OTHER(100, 40, .shape = SINE, .size = 0.08, .param = 0.5, .most = 2) },
		{ "leak of 1 %, 300 a cycle", 200, .per_cycle = 300, .garbage = 0.3, .varies = 0.2, .noise = 0.001,
		  .leak = 0.01, FOUND },
		{ "leak of 4 %, 50 a cycle", OTHER(200, 50, .leak = 0.04, FOUND) },
		{ "leak of 15 %, full heap, 20 a cycle", 100, .per_cycle = 20, .varies = 0.3, NOISE, .leak = 0.15,
		  FOUND },
	};

	(void)state;
	study(scenes, ARRAY_SIZE(scenes), FRESH_SEED);
}

/* What is said to be "95 %", and to be less than, is so. */
static void intervals_hold_the_truth(void **state)
{
#define COLLECTED(n, m, l, bound)                                                                            \
	{                                                                                                    \
		"right after collections, AR " #m, n, .noise = 0.003, .memory = m, .leak = l, .least = bound \
	}
#define SAWS(n, m, l, bound)                                                                                        \
	{                                                                                                           \
		"saw, AR " #m, n, CYCLE(100), .varies = 0.4, .noise = 0.003, .memory = m, .leak = l, .least = bound \
	}
	/* Fifty values of such a memory are worth less than three: that nobody can tell from them. */
	static const struct scene scenes[] = {
		COLLECTED(50, 0.0, 0.0, 93),
		COLLECTED(50, 0.5, 0.0, 92),
		COLLECTED(50, 0.9, 0.0, 80),
		COLLECTED(200, 0.0, 0.03, 93),
		COLLECTED(200, 0.5, 0.03, 93),
		COLLECTED(200, 0.9, 0.03, 90),
		SAWS(50, 0.0, 0.0, 93),
		SAWS(50, 0.5, 0.0, 92),
		SAWS(50, 0.9, 0.0, 80),
		SAWS(200, 0.0, 0.03, 93),
		SAWS(200, 0.5, 0.03, 93),
		SAWS(200, 0.9, 0.03, 88),
		{ "saw, constant", 50, CYCLE(10), .leak = 0.05, .least = 93 },
	};

	bool failed = false;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scenes); i++) {
		struct outcome o = outcome_of(&scenes[i], SEED + 3000 + i, n_rounds(100));
		double covered = percent(o.n_covered, o.n_intervals);
		if (getenv("MEMPROF_STUDY"))
			printf("| %s, leak %g | %d | %.1f %% | %.1f %% |\n", scenes[i].summary, scenes[i].leak,
			       scenes[i].n_collections, percent(o.n_intervals, o.n), covered);
		failed |= covered < scenes[i].least;
		if (covered < scenes[i].least)
			print_error("%s: %.1f %% of the intervals hold the truth\n", scenes[i].summary, covered);
	}
	assert_false(failed);
}

/* Of a few sizes, the smallest leak that is found in 99 % of cases. */
static void print_smallest_leaks(void)
{
	static const double leaks[] = {
		0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4,
	};
	static const double garbage[] = { 0.1, 0.25, 0.5, 0 }, per_cycle[] = { 3, 10, 30, 100 };

	for (size_t g = 0; g < ARRAY_SIZE(garbage); g++) {
		printf("| %g |", garbage[g]);
		for (size_t p = 0; p < ARRAY_SIZE(per_cycle); p++) {
			double found = NAN;
			for (size_t i = 0; isnan(found) && i < ARRAY_SIZE(leaks); i++) {
				struct scene scene = { "",
						       200,
						       .per_cycle = per_cycle[p],
						       .garbage = garbage[g],
						       .varies = 0.3,
						       .noise = 0.001,
						       .leak = leaks[i] };
				struct outcome o = outcome_of(&scene, SEED, 200);
				if (o.n_leaks * 100 >= 99 * o.n)
					found = leaks[i];
			}
			printf(" %g %% |", 100 * found);
		}
		printf("\n");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(steady_saws_are_not_called_leaks),
		cmocka_unit_test(what_stops_is_not_called_a_leak),
		cmocka_unit_test(leaks_are_found),
		cmocka_unit_test(and_so_it_is_on_other_heaps),
		cmocka_unit_test(intervals_hold_the_truth),
	};

	if (getenv("MEMPROF_STUDY"))
		print_smallest_leaks();
	return RUN(tests);
}
