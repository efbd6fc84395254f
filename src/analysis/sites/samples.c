#include "memprof/analysis/site_samples.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"

enum { NUMBERS = UINT16_MAX + 1 };

/* ---- what the agent sends ---- */

static bool keep(struct site_samples *s, const struct event_site *site)
{
	struct site_sample sample = { .i_frame = (uint32_t)s->n_frames,
				      .n_frames = site->n_frames,
				      .size_bytes = site->size_bytes,
				      .step_bytes = site->step_bytes,
				      .address = site->address,
				      .block = site->is_followed ? SITE_FOLLOWED : SITE_NOT_FOLLOWED };

	if (!s->latest)
		s->latest = calloc(NUMBERS, sizeof(*s->latest));
	if (!s->latest || s->n_samples >= SITE_SAMPLES_MAX)
		return false;
	for (uint32_t i = 0; i < site->n_frames; i++)
		if (vec_push(s, frames, site->frames[i]) < 0)
			return false;
	if (vec_push(s, samples, sample) < 0)
		return false;
	s->latest[site->number] = (uint32_t)s->n_samples;
	s->n_cut += site->is_cut;
	return true;
}

static void take_gone(struct site_samples *s, const struct event_site_gone *gone)
{
	uint32_t i = s->latest ? s->latest[gone->number] : 0;

	if (i > 0 && s->samples[i - 1].block == SITE_FOLLOWED)
		s->samples[i - 1].block = gone->is_freed ? SITE_FREED : SITE_NOT_FOLLOWED;
}

static void take_mark(struct site_samples *s, const struct event_text *label)
{
	if (!s->mark || label->n_bytes != strlen(s->mark) || memcmp(label->bytes, s->mark, label->n_bytes) != 0)
		return;
	s->has_mark = true;
	for (size_t i = 0; i < s->n_samples; i++)
		s->samples[i].was_alive = s->samples[i].block == SITE_FOLLOWED;
}

static void count_lost(struct site_samples *s, uint64_t n_lost)
{
	if (s->joins)
		s->n_lost_before = n_lost;
	s->joins = false;
	if (n_lost > s->n_lost_before)
		s->n_lost_there = MAX(s->n_lost_there, n_lost - s->n_lost_before);
}

void site_samples_event(struct site_samples *s, const struct event *event)
{
	if (event->kind == EVENT_SITE_GONE)
		take_gone(s, &event->site_gone);
	else if (event->kind == EVENT_MARK)
		take_mark(s, &event->mark);
	s->has_gaps |= event->kind == EVENT_LOST && event->lost.n_frames > 0;
	if (event->kind != EVENT_SITE)
		return;
	count_lost(s, event->site.n_lost);
	if ((event->site.n_frames > 0 || event->site.is_cut) && !keep(s, &event->site))
		s->n_lost_here++;
}

void site_samples_deinit(struct site_samples *s)
{
	vec_deinit(s, frames);
	vec_deinit(s, samples);
	free(s->latest);
	*s = (struct site_samples){ .n_samples = 0 };
}

/* ---- what it says of all allocations ---- */

double site_sample_weight(uint64_t size_bytes, uint64_t step_bytes)
{
	return size_bytes > 0 ? -1 / expm1(-(double)size_bytes / (double)step_bytes) : 1;
}

/* The sum of what was rounded is right. */
static uint64_t round_on(double value, double *rest)
{
	double whole = floor(value + *rest + 0.5);

	*rest += value - whole;
	return whole < 0x1p62 ? (uint64_t)whole : SITES_SUM_MAX;
}

/* By address, and at one address in their order. */
static int by_address(const void *a, const void *b)
{
	const struct site_sample *x = *(const struct site_sample *const *)a, *y = *(const struct site_sample *const *)b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x > y) - (x < y);
}

static bool is_same_block(const struct site_sample *sample, const struct site_names *names)
{
	uint64_t granule = names->granule_bytes;

	return granule > 0 && names->block_bytes(names->ctx, sample->address) ==
				      (sample->size_bytes + granule - 1) / granule * granule;
}

static bool *find_marked(const struct site_samples *s)
{
	bool *ret = calloc(s->n_samples + 1, sizeof(*ret));

	for (size_t i = 0; ret && i < s->n_samples; i++)
		ret[i] = s->samples[i].was_alive && !s->no_alive;
	return ret;
}

/* For each sample: its block is in use. NULL: out of memory. */
static bool *find_alive(const struct site_samples *s, const struct site_names *names)
{
	if (s->no_alive || s->mark)
		return find_marked(s);
	bool *ret = calloc(s->n_samples + 1, sizeof(*ret));
	const struct site_sample **order = malloc((s->n_samples + 1) * sizeof(*order));

	for (size_t i = 0; order && i < s->n_samples; i++)
		order[i] = &s->samples[i];
	if (order && s->n_samples)
		qsort(order, s->n_samples, sizeof(*order), by_address);
	for (size_t i = 0; ret && order && i < s->n_samples; i++) {
		const struct site_sample *sample = order[i];
		bool is_last = i + 1 == s->n_samples || order[i + 1]->address != sample->address;
		bool is_sure = sample->block == SITE_FOLLOWED && !s->has_gaps;
		ret[sample - s->samples] = is_sure ||
					   (sample->block != SITE_FREED && is_last && is_same_block(sample, names));
	}
	if (!order) {
		free(ret);
		ret = NULL;
	}
	free(order);
	return ret;
}

static int add_sample(const struct site_samples *s, const struct site_sample *sample, bool is_alive,
		      const struct site_names *names, double *rest, struct sites *ret)
{
	double weight = site_sample_weight(sample->size_bytes, sample->step_bytes), rest_of_bytes = 0;
	struct sites_sum sum = { .n_samples = 1,
				 .count = round_on(weight, rest),
				 .bytes = round_on(weight * (double)sample->size_bytes, &rest_of_bytes) };
	uint64_t *n_of_size = &ret->sizes[sites_size_class(sample->size_bytes)];
	uint32_t chain[SITES_DEPTH_MAX];

	sum.alive_bytes = is_alive ? sum.bytes : 0;
	sum.alive_count = is_alive ? sum.count : 0;
	*n_of_size = MIN(*n_of_size + sum.count, SITES_SUM_MAX);
	for (uint32_t i = 0; i < sample->n_frames; i++)
		chain[i] = names->frame(names->ctx, &s->frames[sample->i_frame + i]);
	int error = is_alive ? sites_keep_sample(ret, names->holder(names->ctx, sample->address),
						 sample->n_frames ? chain[0] : SITES_NONE, sum.bytes,
						 (size_t)(sample - s->samples), s->n_samples) :
			       0;
	return error < 0 ? error : sites_add(ret, chain, sample->n_frames, &sum);
}

int site_samples_add(const struct site_samples *s, const struct site_names *names, struct sites *ret)
{
	bool *is_alive = find_alive(s, names);
	int error = is_alive ? 0 : -ENOMEM;
	double rest = 0;

	for (size_t i = 0; i < s->n_samples && error == 0; i++)
		error = add_sample(s, &s->samples[i], is_alive[i], names, &rest, ret);
	free(is_alive);
	ret->n_lost = s->n_lost_there + s->n_lost_here;
	ret->has_counts = ret->has_sizes = true;
	ret->has_alive = ret->has_kept = !s->no_alive && (!s->mark || s->has_mark);
	return error;
}
