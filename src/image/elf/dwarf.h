/* The debug information of an ELF: dwarf.c opens it, the files below read it. */
#pragma once

#include <elfutils/libdw.h>

#include "elf/line_table.h"
#include "elf/private.h"

struct elf_dwarf {
	struct elf_file *file;
	char *copy; /* of the file, where libdw would write to it, or NULL */
	Elf *elf;   /* of that copy, or the file's */
	Dwarf *dwarf;
	Elf_Data *info;  /* NULL: there is none */
	void *info_copy; /* with marks at damaged units, or NULL */
	struct line_sections line_sections;
	size_t names_left; /* of folders and files that may still be listed: tables may be one, again and again */
	bool is_noted;     /* what was damaged or missing: units are read more than once */
};

/* 0, also if there is none, or -ENOMEM; to be closed in both cases. */
int elf_dwarf_open(struct elf_file *f, struct elf_dwarf *ret);
void elf_dwarf_close(struct elf_dwarf *d);
/* Of the file, and of what was compressed in it: a bound for what it can tell. */
uint64_t elf_dwarf_bytes(const struct elf_dwarf *d);

/* A unit, the code of one compilation. */
struct elf_unit {
	struct elf_dwarf *dwarf;
	Dwarf_Die root;
	uint64_t n_bytes; /* of entries, which take at least a byte each */
	bool is_skeleton; /* the entries are in another file, which is not read */
};

/* Each unit of a program that is not damaged; a note on the others. */
void elf_dwarf_units(struct elf_dwarf *d, void (*each)(void *ctx, struct elf_unit *unit), void *ctx);
const char *elf_text_attribute(Dwarf_Die *die, unsigned name); /* or NULL */
/* Where a function begins, and where its first part ends; the same if that is not known. */
bool elf_first_range(Dwarf_Die *die, uint64_t *ret_start, uint64_t *ret_end);

/* ---- elf/lines.c ---- */

/* File and line of the image's symbols, and the image's sources if they are wanted; a note if there is none. 0 or
 * -ENOMEM. */
int elf_lines_read(struct elf_dwarf *d, unsigned want); /* enum image_want */

/* ---- elf/functions.c ---- */

/* The image's functions, with their frames and calls. 0 or -ENOMEM. */
int elf_functions_read(struct elf_dwarf *d);

/* ---- elf/frames.c ---- */

/* frame_bytes and grows, by .debug_frame and .eh_frame. */
void elf_frames_read(struct elf_dwarf *d);

/* ---- elf/calls.c ---- */

/* What each calls, by the call sites in DWARF. 0 or -ENOMEM. */
int elf_calls_read(struct elf_dwarf *d);
