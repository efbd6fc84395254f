/* Does what is there keep within a budget? Figures are offered to the limits that ask for them, then judged in one
 * place; whoever offered them tells what a broken one is made of. Pure.
 *
 *     check_begin; check_image, check_heap …, check_layout, check_imports: what is known; check_judge; rows
 */
#ifndef MEMPROF_CHECK_H
#define MEMPROF_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/budget.h"
#include "memprof/analysis/components.h"
#include "memprof/base/arena.h"
#include "memprof/capture/capture.h"
#include "memprof/image/image.h"
#include "memprof/layout/layout.h"

enum check_status { CHECK_PASS, CHECK_FAIL, CHECK_ERROR, CHECK_SKIP, N_CHECK_STATUSES };
const char *check_status_name(enum check_status status); /* as in the JSON */

/* What a value is made of, or what grew in it: the largest first. */
enum {
	CHECK_CAUSES_MAX = 3,
	CHECK_CAUSED_MAX = 256, /* rows of a build that have causes: the first */
};

/* Others that break the same limit, where each counts by itself. */
enum { CHECK_OTHERS_MAX = 5 };
struct check_other {
	const char *name;
	struct figure_value value; /* as of the row */
};

/* One limit, or one fault of an entry (limit NULL) or of the file (both NULL). */
struct check_row {
	const struct budget_entry *entry;
	const struct budget_limit *limit;
	struct place at;
	enum check_status status;
	bool warned;
	bool idle;          /* it passes, and always will: the limit is above all that there is room for */
	const char *found;  /* what of several that fit the pattern it is about; NULL: that is plain */
	const char *moment; /* of heaps, where there is more than one: "dump 3, line 1204", "dump 3, 'loaded'",
			     * "sample 7 of boot.log, 07:09:41"; NULL */
	struct figure_value value;       /* of growth: by how much it rose, of loss: fell */
	struct figure_value limit_value; /* in the same unit: percents are worked out */
	struct figure_value margin;      /* what is left; < 0: broken by so much */
	uint64_t capacity_bytes;         /* NOT_KNOWN */
	uint64_t largest_capacity_bytes; /* of all that fit; NOT_KNOWN, also if one's is */
	struct figure_value now, base;   /* of growth and loss: of what */
	size_t i_found;                  /* of imports: which row of the report the value is of */
	struct figure_part causes[CHECK_CAUSES_MAX];
	size_t n_causes;
	struct check_other others[CHECK_OTHERS_MAX]; /* the worst first */
	size_t n_others;                             /* may be more than are kept */
	const char *fault;                           /* why it is CHECK_ERROR or CHECK_SKIP: a sentence; else NULL */
	const char *advice;                          /* what to do about it, a sentence; NULL */
	const char *old_limit, *new_limit;           /* what --update found and wrote instead, as in the file; NULL */
};

/* What a row needs to be judged. */
enum check_input {
	CHECK_OF_BUILD,
	CHECK_OF_HEAP,
	CHECK_OF_PARTITIONS,
	CHECK_OF_IMPORTS,
	CHECK_OF_BASELINE_BUILD,
	CHECK_OF_BASELINE_HEAP,
	CHECK_OF_BASELINE_IMPORTS,
	CHECK_OF_BASELINE_PARTITIONS,
	N_CHECK_INPUTS
};

enum check_side { CHECK_NOW, CHECK_BASE, N_CHECK_SIDES };
/* Dumps that came with check_moment. Of those that are cut the board's own figures count; for the caller to report. */
struct check_dumps {
	uint64_t n, n_cut;
};

struct check {
	struct arena arena;
	const struct budget *budget; /* NULL: the file could not be read */
	const char *name;            /* of the budget's file */
	VEC(struct check_row, rows); /* in the order of the file */
	/* Set by the caller before check_judge: */
	bool given[N_CHECK_INPUTS];         /* somebody named such an input */
	const char *failed[N_CHECK_INPUTS]; /* … which could not be had: why, a sentence; NULL */
	bool allow_missing;
	struct check_dumps dumps[N_CHECK_SIDES]; /* none if no limit is about heaps */
	/* by check_judge: */
	size_t n_of[N_CHECK_STATUSES], n_warned;
	/* private: */
	struct check_heaps *heaps;
};

