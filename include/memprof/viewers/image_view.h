/* How an image is drawn. */
#pragma once

#include "memprof/analysis/image_groups.h"
#include "memprof/analysis/image_headroom.h"
#include "memprof/analysis/image_stack.h"
#include "memprof/image/partitions.h"
#include "memprof/layout/layout.h"
#include "memprof/viewers/document.h"
#include "memprof/viewers/view.h"

/* The lists of memprof.image/1, and the tables of the text. */
enum image_list {
	IMAGE_REGIONS,
	IMAGE_SECTIONS,
	IMAGE_COMPONENTS,
	IMAGE_ARCHIVES,
	IMAGE_OBJECTS,
	IMAGE_SYMBOLS,
	IMAGE_FROZEN,
	IMAGE_SOURCES,
	IMAGE_UNITS,
	IMAGE_FOLDERS,
	IMAGE_STACK,
	IMAGE_NESTED,
	N_IMAGE_LISTS
};

struct check_view;

struct image_view {
	const struct image *image;
	const struct image_rooms *rooms;
	const char *board_name;               /* whose data were asked; NULL: none was named */
	const struct layout_room_after *room; /* after the firmware on this board; NULL: not known */
	const char *tree;                     /* whose rules the components are by; NULL: by folder and archive */
	const struct image_groups *components, *archives, *objects;
	const struct image_groups *sources; /* of the list that is wanted of SOURCES, UNITS and FOLDERS; or NULL */
	const struct image_stack *stack;    /* of that list, if it is wanted; or NULL */
	const struct image_symbol *const *symbols; /* largest first; NULL: not wanted */
	size_t n_symbols;
	const char *elf_name;              /* NULL: no ELF was joined */
	const char *bin_name, *bin_format; /* the firmware as it is flashed; NULL: none was given */
	uint64_t bin_bytes;
	const struct partition_fit *fit; /* … in the partitions; NULL: none were given */
	const char *partitions_name;
	enum symbol_names names;
	unsigned lists;                 /* of the text: 1 << enum image_list */
	const enum image_level *levels; /* of IMAGE_NESTED */
	size_t n_levels;
	size_t n_top;                  /* rows of a list; SIZE_MAX: all */
	bool by_chance;                /* n_top is ours, not asked for: JSON is not cut */
	const char *filter;            /* glob of names; NULL: all */
	uint64_t min_bytes;            /* rows of less are left out */
	bool sha256;                   /* the text shows the hashes of frozen modules */
	const struct document *limits; /* of a page: what a check found stands on top; NULL */
	bool is_page;                  /* tables have all that there is: set by document_image_page */
};

void json_image(struct json *j, const struct image_view *view);
void html_image(struct strbuf *out, const struct image_view *view);
void dot_image(struct strbuf *out, const struct image_view *view); /* image->pulls, by archive */
/* The tables of view->lists, with n_top rows at most, one after the other. The view stays until the document is
 * printed. */
void document_image(struct document *d, const struct image_view *view);
/* Every table, whatever view->lists has, but one of sources or of the stack only if that is among them. */
void document_image_page(struct document *d, const struct image_view *view);
