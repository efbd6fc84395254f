/* Which bytes are of which source, while units are read. */
#pragma once

#include "elf/unit_files.h"

struct sources *sources_new(struct elf_dwarf *d); /* NULL: no memory */
void sources_free(struct sources *s);
/* Code by the line table of a unit; unit: the source that was compiled, or NULL if LTO made it of several. */
void sources_add_code(struct sources *s, uint64_t start, uint64_t end, const char *path, const char *unit);
/* What an entry of a function or a variable tells of; unit: NULL, or the one that it came from before LTO. */
void sources_add_symbol(struct sources *s, const struct image_symbol *symbol, const char *path, const char *unit);
/* A path, tidied, from the folder where it was compiled (or NULL). NULL: no memory, or longer than any is. */
const char *sources_path(struct sources *s, const char *folder, const char *path);
/* The same of a file that has its text. */
const char *sources_file_path(struct sources *s, struct unit_file *file);
/* image->sources. 0 or -ENOMEM. */
int sources_end(struct sources *s);
