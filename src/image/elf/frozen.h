/* What MicroPython freezes into the firmware: modules, and interned strings. Both are found by the names that its
 * tools/mpy-tool.py gives since 1.19 (held to builds of 1.25.0), in the symbols of an ELF or in the input sections of
 * a map, which -fdata-sections names after symbols. Only an ELF has contents: names of files, texts, hashes. */
#ifndef MEMPROF_FROZEN_H
#define MEMPROF_FROZEN_H

#include "elf/private.h"
#include "memprof/image/image.h"

enum {
	FROZEN_MODULES_MAX = 4096,   /* our samples have up to 14 */
	FROZEN_NAME_MAX_BYTES = 512, /* of a symbol: longer ones name nothing frozen */
};

struct frozen_symbol {
	struct image_slice name; /* without what LTO adds */
	uint64_t address;
	uint64_t size_bytes;          /* counted once */
	const struct elf_symbol *elf; /* NULL: of a map */
};

/* A pool of interned strings, of an ELF. */
struct frozen_pool {
	uint64_t address, prev, size_bytes;
	uint64_t n_strings, first;         /* first: number of its first string */
	uint64_t texts_at;                 /* pointers to them */
	uint64_t hashes_at, lengths_at;    /* NOT_KNOWN: it has none */
	unsigned hash_bytes, length_bytes; /* of each; 0: not known */
};

enum { FROZEN_POOLS_MAX = 16 }; /* there are 3: static, the port's, that of frozen modules */

struct frozen_source {
	const struct elf_file *elf;                 /* NULL: a map */
	VEC(struct frozen_symbol, symbols);         /* those that may matter; by name, then address */
	struct frozen_pool pools[FROZEN_POOLS_MAX]; /* the newest first */
	size_t n_pools;
};

/* Fills image->frozen and image->qstr. 0 or -ENOMEM. */
int frozen_of_elf(struct image *image, const struct elf_file *elf);
int frozen_of_map(struct image *image);

/* The symbol of that name, or NULL. */
const struct frozen_symbol *frozen_symbol(const struct frozen_source *source, const char *name);

/* ---- frozen_modules.c, frozen_walk.c, frozen_qstr.c ---- */

int frozen_modules(struct image *image, const struct frozen_source *source);
/* Estimates sizes of bytecode modules that have none, in the order of the ELF's names. 0 or -ENOMEM. */
int frozen_walk(const struct frozen_source *source, struct image_frozen *modules, size_t n_modules);
/* Finds the pools too. */
void frozen_qstrs(struct image *image, struct frozen_source *source);
/* The text of an interned string, by its number. False if no pool has it. */
bool frozen_qstr_text(const struct frozen_source *source, uint64_t number, struct image_slice *ret);

#endif
