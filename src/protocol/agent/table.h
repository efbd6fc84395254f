/* The block table of one pool as received: areas, rows of 64 blocks and whether they are known, and their digest. */
#pragma once

#include "agent/fields.h"
#include "agent/frame_code.h"
#include "memprof/model/heap.h"
#include "memprof/wire.h"

struct agent_area {
	bool known;
	enum heap_memory memory;
	uint64_t address;
	uint32_t n_blocks;
	uint32_t first_row, n_rows; /* counted through all areas */
};

enum agent_row { ROW_UNKNOWN, ROW_CHANGED /* known; its CRC is outdated */, ROW_KNOWN };

struct agent_table {
	struct agent_area *areas;
	uint32_t n_areas, cap_areas;
	uint32_t n_rows, cap_rows;
	uint8_t *codes;        /* WIRE_ROW_BLOCKS for each row; 0 after the end of an area */
	uint8_t *kinds;        /* the same as enum block_kind */
	uint8_t *states;       /* enum agent_row */
	uint8_t *n_finalisers; /* of each row */
	uint8_t *crcs;         /* four bytes for each row, the low one first, as in the digest */
};

/* Lookup tables, for speed. A step decodes one byte of tokens, given what the token before it waits for: nothing, or
 * the length of a run. Its number is that plus the byte. */
enum { STEP_NONE = 0, STEP_FREE = 256, STEP_TAILS = 512, N_STEPS = 768, STEP_SLOW = N_STEPS /* decode by nibbles */ };
enum { STEP_WAITS_BITS = 10 }; /* low bits of a step: what the next one waits for; above: number of codes */
struct agent_lookup {
	struct crc32 crc;
	uint8_t codes[N_STEPS][16];
	uint16_t steps[N_STEPS];
	uint8_t kinds[256][2]; /* of two codes in a byte */
};
void agent_lookup_init(struct agent_lookup *lookup);

void agent_table_deinit(struct agent_table *t);
void agent_table_clear(struct agent_table *t); /* no areas; keeps its memory */

/* New areas are unknown. 0, -ENOMEM, or -E2BIG. */
int agent_table_set_n_areas(struct agent_table *t, uint32_t n_areas);

/* Describes an area. If it changed, its rows and all later ones become unknown. rows_max: of the table. */
int agent_table_set_area(struct agent_table *t, uint32_t i, const struct agent_area *area, uint32_t rows_max);

/* Rows first to end - 1, counted through all areas, become unknown. */
void agent_table_forget(struct agent_table *t, uint32_t first, uint32_t end);

bool agent_table_areas_known(const struct agent_table *t);
uint32_t agent_table_n_unknown(const struct agent_table *t);

/* Updates kinds, finalisers and CRCs of changed rows. Requires all rows to be known. */
uint32_t agent_table_digest(struct agent_table *t, const struct agent_lookup *lookup);

/* Adds areas and blocks to an empty pool, after agent_table_digest. 0 or -ENOMEM. */
int agent_table_copy(const struct agent_table *t, struct heap_pool *pool);
uint64_t agent_table_n_finalisers(const struct agent_table *t);

/* Decodes ROWS or RAW: blocks of an area from number first up to *ret_end. Complete rows become ROW_CHANGED; a partial
 * one stays unknown until the next frame completes it (continues). 0, or -EBADMSG, with rows of that area overwritten.
 */
int agent_table_tokens(struct agent_table *t, const struct agent_lookup *lookup, uint32_t i_area, uint32_t first,
		       bool continues, const struct agent_fields *f, uint32_t *ret_end);
int agent_table_raw(struct agent_table *t, uint32_t i_area, uint32_t first, bool continues,
		    const struct agent_fields *f, uint32_t *ret_end);
