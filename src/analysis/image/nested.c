/* Sums of an image by several properties at once, as a tree: what each section has of each component, what each
 * function has of each function that was inlined into it. Every byte of a section that takes memory is in one leaf. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/analysis/image_figures.h"
#include "memprof/analysis/image_groups.h"
#include "memprof/base/search.h"
#include "memprof/base/strbuf.h"

/* Of bytes that have no owner of a kind. */
static const char *const no_owner[N_IMAGE_LEVELS] = {
	[LEVEL_REGION] = "*no region*",   [LEVEL_ARCHIVE] = "*no archive*", [LEVEL_SYMBOL] = "*no symbol*",
	[LEVEL_SOURCE] = image_no_source, [LEVEL_UNIT] = image_no_source,   [LEVEL_INLINE] = "*its own*",
};

struct node {
	uint64_t size_bytes;
	uint32_t parent; /* IMAGE_NONE: none */
	unsigned depth;
	const char *name;
	bool is_rest;
};

struct symbol_run {
	uint64_t start, n_bytes;
	const struct image_symbol *symbol;
};

struct tree {
	const struct image *image;
	const enum image_level *levels;
	size_t n_levels;
	const struct image_groups *components;
	struct names paths;  /* a number for each node: the names from the root on */
	struct arena texts;  /* of paths */
	struct arena *arena; /* of what is kept */
	VEC(struct node, nodes);
	VEC(uint64_t, by_region); /* of each node, n_regions */
	struct strbuf path;
	VEC(struct symbol_run, runs); /* by address; none overlap */
	VEC(struct symbol_run, open); /* while they are found: what is left of each */
	uint64_t at;
	uint64_t work_left; /* sections that overlap, which no link has, may make the parts of a piece any number */
};

/* The longest run of bytes from an address on that have one owner of each kind. */
struct owners {
	const struct image_piece *piece;
	const struct image_source_range *source;
	const struct image_symbol *symbol;
	const struct image_inline *inlined;
	uint64_t end;
};

/* ---- who has a byte ---- */

/* Of ranges in order that do not overlap: the one at this address, or NULL; *end: where that is another one. */
#define RANGE_AT(ranges, n, at, end)                                                           \
	__extension__({                                                                        \
		size_t after_ = search_while((n), i, (ranges)[i].start <= (at));               \
		const __typeof__((ranges)[0]) *found_ = after_ ? &(ranges)[after_ - 1] : NULL; \
		if (found_ && (at)-found_->start >= found_->n_bytes)                           \
			found_ = NULL;                                                         \
		if (found_)                                                                    \
			(end) = MIN((end), found_->start + found_->n_bytes);                   \
		else if (after_ < (n))                                                         \
			(end) = MIN((end), (ranges)[after_].start);                            \
		found_;                                                                        \
	})

/* Up to an address, the symbols that are open have the bytes that are theirs still, the innermost first. */
static int close_until(struct tree *t, uint64_t address)
{
	int r = 0;

	while (r == 0 && t->n_open > 0 && t->at < address) {
		struct symbol_run *top = &t->open[t->n_open - 1];
		uint64_t n_bytes = MIN(top->n_bytes, address - t->at);
		r = vec_push(t, runs, (struct symbol_run){ t->at, n_bytes, top->symbol });
		t->at += n_bytes;
		top->n_bytes -= n_bytes;
		t->n_open -= top->n_bytes == 0;
	}
	t->at = MAX(t->at, address);
	return r;
}

/* A symbol's size is without those that lie in it: from its address on it has each byte that none of them has. */
static int find_runs(struct tree *t)
{
	const struct image *image = t->image;
	int r = 0;

	for (size_t i = 0; i < image->n_symbols && r == 0; i++) {
		const struct image_symbol *s = &image->symbols[i];
		const struct image_section *in = s->section == IMAGE_NONE ? NULL : &image->sections[s->section];
		if (!s->size_bytes || !in || !in->alloc || in->tls)
			continue;
		r = close_until(t, s->address);
		if (r == 0)
			r = vec_push(t, open, (struct symbol_run){ s->address, s->size_bytes, s });
	}
	return r < 0 ? r : close_until(t, UINT64_MAX);
}

static struct owners owners_at(const struct tree *t, uint32_t section, const struct image_piece *piece, uint64_t at)
{
	const struct image *image = t->image;
	struct owners o = { .piece = piece, .end = piece->address + piece->size_bytes };

	o.source = RANGE_AT(image->sources, image->n_sources, at, o.end);
	o.inlined = RANGE_AT(image->inlines, image->n_inlines, at, o.end);
	const struct symbol_run *run = RANGE_AT(t->runs, t->n_runs, at, o.end);
	o.symbol = run && run->symbol->section == section ? run->symbol : NULL; /* overlays share addresses */
	return o;
}

