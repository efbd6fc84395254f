/* Two builds, table by table. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "diff_private.h"
#include "memprof/image_groups.h"

static const struct diff_row no_row = { .old_bytes = NOT_KNOWN, .new_bytes = NOT_KNOWN, .old_count = NOT_KNOWN,
					.new_count = NOT_KNOWN, .i_pool = DIFF_NONE };

/* A table that knows its pairs: what is in both, what only one has. */
struct pairs {
	struct match_side old, new;
};

static int pairs_init(struct pairs *p, size_t n_old, size_t n_new)
{
	*p = (struct pairs){ 0 };
	int r = match_side_init(&p->old, n_old);
	return r < 0 ? r : match_side_init(&p->new, n_new);
}

static void pairs_deinit(struct pairs *p)
{
	match_side_deinit(&p->old);
	match_side_deinit(&p->new);
}

/* Calls of what makes a row, for every pair and every single one. */
typedef int (*add_row)(struct diff *diff, const void *of, uint32_t i_old, uint32_t i_new);

static int each(struct diff *diff, const struct pairs *p, add_row add, const void *of)
{
	int r = 0;

	for (uint32_t i = 0; i < p->new.n && r == 0; i++)
		r = add(diff, of, p->new.partner[i], i);
	for (uint32_t i = 0; i < p->old.n && r == 0; i++)
		if (p->old.partner[i] == MATCH_NONE)
			r = add(diff, of, i, MATCH_NONE);
	return r;
}

/* ---- what lies where: regions and sections ---- */

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

static struct span span_of_section(const struct image_section *s)
{
	return (struct span){ s->vma, s->size_bytes };
}

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
	struct pairs regions, sections;
	struct shared *shared;          /* old regions * new regions; these are at most IMAGE_REGIONS_MAX */
};

