/* What there is in an image that can be limited. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "budget/check_image.h"

typedef int list_things(struct check_contents *of_image, check_take *take, void *of);

static int list_regions(struct check_contents *of_image, check_take *take, void *of)
{
	int r = 0;

	for (size_t i = 0; i < of_image->image->n_regions && r >= 0; i++) {
		const struct image_region *region = &of_image->image->regions[i];
		r = take(of, &(struct check_thing){ diff_slice(region->name), region->used_bytes });
	}
	return r;
}

/* Place holders keep an address range free whose memory another range has. */
static int list_sections(struct check_contents *of_image, check_take *take, void *of)
{
	int r = 0;

	for (size_t i = 0; i < of_image->image->n_sections && of_image->image->sections[i].alloc && r >= 0; i++) {
		const struct image_section *s = &of_image->image->sections[i];
		if (!s->placeholder)
			r = take(of,
				 &(struct check_thing){ diff_slice(s->name),
							of_image->scope ? diff_scope_section_bytes(of_image->scope,
												   of_image->image, i) :
									  s->size_bytes });
	}
	return r;
}

static int list_groups(const struct check_contents *of_image, const struct image_groups *groups, check_take *take,
		       void *of)
{
	uint64_t *bytes = groups && of_image->scope ? diff_scope_groups(of_image->scope, of_image->image, groups) :
						      NULL;
	int r = groups && (bytes || !of_image->scope) ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < groups->n_groups; i++) {
		const struct image_group *g = &groups->groups[i];
		r = take(of, &(struct check_thing){ diff_slice(g->name), bytes ? bytes[i] : g->size_bytes });
	}
	free(bytes);
	return r;
}

const struct image_groups *check_components(struct check_contents *of_image)
{
	if (!of_image->has_components &&
	    image_groups_by_component(of_image->image, of_image->rules, &of_image->components) < 0)
		return NULL;
	of_image->has_components = true;
	return &of_image->components;
}

static int list_components(struct check_contents *of_image, check_take *take, void *of)
{
	return list_groups(of_image, check_components(of_image), take, of);
}

const struct image_groups *check_archives(struct check_contents *of_image)
{
	if (!of_image->has_archives && image_groups_by_archive(of_image->image, &of_image->archives) < 0)
		return NULL;
	of_image->has_archives = true;
	return &of_image->archives;
}

static int list_archives(struct check_contents *of_image, check_take *take, void *of)
{
	return list_groups(of_image, check_archives(of_image), take, of);
}

static int list_objects(struct check_contents *of_image, check_take *take, void *of)
{
	int r = 0;

	for (size_t i = 0; i < of_image->image->n_objects && r >= 0; i++) {
		const struct image_object *o = &of_image->image->objects[i];
		uint64_t n_bytes = of_image->scope ? of_image->scope->objects[i] : o->size_bytes;
		if (o->size_bytes || n_bytes)
			r = take(of, &(struct check_thing){ diff_slice(diff_object_name(o)), n_bytes });
	}
	return r;
}

/* Those with bytes that count: not labels, and not in sections that take no memory. */
static int list_symbols(struct check_contents *of_image, check_take *take, void *of)
{
	const struct image *image = of_image->image;
	int r = 0;

	for (size_t i = 0; i < image->n_symbols && r >= 0; i++) {
		const struct image_symbol *s = &image->symbols[i];
		const struct image_section *in = s->section == IMAGE_NONE ? NULL : &image->sections[s->section];
		if (s->size_bytes && in && in->alloc && !in->reserved)
			r = take(of, &(struct check_thing){
					     s->name, of_image->scope ? diff_scope_symbol_bytes(of_image->scope, s) :
									s->size_bytes });
	}
	return r;
}

static int list_frozen(struct check_contents *of_image, check_take *take, void *of)
{
	int r = 0;

	for (size_t i = 0; i < of_image->image->n_frozen && r >= 0; i++) {
		const struct image_frozen *f = &of_image->image->frozen[i];
		r = take(of, &(struct check_thing){ diff_slice(f->name), f->size_bytes });
	}
	return r;
}

/* ---- what an input tells of ---- */

static bool has_regions(const struct image *image) { return image->n_regions > 0; }

static bool has_sections(const struct image *image) { return image->n_sections > 0; }

static bool has_symbols(const struct image *image) { return image->n_symbols > 0; }

bool check_frozen_is_mangled(const struct image *image) { return !image->n_segments; }

static bool has_frozen(const struct image *image) { return image->n_frozen || image->n_segments; }

/* ---- the table ---- */

static const struct {
	const char *noun;
	list_things *list;
	bool (*tells)(const struct image *image);
} subjects[SUBJECT_IMAGE] = {
	[SUBJECT_REGION] = { "region", list_regions, has_regions },
	[SUBJECT_SECTION] = { "section", list_sections, has_sections },
	[SUBJECT_COMPONENT] = { "component", list_components, diff_tells_owners },
	[SUBJECT_ARCHIVE] = { "archive", list_archives, diff_tells_owners },
	[SUBJECT_OBJECT] = { "object", list_objects, diff_tells_owners },
	[SUBJECT_SYMBOL] = { "symbol", list_symbols, has_symbols },
	[SUBJECT_FROZEN] = { "frozen module", list_frozen, has_frozen },
};

int check_things(struct check_contents *of_image, enum figure_subject subject, check_take *take, void *of)
{
	int r = subjects[subject].list(of_image, take, of);

	return MIN(r, 0);
}

bool check_tells(const struct image *image, enum figure_subject subject) { return subjects[subject].tells(image); }

const char *check_noun(enum figure_subject subject) { return subjects[subject].noun; }

void check_contents_deinit(struct check_contents *of_image)
{
	image_groups_deinit(&of_image->components);
	image_groups_deinit(&of_image->archives);
}
