/* What lies where in two builds: regions and sections. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "diff/private.h"

struct span {
	uint64_t start, size_bytes;
};

/* More than half of the longer one is in both: then there is no second one of which that is true. */
static bool mostly_one(struct span a, struct span b)
{
	uint64_t start = MAX(a.start, b.start);
	uint64_t end = MIN(a.start + a.size_bytes, b.start + b.size_bytes);

	return end > start && end - start > MAX(a.size_bytes, b.size_bytes) / 2;
}

static struct span span_of_section(const struct image_section *s) { return (struct span){ s->vma, s->size_bytes }; }

static struct span span_of_region(const struct image_region *r)
{
	uint64_t size_bytes = r->length_bytes == NOT_KNOWN ? r->used_bytes : r->length_bytes;

	return (struct span){ r->origin, MIN(size_bytes, UINT64_MAX - r->origin) };
}

/* Bytes of sections that are in one region of the old build, and in one of the new. */
struct shared {
	uint64_t old_bytes, new_bytes;
};

struct places {
	struct diff_builds *builds;
	struct diff_pairs regions, sections;
	struct shared *shared; /* old regions * new regions; these are at most IMAGE_REGIONS_MAX */
};

/* Place holders keep an address range free whose memory another range has. */
static bool takes_memory(const struct image_section *s) { return s->alloc && s->size_bytes && !s->placeholder; }

static void fill_sections(struct match_side *side, const struct image *image)
{
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		if (!takes_memory(s))
			continue;
		struct match_item *item = match_add(side, s, slice_of(s->name), s->size_bytes);
		item->place = s->region == IMAGE_NONE ? NULL : image->regions[s->region].name;
	}
}

static void fill_regions(struct match_side *side, const struct image *image)
{
	for (size_t i = 0; i < image->n_regions; i++)
		match_add(side, &image->regions[i], slice_of(image->regions[i].name), image->regions[i].content_bytes);
}

/* Sections are in the order of addresses: one pass over both. */
static void match_sections_by_place(struct diff_pairs *p)
{
	uint32_t i = 0, k = 0;

	while (i < p->old.n && k < p->new.n) {
		const struct image_section *was = p->old.items[i].of, *is = p->new.items[k].of;
		if (p->old.partner[i] != MATCH_NONE)
			i++;
		else if (p->new.partner[k] != MATCH_NONE)
			k++;
		else if (mostly_one(span_of_section(was), span_of_section(is)) && was->tls == is->tls)
			diff_pair(p, i++, k++);
		else if (was->vma + was->size_bytes <= is->vma + is->size_bytes)
			i++;
		else
			k++;
	}
}

static const struct image_region *region_of(const struct match_side *side, uint32_t i) { return side->items[i].of; }

static bool share_addresses(const struct places *p, uint32_t i_old, uint32_t i_new)
{
	return mostly_one(span_of_region(region_of(&p->regions.old, i_old)),
			  span_of_region(region_of(&p->regions.new, i_new)));
}

static struct shared *shared_by(const struct places *p, uint32_t i_old, uint32_t i_new)
{
	return &p->shared[i_old * p->regions.new.n + i_new];
}

static void share_sections(struct places *p)
{
	for (size_t i = 0; i < p->sections.new.n; i++) {
		uint32_t partner = p->sections.new.partner[i];
		const struct image_section *is = p->sections.new.items[i].of;
		const struct image_section *was = partner == MATCH_NONE ? NULL : p->sections.old.items[partner].of;
		if (!was || was->region == IMAGE_NONE || is->region == IMAGE_NONE)
			continue;
		shared_by(p, was->region, is->region)->old_bytes += was->size_bytes;
		shared_by(p, was->region, is->region)->new_bytes += is->size_bytes;
	}
}

/* Whether more than half of what each of them holds are sections that the other one holds. */
static bool hold_the_same(const struct places *p, uint32_t i_old, uint32_t i_new)
{
	const struct shared *shared = shared_by(p, i_old, i_new);

	return shared->old_bytes > region_of(&p->regions.old, i_old)->sections_bytes / 2 &&
	       shared->new_bytes > region_of(&p->regions.new, i_new)->sections_bytes / 2;
}

static void match_regions_by(struct places *p, bool (*alike)(const struct places *p, uint32_t i_old, uint32_t i_new))
{
	for (uint32_t i = 0; i < p->regions.new.n; i++)
		for (uint32_t k = 0; k < p->regions.old.n && p->regions.new.partner[i] == MATCH_NONE; k++)
			if (alike(p, k, i))
				diff_pair(&p->regions, k, i);
}

static int match_places(struct places *p)
{
	static const struct match_round by_name = { .text = MATCH_NAME, .how = MATCH_IN_ORDER };
	int r;

	fill_sections(&p->sections.old, p->builds->old.image);
	fill_sections(&p->sections.new, p->builds->new.image);
	fill_regions(&p->regions.old, p->builds->old.image);
	fill_regions(&p->regions.new, p->builds->new.image);
	if ((r = diff_match(&p->sections, &by_name, 1)) < 0 || (r = diff_match(&p->regions, &by_name, 1)) < 0)
		return r;
	match_sections_by_place(&p->sections);
	p->shared = calloc(p->regions.old.n * p->regions.new.n + 1, sizeof(*p->shared));
	if (!p->shared)
		return -ENOMEM;
	share_sections(p);
	match_regions_by(p, share_addresses);
	match_regions_by(p, hold_the_same);
	return 0;
}

/* ---- rows ---- */

static bool is_renamed(const struct match_item *was, const struct match_item *is)
{
	return was && is && strcmp(was->name.text, is->name.text) != 0;
}

