/* Compares figures with a budget: reports offer their figures to the limits that select them, and one place judges the
 * results. Pure.
 *
 *     check_begin; check_image, check_moment …, check_layout, check_imports, check_tests, check_functions,
 * check_objects; check_judge; rows
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/budget.h"
#include "memprof/analysis/components.h"
#include "memprof/base/arena.h"
#include "memprof/capture/capture.h"
#include "memprof/image/image.h"
#include "memprof/layout/layout.h"
#include "memprof/objects/objects.h"

enum check_status { CHECK_PASS, CHECK_FAIL, CHECK_ERROR, CHECK_SKIP, N_CHECK_STATUSES };
const char *check_status_name(enum check_status status); /* as in the JSON */

enum {
	CHECK_CAUSES_MAX = 3,   /* of a row */
	CHECK_CAUSED_MAX = 256, /* rows of a build that get causes: the first */
};

/* Others that break the same limit, where each is judged by itself. */
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
	bool idle;                       /* it cannot fail: the limit is above the capacity */
	const char *found;               /* the match that the value is of, if it is not plain from the pattern; NULL */
	const char *moment;              /* of heaps with several moments: "dump 3, line 1204", "dump 3, 'loaded'",
					  * "sample 7 of boot.log, 07:09:41"; NULL */
	struct figure_value value;       /* of growth: the rise, of loss: the fall */
	struct figure_value limit_value; /* in the same unit: percentages are resolved */
	struct figure_value margin;      /* < 0: broken by that much */
	uint64_t capacity_bytes;         /* NOT_KNOWN */
	uint64_t largest_capacity_bytes; /* of all matches; NOT_KNOWN, also if one is not known */
	struct figure_value now, base;   /* of growth and loss: the figures compared */
	size_t i_found;                  /* of imports: the row of the report that the value is of */
	struct figure_part causes[CHECK_CAUSES_MAX]; /* largest contributors, or what grew most */
	size_t n_causes;
	struct check_other others[CHECK_OTHERS_MAX]; /* the worst first */
	size_t n_others;                             /* may exceed CHECK_OTHERS_MAX */
	const char *skip;                            /* why what it is about is not judged: a sentence; NULL */
	const char *fault;                           /* reason for CHECK_ERROR or CHECK_SKIP: a sentence; else NULL */
	const char *advice;                          /* how to fix it: a sentence; NULL */
	const char *old_limit, *new_limit;           /* of check_fit, without quotes; NULL */
	bool held_by_warning;                        /* … which left it: a tighter one would be behind warn_at */
};

static inline bool check_is_judged(const struct check_row *row) /* then it has a limit, a value and a margin */
{
	return row->limit && (row->status == CHECK_PASS || row->status == CHECK_FAIL);
}
static inline bool check_is_growth(const struct check_row *row) /* or loss: it compares with the baseline */
{
	return row->limit && (row->limit->spec->growth || row->limit->spec->loss);
}

/* Inputs that a row may need. */
enum check_input {
	CHECK_OF_BUILD,
	CHECK_OF_HEAP,
	CHECK_OF_PARTITIONS,
	CHECK_OF_IMPORTS,
	CHECK_OF_MEMORY,
	CHECK_OF_TESTS,
	CHECK_OF_FUNCTIONS,
	CHECK_OF_BASELINE_BUILD, /* from here on: to compare with */
	CHECK_OF_BASELINE_HEAP,
	CHECK_OF_BASELINE_IMPORTS,
	CHECK_OF_BASELINE_MEMORY,
	CHECK_OF_BASELINE_TESTS,
	CHECK_OF_BASELINE_PARTITIONS,
	N_CHECK_INPUTS
};

enum check_side { CHECK_NOW, CHECK_BASE, N_CHECK_SIDES };
/* Dumps passed to check_moment. Of a truncated one only the board's own figures count. */
struct check_dumps {
	uint64_t n, n_cut;
};

struct check {
	struct arena arena;
	const struct budget *budget; /* NULL: the file could not be read, or there is none yet */
	const char *name;            /* of the budget's file */
	VEC(struct check_row, rows); /* in the order of the file */
	/* Set by the caller before check_judge: */
	bool given[N_CHECK_INPUTS];         /* such an input was specified */
	const char *failed[N_CHECK_INPUTS]; /* … but not read: the reason, a sentence; NULL */
	const char *trouble;                /* why the run failed, whatever the limits say: a sentence; NULL */
	bool allow_missing;
	bool each_input; /* several logs are of several boards, and no history: each is held to the limits */
	struct check_dumps dumps[N_CHECK_SIDES]; /* not counted if no limit is on heaps */
	/* by check_judge: */
	size_t n_of[N_CHECK_STATUSES], n_warned;
	/* private: */
	struct check_heaps *heaps;
};

/* A row for each limit and each fault. 0 or -ENOMEM. budget must outlive the check. */
int check_begin(struct check *c, const struct budget *budget);
/* A single row: the file could not be read. 0 or -ENOMEM. */
int check_begin_unread(struct check *c, const char *name, const struct diag *diag);
void check_deinit(struct check *c); /* safe twice, and on all-zero */

