#include "memprof/analysis/site_samples.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "sites/private.h"

enum { NUMBERS = UINT16_MAX + 1 };

/* ---- what the agent sends ---- */

static bool keep(struct site_samples *s, const struct event_site *site)
{
	struct site_sample sample = { .i_frame = (uint32_t)s->n_frames,
				      .n_frames = site->n_frames,
				      .size_bytes = site->size_bytes,
				      .step_bytes = site->step_bytes,
				      .address = site->address,
				      .at_us = s->now_us,
				      .size_class = site->size_class,
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
	s->n_collections += event->kind == EVENT_GC;
	if (event->kind == EVENT_LOST) {
		s->has_gaps |= event->lost.n_missing > 0;
		s->lacks_events |= event->lost.n_frames > 0;
	}
	if (event->kind != EVENT_SITE)
		return;
	const struct event_site *site = &event->site;
	count_lost(s, site->n_lost);
	bool is_outside = site->n_frames == 0 && !site->is_cut; /* the prompt compiles the program */
	if (!is_outside && !keep(s, site))
		s->n_lost_here++;
	else if (site->class_bytes)
		site_samples_count(s, site->size_class, site->class_bytes, site->size_bytes, site->step_bytes);
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
	return size_bytes > 0 && step_bytes > 1 ? -1 / expm1(-(double)size_bytes / (double)step_bytes) : 1;
}

/* Half of what it counts to cannot have been requested between two samples: the board has begun anew. */
void site_samples_count(struct site_samples *s, uint8_t size_class, uint32_t class_bytes, uint64_t size_bytes,
			uint64_t step_bytes)
{
	struct site_class *c = &s->classes[size_class];
	uint32_t since = class_bytes - c->counted;
	bool is_known = c->n_samples > 0 && since < UINT32_C(1) << 31;

	c->requested_bytes += is_known ? since : MIN(size_bytes, UINT32_MAX);
	c->counted = class_bytes;
	c->estimated_bytes += site_sample_weight(size_bytes, step_bytes) * (double)size_bytes;
	c->sampled_bytes += size_bytes;
	c->n_samples++;
}

/* From a class's estimate to what was counted. Before its first sample and after its last one there is the mean of what
 * is between two samples. Of a single sample nothing is known but itself. */
static double scale_of(const struct site_class *c)
{
	double between = MAX(c->estimated_bytes - (double)c->sampled_bytes, 0) / (double)MAX(c->n_samples, 1);

	return c->n_samples > 1 && c->estimated_bytes > 0 ?
		       ((double)c->requested_bytes + 2 * between) / c->estimated_bytes :
		       1;
}

/* The sum of what was rounded is right. */
static uint64_t round_on(double value, double *rest)
{
	double whole = floor(value + *rest + 0.5);

	*rest += value - whole;
	return whole < 0x1p62 ? (uint64_t)whole : SITES_SUM_MAX;
}

static void chain_of(const struct site_samples *s, const struct site_sample *sample, const struct site_names *names,
		     uint32_t *ret)
{
	for (uint32_t i = 0; i < sample->n_frames; i++)
		ret[i] = names->frame(names->ctx, &s->frames[sample->i_frame + i]);
}

static int add_time(const struct site_samples *s, const struct site_sample *sample, const struct site_names *names,
		    struct sites *ret)
{
	uint32_t chain[SITES_DEPTH_MAX];

	chain_of(s, sample, names, chain);
	return sites_add(ret, chain, sample->n_frames,
			 &(struct sites_sum){ .n_samples = 1, .bytes = sample->size_bytes });
}

static int add_sample(const struct site_samples *s, const struct site_sample *sample, enum site_alive alive,
		      const struct site_names *names, double *rest, struct sites *ret)
{
	double weight = site_sample_weight(sample->size_bytes, sample->step_bytes) *
			scale_of(&s->classes[sample->size_class]);
	double rest_of_bytes = 0;
	struct sites_sum sum = { .n_samples = 1,
				 .count = round_on(weight, rest),
				 .bytes = round_on(weight * (double)sample->size_bytes, &rest_of_bytes) };
	uint64_t *n_of_size = &ret->sizes[sites_size_class(sample->size_bytes)];
	uint32_t chain[SITES_DEPTH_MAX];

	chain_of(s, sample, names, chain);
	sum.alive_bytes = alive ? sum.bytes : 0;
	sum.alive_count = alive ? sum.count : 0;
	if (alive == SITE_ALIVE_GUESSED || alive == SITE_ALIVE_IN_DOUBT)
		sites_add_up(&ret->guessed_bytes, sum.bytes, SITES_SUM_MAX);
	*n_of_size = MIN(*n_of_size + sum.count, SITES_SUM_MAX);
	uint64_t first_us = s->samples[0].at_us; /* what waited on the board may come after the end */
	const struct sites_moment when = { sample->at_us - first_us, s->end_us > first_us ? s->end_us - first_us : 0,
					   (size_t)(sample - s->samples), s->n_samples };
	int error = alive ? sites_keep_sample(ret, names->holder(names->ctx, sample->address),
					      sample->n_frames ? chain[0] : SITES_NONE, sum.bytes,
					      alive == SITE_ALIVE_MOVED || alive == SITE_ALIVE_IN_DOUBT, &when) :
			    0;
	return error < 0 ? error : sites_add(ret, chain, sample->n_frames, &sum);
}

static int add_times(const struct site_samples *s, const struct site_names *names, struct sites *ret)
{
	int error = 0;

	for (size_t i = 0; i < s->n_samples && error == 0; i++)
		error = add_time(s, &s->samples[i], names, ret);
	return error;
}

static int add_allocations(const struct site_samples *s, const struct site_names *names, struct sites *ret)
{
	enum site_alive *alive = site_samples_alive(s, names, ret);
	int error = alive ? 0 : -ENOMEM;
	double rest = 0;

	for (size_t i = 0; i < s->n_samples && error == 0; i++)
		error = add_sample(s, &s->samples[i], alive[i], names, &rest, ret);
	free(alive);
	ret->has_counts = ret->has_sizes = true;
	ret->has_alive = ret->has_kept = !s->no_alive && (!s->mark || s->has_mark);
	return error;
}

int site_samples_add(const struct site_samples *s, const struct site_names *names, struct sites *ret)
{
	ret->n_lost = s->n_lost_there + s->n_lost_here;
	return (ret->unit == SITES_TIME ? add_times : add_allocations)(s, names, ret);
}
