/* Bytes with addresses: the contents of a board's memory by a file, or as read from the board. No I/O.
 *
 *     memory_add … → memory_finalize → memory_run, memory_read
 *
 * Intel HEX and Motorola S-records are not supported: objcopy converts them to a .bin. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/vec.h"
#include "memprof/image/image.h"

enum {
	MEMORY_RANGES_MAX = 1 << 20, /* 256 MiB of UF2 */
};

struct memory_range {
	uint64_t start, n_bytes; /* start + n_bytes does not wrap; n_bytes is never 0 */
	const uint8_t *bytes;    /* borrowed */
};

/* A range whose bytes are not known, with a reason. */
struct memory_void {
	uint64_t start, n_bytes;
	const char *why; /* borrowed: "zeroed at start, not in the file" */
};

struct memory {
	VEC(struct memory_range, ranges); /* by address and without overlaps, once finalized */
	VEC(struct memory_void, voids);   /* in the order of adding; searched linearly */
	uint64_t doubled_bytes;           /* given twice with different values; a lower bound */
};

void memory_deinit(struct memory *m); /* safe twice, and on all-zero, which is an empty memory */

/* 0; -EINVAL: the range wraps; -E2BIG; -ENOMEM. An empty range is ignored. */
int memory_add(struct memory *m, uint64_t start, const uint8_t *bytes, uint64_t n_bytes);
int memory_add_void(struct memory *m, uint64_t start, uint64_t n_bytes, const char *why);

/* The segments of an ELF, at their addresses at run time, or (load) where they are stored. bytes is the file. -EINVAL
 * with diag: a segment outside the file. */
int memory_add_segments(struct memory *m, const struct image *image, const uint8_t *bytes, uint64_t n_bytes, bool load,
			struct diag *diag);

/* The sections of an ELF that never change, where they are stored: not writable ones that run where they are stored,
 * nor those outside of all segments. 0, -EINVAL, -E2BIG or -ENOMEM, as memory_add. */
int memory_add_constants(struct memory *m, const struct image *image, const uint8_t *bytes, uint64_t n_bytes);

/* Sorts and removes overlaps: the range that begins first keeps its bytes (of two that begin together the longer, then
 * the one that comes first in its file), the other one the rest. O(n log n). */
void memory_finalize(struct memory *m);

/* Whether there are bytes at an address. *ret_n: up to the end of the adjoining ranges, or of the hole (NOT_KNOWN: it
 * has no end). O(log n + ranges of the run). */
bool memory_run(const struct memory *m, uint64_t address, uint64_t *ret_n);

/* Copies bytes from an address on, up to n_bytes or the first hole. Returns their number. */
size_t memory_read(const struct memory *m, uint64_t address, uint8_t *ret, size_t n_bytes);

/* The number of different bytes among *ret_n_both that both have. Both are finalized. O(bytes). */
uint64_t memory_differing(const struct memory *a, const struct memory *b, uint64_t *ret_n_both);

/* The reason why the *ret_n bytes from an address on are not known. NULL: none is recorded up to *ret_n bytes further
 * (NOT_KNOWN: anywhere). */
const char *memory_why(const struct memory *m, uint64_t address, uint64_t *ret_n);
