/* The budget file of a check: created from the inputs (--init), tightened (--update), written. */
#ifndef MEMPROF_CHECK_BUDGET_H
#define MEMPROF_CHECK_BUDGET_H

#include "check/inputs.h"
#include "memprof/analysis/budget.h"
#include "memprof/base/strbuf.h"
#include "memprof/io/blob.h"

/* A budget with a limit of 0 for each figure of the inputs; check_budget_fit sets the limits. */
void check_budget_begin(struct strbuf *out, const struct check_inputs *in);

/* Sets new_limit of all rows whose limit changes, and appends the text with the new limits. loosen: limits may also
 * rise. The number of changes, or -ENOMEM. */
int check_budget_fit(struct strbuf *out, const char *text, size_t n_bytes, struct check *c, double headroom,
		     bool loosen);

/* Clears new_limit of all rows: the file was not written. */
void check_budget_forget(struct check *c);

/* check/budget_write.c: 0, or -EINVAL after a message.
 *
 * Whether a budget may be written there: an existing file only with replace, and only a regular file. */
int check_budget_may_write(const char *path, bool replace);
/* Replaces the file atomically and follows links; mode and owner stay. */
int check_budget_write(const char *path, const struct strbuf *text, bool replace);
/* The same for a budget that was read, unless the file changed since. */
int check_budget_rewrite(const struct blob *read, const struct strbuf *text);

#endif
