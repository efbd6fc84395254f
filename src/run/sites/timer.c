/* Where a program spends its time: its stack is read at each stop of a timer (timer_hook.h). */
#include "memprof/base/number.h"
#include "memprof/protocol/timer_hook.h"
#include "sites/sites.h"

/* A stop is a burst of its own, which weighs as much as the program ran before it. */
void program_sites_take_time(struct program *p, const struct call_stack *stack)
{
	struct program_sites *s = &p->sites;
	uint64_t ran_us = p->collections.filter.frame.n_collections;
	struct burst burst = { .weight = (double)ran_us };

	/* ticks_diff() of a longer time is negative. */
	if (ran_us < TIMER_HOOK_RAN_MAX_US && s->n_allocations < SITES_ALLOCATIONS_MAX &&
	    vec_push(s, bursts, burst) == 0 && program_sites_note(s, stack) &&
	    vec_push(s, allocations, s->pending) == 0)
		return;
	s->n_lost++;
}

static int add_sample(const struct program *p, const struct program_allocation *a, const struct program_names *names)
{
	struct sites_sum sum = { .n_samples = 1, .bytes = (uint64_t)p->sites.bursts[a->i_burst].weight };
	uint32_t chain[CALL_STACK_MAX];

	for (size_t i = 0; i < a->n_frames; i++) {
		const struct call_frame *frame = &p->sites.frames[a->i_frame + i];
		chain[i] = program_names_frame(p, names, frame->file, frame->name, frame->line);
	}
	return sites_add(p->options->sites, chain, a->n_frames, &sum);
}

void program_sites_end_time(struct program *p)
{
	struct program_sites *s = &p->sites;
	struct program_names names = { .wanted = NULL };

	program_sites_end_hook(p);
	session_filter(p->session, NULL, NULL, NULL); /* memory that is read holds an old frame */
	for (size_t i = 0; i < s->n_frames; i++)
		program_names_want(&names, s->frames[i].file, s->frames[i].name);
	program_names_read(p, &names, NULL);
	for (size_t i = 0; i < s->n_allocations && s->error == 0; i++)
		s->error = add_sample(p, &s->allocations[i], &names);
	p->options->sites->n_lost = s->n_lost;
	program_names_deinit(&names);
}
