/* The tree of chains. Frames and nodes are found by hash; children are in order after sites_end. */
#include "memprof/analysis/sites.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "sites/private.h"

enum { SAMPLES_FEW = 100, SAMPLES_WANTED = 250 };

const char *sites_how_name(enum sites_how how)
{
	static const char *const names[] = {
		[SITES_HOOK] = "hook",
		[SITES_SENTINEL] = "sentinel",
		[SITES_TIMER] = "timer",
		[SITES_PROBE] = "probe",
	};
	return names[how];
}

const char *sites_when_name(enum sites_when when)
{
	static const char *const names[] = {
		[SITES_AT_END] = "end",   [SITES_AT_COLLECTION] = "collection",
		[SITES_AT_STOP] = "stop", [SITES_AT_MARK] = "mark",
		[SITES_AT_HALT] = "halt",
	};
	return names[when];
}

const char *sites_unit_name(enum sites_unit unit) { return unit == SITES_TIME ? "us" : "bytes"; }

bool sites_has_all(const struct sites *s)
{
	return (s->how == SITES_HOOK || s->how == SITES_PROBE) && s->unit == SITES_BYTES && s->step_bytes == 1 &&
	       s->n_lost == 0;
}

double sites_independent(const struct sites *s)
{
	return s->n_independent ? (double)s->n_independent :
	       s->n_bursts      ? (double)s->n_bursts :
				  (double)s->nodes[0].total.n_samples;
}

uint64_t sites_better_step(const struct sites *s)
{
	double n = sites_independent(s);
	uint64_t step = s->step_bytes, least = s->how == SITES_SENTINEL ? SITES_SENTINEL_STEP_MIN : 1;

	if (s->unit != SITES_BYTES || s->n_lost > 0 || n < 1 || n >= SAMPLES_FEW)
		return 0;
	for (; n < SAMPLES_WANTED && step > least; n *= 2)
		step = MAX(step / 2, least);
	return step == s->step_bytes ? 0 : step;
}

size_t sites_size_class(uint64_t n_bytes)
{
	size_t i = 0;

	while (i + 1 < SITES_N_SIZES && n_bytes > (uint64_t)8 << i)
		i++;
	return i;
}

/* ---- sums and frames ---- */

void sites_add_up(uint64_t *to, uint64_t more, uint64_t max) { *to = more < max - *to ? *to + more : max; }

static void add_up(uint64_t *to, uint64_t more) { sites_add_up(to, more, SITES_SUM_MAX); }

void sites_sum_add(struct sites_sum *to, const struct sites_sum *more)
{
	add_up(&to->n_samples, more->n_samples);
	add_up(&to->bytes, more->bytes);
	add_up(&to->count, more->count);
	add_up(&to->alive_bytes, more->alive_bytes);
	add_up(&to->alive_count, more->alive_count);
}

const struct sites_frame *sites_frame_at(const struct sites *s, uint32_t frame)
{
	return frame == SITES_NONE ? NULL : &s->frames[frame];
}

int sites_compare_frames(const struct sites_frame *a, const struct sites_frame *b)
{
	if (!a || !b)
		return (a == NULL) - (b == NULL);
	int r = strcmp(a->file, b->file);
	if (r == 0)
		r = strcmp(a->function, b->function);
	return r ? r : (a->line > b->line) - (a->line < b->line);
}

/* ---- found by hash ---- */

static uint64_t mix(uint64_t hash, uint64_t value) { return (hash ^ value) * 0x9e3779b97f4a7c15u; }

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = mix(hash, (unsigned char)*text);
	return mix(hash, 0x100);
}

static uint64_t hash_frame(const struct sites *s, uint32_t i)
{
	const struct sites_frame *f = &s->frames[i];

	return mix(hash_text(hash_text(1, f->file), f->function), f->line);
}

static uint64_t hash_node(const struct sites *s, uint32_t i)
{
	return mix(mix(1, s->nodes[i].parent), s->nodes[i].frame);
}

static size_t slot_of(const struct sites_index *index, uint64_t hash)
{
	return (size_t)(hash >> 32 ^ hash) & (index->n_slots - 1);
}

typedef uint64_t hash_of(const struct sites *s, uint32_t i);

