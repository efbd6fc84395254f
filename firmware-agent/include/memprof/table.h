/* A block table as a snapshot, row by row: for the core's snapshot of the GC heap, and for those of other pools. Only
 * one at a time; once the channel has not taken a frame, the rest does nothing (MEMPROF_STUCK). */
#ifndef MEMPROF_TABLE_H
#define MEMPROF_TABLE_H

#include "memprof/agent.h"

static inline bool memprof_is_stuck(const struct memprof_agent *agent) { return agent->halt & MEMPROF_STUCK; }
static inline bool memprof_is_full(const struct memprof_agent *agent) { return agent->halt & MEMPROF_FULL; }

/* BEGIN, of a snapshot with agent->n_areas areas. flags: enum wire_snapshot_flag. */
void memprof_table_begin(struct memprof_agent *agent, uint8_t pool, uint8_t number, uint32_t flags,
			 uint32_t block_bytes);
/* AREA. All of them come before the first row. */
void memprof_table_area(struct memprof_agent *agent, uint32_t i, const struct memprof_area *area);
/* What follows is of this area, from block first on (a row's). From its first one on, the area goes into the digest. */
void memprof_table_rows_of(struct memprof_agent *agent, uint32_t i, const struct memprof_area *area, uint32_t first);
/* The next n_blocks of it are those in agent->codes (enum wire_code): a whole row, or the rest of the area, and then 0
 * for blocks that are not there. */
void memprof_table_row(struct memprof_agent *agent, uint32_t n_blocks);
/* The CRC-32 of each row goes into the digest, in order. */
void memprof_table_digest(struct memprof_agent *agent, uint32_t row_crc);
/* So many blocks of one code; or of WIRE_SKIP: whole rows that are not sent. */
void memprof_table_run(struct memprof_agent *agent, uint32_t code, uint32_t n_blocks);
/* Sends what is still held, so that other messages may come in between. */
void memprof_table_flush(struct memprof_agent *agent);
/* END. True if all of it was taken; else it is counted as abandoned. */
bool memprof_table_end(struct memprof_agent *agent);

#endif
