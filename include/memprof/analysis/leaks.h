/* A leak from end to end, as data: the verdict on a program, a log or a board, who holds what grew, and which lines
 * allocated that. Pure. */
#pragma once

#include "memprof/analysis/run_info.h"
#include "memprof/analysis/sites.h"
#include "memprof/analysis/verdict.h"
#include "memprof/objects/objects.h"

enum leaks_outcome { LEAKS_NONE, LEAKS_ENDED, LEAKS_RAISED, LEAKS_STOPPED, LEAKS_RUNNING };
const char *leaks_outcome_name(enum leaks_outcome outcome); /* as in the JSON; NULL: none */

enum { LEAKS_LINES_MAX = 3 };
struct leaks_line {
	uint32_t frame;       /* of sites: the line that allocated it */
	uint32_t node;        /* of sites: the calls that most of it came by */
	uint64_t alive_bytes; /* by all calls, of what the holder has; an estimate */
};

struct leaks_subject {
	/* set by the caller, borrowed */
	const char *name;
	bool is_stream; /* nothing keeps what came */
	enum leaks_outcome outcome;
	const struct boots *boots;
	const struct run_info *run;    /* NULL */
	const struct objects *objects; /* what is there at the end; NULL */
	const struct sites *sites;     /* after sites_end; NULL */

	/* results, owned; verdict.holder borrows from them */
	struct trend_result trend;
	struct boot_info boot;
	struct objects_owners grew; /* largest first; none: it is not known */
	struct leaks_line lines[LEAKS_LINES_MAX];
	size_t n_lines; /* most alive first */
	struct verdict verdict;
};
int leaks_work_out(struct leaks_subject *s);          /* 0 or -ENOMEM; s is whole in any case */
void leaks_deinit(struct leaks_subject *s);           /* safe twice, and on all-zero */
void leaks_sort(struct leaks_subject *all, size_t n); /* the worst first, ties as they were */

/* Who holds what grew, into trend->held_by; without tables, what a program keeps. objects, run: NULL: not known. ret is
 * to be deinitialised, and not before the last use of trend. 0 or -ENOMEM. */
int leaks_find_holder(const struct objects *objects, const struct run_info *run, struct trend_result *trend,
		      struct objects_owners *ret);
/* "app.py:14"; without a line that is known "app.py". */
void leaks_place(const struct sites_frame *frame, char *ret, size_t n_ret);
/* Neither a root nor what memprof put there. */
bool leaks_is_programs(const struct objects_owned *owned);
