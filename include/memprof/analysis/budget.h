/* A budget file, memprof.budget/1 (docs/schema): limits on a build, a heap, a program. Pure: text in, entries out; and
 * the same text with new limits.
 *
 *     budget > entries, one subject each > limits, one row of a check each
 *
 * A fault of the whole file (not JSON, duplicate members, another schema) is a diag. A fault of one entry is kept in
 * it, and the other entries remain valid. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/figures.h"
#include "memprof/base/diag.h"
#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/vec.h"

#define BUDGET_SCHEMA "memprof.budget/1"

enum {
	BUDGET_ENTRIES_MAX = 4096,
	BUDGET_LIMITS_MAX = 16, /* of an entry: more than any subject has */
	BUDGET_FITS_TIMES_MAX = 1 << 30,
	BUDGET_EXCEPT_MAX = 256,      /* of an entry */
	BUDGET_PERCENT_MAX = 1000000, /* of growth; others end at 100 */
};

/* ---- the tables: what can be limited ---- */

enum budget_unit {
	UNIT_BYTES,
	UNIT_COUNT,
	UNIT_RATIO, /* 0 to 1; the file has 0.6 or "60%" */
	UNIT_BYTES_PER_HOUR,
	UNIT_MILLISECONDS,
};

/* A kind of limit: a key of the file. */
struct limit_spec {
	const char *key;   /* "max_used" */
	unsigned subjects; /* SUBJECT_BITs that it goes with */
	enum figure_kind figure;
	enum budget_unit unit;
	bool least;          /* a minimum; else a maximum */
	bool growth;         /* it limits how far the figure rose above the baseline … */
	bool loss;           /* … or fell below it */
	bool zero;           /* accepts only 0, as more is not counted */
	bool percent;        /* accepts "90%": of the capacity; of growth and loss: of the baseline; for UNIT_RATIO the
			      * same as 0.9 */
	const char *summary; /* one line, at most 60 columns */
};
/* Ended by a NULL key. A key may appear again for other subjects, with another figure (max_growth) or other amounts
 * (min_largest_free). */
extern const struct limit_spec limit_specs[];
const struct limit_spec *limit_spec_find(const char *key, enum figure_subject subject); /* or NULL */
/* Whether the larger value is the worse one. */
static inline bool limit_spec_highest_is_worst(const struct limit_spec *spec) { return !spec->least && !spec->loss; }

/* ---- a file ---- */

enum budget_when { WHEN_LAST, WHEN_ANY, WHEN_EVERY, WHEN_MIN, WHEN_MAX, WHEN_MARK };
const char *budget_when_name(enum budget_when when); /* as in a file: "last" */

/* An amount as written. */
struct budget_amount {
	enum { AMOUNT_WHOLE, AMOUNT_RATIO, AMOUNT_PERCENT } is; /* "60%" of UNIT_RATIO is AMOUNT_RATIO too */
	uint64_t whole;                                         /* bytes, or a count; at most INT64_MAX */
	uint64_t millionths; /* of AMOUNT_RATIO and AMOUNT_PERCENT: 900000 for "90%", exact … */
	double ratio;        /* … and the nearest double: 0.9 */
};

struct budget_limit {
	const struct limit_spec *spec;
	struct place at;                     /* of its key */
	struct budget_amount amount;         /* of fits: the number of times */
	uint64_t fits_bytes;                 /* of FIGURE_FITS; of its loss the size in the same entry */
	const struct budget_amount *warn_at; /* of its entry, if it is an amount like the limit's; NULL */
	const char *text;                    /* the amount as written, without quotes: "1008K" */
	size_t from_byte, to_byte; /* its literal in the text of the file, with its quotes; equal where the text has
				    * none ("times" left out) */
};

struct budget_entry {
	struct place at; /* of its { */
	enum figure_subject subject;
	const char *name;          /* given by the user; NULL */
	const char *pattern;       /* a glob (glob.h) */
	const char *const *except; /* globs of names to leave out */
	size_t n_except;
	bool each;             /* limits apply to every match, and the worst is reported; else to their sum. Always set
				* for regions, partitions, imports, tests and heaps */
	bool fixed;            /* --update leaves its limits alone */
	const char *in;        /* only bytes in regions that match this glob count; NULL: all */
	enum budget_when when; /* of heaps */
	const char *label;     /* of WHEN_MARK: a glob */
	char kind;             /* of heaps: only objects of this letter; 0: all */
	bool has_warning;
	struct budget_amount warn_at; /* AMOUNT_PERCENT: used part of the limit; AMOUNT_WHOLE, _RATIO: as the only limit
				       * of the entry */
	struct budget_limit limits[BUDGET_LIMITS_MAX];
	size_t n_limits;
	/* If it is invalid: then it has no limits, and subject and pattern only if known. */
	const char *fault; /* NULL: valid */
	struct place fault_at;
};

struct budget {
	VEC(struct budget_entry, entries); /* in the order of the file */
	struct json_document *document;    /* owns the texts … */
	struct arena *arena;               /* … and the rest */
};

/* 0; -EINVAL with file, line and column; -EFBIG; -ENOMEM. name is for places and must outlive the budget; text need
 * not. An empty list of budgets is an error, as a check with it could not fail. */
int budget_read(const char *text, size_t n_bytes, const char *name, struct budget **ret, struct diag *diag);
void budget_free(struct budget *budget); /* NULL is fine */

/* ---- replacing limits ---- */

enum { BUDGET_AMOUNT_BYTES = 32 };

/* The limit for a figure with head-room (0.05: five percent of the figure), in the form of the present one: an integer,
 * "K" or "M" in whole K, rounded to the safe side ("M" that is neither whole nor .5 becomes "K"), a whole percent, two
 * digits of a ratio. The figure always keeps the new limit. Maximums end at the capacity, NOT_KNOWN without one (if no
 * whole K is left there: bytes in quotes). Limits on growth and loss, and those that are 0 by nature, never change:
 * they are aims, not measures. False if it would be the same; if it would be looser and loosen is not set; if no
 * limit holds the figure (unknown, or above the capacity); if warn_at, an amount, would be behind it, which budget_read
 * refuses. Else the literal is in ret, with quotes if the present one has them. */
bool budget_ratchet(const struct budget_limit *limit, const struct figure_value *value, uint64_t capacity_bytes,
		    double headroom, bool loosen, char ret[BUDGET_AMOUNT_BYTES]);

/* Whether only warn_at kept budget_ratchet from changing the limit. */
bool budget_warns_behind(const struct budget_limit *limit, const struct figure_value *value, uint64_t capacity_bytes,
			 double headroom, bool loosen);

struct budget_change {
	const struct budget_limit *limit;
	char literal[BUDGET_AMOUNT_BYTES];
};
/* Copies the text with other literals in place; no other byte changes. Changes may come in any order. */
void budget_edit(struct strbuf *out, const char *text, size_t n_bytes, const struct budget_change *changes, size_t n);
