/* A check as a page: the limits, and below them what they are about. */
#ifndef MEMPROF_CHECK_PAGE_H
#define MEMPROF_CHECK_PAGE_H

#include "check/inputs.h"
#include "memprof/cli/output.h"
#include "memprof/viewers/check_view.h"

/* The first that there is: two builds as diff draws them, a build as map does, logs as report does. */
void check_page_write(struct check_inputs *in, struct output *out, const struct check_view *view);

#endif
