/* What stops have shown (sites_stops.c), once the program has ended: what is left of it, and the profile. */
#include <errno.h>
#include <stdlib.h>

#include "memprof/base/number.h"
#include "sites/sites.h"

enum { END_TRIES = 4 };

static uint64_t address_of(const struct gc_areas *areas, uint32_t i_block)
{
	size_t i = 0;

	for (; i + 1 < areas->n_areas && i_block >= areas->areas[i].n_blocks; i++)
		i_block -= areas->areas[i].n_blocks;
	return areas->areas[i].pool + (uint64_t)i_block * areas->areas[i].block_bytes;
}

/* *ret_line: the frame of the profile that allocated it; SITES_NONE. */
static int add_allocation(const struct program *p, const struct program_allocation *a,
			  const struct program_names *names, struct program_holders *holders, uint32_t *ret_line)
{
	uint64_t n_bytes = (uint64_t)a->n_blocks * p->sites.at.layout.block_bytes;
	double weight = p->sites.bursts[a->i_burst].weight;
	struct sites_sum sum = { .n_samples = 1,
				 .bytes = (uint64_t)(weight * (double)n_bytes + 0.5),
				 .count = (uint64_t)(weight + 0.5) };
	uint32_t chain[CALL_STACK_MAX];

	p->options->sites->sizes[sites_size_class(n_bytes)] += sum.count;
	p->options->sites->temporary_bytes += a->is_temporary ? sum.bytes : 0;
	double alive = weight * a->alive_part;
	sum.alive_bytes = (uint64_t)(alive * (double)n_bytes + 0.5);
	sum.alive_count = (uint64_t)(alive + 0.5);
	for (size_t i = 0; i < a->n_frames; i++) {
		const struct call_frame *frame = &p->sites.frames[a->i_frame + i];
		chain[i] = program_names_frame(p, names, frame->file, frame->name, frame->line);
	}
	*ret_line = a->n_frames ? chain[0] : SITES_NONE;
	const struct sites_moment when = { a->at_us - p->sites.allocations[0].at_us,
					   p->sites.now_us - p->sites.allocations[0].at_us,
					   (size_t)(a - p->sites.allocations), p->sites.n_allocations };
	int error = sites_add(p->options->sites, chain, a->n_frames, &sum);
	if (error == 0 && a->is_alive)
		error = sites_keep_sample(p->options->sites,
					  program_holder(holders, address_of(&p->sites.stacks.areas, a->i_block)),
					  *ret_line, sum.alive_bytes, false, &when);
	return error;
}

static int add_allocations(const struct program *p, const struct program_names *names, struct program_holders *holders)
{
	const struct program_sites *s = &p->sites;
	struct sites *sites = p->options->sites;
	struct burst_part *parts = malloc((s->n_allocations + 1) * sizeof(*parts));
	double n_independent = 0;
	int error = parts ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->n_allocations && error == 0; i++) {
		const struct program_allocation *a = &s->allocations[i];
		uint32_t line = SITES_NONE;
		error = add_allocation(p, a, names, holders, &line);
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
static void note_dead_at_end(struct program *p, struct memory_reader *r)
{
	struct program_sites *s = &p->sites;
	const uint8_t *table = s->tables;
	size_t n = 0;

	if (program_sites_read_tables(p, r) < 0)
		return;
	for (size_t i = 0; i < s->stacks.areas.n_areas; i++) {
		const struct gc_area *area = &s->stacks.areas.areas[i];
		table += collection_hook_area_bytes(&p->collections.hook);
		for (uint32_t k = 0; k < area->n_blocks; k++, n++) {
			unsigned bits = table[k / 4] >> k % 4 * 2 & 3;
			s->before[n] = bits == 1 ? BLOCK_HEAD : bits == 2 ? BLOCK_TAIL : BLOCK_FREE;
			s->after[n] = bits == 1 ? BLOCK_HEAD : BLOCK_FREE;
		}
		table += area->n_table_bytes;
	}
	s->n_end_blocks = n;
	program_sites_note_dead(s);
	program_sites_note_temporary(s);
}

/* Of those that are alive: without the tables of the end, all. 0 or -ENOMEM. */
static int find_alive_parts(struct program_sites *s)
{
	struct burst_left *left = malloc((s->n_allocations + 1) * sizeof(*left));
	size_t n = 0;

	if (!left)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_allocations; i++) {
		const struct program_allocation *a = &s->allocations[i];
		if (a->is_alive)
			left[n++] = (struct burst_left){ .i_block = a->i_block,
							 .blocks = s->bursts[a->i_burst].weight * a->n_blocks,
							 .part = 1 };
	}
	if (s->n_end_blocks > 0 && n > 0)
		bursts_left(left, n, s->first, s->before, s->n_end_blocks, s->at.layout.block_bytes);
	n = 0;
	for (size_t i = 0; i < s->n_allocations; i++)
		s->allocations[i].alive_part = s->allocations[i].is_alive ? left[n++].part : 0;
	free(left);
	return 0;
}

/* A stop takes for a command what was sent of a helper meanwhile, and the prompt waits
 * for the rest of it: it is looked for again. */
void program_sites_end_hook(struct program *p)
{
	for (unsigned i = 0; i < END_TRIES; i++) {
		if (p->sites.was_disturbed && session_find_again(p->session, false) != SESSION_READY)
			return;
		p->sites.was_disturbed = false;
		session_question(p->session, "__memprof(" COLLECTION_HOOK_NONE ")\n");
		if (!p->sites.was_disturbed)
			return;
	}
}

/* Sentinels that are freed late look like bursts that end at once where that is not seen (collection_hook.c). Nor are
 * there many in a full heap, as what prepares them has no room. */
static void report_short_bursts(struct program *p)
{
	enum { ENOUGH_BURSTS = 20, SHORT = 5 };
	const struct program_sites *s = &p->sites;

	if (s->n_bursts >= ENOUGH_BURSTS && s->n_allocations < SHORT * s->n_bursts)
		session_notice(p->session, "warning",
			       "its bursts of samples ended early, so all sums may be wrong; run it again, or with"
			       " another --step");
}

void program_sites_end_stops(struct program *p)
{
	struct program_sites *s = &p->sites;
	struct sites *sites = p->options->sites;
	struct program_holders holders = { .name = STRBUF_INIT };

	program_sites_end_hook(p);
	session_filter(p->session, NULL, NULL, NULL); /* memory that is read holds an old frame */
	program_sites_want_names(s);
	program_names_read(p, &s->of_stops, note_dead_at_end);
	program_holders_read(p, &holders);
	bursts_weigh(s->bursts, s->n_bursts, sites->step_bytes);
	if (s->error == 0)
		s->error = find_alive_parts(s);
	sites->temporary_bytes = 0;
	if (s->n_end_blocks > 0) /* else what is alive is known as of the last stop */
		s->now_us = p->began_us + p->result->info.duration_us - s->stopped_us;
	if (s->error == 0)
		s->error = add_allocations(p, &s->of_stops, &holders);
	sites->n_lost = s->n_lost;
	sites->n_bursts = s->n_bursts;
	sites->alive_when = s->n_end_blocks > 0 ? SITES_AT_END : SITES_AT_HALT;
	report_short_bursts(p);
	sites->has_counts = sites->has_alive = sites->has_sizes = sites->has_kept = true;
	program_holders_deinit(&holders);
}
