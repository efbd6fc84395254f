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

int diff_scope_check(const struct diff_builds *b, const char *glob, struct diag *diag)
{
	const struct image *old = b->old.image, *new = b->new.image;
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

/* One that is called otherwise now fits by either name. */
static void choose(struct image_scope *scope, const struct match_side *side, const struct match_side *other,
		   const char *glob)
{
	for (size_t i = 0; i < side->n; i++)
		scope->regions[i] = !glob || glob_match(glob, side->items[i].name.text) ||
				    (side->partner[i] != MATCH_NONE &&
				     glob_match(glob, other->items[side->partner[i]].name.text));
}

/* A bad map may have one name twice: it is one region then. */
static int number_of(struct diff *diff, const char *name, uint32_t *ret)
{
	uint32_t i = 0;

	while (i < diff->n_regions && strcmp(diff->regions[i], name) != 0)
		i++;
	*ret = i;
	return i < diff->n_regions ? 0 : vec_push(diff, regions, name);
}

static int number(struct diff *diff, struct diff_builds *b, const struct diff_pairs *regions)
{
	int r = 0;

	for (size_t i = 0; i < regions->new.n &&r == 0; i++)
		r = number_of(diff, regions->new.items[i].name.text, &b->new.numbers[i]);
	for (size_t i = 0; i < regions->old.n && r == 0; i++) {
		uint32_t partner = regions->old.partner[i];
		if (partner == MATCH_NONE)
			r = number_of(diff, regions->old.items[i].name.text, &b->old.numbers[i]);
		else
			b->old.numbers[i] = b->new.numbers[partner];
	}
	return r;
}

static int fill(struct diff *diff, struct diff_build *b, const struct match_side *side, const struct match_side *other)
{
	b->numbers = arena_zeroed(&diff->arena, side->n + 1, sizeof(*b->numbers));
	if (!b->numbers || image_scope_init(&diff->arena, &b->scope, b->image) < 0)
		return -ENOMEM;
	choose(&b->scope, side, other, diff->options.region);
	image_scope_add_sections(&b->scope, b->image, !diff->options.region);
	image_scope_add_objects(&b->scope, b->image, false);
	return 0;
}

int diff_scopes_make(struct diff *diff, struct diff_builds *b, const struct diff_pairs *regions, bool both_have_regions)
{
	int r = fill(diff, &b->old, &regions->old, &regions->new);

	if (r == 0)
		r = fill(diff, &b->new, &regions->new, &regions->old);
	if (r == 0 && both_have_regions)
		r = number(diff, b, regions);
	b->deltas = r == 0 ? arena_zeroed(&diff->arena, diff->n_regions + 1, sizeof(*b->deltas)) : NULL;
	return r < 0 || b->deltas ? r : -ENOMEM;
}
