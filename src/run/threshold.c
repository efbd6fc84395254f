/* gc.threshold() of the board while a program runs. */
#include <inttypes.h>
#include <stdio.h>

#include "memprof/base/number.h"
#include "private.h"

struct threshold {
	uint64_t old; /* NOT_KNOWN: none */
};

/* The hooks of collections and of stops at allocations set one. */
static bool is_wanted(const struct program_options *o)
{
	return o->threshold_bytes > 0 || (o->sites && o->sites->unit == SITES_BYTES) || collections_step(o);
}

static bool put_in(struct program *p, struct run_row *row)
{
	struct threshold *t = row->state;
	char code[64];

	if (p->agent_samples)
		return true;
	t->old = session_number(p->session, "print(__import__('gc').threshold())");
	row->is_in = true;
	if (p->options->threshold_bytes == 0)
		return true;
	snprintf(code, sizeof(code), "__import__('gc').threshold(%" PRIu64 ")", p->options->threshold_bytes);
	row->is_in = session_helper(p->session, code) != SESSION_RAISED;
	if (!row->is_in && session_raised(p->session, "AttributeError"))
		session_notice(p->session, "warning", "this build has no gc.threshold(); --gc-threshold has no effect");
	return true;
}

static bool restore(struct program *p, struct run_row *row)
{
	const struct threshold *t = row->state;
	char code[64];

	if (!p->collections.on && p->options->threshold_bytes == 0) /* nothing has set another */
		return true;
	snprintf(code, sizeof(code), "__import__('gc').threshold(%" PRId64 ")",
		 t->old == NOT_KNOWN ? -1 : (int64_t)t->old);
	return hook_tidy(p, code);
}

const struct run_hook hook_threshold = {
	.name = "another gc.threshold()",
	.by_hand = "gc.threshold(-1)",
	.state_bytes = sizeof(struct threshold),
	.outlives_reset = true,
	.is_wanted = is_wanted,
	.begin = put_in,
	.remove = restore,
};
