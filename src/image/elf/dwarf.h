/* The debug information of an ELF: dwarf.c opens it, lines.c and sources.c read it. */
#ifndef MEMPROF_ELF_DWARF_H
#define MEMPROF_ELF_DWARF_H

#include <elfutils/libdw.h>

#include "elf/private.h"

struct elf_dwarf {
	struct elf_file *file;
	char *copy;
	Elf *elf;
	Dwarf *dwarf;
	Elf_Data *info;    /* NULL: there is none */
	bool damage_noted; /* units are read more than once */
};

/* 0, also if there is none, or -ENOMEM; to be closed in both cases. */
int elf_dwarf_open(struct elf_file *f, struct elf_dwarf *ret);
void elf_dwarf_close(struct elf_dwarf *d);
/* Each unit that is not damaged; a note on the others. n_bytes: an entry takes at least one. */
void elf_dwarf_units(struct elf_dwarf *d, void (*each)(void *ctx, Dwarf_Die *unit, uint64_t n_bytes), void *ctx);

/* ---- elf/lines.c ---- */

/* File and line of the image's symbols, and the image's sources if they are wanted; a note if there is none. 0 or
 * -ENOMEM. */
int elf_lines_read(struct elf_dwarf *d, bool with_sources);

/* ---- elf/functions.c ---- */

/* The image's functions, with their frames and calls. 0 or -ENOMEM. */
int elf_functions_read(struct elf_dwarf *d);

/* ---- elf/sources.c ---- */

/* Which bytes are of which source, while units are read. All-zero is none. */
struct sources;
struct sources *sources_new(struct elf_file *f); /* NULL: no memory */
void sources_free(struct sources *s);
/* By the line table of a unit. */
void sources_add_unit(struct sources *s, Dwarf_Die *unit);
/* By an entry of a function or a variable; unit: NULL, or the one that it came from before LTO. */
void sources_add_symbol(struct sources *s, const struct image_symbol *symbol, const char *file, const char *unit);
/* A path as a unit has it, from the folder where it was compiled; NULL: no memory. */
const char *sources_path(struct sources *s, Dwarf_Die *unit, const char *path);
/* The source that a unit was compiled from; NULL: LTO made it of others. */
const char *sources_unit_name(struct sources *s, Dwarf_Die *unit);
/* image->sources. 0 or -ENOMEM. */
int sources_end(struct sources *s);

#endif
