/* One axis of a chart, for text, SVG and the screen: where a value stands, and where marks do. Pure. */
#pragma once

#include <stdint.h>

#include "memprof/analysis/trend.h"

struct chart_axis {
	double low, high;
};

/* Reaches to the value. NOT_KNOWN: unchanged. */
void chart_axis_reach(struct chart_axis *axis, uint64_t value);
/* From 0 to the most that the pool holds, of all that is known. */
struct chart_axis chart_axis_of_pool(const struct trend_pool_result *pool);

/* 0 at its low end, 1 at its high end, never beyond; 0.5 if both are the same. */
double chart_axis_part(const struct chart_axis *axis, double value);
/* The nearest of n_steps (rows, dots, columns): 0 .. n_steps - 1. */
int chart_axis_step(const struct chart_axis *axis, double value, int n_steps);

/* The distance of marks on an axis of some length: 1, 2, 5, 10 … units, at most n_max marks after the first. */
double chart_axis_mark(double length, double unit, int n_max);
/* The unit for an axis of bytes: B, KiB, MiB …, of which there are at least two. */
double chart_axis_unit(double n_bytes);

/* The dot at x, y (from the top left) of a braille cell's 2 x 4: a bit of U+2800 and following (Unicode, 21.1). */
static inline uint8_t chart_braille_dot(int x, int y)
{
	static const uint8_t bits[4][2] = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };

	return bits[y % 4][x % 2];
}
