/* Assembles the snapshots of one pool from frames: which rows of its table are known after each frame, and whether the
 * snapshot is complete (firmware-agent/PROTOCOL.md, "Snapshots" and "Lost frames"). */
#pragma once

#include "agent/table.h"

enum { GRANULE_MAX_BYTES = 1 << 20 };

struct agent_snapshot {
	struct agent_table table;
	bool based; /* the known rows of the table are those of snapshot number */
	uint8_t number;
	bool open;  /* its END is still to come */
	bool begun; /* its BEGIN was received */
	bool any_rows;
	bool gap; /* frames are missing since the last rows */
	uint32_t last_index;
	uint32_t row;     /* next position: row, counted through all areas ... */
	uint32_t in_row;  /* ... and block in it */
	bool of_granules; /* not a GC heap: a block may have any size */
	bool complete;    /* the last one is, and may be shown */

	/* From BEGIN and END. */
	uint64_t flags, at_ms, block_bytes, stack_used_bytes, stack_limit_bytes;
	uint64_t pause_us, n_abandoned, n_skipped, n_collections;
	uint64_t wait_us;                           /* NOT_KNOWN: an agent of 1.0 */
	uint64_t n_stops, longest_stop_us, took_us; /* from STOPS; NOT_KNOWN without one */
	uint64_t n_wire_bytes;
};

void agent_snapshot_deinit(struct agent_snapshot *s);
void agent_snapshot_clear(struct agent_snapshot *s); /* for a new session; keeps its memory */

/* Whether a frame of snapshot number ends the open one, as it is of another. */
bool agent_snapshot_ends_previous(const struct agent_snapshot *s, uint8_t number);

/* The open one is lost. */
void agent_snapshot_drop(struct agent_snapshot *s);

enum { SNAPSHOT_MORE, SNAPSHOT_COMPLETE, SNAPSHOT_INCOMPLETE /* ended, cannot be shown */ };

/* Reads a frame, WIRE_BEGIN to WIRE_END, after its fields pool and snapshot. rows_max: of the table. One of the above,
 * -ENOMEM, or -EBADMSG, after which the frame counts as missing. */
int agent_snapshot_read(struct agent_snapshot *s, uint8_t type, uint8_t number, struct agent_fields *f,
			const struct agent_lookup *lookup, uint32_t rows_max);