static void set_section_names(struct match_side *side, const struct image *image)
{
	for (size_t i = 0; i < side->n; i++) {
		const struct image_section *s = &image->sections[i];
		side->keys[i] = (struct match_key){ 0 };
		if (s->alloc && s->size_bytes)
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

	return shared->old_bytes > p->old->regions[i_old].sections_bytes / 2
		&& shared->new_bytes > p->new->regions[i_new].sections_bytes / 2;
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
	if ((r = match_round(&p->sections.old, &p->sections.new, MATCH_IN_ORDER)) < 0
	    || (r = match_round(&p->regions.old, &p->regions.new, MATCH_IN_ORDER)) < 0)
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

static int add_region(struct diff *diff, const void *of, uint32_t i_old, uint32_t i_new)
{
	const struct places *p = of;
	const struct image_region *was = i_old == MATCH_NONE ? NULL : &p->old->regions[i_old];
	const struct image_region *is = i_new == MATCH_NONE ? NULL : &p->new->regions[i_new];
	bool renamed = was && is && strcmp(was->name, is->name) != 0;
	struct diff_row row = no_row;
	int r = 0;

	row.old_bytes = was ? was->used_bytes : NOT_KNOWN;
	row.new_bytes = is ? is->used_bytes : NOT_KNOWN;
	row.change = renamed ? CHANGE_RENAMED : CHANGE_SAME;
	if (was && is && was->length_bytes != is->length_bytes && was->length_bytes != NOT_KNOWN
	    && is->length_bytes != NOT_KNOWN)
		r = diff_note(diff, "Region %s has %" PRIu64 " bytes now; it had %" PRIu64 ".", is->name, is->length_bytes,
			      was->length_bytes);
	if (is && is->length_bytes != NOT_KNOWN && is->used_bytes > is->length_bytes)
		r = diff_note(diff, "Region %s is over its end, by %" PRIu64 " bytes.", is->name,
			      is->used_bytes - is->length_bytes);
	if (r == 0)
		r = diff_add_total(diff, is ? is->name : was->name, renamed ? was->name : NULL, row.old_bytes, row.new_bytes);
	return r < 0 || !diff_wants(diff, DIFF_REGIONS) ? r
		: diff_add(diff, DIFF_REGIONS, &row, diff_slice(is ? is->name : was->name),
			   diff_slice(was ? was->name : NULL));
}

static const char *region_name(const struct image *image, uint32_t region)
{
	return region == IMAGE_NONE ? NULL : image->regions[region].name;
}

static int add_section(struct diff *diff, const void *of, uint32_t i_old, uint32_t i_new)
{
	const struct places *p = of;
	const struct image_section *was = i_old == MATCH_NONE ? NULL : &p->old->sections[i_old];
	const struct image_section *is = i_new == MATCH_NONE ? NULL : &p->new->sections[i_new];
	struct diff_row row = no_row;

	if ((is && (!is->alloc || !is->size_bytes)) || (!is && (!was->alloc || !was->size_bytes)))
		return 0;
	row.old_bytes = was ? was->size_bytes : NOT_KNOWN;
	row.new_bytes = is ? is->size_bytes : NOT_KNOWN;
	row.place = is ? region_name(p->new, is->region) : region_name(p->old, was->region);
	if (was && is && strcmp(was->name, is->name) != 0)
		row.change = CHANGE_RENAMED;
	if (was && is && was->region != IMAGE_NONE && is->region != IMAGE_NONE
	    && p->regions.new.partner[is->region] != was->region) {
		row.change = CHANGE_MOVED;
		row.from_place = region_name(p->old, was->region);
	}
	return diff_add(diff, DIFF_SECTIONS, &row, diff_slice(is ? is->name : was->name),
			diff_slice(was ? was->name : NULL));
}

struct total {
	uint64_t load_bytes, zeroed_bytes;
};

static struct total total_of(const struct image *image, const struct match_side *side, const struct image *other)
{
	struct total total = { 0 };

	for (size_t i = 0; i < image->n_sections; i++) {
		struct image_section s = image->sections[i];
		const struct image_section *partner = side->partner[i] == MATCH_NONE ? NULL : &other->sections[side->partner[i]];
		if (partner && partner->by_elf && !s.by_elf)    /* an ELF knows what a map's reader guesses */
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

static int diff_places(struct diff *diff, const struct image *old, const struct image *new, bool both_have_regions)
{
	struct places p = { .old = old, .new = new };
	int r = pairs_init(&p.regions, old->n_regions, new->n_regions);

	if (r == 0)
		r = pairs_init(&p.sections, old->n_sections, new->n_sections);
	if (r == 0)
		r = match_places(&p);
	if (r == 0)
		r = both_have_regions ? each(diff, &p.regions, add_region, &p) : add_totals(diff, &p);
	if (r == 0 && diff->lists[DIFF_SECTIONS].compared)
		r = each(diff, &p.sections, add_section, &p);
	pairs_deinit(&p.regions);
	pairs_deinit(&p.sections);
	free(p.shared);
	return r;
}

/* ---- who it is of: objects, archives, components ---- */

struct object_pairs {
	const struct image *old, *new;
	const struct diff_objects *objects;
};

static int add_object(struct diff *diff, const struct object_pairs *p, uint32_t i_old, uint32_t i_new)
{
	const struct image_object *was = i_old == MATCH_NONE ? NULL : &p->old->objects[i_old];
	const struct image_object *is = i_new == MATCH_NONE ? NULL : &p->new->objects[i_new];
	struct diff_row row = no_row;

	if (was && was->size_bytes)
		row.old_bytes = was->size_bytes;
	if (is && is->size_bytes)
		row.new_bytes = is->size_bytes;
	if (row.old_bytes == NOT_KNOWN && row.new_bytes == NOT_KNOWN)
		return 0;
	if (i_new != MATCH_NONE && p->objects->moved[i_new])
		row.change = CHANGE_MOVED;
	else if (i_new != MATCH_NONE && p->objects->renamed[i_new])
		row.change = CHANGE_RENAMED;
	const struct image_object *named = is ? is : was;
	return diff_add(diff, DIFF_OBJECTS, &row, diff_slice(diff_object_name(named)),
			diff_slice(was ? diff_object_name(was) : NULL));
}

static int add_objects(struct diff *diff, const struct object_pairs *p)
{
	int r = 0;

	for (uint32_t i = 0; i < p->new->n_objects && r == 0; i++)
		r = add_object(diff, p, p->objects->new.partner[i], i);
	for (uint32_t i = 0; i < p->old->n_objects && r == 0; i++)
		if (p->objects->old.partner[i] == MATCH_NONE)
			r = add_object(diff, p, i, MATCH_NONE);
	return r;
}

struct group_pairs {
	enum diff_table table;
	struct image_groups old, new;
	struct pairs pairs;
};

static int add_group(struct diff *diff, const void *of, uint32_t i_old, uint32_t i_new)
{
	const struct group_pairs *g = of;
	struct diff_row row = no_row;
	const char *from = NULL, *name = NULL;

	if (i_old != MATCH_NONE) {
		row.old_bytes = g->old.groups[i_old].size_bytes;
		name = from = g->old.groups[i_old].name;
	}
	if (i_new != MATCH_NONE) {
		row.new_bytes = g->new.groups[i_new].size_bytes;
		name = g->new.groups[i_new].name;
	}
	return diff_add(diff, g->table, &row, diff_slice(name), diff_slice(from));
}

/* Groups are in the order of their sizes; names are each there once. */
static int match_groups(struct group_pairs *g)
{
	const char **old = malloc((g->old.n_groups + 1) * sizeof(*old)), **new = malloc((g->new.n_groups + 1) * sizeof(*new));
	int r = old && new ? pairs_init(&g->pairs, g->old.n_groups, g->new.n_groups) : -ENOMEM;

	if (r == 0) {
		for (size_t i = 0; i < g->old.n_groups; i++)
			old[i] = g->old.groups[i].name;
		for (size_t i = 0; i < g->new.n_groups; i++)
			new[i] = g->new.groups[i].name;
		r = diff_match_paths(&g->pairs.old, old, &g->pairs.new, new, g->table == DIFF_ARCHIVES);
	}
	free(old);
	free(new);
	return r;
}

/* What one object has brought from a group to another. */
struct brought {
	uint32_t i_old, i_new;
	uint64_t old_bytes, new_bytes;
};

static int by_groups(const void *a, const void *b)
{
	const struct brought *x = a, *y = b;

	if (x->i_old != y->i_old)
		return x->i_old < y->i_old ? -1 : 1;
	return x->i_new < y->i_new ? -1 : x->i_new > y->i_new;
}

static size_t collect(const struct group_pairs *g, const struct image *old, const struct image *new,
		      const struct diff_objects *objects, struct brought *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < new->n_objects; i++) {
		uint32_t partner = objects->new.partner[i];
		uint32_t i_old = partner == MATCH_NONE ? IMAGE_NONE : g->old.of_object[partner], i_new = g->new.of_object[i];
		if (i_old != IMAGE_NONE && i_new != IMAGE_NONE && g->pairs.old.partner[i_old] == MATCH_NONE
		    && g->pairs.new.partner[i_new] == MATCH_NONE)
			ret[n++] = (struct brought){ i_old, i_new, old->objects[partner].size_bytes,
						     new->objects[i].size_bytes };
	}
	return n;
}

/* Groups that are called after a folder have another name where the folder has: they are known by their objects. Of
 * each of the two more than half must be in both, so there is at most one partner. */
static int match_groups_by_objects(struct group_pairs *g, const struct image *old, const struct image *new,
				   const struct diff_objects *objects)
{
	struct brought *all = malloc((new->n_objects + 1) * sizeof(*all));

	if (!all)
		return -ENOMEM;
	size_t n = collect(g, old, new, objects, all);
	if (n)
		qsort(all, n, sizeof(*all), by_groups);
	for (size_t i = 0, next; i < n; i = next) {
		uint64_t old_bytes = 0, new_bytes = 0;
		for (next = i; next < n && by_groups(&all[i], &all[next]) == 0; next++) {
			old_bytes += all[next].old_bytes;
			new_bytes += all[next].new_bytes;
		}
		uint32_t i_old = all[i].i_old, i_new = all[i].i_new;
		if (old_bytes > g->old.groups[i_old].size_bytes / 2 && new_bytes > g->new.groups[i_new].size_bytes / 2) {
			g->pairs.old.partner[i_old] = i_new;
			g->pairs.new.partner[i_new] = i_old;
		}
	}
	free(all);
	return 0;
}

static int diff_groups(struct diff *diff, struct group_pairs *g, const struct image *old, const struct image *new,
		       const struct diff_objects *objects)
{
	int r = match_groups(g);

	if (r == 0)
		r = match_groups_by_objects(g, old, new, objects);
	if (r == 0)
		r = each(diff, &g->pairs, add_group, g);
	pairs_deinit(&g->pairs);
	image_groups_deinit(&g->old);
	image_groups_deinit(&g->new);
	return r;
}

static int diff_archives(struct diff *diff, const struct image *old, const struct image *new,
			 const struct diff_objects *objects)
{
	struct group_pairs g = { .table = DIFF_ARCHIVES };

	if (image_groups_by_archive(old, &g.old) < 0 || image_groups_by_archive(new, &g.new) < 0) {
		image_groups_deinit(&g.old);
		return -ENOMEM;
	}
	return diff_groups(diff, &g, old, new, objects);
}

static int diff_components(struct diff *diff, const struct image *old, const struct image *new,
			   const struct components *rules, const struct diff_objects *objects)
{
	struct group_pairs g = { .table = DIFF_COMPONENTS };

	if (image_groups_by_component(old, rules, &g.old) < 0 || image_groups_by_component(new, rules, &g.new) < 0) {
		image_groups_deinit(&g.old);
		return -ENOMEM;
	}
	return diff_groups(diff, &g, old, new, objects);
}

/* ---- frozen modules ---- */

struct frozen_pairs {
	const struct image *old, *new;
	struct pairs pairs;
};

/* "rp2" and "rp2.py" are one module: of a map only the first is known. */
static uint32_t stem_bytes(const char *name)
{
	size_t n = strlen(name);

	return (uint32_t)(n > 3 && memcmp(name + n - 3, ".py", 3) == 0 ? n - 3 : n);
}

static void set_frozen(struct match_side *side, const struct image *image, bool by_content)
{
	for (size_t i = 0; i < side->n; i++) {
		const struct image_frozen *f = &image->frozen[i];
		side->keys[i] = (struct match_key){ .text = f->name, .n_bytes = stem_bytes(f->name) };
		if (by_content)
			side->keys[i] = (struct match_key){ .text = f->hashed ? (const char *)f->sha256 : NULL,
							    .n_bytes = sizeof(f->sha256), .with = { f->size_bytes } };
	}
}

static bool same_module(const char *a, const char *b)
{
	return stem_bytes(a) == stem_bytes(b) && memcmp(a, b, stem_bytes(a)) == 0;
}

static int add_frozen(struct diff *diff, const void *of, uint32_t i_old, uint32_t i_new)
{
	const struct frozen_pairs *p = of;
	const struct image_frozen *was = i_old == MATCH_NONE ? NULL : &p->old->frozen[i_old];
	const struct image_frozen *is = i_new == MATCH_NONE ? NULL : &p->new->frozen[i_new];
	struct diff_row row = no_row;
	int r = 0;

	row.old_bytes = was ? was->size_bytes : NOT_KNOWN;
	row.new_bytes = is ? is->size_bytes : NOT_KNOWN;
	if (was && is && !same_module(was->name, is->name))
		row.change = CHANGE_RENAMED;
	else if (was && is && was->size_bytes == is->size_bytes && was->hashed && is->hashed
		 && memcmp(was->sha256, is->sha256, sizeof(was->sha256)) != 0)
		r = diff_note(diff, "Frozen module %s has other bytes, as many as before.", is->name);
	return r < 0 ? r : diff_add(diff, DIFF_FROZEN, &row, diff_slice(is ? is->name : was->name),
				    diff_slice(was ? was->name : NULL));
}

static int diff_frozen(struct diff *diff, const struct image *old, const struct image *new)
{
	struct frozen_pairs p = { .old = old, .new = new };
	int r = pairs_init(&p.pairs, old->n_frozen, new->n_frozen);

	for (int by_content = 0; by_content < 2 && r == 0; by_content++) {
		set_frozen(&p.pairs.old, old, by_content);
		set_frozen(&p.pairs.new, new, by_content);
		r = match_round(&p.pairs.old, &p.pairs.new, MATCH_IN_ORDER);
	}
	if (r == 0)
		r = each(diff, &p.pairs, add_frozen, &p);
	pairs_deinit(&p.pairs);
	return r;
}

/* ---- what can be compared ---- */

static bool has_objects(const struct image *image)
{
	for (size_t i = N_PSEUDO_OBJECTS; i < image->n_objects; i++)
		if (image->objects[i].size_bytes)
			return true;
	return false;
}

/* An ELF names sources, and only static symbols tell which one they are of. */
static bool is_elf(const struct image *image)
{
	return strcmp(image->format, "elf") == 0;
}

static bool has_sections(const struct image *image)
{
	for (size_t i = 0; i < image->n_sections; i++)
		if (image->sections[i].alloc && image->sections[i].size_bytes)
			return true;
	return false;
}

static bool has_symbols(const struct image *image)
{
	for (size_t i = 0; i < image->n_symbols; i++)
		if (image->symbols[i].size_bytes)
			return true;
	return false;
}

/* Only the bytes of an ELF tell them: with none, there are none. */
static bool tells_frozen(const struct image *image)
{
	return image->n_frozen || image->n_segments;
}

static bool has_regions(const struct image *image)
{
	return image->n_regions > 0;
}

static const struct {
	bool (*has)(const struct image *image);
	const char *what;
	unsigned tables;
} kinds_of_tables[] = {
	{ has_regions, "memory regions", DIFF_BIT(DIFF_REGIONS) },
	{ has_sections, "sections", DIFF_BIT(DIFF_SECTIONS) },
	{ has_objects, "objects", DIFF_BIT(DIFF_OBJECTS) | DIFF_BIT(DIFF_ARCHIVES) | DIFF_BIT(DIFF_COMPONENTS) },
	{ has_symbols, "symbols", DIFF_BIT(DIFF_SYMBOLS) },
	{ tells_frozen, "frozen modules", DIFF_BIT(DIFF_FROZEN) },
};

/* Sets which tables are compared. The DIFF_BITs of what both have. */
static int choose_tables(struct diff *diff, const struct image *old, const struct image *new, unsigned *ret_both)
{
	*ret_both = 0;
	for (size_t i = 0; i < ARRAY_SIZE(kinds_of_tables); i++) {
		bool in_old = kinds_of_tables[i].has(old), in_new = kinds_of_tables[i].has(new);
		bool wanted = false;
		if (kinds_of_tables[i].has == has_objects && is_elf(old) != is_elf(new)) {
			in_old &= !is_elf(old);
			in_new &= !is_elf(new);
		}
		for (unsigned t = 0; t < DIFF_POOLS; t++)
			if (kinds_of_tables[i].tables & DIFF_BIT(t) && diff_wants(diff, (enum diff_table)t)) {
				wanted = true;
				diff->lists[t].compared = in_old == in_new;
			}
		if (in_old && in_new)
			*ret_both |= kinds_of_tables[i].tables;
		else if (wanted && in_old != in_new
			 && diff_note(diff, "%s tells nothing of %s (%s): these are not compared.",
				      in_old ? new->name : old->name, kinds_of_tables[i].what,
				      in_old ? new->format : old->format) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool has_lto(const struct image *image)
{
	for (size_t i = N_PSEUDO_OBJECTS; i < image->n_objects; i++)
		if (image->objects[i].size_bytes && diff_object_is_lto(&image->objects[i]))
			return true;
	return false;
}

static int diff_owners(struct diff *diff, const struct image *old, const struct image *new,
		       const struct components *rules, bool with_objects)
{
	struct diff_objects objects;
	int r = diff_objects_match(&objects, old, new);

	if (r == 0 && with_objects && diff->lists[DIFF_COMPONENTS].compared)
		r = diff_components(diff, old, new, rules, &objects);
	if (r == 0 && with_objects && diff->lists[DIFF_ARCHIVES].compared)
		r = diff_archives(diff, old, new, &objects);
	if (r == 0 && with_objects && diff->lists[DIFF_OBJECTS].compared)
		r = add_objects(diff, &(struct object_pairs){ old, new, &objects });
	if (r == 0 && diff->lists[DIFF_SYMBOLS].compared)
		r = diff_symbols(diff, old, new, &objects, with_objects, is_elf(old) != is_elf(new));
	diff_objects_deinit(&objects);
	return r;
}

int diff_images(struct diff *diff, const struct image *old, const struct image *new, const struct components *rules,
		const struct diff_options *options, struct diag *diag)
{
	unsigned both;

	*diff = (struct diff){ .options = *options };
	int r = choose_tables(diff, old, new, &both);
	if (r == 0 && !(both & (options->tables ? options->tables : DIFF_OF_IMAGES)))
		return diag_at(diag, (struct place){ .file = new->name }, -EINVAL, "nothing in it can be compared with %s:"
			       " that is %s, this is %s", old->name, old->format, new->format);
	if (r == 0)
		r = diff_places(diff, old, new, both & DIFF_BIT(DIFF_REGIONS));
	if (r == 0)
		r = diff_owners(diff, old, new, rules, both & DIFF_BIT(DIFF_OBJECTS));
	if (r == 0 && diff->lists[DIFF_FROZEN].compared)
		r = diff_frozen(diff, old, new);
	if (r == 0 && diff->lists[DIFF_SYMBOLS].compared && has_lto(old) != has_lto(new) && !is_elf(old) && !is_elf(new))
		r = diff_note(diff, "%s is linked with LTO, and such a map names few symbols: its ELF names them.",
			      has_lto(new) ? new->name : old->name);
	if (r == 0)
		r = diff_finish(diff);
	return r < 0 ? diag_at(diag, (struct place){ .file = new->name }, r, "out of memory") : 0;
}
