/* The debug information of an ELF: dwarf.c opens it, the files below read it. */
#ifndef MEMPROF_ELF_DWARF_H
#define MEMPROF_ELF_DWARF_H

#include <elfutils/libdw.h>

#include "elf/line_table.h"
#include "elf/private.h"

struct elf_debug_file;

/* Of a program whose entries are in files of their own: the one that was opened last, and those that are missing. */
struct elf_split {
	struct elf_debug_file *file; /* or NULL */
	const char *folder, *name;   /* as the ELF has them */
	Dwarf_Off next_unit;         /* of the file: units come in the same order */
	uint64_t next_number;        /* of the next file's entries */
	/* What may still be read: an ELF may name one file again and again. */
	uint64_t n_bytes_left, n_units_left;
	uint64_t n_missing;
	const char *missing, *why; /* the first */
	bool is_noted;
};
extern const struct elf_split elf_split_init;

struct elf_dwarf {
	struct elf_file *file;
	char *copy; /* of the file, where libdw would write to it, or NULL */
	Elf *elf;   /* of that copy, or the file's */
	Dwarf *dwarf;
	Elf_Data *info;  /* NULL: there is none */
	void *info_copy; /* with marks at damaged units, or NULL */
	struct line_sections line_sections;
	size_t names_left; /* of folders and files that may still be listed: tables may be one, again and again */
	struct section_bytes addresses, ranges, split_ranges; /* .debug_addr, .debug_ranges, .debug_rnglists.dwo */
	uint64_t first_number;                                /* of its entries: elf_entry_number */
	struct elf_split split;
	bool damage_noted; /* units are read more than once */
};

/* 0, also if there is none, or -ENOMEM; to be closed in both cases. */
int elf_dwarf_open(struct elf_file *f, struct elf_dwarf *ret);
void elf_dwarf_close(struct elf_dwarf *d);
/* Of the file, and of what was compressed in it: a bound for what it can tell. */
uint64_t elf_dwarf_bytes(const struct elf_dwarf *d);

/* A unit, the code of one compilation. With split DWARF its entries are in a file of their own, where addresses are
 * numbers of a table of the program. */
struct elf_unit {
	struct elf_dwarf *program, *dwarf; /* dwarf: where the entries are */
	Dwarf_Die skeleton, root;          /* the unit in the program, and where the entries are */
	uint64_t n_bytes;                  /* of entries, which take at least a byte each */
	bool is_split;                     /* root is in a file of its own, which was found */
};

/* Each unit of a program that is not damaged; a note on the others. */
void elf_dwarf_units(struct elf_dwarf *d, void (*each)(void *ctx, struct elf_unit *unit), void *ctx);
/* The file of an entry that one of the unit refers to; a number for each entry, in whichever file. */
struct elf_dwarf *elf_unit_dwarf_of(const struct elf_unit *u, Dwarf_Die *die);
uint64_t elf_entry_number(const struct elf_unit *u, Dwarf_Die *die);
const char *elf_text_attribute(Dwarf_Die *die, unsigned name); /* or NULL */

/* ---- elf/debug_file.c ---- */

/* Opens one of the files that may have a part of a program's debug information, as image_debug_files.open. ret: NULL if
 * it is not there, or no ELF with debug information. False: there are no more. */
bool elf_debug_file_open(const struct image_debug_files *files, const char *folder, const char *name, unsigned i,
			 struct elf_debug_file **ret);
void elf_debug_file_close(struct elf_debug_file *f); /* NULL is fine */
struct elf_dwarf *elf_debug_file_dwarf(struct elf_debug_file *f);
size_t elf_debug_file_bytes(const struct elf_debug_file *f);

/* ---- elf/split.c ---- */

/* Finds the unit's entries if they are in another file. Without it the unit stays as it is. */
void elf_unit_open_split(struct elf_unit *u);
void elf_split_close(struct elf_split *s);
bool elf_unit_is_skeleton(const struct elf_unit *u);
/* A note if files are missing; once. */
void elf_split_note_missing(struct elf_dwarf *d);
/* A text of the unit's entries that outlives the unit. NULL for NULL, and without memory. */
const char *elf_unit_text(const struct elf_unit *u, const char *text);
/* Where a function begins, and where its first part ends; the same if that is not known. */
bool elf_unit_range(struct elf_unit *u, Dwarf_Die *die, uint64_t *ret_start, uint64_t *ret_end);
/* An address of the program's table. */
bool elf_unit_address(struct elf_unit *u, uint64_t number, uint64_t *ret);

/* ---- elf/lines.c ---- */

/* File and line of the image's symbols, and the image's sources if they are wanted; a note if there is none. 0 or
 * -ENOMEM. */
int elf_lines_read(struct elf_dwarf *d, bool with_sources);

/* ---- elf/functions.c ---- */

/* The image's functions, with their frames and calls. 0 or -ENOMEM. */
int elf_functions_read(struct elf_dwarf *d);

#endif
