#include "diff/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/names.h"
#include "memprof/base/number.h"

struct match_item *match_add(struct match_side *side, const void *of, struct image_slice name, uint64_t size_bytes)
{
	struct match_item *item = &side->items[side->n++];

	*item = (struct match_item){ .of = of, .name = name, .core = name, .size_bytes = size_bytes };
	return item;
}

static int side_init(struct match_side *side, size_t n)
{
	side->items = malloc((n + 1) * sizeof(*side->items));
	side->keys = malloc((n + 1) * sizeof(*side->keys));
	side->partner = malloc((n + 1) * sizeof(*side->partner));
	if (!side->items || !side->keys || !side->partner)
		return -ENOMEM;
	memset(side->partner, 0xff, (n + 1) * sizeof(*side->partner));
	return 0;
}

static void side_deinit(struct match_side *side)
{
	free(side->items);
	free(side->keys);
	free(side->partner);
}

int diff_pairs_init(struct diff_pairs *p, size_t n_old, size_t n_new)
{
	*p = (struct diff_pairs){ .found_by = calloc(n_new + 1, sizeof(const struct match_round *)) };
	return p->found_by && side_init(&p->old, n_old) == 0 ? side_init(&p->new, n_new) : -ENOMEM;
}

void diff_pairs_deinit(struct diff_pairs *p)
{
	side_deinit(&p->old);
	side_deinit(&p->new);
	free(p->found_by);
	*p = (struct diff_pairs){ .found_by = NULL };
}

void diff_pair(struct diff_pairs *p, uint32_t i_old, uint32_t i_new)
{
	if (p->old.partner[i_old] != MATCH_NONE || p->new.partner[i_new] != MATCH_NONE)
		return;
	p->old.partner[i_old] = i_new;
	p->new.partner[i_new] = i_old;
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
	hash = (hash ^ hash >> 29 ^ key->with[1] ^ key->with[2] << 32) * 0xc4ceb9fe1a85ec53u;
	return (uint32_t)(hash >> 32);
}

static bool equal(const struct match_key *a, const struct match_key *b)
{
	return a->n_bytes == b->n_bytes && memcmp(a->with, b->with, sizeof(a->with)) == 0 &&
	       a->also.n_bytes == b->also.n_bytes && memcmp(a->text, b->text, a->n_bytes) == 0 &&
	       (!a->also.n_bytes || memcmp(a->also.text, b->also.text, a->also.n_bytes) == 0);
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

static void pair(const struct name_table *t, struct diff_pairs *p, enum match_how how)
{
	for (size_t i = 0; i < t->n_slots; i++) {
		uint32_t i_old = t->slots[i].first[OLD], i_new = t->slots[i].first[NEW];
		bool both = i_old != MATCH_NONE && i_new != MATCH_NONE;
		if (both && how == MATCH_SINGLE &&
		    (t->next[OLD][i_old] != MATCH_NONE || t->next[NEW][i_new] != MATCH_NONE))
			continue;
		while (i_old != MATCH_NONE && i_new != MATCH_NONE) {
			diff_pair(p, i_old, i_new);
			i_old = t->next[OLD][i_old];
			i_new = t->next[NEW][i_new];
		}
	}
}

static int match_keys(struct diff_pairs *p, enum match_how how)
{
	const struct match_side *old = &p->old, *new = &p->new;
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
		pair(&t, p, how);
	}
	free(t.slots);
	free(t.next[OLD]);
	free(t.next[NEW]);
	return ok ? 0 : -ENOMEM;
}

/* ---- rounds ---- */

enum { FOLDERS_MAX = 16 }; /* of a path that are looked at, from its end */

/* n: folders and the file. */
static struct match_key path_end(const struct match_item *item, unsigned n)
{
	const char *name = item->name.text;
	uint32_t at = item->path_bytes;

	while (at > 0 && (name[at - 1] != '/' || --n > 0))
		at--;
	if (!item->path_bytes || (at == 0 && n != 1))
		return (struct match_key){ .text = NULL };
	return (struct match_key){ .text = name + at, .n_bytes = item->name.n_bytes - at };
}

static struct match_key key_in_round(const struct match_item *item, const struct match_round *round, unsigned n)
{
	const struct image_slice *text = round->text == MATCH_CORE ? &item->core : &item->name;

	if (round->key)
		return round->key(item);
	return round->text == MATCH_ENDS ? path_end(item, n) :
					   (struct match_key){ text->text,
							       text->n_bytes,
							       { round->with & MATCH_HOME ? item->home : 0,
								 round->with & MATCH_SIZE ? item->all_bytes : 0,
								 round->with & MATCH_PARTS ? item->parts : 0 },
							       { NULL, 0 } };
}

static void set_keys(struct match_side *side, const struct match_round *round, unsigned n)
{
	for (size_t i = 0; i < side->n; i++)
		side->keys[i] = side->partner[i] == MATCH_NONE ? key_in_round(&side->items[i], round, n) :
								 (struct match_key){ .text = NULL };
}

/* Half of the longer one is in the other, at its beginning and end. */
static bool are_alike(struct image_slice a, struct image_slice b)
{
	uint32_t n_short = MIN(a.n_bytes, b.n_bytes), n_begin = 0, n_end = 0;

	while (n_begin < n_short && a.text[n_begin] == b.text[n_begin])
		n_begin++;
	while (n_end < n_short - n_begin && a.text[a.n_bytes - 1 - n_end] == b.text[b.n_bytes - 1 - n_end])
		n_end++;
	return n_begin + n_end >= 3 && 2 * (n_begin + n_end) >= MAX(a.n_bytes, b.n_bytes);
}

/* What the round has found: pairs that have too little in common are none. */
static void judge_pairs(struct diff_pairs *p, const struct match_round *round)
{
	for (size_t i = 0; i < p->new.n; i++) {
		uint32_t partner = p->new.partner[i];
		if (!p->new.keys[i].text || partner == MATCH_NONE)
			continue;
		if (!round->alike || are_alike(p->old.items[partner].core, p->new.items[i].core))
			p->found_by[i] = round;
		else
			p->old.partner[partner] = p->new.partner[i] = MATCH_NONE;
	}
}

int diff_match(struct diff_pairs *p, const struct match_round *rounds, size_t n_rounds)
{
	int r = 0;

	for (const struct match_round *round = rounds; round < rounds + n_rounds; round++)
		for (unsigned n = round->text == MATCH_ENDS ? FOLDERS_MAX : 1; n > 0 && r == 0; n--) {
			set_keys(&p->old, round, n);
			set_keys(&p->new, round, n);
			r = match_keys(p, round->how);
			judge_pairs(p, round);
		}
	return r;
}
