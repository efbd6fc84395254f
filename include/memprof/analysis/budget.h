/* A budget file, memprof.budget/1 (docs/schema): what a build, a heap, a program may take. Pure: text in, entries out;
 * and the same text with other limits.
 *
 *     budget > entries, one subject each > limits, one row of a check each
 *
 * A fault of the whole file (no JSON, two members of one name, another schema) is a diag; a fault of one entry is kept
 * with it, and the others stand. */
#ifndef MEMPROF_BUDGET_H
#define MEMPROF_BUDGET_H

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
	BUDGET_LIMITS_MAX = 16, /* of an entry: no subject has as many */
	BUDGET_FITS_TIMES_MAX = 1 << 30,
	BUDGET_EXCEPT_MAX = 256,      /* of an entry */
	BUDGET_PERCENT_MAX = 1000000, /* of growth; all else ends at 100 */
};

/* ---- the tables: what can be limited ---- */

enum budget_unit {
	UNIT_BYTES,
	UNIT_COUNT,
	UNIT_RATIO, /* 0 to 1; the file has 0.6 or "60%" */
	UNIT_BYTES_PER_HOUR,
};

/* One kind of limit: a key of the file. */
struct limit_spec {
	const char *key;   /* "max_used" */
	unsigned subjects; /* BUDGET_BITs that it goes with */
	enum figure_kind figure;
	enum budget_unit unit;
	bool least;       /* the figure must be at least so much; else at most */
	bool growth;      /* what is limited is how far it rose above the baseline … */
	bool loss;        /* … or how far it fell below it */
	bool percent;     /* "90%" is taken too: of the capacity; of growth and loss: of the baseline; of UNIT_RATIO
			   * it is the same as 0.9 */
	const char *says; /* one line, at most 60 columns */
};
/* Ended by a NULL key. A key may stand there again for other subjects, where it means another figure (max_growth) or
 * takes other amounts (min_largest_free). */
extern const struct limit_spec limit_specs[];
const struct limit_spec *limit_spec_find(const char *key, enum figure_subject subject); /* or NULL */
/* Whether the larger value is the worse one. */
static inline bool limit_spec_highest_is_worst(const struct limit_spec *spec) { return !spec->least && !spec->loss; }

/* ---- a file ---- */

enum budget_when { WHEN_LAST, WHEN_ANY, WHEN_EVERY, WHEN_MIN, WHEN_MAX, WHEN_MARK };

/* An amount as somebody wrote it. */
struct budget_amount {
	enum { AMOUNT_WHOLE, AMOUNT_RATIO, AMOUNT_PERCENT } is; /* "60%" of UNIT_RATIO is AMOUNT_RATIO too */
	uint64_t whole;                                         /* bytes, or a count; at most INT64_MAX */
	uint64_t millionths; /* of AMOUNT_RATIO and AMOUNT_PERCENT: 900000 for "90%", exact … */
	double ratio;        /* … and the double that is nearest: 0.9 */
};

struct budget_limit {
	const struct limit_spec *spec;
	struct place at;                     /* of its key */
	struct budget_amount amount;         /* of fits: how many times */
	uint64_t fits_bytes;                 /* of FIGURE_FITS; of a loss of it those of the fits beside it */
	const struct budget_amount *warn_at; /* of its entry, where that is such an amount as the limit's; NULL */
	const char *text;                    /* the amount as written, without quotes: "1008K" */
	size_t from_byte, to_byte; /* its literal in the file's text, quotes and all; equal where it is not there
				    * (times that were left out): then the edit leaves it alone */
};

struct budget_entry {
	struct place at; /* of its { */
	enum figure_subject subject;
	const char *name;          /* what the user calls it; NULL */
	const char *pattern;       /* a glob (glob.h) */
	const char *const *except; /* globs of names that it is not about */
	size_t n_except;
	bool each;             /* what fits counts one by one, and the worst tells; else all together. Always so
				* of regions, partitions, imports and heaps */
	const char *in;        /* of what lies in regions: only bytes in those that fit this glob count; NULL: all */
	enum budget_when when; /* of heaps */
	const char *label;     /* of WHEN_MARK: a glob */
	char kind;             /* of heaps: objects of this letter alone; 0: all */
	bool has_warning;
	struct budget_amount warn_at; /* AMOUNT_PERCENT: part of the limit that is used up; AMOUNT_WHOLE, _RATIO: as the
				       * limit, of which there is one then */
	struct budget_limit limits[BUDGET_LIMITS_MAX];
	size_t n_limits;
	/* What is wrong with it, where that is so; then there are no limits, and subject and pattern only if known. */
	const char *fault; /* NULL: nothing */
	struct place fault_at;
};

struct budget {
	VEC(struct budget_entry, entries); /* in the order of the file */
	struct json_document *document;    /* has the texts */
	struct arena *arena;               /* has the others */
};

/* 0; -EINVAL with file, line and column; -EFBIG; -ENOMEM. name is for places and outlives the budget, text may go.
 * An empty list of budgets is a fault: such a check could not fail. */
int budget_read(const char *text, size_t n_bytes, const char *name, struct budget **ret, struct diag *diag);
void budget_free(struct budget *budget); /* NULL is fine */

/* ---- another limit in its place ---- */

enum { BUDGET_AMOUNT_BYTES = 32 };

/* The limit that a figure asks for with head-room (0.05: five percent of the figure), in the form that the present one
 * has: an integer, "K" or "M" in whole K on the figure's safe side ("M" that comes out neither whole nor at .5 becomes
 * "K"), a whole percent, two digits of a ratio. The figure always keeps it; at-most limits end at the capacity,
 * NOT_KNOWN where there is none (if no whole K is left there, it is bytes in quotes). Growth and losses are never
 * changed: they are wishes, no measures. False if it would be the same one; if it would be looser and loosen is not
 * set; if no such limit holds the figure (it is not known, or above the capacity); if warn_at, an amount, would be
 * behind it, which budget_read takes for a fault. Else the literal, with quotes if it had some, in ret. */
bool budget_ratchet(const struct budget_limit *limit, const struct figure_value *value, uint64_t capacity_bytes,
		    double headroom, bool loosen, char ret[BUDGET_AMOUNT_BYTES]);

/* Whether that last one alone is why budget_ratchet left it: for whoever tells the user to change warn_at first. */
bool budget_warns_behind(const struct budget_limit *limit, const struct figure_value *value, uint64_t capacity_bytes,
			 double headroom, bool loosen);

struct budget_change {
	const struct budget_limit *limit;
	char literal[BUDGET_AMOUNT_BYTES];
};
/* Copies the text with other literals in their places: not a byte else changes. Changes may come in any order. */
void budget_edit(struct strbuf *out, const char *text, size_t n_bytes, const struct budget_change *changes, size_t n);

#endif
