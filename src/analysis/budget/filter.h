/* The filter of a check: which limits a figure is for, and what is made of all figures of a limit: their sum, or each
 * by itself. Names without a glob are looked up, however many there are; only globs are tried one by one. */
#pragma once

#include "budget/check_private.h"
#include "memprof/base/names.h"

/* ---- which patterns fit a name: match.c ---- */

struct match_hit {
	size_t i_entry;
	bool left_out; /* by an exception */
};

struct matcher {
	enum figure_subject subject;
	struct arena arena;
	VEC(struct match_entry, entries);
	VEC(struct match_hit, hits);
	VEC(size_t, globs);     /* entries with a glob */
	struct names exact;     /* names of the others … */
	VEC(size_t, first);     /* … and by number of these the first entry */
	bool may_be_exact[256]; /* by a hash of a name's length and ends */
	struct strbuf text;
};
void matcher_init(struct matcher *m, enum figure_subject subject);
void matcher_deinit(struct matcher *m); /* safe twice */
/* Adds the pattern and the exceptions of an entry, numbered from 0. 0 or -ENOMEM. */
int matcher_add(struct matcher *m, const struct budget_entry *entry);
/* How many entries fit a name; they are in m->hits until the next call. A frozen module may be named by its C
 * identifier. group: another name that selects it; NULL. */
size_t matcher_find(struct matcher *m, struct image_slice name, bool is_c_name, const char *group);

/* Where the last part of a path begins: after its last slash, of a member after that of its archive. */
size_t match_last_part(struct image_slice path);

/* ---- figures for rows ---- */

struct sum {
	const char *name; /* of what fits alone, else the pattern */
	uint64_t now_bytes, base_bytes;
	size_t n_now;
};

/* What a limit has been given. */
struct accumulator {
	struct check_row *row;
	bool found;            /* a figure was for it */
	uint64_t found_bytes;  /* … of all of these */
	size_t i_last;         /* the last figure that was added */
	VEC(struct sum, sums); /* of an entry with each: one for each name; else at most one */
	struct names names;    /* … these names */
	/* where nothing was found: */
	bool left_out, gone;
	uint64_t gone_bytes;
	struct suggestions others;
};

/* All figures of a subject, against those of base, which may be NULL. 0, or as sink returned. */
typedef int figure_list(const void *now, const void *base, figure_sink *sink, void *ctx);

enum { FILTER_VALUES = 1, FILTER_GROWTH = 2 }; /* limits on growth and loss, and the others */

struct filter {
	struct check *c;
	enum figure_subject subject;
	unsigned takes; /* what figures are for: FILTER_VALUES, FILTER_GROWTH, or both */
	struct arena arena;
	struct matcher matcher;
	VEC(struct accumulator, limits); /* by number of the matcher's entries */
	size_t n_figures;
	/* of filter_begin */
	figure_list *list;
	const void *now;
};

/* Takes the rows of a check that are about a subject, and count bytes in the regions of this glob. 0 or -ENOMEM; to be
 * freed also then. */
int filter_init(struct filter *f, struct check *c, enum figure_subject subject, const char *in);
void filter_deinit(struct filter *f);
bool filter_same_regions(const struct budget_entry *entry, const char *in);

int filter_take(void *ctx, const struct figure *figure); /* a figure_sink; ctx is the filter */
void filter_offer_sums(struct filter *f);                /* of what was taken */

/* A list of figures at once: takes them; and at the end tells what is missing, and frees the filter, also after r < 0.
 * 0 or -ENOMEM. */
int filter_begin(struct filter *f, struct check *c, enum figure_subject subject, figure_list *list, const void *now,
		 const void *base);
int filter_end(struct filter *f, int r);
/* So many more were there than are in the list: nothing about them is certain. */
void filter_report_more(struct filter *f, uint64_t n_more);

/* Where no figure was found for a row: sinks for all names there are, and for those of the baseline; then reports what
 * they found. */
bool filter_misses(const struct filter *f); /* whether there is such a row */
int filter_suggest(void *ctx, const struct figure *figure);
int filter_count_gone(void *ctx, const struct figure *figure);
void filter_report_missing(struct filter *f);
