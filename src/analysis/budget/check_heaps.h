/* What the files of heaps in a check share.
 *
 *     check_heaps.c: moments come in, each pool of them is somebody's heap
 *     check_heap_pick.c: a heap at one moment, and which moment of all a limit goes by
 *     check_heap_when.c: that moment in words
 *     check_heap_leak.c: the trend of a heap
 *     check_heap_causes.c: what a figure is made of
 *     check_heaps_offer.c: at the end, from all these to the rows
 */
#ifndef MEMPROF_CHECK_HEAPS_H
#define MEMPROF_CHECK_HEAPS_H

#include "budget/check_private.h"
#include "memprof/analysis/boots.h"
#include "memprof/base/glob.h"
#include "memprof/base/names.h"

static inline bool heap_pattern_fits(const char *pattern, const char *name)
{
	return strcmp(pattern, name) == 0 || glob_match(pattern, name);
}

static inline bool heap_excepts(const struct budget_entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->n_except; i++)
		if (heap_pattern_fits(entry->except[i], name))
			return true;
	return false;
}

static inline bool heap_fits(const struct budget_entry *entry, const char *name)
{
	return heap_pattern_fits(entry->pattern, name) && !heap_excepts(entry, name);
}

static inline bool heap_leaves_out(const struct budget_entry *entry, const char *name)
{
	return entry->n_except && heap_pattern_fits(entry->pattern, name) && heap_excepts(entry, name);
}

enum {
	CHECK_HEAPS_MAX = HEAP_AREAS_MAX + HEAP_POOLS_MAX, /* by name, that limits are about */
	CHECK_LEAKS_MAX = HEAP_POOLS_MAX,                  /* of them, with a trend: 400 KB each */
	CHECK_NAME_BYTES = 32,                             /* a pool's name, or that and the number of an area */
	CHECK_SEEN_MAX = 64,                               /* that are kept of names and labels */
	CHECK_TOLD_MAX = 3,                                /* … that a sentence tells of them */
};

/* ---- what is kept of a moment ---- */

/* Bytes by kind, of a whole block table. */
struct kinds {
	bool known;
	uint32_t block_bytes;
	uint32_t n_blocks[128];
};

/* A pool as it was, for whoever looks for culprits at the end: that takes ten times as long as a copy, and
 * worse moments may come by the thousand. Rows that go by the same moment share it. */
struct kept_pool {
	unsigned n_refs;
	uint64_t lfb_bytes;
	struct heap_pool pool;
	uint8_t *kinds;
	size_t room_kinds, room_areas;
};

/* What tells a moment from the others. */
struct heap_when {
	uint64_t number; /* of the dump, or of the figures of this heap, in its input: 1.. */
	bool is_dump;
	const char *file;                                      /* NULL */
	uint64_t line;                                         /* 0 */
	char label[EVENT_LABEL_BYTES], time[EVENT_TIME_BYTES]; /* "" */
};

/* The moment that a row goes by, of one heap. */
struct pick {
	bool fits;       /* the row is about this heap */
	bool set, tells; /* there was a moment for it; which tells the figure */
	bool tabled;     /* … of a block table, whole or not */
	uint64_t n_dump; /* 0: figures alone */
	struct figure_value value;
	uint64_t capacity_bytes;
	struct kinds *kinds;    /* NULL; owned */
	struct kept_pool *kept; /* NULL */
	struct heap_when *when; /* NULL; owned */
};

/* ---- a heap at one moment ---- */

struct heap_moment {
	const struct heap_pool *pool;
	const char *name, *label;
	uint64_t n_dump;                   /* 0: figures alone */
	uint64_t number;                   /* as of heap_when */
	const struct check_moment *moment; /* NULL: of the baseline, of which nobody asks when */
	bool cut, keeps;                   /* its dump is not whole; culprits may be asked for */
	/* by check_heap_pick.c, when a row asks: */
	bool counted, fitted;
	struct area_counts counts;
	struct pool_summary by_counts, summary;
	struct kept_pool *kept;
};
void heap_moment_kinds(struct heap_moment *m, struct kinds *ret);
void heap_moment_end(struct check_heaps *h, struct heap_moment *m);

/* ---- all of it ---- */

