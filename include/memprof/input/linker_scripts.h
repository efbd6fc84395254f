/* Linker scripts, read with all that they include. */
#ifndef MEMPROF_LDSCRIPTS_H
#define MEMPROF_LDSCRIPTS_H

#include "memprof/cli/options.h"
#include "memprof/image/image.h"
#include "memprof/image/ldscript.h"

#define OPTIONS_SCRIPTS                                                                       \
	{ 'D', "define", "NAME", "NAME or NAME=VALUE: macro for the script's preprocessor" }, \
		{ 0, "defsym", "NAME", "NAME=VALUE: symbol, as for ld --defsym" },            \
	{                                                                                     \
		'L', "path", "FOLDER", "search FOLDER for included scripts"                   \
	}

/* --ld (each in its order, as one script), -D, --defsym, -L. 0; 1 if there is no --ld, nor any of the others, which go
 * with it; -EINVAL after a message. *ret
 * is initialised, also on failure, and not to be moved. */
int ldscripts_read(const struct options *options, struct ldscript *ret);

/* Regions of the script for a map or an ELF that tells of none, settled again with them. How many; 0 if it has its own,
 * or the script none whose origin is known; -EINVAL after a message. */
int ldscripts_give_regions(const struct ldscript *script, struct image *image);

#endif
