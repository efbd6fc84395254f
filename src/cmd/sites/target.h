/* A profile of the target of a GDB server, whose program goes on: of its time (target.c) or its allocations
 * (target_allocations.c). */
#ifndef MEMPROF_SITES_TARGET_H
#define MEMPROF_SITES_TARGET_H

#include "sites/private.h"

enum { SITES_TARGET_LEAST_US = 1000 };

struct sites_target {
	const char *uri;
	enum sites_unit unit;
	uint64_t step;   /* between two samples, on average: bytes or microseconds */
	uint64_t for_us; /* NOT_KNOWN: until a request to stop comes */
};
/* Adds samples to *ret, after sites_init. The exit code, after a message if it is not EXIT_FINE; *ret_is_there: there
 * is a profile, also with another code. */
int sites_of_target(const struct sites_args *args, const struct sites_target *wanted, struct sites *ret,
		    bool *ret_is_there);

#endif