/* ---- names ---- */

static const char *object_name(struct tree *t, uint32_t object)
{
	const struct image_object *o = &t->image->objects[object];

	return o->member ? arena_printf(&t->texts, "%s(%s)", o->path, o->member) : o->path;
}

static const char *symbol_name(struct tree *t, const struct image_symbol *s)
{
	return arena_text(&t->texts, s->name.text, s->name.n_bytes);
}

static const char *group_name(const struct image_groups *g, uint32_t object, const char *otherwise)
{
	uint32_t i = g && g->of_object ? g->of_object[object] : IMAGE_NONE;

	return i == IMAGE_NONE ? otherwise : g->groups[i].name;
}

/* region: of the bytes, or of their copy. NULL: there is no owner of this kind, or no memory. */
static const char *owner_name(struct tree *t, enum image_level level, const struct image_section *in, uint32_t region,
			      const struct owners *o)
{
	const struct image_object *object = &t->image->objects[o->piece->object];

	switch (level) {
	case LEVEL_REGION:
		return region == IMAGE_NONE ? NULL : t->image->regions[region].name;
	case LEVEL_SECTION:
		return in->name;
	case LEVEL_COMPONENT:
		return group_name(t->components, o->piece->object, object->path);
	case LEVEL_ARCHIVE:
		return object->member ? object->path : NULL;
	case LEVEL_OBJECT:
		return object_name(t, o->piece->object);
	case LEVEL_SYMBOL:
		return o->symbol ? symbol_name(t, o->symbol) : NULL;
	case LEVEL_SOURCE:
		return o->source ? o->source->file : NULL;
	case LEVEL_UNIT:
		return !o->source ? NULL : o->source->unit ? o->source->unit : o->source->file;
	case LEVEL_INLINE:
		return o->inlined ? o->inlined->name : NULL;
	case N_IMAGE_LEVELS:
		break;
	}
	return NULL;
}

/* ---- sums ---- */

static int node_of(struct tree *t, uint32_t parent, unsigned depth, const char *name, bool is_rest, uint32_t *ret)
{
	uint32_t i = names_add(&t->paths, strbuf_text(&t->path), t->path.n_bytes);
	struct node node = { .parent = parent, .depth = depth, .is_rest = is_rest };

	*ret = i;
	if (i == NAMES_NONE)
		return -ENOMEM;
	if (i < t->n_nodes)
		return 0;
	node.name = arena_text(t->arena, name, strlen(name));
	int r = vec_push(t, nodes, node);
	for (size_t k = 0; k < t->image->n_regions && r == 0; k++)
		r = vec_push(t, by_region, 0);
	return r < 0 ? r : arena_error(t->arena);
}

/* With all that they are in; in sizes from one level on. */
static int add_bytes(struct tree *t, const struct image_section *in, uint32_t region, const struct owners *o,
		     uint64_t n_bytes, size_t first_level)
{
	uint32_t parent = IMAGE_NONE;
	int r = 0;

	strbuf_reset(&t->path);
	for (unsigned i = 0; i < t->n_levels && r == 0; i++) {
		const char *owner = owner_name(t, t->levels[i], in, region, o);
		const char *name = owner ? owner : no_owner[t->levels[i]];
		if (!name)
			return -ENOMEM;
		strbuf_puts(&t->path, name);
		strbuf_putc(&t->path, '\n');
		uint32_t node;
		r = strbuf_error(&t->path) ? -ENOMEM : node_of(t, parent, i, name, !owner, &node);
		if (r < 0)
			break;
		if (i >= first_level)
			t->nodes[node].size_bytes += n_bytes;
		if (region != IMAGE_NONE)
			t->by_region[(size_t)node * t->image->n_regions + region] += n_bytes;
		parent = node;
	}
	return r;
}

/* A copy counts once in all, by region in both; as a size only where rows are of one region. */
static size_t level_of_regions(const struct tree *t)
{
	size_t i = 0;

	while (i < t->n_levels && t->levels[i] != LEVEL_REGION)
		i++;
	return i;
}

static int add_run(struct tree *t, const struct image_section *in, const struct owners *o, uint64_t n_bytes)
{
	int r = add_bytes(t, in, in->region, o, n_bytes, 0);

	if (r == 0 && in->load_region != IMAGE_NONE && in->stored_bytes == NOT_KNOWN)
		r = add_bytes(t, in, in->load_region, o, n_bytes, level_of_regions(t));
	return r;
}

