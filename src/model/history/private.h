/* What the files of a history share: the moments as they are kept, and the packing of their tables.
 *
 * All block tables of a moment are one table: its pools one after another, each from a new line of 64 blocks
 * on. What a moment does not write of it stays as it was before, so a moment without a table costs nothing,
 * and what it was in a moment follows from the last key before it and what changed since. */
#pragma once

#include "memprof/base/strbuf.h"
#include "memprof/base/vec.h"
#include "memprof/model/blocks.h"
#include "memprof/model/history.h"

enum {
	LINE_BLOCKS = BLOCKS_MASK,
	KEY_MOMENTS = 32, /* at most so many are read for one */
	N_AGES_BEFORE = 3,
	MANY_MOMENTS = 1024, /* from here on, LEAVING_MAX that are next to go are looked for at once */
	LEAVING_MAX = 32,
};

/* ---- history/tables.c ---- */

/* Lines that nobody wrote are free. */
struct block_table {
	uint8_t *kinds; /* n_lines * LINE_BLOCKS */
	size_t n_lines;
};
int table_grow(struct block_table *t, size_t n_lines); /* 0 or -ENOMEM; never shrinks */
void table_clear(struct block_table *t);
void table_deinit(struct block_table *t);

/* Which lines of a table differ from another one. Of each: how many lines after the one before, which of its
 * blocks, and their kinds, or one kind for all of them. */
struct packed {
	uint8_t *bytes; /* NULL: nothing changed */
	size_t n_bytes;
};

struct packer {
	struct strbuf out;
	size_t i_next; /* line */
};
void packer_begin(struct packer *p);
/* The n_blocks from line i_line on, against the same lines before; NULL: all free. */
void packer_add(struct packer *p, size_t i_line, const uint8_t *kinds, size_t n_blocks, const uint8_t *before);
/* One change for two that follow each other. */
void packer_merge(struct packer *p, const struct packed *first, const struct packed *second);
int packer_take(struct packer *p, struct packed *ret); /* 0 or -ENOMEM; ret->bytes is the caller's */

/* changed: NULL, or a bit for each line, which is set where something is written. */
void packed_apply(const struct packed *packed, struct block_table *t, uint64_t *changed);

/* ---- moments ---- */

/* Where the blocks of a heap lie; moments share it for as long as it is the same. */
struct shape_pool {
	char name[16];
	uint32_t block_bytes, n_areas, n_blocks;
	size_t i_line; /* in the table */
	struct heap_area *areas;
};
struct shape {
	size_t n_refs, n_bytes, n_lines;
	uint32_t n_pools;
	struct shape_pool *pools;
};

struct kept {
	struct history_moment moment; /* its figures lie behind this structure */
	size_t n_bytes;               /* of all but the table and the shape */
	uint64_t latest_us;           /* of it and of all before it; 0: no time yet */
	struct heap heap;             /* what was said; its pools lie behind this, their areas in the shape */
	struct shape *shape;          /* NULL: it has no areas */
	bool key;                     /* packed is against a free table, not against the moment before */
	struct packed packed;
};

struct item {
	struct kept *kept;
	uint64_t n; /* of the moment */
	bool labelled;
};

struct ages {
	uint64_t n_moment;   /* up to which it is known; 0: nothing is */
	uint64_t n_boot;     /* of the last one with a table */
	struct shape *shape; /* of the same; NULL: there was none */
	struct block_table now;
	struct block_table seen; /* its objects, each under the last kind that told something */
	uint32_t *since;         /* of each block of seen */
	uint64_t *changed;
	size_t n_lines; /* that since and changed have room for */
};

/* A moment that goes soon, and how far apart its neighbours were when it was chosen. */
struct leaving {
	uint64_t n, gap;
};

struct history {
	size_t max_bytes, n_bytes;
	struct leaving leaving[LEAVING_MAX]; /* the next one is the last */
	size_t n_leaving;
	uint64_t n_added;
	VEC(struct item, items);
	size_t n_gap;             /* items that there is room for in front of them (history_remove_item) */
	struct block_table last;  /* of the newest moment */
	struct shape *last_shape; /* of the newest moment that has one; or NULL */
	struct packer packer;
	struct ages ages;                  /* of the newest moment */
	struct ages then;                  /* of one that was asked for */
	struct ages before[N_AGES_BEFORE]; /* of some before it: a step back need not begin at the first */
	struct history_event *board_events;
	uint64_t n_board_events_added;
};

static inline const struct kept *history_kept(const struct history *h, size_t i) { return h->items[i].kept; }

void history_remove_item(struct history *h, size_t i); /* items move up from the nearer end */

/* The table of a moment. 0 or -ENOMEM; ret as table_deinit takes it in both cases. */
int history_table(const struct history *h, size_t i, struct block_table *ret);
void history_let_go(struct history *h, struct shape *shape); /* one reference; NULL is fine */
void kept_free(struct history *h, struct kept *kept);        /* NULL is fine */

/* history/thinning.c: takes moments out until the bound holds. 0, or -ENOMEM: it does not hold yet. */
int history_thin(struct history *h);

/* history/ages.c */
void ages_deinit(struct history *h, struct ages *a);
