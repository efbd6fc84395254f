/* Small objects that came late and stay, between free runs that would be one without them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "advice.h"
#include "memprof/base/number.h"

enum {
	CANDIDATES_MAX = 16, /* owners that are tried: those whose runs stand between the largest free ones */
	SMALL_RATIO = 4,     /* the largest free run grows by so many times what the owner has */
	GROWTH_PART = 8,     /* and by at least this part of itself */
};

struct candidate {
	uint32_t owner;
	uint64_t n_free; /* blocks on both sides of one of its runs */
};

/* At a prompt, what only the stack holds is memprof's own, and gone when that ends, or an old word of it that the
 * collector goes by: it may stay. */
enum stay { STAYS = 1, MAY_STAY = 2 };

struct order {
	const struct advisor *a;
	uint8_t *stay; /* of an object: 0, MAY_STAY, or both */
	struct candidate candidates[CANDIDATES_MAX];
	size_t n_candidates;
};

static unsigned stay_of(const struct advisor *a, uint32_t i)
{
	const struct objects *o = a->o;
	const struct node *owner = &o->nodes[a->owners[i]];

	if (!o->nodes[i].live || !o->ids.id_reader)
		return o->nodes[i].live ? STAYS | MAY_STAY : 0;
	if (owner->root == ROOT_STACK)
		return MAY_STAY;
	if (owner->parent == OBJECT_NONE || o->nodes[owner->parent].root != ROOT_GLOBALS)
		return STAYS | MAY_STAY;
	struct table_key key = table_key(o, owner->parent, owner->label / 2);
	return is_probe(o, &key) ? 0 : STAYS | MAY_STAY;
}

/* ---- runs ---- */

/* Objects that stay, or may stay, by address, and the free blocks before each: since the last one, or the start of its
 * area. */
struct step {
	uint32_t object; /* OBJECT_NONE: the end of an area */
	uint64_t n_free;
};

struct steps {
	const struct order *order;
	enum stay stay;
	size_t i_area;
	uint32_t i, at; /* the next object; the block behind the last one */
};

static bool next_step(struct steps *s, struct step *ret)
{
	const struct objects *o = s->order->a->o;
	const struct blocks *b = &o->blocks;

	if (s->i_area == b->n_areas)
		return false;
	const struct area *area = &b->areas[s->i_area];
	uint32_t behind = s->i_area + 1 < b->n_areas ? b->areas[s->i_area + 1].i_first : UINT32_MAX;
	uint32_t n_blocks = o->areas.areas[s->i_area].n_blocks;
	while (s->i < b->n_extents && b->extents[s->i].i_block < behind && !(s->order->stay[s->i] & s->stay))
		s->i++;
	if (s->i < b->n_extents && b->extents[s->i].i_block < behind) {
		uint32_t start = b->extents[s->i].i_block - area->i_first;
		*ret = (struct step){ s->i, start - s->at };
		s->at = start + b->extents[s->i].n_blocks;
		s->i++;
	} else {
		*ret = (struct step){ OBJECT_NONE, n_blocks - MIN(n_blocks, s->at) };
		s->at = 0;
		s->i_area++;
	}
	return true;
}

/* The largest free run in blocks, if what this owner has did not stand in any. OBJECT_NONE: as it is. */
static uint64_t largest_without(const struct order *order, uint32_t owner, enum stay stay)
{
	struct steps s = { .order = order, .stay = stay };
	struct step step;
	uint64_t run = 0, ret = 0;

	while (next_step(&s, &step)) {
		run += step.n_free;
		if (step.object != OBJECT_NONE && owner != OBJECT_NONE && order->a->owners[step.object] == owner)
			continue;
		ret = MAX(ret, run);
		run = 0;
	}
	return ret;
}

/* ---- who may be in the way ---- */

