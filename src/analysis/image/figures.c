/* What map lists of an image, as figures. */
#include "memprof/analysis/image_figures.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

struct listing {
	struct image_lists *lists;
	figure_sink *sink;
	void *ctx;
	struct figure size; /* of the thing at hand: only its name and its value change */
};

static int add_size(struct listing *l, struct image_slice name, uint64_t size_bytes)
{
	l->size.name = name;
	l->size.value = figure_bytes(size_bytes);
	return l->sink(l->ctx, &l->size);
}

static const char *why_unknown(const struct image *image, uint32_t i_region)
{
	const struct image_region *region = &image->regions[i_region];

	if (image_region_is_shared_out(image, i_region))
		return "it is shared out among other regions, which have the figures";
	if (region->length_bytes == NOT_KNOWN)
		return "its length is not known, so only used bytes can be limited";
	return region->window ? "it is a window of addresses without a capacity; limit its partition instead" : NULL;
}

struct figure image_region_figure(const struct image *image, uint32_t i_region, enum figure_kind kind)
{
	const struct image_region *region = &image->regions[i_region];
	struct figure ret = { .kind = kind,
			      .name = slice_of(region->name),
			      .capacity_bytes = region->window ? NOT_KNOWN : region->length_bytes,
			      .unknown = why_unknown(image, i_region) };

	if (kind != FIGURE_FREE && !image_region_is_shared_out(image, i_region))
		ret.value = figure_bytes(kind == FIGURE_USED && region->used_bytes <= region->length_bytes ?
						 region->content_bytes :
						 region->used_bytes);
	if (kind == FIGURE_FREE && !ret.unknown)
		ret.value = figure_signed(image_region_room(region));
	return ret;
}

static int list_regions(struct listing *l)
{
	int r = 0;

	for (uint32_t i = 0; i < l->lists->image->n_regions; i++)
		for (enum figure_kind kind = FIGURE_USED; kind <= FIGURE_END && r >= 0; kind++) {
			struct figure figure = image_region_figure(l->lists->image, i, kind);
			r = l->sink(l->ctx, &figure);
		}
	return r;
}

/* Place holders keep an address range free whose memory another range has. */
static int list_sections(struct listing *l)
{
	const struct image *image = l->lists->image;
	const struct image_scope *scope = l->lists->scope;
	int r = 0;

	for (size_t i = 0; i < image->n_sections && image->sections[i].alloc && r >= 0; i++) {
		const struct image_section *s = &image->sections[i];
		if (!s->placeholder)
			r = add_size(l, slice_of(s->name),
				     scope ? image_scope_section_bytes(scope, image, i) : s->size_bytes);
	}
	return r;
}

static int list_groups(struct listing *l, enum figure_subject subject)
{
	const struct image_groups *groups = image_lists_groups(l->lists, subject);
	const struct image_scope *scope = l->lists->scope;
	uint64_t *bytes = groups && scope ? image_scope_groups(scope, l->lists->image, groups) : NULL;
	int r = groups && (bytes || !scope) ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < groups->n_groups; i++)
		r = add_size(l, slice_of(groups->groups[i].name), bytes ? bytes[i] : groups->groups[i].size_bytes);
	free(bytes);
	return r;
}

static int list_components(struct listing *l) { return list_groups(l, SUBJECT_COMPONENT); }

static int list_archives(struct listing *l) { return list_groups(l, SUBJECT_ARCHIVE); }

static int list_objects(struct listing *l)
{
	const struct image *image = l->lists->image;
	const struct image_scope *scope = l->lists->scope;
	int r = 0;

	for (size_t i = 0; i < image->n_objects && r >= 0; i++) {
		const struct image_object *o = &image->objects[i];
		uint64_t n_bytes = scope ? scope->objects[i] : o->size_bytes;
		if (o->size_bytes || n_bytes)
			r = add_size(l, slice_of(o->key), n_bytes);
	}
	return r;
}

bool image_symbol_counts(const struct image *image, const struct image_symbol *symbol)
{
	const struct image_section *in = symbol->section == IMAGE_NONE ? NULL : &image->sections[symbol->section];

	return symbol->size_bytes && in && in->alloc && !in->reserved;
}

static int list_symbols(struct listing *l)
{
	const struct image *image = l->lists->image;
	const struct image_scope *scope = l->lists->scope;
	int r = 0;

	for (size_t i = 0; i < image->n_symbols && r >= 0; i++) {
		const struct image_symbol *s = &image->symbols[i];
		if (image_symbol_counts(image, s))
			r = add_size(l, s->name, scope ? image_scope_symbol_bytes(scope, s) : s->size_bytes);
	}
	return r;
}

/* Not kept, as a scope may be another one the next time. */
static int list_and_drop(struct listing *l, struct image_groups *groups, bool with_rests)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < groups->n_groups; i++)
		if (with_rests || !groups->groups[i].is_rest)
			r = add_size(l, slice_of(groups->groups[i].name), groups->groups[i].size_bytes);
	image_groups_deinit(groups);
	return r;
}

static int list_sources(struct listing *l)
{
	struct image_groups groups;
	int r = image_groups_by_source(l->lists->image, IMAGE_BY_SOURCE, l->lists->scope, &groups);

	return r < 0 ? r : list_and_drop(l, &groups, true);
}

static int list_folders(struct listing *l)
{
	struct image_groups groups;
	int r = image_groups_by_folder(l->lists->image, l->lists->scope, UINT_MAX, &groups);

	return r < 0 ? r : list_and_drop(l, &groups, false);
}

