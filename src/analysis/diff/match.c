#include "diff/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/names.h"
#include "memprof/base/number.h"

int match_side_init(struct match_side *side, size_t n)
{
	side->n = n;
	side->keys = calloc(n + 1, sizeof(*side->keys));
	side->partner = malloc((n + 1) * sizeof(*side->partner));
	if (!side->keys || !side->partner) {
		match_side_deinit(side);
		return -ENOMEM;
	}
	memset(side->partner, 0xff, (n + 1) * sizeof(*side->partner));
	return 0;
}

void match_side_deinit(struct match_side *side)
{
	free(side->keys);
	free(side->partner);
	*side = (struct match_side){ 0 };
}

/* ---- chains of equal keys, one per side ---- */

enum { OLD, NEW };

struct slot {
	uint32_t hash;
	uint32_t first[2]; /* items of each side, in their order; both MATCH_NONE: a free slot */
};
struct name_table {
	const struct match_side *side[2];
	struct slot *slots;
	size_t n_slots;    /* a power of two */
	uint32_t *next[2]; /* of each item in its chain, or MATCH_NONE */
};

static bool is_open(const struct match_side *side, size_t i)
{
	return side->keys[i].text && side->partner[i] == MATCH_NONE;
}

static size_t n_open(const struct match_side *side)
{
	size_t n = 0;

	for (size_t i = 0; i < side->n; i++)
		n += is_open(side, i);
	return n;
}

static uint32_t hash_of(const struct match_key *key)
{
	uint64_t hash = names_hash(key->text, key->n_bytes);

	hash = (hash ^ key->with[0]) * 0xff51afd7ed558ccdu;
	hash = (hash ^ hash >> 29 ^ key->with[1]) * 0xc4ceb9fe1a85ec53u;
	return (uint32_t)(hash >> 32);
}

static bool equal(const struct match_key *a, const struct match_key *b)
{
	return a->n_bytes == b->n_bytes && a->with[0] == b->with[0] && a->with[1] == b->with[1] &&
	       memcmp(a->text, b->text, a->n_bytes) == 0;
}

/* Any item of a slot tells its key. */
static const struct match_key *key_of(const struct name_table *t, const struct slot *slot)
{
	int which = slot->first[OLD] != MATCH_NONE ? OLD : NEW;

	return &t->side[which]->keys[slot->first[which]];
}

static struct slot *slot_of(const struct name_table *t, const struct match_key *key)
{
	uint32_t hash = hash_of(key);

	for (size_t i = hash;; i++) {
		struct slot *slot = &t->slots[i & (t->n_slots - 1)];
		bool is_free = slot->first[OLD] == MATCH_NONE && slot->first[NEW] == MATCH_NONE;
		if (is_free)
			slot->hash = hash;
		if (is_free || (slot->hash == hash && equal(key_of(t, slot), key)))
			return slot;
	}
}

/* From the end on, as each goes before those that are there. */
static void add_side(struct name_table *t, int which)
{
	const struct match_side *side = t->side[which];

	for (size_t i = side->n; i-- > 0;) {
		if (!is_open(side, i))
			continue;
		uint32_t *first = &slot_of(t, &side->keys[i])->first[which];
		t->next[which][i] = *first;
		*first = (uint32_t)i;
	}
}

static void pair(const struct name_table *t, struct match_side *old, struct match_side *new, enum match_how how)
{
	for (size_t i = 0; i < t->n_slots; i++) {
		uint32_t i_old = t->slots[i].first[OLD], i_new = t->slots[i].first[NEW];
		bool both = i_old != MATCH_NONE && i_new != MATCH_NONE;
		if (both && how == MATCH_SINGLE &&
		    (t->next[OLD][i_old] != MATCH_NONE || t->next[NEW][i_new] != MATCH_NONE))
			continue;
		while (i_old != MATCH_NONE && i_new != MATCH_NONE) {
			old->partner[i_old] = i_new;
			new->partner[i_new] = i_old;
			i_old = t->next[OLD][i_old];
			i_new = t->next[NEW][i_new];
		}
	}
}

int match_round(struct match_side *old, struct match_side *new, enum match_how how)
{
	struct name_table t = { .side = { old, new }, .n_slots = 16 };
	size_t n_old = n_open(old), n_new = n_open(new);

	if (!n_old || !n_new)
		return 0;
	while (t.n_slots / 4 * 3 < n_old + n_new)
		t.n_slots *= 2;
	t.slots = malloc(t.n_slots * sizeof(*t.slots));
	t.next[OLD] = malloc(old->n * sizeof(uint32_t));
	t.next[NEW] = malloc(new->n * sizeof(uint32_t));
	bool ok = t.slots && t.next[OLD] && t.next[NEW];
	if (ok) {
		memset(t.slots, 0xff, t.n_slots * sizeof(*t.slots));
		add_side(&t, OLD);
		add_side(&t, NEW);
		pair(&t, old, new, how);
	}
	free(t.slots);
	free(t.next[OLD]);
	free(t.next[NEW]);
	return ok ? 0 : -ENOMEM;
}

bool match_similar(const char *a, size_t n_a, const char *b, size_t n_b)
{
	size_t n_short = MIN(n_a, n_b), n_begin = 0, n_end = 0;

	while (n_begin < n_short && a[n_begin] == b[n_begin])
		n_begin++;
	while (n_end < n_short - n_begin && a[n_a - 1 - n_end] == b[n_b - 1 - n_end])
		n_end++;
	return n_begin + n_end >= 3 && 2 * (n_begin + n_end) >= MAX(n_a, n_b);
}
