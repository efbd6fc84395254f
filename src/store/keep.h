/* recording_keep: removes the oldest block tables. Chains of blobs go as a whole, as each needs those before it. */
#ifndef MEMPROF_STORE_KEEP_H
#define MEMPROF_STORE_KEEP_H

#include "memprof/store/recording.h"
#include "schema.h"

enum { KEEP_PARTS = 8 }; /* no chain is longer than this part of what is kept */

/* now_us: since 1970; NOT_KNOWN. chain: the one that is being written, which stays for its size. Adds to *n_thinned how
 * many snapshots had their tables there. SQLite's code. */
int keep_thin(sqlite3 *db, const struct recording_keep *keep, uint64_t now_us, uint64_t chain, uint64_t *n_thinned);

#endif
