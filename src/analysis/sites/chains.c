/* Chains out of the tree, and other trees made of them. */
#include <errno.h>

#include "memprof/base/number.h"
#include "memprof/base/sort_keys.h"
#include "sites/private.h"

uint32_t sites_next(const struct sites *s, uint32_t node)
{
	if (s->nodes[node].child != SITES_NONE)
		return s->nodes[node].child;
	while (node != SITES_NONE && s->nodes[node].sibling == SITES_NONE)
		node = s->nodes[node].parent;
	return node == SITES_NONE ? SITES_NONE : s->nodes[node].sibling;
}

void sites_chain(const struct sites *s, uint32_t node, struct sites_chain *ret)
{
	ret->n_frames = 0;
	for (; node != 0; node = s->nodes[node].parent)
		ret->frames[ret->n_frames++] = s->nodes[node].frame;
}

/* ---- where chains end ---- */

static bool is_end(const struct sites_node *node) { return node->own.n_samples > 0 || node->own.bytes > 0; }

int sites_ends(const struct sites *s, struct sites_ends *ret)
{
	struct {
		VEC(struct sort_key, keys);
	} list = { .keys = NULL };
	int r = 0;

	*ret = (struct sites_ends){ .nodes = NULL };
	for (uint32_t i = 0; i != SITES_NONE && r == 0; i = sites_next(s, i))
		if (is_end(&s->nodes[i]))
			r = vec_push(&list, keys, (struct sort_key){ SITES_SUM_MAX - s->nodes[i].own.bytes, i });
	if (r == 0)
		r = sort_keys(list.keys, list.n_keys);
	for (size_t i = 0; i < list.n_keys && r == 0; i++)
		r = vec_push(ret, nodes, (uint32_t)list.keys[i].i);
	vec_deinit(&list, keys);
	if (r < 0)
		sites_ends_deinit(ret);
	return r;
}

void sites_ends_deinit(struct sites_ends *ends) { vec_deinit(ends, nodes); }

/* ---- other trees ---- */

/* What a profile has besides its chains, and its frames with the same indices. */
static int copy_head(const struct sites *s, struct sites *ret)
{
	int r = sites_init(ret, s->how, s->unit);

	ret->step_bytes = s->step_bytes;
	ret->n_lost = s->n_lost;
	ret->n_bursts = s->n_bursts;
	ret->n_independent = s->n_independent;
	ret->requested_bytes = s->requested_bytes;
	ret->n_collections = s->n_collections;
	ret->has_counts = s->has_counts;
	ret->has_alive = s->has_alive;
	for (size_t i = 0; i < s->n_frames && r == 0; i++) {
		const struct sites_frame *f = &s->frames[i];
		if (sites_frame(ret, f->file, f->function, f->line) == SITES_NONE)
			r = -ENOMEM;
	}
	return r;
}

static int add_inverted(const struct sites *s, uint32_t node, struct sites *ret)
{
	struct sites_chain chain;
	uint32_t inverted[SITES_DEPTH_MAX];

	sites_chain(s, node, &chain);
	for (size_t i = 0; i < chain.n_frames; i++)
		inverted[i] = chain.frames[chain.n_frames - 1 - i];
	return sites_add(ret, inverted, chain.n_frames, &s->nodes[node].own);
}

static int add_alive(const struct sites *s, uint32_t node, struct sites *ret)
{
	const struct sites_sum *own = &s->nodes[node].own;
	double part = own->bytes ? (double)own->alive_bytes / (double)own->bytes : 1;
	struct sites_sum alive = { .n_samples = (uint64_t)(part * (double)own->n_samples + 0.5),
				   .bytes = own->alive_bytes,
				   .count = own->alive_count };
	struct sites_chain chain;

	if (alive.bytes == 0 && alive.count == 0)
		return 0;
	sites_chain(s, node, &chain);
	return sites_add(ret, chain.frames, chain.n_frames, &alive);
}

typedef int add_chain(const struct sites *s, uint32_t node, struct sites *ret);

static int make(const struct sites *s, add_chain *add, struct sites *ret)
{
	int r = copy_head(s, ret);

	for (uint32_t i = 0; i < s->n_nodes && r == 0; i++)
		if (is_end(&s->nodes[i]))
			r = add(s, i, ret);
	if (r == 0)
		r = sites_end(ret);
	if (r < 0)
		sites_deinit(ret);
	return r;
}

int sites_invert(const struct sites *s, struct sites *ret) { return make(s, add_inverted, ret); }

static uint64_t part_of(uint64_t n, uint64_t part, uint64_t all)
{
	return MAX((uint64_t)((double)n * (double)part / (double)MAX(all, 1U)), 1U);
}

int sites_alive(const struct sites *s, struct sites *ret)
{
	int r = make(s, add_alive, ret);
	uint64_t n_all = s->nodes[0].total.n_samples, n_alive = r == 0 ? ret->nodes[0].total.n_samples : 0;

	/* as independent as those of the whole are */
	if (s->n_bursts)
		ret->n_bursts = part_of(s->n_bursts, n_alive, n_all);
	if (s->n_independent)
		ret->n_independent = part_of(s->n_independent, n_alive, n_all);
	ret->has_alive = false;
	return r;
}
