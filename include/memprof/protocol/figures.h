/* Figures of a heap in lines that any firmware prints: patterns of such lines (docs/figures.md), compiled once and
 * matched in time that is bounded by line and pattern. Without I/O. */
#pragma once

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"
#include "memprof/model/heap.h"

enum {
	FIGURES_PATTERN_MAX_BYTES = 512,
	FIGURES_PATTERNS_MAX = 256, /* of one set */
	FIGURES_LINES_MAX = 8,      /* of one pattern */
	FIGURES_APART_MAX = 16,     /* lines from one of these to the next */
	FIGURES_GROUPS_MAX = 64,    /* firmwares; more are like the last one */
};

struct figures; /* patterns; the first that matches a line counts */

struct figures *figures_new(void);    /* NULL: out of memory */
void figures_free(struct figures *f); /* NULL is fine */
/* Compiles a pattern, of a pool of this kind. 0; -EINVAL with what is wrong with it; -E2BIG: too many; -ENOMEM. */
int figures_add(struct figures *f, const char *pattern, enum pool_kind kind, struct diag *diag);

/* Patterns from here on are of another firmware: its name, up to a colon; "": it has none. */
void figures_begin_group(struct figures *f, const char *name);
/* Of the firmwares from here on: once two figures were of one, only its patterns count. */
void figures_settle(struct figures *f, bool settles);
/* Of patterns that match no line of a text: where the first line of one came nearest, appended. False: nowhere. */
bool figures_nearest(const struct figures *f, const char *text, size_t n_bytes, struct strbuf *out);
/* Only what the patterns match counts; else figures in common words do, too. */
void figures_narrow(struct figures *f);
bool figures_are_narrow(const struct figures *f);
