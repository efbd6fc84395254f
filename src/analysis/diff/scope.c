/* Which bytes of two builds are compared: all, or those in regions that were asked for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff/private.h"
#include "memprof/base/glob.h"

static bool any_fits(const struct image *image, const char *glob)
{
	for (size_t i = 0; i < image->n_regions; i++)
		if (glob_match(glob, image->regions[i].name))
			return true;
	return false;
}

int diff_scope_check(const struct image *old, const struct image *new, const char *glob, struct diag *diag)
{
	const struct image *without = !old->n_regions ? old : !new->n_regions ? new : NULL;

	if (!glob)
		return 0;
	if (without)
		return diag_at(diag, (struct place){ .file = without->name }, -EINVAL,
			       "nothing can be compared by region: it has none (%s); a map has them", without->format);
	if (!any_fits(old, glob) && !any_fits(new, glob))
		return diag_at(diag, (struct place){ .file = new->name }, -EINVAL,
			       "no region is called %s, here or in %s; its first one is %s", glob, old->name,
			       new->regions[0].name);
	return 0;
}

/* ---- regions ---- */

/* One that is called otherwise now fits by either name. */
static void choose(struct diff_scope *scope, const struct image *image, const struct match_side *side,
		   const struct image *other, const char *glob)
{
	for (size_t i = 0; i < image->n_regions; i++)
		scope->regions[i] = !glob || glob_match(glob, image->regions[i].name) ||
				    (side->partner[i] != MATCH_NONE &&
				     glob_match(glob, other->regions[side->partner[i]].name));
}

/* A bad map may have one name twice: it is one region then. */
static int number_of(struct diff *diff, const char *name, uint32_t *ret)
{
	uint32_t i = 0;

	while (i < diff->n_regions && strcmp(diff->regions[i], name) != 0)
		i++;
	if (i == diff->n_regions) {
		const char **added = vec_add(diff, regions);
		if (!added)
			return -ENOMEM;
		*added = name;
	}
	*ret = i;
	return 0;
}

