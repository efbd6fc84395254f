/* Heaps against limits.
 *
 *     check_heaps.c: moments come in; each pool is a heap by name
 *     heap_pick.c: figures of a heap at one moment, and which moment a limit goes by
 *     heap_leak.c: the trend of a heap
 *     heap_offer.c: at the end, from all these to the rows */
#pragma once

#include "budget/filter.h"
#include "memprof/analysis/boots.h"
#include "memprof/analysis/report.h"

enum {
	HEAPS_MAX = HEAP_AREAS_MAX + HEAP_POOLS_MAX, /* by name, that limits are about */
	LEAKS_MAX = HEAP_POOLS_MAX,                  /* of them, with a trend: 400 KB each */
	HEAP_NAME_BYTES = 32,                        /* a pool's name, or that and the number of an area */
	NOTED_MAX = 64,                              /* names and labels, for suggestions */
};

/* Bytes by kind, of a whole block table. */
struct kinds {
	uint32_t block_bytes; /* 0: not known */
	uint32_t n_blocks[128];
};

/* What a heap's figure is made of. */
struct heap_parts {
	struct figure_part parts[CHECK_CAUSES_MAX]; /* without names */
	char names[CHECK_CAUSES_MAX][96];
	size_t n;
};
/* The largest kinds; those that grew, the most first, where was is known and some did. kind: this one alone; 0: all. */
void heap_parts_of_kinds(const struct kinds *now, const struct kinds *was, char kind, struct heap_parts *ret);
void heap_parts_that_grew(const struct kinds *now, const struct kinds *was, struct heap_parts *ret);

/* A pool at one moment. */
struct candidate {
	const struct heap_pool *pool;
	const char *name, *label;
	uint64_t n_dump;  /* 0: figures alone */
	uint64_t number;  /* of the dump, or of the figures of this heap, in its input: 1.. */
	const char *file; /* NULL */
	const char *time; /* as stamped; "" */
	uint64_t line;    /* 0 */
	bool cut;         /* its dump is not whole */
	bool is_base;
	/* by heap_pick.c, when a row needs them: */
	bool is_counted, has_culprits;
	struct area_counts counts;
	struct pool_state by_counts, summary;
	struct fit fit;
	struct heap_parts culprits;
};
void candidate_kinds(struct candidate *state, struct kinds *ret);

/* The moment that a row goes by, of one heap. */
struct pick {
	size_t i_row;
	bool set, known; /* there was such a moment; and it has the figure */
	bool ended;      /* it was the last moment of an input that has ended */
	bool has_table;  /* with a block table, whole or not */
	bool damaged;    /* the pool, at that moment, or at any where more than the last one counts */
	uint64_t n_dump; /* 0: figures alone */
	struct figure_value value;
	uint64_t capacity_bytes;
	struct kinds *kinds;         /* NULL; owned */
	struct heap_parts *culprits; /* NULL; owned */
	struct pick *worst;          /* of the last moments of the inputs that have ended; NULL; owned */
	struct pick_time {
		uint64_t number, line;
		const char *file;
		char label[EVENT_LABEL_BYTES], time[EVENT_TIME_BYTES];
	} time;
};

/* How a heap goes over time, and what it was made of at both ends of that. */
struct leak {
	struct boots boots;
	uint64_t n_dump; /* the last one that came */
	struct boot_ends {
		struct kinds first, last;
	} now, best;
	struct figure_value severity; /* of leak_work_out, as is the rest */
	struct figure_value per_hour;
	const char *unknown, *advice; /* why it is not known, in the check's arena, and what to do; NULL */
	struct figure_value at_most;  /* if it is not known: what it is not more than */
};
static inline bool leak_tells(enum figure_kind figure) { return figure == FIGURE_LEAK || figure == FIGURE_SEVERITY; }
void leak_reset(struct leak *leak);
void leak_free(struct leak *leak); /* NULL is fine */
/* A pool of a dump. Kinds are kept of those that are whole. */
void leak_add(struct leak *leak, const struct moment *moment, struct candidate *state);
int leak_work_out(struct leak *leak, struct arena *arena); /* once, when all have come; 0 or -ENOMEM */

/* One heap by name, over time. */
struct named_heap {
	const char *name;                     /* NULL: none */
	uint64_t n_figures, n_figures_before; /* that came without a dump, in all and before this input */
	VEC(struct pick, picks);              /* of the rows that are about it, in their order */
	struct leak *leak;                    /* NULL: no limit needs it */
};

struct heaps_side {
	struct names names;
	VEC(struct named_heap, heaps); /* by number of the name */
	size_t n_leaks;
	struct named_heap samples; /* of Python's heap in this input, until it has a dump */
	struct names labels, sample_labels, pools;
	bool *too_many;                              /* by row: more heaps fit it than are kept */
	bool *found;                                 /* by row: a pool of this dump fits */
	uint64_t n_moments, n_dumps, n_dumps_before; /* before: this input */
	uint64_t n_boot;
	char label[EVENT_LABEL_BYTES]; /* of the last dump: other pools come after it */
	const char *file;              /* of the first input that has one; NULL */
	bool several_files;
	bool dumped;                    /* this input has a dump */
	enum heap_problem last_problem; /* of its last dump */
	enum heap_problem cut;          /* of the last dump of some input */
};

struct check_heaps {
	struct check *check;
	struct filter filter; /* of all rows on heaps */
	struct heaps_side sides[N_CHECK_SIDES];
	int error;
};
static inline struct check_row *heaps_row(const struct check_heaps *h, size_t i_row)
{
	return h->filter.limits[i_row].row;
}
struct check_heaps *check_heaps_of(struct check *c); /* begun if it is not yet; NULL: no memory */

/* Lets a pick go by this moment, if it is the better one for its row. */
void pick_consider(struct check_heaps *h, struct pick *pick, struct candidate *state);
void pick_merge(struct check_heaps *h, struct pick *pick, struct pick *from); /* from is cleared */
/* The last moment of an input stays, if it is the worst of those. */
void pick_end_input(struct check_heaps *h, struct pick *pick);
void pick_clear(struct pick *pick);
