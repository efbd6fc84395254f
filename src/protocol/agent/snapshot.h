/* The snapshots of one pool, put together from their frames: which rows of its table are known after each, and whether
 * it may be shown (firmware-agent/PROTOCOL.md, "Snapshots" and "Lost frames"). */
#ifndef MEMPROF_AGENT_SNAPSHOT_H
#define MEMPROF_AGENT_SNAPSHOT_H

#include "agent/table.h"

enum { GRANULE_MAX_BYTES = 1 << 20 };

struct agent_snapshot {
	struct agent_table table;
	bool based; /* the table is of snapshot number, but for rows that are not known */
	uint8_t number;
	bool open;  /* its END is still to come */
	bool begun; /* its BEGIN has come */
	bool any_rows;
	bool gap; /* frames are missing since the last rows */
	uint32_t last_index;
	uint32_t row;     /* what comes next: a row, counted through all areas ... */
	uint32_t in_row;  /* ... and a block of it */
	bool of_granules; /* of no GC heap: what a block stands for is of any size */
	bool whole;       /* the last one was: its table may be shown */

	/* What BEGIN and END said. */
	uint64_t flags, at_ms, block_bytes, stack_used_bytes, stack_limit_bytes;
	uint64_t pause_us, n_abandoned, n_skipped, n_collections;
	uint64_t n_wire_bytes;
};

void agent_snapshot_deinit(struct agent_snapshot *s);
void agent_snapshot_clear(struct agent_snapshot *s); /* of another session: nothing is known; keeps its memory */

/* Whether a frame of snapshot number would be the first of another one than is open. */
bool agent_snapshot_ends_open(const struct agent_snapshot *s, uint8_t number);

/* The one that is open has no end, and never will. */
void agent_snapshot_give_up(struct agent_snapshot *s);

enum { SNAPSHOT_MORE, SNAPSHOT_WHOLE, SNAPSHOT_LACKS /* it came to its end, and cannot be shown */ };

/* Takes a frame from WIRE_BEGIN to WIRE_END behind its pool and snapshot fields. rows_max: of the table. One of those
 * above, -ENOMEM, or -EBADMSG: then it counts as not come. */
int agent_snapshot_take(struct agent_snapshot *s, uint8_t type, uint8_t number, struct fields *f,
			const struct agent_tools *tools, uint32_t rows_max);

#endif
