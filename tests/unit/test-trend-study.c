/* How often the verdict is right, on heaps whose truth is known. docs/analysis.md has the table;
 * MEMPROF_STUDY=N makes N heaps for each line and prints it.
 *
 * A heap of 200000 B. What stays in use moves by noise, from collection to collection, with some
 * memory of the one before. Garbage goes up to a height of its own in each cycle, and each cycle has a
 * length of its own; samples are taken at fixed intervals, so they hit the saw at any phase. */
#include "drift.h"
#include "minima.h"

#include <math.h>
#include <stdio.h>

#include "unit.h"

enum { HEAP_BYTES = 200000, BLOCK_BYTES = 16 };

struct scene {
	const char *says;
	int    n_collections;
	double per_cycle;       /* samples, on average; each cycle has half to one and a half of it;
				 * 0: one sample right after each collection */
	double garbage;         /* all in parts of the heap; each cycle has half of it to all */
	double noise, memory;   /* standard deviation; how much of the one before it keeps */
	double step, step_at;   /* what is more in use from some part of the run on */
	double warms, warms_in; /* the same, but gently: 1 - exp(-t / warms_in) */
	double leak;            /* over the whole run */
	double least, most;     /* bounds of how often it is called a leak, in percent */
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

static struct minima minima;

static void sample(double used, bool collected)
{
	uint64_t bytes = (uint64_t)(fmin(fmax(used, 0), 1) * HEAP_BYTES) / BLOCK_BYTES * BLOCK_BYTES;
	struct trend_minimum s = { .i_sample = minima.n_seen, .level = (double)bytes };

	if (collected) {
		minima_add_collected(&minima, &s, minima.n_seen == 0);
		minima.n_seen++;
	} else {
		minima_add(&minima, &s);
	}
}

static void play(const struct scene *scene)
{
	double stays = normal() * scene->noise, phase = uniform();

	minima = (struct minima){ 0 };
	for (int i = 0; i < scene->n_collections; i++) {
		double at = (double)i / scene->n_collections, memory = scene->memory;
		double length = scene->per_cycle * (0.5 + uniform());
		double height = scene->garbage * (0.5 + uniform() / 2);
		stays = memory * stays + sqrt(1 - memory * memory) * normal() * scene->noise;
		double live = 0.3 + stays + scene->leak * at + (at >= scene->step_at ? scene->step : 0);
		if (scene->warms > 0)
			live += scene->warms * (1 - exp(-at / scene->warms_in));
		if (scene->per_cycle <= 0) {
			sample(live, true);
			continue;
		}
		for (; phase < length; phase++)
			sample(live + height * phase / length, false);
		phase -= length;
	}
	minima_finish(&minima);
}

static enum trend_verdict judge(double *ret_p)
{
	struct point points[TREND_MINIMA_MAX];
	size_t n_warm;

