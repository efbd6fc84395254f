/* Linker scripts, read with all that they include. */
#ifndef MEMPROF_LDSCRIPTS_H
#define MEMPROF_LDSCRIPTS_H

#include "memprof/cli/options.h"
#include "memprof/image/image.h"
#include "memprof/image/ldscript.h"

#define OPTIONS_SCRIPTS                                                        \
	{ 'D', "define", "NAME", "NAME=VALUE, for its preprocessor" },         \
		{ 0, "cpp", "COMMAND", "its C preprocessor (default: cc)" },   \
		{ 0, "defsym", "NAME", "NAME=VALUE, as for the linker" },      \
	{                                                                      \
		'L', "path", "FOLDER", "where scripts that it includes may be" \
	}

/* --ld (each in its order, as one script), -D, --cpp, --defsym, -L. A script with preprocessor directives, and with -D
 * every script, is run through the C preprocessor first. 0; 1 if there is no --ld, and none of the others, which go
 * with it; -EINVAL after a message. *ret is initialised, also on failure, and must not be moved. */
int ldscripts_read(const struct options *options, struct ldscript *ret);

/* Regions of the script for a map or an ELF that tells of none, settled again with them. How many; 0 if it has its own,
 * or the script none whose origin is known; -EINVAL after a message. */
int ldscripts_give_regions(const struct ldscript *script, struct image *image);

#endif
