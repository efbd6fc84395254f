#include "memprof/analysis/bursts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "memprof/base/number.h"

enum { AROUND = 4 }; /* bursts on each side */
/* What is in none of n bursts may have a share of 3 / n (the rule of three). */
#define LEAST_BURSTS 3.0

/* Those that were not observed were as large as the others. */
static double bytes_in_it(const struct burst *burst)
{
	double part = burst->n_in_it > burst->n_observed && burst->n_observed > 0 ?
			      (double)burst->n_in_it / burst->n_observed :
			      1;

	return (double)burst->n_bytes * part;
}

/* What is before a burst in which nothing was observed, those around it share. */
void bursts_weigh(struct burst *bursts, size_t n_bursts, uint64_t after_bytes)
{
	double all = 0;

	for (size_t i = 0; i < n_bursts; i++)
		all += (double)bursts[i].step_bytes + bytes_in_it(&bursts[i]);
	for (size_t i = 0; i < n_bursts; i++) {
		size_t from = i > AROUND ? i - AROUND : 0, to = MIN(i + AROUND + 1, n_bursts), n = 0;
		double sum = 0, step = (double)bursts[i].step_bytes;
		for (size_t k = from; k < to; k++) {
			sum += (double)bursts[k].n_bytes;
			n += bursts[k].n_bytes > 0;
		}
		double stands_for = (step + bytes_in_it(&bursts[i])) * (double)n + step * (double)(to - from - n);
		bursts[i].weight = bursts[i].n_bytes > 0 ? stands_for / sum * (1 + (double)after_bytes / all) : 0;
	}
}

double bursts_chance(uint64_t free_bytes, uint64_t step_bytes)
{
	return -expm1(-(double)free_bytes / (double)MAX(step_bytes, 1U));
}

/* Sums over bursts of a line's bytes, their squares, and their products with all bytes of the burst. */
struct line_sums {
	double bytes, squares, products;
	double in_burst; /* of the burst at hand */
};

static void end_burst(struct line_sums *lines, const struct burst_part *parts, size_t n_parts, double all_bytes)
{
	for (size_t i = 0; i < n_parts; i++) {
		struct line_sums *line = &lines[parts[i].line];
		line->bytes += line->in_burst;
		line->squares += line->in_burst * line->in_burst;
		line->products += line->in_burst * all_bytes;
		line->in_burst = 0; /* once, if the line has several parts */
	}
}

/* Independent samples that would have the variance of the line that has most. */
static double as_samples(const struct line_sums *lines, size_t n_lines, double bytes, double squares, size_t n_bursts)
{
	double most = 0, ret = HUGE_VAL;

	for (size_t i = 0; i < n_lines; i++) {
		double share = lines[i].bytes / bytes;
		double variance = (lines[i].squares - 2 * share * lines[i].products + share * share * squares) /
				  (bytes * bytes) * (double)n_bursts / (double)MAX(n_bursts - 1, 1U);
		if (variance > most) {
			most = variance;
			ret = share * (1 - share) / variance;
		}
	}
	return ret;
}

int bursts_independent(const struct burst_part *parts, size_t n_parts, size_t n_lines, double *ret)
{
	struct line_sums *lines = calloc(n_lines + 1, sizeof(*lines));
	double bytes = 0, squares = 0;
	size_t n_bursts = 0;

	if (!lines)
		return -ENOMEM;
	for (size_t i = 0, begin = 0; i < n_parts; begin = i, n_bursts++) {
		double in_burst = 0;
		for (; i < n_parts && parts[i].i_burst == parts[begin].i_burst; i++) {
			lines[parts[i].line].in_burst += parts[i].bytes;
			in_burst += parts[i].bytes;
		}
		end_burst(lines, parts + begin, i - begin, in_burst);
		bytes += in_burst;
		squares += in_burst * in_burst;
	}
	double least_known = (double)n_bursts / LEAST_BURSTS; /* squared: 100 / sqrt(n) points are 300 / n_bursts */
	double n = bytes > 0 ? as_samples(lines, n_lines, bytes, squares, n_bursts) : 1;
	*ret = n_parts > 0 ? MAX(MIN(n, least_known * least_known), 1) : 0;
	free(lines);
	return 0;
}
