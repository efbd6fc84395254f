/* Whose an address is: heap block, symbol, section, partition, region. Built for one stretch of addresses; what lies
 * outside it is left out. Pure.
 *
 *     owners_init → owners_add … → owners_finalize → owners_at */
#pragma once

#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/vec.h"
#include "memprof/image/image.h"
#include "memprof/model/heap.h"

/* From what tells most about a byte to what tells least. */
enum owner_kind {
	OWNER_OBJECT,
	OWNER_BLOCK,
	OWNER_SYMBOL,
	OWNER_SECTION,
	OWNER_PARTITION,
	OWNER_REGION,
	N_OWNER_KINDS
};
const char *owner_kind_name(enum owner_kind kind); /* "object", "block" … */

struct owner {
	uint64_t start, n_bytes;
	uint64_t offset;  /* of start in the whole: more than 0 behind what lies inside it, or before the stretch */
	const char *name; /* untrusted */
	const char *what; /* NULL, or what it is: "dict", "free" */
};

struct owners {
	uint64_t start, n_bytes; /* the stretch; does not wrap */
	struct arena arena;
	struct owner_list {
		VEC(struct owner, items);
	} of[N_OWNER_KINDS];
	int error; /* 0 or -ENOMEM */
};

void owners_init(struct owners *o, uint64_t start, uint64_t n_bytes);
void owners_deinit(struct owners *o); /* safe twice, and on all-zero */

/* name is copied, what is borrowed. Nothing is added for a size of 0. */
void owners_add(struct owners *o, enum owner_kind kind, uint64_t start, uint64_t n_bytes, const char *name,
		size_t n_name, const char *what);
/* Symbols, allocated sections and regions. load: by the addresses where they are stored, and then sections and
 * regions only. */
void owners_add_image(struct owners *o, const struct image *image, bool load);
/* Every object and every free run of Python's heap: "gc.0+0x20", and of objects whose owners are known their paths.
 * Areas whose beginning is not known are left out. */
void owners_add_heap(struct owners *o, const struct heap *heap);

/* Sorts, and makes of each kind one row of owners that do not overlap: what begins later lies inside. 0 or -ENOMEM.
 * O(n log n). */
int owners_finalize(struct owners *o);

/* The owner of an address, or NULL; *ret_until is the first address after it where the answer is another (at most
 * the end of the stretch). O(log n). */
const struct owner *owners_at(const struct owners *o, enum owner_kind kind, uint64_t address, uint64_t *ret_until);
