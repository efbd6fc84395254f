/* The budget file of a check: begun from what is there (--init), tightened (--update), written. */
#ifndef MEMPROF_CHECK_BUDGET_H
#define MEMPROF_CHECK_BUDGET_H

#include "check/inputs.h"
#include "memprof/analysis/budget.h"
#include "memprof/base/strbuf.h"
#include "memprof/io/blob.h"

/* --headroom. 0, or -EINVAL after a message. */
int check_budget_headroom(const struct options *options, double *ret);

/* A budget with a limit of nothing for all that was read; check_budget_fit makes something of it. */
void check_budget_begin(struct strbuf *out, const struct check_inputs *in);

/* Sets new_limit of all rows whose limit moves, and appends the text with them. loosen: limits may grow, too. How many;
 * or -ENOMEM. */
int check_budget_fit(struct strbuf *out, const char *text, size_t n_bytes, struct check *c, double headroom,
		     bool loosen);

/* They were not written: no limit has moved. */
void check_budget_forget(struct check *c);

/* check/budget_write.c: 0, or -EINVAL after a message.
 *
 * Whether a first budget may go there: a file that is there is kept without replace, and nothing but a file is
 * replaced. */
int check_budget_may_write(const char *path, bool replace);
/* Writes it all at once, through links; a file that is replaced keeps its rights and its owner. */
int check_budget_write(const char *path, const struct strbuf *text, bool replace);
/* The same for an older one, unless somebody changed it since it was read. */
int check_budget_rewrite(const struct blob *read, const struct strbuf *text);

#endif