struct heap_row {
	struct check_row *row;
	size_t i_fit; /* of FIGURE_FITS: which size */
};

/* What was called what, of many only some. */
struct seen {
	char texts[CHECK_SEEN_MAX][EVENT_LABEL_BYTES];
	size_t n;
	bool more;
};

/* How a heap goes over time, and what it was made of at both ends of that. */
struct leak {
	struct boots boots;
	uint64_t n_dump; /* the last one that came */
	struct life_ends {
		struct kinds first, last;
	} now, best;
	struct figure_value per_hour; /* of leak_work_out */
	const char *fault, *advice;   /* why it is not known, in the check's arena, and what to do; NULL */
};

/* One heap by name, over time. */
struct named_heap {
	const char *name;
	uint64_t n_figures, n_figures_before; /* that came alone, in all and before this input */
	struct pick *picks;                   /* by row */
	struct leak *leak;                    /* NULL: no limit asks */
};

struct heaps_side {
	struct names names;
	VEC(struct named_heap, heaps); /* by number of the name */
	size_t n_leaks;
	struct pick *samples; /* by row: of Python's heap, until this input has a dump */
	struct seen labels, sample_labels, pools;
	bool *too_many;                              /* by row: more heaps fit it than are kept */
	bool *found;                                 /* by row: a pool of this dump fits */
	uint64_t n_moments, n_dumps, n_dumps_before; /* before: this input */
	const char *file;                            /* of the first input that has one; NULL */
	bool several_files;
	bool dumped;                    /* this input has a dump */
	enum heap_problem last_problem; /* of its last dump */
	enum heap_problem cut;          /* of the last dump of some input */
};

struct check_heaps {
	struct check *check;
	VEC(struct heap_row, rows);
	VEC(uint64_t, fit_bytes); /* the sizes that are asked for */
	uint64_t *fit_times;      /* of the pool at hand */
	struct heaps_side sides[N_CHECK_SIDES];
	struct kept_pool *spare; /* a copy that nobody needs */
	int error;
};
struct check_heaps *check_heaps_of(struct check *c); /* begun if it is not yet; NULL: no memory */

/* ---- picks ---- */

/* Whether the row's moment may be this one by its label. */
bool pick_wants(const struct heap_row *row, const struct heap_moment *m);
void pick_consider(struct check_heaps *h, const struct heap_row *row, struct pick *pick, struct heap_moment *m);
/* What samples gave; from is empty then. */
void pick_merge(struct check_heaps *h, const struct heap_row *row, struct pick *pick, struct pick *from);
void pick_clear(struct check_heaps *h, struct pick *pick); /* fits stays */
void kept_pool_free(struct kept_pool *kept);               /* NULL is fine */

/* ---- when that was ---- */

void pick_keep_when(struct check_heaps *h, struct pick *pick, const struct heap_moment *m);
/* In the check's arena; NULL where there is only one. heap: whose pick it is. */
const char *pick_when_text(struct check_heaps *h, const struct heaps_side *s, const struct named_heap *heap,
			   const struct pick *pick);

static inline bool row_is(const struct heap_row *row, enum figure_kind figure)
{
	return row->row->limit->spec->figure == figure;
}

/* ---- leaks ---- */

void leak_reset(struct leak *leak);
void leak_free(struct leak *leak); /* NULL is fine */
/* A dump's pool: kinds are kept of those that are whole. Of heap all pools but this one are left out. */
void leak_add(struct leak *leak, const struct heap *heap, struct heap_moment *m, uint64_t at_us, bool collected);
int leak_work_out(struct leak *leak, struct arena *arena); /* once, when all have come; 0 or -ENOMEM */

/* ---- causes ---- */

/* A few, with room for their names. */
struct causes {
	struct figure_part of[CHECK_CAUSES_MAX];
	char names[CHECK_CAUSES_MAX][96];
	size_t n;
};
/* The largest kinds; those that grew, the most first, where was is known and some did. kind: this one
 * alone; 0: all. */
void causes_of_kinds(const struct kinds *now, const struct kinds *was, char kind, struct causes *ret);
/* Those that grew, and nothing else. */
void causes_of_growth(const struct kinds *now, const struct kinds *was, struct causes *ret);
void causes_of_culprits(const struct kept_pool *kept, struct causes *ret);

#endif
