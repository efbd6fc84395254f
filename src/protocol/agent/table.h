/* The block table of one pool as frames tell it: areas, rows of 64 blocks, what is known of them, and their digest. */
#ifndef MEMPROF_AGENT_TABLE_H
#define MEMPROF_AGENT_TABLE_H

#include "agent/crc32.h"
#include "agent/fields.h"
#include "memprof/model/heap.h"
#include "memprof/wire.h"

struct agent_area {
	bool known;
	enum heap_memory memory;
	uint64_t address;
	uint32_t n_blocks;
	uint32_t first_row, n_rows; /* counted through all areas */
};

enum agent_row { ROW_UNKNOWN, ROW_CHANGED /* and its CRC is not worked out yet */, ROW_KNOWN };

struct agent_table {
	struct agent_area *areas;
	uint32_t n_areas, cap_areas;
	uint32_t n_rows, cap_rows;
	uint8_t *codes;        /* WIRE_ROW_BLOCKS for each row; 0 behind the end of an area */
	uint8_t *kinds;        /* the same as enum block_kind */
	uint8_t *states;       /* enum agent_row */
	uint8_t *n_finalisers; /* of each row */
	uint8_t *crcs;         /* four bytes of each row, the low one first: as the digest takes them */
};

/* Made once, for speed. A step is what a byte of tokens says, by what the token before it waits for: nothing, or the
 * length of a run. Its number is that plus the byte. */
enum { STEP_NONE = 0, STEP_FREE = 256, STEP_TAILS = 512, N_STEPS = 768, STEP_HARD = N_STEPS /* look at its nibbles */ };
enum { STEP_WAITS_BITS = 10 }; /* of a step: what is waited for behind it; above them how many codes it makes */
struct agent_tools {
	struct crc32 crc;
	uint8_t codes[N_STEPS][16];
	uint16_t steps[N_STEPS];
	uint8_t kinds[256][2]; /* of two codes in a byte */
};
void agent_tools_init(struct agent_tools *tools);

void agent_table_deinit(struct agent_table *t);
void agent_table_clear(struct agent_table *t); /* no areas; keeps its memory */

/* So many areas: those that are new are not known. 0, -ENOMEM, or -E2BIG. */
int agent_table_set_n_areas(struct agent_table *t, uint32_t n_areas);

/* What an area is. If that is new, its rows and those behind it are not known any more. rows_max: of the table. */
int agent_table_set_area(struct agent_table *t, uint32_t i, const struct agent_area *area, uint32_t rows_max);

/* Rows from first up to end, counted through all areas, are not known. */
void agent_table_forget(struct agent_table *t, uint32_t first, uint32_t end);

bool agent_table_areas_known(const struct agent_table *t);
uint32_t agent_table_n_unknown(const struct agent_table *t);

/* Works out what is told by codes. All rows are known. */
uint32_t agent_table_digest(struct agent_table *t, const struct agent_tools *tools);

/* Adds areas and blocks to an empty pool. All rows are known and digested. 0 or -ENOMEM. */
int agent_table_copy(const struct agent_table *t, struct heap_pool *pool);
uint64_t agent_table_n_finalisers(const struct agent_table *t);

/* Blocks of an area from number first on, as ROWS or RAW tell them: up to the block *ret_end. Rows that are there from
 * their first block to their last have changed; one that is not whole is not known, but may go on where it ended: then
 * goes_on. 0, or -EBADMSG: then rows of that area have been spoilt. */
int agent_table_tokens(struct agent_table *t, const struct agent_tools *tools, uint32_t i_area, uint32_t first,
		       bool goes_on, const struct fields *f, uint32_t *ret_end);
int agent_table_raw(struct agent_table *t, uint32_t i_area, uint32_t first, bool goes_on, const struct fields *f,
		    uint32_t *ret_end);

#endif
