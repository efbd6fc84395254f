/* The budget file of a check: read, begun from what is there (--init), tightened (--update). */
#ifndef MEMPROF_CHECK_BUDGET_H
#define MEMPROF_CHECK_BUDGET_H

#include "check_inputs.h"
#include "memprof/budget.h"
#include "memprof/strbuf.h"

/* --headroom. 0, or -EINVAL after a message. */
int check_budget_headroom(const struct options *options, double *ret);

/* A budget with a limit of nothing for all that was read; check_budget_fit makes something of it. */
void check_budget_begin(struct strbuf *out, const struct check_inputs *in);

/* Sets new_limit of all rows whose limit moves, and appends the text with them. loosen: limits may grow, too. How many; or -ENOMEM. */
int check_budget_fit(struct strbuf *out, const char *text, size_t n_bytes, struct check *c, double headroom, bool loosen);

/* They were not written: no limit has moved. */
void check_budget_forget(struct check *c);

/* Replaces a plain file, all at once, through links. With is_new it must not be there. 0, or -EINVAL after a message. */
int check_budget_write(const char *path, const struct strbuf *text, bool is_new);

#endif
