/* What is said of a heap's growth while it is watched, so that it does not flip: it is said late, and then it stays.
 * A judgement comes with the collections; growth is suspected first, and said from the 12th collection on. What was
 * said stays until twice as many collections are seen, and a row of judgements speaks against it. docs/analysis.md has
 * how often that is right. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memprof/analysis/survival.h"

enum { SUSPICION_COLLECTIONS_LEAST = 12 };

enum suspicion_state { SUSPICION_WATCHES, SUSPICION_SUSPECTS, SUSPICION_SAYS, SUSPICION_IS_CALM };

/* All-zero is the beginning. */
struct suspicion {
	enum leak_verdict said;      /* of growth; LEAK_UNKNOWN: none */
	double bytes_per_collection; /* of it, when it was judged last */

	/* private */
	uint64_t n_judged, n_said;            /* collections, at the last judgement; when it was said */
	uint64_t n_for, n_against, n_leaking; /* that speak for growth; in a row for none; in a row for a leak */
	bool is_calm;
};

/* One judgement, of all collections so far. */
struct suspicion_evidence {
	enum leak_verdict verdict;
	bool is_clear; /* growth that is hardly what comes and goes in a program that is looked at many times */
	double bytes_per_collection;
	uint64_t n_collections;
};

/* Whether there are enough of them, collections or samples, for another judgement: each of the first 32, then every
 * 32nd part. */
bool suspicion_is_due(uint64_t n_judged, uint64_t n);
void suspicion_add(struct suspicion *s, const struct suspicion_evidence *evidence);
enum suspicion_state suspicion_state(const struct suspicion *s);

/* What was said holds for another run of the same program, whose collections are counted anew. */
struct suspicion suspicion_of_next_boot(const struct suspicion *s);
