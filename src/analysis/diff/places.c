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
	const struct image *old, *new;
	struct diff_pairs regions, sections;
	const struct diff_scopes *scopes;
	struct shared *shared; /* old regions * new regions; these are at most IMAGE_REGIONS_MAX */
};

/* Place holders keep an address range free whose memory another range has. */
static bool takes_memory(const struct image_section *s) { return s->alloc && s->size_bytes && !s->placeholder; }

static void set_section_names(struct match_side *side, const struct image *image)
{
	for (size_t i = 0; i < side->n; i++) {
		const struct image_section *s = &image->sections[i];
		side->keys[i] = (struct match_key){ 0 };
		if (takes_memory(s))
			side->keys[i] = (struct match_key){ .text = s->name, .n_bytes = (uint32_t)strlen(s->name) };
	}
}

/* Sections are in the order of addresses: one pass over both. */
static void match_sections_by_place(struct places *p)
{
	size_t i = 0, k = 0;

	while (i < p->sections.old.n && k < p->sections.new.n) {
		const struct image_section *was = &p->old->sections[i], *is = &p->new->sections[k];
		if (!p->sections.old.keys[i].text || p->sections.old.partner[i] != MATCH_NONE) {
			i++;
		} else if (!p->sections.new.keys[k].text || p->sections.new.partner[k] != MATCH_NONE) {
			k++;
		} else if (mostly_one(span_of_section(was), span_of_section(is)) && was->tls == is->tls) {
			p->sections.old.partner[i++] = (uint32_t)k;
			p->sections.new.partner[k++] = (uint32_t)(i - 1);
		} else if (was->vma + was->size_bytes <= is->vma + is->size_bytes) {
			i++;
		} else {
			k++;
		}
	}
}

static void set_region_names(struct match_side *side, const struct image *image)
{
	for (size_t i = 0; i < side->n; i++)
		side->keys[i] = (struct match_key){ .text = image->regions[i].name,
						    .n_bytes = (uint32_t)strlen(image->regions[i].name) };
}

static bool share_addresses(const struct places *p, uint32_t i_old, uint32_t i_new)
{
	return mostly_one(span_of_region(&p->old->regions[i_old]), span_of_region(&p->new->regions[i_new]));
}

static struct shared *shared_by(const struct places *p, uint32_t i_old, uint32_t i_new)
{
	return &p->shared[i_old * p->regions.new.n + i_new];
}

