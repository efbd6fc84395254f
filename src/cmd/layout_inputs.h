/* What layout reads: each input says something about the memory of one board. */
#ifndef MEMPROF_LAYOUT_INPUTS_H
#define MEMPROF_LAYOUT_INPUTS_H

#include "memprof/board.h"
#include "memprof/layout.h"
#include "options.h"

/* Reads all that the options name, and claims it. The exit code: of several the worst; what could be read is claimed
 * all the same. */
int layout_inputs_read(const struct options *options, struct layout *l);

#endif
