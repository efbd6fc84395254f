#include "shared/image_words.h"

#include "memprof/base/glob.h"
#include "memprof/base/text.h"

static bool fits(const struct image_view *v, const char *name) { return !v->filter || glob_match(v->filter, name); }

bool image_wanted(const struct image_view *v, const char *name, uint64_t size_bytes)
{
	return size_bytes >= v->min_bytes && fits(v, name);
}

static bool fits_object(const struct image_view *v, const char *path, const char *member)
{
	struct strbuf both CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (fits(v, path))
		return true;
	if (!member)
		return false;
	strbuf_printf(&both, "%s(%s)", path, member);
	return fits(v, member) || fits(v, strbuf_text(&both));
}

/* One that fits, and what it is in, and what is in it. */
static bool fits_in_tree(const struct image_view *v, const struct image_group *g)
{
	const struct image_group *first = v->sources->groups, *end = first + v->sources->n_groups;

	for (const struct image_group *at = g + 1; at < end && at->depth > g->depth; at++)
		if (fits(v, at->name))
			return true;
	for (uint32_t i = g->i_parent; i != IMAGE_NONE; i = first[i].i_parent)
		if (fits(v, first[i].name))
			return true;
	return fits(v, g->name);
}

bool image_wanted_group(const struct image_view *v, const struct image_group *g)
{
	if (v->lists & 1u << IMAGE_NESTED)
		return g->size_bytes >= v->min_bytes && (!v->filter || fits_in_tree(v, g));
	return g->size_bytes >= v->min_bytes && fits_object(v, g->name, g->member);
}

bool image_wanted_symbol(const struct image_view *v, const struct image_symbol *s)
{
	char name[4096];

	if (s->size_bytes < v->min_bytes)
		return false;
	if (!v->filter)
		return true;
	text_copy(name, sizeof(name), s->name.text, s->name.n_bytes);
	if (fits(v, name))
		return true;
	text_copy(name, sizeof(name), s->linkage.text, s->linkage.n_bytes);
	if ((s->linkage.n_bytes && fits(v, name)) || (s->file && fits(v, s->file)))
		return true;
	const struct image_object *o = s->object == IMAGE_NONE ? NULL : &v->image->objects[s->object];
	return o && fits_object(v, o->path, o->member);
}

const char *image_region_name(const struct image *image, uint32_t i_region)
{
	return i_region == IMAGE_NONE ? NULL : image->regions[i_region].name;
}
