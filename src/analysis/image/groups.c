#include "image/groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_size(const void *a, const void *b)
{
	const struct image_group *x = a, *y = b;

	if (x->size_bytes != y->size_bytes)
		return x->size_bytes > y->size_bytes ? -1 : 1;
	int r = strcmp(x->name, y->name);
	return r || !x->member || !y->member ? r : strcmp(x->member, y->member);
}

void image_groups_sort(struct image_groups *g)
{
	if (g->n_groups)
		qsort(g->groups, g->n_groups, sizeof(*g->groups), by_size);
}

int image_groups_by_object(const struct image *image, struct image_groups *ret)
{
	*ret = (struct image_groups){ 0 };
	for (size_t i = 0; i < image->n_objects; i++) {
		const struct image_object *o = &image->objects[i];
		if (!o->size_bytes)
			continue;
		struct image_group *g = vec_add(ret, groups);
		if (!g) {
			image_groups_deinit(ret);
			return -ENOMEM;
		}
		*g = (struct image_group){
			o->path, o->member, o->size_bytes, o->by_region, 1, .i_object = (uint32_t)i
		};
	}
	image_groups_sort(ret);
	return 0;
}

/* Names have numbers in the order in which they came, groups in that of their sizes. */
static int number_objects(const struct image *image, const struct names *names, const uint32_t *of_object,
			  struct image_groups *ret)
{
	uint32_t *group_of = arena_zeroed(&ret->arena, names->n_entries + 1, sizeof(*group_of));
	uint32_t *numbers = arena_zeroed(&ret->arena, image->n_objects + 1, sizeof(*numbers));

	if (!group_of || !numbers)
		return -ENOMEM;
	memset(group_of, 0xff, names->n_entries * sizeof(*group_of));
	for (uint32_t i = 0; i < ret->n_groups; i++) {
		uint32_t name = names_find(names, ret->groups[i].name, strlen(ret->groups[i].name));
		if (name != NAMES_NONE)
			group_of[name] = i;
	}
	for (size_t i = 0; i < image->n_objects; i++)
		numbers[i] = of_object[i] == IMAGE_NONE ? IMAGE_NONE : group_of[of_object[i]];
	ret->of_object = numbers;
	return 0;
}

/* Sums objects with the same number of a name; IMAGE_NONE: belongs to none. */
static int group(const struct image *image, const struct names *names, const uint32_t *of_object,
		 struct image_groups *ret)
{
	size_t n_regions = image->n_regions;
	uint64_t *by_region = arena_zeroed(&ret->arena, names->n_entries + 1, (n_regions + 1) * sizeof(*by_region));

	if (!by_region)
		return -ENOMEM;
	for (uint32_t i = 0; i < names->n_entries; i++) {
		struct image_group *g = vec_add(ret, groups);
		if (!g)
			return -ENOMEM;
		g->name = names_text(names, i);
		g->by_region = by_region + i * n_regions;
	}
	for (size_t i = 0; i < image->n_objects; i++) {
		const struct image_object *o = &image->objects[i];
		if (of_object[i] == IMAGE_NONE || !o->size_bytes)
			continue;
		struct image_group *g = &ret->groups[of_object[i]];
		g->size_bytes += o->size_bytes;
		g->n_objects++;
		for (size_t k = 0; k < n_regions; k++)
			by_region[of_object[i] * n_regions + k] += o->by_region[k];
	}
	size_t n = 0;
	for (size_t i = 0; i < ret->n_groups; i++)
		if (ret->groups[i].size_bytes)
			ret->groups[n++] = ret->groups[i];
	ret->n_groups = n;
	image_groups_sort(ret);
	return number_objects(image, names, of_object, ret);
}

static int assign_archives(const struct image *image, struct names *names, uint32_t *of_object)
{
	for (size_t i = 0; i < image->n_objects; i++) {
		const struct image_object *o = &image->objects[i];
		of_object[i] = o->member ? names_add(names, o->path, strlen(o->path)) : IMAGE_NONE;
		if (o->member && of_object[i] == NAMES_NONE)
			return -ENOMEM;
	}
	return 0;
}

static int group_by(const struct image *image, bool by_component, const struct components *rules,
		    struct image_groups *ret)
{
	*ret = (struct image_groups){ 0 };
	struct names names = { .arena = &ret->arena };
	uint32_t *of_object = malloc((image->n_objects + 1) * sizeof(*of_object));
	int r = !of_object   ? -ENOMEM :
		by_component ? components_assign(rules, image, &names, of_object) :
			       assign_archives(image, &names, of_object);

	if (r == 0)
		r = group(image, &names, of_object, ret);
	names_deinit(&names);
	free(of_object);
	if (r < 0)
		image_groups_deinit(ret);
	return r;
}

int image_groups_by_archive(const struct image *image, struct image_groups *ret)
{
	return group_by(image, false, NULL, ret);
}

int image_groups_by_component(const struct image *image, const struct components *rules, struct image_groups *ret)
{
	return group_by(image, true, rules, ret);
}

void image_groups_deinit(struct image_groups *g)
{
	vec_deinit(g, groups);
	arena_deinit(&g->arena);
	g->of_object = NULL;
}
