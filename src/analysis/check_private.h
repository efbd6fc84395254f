/* What the files of a check share. */
#ifndef MEMPROF_CHECK_PRIVATE_H
#define MEMPROF_CHECK_PRIVATE_H

#include "memprof/check.h"

struct check_value check_bytes(uint64_t bytes); /* NOT_KNOWN: not known */
struct check_value check_ratio(double ratio);   /* < 0: not known */

void check_heaps_free(struct check_heaps *heaps);       /* NULL is fine */

#endif
