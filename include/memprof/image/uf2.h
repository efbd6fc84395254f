/* UF2 files: blocks of 512 bytes, each with its own address (github.com/microsoft/uf2). Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/number.h"
#include "memprof/base/vec.h"

enum {
	UF2_BLOCK_BYTES = 512,
	UF2_PAYLOAD_MAX_BYTES = 476,
	UF2_FAMILIES_MAX = 32, /* of one file; real ones have three at most */
	UF2_FAULTS_MAX = 16,   /* more are only counted */
};
enum {
	UF2_NOT_MAIN_FLASH = 0x1,
	UF2_FILE_CONTAINER = 0x1000,
	UF2_HAS_FAMILY = 0x2000,
};

/* A contiguous range of flash that blocks of one family fill. */
struct uf2_range {
	uint32_t family;
	uint64_t start, size_bytes;
	uint64_t offset_bytes; /* the sum of the ranges of its family before it */
};

/* All blocks of one family. */
struct uf2_family {
	uint32_t id; /* 0: blocks without one */
	uint64_t n_blocks;
	uint64_t used_bytes;      /* of the union of its blocks */
	size_t i_range, n_ranges; /* of ranges, by address */
};

struct uf2_fault {
	uint64_t block, offset; /* index and offset in the file */
	const char *what;
};

struct uf2 {
	uint64_t n_blocks;  /* in the file, valid or not */
	uint64_t n_skipped; /* not for the main flash, or files */
	VEC(struct uf2_family, families);
	VEC(struct uf2_range, ranges); /* grouped by family */
	struct uf2_fault faults[UF2_FAULTS_MAX];
	uint64_t n_faults; /* may be more than UF2_FAULTS_MAX */
};

bool uf2_is(const uint8_t *bytes, size_t n_bytes);

/* Invalid blocks become faults and are ignored. 0; -EINVAL without a valid block, or with more than UF2_FAMILIES_MAX
 * families; -ENOMEM; both with diag. O(n log n) in blocks. */
int uf2_read(struct uf2 *uf2, const char *name, const uint8_t *bytes, size_t n_bytes, struct diag *diag);
void uf2_deinit(struct uf2 *uf2); /* safe twice, and on all-zero */

/* Copies the contents of all ranges of a family, in order: ret has room for its used_bytes. bytes are those of
 * uf2_read. Where blocks overlap the last one counts. O(blocks * log ranges). */
void uf2_family_bytes(const struct uf2 *uf2, const struct uf2_family *family, const uint8_t *bytes, size_t n_bytes,
		      uint8_t *ret);

const char *uf2_family_name(uint32_t id); /* "RP2040"; NULL: unknown */