static int list_frozen(struct listing *l)
{
	const struct image *image = l->lists->image;
	int r = 0;

	l->size.c_name = image_frozen_has_c_names(image);
	for (size_t i = 0; i < image->n_frozen && r >= 0; i++)
		r = add_size(l, slice_of(image->frozen[i].name), image->frozen[i].size_bytes);
	return r;
}

/* ---- what an input reports ---- */

static bool has_regions(const struct image *image) { return image->n_regions > 0; }

static bool has_sections(const struct image *image) { return image->n_sections > 0; }

/* An ELF names sources, and only static symbols tell which one they are of: bytes of all others are the linker's there.
 */
static bool has_owners(const struct image *image)
{
	bool is_elf = strcmp(image->format, "elf") == 0;

	for (size_t i = N_PSEUDO_OBJECTS; i < image->n_objects && !is_elf; i++)
		if (image->objects[i].size_bytes)
			return true;
	return false;
}

static bool has_symbols(const struct image *image) { return image->n_symbols > 0; }

/* Sizes of sources would be too small where some are missing. */
static bool has_sources(const struct image *image) { return image->n_sources > 0 && !image->sources_incomplete; }

static bool has_frozen(const struct image *image) { return image->n_frozen || image->n_segments; }

bool image_frozen_has_c_names(const struct image *image) { return !image->n_segments; }

static const struct {
	int (*list)(struct listing *l);
	bool (*reports)(const struct image *image);
} subjects[SUBJECT_IMAGE] = {
	[SUBJECT_REGION] = { list_regions, has_regions },      [SUBJECT_SECTION] = { list_sections, has_sections },
	[SUBJECT_COMPONENT] = { list_components, has_owners }, [SUBJECT_ARCHIVE] = { list_archives, has_owners },
	[SUBJECT_OBJECT] = { list_objects, has_owners },       [SUBJECT_SYMBOL] = { list_symbols, has_symbols },
	[SUBJECT_FROZEN] = { list_frozen, has_frozen },        [SUBJECT_SOURCE] = { list_sources, has_sources },
	[SUBJECT_FOLDER] = { list_folders, has_sources },
};

bool image_reports(const struct image *image, enum figure_subject subject) { return subjects[subject].reports(image); }

int image_figures(struct image_lists *lists, enum figure_subject subject, figure_sink *sink, void *ctx)
{
	struct listing l = { lists, sink, ctx, { .kind = FIGURE_SIZE, .capacity_bytes = NOT_KNOWN } };
	int r = subjects[subject].list(&l);

	return MIN(r, 0);
}

const struct image_groups *image_lists_groups(struct image_lists *lists, enum figure_subject subject)
{
	bool components = subject == SUBJECT_COMPONENT;
	bool *has = components ? &lists->has_components : &lists->has_archives;
	struct image_groups *groups = components ? &lists->components : &lists->archives;

	if (!*has)
		*has = (components ? image_groups_by_component(lists->image, lists->rules, groups) :
				     image_groups_by_archive(lists->image, groups)) == 0;
	return *has ? groups : NULL;
}

void image_lists_deinit(struct image_lists *lists)
{
	image_groups_deinit(&lists->components);
	image_groups_deinit(&lists->archives);
}

uint64_t image_stored_bytes(const struct image *image)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < image->n_sections; i++) {
		uint64_t n_bytes = image_section_load_bytes(&image->sections[i]);
		sum = MIN(sum + MIN(n_bytes, (uint64_t)INT64_MAX), (uint64_t)INT64_MAX);
	}
	return image->n_sections ? sum : NOT_KNOWN;
}

const struct image_section *image_unsure_section(const struct image *image)
{
	const struct image_section *largest = NULL;

	for (size_t i = 0; i < image->n_sections && image->sections[i].alloc; i++) {
		const struct image_section *s = &image->sections[i];
		if (s->unsure && image_section_load_bytes(s) && (!largest || s->size_bytes > largest->size_bytes))
			largest = s;
	}
	return largest;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), n_end = strlen(end);

	return n >= n_end && memcmp(text + n - n_end, end, n_end) == 0;
}

/* GCC's partitions; ld.lld's lto.tmp and firmware.elf.lto.o, the LLVM plugin's ld-temp.o. */
bool image_object_is_lto(const struct image_object *object)
{
	return strncmp(object->key, "ltrans", 6) == 0 || ends_with(object->key, "lto.tmp") ||
	       ends_with(object->key, ".lto.o") || ends_with(object->key, "ld-temp.o");
}

bool image_objects_lack_folders(const struct image *image)
{
	uint64_t all_bytes = 0, bytes = 0;

	for (size_t i = N_PSEUDO_OBJECTS; i < image->n_objects; i++) {
		const struct image_object *object = &image->objects[i];
		all_bytes += object->size_bytes;
		if (image_object_is_lto(object) || (!object->member && !strpbrk(object->path, "/\\")))
			bytes += object->size_bytes;
	}
	return bytes > all_bytes / 2;
}

bool image_sources_are_known(const struct image *image)
{
	uint64_t all_bytes = 0, bytes = 0;

	for (size_t i = 0; i < image->n_objects; i++)
		all_bytes += image->objects[i].size_bytes;
	for (size_t i = 0; i < image->n_sources; i++)
		bytes += image->sources[i].n_bytes;
	return bytes > all_bytes / 2;
}
