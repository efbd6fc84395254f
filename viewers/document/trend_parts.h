/* Parts of documents about a heap over time. */
#pragma once

#include "memprof/viewers/trend_view.h"

/* Around commands in what to do next; no word of them has it. */
#define TREND_COMMAND "\t"
/* The failure that ended the boot, and the boot, if there are several; else nothing. */
void trend_add_boot(struct document *d, const struct trend_view *view);
/* The picture of a pool. minima: as characters, what is in use after collections; else all of the heap. */
void trend_add_picture(struct document *d, const struct trend_view *view, const struct trend_pool_result *pool,
		       bool minima, bool has_svg);
