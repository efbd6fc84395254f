/* What the files of a check share. */
#ifndef MEMPROF_CHECK_PRIVATE_H
#define MEMPROF_CHECK_PRIVATE_H

#include <string.h>

#include "memprof/analysis/check.h"
#include "memprof/base/strbuf.h"

/* Whether it fits other names than itself. */
static inline bool check_is_glob(const char *pattern) { return pattern[strcspn(pattern, "*?[\\")] != '\0'; }

/* Whether it is a limit on growth or loss. */
static inline bool check_grows(const struct check_row *row)
{
	return row->limit && (row->limit->spec->growth || row->limit->spec->loss);
}

/* ---- names ---- */

/* Whether an entry is about a thing of this name: its pattern fits it, and no exception does. */
bool check_fits(const struct budget_entry *entry, const char *name);
bool check_excepts(const struct budget_entry *entry, const char *name);
/* Whether it would be, but for an exception. */
bool check_leaves_out(const struct budget_entry *entry, const char *name);

/* Of objects and archives a pattern without a slash fits the last part of a path as well: "libc.a(*)". */
bool check_fits_last_part(enum figure_subject subject, const char *pattern);
size_t check_last_part(const char *name, size_t n_bytes); /* where that begins */

/* Whether an entry counts bytes in the same regions. */
static inline bool check_is_in(const struct budget_entry *entry, const char *in)
{
	return entry->in == in || (entry->in && in && strcmp(entry->in, in) == 0);
}

/* Of two rows of one limit that both have a value: whether the first is closer to it, or breaks it more. */
bool check_is_closer(const struct check_row *row, const struct check_row *than);

/* How close a value is to a limit in percent of the whole: the higher the closer. Of no whole any value is all there
 * can be. */
double check_closeness(double value, double whole, bool least);

/* Whether what was offered breaks the limit, or comes near it: then causes are wanted. */
bool check_wants_causes(const struct check_row *row);

/* The name of what a row speaks of, where that is another than the row's own; NULL. */
static inline const char *check_other_name(const struct check_row *row, const char *name)
{
	return strcmp(row->entry->pattern, name) == 0 ? NULL : name;
}

/* What to do where a row cannot be judged; after check_cannot, whose first sentence is the one that it goes with. */
void check_advise(struct check_row *row, const char *advice);

/* ---- names that are not there ---- */

/* Of the names there are the nearest to a pattern. All-zero but for the pattern and the arena to begin with. */
enum { CHECK_NEAR_MAX = 3 };
struct check_near {
	const char *pattern;
	struct arena *arena; /* names that are kept are copied into it */
	struct {
		const char *name;
		size_t distance;
	} best[CHECK_NEAR_MAX];
	bool left_out;          /* something would fit, but for exceptions: by the caller */
	size_t n_best, n_names; /* n_names: different ones, as far as they came behind each other */
};
void check_near_add(struct check_near *near, const char *name, size_t n_bytes);
/* The one that was meant, perhaps; NULL. */
const char *check_nearest(const struct check_near *near);
/* "no region is called 'FLSH'; there are FLASH and RAM". noun: of one of them. */
void check_cannot_find(struct check *c, struct check_row *row, const char *noun, const struct check_near *near);
/* That exceptions leave nothing. */
void check_cannot_but(struct check *c, struct check_row *row);

/* ---- the largest of many ---- */

struct check_candidate {
	size_t i; /* which one, and its name: as its caller likes */
	struct image_slice name;
	int64_t delta_bytes; /* FIGURE_NO_DELTA */
	uint64_t size_bytes;
};
struct check_top {
	struct check_candidate best[CHECK_CAUSES_MAX]; /* the largest first; of equal ones the first that came */
	size_t n;
};
void check_top_add(struct check_top *top, struct check_candidate candidate);

void check_heaps_free(struct check_heaps *heaps); /* NULL is fine */

#endif
