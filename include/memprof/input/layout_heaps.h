/* The latest heaps of a dump, or of a live board, for the layout table. */
#pragma once

#include "memprof/base/diag.h"
#include "memprof/capture/capture.h"
#include "memprof/layout/layout.h"
#include "memprof/model/board.h"

enum { LAYOUT_HEAPS_POOLS_MAX = 32 };

struct layout_heaps {
	struct heap heap; /* the last whole one, or the last */
	bool any, whole;
	struct heap_pool pools[LAYOUT_HEAPS_POOLS_MAX]; /* each as it was told last */
	size_t n_pools;
	struct event sample; /* of a board without mem_info: figures alone */
	bool has_sample;
	struct board_info board; /* of a board that was asked */
};

void layout_heaps_init(struct layout_heaps *h);
void layout_heaps_deinit(struct layout_heaps *h); /* safe twice */

/* A complete snapshot stays until the next complete one. Takes its heap. 0 or -ENOMEM. */
int layout_heaps_keep(struct layout_heaps *h, struct moment *moment);
void layout_heaps_keep_pool(struct layout_heaps *h, const struct heap_pool *pool); /* each as it was reported last */

/* Of an event, either of these. Returns 0. */
int layout_heaps_event(void *ctx, struct event *event);

/* A saved log. 0; negative, or LAYOUT_HEAPS_CUT where no dump is whole, with diag filled. */
enum { LAYOUT_HEAPS_CUT = 1 };
int layout_heaps_read(struct layout_heaps *h, const char *name, struct diag *diag);

void layout_heaps_claim(const struct layout_heaps *h, struct layout *l, const char *from);