static int number(struct diff *diff, struct diff_scopes *scopes, const struct image *old, const struct image *new,
		  const struct diff_pairs *regions)
{
	for (uint32_t i = 0; i < new->n_regions + old->n_regions; i++) {
		bool is_new = i < new->n_regions;
		uint32_t i_old = is_new ? MATCH_NONE : i - (uint32_t) new->n_regions;
		if (!is_new && regions->old.partner[i_old] != MATCH_NONE) {
			scopes->old.numbers[i_old] = scopes->new.numbers[regions->old.partner[i_old]];
			continue;
		}
		int r = number_of(diff, is_new ? new->regions[i].name : old->regions[i_old].name,
				  is_new ? &scopes->new.numbers[i] : &scopes->old.numbers[i_old]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- sections and objects ---- */

static enum diff_counts counts_of(const struct diff_scope *scope, const struct image_section *s, bool all)
{
	if (all || (s->region != IMAGE_NONE && scope->regions[s->region]))
		return DIFF_COUNTS;
	if (s->load_region == IMAGE_NONE || !scope->regions[s->load_region])
		return DIFF_COUNTS_NOT;
	return s->stored_bytes == NOT_KNOWN ? DIFF_COUNTS : DIFF_COUNTS_STORED;
}

/* As image_resolve counts them. */
static void count_objects(struct diff_scope *scope, const struct image *image)
{
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		if (!s->alloc || s->reserved || s->placeholder)
			continue;
		if (scope->sections[i] == DIFF_COUNTS_STORED)
			scope->objects[OBJECT_LINKER] += s->stored_bytes;
		for (size_t k = s->i_piece; scope->sections[i] == DIFF_COUNTS && k < s->i_piece + s->n_pieces; k++)
			scope->objects[image->pieces[k].object] += image->pieces[k].size_bytes;
	}
}

uint64_t diff_scope_section_bytes(const struct diff_scope *scope, const struct image *image, size_t i_section)
{
	const struct image_section *s = &image->sections[i_section];

	if (scope->sections[i_section] == DIFF_COUNTS_STORED)
		return s->stored_bytes;
	return scope->sections[i_section] == DIFF_COUNTS ? s->size_bytes : 0;
}

uint64_t diff_scope_symbol_bytes(const struct diff_scope *scope, const struct image_symbol *s)
{
	return s->section != IMAGE_NONE && scope->sections[s->section] == DIFF_COUNTS ? s->size_bytes : 0;
}

uint64_t *diff_scope_groups(const struct diff_scope *scope, const struct image *image,
			    const struct image_groups *groups)
{
	uint64_t *bytes = calloc(groups->n_groups + 1, sizeof(*bytes));

	for (size_t i = 0; bytes && i < image->n_objects; i++)
		if (groups->of_object[i] != IMAGE_NONE)
			bytes[groups->of_object[i]] += scope->objects[i];
	return bytes;
}

/* ---- all of it ---- */

static int make_room(struct arena *arena, struct diff_scope *scope, const struct image *image)
{
	scope->regions = arena_zeroed(arena, image->n_regions + 1, sizeof(*scope->regions));
	scope->numbers = arena_zeroed(arena, image->n_regions + 1, sizeof(*scope->numbers));
	scope->sections = arena_zeroed(arena, image->n_sections + 1, sizeof(*scope->sections));
	scope->objects = arena_zeroed(arena, image->n_objects + 1, sizeof(*scope->objects));
	return scope->regions && scope->numbers && scope->sections && scope->objects ? 0 : -ENOMEM;
}

static void count(struct diff_scope *scope, const struct image *image, bool all)
{
	for (size_t i = 0; i < image->n_sections; i++)
		scope->sections[i] = (uint8_t)counts_of(scope, &image->sections[i], all);
	count_objects(scope, image);
}

int diff_scope_make(struct arena *arena, struct diff_scope *ret, const struct image *image, const char *glob)
{
	if (make_room(arena, ret, image) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < image->n_regions; i++)
		ret->regions[i] = !glob || glob_match(glob, image->regions[i].name);
	count(ret, image, !glob);
	return 0;
}

static int fill(struct diff *diff, struct diff_scope *scope, const struct image *image, const struct match_side *side,
		const struct image *other)
{
	if (make_room(&diff->arena, scope, image) < 0)
		return -ENOMEM;
	choose(scope, image, side, other, diff->options.region);
	count(scope, image, !diff->options.region);
	return 0;
}

int diff_scopes_make(struct diff *diff, struct diff_scopes *ret, const struct image *old, const struct image *new,
		     const struct diff_pairs *regions, bool both_have_regions)
{
	*ret = (struct diff_scopes){ 0 };
	int r = fill(diff, &ret->old, old, &regions->old, new);
	if (r == 0)
		r = fill(diff, &ret->new, new, &regions->new, old);
	if (r == 0 && both_have_regions)
		r = number(diff, ret, old, new, regions);
	ret->deltas = r == 0 ? arena_zeroed(&diff->arena, diff->n_regions + 1, sizeof(*ret->deltas)) : NULL;
	return r < 0 ? r : ret->deltas ? 0 : -ENOMEM;
}

static void add_deltas(const struct diff_scope *scope, size_t n_regions, const uint64_t *by_region, bool is_new,
		       int64_t *deltas)
{
	for (size_t i = 0; i < n_regions && by_region; i++)
		if (scope->regions[i])
			deltas[scope->numbers[i]] += is_new ? (int64_t)by_region[i] : -(int64_t)by_region[i];
}

const int64_t *diff_scope_deltas(const struct diff *diff, const struct diff_scopes *scopes, const struct image *old,
				 const uint64_t *old_by_region, const struct image *new, const uint64_t *new_by_region)
{
	if (!diff->n_regions)
		return NULL;
	for (size_t i = 0; i < diff->n_regions; i++)
		scopes->deltas[i] = 0;
	add_deltas(&scopes->old, old->n_regions, old_by_region, false, scopes->deltas);
	add_deltas(&scopes->new, new->n_regions, new_by_region, true, scopes->deltas);
	return scopes->deltas;
}
