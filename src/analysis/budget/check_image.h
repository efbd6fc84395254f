/* What the files of a build's check share. */
#pragma once

#include "budget/filter.h"
#include "memprof/analysis/diff.h"
#include "memprof/analysis/image_figures.h"

/* Two builds, and those of their bytes that the limits of one "in" count. */
struct image_check {
	struct check *c;
	const struct check_build *now, *base;     /* base NULL: there is none */
	const char *in;                           /* a glob of regions; NULL: all bytes */
	struct image_lists now_lists, base_lists; /* image NULL: not known */
	struct image_scope now_scope, base_scope; /* where in is set */
	struct diff diff;                         /* of all that rows and their causes need … */
	bool compared;                            /* … once one of them does */
	size_t n_caused;                          /* rows with causes so far */
	struct arena arena;
};
/* Compares both images. 0 or -ENOMEM. */
int image_check_compare(struct image_check *b);
/* The list of that diff with things of a subject; NULL: they are not compared. */
const struct diff_list *image_check_list(const struct image_check *b, enum figure_subject subject);
/* What rows are made of that are broken or near their limit. 0 or -ENOMEM. */
int image_causes(struct image_check *b);
