/* Where a program spends its time: its stack is read at each stop of a timer (timer_hook.h). */
#include "memprof/base/number.h"
#include "memprof/protocol/timer_hook.h"
#include "sites/sites.h"

/* A stop is a burst of its own, which weighs as much as the program ran before it. */
void timer_take(struct program *p, struct stops *s, const struct call_stack *stack)
{
	uint64_t ran_us = p->collections.filter.frame.n_collections;
	struct burst burst = { .weight = (double)ran_us };

	/* ticks_diff() of a longer time is negative. */
	if (ran_us < TIMER_HOOK_RAN_MAX_US && s->n_allocations < SITES_ALLOCATIONS_MAX &&
	    vec_push(s, bursts, burst) == 0 && stops_note(s, stack) && vec_push(s, allocations, s->pending) == 0)
		return;
	s->n_lost++;
}

void timer_make_profile(struct program *p, struct stops *s)
{
	uint32_t chain[CALL_STACK_MAX];

	stops_want_names(s);
	program_names_read(p, &s->names, NULL, NULL);
	for (size_t i = 0; i < s->n_allocations && s->error == 0; i++) {
		const struct stops_allocation *a = &s->allocations[i];
		struct sites_sum sum = { .n_samples = 1, .bytes = (uint64_t)s->bursts[a->i_burst].weight };
		s->error = sites_add(p->options->sites, chain, stops_chain(p, s, a, chain), &sum);
	}
	p->options->sites->n_lost = s->n_lost;
}
