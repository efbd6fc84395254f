/* Finds the areas of MicroPython's heap in its own structures (mp_state_mem_area_t: py/mpstate.h; before 1.20 the same
 * fields in mp_state_mem_t), through a memory reader, without an ELF or the text of mem_info().
 *
 * All data from the board is checked: a false structure makes this fail, but never read unreadable addresses. No I/O of
 * its own. */
#pragma once

#include "memprof/base/diag.h"
#include "memprof/model/heap.h"
#include "memprof/model/memory_reader.h"

enum {
	GC_AREAS_MAX = 32,
	GC_AREA_WORDS = 9, /* at most: next, block table and its length, two other tables, pool, its end, two numbers */
	GC_AREA_BYTES = GC_AREA_WORDS * 8,
	GC_GLOBALS_WORDS = 32, /* at most, from sys.modules to the globals of __main__: 4 since 1.20, 7 seen in 1.12 */
};

struct gc_area {
	uint64_t address; /* of the pointer to its block table; `next` is the word before */
	uint64_t table, n_table_bytes;
	uint64_t finalisers; /* the table of finaliser bits; 0: none */
	uint64_t pool, pool_end;
	uint32_t block_bytes, n_blocks;
	uint8_t n_tables; /* 1; 2 with finalisers; 3 with one more */
	bool gap;         /* one byte between the first two tables: 1.20 or newer */
};

struct gc_areas {
	struct gc_area areas[GC_AREAS_MAX];
	size_t n_areas;
	bool chained;         /* the word before each one is the address of the next */
	bool lacks;           /* there may be more, in memory that cannot be read: figures are at least so much */
	uint64_t total_bytes; /* of all areas */
};

/* What is known of a heap's areas before they are read. */
struct gc_areas_extent {
	uint64_t total_bytes; /* of all areas, or more, if the heap may grow by itself; NOT_KNOWN */
	bool lacks;           /* there may be more than that */
	/* All that may be read where the board did not say how large its heap is; none: all that the reader reads. */
	const struct reader_range *ram;
	size_t n_ram;
};

/* Where code on the board finds them. */
struct gc_layout {
	uint64_t address;    /* of the first area: the word before the pointer to its table */
	unsigned word_bytes; /* 4 or 8 */
	unsigned block_bytes;
	unsigned n_tables; /* 1 to 3 */
	bool chained;      /* that word is the address of the next area */
};

/* Whether these words, from the pointer to a table at this address on, describe an area. GC_AREA_WORDS - 1 of them: a
 * structure without its end may match with fewer tables. */
bool gc_area_read(unsigned word_bytes, uint64_t address, const uint64_t *words, size_t n_words, struct gc_area *ret);

uint64_t gc_areas_table_bytes(const struct gc_areas *areas); /* of all block tables */
/* The area whose pool has this address; NULL: none. */
const struct gc_area *gc_areas_at(const struct gc_areas *areas, uint64_t address);

/* Number of words of a structure, from the word before the pointer to its table to the last one. The last two change
 * with every allocation. */
size_t gc_area_n_words(const struct gc_area *area);
/* gc_last_used_block of these words, since 1.21; a hint only. NOT_KNOWN if the version certainly has none, or if it is
 * not a block of the area. */
uint64_t gc_area_last_used(const struct gc_area *area, const uint64_t *words);
/* Whether the words are of the same area as before, apart from allocations. The first word counts only if it is, or has
 * become, a `next`. */
bool gc_area_is_same(const struct gc_areas *all, const struct gc_area *area, const uint64_t *before,
		     const uint64_t *now);

/* The areas from the first one on, along `next`: while they are smaller than the total, or, where that is not known, as
 * long as it is the address of one. Allows the reader the structures and tables, not the blocks. 0; -ENOENT, with diag,
 * if the layout is not as expected; errors of the reader. */
int gc_areas_follow(struct memory_reader *r, const struct gc_area *first, uint64_t next,
		    const struct gc_areas_extent *extent, struct gc_areas *ret, struct diag *diag);

/* The same, with the first one found from id(sys.modules) upwards. */
int gc_areas_find(struct memory_reader *r, uint64_t id_modules, uint64_t id_globals,
		  const struct gc_areas_extent *extent, struct gc_areas *ret, struct diag *diag);

/* Whether tables and blocks lie in the same regions as that RAM: an ELF does not have all of a heap's RAM as sections,
 * but what is read must not be peripherals. */
bool gc_area_is_near(const struct gc_area *area, const struct gc_areas_extent *extent);

/* Adds the area whose pointer to its table is at this address, and whose words from there to the end of its pool are
 * these: n_tables + 3 of them. 0; -EINVAL: they are not those of an area, or not of one beside the others. */
int gc_areas_add(struct gc_areas *areas, const struct gc_layout *layout, uint64_t address, const uint64_t *words);

/* Makes heap the areas with these kinds (with BLOCK_ASK for heads that are not known) in one pool "gc", whose total is
 * set, and whose kinds are guessed. *ret_pool: what the board reports may be added to it before heap_seal. 0, or as
 * heap_add_pool: the heap is empty or a part then. */
int gc_areas_fill(const struct gc_areas *areas, const uint8_t *kinds, struct heap *heap, struct heap_pool **ret_pool);
