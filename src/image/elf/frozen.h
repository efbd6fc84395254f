/* What MicroPython freezes into the firmware: modules and interned strings. Both are found by the names that
 * tools/mpy-tool.py has given since 1.19 (checked against builds of 1.25.0): among the symbols of an ELF, or among the
 * input sections of a map, which -fdata-sections names after symbols. Only an ELF has contents: file names, texts,
 * hashes.
 */
#pragma once

#include "elf/private.h"
#include "memprof/image/image.h"

enum {
	FROZEN_MODULES_MAX = 4096,   /* our samples have up to 14 */
	FROZEN_NAME_MAX_BYTES = 512, /* of a symbol; longer ones are ignored */
};

struct frozen_symbol {
	struct image_slice name; /* without the suffix of LTO */
	uint64_t address;
	uint64_t size_bytes;          /* counted once */
	const struct elf_symbol *elf; /* NULL: of a map */
};

/* A pool of interned strings, of an ELF. */
struct frozen_pool {
	uint64_t address, prev, size_bytes;
	uint64_t n_strings, first;         /* first: number of its first string */
	uint64_t texts_at;                 /* address of the pointers to the texts */
	uint64_t hashes_at, lengths_at;    /* NOT_KNOWN: none */
	unsigned hash_bytes, length_bytes; /* of one; 0: not known */
};

enum { FROZEN_POOLS_MAX = 16 }; /* there are 3: static, the port's, that of frozen modules */

struct frozen_source {
	const struct elf_file *elf;                 /* NULL: a map */
	VEC(struct frozen_symbol, symbols);         /* by name, then address, once sorted */
	struct frozen_pool pools[FROZEN_POOLS_MAX]; /* the newest first */
	size_t n_pools;
};

/* Fills image->frozen and image->qstr. 0 or -ENOMEM. */
int frozen_of_elf(struct image *image, const struct elf_file *elf);
int frozen_of_map(struct image *image);

const struct frozen_symbol *frozen_find_symbol(const struct frozen_source *source, const char *name); /* or NULL */

/* ---- frozen_modules.c, frozen_walk.c, frozen_qstr.c ---- */

int frozen_add_modules(struct image *image, const struct frozen_source *source);
/* Estimates the sizes of bytecode modules without one, in the order of the ELF's names. 0 or -ENOMEM. */
int frozen_walk(const struct frozen_source *source, struct image_frozen *modules, size_t n_modules);
/* Sets the pools of source too. */
void frozen_add_qstrs(struct image *image, struct frozen_source *source);
/* The text of an interned string, by its number. False: no pool has it. */
bool frozen_qstr_text(const struct frozen_source *source, uint64_t number, struct image_slice *ret);
