#include "memprof/image/uf2.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/bytes.h"
#include "memprof/base/search.h"
#include "memprof/base/vec.h"

/* ---- families ---- */

/* github.com/microsoft/uf2, utils/uf2families.json; pico-sdk, boot/uf2.h. */
static const struct {
	uint32_t id;
	const char *name;
} families[] = {
	{ 0xe48bff56, "RP2040" },        { 0xe48bff57, "RP2 absolute" },
	{ 0xe48bff58, "RP2 data" },      { 0xe48bff59, "RP2350 Arm, secure" },
	{ 0xe48bff5a, "RP2350 RISC-V" }, { 0xe48bff5b, "RP2350 Arm, non-secure" },
	{ 0x1c5f21b0, "ESP32" },         { 0xbfdd4eee, "ESP32-S2" },
	{ 0xc47e5767, "ESP32-S3" },      { 0xd42ba06c, "ESP32-C3" },
	{ 0x2b88d29c, "ESP32-C2" },      { 0x332726f6, "ESP32-H2" },
	{ 0x7eab61ed, "ESP8266" },       { 0x68ed2b88, "SAMD21" },
	{ 0x55114460, "SAMD51" },        { 0x1b57745f, "nRF52" },
	{ 0xada52840, "nRF52840" },      { 0x621e937a, "nRF52833" },
	{ 0x57755a57, "STM32F4" },       { 0x6d0922fa, "STM32F407" },
	{ 0x53b80f00, "STM32F7" },       { 0x6db66082, "STM32H7" },
	{ 0x00ff6919, "STM32L4" },       { 0x4c71240a, "STM32G4" },
	{ 0x70d16653, "STM32WB" },       { 0x4fb2d5bd, "MIMXRT10xx" },
};
enum { RP2_ABSOLUTE = 0xe48bff57 };
/* picotool adds a block that works around RP2350-E10: number 0 of "2 blocks". */
static const uint32_t erratum_address = 0x10ffff00;

const char *uf2_family_name(uint32_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (families[i].id == id)
			return families[i].name;
	return NULL;
}

/* ---- blocks ---- */

struct uf2_block {
	uint32_t flags, address, payload_bytes;
	uint32_t number, n_blocks; /* within its family */
	uint32_t family;           /* 0 without UF2_HAS_FAMILY */
	const uint8_t *payload;    /* borrowed from the input */
};

bool uf2_is(const uint8_t *bytes, size_t n_bytes)
{
	return n_bytes >= 8 && bytes_u32(bytes) == 0x0a324655 && bytes_u32(bytes + 4) == 0x9e5d5157;
}

/* Parses a block of UF2_BLOCK_BYTES bytes. NULL, or what is wrong with it. */
static const char *read_block(const uint8_t *bytes, struct uf2_block *ret)
{
	struct uf2_block b = {
		.flags = bytes_u32(bytes + 8),
		.address = bytes_u32(bytes + 12),
		.payload_bytes = bytes_u32(bytes + 16),
		.number = bytes_u32(bytes + 20),
		.n_blocks = bytes_u32(bytes + 24),
		.payload = bytes + 32,
	};

	if (!uf2_is(bytes, UF2_BLOCK_BYTES))
		return "does not begin with the magic numbers of a block";
	if (bytes_u32(bytes + UF2_BLOCK_BYTES - 4) != 0x0ab16f30)
		return "does not end with the magic number of a block";
	if (b.payload_bytes > UF2_PAYLOAD_MAX_BYTES)
		return "has a payload of more than 476 bytes by its header";
	if (b.number >= b.n_blocks)
		return "has a number beyond its own count of blocks";
	if ((uint64_t)b.address + b.payload_bytes > (uint64_t)UINT32_MAX + 1)
		return "reaches beyond the end of 32-bit addresses";
	if (b.flags & UF2_HAS_FAMILY)
		b.family = bytes_u32(bytes + 28);
	*ret = b;
	return NULL;
}

/* ---- the file ---- */

struct uf2_reader {
	struct uf2 *uf2;
	/* By family: the next expected number, the count of blocks in their headers, the last block. */
	struct {
		uint32_t next, n_blocks;
		uint64_t last;
	} sequences[UF2_FAMILIES_MAX];
};

static void add_fault(struct uf2 *uf2, uint64_t block, const char *what)
{
	if (uf2->n_faults < UF2_FAULTS_MAX)
		uf2->faults[uf2->n_faults] = (struct uf2_fault){ block, block * UF2_BLOCK_BYTES, what };
	uf2->n_faults++;
}

/* The index of a family, added if it is new; -E2BIG, -ENOMEM. */
static int family_of(struct uf2 *uf2, uint32_t id)
{
	for (size_t i = 0; i < uf2->n_families; i++)
		if (uf2->families[i].id == id)
			return (int)i;
	if (uf2->n_families == UF2_FAMILIES_MAX)
		return -E2BIG;
	int r = vec_push(uf2, families, (struct uf2_family){ .id = id });
	return r < 0 ? r : (int)uf2->n_families - 1;
}

static bool is_erratum(const struct uf2_block *b)
{
	return b->family == RP2_ABSOLUTE && b->address == erratum_address && b->number == 0 && b->n_blocks == 2;
}

/* Numbers count up from 0, and again from 0 in a file of several images. */
static void check_number(struct uf2_reader *in, int i_family, uint64_t i_block, const struct uf2_block *b)
{
	bool begins = b->number == 0 && in->sequences[i_family].next == in->sequences[i_family].n_blocks;

	if (!begins && b->number != in->sequences[i_family].next)
		add_fault(in->uf2, i_block,
			  "is out of sequence: blocks before it are missing, repeated or in the wrong order");
	else if (!begins && b->n_blocks != in->sequences[i_family].n_blocks)
		add_fault(in->uf2, i_block, "has another count of blocks than those before it");
	in->sequences[i_family].next = b->number + 1;
	in->sequences[i_family].n_blocks = b->n_blocks;
	in->sequences[i_family].last = i_block;
}

