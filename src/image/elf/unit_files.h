/* Files that the line tables of units name. Each path is made once, when it is asked for. */
#pragma once

#include "elf/dwarf.h"

enum { PATH_MAX_BYTES = 4096 }; /* longer ones are not taken */

bool path_is_of_windows(const char *path); /* an absolute one */
bool path_is_absolute(const char *path);

struct unit_file {
	struct line_file parts;
	const char *compiled_in; /* the folder, or NULL */
	const char *text;        /* as the table has it; in the image's arena. NULL: not made yet */
	const char *path;        /* of sources.c: tidied, from that folder. NULL: not made yet */
};

struct unit_table {
	uint64_t offset; /* in .debug_line */
	struct unit_file *files;
	uint32_t n_files;
	unsigned version;
	uint8_t address_bytes;
};

enum { KNOWN_UNITS = 64 };

struct unit_files {
	struct image *image;
	bool is_cut;         /* there were more names than the tables can have */
	struct arena arena;  /* for the lists */
	struct names texts;  /* in the image's arena */
	struct names places; /* of tables, in that order */
	struct line_table scratch;
	VEC(struct unit_table, tables);
	struct {
		const void *cu;
		uint32_t i_table;
	} known[KNOWN_UNITS];
	int error;
};

void unit_files_init(struct unit_files *u, struct elf_dwarf *d);
void unit_files_deinit(struct unit_files *u);
/* The table of a unit's code; NULL: it has none. It moves when another is asked for, its files do not. */
const struct unit_table *unit_files_table(struct unit_files *u, struct elf_unit *unit);
/* What the unit was compiled from, by its table; NULL: not known. */
struct unit_file *unit_files_primary(struct unit_files *u, struct elf_unit *unit);
/* Where an entry of the unit is declared; NULL: not known. */
struct unit_file *unit_files_declared(struct unit_files *u, struct elf_unit *unit, Dwarf_Die *die);
/* NULL: it has no name, or there is no memory. */
const char *unit_files_text(struct unit_files *u, struct unit_file *file);
