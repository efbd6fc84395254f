/* The parameters of a Python function. */
#pragma once

#include "memprof/protocol/first_alloc_hook.h"

/* p: behind "def". Sets the parameters of *ret. 0; -EINVAL if it cannot be called with each argument by itself, or is
 * no definition; ret->name is in the message. O(n). */
int def_parameters_read(const char *p, const char *end, struct place at, struct first_alloc_target *ret,
			struct diag *diag);
