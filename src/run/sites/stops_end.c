/* What stops have shown, once the program has ended: what is left of it, and the profile. */
#include <errno.h>
#include <stdlib.h>

#include "memprof/base/number.h"
#include "sites/stops.h"

static uint64_t address_of(const struct gc_areas *areas, uint32_t i_block)
{
	size_t i = 0;

	for (; i + 1 < areas->n_areas && i_block >= areas->areas[i].n_blocks; i++)
		i_block -= areas->areas[i].n_blocks;
	return areas->areas[i].pool + (uint64_t)i_block * areas->areas[i].block_bytes;
}

/* *ret_line: the frame of the profile that allocated it; SITES_NONE. */
static int add_allocation(const struct stops *s, const struct stops_allocation *a, uint32_t *ret_line)
{
	struct profile *profile = &s->program->profile;
	struct sites *sites = profile->sites;
	uint64_t n_bytes = (uint64_t)a->n_blocks * s->at.layout.block_bytes;
	double weight = s->bursts[a->i_burst].weight;
	struct sites_sum sum = { .n_samples = 1,
				 .bytes = (uint64_t)(weight * (double)n_bytes + 0.5),
				 .count = (uint64_t)(weight + 0.5) };
	uint32_t chain[CALL_STACK_MAX];

	sites->sizes[sites_size_class(n_bytes)] += sum.count;
	sites->temporary_bytes += a->is_temporary ? sum.bytes : 0;
	double alive = weight * a->alive_part;
	sum.alive_bytes = (uint64_t)(alive * (double)n_bytes + 0.5);
	sum.alive_count = (uint64_t)(alive + 0.5);
	profile_chain(profile, a->i_frame, a->n_frames, chain);
	*ret_line = a->n_frames ? chain[0] : SITES_NONE;
	const struct sites_moment when = { a->at_us - s->allocations[0].at_us, s->now_us - s->allocations[0].at_us,
					   (size_t)(a - s->allocations), s->n_allocations };
	int error = sites_add(sites, chain, a->n_frames, &sum);
	if (error == 0 && a->is_alive)
		error = sites_keep_sample(sites, profile_holder(profile, address_of(&s->stacks.areas, a->i_block)),
					  *ret_line, sum.alive_bytes, false, &when);
	return error;
}

static int add_allocations(const struct stops *s)
{
	struct sites *sites = s->program->profile.sites;
	struct burst_part *parts = malloc((s->n_allocations + 1) * sizeof(*parts));
	double n_independent = 0;
	int error = parts ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->n_allocations && error == 0; i++) {
		const struct stops_allocation *a = &s->allocations[i];
		uint32_t line = SITES_NONE;
		error = add_allocation(s, a, &line);
		parts[i] = (struct burst_part){ a->i_burst, line == SITES_NONE ? 0 : line + 1,
						s->bursts[a->i_burst].weight * a->n_blocks };
	}
	if (error == 0)
		error = bursts_independent(parts, s->n_allocations, sites->n_frames + 1, &n_independent);
	sites->n_independent = (uint64_t)n_independent;
	free(parts);
	return error;
}

/* After a collection that nothing was allocated after: the tables have heads and no marks. */
static void note_dead_at_end(void *ctx, struct memory_reader *r)
{
	struct stops *s = ctx;
	struct collections *c = &s->program->collections;
	const uint8_t *table = c->filter.tables;
	size_t n = 0;

	if (stops_read_tables(s, r) < 0)
		return;
	for (size_t i = 0; i < s->stacks.areas.n_areas; i++) {
		const struct gc_area *area = &s->stacks.areas.areas[i];
		table += collection_hook_area_bytes(&c->hook);
		for (uint32_t k = 0; k < area->n_blocks; k++, n++) {
			unsigned bits = table[k / 4] >> k % 4 * 2 & 3;
			c->before[n] = bits == 1 ? BLOCK_HEAD : bits == 2 ? BLOCK_TAIL : BLOCK_FREE;
			c->after[n] = bits == 1 ? BLOCK_HEAD : BLOCK_FREE;
		}
		table += area->n_table_bytes;
	}
	s->n_end_blocks = n;
	stops_note_dead(s);
	stops_note_temporary(s);
}

/* Of those that are alive: without the tables of the end, all. 0 or -ENOMEM. */
static int find_alive_parts(struct stops *s)
{
	struct collections *c = &s->program->collections;
	struct burst_left *left = malloc((s->n_allocations + 1) * sizeof(*left));
	size_t n = 0;

	if (!left)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_allocations; i++) {
		const struct stops_allocation *a = &s->allocations[i];
		if (a->is_alive)
			left[n++] = (struct burst_left){ .i_block = a->i_block,
							 .blocks = s->bursts[a->i_burst].weight * a->n_blocks,
							 .part = 1 };
	}
	if (s->n_end_blocks > 0 && n > 0)
		bursts_left(left, n, s->first, c->before, s->n_end_blocks, s->at.layout.block_bytes);
	n = 0;
	for (size_t i = 0; i < s->n_allocations; i++)
		s->allocations[i].alive_part = s->allocations[i].is_alive ? left[n++].part : 0;
	free(left);
	return 0;
}

/* Sentinels that are freed late look like bursts that end at once where that is not seen (collection_hook.c). Nor are
 * there many in a full heap, as what prepares them has no room. */
static void report_short_bursts(const struct stops *s)
{
	enum { ENOUGH_BURSTS = 20, SHORT = 5 };

	if (s->n_bursts >= ENOUGH_BURSTS && s->n_allocations < SHORT * s->n_bursts)
		session_notice(s->program->session, "warning",
			       "sampling ended early, so sums may be wrong; run it again, or with another --step");
}

void stops_make_profile(struct stops *s)
{
	struct program *p = s->program;
	struct profile *profile = &p->profile;
	struct sites *sites = profile->sites;

	profile_read(p, note_dead_at_end, s);
	bursts_weigh(s->bursts, s->n_bursts, s->unsampled_bytes);
	if (profile->error == 0)
		profile->error = find_alive_parts(s);
	sites->temporary_bytes = 0;
	if (s->n_end_blocks > 0) /* else what is alive is known as of the last stop */
		s->now_us = p->began_us + p->result->info.duration_us - p->stopped_us;
	if (profile->error == 0)
		profile->error = add_allocations(s);
	if (profile->error == 0)
		profile->error = sites_end(sites);
	sites->n_lost = profile->samples.n_lost_there;
	sites->n_bursts = s->n_bursts;
	sites->alive_when = s->n_end_blocks > 0 ? SITES_AT_END : SITES_AT_HALT;
	report_short_bursts(s);
	sites->has_counts = sites->has_alive = sites->has_sizes = sites->has_kept = true;
}
