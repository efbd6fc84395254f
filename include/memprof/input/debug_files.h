/* Files with more of an ELF's debug information, which the ELF names: those of split DWARF (.dwo). A name is a path from
 * the folder of the ELF, or else from the folder of the compilation, or else its last part is in the folder of the ELF.
 * A name that begins with a slash is tried as it is, then by its last part. */
#ifndef MEMPROF_DEBUG_FILES_H
#define MEMPROF_DEBUG_FILES_H

#include "memprof/image/image.h"

/* For image_read_with_files. elf: its path, borrowed. */
struct image_debug_files debug_files_of(const char *elf);

#endif