static int add_block(struct uf2_reader *in, uint64_t i_block, const uint8_t *bytes)
{
	struct uf2_block b;
	const char *fault = read_block(bytes, &b);

	if (fault) {
		add_fault(in->uf2, i_block, fault);
		return 0;
	}
	if (b.flags & (UF2_NOT_MAIN_FLASH | UF2_FILE_CONTAINER)) {
		in->uf2->n_skipped++;
		return 0;
	}
	int i_family = family_of(in->uf2, b.family);
	if (i_family < 0)
		return i_family;
	struct uf2_family *family = &in->uf2->families[i_family];
	if (is_erratum(&b))
		return 0;
	family->n_blocks++;
	check_number(in, i_family, i_block, &b);
	if (!b.payload_bytes)
		return 0;
	struct uf2_range *last = in->uf2->n_ranges ? &in->uf2->ranges[in->uf2->n_ranges - 1] : NULL;
	if (last && last->family == b.family && last->start + last->size_bytes == b.address) {
		last->size_bytes += b.payload_bytes;
		return 0;
	}
	return vec_push(in->uf2, ranges, (struct uf2_range){ b.family, b.address, b.payload_bytes, 0 });
}

static int by_family_and_start(const void *a, const void *b)
{
	const struct uf2_range *x = a, *y = b;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->size_bytes < y->size_bytes ? -1 : x->size_bytes > y->size_bytes;
}

/* Ranges that touch or overlap become one. */
static void join_ranges(struct uf2 *uf2)
{
	struct uf2_family *family = NULL;
	size_t n = 0;

	if (uf2->n_ranges)
		qsort(uf2->ranges, uf2->n_ranges, sizeof(uf2->ranges[0]), by_family_and_start);
	for (size_t i = 0; i < uf2->n_ranges; i++) {
		struct uf2_range *r = &uf2->ranges[i], *before = n ? &uf2->ranges[n - 1] : NULL;

		if (!family || family->id != r->family) {
			family = &uf2->families[family_of(uf2, r->family)];
			family->i_range = n;
			before = NULL;
		}
		uint64_t end = r->start + r->size_bytes, before_end = before ? before->start + before->size_bytes : 0;
		if (before && r->start <= before_end) {
			uint64_t new_bytes = end > before_end ? end - before_end : 0;
			family->used_bytes += new_bytes;
			before->size_bytes += new_bytes;
			continue;
		}
		uf2->ranges[n] = *r;
		uf2->ranges[n++].offset_bytes = family->used_bytes;
		family->used_bytes += r->size_bytes;
		family->n_ranges++;
	}
	uf2->n_ranges = n;
}

int uf2_read(struct uf2 *uf2, const char *name, const uint8_t *bytes, size_t n_bytes, struct diag *diag)
{
	struct uf2_reader in = { .uf2 = uf2 };
	struct place at = { .file = name };

	*uf2 = (struct uf2){ .n_blocks = n_bytes / UF2_BLOCK_BYTES };
	for (uint64_t i = 0; i < uf2->n_blocks; i++) {
		int r = add_block(&in, i, bytes + i * UF2_BLOCK_BYTES);
		if (r == -E2BIG)
			return diag_at(diag, at, -EINVAL, "more than %d families of blocks: damaged, or not a UF2",
				       UF2_FAMILIES_MAX);
		if (r < 0)
			return diag_at(diag, at, r, "out of memory");
	}
	if (!uf2->n_families && !uf2->n_skipped)
		return diag_at(diag, at, -EINVAL, "no valid UF2 block in %zu bytes%s%s", n_bytes,
			       uf2->n_faults ? ": block 0 " : "", uf2->n_faults ? uf2->faults[0].what : "");
	for (size_t i = 0; i < uf2->n_families; i++)
		if (uf2->families[i].n_blocks && in.sequences[i].next != in.sequences[i].n_blocks)
			add_fault(uf2, in.sequences[i].last, "is the last of its family, but more should follow");
	if (n_bytes % UF2_BLOCK_BYTES)
		add_fault(uf2, uf2->n_blocks, "is truncated: the size of the file is not a multiple of 512 bytes");
	join_ranges(uf2);
	return 0;
}

void uf2_deinit(struct uf2 *uf2)
{
	vec_deinit(uf2, families);
	vec_deinit(uf2, ranges);
}

/* The range of a family that holds the block. */
static const struct uf2_range *range_of(const struct uf2 *uf2, const struct uf2_family *family,
					const struct uf2_block *b)
{
	const struct uf2_range *ranges = uf2->ranges + family->i_range;

	return &ranges[search_while(family->n_ranges, i, ranges[i].start <= b->address) - 1];
}

void uf2_family_bytes(const struct uf2 *uf2, const struct uf2_family *family, const uint8_t *bytes, size_t n_bytes,
		      uint8_t *ret)
{
	struct uf2_block b;

	for (size_t at = 0; family->n_ranges && n_bytes - at >= UF2_BLOCK_BYTES; at += UF2_BLOCK_BYTES) {
		if (read_block(bytes + at, &b) || b.family != family->id || is_erratum(&b) || !b.payload_bytes ||
		    (b.flags & (UF2_NOT_MAIN_FLASH | UF2_FILE_CONTAINER)))
			continue;
		const struct uf2_range *range = range_of(uf2, family, &b);
		memcpy(ret + range->offset_bytes + (b.address - range->start), b.payload, b.payload_bytes);
	}
}