/* Room for one more: at most half of the slots are used. */
static int index_grow(const struct sites *s, struct sites_index *index, size_t n_used, hash_of *hash)
{
	if (2 * (n_used + 1) <= index->n_slots)
		return 0;
	struct sites_index grown = { .n_slots = index->n_slots ? 2 * index->n_slots : 64 };
	grown.slots = malloc(grown.n_slots * sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	memset(grown.slots, 0xff, grown.n_slots * sizeof(*grown.slots));
	for (size_t k = 0; k < index->n_slots; k++) {
		if (index->slots[k] == SITES_NONE)
			continue;
		size_t at = slot_of(&grown, hash(s, index->slots[k]));
		while (grown.slots[at] != SITES_NONE)
			at = (at + 1) & (grown.n_slots - 1);
		grown.slots[at] = index->slots[k];
	}
	free(index->slots);
	*index = grown;
	return 0;
}

/* ---- a profile ---- */

int sites_init(struct sites *s, enum sites_how how, enum sites_unit unit)
{
	*s = (struct sites){ .how = how,
			     .unit = unit,
			     .requested_bytes = NOT_KNOWN,
			     .temporary_bytes = NOT_KNOWN,
			     .n_collections = NOT_KNOWN,
			     .joined_us = NOT_KNOWN,
			     .exception = "",
			     .alive_mark = "" };
	return vec_push(
		s, nodes,
		(struct sites_node){
			.frame = SITES_NONE, .parent = SITES_NONE, .child = SITES_NONE, .sibling = SITES_NONE });
}

void sites_deinit(struct sites *s)
{
	vec_deinit(s, frames);
	vec_deinit(s, nodes);
	vec_deinit(s, kept);
	vec_deinit(s, hashes);
	arena_deinit(&s->arena);
	free(s->frame_index.slots);
	free(s->node_index.slots);
	s->frame_index = s->node_index = (struct sites_index){ .n_slots = 0 };
}

static uint32_t find_frame(struct sites *s, const struct sites_frame *frame)
{
	const struct sites_index *index = &s->frame_index;
	uint64_t hash = mix(hash_text(hash_text(1, frame->file), frame->function), frame->line);
	size_t at = slot_of(index, hash);

	for (; index->slots[at] != SITES_NONE; at = (at + 1) & (index->n_slots - 1))
		if (sites_compare_frames(&s->frames[index->slots[at]], frame) == 0)
			return index->slots[at];
	struct sites_frame added = { .line = frame->line };
	added.file = arena_text(&s->arena, frame->file, strlen(frame->file));
	added.function = arena_text(&s->arena, frame->function, strlen(frame->function));
	if (arena_error(&s->arena) || s->n_frames >= SITES_NODES_MAX || vec_push(s, frames, added) < 0)
		return SITES_NONE;
	return index->slots[at] = (uint32_t)s->n_frames - 1;
}

const char *sites_text(struct sites *s, const char *text)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&clean, text);
	if (strbuf_error(&clean) < 0)
		return NULL;
	const char *copy = arena_text(&s->arena, strbuf_text(&clean), clean.n_bytes);
	return arena_error(&s->arena) < 0 ? NULL : copy;
}

int sites_set_mark(struct sites *s, const char *label)
{
	const char *mark = sites_text(s, label);

	if (!mark)
		return -ENOMEM;
	s->alive_when = SITES_AT_MARK;
	s->alive_mark = mark;
	return 0;
}

int sites_set_exception(struct sites *s, const char *text)
{
	const char *copy = sites_text(s, text);

	if (!copy)
		return -ENOMEM;
	s->exception = copy;
	return 0;
}

const char *sites_hash_of(const struct sites *s, const char *file)
{
	for (size_t i = 0; i < s->n_hashes; i++)
		if (strcmp(s->hashes[i].file, file) == 0)
			return s->hashes[i].sha256;
	return NULL;
}

int sites_add_hash(struct sites *s, const char *file, const char *sha256)
{
	if (s->n_hashes >= SITES_HASHES_MAX)
		return 0;
	struct sites_hash hash = { sites_text(s, file), sites_text(s, sha256) };
	if (!hash.file || !hash.sha256)
		return -ENOMEM;
	return sites_hash_of(s, hash.file) ? 0 : vec_push(s, hashes, hash);
}

