/* What the parts of a diff share. */
#pragma once

#include "diff/match.h"
#include "memprof/analysis/diff.h"
#include "memprof/analysis/image_figures.h"

bool diff_wants(const struct diff *diff, enum diff_table table);

/* What the row tells is judged here: its delta, its change (unless that is set: moved, renamed), and whether it is
 * kept. Names are copied if it is; from.text is NULL where there was no other name. Other fields as given. 0 or
 * -ENOMEM. */
int diff_add(struct diff *diff, enum diff_table table, const struct diff_row *row, struct image_slice name,
	     struct image_slice from);
bool diff_has_bytes(const struct diff_row *row); /* whether it is known to have some, in either */
/* The same as diff_add for the totals, where nothing is left out. */
int diff_add_total(struct diff *diff, const char *name, const char *from, uint64_t old_bytes, uint64_t new_bytes,
		   uint64_t length_bytes);
int diff_note(struct diff *diff, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Sorts and counts. 0 or -ENOMEM, of anything before. */
int diff_finish(struct diff *diff);
/* Whether --threshold, --grown and --all show the row. */
bool diff_is_enough(const struct diff_options *options, const struct diff_row *row);

/* ---- two builds, and which bytes of them count ---- */

struct diff_build {
	const struct image *image;
	struct image_scope scope;
	uint32_t *numbers; /* of image->regions: its number in diff->regions */
};
struct diff_builds {
	struct diff_build old, new;
	int64_t *deltas; /* of one row, by diff->regions */
};
/* 0, or -EINVAL with diag if nothing can be compared by region. glob NULL: 0. */
int diff_scope_check(const struct diff_builds *b, const char *glob, struct diag *diag);
/* By the pairs of regions. Also fills diff->regions, if both_have_regions. 0 or -ENOMEM. */
int diff_scopes_make(struct diff *diff, struct diff_builds *b, const struct diff_pairs *regions,
		     bool both_have_regions);

/* ---- a table: its pairs, and what only one has, as rows ---- */

enum { DIFF_NO_ROW = 1 };
struct diff_rows {
	enum diff_table table;
	/* Changes the row, or does without it; NULL. was, is: NULL where there is none. 0; DIFF_NO_ROW; -ENOMEM. */
	int (*judge)(struct diff *diff, const void *ctx, const struct match_item *was, const struct match_item *is,
		     struct diff_row *row);
	const void *ctx;
	const struct diff_builds *by_region; /* NULL: the table does not tell */
	bool has_numbers;                    /* those of items are those of rows */
	bool with_empty;                     /* also rows without a byte */
};
int diff_add_rows(struct diff *diff, const struct diff_pairs *pairs, const struct diff_rows *rows);

/* ---- names ---- */

/* Without what compilers and LTO put behind a name (GCC: .constprop.0 .isra.1 .part.2 .cold .lto_priv.3; LLVM:
 * .llvm.123; numbers of static variables). ret_parts: whether it is a cold or a split-off part of the function. */
enum { NAME_COLD = 1, NAME_PART = 2 };
struct image_slice diff_plain_name(struct image_slice name, unsigned *ret_parts);
/* Of "state.3" and "f.isra.0", "state" and "f.isra", as compilers count anew in every build; of "__bi_123" "__bi_".
 * Without a text where there is no such number. */
struct image_slice diff_unnumbered_name(struct image_slice name);
/* "libc" of "/lib/thumb/libg_nano.a": the library, whichever variant of it. */
struct image_slice diff_archive_name(const char *path);
/* "vfprintf.o" of "libc_a-nano-vfprintf.o", as newlib calls what it has in two forms. */
struct image_slice diff_plain_member(const char *member);
/* Of an object that a toolchain makes in a temporary folder, what is not random. No text: its name is not. */
struct match_key diff_random_name(const char *path);

/* ---- the parts ---- */

/* Regions and sections, and which bytes count for the rest. both_have_regions: else the totals are of sections. */
int diff_places(struct diff *diff, struct diff_builds *b, bool both_have_regions);
/* Pairs of image->objects. To be freed also on failure. */
int diff_objects_match(struct diff_pairs *objects, const struct diff_builds *b);
/* Components, archives, sources, folders, as far as they are compared. */
int diff_owners(struct diff *diff, const struct diff_builds *b, const struct components *rules,
		const struct diff_pairs *objects);
/* Pairs folders, which have none yet, by the pairs of their sources. */
int diff_match_folders(struct diff_pairs *folders, const struct diff_pairs *sources);
/* with_objects: both builds tell which object a symbol is of. If the symbols of one are an ELF's, and those of the
 * other a map's, only what both tell is compared. */
int diff_symbols(struct diff *diff, const struct diff_builds *b, const struct diff_pairs *objects, bool with_objects);
int diff_frozen(struct diff *diff, const struct diff_builds *b);
