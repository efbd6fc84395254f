/* The boards that are plugged in: serial ports, with what the table of USB ids knows of them. */
#ifndef MEMPROF_BOARDS_H
#define MEMPROF_BOARDS_H

#include "memprof/diag.h"
#include "memprof/ports.h"
#include "memprof/strbuf.h"

/* The port of the only board there is: of a device with several channels its first, and a board
 * before a converter with anything behind it. 0; -ENODEV if there is none, -EINVAL if there are several,
 * which diag lists. */
int boards_pick(struct strbuf *ret_path, struct diag *diag);

#endif
