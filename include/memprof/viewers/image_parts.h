/* The figures of an image that a view of it is made of. */
#pragma once

#include "memprof/viewers/image_view.h"

struct image_parts {
	struct image_rooms rooms;
	const char *tree;
	struct image_groups components, archives, objects;
	struct image_groups sources;
	struct image_stack stack;
	const struct image_symbol **symbols;
	size_t n_symbols;
};

/* All but sources and the stack. image and rules must outlive the parts. 0 or -ENOMEM; to be freed in both cases. */
int image_parts_make(struct image_parts *p, const struct image *image, const struct components *rules,
		     bool want_symbols);
/* Sources, units, folders of at most so many levels, or the stack, if one of these is among the lists. The same. */
int image_parts_add_list(struct image_parts *p, const struct image *image, unsigned lists, unsigned n_levels);
/* Sets what of a view is of these parts, and nothing else. They must outlive it. */
void image_parts_show(const struct image_parts *p, const struct image *image, struct image_view *ret);
void image_parts_deinit(struct image_parts *p); /* safe twice, and on all-zero */
