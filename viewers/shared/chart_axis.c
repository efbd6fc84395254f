#include "shared/chart_axis.h"

#include "memprof/base/number.h"

void chart_axis_reach(struct chart_axis *axis, uint64_t value)
{
	if (value == NOT_KNOWN)
		return;
	axis->low = MIN(axis->low, (double)value);
	axis->high = MAX(axis->high, (double)value);
}

struct chart_axis chart_axis_of_pool(const struct trend_pool_result *pool)
{
	struct chart_axis axis = { 0, 1 };

	for (size_t i = 0; i < pool->n_buckets; i++) {
		const struct trend_bucket *b = &pool->buckets[i];
		chart_axis_reach(&axis, b->high_total_bytes);
		for (int f = TREND_USED; f <= TREND_LARGEST_FREE; f++)
			chart_axis_reach(&axis, b->high[f]);
	}
	return axis;
}

double chart_axis_part(const struct chart_axis *axis, double value)
{
	if (!(axis->high > axis->low))
		return 0.5;
	return (MIN(MAX(value, axis->low), axis->high) - axis->low) / (axis->high - axis->low);
}

int chart_axis_step(const struct chart_axis *axis, double value, int n_steps)
{
	return (int)(chart_axis_part(axis, value) * (n_steps - 1) + 0.5);
}

double chart_axis_mark(double length, double unit, int n_max)
{
	static const double steps[] = { 1, 2, 5 };

	for (double ten = unit;; ten *= 10)
		for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
			if (length / (ten * steps[i]) <= n_max)
				return ten * steps[i];
}

double chart_axis_unit(double n_bytes)
{
	double unit = 1;

	while (unit * 1024 <= n_bytes / 2)
		unit *= 1024;
	return unit;
}
