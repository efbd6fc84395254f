#include <math.h>

#include "memprof/base/number.h"
#include "trend/private.h"

enum {
	SAMPLES_LEAST = 8,
	LEFT_PART = 8,   /* of what was free at first, at most */
	BOOTS_LEAST = 3, /* that ran dry */
};

static const double FALLS_PART = 0.8; /* of the steps, at least; and of boots, those that run dry */

static const struct trend_pool *pool_of(const struct trend *t)
{
	return t->n_pools > 0 && t->pools[0]->known[TREND_FREE].n >= SAMPLES_LEAST ? t->pools[0] : NULL;
}

static bool is_dry(const struct trend_pool *pool)
{
	const struct trend_known *free = &pool->known[TREND_FREE];
	size_t n_falls = 0, n_steps = 0;

	for (size_t i = 1; i < pool->n_buckets; i++) {
		const struct trend_drawn *before = &pool->buckets[i - 1].drawn[TREND_FREE];
		const struct trend_drawn *now = &pool->buckets[i].drawn[TREND_FREE];
		if (before->n_known == 0 || now->n_known == 0)
			continue;
		n_steps++;
		n_falls += now->value < before->value;
	}
	return n_steps > 0 && free->last <= free->first / LEFT_PART && (double)n_falls >= FALLS_PART * (double)n_steps;
}

void dry_add(struct boots_dry *dry, const struct trend *boot)
{
	const struct trend_pool *pool = pool_of(boot);

	if (!pool)
		return;
	dry->n_judged++;
	if (!is_dry(pool))
		return;
	const struct trend_known *free = &pool->known[TREND_FREE];
	dry->least_samples = dry->n_dry == 0 ? free->n : MIN(dry->least_samples, free->n);
	dry->most_samples = MAX(dry->most_samples, free->n);
	dry->per_sample += (double)(free->first - free->last) / (double)(free->n - 1);
	dry->n_dry++;
	if (boot->untimed)
		return;
	dry->span_us += boot->last_us - boot->first_us;
	dry->n_steps += free->n - 1;
}

/* Samples that are left to one that may be as long as others were. */
static double samples_left(uint64_t n_samples, uint64_t n_now) { return (double)(n_samples - MIN(n_samples, n_now)); }

/* It ends as those before it. */
static void set_ends(const struct trend_pool *now, double us_per_sample, struct trend_pool_result *ret)
{
	uint64_t n_samples = now ? now->known[TREND_FREE].n : 0;

	ret->left_bytes = ret->series[TREND_FREE].last;
	ret->exhausted_in_samples = (double)ret->left_bytes / ret->leak.per_sample;
	ret->ends_least_samples = samples_left(ret->dry.least_samples, n_samples);
	ret->ends_most_samples = samples_left(ret->dry.most_samples, n_samples);
	if (isnan(us_per_sample))
		return;
	ret->exhausted_in_us = (uint64_t)(ret->exhausted_in_samples * us_per_sample);
	ret->ends_least_us = (uint64_t)(ret->ends_least_samples * us_per_sample);
	ret->ends_most_us = (uint64_t)(ret->ends_most_samples * us_per_sample);
}

void dry_judge(const struct boots_dry *before, const struct trend *now, bool is_now, struct trend_pool_result *ret)
{
	const struct trend_pool *pool = pool_of(now);
	struct boots_dry dry = *before;
	bool is_over = pool && is_dry(pool);
	bool outlives = pool && !is_over && pool->known[TREND_FREE].n > dry.most_samples;

	if (is_over || outlives)
		dry_add(&dry, now);
	if (ret->leaks || ret->verdict == LEAK_STEADY || dry.n_dry < BOOTS_LEAST ||
	    (double)dry.n_dry < FALLS_PART * (double)dry.n_judged)
		return;
	double us = dry.n_steps > 0 ? (double)dry.span_us / (double)dry.n_steps : (double)NAN;
	ret->verdict = LEAK_LEAKING;
	ret->leaks = true;
	ret->is_suspected = false;
	ret->dry = dry;
	ret->leak = (struct trend_slope){ dry.per_sample / (double)dry.n_dry, NAN, NAN, NAN };
	ret->leak.per_hour = ret->leak.per_sample * US_PER_HOUR / us;
	if (is_now && !is_over && !outlives)
		set_ends(pool, us, ret);
}
