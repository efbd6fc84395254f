/* What grew and what shrank between two builds, or two heaps. Pure functions: no I/O, no clock.
 *
 * The same thing is found again under another name where a compiler, a linker or a build folder has made that name:
 * gc_alloc and gc_alloc.constprop.0, cc1x2y3z.ltrans0.ltrans.o, /home/a/build/py/gc.o and /ci/build/py/gc.o. Where it
 * lies is no difference, how large it is and which object has it are. docs/diff.md tells it from outside. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/components.h"
#include "memprof/base/arena.h"
#include "memprof/base/diag.h"
#include "memprof/base/number.h"
#include "memprof/base/vec.h"
#include "memprof/image/image.h"
#include "memprof/model/heap.h"

enum diff_change {
	CHANGE_SAME,
	CHANGE_ADDED,
	CHANGE_REMOVED,
	CHANGE_GROWN,
	CHANGE_SHRUNK,
	CHANGE_MOVED,   /* to another object, archive or region, whatever became of its size */
	CHANGE_RENAMED, /* by people: what compilers do to names is none */
};
const char *diff_change_name(enum diff_change change); /* as in the JSON */

enum diff_table {
	DIFF_REGIONS,
	DIFF_SECTIONS,
	DIFF_COMPONENTS,
	DIFF_ARCHIVES,
	DIFF_OBJECTS,
	DIFF_SYMBOLS,
	DIFF_FROZEN,
	DIFF_SOURCES,
	DIFF_FOLDERS, /* images */
	DIFF_POOLS,
	DIFF_KINDS,
	DIFF_RUNS, /* heaps */
	N_DIFF_TABLES
};
const char *diff_table_name(enum diff_table table); /* as in the JSON, and for --by */
#define DIFF_BIT(table) (1u << (table))
#define DIFF_OF_IMAGES  (DIFF_BIT(DIFF_POOLS) - 1)
#define DIFF_OF_HEAPS   (DIFF_BIT(N_DIFF_TABLES) - DIFF_BIT(DIFF_POOLS))

/* Texts are untrusted, as the inputs had them; they live in the diff's arena, or in the images. */
struct diff_row {
	const char *name;                         /* in the new one; of what is gone: in the old one */
	const char *from;                         /* its old name, where that was another; or NULL */
	struct image_slice linkage, from_linkage; /* a symbol's name and old name as the linker has them, where these
						   * are others and the input has them; or empty */
	const char *place;             /* a symbol's object, a section's region, the pool of a kind; or NULL */
	const char *from_place;        /* the old one, where the two differ; or NULL */
	uint64_t old_bytes, new_bytes; /* NOT_KNOWN: it is not there */
	int64_t delta_bytes;           /* new - old, what is not there being 0 */
	enum diff_change change;
	uint64_t old_count, new_count; /* of a kind: objects; else NOT_KNOWN */
	uint32_t i_pool;               /* of a pool: its diff_pool; else DIFF_NONE */
	uint32_t i_old, i_new;         /* of a region, an object: which one of its image; else DIFF_NONE */
	const char *source;            /* a symbol's, by the debug information; or NULL */
	uint32_t line;                 /* there; 0: not known */
	uint64_t length_bytes;         /* in diff->totals: of a region that has one, in the new build; or NOT_KNOWN */
	bool is_estimate;              /* a symbol whose size a map does not have: it reaches to the next one */
	/* Of components, archives, objects, where both builds have regions: the delta in each of diff->regions that
	 * options.region takes. A section that is copied counts in both of its regions. Else NULL. */
	const int64_t *by_region;
};
#define DIFF_NONE UINT32_MAX
enum { DIFF_GROWN_MAX = 5 };