/* A row for each limit and each fault. 0 or -ENOMEM. budget outlives the check. */
int check_begin(struct check *c, const struct budget *budget);
/* The one row of a file that could not be read. 0 or -ENOMEM. */
int check_begin_unread(struct check *c, const char *name, const struct diag *diag);
void check_deinit(struct check *c); /* safe twice, and on all-zero */

/* Whether any limit is of these subjects (BUDGET_BITs), or of those that grow. */
bool check_asks(const struct check *c, unsigned subjects);
bool check_asks_growth(const struct check *c, unsigned subjects);

/* ---- what is known ---- */

/* A build, and an older one or NULL; whoever has neither does not call this. Images are settled, and read with symbols
 * if a limit is about symbols or there is an older build; texts are copied. 0 or -ENOMEM. O(things + limits); for each
 * pattern that is a glob, and for each of the first rows that are broken or near their limit (CHECK_CAUSED_MAX) or fit
 * nothing (some of each subject), O(things) more; those behind them have no causes, or no names that are like theirs.
 *
 * Things are called as diff calls them: an object by its path as the map prints it, a member "archive(member)", one of
 * LTO "ltrans0"; a frozen module "asyncio/core.py", whatever a map alone makes of that. A pattern is of the whole name;
 * without a slash also of the last part of a path: a file is found wherever it was built. What an entry leaves out does
 * not count. Sizes are map's: sections that take memory, also of no byte; objects, archives and components without
 * reservations; frozen modules without texts that others share. The whole ("image", by path or file name) is the file
 * that is flashed, else what sections store; of two builds the same of both.
 *
 * Growth is diff_images': what is called otherwise by its rules (.constprop.0, LTO, another build folder) is paired.
 * Of what a pattern fits together, what fits now counts with what it was, and what fitted before and does not now with
 * what it had. What is new was 0. What only one of a map and an ELF tells cannot be judged.
 *
 * Where an entry names regions ("in"), bytes in those count, each once, as diff_options.region takes them; each
 * different "in" costs as much again. A region that is not there, or is shared out among others, is an error. */
struct check_build {
	const struct image *image; /* NULL: bin_bytes alone are known, and so the whole */
	uint64_t bin_bytes;        /* of the file that is flashed; NOT_KNOWN without one */
	const char *bin_name;      /* its path; NULL */
};
int check_image(struct check *c, const struct check_build *now, const struct check_build *base,
		const struct components *rules);

/* Partitions, as a settled layout has them, and an older one or NULL. 0 or -ENOMEM. */
int check_layout(struct check *c, const struct layout *now, const struct layout *base);

/* Heaps, one moment after the other, of the present or of the baseline, which comes first. Bounded memory, however many
 * come. 0 or -ENOMEM. Costs a pass over the blocks of each pool that a limit is about, one more for each size that a
 * limit asks to fit, and one for culprits where a limit is broken.
 *   - A pattern is about pools by name; where none of a dump fits it, about areas: "gc.0". Of two pools with one name
 * in a dump the worse counts, for the leak the first.
 *   - Figures alone of Python's heap are no dumps: they count for the leak, and for the rest in an input without a
 * dump. A pool has the label of the dump before it.
 *   - The last moment is that of the last input; but where any input ends in a cut dump, nothing is last. A moment that
 * lacks a figure is passed over, but for the last.
 *   - What is not in the baseline did not grow from 0: that cannot be judged.
 *   - What a heap leaks is judged by boot (moment->n_boot). */
int check_moment(struct check *c, enum check_side side, const struct moment *moment);
int check_pool(struct check *c, enum check_side side, const struct pool_moment *moment);
void check_end_input(struct check *c, enum check_side side); /* another may begin; a failure comes with the next call */
int check_heaps_offer(struct check *c);                      /* once, when all have come */

struct imports;
int check_imports(struct check *c, const struct imports *now, const struct imports *base);

/* ---- the answer ---- */

/* Gives every row its status, value and margin. Once. */
void check_judge(struct check *c);
/* Again, with other limits where new_limit is set: those of a budget that was read from the edited text, entry by entry
 * the same. It outlives the check, as the first does. */
void check_rejudge(struct check *c, const struct budget *updated);
/* 1 with a limit broken, 2 with one that could not be judged, which is worse; else 0. */
int check_exit(const struct check *c);

#endif
