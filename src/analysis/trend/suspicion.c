#include "memprof/analysis/suspicion.h"

#include "memprof/base/number.h"

enum {
	COLLECTIONS_FIRST = 8, /* what came before them is the start-up */
	SUSPECTS_LEAST = 6,    /* collections that speak for growth */
	SAYS_LEAST = 7,
	AGAINST_LEAST = 5, /* in a row, and so many parts of all */
	AGAINST_PART = 6,
	EACH = 32,
};

bool suspicion_is_due(const struct suspicion *s, uint64_t n_collections)
{
	return n_collections > s->n_judged + s->n_judged / EACH;
}

static bool is_growth(enum leak_verdict verdict) { return verdict == LEAK_LEAKING || verdict == LEAK_GROWING; }

/* A leak speaks against a backlog, but not the other way round: the last objects of a leak may be known too late. What
 * is unclear does not speak against it. */
static void hold(struct suspicion *s, const struct suspicion_evidence *e, uint64_t n_new)
{
	bool is_worse = s->said == LEAK_GROWING && e->verdict == LEAK_LEAKING && e->is_clear;

	if (is_growth(e->verdict) && !is_worse) {
		s->n_against = 0;
		s->bytes_per_collection = e->bytes_per_collection;
		return;
	}
	s->n_against += n_new;
	if (s->n_against < MAX((uint64_t)AGAINST_LEAST, e->n_collections / AGAINST_PART) ||
	    e->n_collections < 2 * s->n_said)
		return;
	s->withdrawn = is_worse ? LEAK_UNKNOWN : s->said;
	s->said = is_worse ? LEAK_LEAKING : LEAK_UNKNOWN;
	s->is_calm = e->verdict == LEAK_STEADY;
	s->n_for = 0;
}

static void weigh(struct suspicion *s, const struct suspicion_evidence *e, uint64_t n_new)
{
	bool speaks_for = is_growth(e->verdict) && e->is_clear;

	if (speaks_for)
		s->n_for += n_new;
	else if (e->verdict == LEAK_STEADY)
		s->n_for = 0;
	s->is_calm = (e->verdict == LEAK_STEADY && e->n_collections >= SUSPICION_COLLECTIONS_LEAST) ||
		     (e->verdict == LEAK_UNKNOWN && s->is_calm);
	if (!speaks_for || s->n_for < SAYS_LEAST || e->n_collections < SUSPICION_COLLECTIONS_LEAST)
		return;
	s->said = e->verdict;
	s->bytes_per_collection = e->bytes_per_collection;
	s->n_said = e->n_collections;
	s->n_against = 0;
	s->withdrawn = LEAK_UNKNOWN;
}

void suspicion_add(struct suspicion *s, const struct suspicion_evidence *evidence)
{
	uint64_t n_new = evidence->n_collections - s->n_judged;

	if (evidence->n_collections <= s->n_judged)
		return;
	s->n_judged = evidence->n_collections;
	if (evidence->n_collections < COLLECTIONS_FIRST)
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
	if (s->n_for >= SUSPECTS_LEAST)
		return SUSPICION_SUSPECTS;
	return s->is_calm ? SUSPICION_IS_CALM : SUSPICION_WATCHES;
}

struct suspicion suspicion_of_next_boot(const struct suspicion *s)
{
	return (struct suspicion){ .said = s->said,
				   .bytes_per_collection = s->bytes_per_collection,
				   .n_said = s->n_said };
}