static int note_region(struct diff *diff, const struct image_region *was, const struct image_region *is,
		       const struct image *to)
{
	int r = 0;

	if (!is || is->length_bytes == NOT_KNOWN)
		return 0;
	if (was && was->length_bytes != is->length_bytes && was->length_bytes != NOT_KNOWN)
		r = diff_note(diff, "Region %s has %" PRIu64 " bytes now; it had %" PRIu64 ".", is->name,
			      is->length_bytes, was->length_bytes);
	if (r == 0 && is->used_bytes > is->length_bytes)
		r = diff_note(diff, "Region %s is over its end, by %" PRIu64 " bytes.", is->name,
			      is->used_bytes - is->length_bytes);
	if (r == 0 && is->behind_gap != IMAGE_NONE && was && was->used_bytes == is->used_bytes &&
	    was->content_bytes != is->content_bytes)
		r = diff_note(diff, "Region %s has gaps, which are not counted: %.80s stands behind the widest.",
			      is->name, to->sections[is->behind_gap].name);
	return r;
}

static int judge_region(struct diff *diff, const void *ctx, const struct match_item *was, const struct match_item *is,
			struct diff_row *row)
{
	const struct places *p = ctx;
	bool renamed = is_renamed(was, is);
	bool taken = is ? p->builds->new.scope.regions[row->i_new] : p->builds->old.scope.regions[row->i_old];
	const struct image_region *now = is ? is->of : NULL;
	bool has_room = now && !now->window && !now->nominal;
	int r = note_region(diff, was ? was->of : NULL, is ? is->of : NULL, p->builds->new.image);

	row->change = renamed ? CHANGE_RENAMED : CHANGE_SAME;
	if (r == 0)
		r = diff_add_total(diff, (is ? is : was)->name.text, renamed ? was->name.text : NULL, row->old_bytes,
				   row->new_bytes, has_room ? now->length_bytes : NOT_KNOWN);
	return r < 0 || (taken && diff_wants(diff, DIFF_REGIONS)) ? r : DIFF_NO_ROW;
}

static int judge_section(struct diff *diff, const void *ctx, const struct match_item *was, const struct match_item *is,
			 struct diff_row *row)
{
	const struct places *p = ctx;

	(void)diff;
	if (is_renamed(was, is))
		row->change = CHANGE_RENAMED;
	if (was && is && was->place && is->place) {
		const struct image_section *from = was->of, *to = is->of;
		if (p->regions.new.partner[to->region] == from->region)
			return 0;
		row->change = CHANGE_MOVED;
		row->from_place = was->place;
	}
	return 0;
}

/* What counts of them, once that is known. */
static void measure_sections(struct match_side *side, const struct diff_build *b)
{
	for (size_t i = 0; i < side->n; i++) {
		const struct image_section *s = side->items[i].of;
		side->items[i].size_bytes = image_scope_section_bytes(&b->scope, b->image,
								      (size_t)(s - b->image->sections));
	}
}

struct total {
	uint64_t load_bytes, zeroed_bytes;
};

static struct total total_of(const struct match_side *side, const struct match_side *other)
{
	struct total total = { 0 };

	for (size_t i = 0; i < side->n; i++) {
		struct image_section s = *(const struct image_section *)side->items[i].of;
		uint32_t i_partner = side->partner[i];
		const struct image_section *partner = i_partner == MATCH_NONE ? NULL : other->items[i_partner].of;
		if (partner && partner->by_elf && !s.by_elf) /* an ELF knows what a map's reader guesses */
			s.nobits = partner->nobits;
		total.load_bytes += image_section_load_bytes(&s);
		if (s.nobits && !s.reserved && !s.tls)
			total.zeroed_bytes += s.size_bytes;
	}
	return total;
}

/* Where no region tells how full it is: what a build takes in all. */
static int add_totals(struct diff *diff, const struct diff_pairs *sections)
{
	struct total was = total_of(&sections->old, &sections->new), is = total_of(&sections->new, &sections->old);
	int r = diff_add_total(diff, "loaded", NULL, was.load_bytes, is.load_bytes, NOT_KNOWN);

	return r < 0 ? r : diff_add_total(diff, "zeroed", NULL, was.zeroed_bytes, is.zeroed_bytes, NOT_KNOWN);
}

static int add_rows(struct diff *diff, struct places *p, bool both_have_regions)
{
	const struct diff_rows regions = {
		.table = DIFF_REGIONS, .judge = judge_region, .ctx = p, .has_numbers = true, .with_empty = true
	};
	const struct diff_rows sections = { .table = DIFF_SECTIONS, .judge = judge_section, .ctx = p };
	int r = both_have_regions ? diff_add_rows(diff, &p->regions, &regions) : add_totals(diff, &p->sections);

	if (r < 0 || !diff->lists[DIFF_SECTIONS].compared)
		return r;
	measure_sections(&p->sections.old, &p->builds->old);
	measure_sections(&p->sections.new, &p->builds->new);
	return diff_add_rows(diff, &p->sections, &sections);
}

int diff_places(struct diff *diff, struct diff_builds *b, bool both_have_regions)
{
	struct places p = { .builds = b };
	int r = diff_pairs_init(&p.regions, b->old.image->n_regions, b->new.image->n_regions);

	if (r == 0)
		r = diff_pairs_init(&p.sections, b->old.image->n_sections, b->new.image->n_sections);
	if (r == 0)
		r = match_places(&p);
	if (r == 0)
		r = diff_scopes_make(diff, b, &p.regions, both_have_regions);
	if (r == 0)
		r = add_rows(diff, &p, both_have_regions);
	diff_pairs_deinit(&p.regions);
	diff_pairs_deinit(&p.sections);
	free(p.shared);
	return r;
}
