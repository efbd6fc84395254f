/* Pairs the items of two lists that have equal keys. Symmetric: with old and new exchanged the pairs are the same. */
#ifndef MEMPROF_DIFF_MATCH_H
#define MEMPROF_DIFF_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MATCH_NONE UINT32_MAX /* no partner */

/* Equal if all three are. An item without a text takes no part in this round. */
struct match_key {
	const char *text; /* n_bytes; NULL: not now */
	uint32_t n_bytes;
	uint64_t with[2];
};

/* One list: the key of each item in this round, and what was found for it in all rounds. */
struct match_side {
	size_t n;
	struct match_key *keys;
	uint32_t *partner; /* number on the other side, or MATCH_NONE */
};

/* 0 or -ENOMEM; all without partner. */
int match_side_init(struct match_side *side, size_t n);
void match_side_deinit(struct match_side *side);

enum match_how {
	MATCH_IN_ORDER, /* several of one key: the first with the first, as far as they go */
	MATCH_SINGLE,   /* only keys that one item of each side has */
};

/* One round, over items that have a key and no partner yet. O(n). 0 or -ENOMEM. */
int match_round(struct match_side *old, struct match_side *new, enum match_how how);

/* Whether two names are likely to be one name that somebody has changed: half of the longer one is in the other, at
 * its beginning and end. */
bool match_similar(const char *a, size_t n_a, const char *b, size_t n_b);

#endif