/* Whose bytes a compressed copy has is not known. */
static int add_stored(struct tree *t, const struct image_section *in)
{
	static const struct image_piece piece = { .object = OBJECT_LINKER };

	if (in->load_region == IMAGE_NONE || in->stored_bytes == NOT_KNOWN)
		return 0;
	return add_bytes(t, in, in->load_region, &(struct owners){ .piece = &piece }, in->stored_bytes,
			 level_of_regions(t));
}

static int add_section(struct tree *t, const struct image_section *in)
{
	int r = 0;

	for (size_t i = in->i_piece; i < in->i_piece + in->n_pieces && r == 0; i++) {
		const struct image_piece *piece = &t->image->pieces[i];
		for (uint64_t at = piece->address, end = at + piece->size_bytes; at < end && r == 0;) {
			bool is_known = !in->tls && t->work_left > 0;
			struct owners o = is_known ? owners_at(t, (uint32_t)(in - t->image->sections), piece, at) :
						     (struct owners){ .piece = piece, .end = end };
			t->work_left -= is_known;
			r = add_run(t, in, &o, o.end - at);
			at = o.end;
		}
	}
	return r < 0 ? r : add_stored(t, in);
}

/* ---- order ---- */

static int by_place(const struct tree *t, uint32_t x, uint32_t y)
{
	const struct node *a = &t->nodes[x], *b = &t->nodes[y];

	while (a->depth > b->depth)
		a = &t->nodes[x = a->parent];
	while (b->depth > a->depth)
		b = &t->nodes[y = b->parent];
	while (a->parent != b->parent) {
		a = &t->nodes[x = a->parent];
		b = &t->nodes[y = b->parent];
	}
	if (a->size_bytes != b->size_bytes)
		return a->size_bytes > b->size_bytes ? -1 : 1;
	return strcmp(a->name, b->name);
}

struct placed {
	const struct tree *tree;
	uint32_t node;
};

static int compare(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int order = x->node == y->node ? 0 : by_place(x->tree, x->node, y->node);

	/* One lies in the other, which comes first. */
	return order ? order : (int)x->tree->nodes[x->node].depth - (int)y->tree->nodes[y->node].depth;
}

static int to_groups(const struct tree *t, struct image_groups *ret)
{
	size_t n_regions = t->image->n_regions, n = t->n_nodes;
	uint64_t *by_region = arena_zeroed(&ret->arena, n + 1, (n_regions + 1) * sizeof(*by_region));
	struct placed *order = malloc((n + 1) * sizeof(*order));
	int r = by_region && order ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < n && r == 0; i++)
		order[i] = (struct placed){ t, i };
	if (r == 0 && n)
		qsort(order, n, sizeof(*order), compare);
	if (r == 0 && t->n_by_region)
		memcpy(by_region, t->by_region, t->n_by_region * sizeof(*by_region));
	uint32_t last[IMAGE_LEVELS_MAX] = { 0 }; /* of each depth */
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct node *node = &t->nodes[order[i].node];
		last[node->depth] = (uint32_t)i;
		r = vec_push(ret, groups,
			     (struct image_group){ .name = node->name,
						   .size_bytes = node->size_bytes,
						   .by_region = by_region + order[i].node * n_regions,
						   .is_rest = node->is_rest,
						   .depth = node->depth,
						   .i_parent = node->depth ? last[node->depth - 1] : IMAGE_NONE });
	}
	free(order);
	return r;
}

int image_groups_nested(const struct image *image, const struct image_groups *components,
			const enum image_level levels[], size_t n_levels, struct image_groups *ret)
{
	struct tree t = { .image = image,
			  .levels = levels,
			  .n_levels = n_levels,
			  .components = components,
			  .path = STRBUF_INIT,
			  .arena = &ret->arena };
	int r = 0;

	assert(n_levels <= IMAGE_LEVELS_MAX);
	*ret = (struct image_groups){ 0 };
	t.paths.arena = &t.texts;
	r = find_runs(&t);
	t.work_left = 8 * (image->n_pieces + t.n_runs + image->n_sources + image->n_inlines) + 1000000;
	for (size_t i = 0; i < image->n_sections && r == 0; i++) {
		const struct image_section *in = &image->sections[i];
		if (in->alloc && !in->reserved && !in->placeholder)
			r = add_section(&t, in);
	}
	if (r == 0)
		r = to_groups(&t, ret);
	names_deinit(&t.paths);
	arena_deinit(&t.texts);
	vec_deinit(&t, nodes);
	vec_deinit(&t, by_region);
	vec_deinit(&t, runs);
	vec_deinit(&t, open);
	strbuf_deinit(&t.path);
	if (r < 0)
		image_groups_deinit(ret);
	return r;
}
