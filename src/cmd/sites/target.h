/* A profile of the target of a GDB server, whose program goes on. */
#ifndef MEMPROF_SITES_TARGET_H
#define MEMPROF_SITES_TARGET_H

#include "memprof/cli/options.h"
#include "sites/private.h"

/* Of the target that the first argument names: samples of time are added to *ret, after sites_init, until --for is over
 * or a request to stop comes. The exit code, after a message if it is not EXIT_FINE; *ret_is_there: there is a profile,
 * also with another code. */
int sites_of_target(const struct options *options, struct sites *ret, bool *ret_is_there);

#endif
