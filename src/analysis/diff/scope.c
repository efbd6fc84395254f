/* Which bytes of two builds are compared: all, or those in regions that were asked for. */
#include <errno.h>
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
			       "no region named %s, neither here nor in %s; its first one is %s", glob, old->name,
			       new->regions[0].name);
	return 0;
}

/* ---- regions ---- */

/* One that is called otherwise now fits by either name. */
static void choose(struct image_scope *scope, const struct image *image, const struct match_side *side,
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
			scopes->old_numbers[i_old] = scopes->new_numbers[regions->old.partner[i_old]];
			continue;
		}
		int r = number_of(diff, is_new ? new->regions[i].name : old->regions[i_old].name,
				  is_new ? &scopes->new_numbers[i] : &scopes->old_numbers[i_old]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- all of it ---- */

static int fill(struct diff *diff, struct image_scope *scope, uint32_t **ret_numbers, const struct image *image,
		const struct match_side *side, const struct image *other)
{
	*ret_numbers = arena_zeroed(&diff->arena, image->n_regions + 1, sizeof(**ret_numbers));
	if (!*ret_numbers || image_scope_init(&diff->arena, scope, image) < 0)
		return -ENOMEM;
	choose(scope, image, side, other, diff->options.region);
	image_scope_add_sections(scope, image, !diff->options.region);
	image_scope_add_objects(scope, image, false);
	return 0;
}

int diff_scopes_make(struct diff *diff, struct diff_scopes *ret, const struct image *old, const struct image *new,
		     const struct diff_pairs *regions, bool both_have_regions)
{
	*ret = (struct diff_scopes){ 0 };
	int r = fill(diff, &ret->old, &ret->old_numbers, old, &regions->old, new);
	if (r == 0)
		r = fill(diff, &ret->new, &ret->new_numbers, new, &regions->new, old);
	if (r == 0 && both_have_regions)
		r = number(diff, ret, old, new, regions);
	ret->deltas = r == 0 ? arena_zeroed(&diff->arena, diff->n_regions + 1, sizeof(*ret->deltas)) : NULL;
	return r < 0 ? r : ret->deltas ? 0 : -ENOMEM;
}

const int64_t *diff_scope_deltas(const struct diff *diff, const struct diff_scopes *scopes, const struct image *old,
				 const uint64_t *old_by_region, const struct image *new, const uint64_t *new_by_region)
{
	if (!diff->n_regions)
		return NULL;
	for (size_t i = 0; i < diff->n_regions; i++)
		scopes->deltas[i] = 0;
	for (size_t i = 0; i < old->n_regions && old_by_region; i++)
		if (scopes->old.regions[i])
			scopes->deltas[scopes->old_numbers[i]] -= (int64_t)old_by_region[i];
	for (size_t i = 0; i < new->n_regions &&new_by_region; i++)
		if (scopes->new.regions[i])
			scopes->deltas[scopes->new_numbers[i]] += (int64_t)new_by_region[i];
	return scopes->deltas;
}
