/* sites in parts: sites.c has the command, sites/files.c what is read on this computer: saved profiles and sources,
 * sites/diff.c the comparison of two. */
#ifndef MEMPROF_SITES_PRIVATE_H
#define MEMPROF_SITES_PRIVATE_H

#include "memprof/analysis/sites.h"
#include "memprof/cli/command.h"
#include "memprof/io/blob.h"
#include "memprof/viewers/sites_view.h"

int sites_top_read(const struct options *options, uint64_t *ret); /* 0; -EINVAL after a message */
/* --interval, at least so long. 0; -EINVAL after a message. */
int sites_interval_read(const struct options *options, uint64_t least_us, uint64_t *ret_us);
/* Whether a file is a saved profile, and no program. */
bool sites_is_profile(const char *path);
/* 0; -EINVAL after a message. */
int sites_load(const char *path, struct sites *ret);

struct sites_comparison {
	struct sites before;
	struct sites_changes changes;
};
/* Compares with a saved profile, and puts that into *view, which refers to *ret. 0, or an error after a message. */
int sites_compare(const char *path, const struct sites *after, struct sites_comparison *ret, struct sites_view *view);
void sites_comparison_deinit(struct sites_comparison *c);

struct sites_sources {
	VEC(struct sites_source, sources); /* for struct sites_view */
	VEC(struct blob, blobs);
};
/* The files of a profile that are found: script, and all others below folder; NULL: beside the script. One that cannot
 * be read is left out. */
void sites_sources_read(struct sites_sources *s, const struct sites *sites, const char *script, const char *folder);
void sites_sources_deinit(struct sites_sources *s);

#endif
