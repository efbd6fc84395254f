/* Figures of an image: regions, sections, components, archives, objects, symbols and frozen modules with their sizes,
 * as map lists them; of all bytes, or only of those in some regions. Pure. */
#pragma once

#include "memprof/analysis/figures.h"
#include "memprof/analysis/image_groups.h"

/* ---- which bytes count ---- */

enum image_counts {
	IMAGE_COUNTS_NOT,
	IMAGE_COUNTS,
	IMAGE_COUNTS_STORED /* only its compressed copy: which object has them is not known */
};

struct image_scope {
	bool *regions;     /* image->n_regions */
	uint8_t *sections; /* image->n_sections: enum image_counts */
	uint64_t *objects; /* image->n_objects: their bytes that count, each byte once */
};
/* All zero: nothing counts. 0 or -ENOMEM. */
int image_scope_init(struct arena *arena, struct image_scope *ret, const struct image *image);
/* Sections of the regions that are set; all: every section. A section that is copied belongs to both its regions. */
void image_scope_add_sections(struct image_scope *scope, const struct image *image, bool all);
/* Objects by the sections that are set. reserved: also those that only keep room for heap and stack. */
void image_scope_add_objects(struct image_scope *scope, const struct image *image, bool reserved);
/* Both, of the regions that a glob fits. 0 or -ENOMEM. */
int image_scope_of_regions(struct arena *arena, struct image_scope *ret, const struct image *image, const char *glob);

uint64_t image_scope_section_bytes(const struct image_scope *scope, const struct image *image, size_t i_section);
uint64_t image_scope_symbol_bytes(const struct image_scope *scope, const struct image_symbol *symbol);
/* What counts of each group; to be freed. NULL: no memory. */
uint64_t *image_scope_groups(const struct image_scope *scope, const struct image *image,
			     const struct image_groups *groups);

/* ---- lists ---- */

/* An image, with the groups that were asked for so far. */
struct image_lists {
	const struct image *image;
	const struct components *rules;
	const struct image_scope *scope; /* which bytes count; NULL: all */
	struct image_groups components, archives;
	bool has_components, has_archives;
};
void image_lists_deinit(struct image_lists *lists);
/* Components or archives. NULL: no memory. */
const struct image_groups *image_lists_groups(struct image_lists *lists, enum figure_subject subject);

/* Whether the input reports such things at all: an ELF has no objects, a list of sizes has sections alone. */
bool image_reports(const struct image *image, enum figure_subject subject);

/* Calls sink for each thing of a subject before SUBJECT_IMAGE: used and free bytes of a region, the size of others.
 * Sections that take memory, also without bytes; of the others those with bytes, of which the scope may count none.
 * Objects are named by their key, as in diff. 0, -ENOMEM, or what sink returned below 0. */
int image_figures(struct image_lists *lists, enum figure_subject subject, figure_sink *sink, void *ctx);

/* One figure of a region: used or free bytes. */
struct figure image_region_figure(const struct image *image, uint32_t i_region, enum figure_kind kind);

/* ---- what is kept of a build ---- */

struct build_figure {
	enum figure_subject subject;
	const char *name;
	uint64_t size_bytes; /* of a region: used */
	int64_t free_bytes;  /* of a region; below 0: it overflows; FIGURE_NO_FREE: not known, or no region */
};
#define FIGURE_NO_FREE INT64_MIN

/* Texts live elsewhere, and are untrusted. */
struct build_figures {
	const char *name, *format; /* "rp2", "gnu-ld" */
	uint64_t image_bytes;      /* what is flashed; NOT_KNOWN */
	unsigned subjects;         /* SUBJECT_BITs of those that were read, if only to be empty */
	VEC(struct build_figure, figures);
};

/* Bytes that all sections store: what is flashed. NOT_KNOWN without a section. */
uint64_t image_stored_bytes(const struct image *image);
/* The largest section of a map of which nothing tells whether it is stored, or NULL. */
const struct image_section *image_unsure_section(const struct image *image);
bool image_symbol_counts(const struct image *image, const struct image_symbol *symbol); /* has bytes, in memory */
bool image_object_is_lto(const struct image_object *object); /* made by LTO, of functions from any object */
/* Whether most bytes are of objects without a folder, or of LTO; and whether most are of sources that are known. */
bool image_objects_lack_folders(const struct image *image);
bool image_sources_are_known(const struct image *image);
/* Whether names of frozen modules are C identifiers: of a map alone. */
bool image_frozen_has_c_names(const struct image *image);