static void share_sections(struct places *p)
{
	for (size_t i = 0; i < p->sections.new.n; i++) {
		uint32_t partner = p->sections.new.partner[i];
		const struct image_section *is = &p->new->sections[i];
		const struct image_section *was = partner == MATCH_NONE ? NULL : &p->old->sections[partner];
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

	return shared->old_bytes > p->old->regions[i_old].sections_bytes / 2 &&
	       shared->new_bytes > p->new->regions[i_new].sections_bytes / 2;
}

static void match_regions_by(struct places *p, bool (*alike)(const struct places *p, uint32_t i_old, uint32_t i_new))
{
	for (uint32_t i = 0; i < p->regions.new.n; i++)
		for (uint32_t k = 0; k < p->regions.old.n && p->regions.new.partner[i] == MATCH_NONE; k++)
			if (p->regions.old.partner[k] == MATCH_NONE && alike(p, k, i)) {
				p->regions.new.partner[i] = k;
				p->regions.old.partner[k] = i;
			}
}

static int match_places(struct places *p)
{
	int r;

	set_section_names(&p->sections.old, p->old);
	set_section_names(&p->sections.new, p->new);
	set_region_names(&p->regions.old, p->old);
	set_region_names(&p->regions.new, p->new);
	if ((r = match_round(&p->sections.old, &p->sections.new, MATCH_IN_ORDER)) < 0 ||
	    (r = match_round(&p->regions.old, &p->regions.new, MATCH_IN_ORDER)) < 0)
		return r;
	match_sections_by_place(p);
	p->shared = calloc(p->regions.old.n * p->regions.new.n + 1, sizeof(*p->shared));
	if (!p->shared)
		return -ENOMEM;
	share_sections(p);
	match_regions_by(p, share_addresses);
	match_regions_by(p, hold_the_same);
	return 0;
}

static int add_region(struct diff *diff, const void *ctx, uint32_t i_old, uint32_t i_new)
{
	const struct places *p = ctx;
	const struct image_region *was = i_old == MATCH_NONE ? NULL : &p->old->regions[i_old];
	const struct image_region *is = i_new == MATCH_NONE ? NULL : &p->new->regions[i_new];
	bool renamed = was && is && strcmp(was->name, is->name) != 0;
	struct diff_row row = diff_no_row;
	int r = 0;

	row.old_bytes = was ? was->used_bytes : NOT_KNOWN;
	row.new_bytes = is ? is->used_bytes : NOT_KNOWN;
	row.i_old = i_old;
	row.i_new = i_new;
	row.change = renamed ? CHANGE_RENAMED : CHANGE_SAME;
	if (was && is && was->length_bytes != is->length_bytes && was->length_bytes != NOT_KNOWN &&
	    is->length_bytes != NOT_KNOWN)
		r = diff_note(diff, "Region %s has %" PRIu64 " bytes now; it had %" PRIu64 ".", is->name,
			      is->length_bytes, was->length_bytes);
	if (is && is->length_bytes != NOT_KNOWN && is->used_bytes > is->length_bytes)
		r = diff_note(diff, "Region %s is over its end, by %" PRIu64 " bytes.", is->name,
			      is->used_bytes - is->length_bytes);
	if (r == 0)
		r = diff_add_total(diff, is ? is->name : was->name, renamed ? was->name : NULL, row.old_bytes,
				   row.new_bytes);
	bool taken = is ? p->scopes->new.regions[i_new] : p->scopes->old.regions[i_old];
	return r < 0 || !taken || !diff_wants(diff, DIFF_REGIONS) ?
		       r :
		       diff_add(diff, DIFF_REGIONS, &row, slice_of(is ? is->name : was->name),
				slice_of(was ? was->name : NULL));
}

static const char *region_name(const struct image *image, uint32_t region)
{
	return region == IMAGE_NONE ? NULL : image->regions[region].name;
}

static int add_section(struct diff *diff, const void *ctx, uint32_t i_old, uint32_t i_new)
{
	const struct places *p = ctx;
	const struct image_section *was = i_old == MATCH_NONE ? NULL : &p->old->sections[i_old];
	const struct image_section *is = i_new == MATCH_NONE ? NULL : &p->new->sections[i_new];
	struct diff_row row = diff_no_row;

	if (!takes_memory(is ? is : was))
		return 0;
	if (was)
		row.old_bytes = image_scope_section_bytes(&p->scopes->old, p->old, i_old);
	if (is)
		row.new_bytes = image_scope_section_bytes(&p->scopes->new, p->new, i_new);
	if (!diff_has_bytes(&row))
		return 0;
	row.place = is ? region_name(p->new, is->region) : region_name(p->old, was->region);
	if (was && is && strcmp(was->name, is->name) != 0)
		row.change = CHANGE_RENAMED;
	if (was && is && was->region != IMAGE_NONE && is->region != IMAGE_NONE &&
	    p->regions.new.partner[is->region] != was->region) {
		row.change = CHANGE_MOVED;
		row.from_place = region_name(p->old, was->region);
	}
	return diff_add(diff, DIFF_SECTIONS, &row, slice_of(is ? is->name : was->name),
			slice_of(was ? was->name : NULL));
}

struct total {
	uint64_t load_bytes, zeroed_bytes;
};

static struct total total_of(const struct image *image, const struct match_side *side, const struct image *other)
{
	struct total total = { 0 };

	for (size_t i = 0; i < image->n_sections; i++) {
		struct image_section s = image->sections[i];
		const struct image_section *partner = side->partner[i] == MATCH_NONE ?
							      NULL :
							      &other->sections[side->partner[i]];
		if (partner && partner->by_elf && !s.by_elf) /* an ELF knows what a map's reader guesses */
			s.nobits = partner->nobits;
		total.load_bytes += image_section_load_bytes(&s);
		if (s.alloc && s.nobits && !s.reserved && !s.placeholder && !s.tls)
			total.zeroed_bytes += s.size_bytes;
	}
	return total;
}

/* Where no region tells how full it is: what a build takes in all. */
static int add_totals(struct diff *diff, const struct places *p)
{
	struct total was = total_of(p->old, &p->sections.old, p->new), is = total_of(p->new, &p->sections.new, p->old);
	int r = diff_add_total(diff, "loaded", NULL, was.load_bytes, is.load_bytes);

	return r < 0 ? r : diff_add_total(diff, "zeroed", NULL, was.zeroed_bytes, is.zeroed_bytes);
}

int diff_places(struct diff *diff, const struct image *old, const struct image *new, bool both_have_regions,
		struct diff_scopes *ret)
{
	struct places p = { .old = old, .new = new, .scopes = ret };
	int r = diff_pairs_init(&p.regions, old->n_regions, new->n_regions);

	if (r == 0)
		r = diff_pairs_init(&p.sections, old->n_sections, new->n_sections);
	if (r == 0)
		r = match_places(&p);
	if (r == 0)
		r = diff_scopes_make(diff, ret, old, new, &p.regions, both_have_regions);
	if (r == 0)
		r = both_have_regions ? diff_pairs_add(diff, &p.regions, add_region, &p) : add_totals(diff, &p);
	if (r == 0 && diff->lists[DIFF_SECTIONS].compared)
		r = diff_pairs_add(diff, &p.sections, add_section, &p);
	diff_pairs_deinit(&p.regions);
	diff_pairs_deinit(&p.sections);
	free(p.shared);
	return r;
}
