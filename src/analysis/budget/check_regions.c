/* Regions, and the whole of a build. */
#include <inttypes.h>
#include <string.h>

#include "budget/check_image.h"
#include "memprof/base/glob.h"

/* ---- regions ---- */

/* Why a figure of this region cannot be had, or NULL. */
static const char *why_not(const struct image *image, uint32_t i_region, const struct budget_limit *limit)
{
	const struct image_region *region = &image->regions[i_region];
	bool of_base = limit->spec->growth || limit->spec->loss;
	bool needs_length = limit->spec->figure == FIGURE_FREE || (limit->amount.is == AMOUNT_PERCENT && !of_base);

	if (image_region_is_shared_out(image, i_region))
		return "it is shared out among other regions, which have the figures";
	if (!needs_length)
		return NULL;
	if (region->length_bytes == NOT_KNOWN)
		return "nothing tells how long it is, so only bytes in use can be limited";
	return region->window ? "it is a window of addresses, not a room: its partition tells what is free" : NULL;
}

static struct figure_value figure_of(const struct image_region *region, enum figure_kind figure)
{
	if (figure == FIGURE_USED)
		return figure_bytes(region->used_bytes);
	return region->length_bytes == NOT_KNOWN ? (struct figure_value){ 0 } :
						   figure_signed(image_region_free(region));
}

/* The same of the region that diff takes for it; of one that is new: 0. */
static struct figure_value base_of(const struct check_of_build *b, const struct diff_list *list, const char *name,
				   enum figure_kind figure)
{
	const struct image *base = b->was.image;

	for (size_t i = 0; i < list->n_rows; i++) {
		const struct diff_row *row = &list->rows[i];
		if (row->new_bytes == NOT_KNOWN || strcmp(row->name, name) != 0)
			continue;
		const struct image_region *was = row->old_bytes == NOT_KNOWN ?
							 NULL :
							 image_find_region(base, row->from ? row->from : row->name);
		if (was && image_region_is_shared_out(base, (uint32_t)(was - base->regions)))
			return (struct figure_value){ 0 };
		return was ? figure_of(was, figure) : figure_bytes(0);
	}
	return (struct figure_value){ 0 };
}

static void check_region(struct check_of_build *b, uint32_t i_region, struct check_row *row)
{
	const struct image_region *region = &b->is.image->regions[i_region];
	const char *fault = why_not(b->is.image, i_region, row->limit);
	const struct diff_list *list = check_grows(row) ? check_compared(b, SUBJECT_REGION) : NULL;

	if (fault) {
		check_cannot(b->c, row, "region %s: %s", region->name, fault);
		return;
	}
	if (check_grows(row) && !list) {
		check_not_comparable(b, row);
		return;
	}
	check_offer(b->c, row,
		    &(struct check_figure){ .name = region->name,
					    .now = figure_of(region, row->limit->spec->figure),
					    .base = list ? base_of(b, list, region->name, row->limit->spec->figure) :
							   (struct figure_value){ 0 },
					    .capacity_bytes = region->window ? NOT_KNOWN : region->length_bytes });
}

int check_regions(struct check_of_build *b, struct check_finder *f)
{
	const struct image *image = b->is.image;
	int r = 0;

	if (b->base && check_asks_growth(b->c, SUBJECT_BIT(SUBJECT_REGION)))
		r = check_compare(b);
	for (uint32_t i = 0; i < image->n_regions && r == 0; i++) {
		size_t n = check_find(f, diff_slice(image->regions[i].name), false);
		for (size_t k = 0; k < n; k++) {
			struct check_search *search = &f->searches[f->hits[k]];
			for (size_t m = 0; m < search->n_rows; m++)
				check_region(b, i, &search->rows[m]);
		}
	}
	return r;
}

/* ---- the whole ---- */

/* What is stored: as map and diff count it where no region tells. */
static uint64_t load_bytes(const struct image *image)
{
	uint64_t sum = 0;

	if (!image || !image->n_sections)
		return NOT_KNOWN;
	for (size_t i = 0; i < image->n_sections; i++) {
		uint64_t n_bytes = image_section_load_bytes(&image->sections[i]);
		sum = MIN(sum + MIN(n_bytes, (uint64_t)INT64_MAX), (uint64_t)INT64_MAX);
	}
	return sum;
}

/* Of both builds one measure: two files, or else two sums of sections. */
static void measure(const struct check_of_build *b, const struct check_row *row, struct check_figure *ret)
{
	const struct check_build *now = b->now, *base = check_grows(row) ? b->base : NULL;
	uint64_t now_bytes = load_bytes(now->image), base_bytes = base ? load_bytes(base->image) : NOT_KNOWN;
	bool by_sections = base && base->bin_bytes == NOT_KNOWN && base_bytes != NOT_KNOWN && now_bytes != NOT_KNOWN;

	if (now->bin_bytes != NOT_KNOWN && !by_sections) {
		now_bytes = now->bin_bytes;
		base_bytes = base ? base->bin_bytes : NOT_KNOWN;
	}
	ret->now = figure_bytes(now_bytes);
	ret->base = figure_bytes(base_bytes);
}

/* The name that the pattern fits: the whole path, or what stands behind its last slash; NULL. */
static const char *name_that_fits(const char *pattern, const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL, *base = slash ? slash + 1 : path;

	if (path && strcmp(pattern, path) == 0)
		return path;
	return path && (glob_match(pattern, base) || glob_match(pattern, path)) ? base : NULL;
}

static void check_one(struct check_of_build *b, struct check_row *row)
{
	const char *pattern = row->entry->pattern;
	const char *names[] = { b->now->image ? b->now->image->name : NULL, b->now->bin_name };
	struct check_near near = { .pattern = pattern, .arena = &b->c->arena };
	struct check_figure figure = { .capacity_bytes = NOT_KNOWN };

	for (size_t i = 0; i < ARRAY_SIZE(names) && !figure.name; i++) {
		figure.name = name_that_fits(pattern, names[i]);
		if (names[i])
			check_near_add(&near, names[i], strlen(names[i]));
	}
	if (!figure.name && strcmp(pattern, "*") == 0)
		figure.name = "the firmware";
	if (!figure.name) {
		check_cannot_find(b->c, row, "image", &near);
		return;
	}
	measure(b, row, &figure);
	if (!figure.now.known) {
		check_cannot(b->c, row, "nothing tells how large %s is as a whole", figure.name);
		check_advise(row, "give the linker map, the ELF, or the firmware with --bin FILE");
	} else if (check_grows(row) && b->base && !figure.base.known) {
		check_cannot(b->c, row, "the baseline does not tell how large it was as a whole");
		check_advise(row, "give a baseline of the same kind");
	} else {
		check_offer(b->c, row, &figure);
	}
}

int check_whole(struct check_of_build *b)
{
	for (size_t i = 0; i < b->c->n_rows; i++) {
		struct check_row *row = &b->c->rows[i];
		if (row->limit && row->entry->subject == SUBJECT_IMAGE && check_is_open(row))
			check_one(b, row);
	}
	return arena_error(&b->c->arena);
}
