/* Two lists of things, and which of the one is which of the other: round by round with ever less that must be equal.
 * Symmetric: with old and new exchanged the pairs are the same. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/diff.h"

#define MATCH_NONE UINT32_MAX /* no partner */

/* A region, an object, a symbol … What a table does not need is all-zero. */
struct match_item {
	const void *of;            /* what it is in its image */
	struct image_slice name;   /* as rows have it */
	struct image_slice core;   /* of that, or of another name, what a round compares */
	uint32_t path_bytes;       /* of the name, which may go on with "(member)"; 0: it is no path */
	uint32_t home;             /* of a symbol: its object, by one number for both builds; IMAGE_NONE */
	unsigned parts;            /* of a symbol: NAME_COLD, NAME_PART */
	uint64_t size_bytes;       /* of its row; NOT_KNOWN: it is not there */
	uint64_t all_bytes;        /* of a symbol, whether they count or not */
	const uint64_t *by_region; /* of image->regions; NULL: not known */
	const char *place;
	struct image_slice linkage;
};

/* Equal if all are. An item without a text takes no part in this round. */
struct match_key {
	const char *text; /* n_bytes; NULL: not now */
	uint32_t n_bytes;
	uint64_t with[3];
	struct image_slice also;
};

/* One list: the key of each item in this round, and what was found for it in all rounds. */
struct match_side {
	size_t n;
	struct match_item *items;
	struct match_key *keys;
	uint32_t *partner; /* number on the other side, or MATCH_NONE */
};
/* Adds one, as long as there is room. core is the name. */
struct match_item *match_add(struct match_side *side, const void *of, struct image_slice name, uint64_t size_bytes);

enum match_how {
	MATCH_IN_ORDER, /* several of one key: the first with the first, as far as they go */
	MATCH_SINGLE,   /* only keys that one item of each side has */
};
enum match_text {
	MATCH_NAME,
	MATCH_CORE,
	MATCH_ENDS, /* of paths, of ever fewer folders */
};
enum { MATCH_HOME = 1, MATCH_SIZE = 2, MATCH_PARTS = 4 };
/* Over items that have no partner yet. */
struct match_round {
	struct match_key (*key)(const struct match_item *item); /* NULL: text and with */
	enum match_how how;
	enum match_text text;
	unsigned with;           /* MATCH_HOME ... */
	enum diff_change change; /* what it finds has moved, or was renamed; else SAME */
	bool alike;              /* only pairs whose cores are likely to be one that somebody has changed */
	bool vague;              /* what it finds cannot be compared */
};

struct diff_pairs {
	struct match_side old, new;
	const struct match_round **found_by; /* the round that found the pair of each new item, or NULL */
};
/* Room for so many. 0 or -ENOMEM; to be freed also then. */
int diff_pairs_init(struct diff_pairs *p, size_t n_old, size_t n_new);
void diff_pairs_deinit(struct diff_pairs *p);
/* O(n) each. 0 or -ENOMEM. */
int diff_match(struct diff_pairs *p, const struct match_round *rounds, size_t n_rounds);
void diff_pair(struct diff_pairs *p, uint32_t i_old, uint32_t i_new); /* unless one of them has a partner */
