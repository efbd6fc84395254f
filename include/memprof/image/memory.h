/* Bytes with addresses: what a file says the memory of a board holds, or what was read of it. No I/O.
 *
 *     memory_add … → memory_settle → memory_run, memory_read
 *
 * Intel HEX and Motorola S-records are not read: objcopy makes a .bin of them. */
#ifndef MEMPROF_MEMORY_H
#define MEMPROF_MEMORY_H

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

/* A place that is known without its bytes. */
struct memory_void {
	uint64_t start, n_bytes;
	const char *why; /* borrowed: "zeroed at start, not in the file" */
};

struct memory {
	VEC(struct memory_range, ranges); /* by address, none over another, once settled */
	VEC(struct memory_void, voids);   /* as they were added; looked through one by one */
	uint64_t doubled_bytes;           /* told twice, and not the same: at least so many */
};

void memory_deinit(struct memory *m); /* safe twice, and on all-zero, which is an empty memory */

/* 0; -EINVAL if the range wraps around; -E2BIG; -ENOMEM. No bytes are no range. */
int memory_add(struct memory *m, uint64_t start, const uint8_t *bytes, uint64_t n_bytes);
int memory_add_void(struct memory *m, uint64_t start, uint64_t n_bytes, const char *why);

/* The segments of an ELF: where they are when it runs, or (load) where they are stored. bytes is the file. What of
 * a segment lies outside the file is -EINVAL, with diag. */
int memory_add_segments(struct memory *m, const struct image *image, const uint8_t *bytes, uint64_t n_bytes, bool load,
			struct diag *diag);

/* Of an ELF the sections that stay as they were built, where they are stored: what is writable and runs where it is
 * stored is left out, and what lies in no segment. 0, -EINVAL, -E2BIG or -ENOMEM, as memory_add. */
int memory_add_constants(struct memory *m, const struct image *image, const uint8_t *bytes, uint64_t n_bytes);

/* Sorts. Where two ranges lie over each other the one that begins first keeps its bytes (of two that begin
 * together: the longer, then the one that comes first in its file), the other the rest. O(n log n). */
void memory_settle(struct memory *m);

/* Whether there are bytes at an address, and for how long that stays so: *ret_n is the run of ranges that touch
 * each other, or the hole up to the next range (NOT_KNOWN: there is none). O(log n + ranges of the run). */
bool memory_run(const struct memory *m, uint64_t address, uint64_t *ret_n);

/* Copies what follows an address, up to n_bytes or the first hole. Returns how much. */
size_t memory_read(const struct memory *m, uint64_t address, uint8_t *ret, size_t n_bytes);

/* How many of the bytes that both have differ; *ret_n_both is how many both have. Both are settled. O(bytes). */
uint64_t memory_differing(const struct memory *a, const struct memory *b, uint64_t *ret_n_both);

/* Why there are no bytes at an address, and from there on for *ret_n bytes; NULL if nothing tells, and then *ret_n
 * is up to the next place that something tells of (NOT_KNOWN: none). */
const char *memory_why(const struct memory *m, uint64_t address, uint64_t *ret_n);

#endif
