/* The steps of a snapshot of the GC heap: for the core, and for one that takes its time (extra/incremental.c). */
#ifndef MEMPROF_SNAPSHOT_H
#define MEMPROF_SNAPSHOT_H

#include "memprof/agent.h"

/* Counts areas and rows. Returns a CRC of all areas, never 0: agent->areas_crc, if they are as they were sent. */
uint32_t memprof_areas_crc(struct memprof_agent *agent);
/* HELLO if it is due, BEGIN and AREAs. flags: WIRE_KEY, WIRE_INCREMENTAL. False if that was refused: it is abandoned.
 */
bool memprof_begin(struct memprof_agent *agent, uint32_t flags);
/* Sends those of the next n_rows, from agent->next_row on, that the host does not have. */
void memprof_send_rows(struct memprof_agent *agent, uint32_t n_rows);
/* All rows in one go, so that their digest can be told, and END. True if all of it was taken. */
bool memprof_finish(struct memprof_agent *agent);
/* Whatever of it has come, the next one is whole. False. */
bool memprof_abandon(struct memprof_agent *agent);

#endif
