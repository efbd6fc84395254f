#include "memprof/viewers/image_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/sort_keys.h"

static int by_name(const void *a, const void *b)
{
	const struct image_symbol *x = *(const struct image_symbol *const *)a;
	const struct image_symbol *y = *(const struct image_symbol *const *)b;
	int order = memcmp(x->name.text, y->name.text, MIN(x->name.n_bytes, y->name.n_bytes));

	if (order == 0 && x->name.n_bytes != y->name.n_bytes)
		return x->name.n_bytes < y->name.n_bytes ? -1 : 1;
	return order ? order : x->address < y->address ? -1 : x->address > y->address;
}

static void sort_equal_ones(const struct image_symbol **symbols, size_t n_symbols)
{
	for (size_t i = 0, next; i < n_symbols; i = next) {
		for (next = i + 1; next < n_symbols && symbols[next]->size_bytes == symbols[i]->size_bytes;)
			next++;
		qsort(&symbols[i], next - i, sizeof(*symbols), by_name);
	}
}

/* Those with bytes that count: not labels, and not in sections that take no memory. The largest first. */
static int sort_symbols(struct image_parts *p, const struct image *image)
{
	struct sort_key *keys = malloc((image->n_symbols + 1) * sizeof(*keys));
	size_t n = 0;

	p->symbols = malloc((image->n_symbols + 1) * sizeof(*p->symbols));
	for (size_t i = 0; keys && i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		const struct image_section *in = s->section == IMAGE_NONE ? NULL : &image->sections[s->section];
		if (s->size_bytes && in && in->alloc && !in->reserved)
			keys[n++] = (struct sort_key){ UINT64_MAX - s->size_bytes, i };
	}
	bool sorted = keys && p->symbols && sort_keys(keys, n) == 0;
	for (size_t i = 0; i < n && sorted; i++)
		p->symbols[i] = &image->symbols[keys[i].i];
	free(keys);
	if (!sorted)
		return -ENOMEM;
	sort_equal_ones(p->symbols, n);
	p->n_symbols = n;
	return 0;
}

int image_parts_make(struct image_parts *p, const struct image *image, const struct components *rules,
		     bool want_symbols)
{
	image_rooms(image, &p->rooms);
	p->tree = components_tree(rules, image);
	if (image_groups_by_component(image, rules, &p->components) < 0 ||
	    image_groups_by_archive(image, &p->archives) < 0 || image_groups_by_object(image, &p->objects) < 0 ||
	    (want_symbols && sort_symbols(p, image) < 0))
		return -ENOMEM;
	return 0;
}

int image_parts_add_list(struct image_parts *p, const struct image *image, unsigned lists, unsigned n_levels)
{
	if (lists & 1u << IMAGE_STACK)
		return image_stack(image, &p->stack);
	if (lists & 1u << IMAGE_FOLDERS)
		return image_groups_by_folder(image, NULL, n_levels, &p->sources);
	if (lists & (1u << IMAGE_SOURCES | 1u << IMAGE_UNITS))
		return image_groups_by_source(image, lists & 1u << IMAGE_UNITS ? IMAGE_BY_UNIT : IMAGE_BY_SOURCE, NULL,
					      &p->sources);
	return 0;
}

void image_parts_show(const struct image_parts *p, const struct image *image, struct image_view *ret)
{
	ret->image = image;
	ret->rooms = &p->rooms;
	ret->tree = p->tree;
	ret->components = &p->components;
	ret->archives = &p->archives;
	ret->objects = &p->objects;
	ret->sources = &p->sources;
	ret->stack = &p->stack;
	ret->symbols = p->symbols;
	ret->n_symbols = p->n_symbols;
}

void image_parts_deinit(struct image_parts *p)
{
	image_groups_deinit(&p->components);
	image_groups_deinit(&p->archives);
	image_groups_deinit(&p->objects);
	image_groups_deinit(&p->sources);
	image_stack_deinit(&p->stack);
	free(p->symbols);
	*p = (struct image_parts){ .symbols = NULL };
}
