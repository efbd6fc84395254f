/* Profiles of sites and their files, for sites, diff and view. */
#pragma once

#include "memprof/cli/output.h"
#include "memprof/input/site_sources.h"
#include "memprof/viewers/sites_view.h"

enum { PROFILE_TOP_ROWS = 30 }; /* of a table, unless --top says so */

/* Whether what is named is no program: JSON, a recording or a part of one, or a pipe, which is not read here. What is
 * wrong with it, profile_load says. */
bool profile_is_data(const char *path);
int profile_load(const char *path, struct sites *ret); /* an exit code */

/* What sites reports of a profile, in a view that has its title and what of it is shown. */
struct profile_report {
	struct sites *sites;
	const char *since;           /* compared with this saved one; NULL */
	const char *script, *folder; /* as of sites_sources_read; "" and NULL: there are no sources */
	const char *mark;            /* of which it is to be known what was alive; NULL */
	bool is_saved;               /* it has hashes of its sources */
};
int profile_report(struct output *out, const struct profile_report *report,
		   struct sites_view *view); /* the exit code */

/* diff of the two profiles that are the arguments; the exit code. */
int profiles_diff(const struct options *options);
