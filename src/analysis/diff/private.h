/* What the parts of a diff share. */
#ifndef MEMPROF_DIFF_PRIVATE_H
#define MEMPROF_DIFF_PRIVATE_H

#include "diff/match.h"
#include "memprof/analysis/diff.h"
#include "memprof/analysis/image_figures.h"

bool diff_wants(const struct diff *diff, enum diff_table table);

/* What the row tells is judged here: its delta, its change (unless that is set: moved, renamed), and whether it is
 * kept. Names are copied if it is; from.text is NULL where there was no other name. Other fields as given. 0 or
 * -ENOMEM. */
int diff_add(struct diff *diff, enum diff_table table, const struct diff_row *row, struct image_slice name,
	     struct image_slice from);
/* Whether it is known to have some, in either. */
bool diff_has_bytes(const struct diff_row *row);
/* The same as diff_add for the totals, where nothing is left out. */
int diff_add_total(struct diff *diff, const char *name, const char *from, uint64_t old_bytes, uint64_t new_bytes);
int diff_note(struct diff *diff, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Sorts and counts. 0 or -ENOMEM, of anything before. */
int diff_finish(struct diff *diff);

extern const struct diff_row diff_no_row; /* nothing is known */

/* A table that knows its pairs: what is in both, what only one has. */
struct diff_pairs {
	struct match_side old, new;
};
int diff_pairs_init(struct diff_pairs *p, size_t n_old, size_t n_new); /* 0 or -ENOMEM; to be freed also then */
void diff_pairs_deinit(struct diff_pairs *p);
/* Calls what makes a row of each pair, and of each that has no partner: the other number is MATCH_NONE then. */
typedef int diff_add_pair(struct diff *diff, const void *ctx, uint32_t i_old, uint32_t i_new);
int diff_pairs_add(struct diff *diff, const struct diff_pairs *p, diff_add_pair *add, const void *ctx);

/* ---- names ---- */

/* Without what compilers and LTO put behind a name (GCC: .constprop.0 .isra.1 .part.2 .cold .lto_priv.3; LLVM:
 * .llvm.123; numbers of static variables). ret_parts: whether it is a cold or a split-off part of the function. */
enum { NAME_COLD = 1, NAME_PART = 2 };
struct image_slice diff_plain_name(struct image_slice name, unsigned *ret_parts);
/* Of "state.3" and "f.isra.0", "state" and "f.isra", as compilers count anew in every build; of "__bi_123" "__bi_".
 * Without a text where there is no such number. */
struct image_slice diff_unnumbered_name(struct image_slice name);

/* ---- objects: who is who ---- */

struct diff_objects {
	struct diff_pairs pairs; /* of image->objects */
	bool *moved;             /* of the new ones: to another folder or archive */
	bool *renamed;           /* … or called otherwise */
};
int diff_objects_match(struct diff_objects *ret, const struct image *old, const struct image *new);
void diff_objects_deinit(struct diff_objects *objects);
/* Pairs names of two builds: the same ones; with also_ends then paths that end in the same folders and file. */
int diff_match_paths(struct match_side *old, const char *const *old_paths, struct match_side *new,
		     const char *const *new_paths, bool also_ends);
/* The same of groups, whose names are each there once; pairs is initialised here, and to be freed also on failure. */
int diff_match_groups(struct diff_pairs *pairs, const struct image_groups *old, const struct image_groups *new,
		      bool also_ends);

/* Pairs folders by the pairs of their sources; folders is initialised here, and to be freed also on failure. */
int diff_match_folders(struct diff_pairs *folders, const struct image_groups *old, const struct image_groups *new,
		       const struct image_groups *old_sources, const struct image_groups *new_sources,
		       const struct diff_pairs *sources);

/* Whether --threshold, --grown and --all show the row. */
bool diff_is_enough(const struct diff_options *options, const struct diff_row *row);

/* ---- names that a toolchain chooses ---- */

/* "libc" of "/lib/thumb/libg_nano.a": the library, whichever variant of it. */
struct image_slice diff_archive_name(const char *path);
/* Pairs members of variants of one archive, and objects with random names. 0 or -ENOMEM. */
int diff_match_variants(struct diff_objects *objects, const struct image *old, const struct image *new);
int diff_match_random_names(struct diff_objects *objects, const struct image *old, const struct image *new);

/* ---- which bytes count ---- */

struct diff_scopes {
	struct image_scope old, new;
	uint32_t *old_numbers, *new_numbers; /* of image->regions: its number in diff->regions */
	int64_t *deltas;                     /* of diff_scope_deltas */
};
/* 0, or -EINVAL with diag if nothing can be compared by region. glob NULL: 0. */
int diff_scope_check(const struct image *old, const struct image *new, const char *glob, struct diag *diag);
/* Also fills diff->regions, if both_have_regions. 0 or -ENOMEM. */
int diff_scopes_make(struct diff *diff, struct diff_scopes *ret, const struct image *old, const struct image *new,
		     const struct diff_pairs *regions, bool both_have_regions);
/* For a row's by_region; good until the next call (diff_add copies it). What one build does not have: NULL. */
const int64_t *diff_scope_deltas(const struct diff *diff, const struct diff_scopes *scopes, const struct image *old,
				 const uint64_t *old_by_region, const struct image *new, const uint64_t *new_by_region);

/* ---- the parts ---- */

/* Regions and sections, and what is to be known of them for the rest. both_have_regions: else the totals are of
 * sections. */
int diff_places(struct diff *diff, const struct image *old, const struct image *new, bool both_have_regions,
		struct diff_scopes *ret);
/* Components, archives, sources, folders and objects, as far as they are compared. */
int diff_owners(struct diff *diff, const struct image *old, const struct image *new, const struct components *rules,
		const struct diff_objects *objects, const struct diff_scopes *scopes);
/* with_objects: both builds tell which object a symbol is of. If the symbols of one are an ELF's, and those of the
 * other a map's, only what both tell is compared. */
int diff_symbols(struct diff *diff, const struct image *old, const struct image *new,
		 const struct diff_objects *objects, const struct diff_scopes *scopes, bool with_objects);

#endif
