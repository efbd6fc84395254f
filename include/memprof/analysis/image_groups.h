/* Sums over an image: by component, archive and object, and by source and folder. Sizes are those of image_object:
 * effective, of sections that take memory, without reservations. */
#pragma once

#include "memprof/analysis/components.h"
#include "memprof/image/image.h"

struct image_group {
	const char *name;
	const char *member; /* of an object in an archive; else NULL */
	uint64_t size_bytes;
	const uint64_t *by_region; /* image->n_regions */
	uint64_t n_objects;
	bool is_rest;      /* of a source: an object, or a word, for bytes of which DWARF does not tell;
			    * of a tree: a word for bytes without an owner of this kind */
	uint32_t i_object; /* of image_groups_by_object: its number in the image */
	unsigned depth;    /* of a folder: how many others it lies in */
	uint32_t i_parent; /* of a tree: the group that it lies in; IMAGE_NONE */
	size_t i_label;    /* … and where its name goes on behind the one that it lies in */
};

/* Largest first, ties by name. Those without a byte are left out. */
struct image_groups {
	struct arena arena;
	VEC(struct image_group, groups);
	const uint32_t
		*of_object; /* the group of each object of the image, or IMAGE_NONE; NULL of image_groups_by_object */
};

/* 0 or -ENOMEM. The image must outlive the groups. */
int image_groups_by_object(const struct image *image, struct image_groups *ret);
int image_groups_by_archive(const struct image *image, struct image_groups *ret);
int image_groups_by_component(const struct image *image, const struct components *rules, struct image_groups *ret);

/* By what DWARF tells (IMAGE_WANT_SOURCES): the file of each line, or the source that was compiled. What it does not
 * tell is of its object in the map; of an ELF alone it is image_no_source. */
enum image_source_kind { IMAGE_BY_SOURCE, IMAGE_BY_UNIT };
struct image_scope;
/* scope: which bytes count, each once; NULL: all. */
int image_groups_by_source(const struct image *image, enum image_source_kind kind, const struct image_scope *scope,
			   struct image_groups *ret);
/* The folders of the sources, each with all that is in it, as a tree: each folder before those in it, of which the
 * largest is first. Folders that have nothing but one folder are left out; so is what lies in n_levels or more others.
 */
int image_groups_by_folder(const struct image *image, const struct image_scope *scope, unsigned n_levels,
			   struct image_groups *ret);
extern const char image_no_source[];

/* By several properties at once, as a tree: each group before those in it, of which the largest is first; depth tells
 * which are which. components: of the same image, for LEVEL_COMPONENT. A section that is copied at start counts once,
 * but twice where regions are among the levels, in both. Sources, units and inlines take the DWARF of
 * an ELF. */
enum image_level {
	LEVEL_REGION,
	LEVEL_SECTION,
	LEVEL_COMPONENT,
	LEVEL_ARCHIVE,
	LEVEL_OBJECT,
	LEVEL_SYMBOL,
	LEVEL_SOURCE,
	LEVEL_UNIT,
	LEVEL_INLINE, /* functions, where they were inlined */
	N_IMAGE_LEVELS
};
enum { IMAGE_LEVELS_MAX = 4 }; /* at once */
int image_groups_nested(const struct image *image, const struct image_groups *components,
			const enum image_level levels[], size_t n_levels, struct image_groups *ret);

void image_groups_deinit(struct image_groups *g); /* safe twice, and on all-zero */
