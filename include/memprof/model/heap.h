/* The heap of a board at one point in time: pools, their areas, and one kind per block.
 *
 * Invariant (heap_check): for every pool with a block table,
 *     used + free + overhead + unknown = size,
 * where size is the firmware's total (an area's tables are not part of it; micropython py/gc.c, gc_info)
 * and unknown counts missing rows.
 *
 * No I/O, no clock. Memory is bounded by HEAP_BLOCKS_MAX and HEAP_AREAS_MAX. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/number.h"
#include "memprof/model/block_owners.h"

enum {
	HEAP_BLOCKS_MAX = 1 << 23, /* per pool: 128 MiB of 16-byte blocks */
	HEAP_AREAS_MAX = 4096,     /* per pool */
	HEAP_POOLS_MAX = 32,
	HEAP_TASKS_MAX = 64,
};

/* One byte per block: the letter that the firmware prints (py/gc.c, gc_dump_alloc_table). Any other
 * letter is a head of an unknown kind. */
enum block_kind {
	BLOCK_UNKNOWN = ' ', /* its row is missing; firmware prints no blanks */
	BLOCK_FREE = '.',
	BLOCK_TAIL = '=',
	BLOCK_HEAD = 'h',   /* a head of none of the kinds below */
	BLOCK_MARKED = 'm', /* a head marked by a running collection */
	BLOCK_TUPLE = 'T',
	BLOCK_LIST = 'L',
	BLOCK_DICT = 'D',
	BLOCK_STR = 'S',   /* str or bytes */
	BLOCK_ARRAY = 'A', /* bytearray or array */
	BLOCK_FLOAT = 'F',
	BLOCK_FUNCTION = 'B', /* bytecode function object */
	BLOCK_MODULE = 'M',
};

static inline bool block_is_head(uint8_t kind)
{
	return kind != BLOCK_FREE && kind != BLOCK_TAIL && kind != BLOCK_UNKNOWN;
}

/* For display: "dict", "marked head"; "unheard of" for unknown letters. */
const char *block_kind_name(uint8_t kind);

/* 8, 16, 32 or 64: the possible block sizes (py/mpconfig.h: four machine words). */
bool heap_block_bytes_ok(uint64_t block_bytes);

/* The memory of a pool or an area. */
enum heap_memory { MEMORY_NOT_KNOWN, MEMORY_TCM, MEMORY_SRAM, MEMORY_PSRAM, MEMORY_SDRAM, MEMORY_FLASH };
const char *heap_memory_name(enum heap_memory memory); /* as in the JSON; NULL: not known */

struct heap_area {
	uint64_t base; /* device address of block 0; if loose, the printed address of its first row */
	bool loose;    /* without a header line: first rows may be missing */
	uint32_t n_blocks;
	enum heap_memory memory;
	uint32_t i_first;     /* index of its kinds within its pool's */
	const uint8_t *kinds; /* n_blocks of enum block_kind; set by heap_seal */
};

/* The numbers are those of enum wire_pool_kind, but for the last one. */
enum pool_kind {
	POOL_GC,
	POOL_TLSF,
	POOL_CAPS,
	POOL_FREERTOS,
	POOL_UMA,
	POOL_NEWLIB,
	POOL_RAMFS,
	POOL_FIXED,
	POOL_TRACKED, /* C allocations of MicroPython: blocks of the GC heap */
	POOL_ZEPHYR,
	POOL_OTHER, /* known by figures alone */
	N_POOL_KINDS
};
const char *pool_kind_name(enum pool_kind kind);

/* Figures reported by the firmware, NOT_KNOWN if not reported. */
struct heap_reported {
	uint64_t total_bytes, used_bytes, free_bytes;
	uint64_t one_blocks, two_blocks; /* objects of one and of two blocks */
	uint64_t max_block_blocks, max_free_blocks;
	uint64_t max_new_split_bytes;          /* by which a growing heap may still grow */
	uint64_t largest_free_bytes;           /* if not reported in blocks */
	uint64_t largest_fit_bytes;            /* the largest allocation that would succeed, as allocators round up */
	uint64_t peak_bytes, least_free_bytes; /* maximum of used, minimum of free */
	uint64_t n_allocations, n_failures;
	uint64_t n_used_blocks, n_free_blocks; /* of the allocator, of any size */
};
extern const struct heap_reported HEAP_REPORTED_NOTHING;
/* Figure i, below HEAP_FIGURES, in the order of the bits of enum wire_stat, of which one more is no figure. */
enum { HEAP_FIGURES = 11 };
uint64_t *heap_reported_figure(struct heap_reported *reported, size_t i);

