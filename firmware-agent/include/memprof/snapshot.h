/* The steps of a snapshot of the GC heap: for the core, and for one in several calls (extra/rolling.c). */
#ifndef MEMPROF_SNAPSHOT_H
#define MEMPROF_SNAPSHOT_H

#include "memprof/agent.h"

/* Counts areas and rows. Returns a CRC of all areas, never 0: agent->areas_crc, if they are as they were sent. */
uint32_t memprof_areas_crc(struct memprof_agent *agent);
/* BEGIN and AREAs. flags: WIRE_KEY, WIRE_ROLLING. */
void memprof_begin(struct memprof_agent *agent, uint32_t flags);
/* Reads the next n_rows, from agent->next_row on, and sends those that the host does not have, until agent->halt. */
void memprof_send_rows(struct memprof_agent *agent, uint32_t n_rows);
/* Whatever of it has come, the next one is whole. False. */
bool memprof_abandon(struct memprof_agent *agent);

#endif
