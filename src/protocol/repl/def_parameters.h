/* The parameters of a Python function. */
#ifndef MEMPROF_REPL_DEF_PARAMETERS_H
#define MEMPROF_REPL_DEF_PARAMETERS_H

#include "memprof/protocol/first_alloc_hook.h"

/* p: behind "def". Sets the parameters of *ret. 0; -EINVAL if it cannot be called with each argument by itself, or is
 * no definition; ret->name is in the message. O(n). */
int def_parameters_read(const char *p, const char *end, struct place at, struct first_alloc_target *ret,
			struct diag *diag);

#endif