/* What was requested of a pool since the heap before, as its firmware counted it; NOT_KNOWN where it did not. */
enum { HEAP_SIZE_CLASSES = 16 }; /* i: sizes of 8 * 2^i bytes at most; the last one all others */
struct heap_window {
	uint64_t window_us; /* of the board's clock, never 0 */
	uint64_t n_allocations, allocated_bytes, n_frees, freed_bytes, n_failures, n_large;
	uint64_t least_used_bytes, most_used_bytes, least_free_bytes;
	uint64_t n_by_size[HEAP_SIZE_CLASSES]; /* requests, failed ones too */
};
uint64_t heap_size_class_bytes(size_t i); /* the largest size of class i; NOT_KNOWN: of the last one */

/* The first problem of a dump; HEAP_WHOLE if it is complete. */
enum heap_problem {
	HEAP_WHOLE,
	HEAP_NO_BEGINNING,   /* rows of a table without its header line */
	HEAP_CUT,            /* the text ends before the table */
	HEAP_ROWS_MISSING,   /* rows in the middle are missing or unreadable */
	HEAP_ROW_TWICE,      /* addresses go backwards */
	HEAP_BAD_STATISTICS, /* the numbers of the GC: line are unreadable */
	HEAP_BAD_ELISION,    /* "(N lines all free)" with an impossible N */
	HEAP_BLOCK_SIZE,     /* the block size cannot be determined */
	HEAP_TOO_LARGE,      /* more blocks or areas than the total or the bounds of this header */
	HEAP_OTHER_COUNTS,   /* without a GC: line, the counts of blocks before the table contradict its rows */
	HEAP_AREAS_MISSING,  /* the memory that is there may lack whole areas: figures are at least so much */
};
const char *heap_problem_text(enum heap_problem problem);

struct heap_pool {
	char name[16];
	enum pool_kind kind;
	enum heap_memory memory;
	uint64_t start;        /* device address of a pool that is not a GC heap; NOT_KNOWN */
	bool damaged;          /* the allocator's own data is inconsistent */
	bool guessed_kinds;    /* of heads: the board did not tell them */
	bool begins_list;      /* the first of several regions, in place of those of the list before */
	bool at_least;         /* HEAP_AREAS_MISSING of a GC heap: what is counted is a part; set by heap_seal */
	uint64_t n_finalisers; /* objects that have one; NOT_KNOWN */
	uint32_t block_bytes;  /* 0: not known; the same in all areas */
	struct heap_reported reported;
	const struct heap_window *window; /* NULL: nothing was reported, or nothing was requested */
	struct block_owners owners;       /* borrowed, also by copies */
	uint64_t missing_bytes;           /* of total, after the last row */
	uint64_t collected_after_bytes; /* of a run: it has just collected, so much was allocated since the last time */
	struct heap_area *areas;        /* n_areas, in the order of the dump */
	uint32_t n_areas;
	uint32_t n_blocks; /* of all areas */
	/* private: storage kept between snapshots */
	uint8_t *kinds;
	uint32_t cap_blocks;
	uint32_t cap_areas;
	struct heap_window *own_window;
};

struct heap_qstr {
	uint64_t n_pools, n_strings, string_bytes, total_bytes; /* NOT_KNOWN: no qstr_info */
};

/* A task of the firmware, and its stack; NOT_KNOWN where the board does not report it. */
struct heap_task {
	char name[40];  /* clean; "" */
	uint64_t start; /* device address of the lowest byte of its stack */
	uint64_t stack_bytes, used_bytes;
	uint64_t least_free_bytes; /* never used since it began */
	bool is_current;           /* it ran when the board looked: of most kernels the agent's own */
};