/* Figures of a pool, in both heaps. NOT_KNOWN where nothing tells. */
struct diff_figure {
	uint64_t old_value, new_value;
};
enum {
	DIFF_TOTAL_BYTES,
	DIFF_USED_BYTES,
	DIFF_FREE_BYTES,
	DIFF_LARGEST_FREE,
	DIFF_OBJECTS_COUNT,
	DIFF_FREE_RUNS,
	N_DIFF_FIGURES
};
struct diff_pool {
	const char *name;
	struct diff_figure figures[N_DIFF_FIGURES];
};
const char *diff_figure_name(size_t figure); /* "largest_free" */

/* Neighbouring blocks that all changed in one way: from the kind of object that they belonged to, to that of another.
 * Where both are the same, objects begin elsewhere now, and it is the letters of the blocks. */
struct diff_run {
	const char *pool;
	uint64_t start, size_bytes;
	char old_kind, new_kind; /* letters; '.' is free */
};

struct diff_options {
	uint64_t threshold_bytes; /* rows that changed by less are left out … */
	double threshold_percent; /* … or by less than that of what they were; 0: none */
	const char *filter;       /* of names, as glob_match takes them; NULL: all */
	const char *region;       /* only bytes in regions that fit, by their name in either build; NULL: all. Frozen
				   * modules are not compared then: nothing tells where they lie */
	bool grown;               /* leave out what did not grow and is not new */
	bool all;                 /* keep what is the same */
	unsigned tables;          /* DIFF_BITs; 0: all that there are */
	bool asked;               /* somebody named the tables: a note tells which of them neither build has */
};

struct diff {
	bool heaps; /* else images */
	struct arena arena;
	struct diff_options options;
	struct diff_list {
		VEC(struct diff_row, rows); /* by |delta|, then by name */
		bool compared;              /* wanted, and both have such things */
		bool truncated;             /* rows were left out: diff_cut */
		size_t n_all;               /* rows before that */
	} lists[N_DIFF_TABLES];
	VEC(struct diff_run, runs); /* by pool and address */
	VEC(struct diff_pool, pools);
	/* The whole, for the first line, whatever the options leave out: regions, or where there are none "loaded" and
	 * "zeroed"; by |delta|, also such as are the same. */
	VEC(struct diff_row, totals);
	/* What grew most, new things included, before rows are cut: symbols whose sizes are known, or, where these are
	 * less than half of the growth, objects or sections. */
	struct diff_row grown[DIFF_GROWN_MAX];
	size_t n_grown;
	VEC(const char *, regions); /* names of those that one of two builds has, if both have any */
	VEC(const char *, notes);   /* what could not be compared, what else is to be known; sentences */
	uint64_t n_differences;     /* rows and runs that are not the same */
};

void diff_deinit(struct diff *diff); /* safe twice, and on all-zero, which is an empty diff */

/* Two settled images, which must outlive the diff, as must the options' texts. rules may be NULL: archives and folders
 * are the components then. 0; -EINVAL with diag if they have nothing in common that could be compared, or no region
 * that fits; -ENOMEM. O(n log n); memory in proportion to symbols and objects. */
int diff_images(struct diff *diff, const struct image *old, const struct image *new, const struct components *rules,
		const struct diff_options *options, struct diag *diag);

/* What was kept of two builds (image_figures.h). Equal names are pairs, of archives also paths that end in the same
 * folders and file. 0; -EINVAL with diag if no table that is wanted is in both; -ENOMEM. Borrows nothing. */
struct build_figures;
int diff_lists(struct diff *diff, const struct build_figures *old, const struct build_figures *new,
	       const struct diff_options *options, struct diag *diag);

/* Two sealed heaps. Blocks are compared where areas begin at one address with one size of blocks. 0; -EINVAL with diag
 * if they have no pool in common; -ENOMEM. */
int diff_heaps(struct diff *diff, const struct heap *old, const struct heap *new, const struct diff_options *options,
	       struct diag *diag);

/* Keeps the first n_rows of one table. n_differences still counts all. */
void diff_cut(struct diff *diff, enum diff_table table, size_t n_rows);
