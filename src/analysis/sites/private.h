/* What the files of this folder share. */
#pragma once

#include "memprof/analysis/site_samples.h"
#include "memprof/analysis/sites.h"

void sites_add_up(uint64_t *to, uint64_t more, uint64_t max);
void sites_sum_add(struct sites_sum *to, const struct sites_sum *more);

/* By file, function and line, as qsort has it. NULL, the chain that is not known, comes last. */
int sites_compare_frames(const struct sites_frame *a, const struct sites_frame *b);

/* A copy of a text, clean; NULL: out of memory. */
const char *sites_text(struct sites *s, const char *text);

/* Of each sample; the caller frees it. NULL: out of memory. Its lines are frames of the profile then. */
enum site_alive { SITE_DEAD, SITE_ALIVE, SITE_ALIVE_MOVED, SITE_ALIVE_GUESSED, SITE_ALIVE_IN_DOUBT };
enum site_alive *site_samples_alive(const struct site_samples *s, const struct site_names *names,
				    const struct sites *profile);

int sites_kept_end(struct sites *s); /* 0 or -ENOMEM */
