/* The interpreter of a board that is not asked: found in its RAM, by what its structures look like (py/mpstate.h,
 * py/obj.h; 1.9 and newer). An area of the heap describes itself; before it lie sys.modules and the globals of
 * __main__, two dicts; the first word of a dict is the address of its type, and the first word of that is `type`.
 *
 * All data come from the board. No I/O of its own. */
#pragma once

#include <stdbool.h>

#include "memprof/base/diag.h"
#include "memprof/model/gc_areas.h"
#include "memprof/objects/memory_file.h"

struct interpreter {
	struct interpreter_ids ids; /* for objects_read */
	struct gc_areas areas;
	bool collects; /* a collection is under way: there are marks, or a half of an object is freed */
};

/* RAM that may be read, all of it. Reads up to the first interpreter that is whole: 0; -ENOENT, with diag; errors of
 * the reader. ids lacks what only a halted processor has: registers and the stack pointer. */
int interpreter_find(struct memory_reader *r, const struct reader_range *ram, size_t n_ram, struct interpreter *ret,
		     struct diag *diag);

/* The same interpreter later: areas, what is used, whether it collects. Registers stay. */
int interpreter_update(struct memory_reader *r, const struct reader_range *ram, size_t n_ram, struct interpreter *in,
		       struct diag *diag);