static void add_candidate(struct order *order, uint32_t owner, uint64_t n_free)
{
	struct candidate *list = order->candidates;
	size_t at = 0;

	while (at < order->n_candidates && list[at].owner != owner)
		at++;
	if (at == order->n_candidates && at == CANDIDATES_MAX && list[--at].n_free >= n_free)
		return;
	if (at == order->n_candidates)
		list[order->n_candidates++] = (struct candidate){ owner, 0 };
	if (list[at].owner != owner)
		list[at] = (struct candidate){ owner, 0 };
	list[at].n_free = MAX(list[at].n_free, n_free);
	for (; at > 0 && list[at - 1].n_free < list[at].n_free; at--) {
		struct candidate c = list[at];
		list[at] = list[at - 1];
		list[at - 1] = c;
	}
}

/* Data; what is defined or imported stands where it does for other reasons. */
static bool is_data(const struct advisor *a, uint32_t owner)
{
	enum shape shape = object_shape(a->o, owner);

	return shape != SHAPE_CLASS && shape != SHAPE_MODULE && shape != SHAPE_FUNCTION && shape != SHAPE_CLOSURE;
}

/* Owners of whole runs between two free ones. */
static void find_candidates(struct order *order)
{
	struct steps s = { .order = order, .stay = STAYS };
	struct step step;
	uint64_t n_before = 0;
	uint32_t owner = OBJECT_NONE; /* of the run at hand; OBJECT_NONE: of several, or of none */

	while (next_step(&s, &step)) {
		uint32_t next = step.object == OBJECT_NONE ? OBJECT_NONE : advice_owner(order->a, step.object);
		if (step.n_free == 0 && step.object != OBJECT_NONE) {
			owner = next == owner ? owner : OBJECT_NONE;
			continue;
		}
		if (owner != OBJECT_NONE && n_before && step.n_free && is_data(order->a, owner))
			add_candidate(order, owner, n_before + step.n_free);
		n_before = step.object == OBJECT_NONE ? 0 : step.n_free;
		owner = next;
	}
}

/* By how many blocks the largest free run grows without what this owner has in the way. */
static uint64_t gain_without(const struct order *order, uint32_t owner, enum stay stay)
{
	return largest_without(order, owner, stay) - largest_without(order, OBJECT_NONE, stay);
}

static int try_owner(const struct order *order, uint32_t owner)
{
	const struct advisor *a = order->a;
	uint64_t n_own = 0, block = a->o->blocks.block_bytes, gain = gain_without(order, owner, STAYS) * block;
	uint64_t largest = largest_without(order, OBJECT_NONE, STAYS) * block;
	struct arena *arena = &a->ret->arena;

	for (uint32_t i = 0; i < a->o->blocks.n_extents; i++)
		if (order->stay[i] & STAYS && a->owners[i] == owner)
			n_own += blocks_n_bytes(&a->o->blocks, i);
	if (gain < SMALL_RATIO * n_own || gain < largest / GROWTH_PART ||
	    gain_without(order, owner, MAY_STAY) * block < gain / 2)
		return 0;
	return advice_add(
		a,
		&(struct advice){
			.kind = "allocate-first",
			.text = arena_printf(
				arena,
				"%s: allocate it before the objects that were freed around it, if what it holds is known"
				" by then: the largest free run"
				" would be %" PRIu64 " B instead of %" PRIu64 " B",
				advice_path(a, owner), largest + gain, largest),
			.basis = arena_printf(arena,
					      "the free blocks that its %" PRIu64
					      " B stand between, added up as after a collection",
					      n_own),
			.gain = ADVICE_LARGEST_FREE,
			.saved_bytes = gain,
			.object = owner,
		});
}

int advise_order(const struct advisor *a)
{
	size_t n = a->o->blocks.n_extents;
	struct order order = { .a = a, .stay = calloc(n + 1, 1) };
	int error = order.stay ? 0 : -ENOMEM;

	for (uint32_t i = 0; error == 0 && i < n; i++)
		order.stay[i] = (uint8_t)stay_of(a, i);
	if (error == 0)
		find_candidates(&order);
	for (size_t i = 0; i < order.n_candidates && error == 0; i++)
		error = try_owner(&order, order.candidates[i].owner);
	free(order.stay);
	return error;
}