uint32_t sites_frame(struct sites *s, const char *file, const char *function, uint32_t line)
{
	struct strbuf clean_file CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf clean_function CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&clean_file, file);
	text_clean(&clean_function, function);
	if (strbuf_error(&clean_file) < 0 || strbuf_error(&clean_function) < 0 ||
	    index_grow(s, &s->frame_index, s->n_frames, hash_frame) < 0)
		return SITES_NONE;
	struct sites_frame frame = { strbuf_text(&clean_file), strbuf_text(&clean_function), line };
	return find_frame(s, &frame);
}

/* The child of a node for a frame, which is added if it is new. */
static int find_child(struct sites *s, uint32_t parent, uint32_t frame, uint32_t *ret)
{
	if (index_grow(s, &s->node_index, s->n_nodes, hash_node) < 0)
		return -ENOMEM;
	const struct sites_index *index = &s->node_index;
	size_t at = slot_of(index, mix(mix(1, parent), frame));

	for (; index->slots[at] != SITES_NONE; at = (at + 1) & (index->n_slots - 1)) {
		const struct sites_node *node = &s->nodes[index->slots[at]];
		if (node->parent == parent && node->frame == frame) {
			*ret = index->slots[at];
			return 0;
		}
	}
	if (s->n_nodes >= SITES_NODES_MAX)
		return -E2BIG;
	struct sites_node added = { .frame = frame, .parent = parent, .child = SITES_NONE };
	added.sibling = s->nodes[parent].child;
	if (vec_push(s, nodes, added) < 0)
		return -ENOMEM;
	*ret = index->slots[at] = s->nodes[parent].child = (uint32_t)s->n_nodes - 1;
	return 0;
}

int sites_add(struct sites *s, const uint32_t *frames, size_t n_frames, const struct sites_sum *sum)
{
	uint32_t node = 0;

	for (size_t i = MIN(n_frames, (size_t)SITES_DEPTH_MAX); i-- > 0;) {
		int r = frames[i] == SITES_NONE ? -ENOMEM : find_child(s, node, frames[i], &node);
		if (r < 0)
			return r;
	}
	sites_sum_add(&s->nodes[node].own, sum);
	return 0;
}

/* ---- totals and order ---- */

struct ranked {
	const struct sites_node *node;
	const struct sites_frame *frame;
	uint32_t i;
};

/* Siblings together, the largest last: they are put before their parent's children one by one. */
static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	const struct sites_sum *p = &x->node->total, *q = &y->node->total;

	if (x->node->parent != y->node->parent)
		return x->node->parent < y->node->parent ? -1 : 1;
	if (p->bytes != q->bytes)
		return p->bytes < q->bytes ? -1 : 1;
	if (p->n_samples != q->n_samples)
		return p->n_samples < q->n_samples ? -1 : 1;
	return sites_compare_frames(y->frame, x->frame);
}

static int order_children(struct sites *s)
{
	size_t n = s->n_nodes - 1;
	struct ranked *ranked = n ? malloc(n * sizeof(*ranked)) : NULL;

	if (n && !ranked)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ranked[i] = (struct ranked){ &s->nodes[i + 1], &s->frames[s->nodes[i + 1].frame], (uint32_t)i + 1 };
	if (n)
		qsort(ranked, n, sizeof(*ranked), compare_ranked);
	for (size_t i = 0; i < s->n_nodes; i++)
		s->nodes[i].child = SITES_NONE;
	for (size_t i = 0; i < n; i++) {
		struct sites_node *node = &s->nodes[ranked[i].i], *parent = &s->nodes[node->parent];
		node->sibling = parent->child;
		parent->child = ranked[i].i;
	}
	free(ranked);
	return 0;
}

int sites_end(struct sites *s)
{
	for (size_t i = 0; i < s->n_nodes; i++)
		s->nodes[i].total = s->nodes[i].own;
	for (size_t i = s->n_nodes; i-- > 1;) /* a node is behind its parent */
		sites_sum_add(&s->nodes[s->nodes[i].parent].total, &s->nodes[i].total);
	int r = order_children(s);
	return r < 0 ? r : sites_kept_end(s);
}
