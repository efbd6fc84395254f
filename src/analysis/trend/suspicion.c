#include "memprof/analysis/suspicion.h"

#include "memprof/base/number.h"

enum {
	COLLECTIONS_FIRST = 8, /* what came before them is the start-up */
	SUSPECTS_LEAST = 6,    /* collections that speak for growth */
	SAYS_LEAST = 7,
	AGAINST_LEAST = 5, /* in a row */
	ALL_PART = 6,      /* and so many parts of all, of each of these */
	EACH = 32,
};

bool suspicion_is_due(uint64_t n_judged, uint64_t n) { return n > n_judged + n_judged / EACH || n < n_judged; }

static bool is_growth(enum leak_verdict verdict) { return verdict == LEAK_LEAKING || verdict == LEAK_GROWING; }

static bool is_enough(uint64_t n, uint64_t least, uint64_t n_judged) { return n >= MAX(least, n_judged / ALL_PART); }

/* A backlog may turn out to be a leak, but not the other way round: the last objects of a leak may be known too late.
 * What is unclear does not speak against it. */
static void hold(struct suspicion *s, const struct suspicion_evidence *e, uint64_t n_new)
{
	bool is_leak = e->verdict == LEAK_LEAKING && e->is_clear;

	s->n_leaking = is_leak ? s->n_leaking + n_new : 0;
	if (is_growth(e->verdict)) {
		s->n_against = 0;
		s->bytes_per_collection = e->bytes_per_collection;
		if (is_enough(s->n_leaking, AGAINST_LEAST, s->n_judged))
			s->said = LEAK_LEAKING;
		return;
	}
	s->n_against += n_new;
	if (!is_enough(s->n_against, AGAINST_LEAST, s->n_judged) || e->n_collections < 2 * s->n_said)
		return;
	s->said = LEAK_UNKNOWN;
	s->is_calm = e->verdict == LEAK_STEADY;
	s->n_for = 0;
}

static void weigh(struct suspicion *s, const struct suspicion_evidence *e, uint64_t n_new)
{
	bool speaks_for = is_growth(e->verdict) && e->is_clear;

	s->n_against = speaks_for ? 0 : s->n_against + n_new;
	if (speaks_for)
		s->n_for += n_new;
	else if (e->verdict == LEAK_STEADY || is_enough(s->n_against, AGAINST_LEAST, s->n_judged))
		s->n_for = 0;
	s->is_calm = (e->verdict == LEAK_STEADY && e->n_collections >= SUSPICION_COLLECTIONS_LEAST) ||
		     (e->verdict == LEAK_UNKNOWN && s->is_calm);
	if (!speaks_for || !is_enough(s->n_for, SAYS_LEAST, s->n_judged) ||
	    e->n_collections < SUSPICION_COLLECTIONS_LEAST)
		return;
	s->said = e->verdict;
	s->bytes_per_collection = e->bytes_per_collection;
	s->n_said = e->n_collections;
	s->n_leaking = 0;
}

void suspicion_add(struct suspicion *s, const struct suspicion_evidence *evidence)
{
	uint64_t n = evidence->n_collections;

	if (n < s->n_judged) /* it is another heap */
		*s = suspicion_of_next_boot(s);
	uint64_t n_new = MIN(n - s->n_judged, 1 + n / EACH); /* a judgement counts for no more than its part */
	if (n == s->n_judged)
		return;
	s->n_judged = n;
	if (n < COLLECTIONS_FIRST)
		return;
	if (s->said != LEAK_UNKNOWN)
		hold(s, evidence, n_new);
	else
		weigh(s, evidence, n_new);
}

enum suspicion_state suspicion_state(const struct suspicion *s)
{
	if (s->said != LEAK_UNKNOWN)
		return SUSPICION_SAYS;
	if (is_enough(s->n_for, SUSPECTS_LEAST, s->n_judged))
		return SUSPICION_SUSPECTS;
	return s->is_calm ? SUSPICION_IS_CALM : SUSPICION_WATCHES;
}

struct suspicion suspicion_of_next_boot(const struct suspicion *s)
{
	return (struct suspicion){ .said = s->said,
				   .bytes_per_collection = s->bytes_per_collection,
				   .n_said = MIN(s->n_said, (uint64_t)SUSPICION_COLLECTIONS_LEAST) };
}