	for (size_t i = 0; i < minima.n_kept; i++)
		points[i] = (struct point){ (double)minima.kept[i].i_sample, minima.kept[i].level };
	return drift_verdict(points, minima.n_kept, true, ret_p, &n_warm);
}

static int n_rounds(void)
{
	const char *n = getenv("MEMPROF_STUDY");

	return n ? atoi(n) : 400;
}

static void study(const struct scene *scenes, size_t n_scenes)
{
	bool failed = false;

	for (size_t i = 0; i < n_scenes; i++) {
		const struct scene *s = &scenes[i];
		int n = n_rounds(), n_leaks = 0, n_rank_alone = 0, n_unknown = 0;
		random_state = 88172645463325252 + i;
		for (int round = 0; round < n; round++) {
			double p;
			play(s);
			enum trend_verdict verdict = judge(&p);
			n_leaks += verdict == TREND_RISING;
			n_unknown += verdict == TREND_UNKNOWN;
			n_rank_alone += p <= 0.01;
		}
		double percent = 100.0 * n_leaks / n;
		bool right = percent >= s->least && percent <= s->most;
		failed |= !right;
		if (getenv("MEMPROF_STUDY"))
			printf("| %s | %d | %.2f %% | %.1f %% |%s\n", s->says, s->n_collections, percent,
			       100.0 * n_rank_alone / n, n_unknown ? " unknown" : "");
		if (!right)
			print_error("%s, %d collections: %.2f %% are called a leak, not %g to %g\n", s->says,
				    s->n_collections, percent, s->least, s->most);
	}
	assert_false(failed);
}

#define SAW .per_cycle = 30, .garbage = 0.25, .noise = 0.0015
#define COLLECTED .noise = 0.0015

static void steady_saws_are_not_called_leaks(void **state)
{
	static const struct scene scenes[] = {
		{ "steady", 6, SAW, .most = 1 },
		{ "steady", 12, SAW, .most = 1 },
		{ "steady", 50, SAW, .most = 1 },
		{ "steady", 200, SAW, .most = 1 },
		{ "steady", 2000, SAW, .most = 1 },
		{ "steady, autocorrelation 0.5", 12, SAW, .memory = 0.5, .most = 1 },
		{ "steady, autocorrelation 0.5", 200, SAW, .memory = 0.5, .most = 1 },
		{ "steady, autocorrelation 0.9", 12, SAW, .memory = 0.9, .most = 1 },
		{ "steady, autocorrelation 0.9", 50, SAW, .memory = 0.9, .most = 1 },
		{ "steady, autocorrelation 0.9", 200, SAW, .memory = 0.9, .most = 1 },
		{ "steady, autocorrelation 0.9, noise x 7", 20, .per_cycle = 30, .garbage = 0.25,
		  .noise = 0.01, .memory = 0.9, .most = 1 },
		{ "steady, autocorrelation 0.9, noise x 7", 200, .per_cycle = 30, .garbage = 0.25,
		  .noise = 0.01, .memory = 0.9, .most = 1 },
		{ "steady, 3 samples a cycle", 200, .per_cycle = 3, .garbage = 0.25, .noise = 0.0015,
		  .most = 1 },
		{ "steady, 0.8 samples a cycle", 1000, .per_cycle = 0.8, .garbage = 0.25,
		  .noise = 0.0015, .most = 1 },
		{ "steady, sampled after collections", 6, COLLECTED, .most = 1 },
		{ "steady, sampled after collections", 200, COLLECTED, .most = 1 },
		{ "the same, autocorrelation 0.5", 12, COLLECTED, .memory = 0.5, .most = 1 },
		{ "the same, autocorrelation 0.5", 200, COLLECTED, .memory = 0.5, .most = 1 },
		{ "the same, autocorrelation 0.9", 12, COLLECTED, .memory = 0.9, .most = 1 },
		{ "the same, autocorrelation 0.9", 20, COLLECTED, .memory = 0.9, .most = 1 },
		{ "the same, autocorrelation 0.9", 200, COLLECTED, .memory = 0.9, .most = 1 },
	};

	(void)state;
	study(scenes, ARRAY_SIZE(scenes));
}

static void warming_up_is_not_called_a_leak(void **state)
{
#define STEP(n, size, at) { "step of " #size " at " #at " of the run", n, SAW, .memory = 0.5,      \
			    .step = size, .step_at = at, .most = 1 }
	static const struct scene scenes[] = {
		STEP(6, 0.05, 0.2), STEP(12, 0.05, 0.2), STEP(50, 0.05, 0.2), STEP(200, 0.05, 0.2),
		STEP(12, 0.005, 0.2), STEP(50, 0.005, 0.2), STEP(200, 0.005, 0.2), STEP(200, 0.2, 0.02),
		STEP(200, 0.0015, 0.1), STEP(200, 0.003, 0.1), STEP(200, 0.01, 0.1),
		STEP(200, 0.0015, 0.3), STEP(200, 0.003, 0.3), STEP(200, 0.01, 0.3),
		STEP(200, 0.0015, 0.5), STEP(200, 0.003, 0.5), STEP(200, 0.01, 0.5),
		STEP(200, 0.0015, 0.7), STEP(200, 0.003, 0.7), STEP(200, 0.01, 0.7),
		{ "gently, within 0.1 of the run", 200, SAW, .warms = 0.1, .warms_in = 0.1, .most = 1 },
		/* a fifth of it still to come in the later half: that may be called either */
		{ "gently, within 0.2 of the run", 200, SAW, .warms = 0.1, .warms_in = 0.2, .most = 50 },
	};

	(void)state;
	study(scenes, ARRAY_SIZE(scenes));
}

static void leaks_are_found(void **state)
{
	static const struct scene scenes[] = {
		{ "leak of 1 %", 200, SAW, .leak = 0.01, .least = 99, .most = 100 },
		{ "leak of 1 %, autocorrelation 0.5", 200, SAW, .memory = 0.5, .leak = 0.01, .least = 97,
		  .most = 100 },
		{ "leak of 1 %, sampled after collections", 200, COLLECTED, .leak = 0.01, .least = 99,
		  .most = 100 },
		{ "the same, autocorrelation 0.5", 200, COLLECTED, .memory = 0.5, .leak = 0.01,
		  .least = 99, .most = 100 },
		{ "leak of 1 %, noise 0.0025, 20 a cycle", 200, .per_cycle = 20, .garbage = 0.3,
		  .noise = 0.0025, .leak = 0.01, .least = 70, .most = 100 },
		{ "leak of 1 %", 1000, SAW, .memory = 0.5, .leak = 0.01, .least = 99, .most = 100 },
		{ "leak of 2 %", 50, SAW, .leak = 0.02, .least = 90, .most = 100 },
		{ "leak of 5 %", 20, SAW, .leak = 0.05, .least = 90, .most = 100 },
		{ "leak of 5 %", 12, SAW, .leak = 0.05, .least = 80, .most = 100 },
		{ "leak of 20 %", 6, SAW, .leak = 0.2, .least = 90, .most = 100 },
		{ "step of 0.05 at 0.05, then leak of 1 %", 200, SAW, .step = 0.05, .step_at = 0.05,
		  .leak = 0.01, .least = 60, .most = 100 },
	};

	(void)state;
	study(scenes, ARRAY_SIZE(scenes));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(steady_saws_are_not_called_leaks),
		cmocka_unit_test(warming_up_is_not_called_a_leak),
		cmocka_unit_test(leaks_are_found),
	};

	return RUN(tests);
}
