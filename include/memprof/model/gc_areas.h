/* The areas of MicroPython's heap as the firmware itself keeps them (mp_state_mem_area_t: py/mpstate.h; before 1.20
 * the same fields in mp_state_mem_t), found without an ELF and without the text of mem_info(), over a memory reader.
 *
 * All that comes from the board is bounded: a structure that lies makes this fail, never read where nothing answers.
 * No I/O of its own. */
#ifndef MEMPROF_GC_AREAS_H
#define MEMPROF_GC_AREAS_H

#include "memprof/base/diag.h"
#include "memprof/model/heap.h"
#include "memprof/model/memory_reader.h"

enum {
	GC_AREAS_MAX = 32,
	GC_AREA_WORDS = 9, /* at most: next, two of the block table, two other tables, pool, pool's end, two
			      numbers */
	GC_AREA_BYTES = GC_AREA_WORDS * 8,
};

struct gc_area {
	uint64_t address; /* of its block table's pointer; `next` is the word before it */
	uint64_t table, n_table_bytes;
	uint64_t finalisers; /* the table of finaliser bits; 0: none */
	uint64_t pool, pool_end;
	uint32_t block_bytes, n_blocks;
	uint8_t n_tables; /* 1; 2 with finalisers; 3 with one more */
	bool gap;         /* a byte between the first two tables: 1.20 or newer */
};

struct gc_areas {
	struct gc_area areas[GC_AREAS_MAX];
	size_t n_areas;
	bool chained;         /* the word before each is the address of the next one */
	uint64_t total_bytes; /* of all pools */
};

/* How many words of a structure are kept in view, from the word before its table's pointer to the last one; of them
 * the last two change whenever something is allocated. */
size_t gc_area_n_words(const struct gc_area *area);
/* gc_last_used_block among these words, since 1.21; only as good as whoever believes it: NOT_KNOWN where the area's
 * version has none for sure, or if it is no block of the area. */
uint64_t gc_area_last_used(const struct gc_area *area, const uint64_t *words);
/* Whether two views are of one and the same area, allocations apart. The word before counts only if it is a `next`,
 * or has become one. */
bool gc_area_is_same(const struct gc_areas *all, const struct gc_area *area, const uint64_t *before,
		     const uint64_t *now);

/* Whether these n_words, from a table's pointer on, are an area. */
bool gc_area_check(unsigned word_bytes, uint64_t address, const uint64_t *words, size_t n_words, struct gc_area *ret);

/* Finds the areas: from id(sys.modules) upwards, and along `next` while the pools make up less than total_bytes
 * (what mem_info() calls total). Allows the reader the structures and the tables; the pools are up to whoever wants
 * them. 0; -ENOENT if they are not found as they should be, with diag; else what the reader says. */
int gc_areas_find(struct memory_reader *r, uint64_t id_modules, uint64_t id_globals, uint64_t total_bytes,
		  struct gc_areas *ret, struct diag *diag);

#endif
