#include "memprof/analysis/owners.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *owner_kind_name(enum owner_kind kind)
{
	static const char *const names[N_OWNER_KINDS] = {
		"object", "block", "symbol", "section", "partition", "region"
	};

	return names[kind];
}

void owners_init(struct owners *o, uint64_t start, uint64_t n_bytes)
{
	*o = (struct owners){ .start = start, .n_bytes = MIN(n_bytes, UINT64_MAX - start) };
}

void owners_deinit(struct owners *o)
{
	for (size_t i = 0; i < N_OWNER_KINDS; i++)
		vec_deinit(&o->of[i], items);
	arena_deinit(&o->arena);
	*o = (struct owners){ 0 };
}

/* ---- what is added ---- */

static bool in_stretch(const struct owners *o, uint64_t start, uint64_t n_bytes)
{
	return n_bytes > 0 && start <= UINT64_MAX - n_bytes && start < o->start + o->n_bytes &&
	       start + n_bytes > o->start;
}

void owners_add(struct owners *o, enum owner_kind kind, uint64_t start, uint64_t n_bytes, const char *name,
		size_t n_name, const char *what)
{
	if (!in_stretch(o, start, n_bytes))
		return;
	struct owner *owner = vec_add(&o->of[kind], items);
	if (!owner) {
		o->error = -ENOMEM;
		return;
	}
	*owner = (struct owner){ start, n_bytes, 0, arena_text(&o->arena, name, n_name), what };
}

void owners_add_image(struct owners *o, const struct image *image, bool load)
{
	for (size_t i = 0; !load && i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		if (s->size_bytes != NOT_KNOWN)
			owners_add(o, OWNER_SYMBOL, s->address, s->size_bytes, s->name.text, s->name.n_bytes, NULL);
	}
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		uint64_t address = load && s->lma != NOT_KNOWN ? s->lma : s->vma;
		if (s->alloc && !s->tls && !(load && s->nobits))
			owners_add(o, OWNER_SECTION, address, s->size_bytes, s->name, strlen(s->name), NULL);
	}
	for (size_t i = 0; i < image->n_regions; i++) {
		const struct image_region *r = &image->regions[i];
		if (r->length_bytes != NOT_KNOWN)
			owners_add(o, OWNER_REGION, r->origin, r->length_bytes, r->name, strlen(r->name), NULL);
	}
}

static void add_block(struct owners *o, const char *pool, uint32_t i_area, uint64_t offset_bytes, uint64_t start,
		      uint64_t n_bytes, const char *what)
{
	char name[64];
	int n = snprintf(name, sizeof(name), "%s.%" PRIu32 "+0x%" PRIx64, pool, i_area, offset_bytes);

	owners_add(o, OWNER_BLOCK, start, n_bytes, name, (size_t)n, what);
}

static void add_object(struct owners *o, const struct block_owners *of, uint64_t start, uint64_t n_bytes,
		       const char *what)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!of->by || !in_stretch(o, start, n_bytes))
		return;
	of->by->name(of->ctx, start, n_bytes, &path);
	if (path.n_bytes)
		owners_add(o, OWNER_OBJECT, start, n_bytes, strbuf_text(&path), path.n_bytes, what);
}

/* A head with its tails, or a run of free or of missing blocks. Tails behind neither are the rest of an object whose
 * row is missing. */
static void add_area(struct owners *o, const struct heap_pool *pool, uint32_t i_area)
{
	const struct heap_area *area = &pool->areas[i_area];
	uint32_t n;

	for (uint32_t i = 0; i < area->n_blocks; i += n) {
		uint8_t kind = area->kinds[i];
		bool run = kind == BLOCK_FREE || kind == BLOCK_UNKNOWN;
		uint8_t more = run ? kind : BLOCK_TAIL;
		for (n = 1; i + n < area->n_blocks && area->kinds[i + n] == more;)
			n++;
		add_block(o, pool->name, i_area, (uint64_t)i * pool->block_bytes,
			  area->base + (uint64_t)i * pool->block_bytes, (uint64_t)n * pool->block_bytes,
			  kind == BLOCK_FREE ? "free" : block_kind_name(kind));
		if (block_is_head(kind))
			add_object(o, &pool->owners, area->base + (uint64_t)i * pool->block_bytes,
				   (uint64_t)n * pool->block_bytes, block_kind_name(kind));
	}
}

void owners_add_heap(struct owners *o, const struct heap *heap)
{
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		const struct heap_pool *pool = &heap->pools[i];
		for (uint32_t k = 0; k < pool->n_areas; k++) {
			const struct heap_area *area = &pool->areas[k];
			if (!area->loose && in_stretch(o, area->base, (uint64_t)area->n_blocks * pool->block_bytes))
				add_area(o, pool, k);
		}
	}
}

/* ---- in order ---- */

static int by_place(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->n_bytes != y->n_bytes)
		return x->n_bytes > y->n_bytes ? -1 : 1; /* the outer one first */
	return -strcmp(x->name, y->name);                /* of aliases the first by name is the inner one */
}

static void add_part(struct owners *o, struct owner_list *to, const struct owner *whole, uint64_t from, uint64_t until)
{
	struct owner *part;

	from = MAX(from, o->start);
	until = MIN(until, o->start + o->n_bytes);
	if (from >= until)
		return;
	part = vec_add(to, items);
	if (!part) {
		o->error = -ENOMEM;
		return;
	}
	*part = *whole;
	part->start = from;
	part->n_bytes = until - from;
	part->offset = from - whole->start;
}

/* A sweep with the owners that are open on a stack: the one that began last has the byte. */
static void flatten(struct owners *o, struct owner_list *list)
{
	struct owner_list flat = { 0 };
	size_t *open = calloc(list->n_items + 1, sizeof(*open)), n_open = 0;
	uint64_t at = 0;

	for (size_t i = 0; open && i <= list->n_items; i++) {
		uint64_t next = i < list->n_items ? list->items[i].start : UINT64_MAX;
		while (n_open > 0) {
			const struct owner *top = &list->items[open[n_open - 1]];
			uint64_t end = top->start + top->n_bytes;
			add_part(o, &flat, top, MAX(at, top->start), MIN(end, next));
			at = MAX(at, MIN(end, next));
			if (end > next)
				break;
			n_open--;
		}
		at = MAX(at, next);
		open[n_open++] = i;
	}
	if (!open)
		o->error = -ENOMEM;
	free(open);
	vec_deinit(list, items);
	*list = flat;
}

int owners_finalize(struct owners *o)
{
	for (size_t i = 0; i < N_OWNER_KINDS; i++) {
		if (o->of[i].n_items == 0)
			continue;
		qsort(o->of[i].items, o->of[i].n_items, sizeof(struct owner), by_place);
		flatten(o, &o->of[i]);
	}
	return o->error ? o->error : arena_error(&o->arena);
}

/* ---- questions ---- */

const struct owner *owners_at(const struct owners *o, enum owner_kind kind, uint64_t address, uint64_t *ret_until)
{
	const struct owner_list *list = &o->of[kind];
	size_t low = 0, high = list->n_items;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (list->items[middle].start + list->items[middle].n_bytes <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == list->n_items) {
		*ret_until = MAX(o->start + o->n_bytes, address);
		return NULL;
	}
	const struct owner *owner = &list->items[low];
	if (owner->start > address) {
		*ret_until = owner->start;
		return NULL;
	}
	*ret_until = owner->start + owner->n_bytes;
	return owner;
}
