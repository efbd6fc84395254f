/* Two builds, table by table. */
#include <errno.h>
#include <string.h>

#include "diff/private.h"
#include "memprof/base/strbuf.h"

/* ---- what can be compared ---- */

static bool has_objects(const struct image *image)
{
	for (size_t i = N_PSEUDO_OBJECTS; i < image->n_objects; i++)
		if (image->objects[i].size_bytes)
			return true;
	return false;
}

static bool is_elf(const struct image *image) { return strcmp(image->format, "elf") == 0; }

static bool has_owners(const struct image *image) { return image_reports(image, SUBJECT_OBJECT); }

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

/* An ELF with none has none; of two maps with symbols and no such module that is likely. */
static bool has_frozen(const struct image *image) { return image_reports(image, SUBJECT_FROZEN); }

static bool has_sources(const struct image *image) { return image_reports(image, SUBJECT_SOURCE); }

static bool has_regions(const struct image *image) { return image_reports(image, SUBJECT_REGION); }

static const struct {
	bool (*has)(const struct image *image);
	const char *what;
	unsigned tables;
	const char *advice; /* behind "not compared"; NULL: none */
} kinds_of_tables[] = {
	{ has_regions, "memory regions", DIFF_BIT(DIFF_REGIONS) },
	{ has_sections, "sections", DIFF_BIT(DIFF_SECTIONS) },
	{ has_owners, "objects", DIFF_BIT(DIFF_OBJECTS) | DIFF_BIT(DIFF_ARCHIVES) | DIFF_BIT(DIFF_COMPONENTS) },
	{ has_symbols, "symbols", DIFF_BIT(DIFF_SYMBOLS) },
	{ has_frozen, "frozen modules", DIFF_BIT(DIFF_FROZEN) },
	{ has_sources, "sources", DIFF_BIT(DIFF_SOURCES) | DIFF_BIT(DIFF_FOLDERS),
	  "; the debug information (-g) of its ELF names them" },
};

static int note_missing(struct diff *diff, const struct image *without, size_t i_kind)
{
	const char *advice = kinds_of_tables[i_kind].advice;

	if (kinds_of_tables[i_kind].has == has_sources && without->sources_incomplete)
		return diff_note(diff, "debug information of %s is missing: sources are not compared.", without->name);
	return diff_note(diff, "%s tells nothing of %s (%s): these are not compared%s.", without->name,
			 kinds_of_tables[i_kind].what, without->format, advice ? advice : "");
}

/* Sets which tables are compared. ret_both: the DIFF_BITs of what both have. */
static int choose_tables(struct diff *diff, const struct image *old, const struct image *new, unsigned *ret_both)
{
	bool have_symbols = has_symbols(old) && has_symbols(new);
	int r = 0;

	*ret_both = 0;
	for (size_t i = 0; i < ARRAY_SIZE(kinds_of_tables) && r == 0; i++) {
		bool in_old = kinds_of_tables[i].has(old), in_new = kinds_of_tables[i].has(new);
		bool wanted = false, of_frozen = kinds_of_tables[i].has == has_frozen;
		if (of_frozen && diff->options.region)
			continue;
		for (unsigned t = 0; t < DIFF_POOLS; t++)
			if (kinds_of_tables[i].tables & DIFF_BIT(t) && diff_wants(diff, (enum diff_table)t)) {
				wanted = true;
				diff->lists[t].compared = (in_old && in_new) ||
							  (of_frozen && in_old == in_new && have_symbols);
			}
		if (in_old && in_new)
			*ret_both |= kinds_of_tables[i].tables;
		else if (wanted && in_old != in_new && (!of_frozen || old->n_frozen || new->n_frozen))
			r = note_missing(diff, in_old ? new : old, i);
		else if (wanted && !in_old && !in_new && diff->options.asked && !of_frozen)
			r = note_missing(diff, new, i);
	}
	return r;
}