/* Whether any limit is on these subjects (SUBJECT_BITs), or on their growth or loss. */
bool check_asks(const struct check *c, unsigned subjects);
/* An input was given and cannot be used, so that its limits cannot be judged. The first reason stays, and is the
 * trouble of the run if that has none. */
void check_fail(struct check *c, enum check_input input, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* What an input is of, as "a build", if it was given and no limit is on it, which may be a mistake; else NULL. */
const char *check_unused(const struct check *c, enum check_input input);

/* ---- inputs ---- */

/* A build, with a baseline or NULL. Images must be settled, and read with symbols if a limit is on symbols or there is
 * a baseline; texts are copied. 0 or -ENOMEM. O(figures + limits); for each glob, and for each of the first rows that
 * fail, are near their limit (CHECK_CAUSED_MAX) or match nothing (some of each subject), O(figures) more. Later rows
 * have no causes, or no suggestions.
 *
 * Names are those of diff: an object by its path as the map prints it, a member "archive(member)", one of LTO
 * "ltrans0"; a frozen module "asyncio/core.py", also from a map alone. A pattern matches the whole name; without a
 * slash also the last part of a path, so a file is found wherever it was built. Sizes are those of map: sections in
 * memory, also empty ones; objects, archives and components without reservations; frozen modules without shared texts.
 * The image (named by path or file name) is the flashed file, else what sections store; the same of both builds.
 *
 * Growth is that of diff_images: names that changed by its rules (.constprop.0, LTO, another build folder) are paired.
 * In a sum, a pair counts if either of its names matches. What is new was 0. What only a map or only an ELF has cannot
 * be judged if the baseline is of the other kind.
 *
 * Where an entry has "in", bytes in these regions count, each once, as for diff_options.region; each different "in"
 * costs as much again. A region that does not exist, or is divided into others, is an error. */
struct check_build {
	const struct image *image; /* NULL: only bin_bytes are known */
	uint64_t bin_bytes;        /* size of the flashed file; NOT_KNOWN without one */
	const char *bin_name;      /* its path; NULL */
};
int check_image(struct check *c, const struct check_build *now, const struct check_build *base,
		const struct components *rules);

/* Partitions of a settled layout, with a baseline or NULL. 0 or -ENOMEM. */
int check_layout(struct check *c, const struct layout *now, const struct layout *base);

/* Heaps, moment by moment; those of the baseline first. Memory is bounded for any number of moments. 0 or -ENOMEM.
 * Costs a pass over the blocks of each pool that a limit selects, one more for each size of a "fits", and one for
 * culprits where a limit is broken.
 *   - A pattern matches pools by name; if it matches none of a dump, areas: "gc.0". Of two pools with one name in a
 * dump the worse counts, for the leak the first.
 *   - Samples of Python's heap count for the leak; for other figures only in an input without a dump. A pool has
 *     the label of the dump before it.
 *   - The last moment is that of the last input; there is none if any input ends in a truncated dump. A moment without
 *     the figure is skipped, unless it is the last.
 *   - Growth of a heap that the baseline does not have cannot be judged.
 *   - The leak is measured for each boot (moment->n_boot) separately. */
int check_moment(struct check *c, enum check_side side, const struct moment *moment);
int check_pool(struct check *c, enum check_side side, const struct pool_moment *moment);
void check_end_input(struct check *c, enum check_side side); /* errors are returned by the next call */
int check_heaps_offer(struct check *c);                      /* once, after all moments */

struct imports;
int check_imports(struct check *c, const struct imports *now, const struct imports *base);

/* Tests, with a baseline or NULL. 0 or -ENOMEM. What was skipped, and the growth of what the baseline does not have, is
 * not judged. */
struct tests;
int check_tests(struct check *c, const struct tests *now, const struct tests *base);

/* Functions of a program that should not allocate, n of them. -ENOMEM. */
struct first_alloc;
int check_functions(struct check *c, const struct first_alloc *functions, size_t n);

/* What globals, modules and classes retain, with a baseline or NULL. 0 or -ENOMEM. */
int check_objects(struct check *c, const struct objects_report *now, const struct objects_report *base);

/* ---- verdict ---- */

/* Sets status, value and margin of every row. Once. */
void check_judge(struct check *c);
/* Sets new_limit of all rows whose limit changes with that head-room (budget_ratchet), and appends the text of the
 * budget with the new limits. The number of changes, or -ENOMEM. */
int check_fit(struct check *c, struct strbuf *out, const char *text, size_t n_bytes, double headroom, bool loosen);
/* Judges rows with new_limit again, by the limits of the budget as edited: the same entries. It must outlive the check.
 */
void check_rejudge(struct check *c, const struct budget *updated);
/* CHECK_ERROR if a row is, else CHECK_FAIL if one is, else CHECK_PASS. */
enum check_status check_worst(const struct check *c);
