/* The limits of a budget, on top of a page. */
#pragma once

#include "memprof/viewers/check_view.h"

/* The verdict, what is broken or was not judged, and what is kept, folded. The scripts (limits.js) lead from a row to
 * that of its subject in the tables of the page. Nothing of NULL. */
void html_limits(struct strbuf *out, const struct check_view *view);