/* Nothing is left of what is wanted. */
static int refuse(const struct image *old, const struct image *new, const struct diff_options *options,
		  struct diag *diag)
{
	static const unsigned of_maps = DIFF_BIT(DIFF_REGIONS) | DIFF_BIT(DIFF_COMPONENTS) | DIFF_BIT(DIFF_ARCHIVES) |
					DIFF_BIT(DIFF_OBJECTS);
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	static const unsigned of_sources = DIFF_BIT(DIFF_SOURCES) | DIFF_BIT(DIFF_FOLDERS);
	const struct image *elf = is_elf(new) ? new : old, *without = has_sources(new) ? old : new;

	for (unsigned t = 0; t < DIFF_POOLS; t++)
		if (options->tables & DIFF_BIT(t))
			strbuf_printf(&names, "%s%s", names.n_bytes ? ", " : "", diff_table_name((enum diff_table)t));
	if (is_elf(elf) && options->tables && !(options->tables & ~of_maps))
		return diag_at(diag, (struct place){ .file = elf->name }, -EINVAL,
			       "an ELF does not tell of %s; the linker maps of the two builds do: compare these",
			       strbuf_text(&names));
	if (options->tables && !(options->tables & ~of_sources) && without->sources_incomplete)
		return diag_at(
			diag, (struct place){ .file = without->name }, -EINVAL,
			"debug information of it is missing: sources cannot be compared; build without -gsplit-dwarf");
	if (options->tables && !(options->tables & ~of_sources))
		return diag_at(diag, (struct place){ .file = without->name }, -EINVAL,
			       "it has no debug information, which names sources; build with -g, and give ELFs, or with"
			       " maps their ELFs with --old-elf and --new-elf");
	return diag_at(diag, (struct place){ .file = new->name }, -EINVAL,
		       "nothing that is wanted can be compared with %s: that is %s, this is %s; maps tell of"
		       " regions, sections, objects and symbols, ELFs of sections and symbols",
		       old->name, old->format, new->format);
}

static bool has_lto(const struct image *image)
{
	for (size_t i = N_PSEUDO_OBJECTS; i < image->n_objects; i++)
		if (image->objects[i].size_bytes && image_object_is_lto(&image->objects[i]))
			return true;
	return false;
}

static int diff_contents(struct diff *diff, const struct diff_builds *b, const struct components *rules)
{
	const struct image *old = b->old.image, *new = b->new.image;
	bool with_objects = has_objects(old) && has_objects(new) && is_elf(old) == is_elf(new);
	struct diff_pairs objects;
	int r = diff_objects_match(&objects, b);

	if (r == 0)
		r = diff_owners(diff, b, rules, &objects);
	if (r == 0 && diff->lists[DIFF_OBJECTS].compared)
		r = diff_add_rows(diff, &objects,
				  &(struct diff_rows){ .table = DIFF_OBJECTS, .by_region = b, .has_numbers = true });
	if (r == 0 && diff->lists[DIFF_SYMBOLS].compared)
		r = diff_symbols(diff, b, &objects, with_objects);
	diff_pairs_deinit(&objects);
	return r;
}

int diff_images(struct diff *diff, const struct image *old, const struct image *new, const struct components *rules,
		const struct diff_options *options, struct diag *diag)
{
	struct diff_builds b = { .old.image = old, .new.image = new };
	unsigned both;

	*diff = (struct diff){ .options = *options };
	int r = choose_tables(diff, old, new, &both);
	if (r == 0 && !(both & (options->tables ? options->tables : DIFF_OF_IMAGES)))
		return refuse(old, new, options, diag);
	if (r == 0 && diff_scope_check(&b, options->region, diag) < 0)
		return -EINVAL;
	if (r == 0)
		r = diff_places(diff, &b, both & DIFF_BIT(DIFF_REGIONS));
	if (r == 0)
		r = diff_contents(diff, &b, rules);
	if (r == 0 && diff->lists[DIFF_FROZEN].compared)
		r = diff_frozen(diff, &b);
	if (r == 0 && diff->lists[DIFF_SYMBOLS].compared && has_lto(old) != has_lto(new) && !is_elf(old) &&
	    !is_elf(new))
		r = diff_note(diff, "%s is linked with LTO, and such a map names few symbols: its ELF names them.",
			      has_lto(new) ? new->name : old->name);
	if (r == 0)
		r = diff_finish(diff);
	return r < 0 ? diag_at(diag, (struct place){ .file = new->name }, r, "out of memory") : 0;
}
