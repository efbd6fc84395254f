/* Files of allocation profiles: saved ones; and the sources of a profile, as they are on this computer, and whether
 * they are what ran. */
#pragma once

#include "memprof/analysis/sites.h"
#include "memprof/base/vec.h"
#include "memprof/io/blob.h"

/* A saved profile, or RECORDING@MARK: as kept_read and sites_read_json. */
int sites_file_read(const char *path, struct sites *ret, struct diag *diag);

struct sites_sources {
	VEC(struct sites_source, sources); /* for struct sites_view */
	VEC(struct blob, blobs);
};
/* The files of a profile that are found: script, and all others below folder; NULL: beside the script. One that cannot
 * be read is left out. */
void sites_sources_read(struct sites_sources *s, const struct sites *sites, const char *script, const char *folder);
/* A profile keeps what its script is, before that runs, as it may be edited meanwhile; and what its other files are,
 * once they are known. 0 or -ENOMEM. */
int sites_script_keep(struct sites *sites, const char *script);
int sites_sources_keep(const struct sites_sources *s, struct sites *sites);
void sites_sources_deinit(struct sites_sources *s);
