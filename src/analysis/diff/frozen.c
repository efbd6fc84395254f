/* Frozen modules of two builds. */
#include <errno.h>
#include <string.h>

#include "diff/private.h"

/* "rp2" and "rp2.py" are one module: of a map only the first is known. */
static struct image_slice stem_of(const struct match_item *item)
{
	struct image_slice name = item->name;

	name.n_bytes -= name.n_bytes > 3 && memcmp(name.text + name.n_bytes - 3, ".py", 3) == 0 ? 3 : 0;
	return name;
}

static struct match_key by_stem(const struct match_item *item)
{
	struct image_slice stem = stem_of(item);

	return (struct match_key){ .text = stem.text, .n_bytes = stem.n_bytes };
}

static struct match_key by_content(const struct match_item *item)
{
	const struct image_frozen *f = item->of;

	return (struct match_key){ .text = f->hashed ? (const char *)f->sha256 : NULL,
				   .n_bytes = sizeof(f->sha256),
				   .with = { f->size_bytes } };
}

/* By C names, which a map has instead of the others. */
static const struct match_round rounds[] = {
	{ by_stem, MATCH_IN_ORDER },
	{ by_content, MATCH_IN_ORDER },
	{ .text = MATCH_CORE, .how = MATCH_SINGLE },
};

static bool same_names(const struct diff_builds *b)
{
	return image_frozen_has_c_names(b->old.image) == image_frozen_has_c_names(b->new.image);
}

/* core: the C name. */
static int fill(struct diff *diff, struct match_side *side, const struct image *image)
{
	for (size_t i = 0; i < image->n_frozen; i++) {
		const struct image_frozen *f = &image->frozen[i];
		struct match_item *item = match_add(side, f, slice_of(f->name), f->size_bytes);
		char *mangled = arena_zeroed(&diff->arena, 1, item->name.n_bytes + 1);
		if (!mangled)
			return -ENOMEM;
		size_t n = image_frozen_mangle(mangled, f->name, item->name.n_bytes);
		item->core = (struct image_slice){ mangled, (uint32_t)n };
	}
	return 0;
}

static bool is_source(const struct match_item *item) { return ((const struct image_frozen *)item->of)->source; }

static bool is_rewritten(const struct image_frozen *was, const struct image_frozen *is)
{
	return was->size_bytes == is->size_bytes && was->hashed && is->hashed &&
	       memcmp(was->sha256, is->sha256, sizeof(was->sha256)) != 0;
}

static int judge(struct diff *diff, const void *ctx, const struct match_item *was, const struct match_item *is,
		 struct diff_row *row)
{
	const struct diff_builds *b = ctx;

	if (!was || !is) /* C names are not those of sources */
		return is_source(is ? is : was) && image_frozen_has_c_names(is ? b->old.image : b->new.image) ?
			       DIFF_NO_ROW :
			       0;
	struct image_slice a = stem_of(was), z = stem_of(is);
	bool renamed = a.n_bytes != z.n_bytes || memcmp(a.text, z.text, a.n_bytes) != 0;
	if (renamed && same_names(b))
		row->change = CHANGE_RENAMED;
	else if (is_rewritten(was->of, is->of))
		return diff_note(diff, "Frozen module %s has other bytes, as many as before.", is->name.text);
	return 0;
}

int diff_frozen(struct diff *diff, const struct diff_builds *b)
{
	struct diff_pairs p;
	const struct diff_rows rows = { .table = DIFF_FROZEN, .judge = judge, .ctx = b, .with_empty = true };
	int r = diff_pairs_init(&p, b->old.image->n_frozen, b->new.image->n_frozen);

	if (r == 0)
		r = fill(diff, &p.old, b->old.image);
	if (r == 0)
		r = fill(diff, &p.new, b->new.image);
	if (r == 0)
		r = diff_match(&p, rounds, same_names(b) ? 2 : 3);
	if (r == 0)
		r = diff_add_rows(diff, &p, &rows);
	diff_pairs_deinit(&p);
	return r;
}
