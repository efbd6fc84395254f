/* What the files of a check share. */
#pragma once

#include <string.h>

#include "memprof/analysis/check.h"
#include "memprof/base/strbuf.h"

/* Whether nothing was offered to a row, and nothing said why. */
static inline bool check_is_open(const struct check_row *row) { return row->limit && !row->value.known && !row->fault; }

static inline bool check_is_glob(const char *pattern) { return pattern[strcspn(pattern, "*?[\\")] != '\0'; }

/* ---- figures ---- */

/* Holds a figure to the limit of a row. Of several the one closest to it stays, or the one that breaks it most; of a
 * percent, which is of something else for each, the one that has used up most of it. */
void check_offer(struct check *c, struct check_row *row, const struct figure *figure);
/* Why a row cannot be judged, a sentence, and what to do about it (static; NULL: nothing). The first one stays. */
void check_cannot(struct check *c, struct check_row *row, const char *advice, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* How close a value is to a limit in percent of the whole: the higher the closer. Of no whole any value is all there
 * can be. */
double check_closeness(double value, double whole, bool least);
/* Whether the value breaks the limit, or comes near it: then its parts are wanted. Of a row; and of a figure that was
 * not offered. */
bool check_wants_causes(const struct check_row *row);
bool check_would_want_causes(const struct check_row *row, const struct figure *figure);

/* ---- names that were meant, perhaps ---- */

enum { SUGGESTIONS_MAX = 3 };
/* Of the names there are those most like a pattern. All-zero but for the pattern and the arena to begin with. */
struct suggestions {
	const char *pattern;
	struct arena *arena; /* names that are kept are copied into it */
	struct suggestion {
		const char *name;
		size_t distance;
	} best[SUGGESTIONS_MAX];
	size_t n_best;
	bool quoted;    /* names may have blanks: list them in quotes */
	size_t n_names; /* different ones, as far as equal ones came one after the other */
};
void suggestions_add(struct suggestions *s, struct image_slice name);
/* "no region named 'FLSH'; there are FLASH and RAM", or of a glob "no symbol matches 'gc_al?'; did you mean …". The
 * pattern may be another one than the row's. where: "in the baseline: ", or "". */
void check_cannot_find(struct check *c, struct check_row *row, const char *where, const char *noun,
		       const struct suggestions *others);
/* Exceptions leave nothing of what fits. */
void check_cannot_except(struct check *c, struct check_row *row);

/* ---- the largest of many ---- */

struct check_candidate {
	size_t i; /* which one, and its name: as its caller likes */
	struct image_slice name;
	int64_t delta_bytes; /* FIGURE_NO_DELTA */
	uint64_t size_bytes;
};
/* Those that grew most, and the largest: the parts are those that grew, or if none did the largest. */
struct check_top {
	struct check_ranking {
		struct check_candidate best[CHECK_CAUSES_MAX]; /* of equal ones the first that came */
		size_t n;
	} grown, largest;
};
/* A candidate with a delta above 0 grew. One without bytes counts for nothing. */
void check_top_add(struct check_top *top, struct check_candidate candidate);
static inline const struct check_ranking *check_top_parts(const struct check_top *top)
{
	return top->grown.n ? &top->grown : &top->largest;
}

/* With its name, copied. */
static inline struct figure_part check_part_of(struct check *c, const struct check_candidate *candidate)
{
	return (struct figure_part){ .name = arena_text(&c->arena, candidate->name.text, candidate->name.n_bytes),
				     .delta_bytes = candidate->delta_bytes,
				     .size_bytes = candidate->size_bytes };
}

void check_heaps_free(struct check_heaps *heaps); /* NULL is fine */
