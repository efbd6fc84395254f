/* What the files of this room share. */
#pragma once

#include "agent_config.h"
#include "memprof/allocators/c_heaps.h"
#include "memprof/base/vec.h"
#include "memprof/pools.h"

enum { WORD_BYTES = 4, POOL_MAX_BYTES = 1 << 26 };

/* Memory that was read, a line at a time: one read of any GDB server. */
enum { LINE_BYTES = 2048 };
struct line {
	uint64_t address;
	bool is_whole;
	uint8_t bytes[LINE_BYTES];
};

struct reading {
	const struct c_program *program;
	struct memory_reader *r;
	struct heap *heap;
	VEC(struct line *, lines); /* by address */
	int error;                 /* of the reader or of memory, which ends all of it; -EFAULT does not */
};
void reading_deinit(struct reading *reading);

/* ---- memory.c ---- */

/* A symbol of the ELF, where it lies in the memory; ret_bytes: NULL, or its size. */
bool symbol_at(const struct reading *reading, const char *name, uint64_t *ret_address, uint64_t *ret_bytes);
/* False: they cannot be read. */
bool read_bytes(struct reading *reading, uint64_t address, size_t n_bytes, uint8_t *ret);
bool read_word(struct reading *reading, uint64_t address, uint64_t *ret);
/* The word of a variable. */
bool read_value(struct reading *reading, const char *name, uint64_t *ret);
/* A word at a member of a structure. */
bool read_member(struct reading *reading, uint64_t address, const char *type, const char *path, uint64_t *ret);

/* The variables of the ELF; none without debug information. */
const struct image_variable *c_variables(const struct reading *reading, size_t *ret_n);
/* Whether the name of a symbol begins so: statics have numbers behind their names. */
bool slice_begins(struct image_slice name, const char *begin);

/* The memory that allocators_at has. */
struct window {
	struct reading *reading;
	uint64_t start, n_bytes;
	bool failed; /* something could not be read, or lies elsewhere */
};
void window_open(struct window *w, struct reading *reading, uint64_t start, uint64_t n_bytes);
void window_close(void);

/* ---- blocks.c ---- */

/* A pool that is walked. */
struct c_pool {
	struct memprof_pool
		agent; /* first: its functions get this struct by it; stats, walk, ctx are the allocator's */
	const char *name;
	enum pool_kind kind;
	uint64_t start, n_bytes;
	uint32_t granule_bytes;    /* sizes and addresses are multiples */
	uint64_t least_free_bytes; /* as the firmware counts it; NOT_KNOWN */
	uint64_t n_allocations;    /* the same */
};
struct c_pool c_pool_of(enum pool_kind kind, void (*stats)(const struct memprof_pool *, struct memprof_stats *),
			bool (*walk)(const struct memprof_pool *, void (*)(void *, uintptr_t, uintptr_t, bool), void *),
			const void *ctx);
bool c_pool_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes);
/* Walks it, and adds it to the heap. */
void c_pool_add(struct reading *reading, struct c_pool *pool);

/* ---- tasks.c ---- */

/* The text that is a member of a structure there. */
void c_task_name(struct reading *reading, uint64_t at, const char *type, const char *member, struct heap_task *ret);
/* Adds it, with what was never used of its stack up to its end, which the kernel has filled. */
void c_task_add(struct reading *reading, struct heap_task *task, uint64_t end, uint8_t fill);

/* ---- one file for each allocator: what of it there is ---- */

typedef bool allocator_any(const struct reading *reading);
typedef void allocator_read(struct reading *reading);
struct allocator {
	allocator_any *any; /* by symbols alone */
	allocator_read *read;
};
extern const struct allocator freertos_heaps, freertos_tasks, newlib_heap, tlsf_heaps, uma_pools, zephyr;
