/* What MicroPython freezes into the firmware: modules, and interned strings. Both are found by the names that its
 * tools/mpy-tool.py gives (1.19 to 1.26), in the symbols of an ELF or in the input sections of a map, which
 * -fdata-sections names after symbols. Only an ELF has contents: names of files, texts, hashes. */
#ifndef MEMPROF_FROZEN_H
#define MEMPROF_FROZEN_H

#include "elf_private.h"
#include "memprof/image.h"

enum {
	FROZEN_MODULES_MAX = 4096,      /* the largest firmware has some hundred */
	FROZEN_NAME_MAX_BYTES = 512,    /* of a symbol: longer ones name nothing frozen */
};

struct frozen_symbol {
	struct image_slice name;        /* without what LTO adds */
	uint64_t address;
	uint64_t size_bytes;            /* counted once */
	const struct elf_symbol *elf;   /* NULL: of a map */
};

struct frozen_source {
	const struct elf_file *elf;     /* NULL: a map */
	VEC(struct frozen_symbol, symbols);     /* those that may matter; by name, then address */
};

/* Fills image->frozen and image->qstr. 0 or -ENOMEM. */
int frozen_of_elf(struct image *image, const struct elf_file *elf);
int frozen_of_map(struct image *image);

/* The symbol of that name, or NULL. */
const struct frozen_symbol *frozen_symbol(const struct frozen_source *source, const char *name);

/* ---- frozen_modules.c, frozen_qstr.c ---- */

int frozen_modules(struct image *image, const struct frozen_source *source);
void frozen_qstrs(struct image *image, const struct frozen_source *source);

#endif