struct heap {
	struct heap_pool *pools;
	uint32_t n_pools;
	struct heap_task *tasks; /* in the board's order */
	uint32_t n_tasks;
	bool tasks_missing;                           /* the board has more than it reported */
	bool is_stack_odd;                            /* set by heap_seal: not plausible, so NOT_KNOWN */
	uint64_t stack_used_bytes, stack_limit_bytes; /* or NOT_KNOWN */
	struct heap_qstr qstr;
	enum heap_problem problem;
	uint64_t problem_line;         /* 1.. in the input, 0 if there are no lines */
	uint32_t cap_pools, cap_tasks; /* private */
};

void heap_init(struct heap *heap);
void heap_deinit(struct heap *heap);
void heap_reset(struct heap *heap);                      /* empties it, keeps its memory */
void heap_swap(struct heap *a, struct heap *b);          /* O(1); to keep a snapshot */
int heap_copy(struct heap *to, const struct heap *from); /* of a sealed heap; 0 or -ENOMEM: *to is reset then */
void heap_note(struct heap *heap, enum heap_problem problem, uint64_t line); /* keeps the first problem */

/* A pool of which nothing is known yet. Without blocks it owns nothing, so it may be copied as it is. */
struct heap_pool heap_pool_named(const char *name, enum pool_kind kind);
/* Python's heap, by what gc.mem_alloc() and gc.mem_free() return; NOT_KNOWN. */
struct heap_pool heap_pool_sample(uint64_t used_bytes, uint64_t free_bytes, uint64_t largest_free_bytes);

/* Of items of item_bytes that begin with a pool, drops the regions of the list that a pool begins anew: "idf.3" of
 * "idf.0". Returns how many are left; no list begins: all. */
size_t heap_pools_forget_list(void *items, size_t n, size_t item_bytes, const struct heap_pool *first);

/* The first pool of that name; NULL if there is none, or no heap. */
const struct heap_pool *heap_find_pool(const struct heap *heap, const char *name);

/* -ENOMEM, or -E2BIG above the bounds of this header; the heap is unchanged then. The pool pointer is
 * valid until the next heap_add_pool. Functions that add blocks return -E2BIG in both cases. */
int heap_add_pool(struct heap *heap, const char *name, enum pool_kind kind, struct heap_pool **ret);
int heap_add_figures(struct heap *heap, const struct heap_pool *figures); /* a pool without blocks */
int heap_add_area(struct heap_pool *pool, uint64_t base);
int heap_set_window(struct heap_pool *pool, const struct heap_window *window); /* copies it; 0 or -ENOMEM */

/* All pools and tasks of another heap, copied. As heap_add_pool; to be sealed afterwards. */
int heap_add_all(struct heap *heap, const struct heap *from);

int heap_add_task(struct heap *heap, const struct heap_task *task); /* 0, -ENOMEM or -E2BIG */

/* Append n_blocks to the last area. The first returns where to write their kinds, NULL without room; the
 * second sets all to kind. */
uint8_t *heap_extend(struct heap_pool *pool, uint32_t n_blocks);
int heap_append(struct heap_pool *pool, uint8_t kind, uint32_t n_blocks);

/* Inserts unknown blocks in the last area, before its block i. 0 or -E2BIG. */
int heap_insert_unknown(struct heap_pool *pool, uint32_t i, uint32_t n_blocks);

/* Sets the kinds of areas. What is said of the C stack and cannot be, as it has wrapped, is not known from then on. The
 * heap is read-only afterwards. */
void heap_seal(struct heap *heap);

/* 0 if the invariant holds for every pool, else -EINVAL. For tests and assertions. */
int heap_check(const struct heap *heap);

/* Builds a heap of one area from the allocation table in memory, two bits per block, lowest bits first
 * (py/gc.c, ATB_GET_KIND). table holds ceil(n_blocks / 4) bytes. */
int heap_from_atb(struct heap *heap, uint64_t base, uint32_t block_bytes, const uint8_t *table, uint32_t n_blocks);
