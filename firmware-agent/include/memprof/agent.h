/* The agent's core: shows a host the GC heap, while a program runs (PROTOCOL.md).
 *
 * Freestanding C99: no malloc, no float, no libc but memcpy and memset, no recursion. The heap is read, never touched.
 * Nothing here may run while the collector does, nor twice at the same time: call it from where the VM would run a
 * scheduled function. */
#ifndef MEMPROF_AGENT_H
#define MEMPROF_AGENT_H

#include "memprof/port.h"
#include "memprof/wire.h"

enum { MEMPROF_MAJOR = 1, MEMPROF_MINOR = 1, MEMPROF_PATCH = 0 };

enum { MEMPROF_ROW_WORDS = WIRE_ROW_BYTES / 4 };

/* Why a snapshot sends no more rows. */
enum memprof_halt {
	MEMPROF_STUCK = 1, /* the channel did not take a frame of it */
	MEMPROF_FULL = 2   /* this call has used its time */
};

/* All of its state; ports read it by functions. Narrow members first: a Cortex-M0+ reaches a byte in
 * the first 32, a word in the first 128 with one instruction. */
struct memprof_agent {
	uint8_t n_frame; /* bytes of the frame that is being built */
	uint8_t session, until_hello;
	bool between; /* a snapshot is under way that the next call goes on with (extra/rolling.c) */
	/* the snapshot that is being sent (snapshot.c) */
	bool all_rows;        /* a key snapshot: no row is left out */
	uint8_t halt;         /* no more rows: enum memprof_halt */
	uint8_t n_nibbles;    /* of the frame of rows that is being built; 0: none is */
	uint8_t pool, number; /* whose table, and which snapshot of it */
	uint8_t n_areas;
	uint8_t snapshot; /* number of the next one of the GC heap */
	uint8_t run_code; /* what the run is of: a code, or WIRE_SKIP */
	uint8_t area;     /* the one whose rows are sent */
	uint16_t sequence;
	uint16_t index;      /* frames of this snapshot */
	uint32_t run;        /* blocks at the end of what was read that are not in the frame yet */
	uint32_t next_block; /* of this area: behind those in frames and those of the run */
	uint32_t digest;
	uint32_t next_row, end_row;  /* counted through all areas */
	uint32_t refresh, n_refresh; /* the rows that come in their turn */
	uint32_t areas_crc;          /* of the areas as last sent; 0: the next snapshot is a key snapshot */
	uint32_t pause_us, wait_us;  /* work and waits for the channel since this call began */
	uint32_t period_ms, due_ms;  /* 0: only when asked */
	uint32_t n_abandoned, n_skipped, n_collections;
	const struct memprof_port *port;
	uint16_t *rows;                    /* a hash of each row, for deltas; NULL: every snapshot is whole */
	uint32_t n_rows;                   /* room in it; rows beyond are always sent */
	uint32_t codes[MEMPROF_ROW_WORDS]; /* the row: a nibble for each block, the low one first */
	uint8_t frame[WIRE_FRAME_MAX_BYTES];
};

/* session: differs from one start to the next (a clock, a random number). rows: 2 bytes for each 64 blocks, or NULL.
 * Sends the HELLO. */
void memprof_start(struct memprof_agent *agent, const struct memprof_port *port, uint8_t session, uint16_t *rows,
		   uint32_t n_rows);
/* The next snapshot comes at once, one more every period_ms; 0: only when asked. HELLO says it, so one comes before
 * that snapshot. */
static inline void memprof_period(struct memprof_agent *agent, uint32_t period_ms)
{
	agent->until_hello = 0;
	agent->period_ms = period_ms;
	agent->due_ms = agent->port->now_ms();
}

static inline bool memprof_is_due(const struct memprof_agent *agent)
{
	return agent->period_ms && (int32_t)(agent->port->now_ms() - agent->due_ms) >= 0;
}

/* To be called often: sends a snapshot if one is due. Returns true if it was sent. */
bool memprof_poll(struct memprof_agent *agent);

void memprof_hello(struct memprof_agent *agent);

/* Sends a snapshot now, in this call: false if the channel did not take it; then it is abandoned and counted. One that
 * was under way is abandoned too. */
bool memprof_snapshot(struct memprof_agent *agent, bool key);

/* The next snapshot has all rows. */
static inline void memprof_force_key(struct memprof_agent *agent) { agent->areas_crc = 0; }

/* These rows (counted through all areas) come with the next one. */
static inline void memprof_force_rows(struct memprof_agent *agent, uint32_t first, uint32_t n_rows)
{
	for (; n_rows && first < agent->n_rows; n_rows--)
		agent->rows[first++] = 0;
}

/* Events. They are sent at once; a port that cannot send where they happen keeps them (ports/). fields: the varints
 * that PROTOCOL.md says follow at_ms. */
void memprof_event(struct memprof_agent *agent, uint32_t what, uint32_t at_ms, const uintptr_t *fields,
		   uint32_t n_fields);
/* label: cut to what fits. */
static inline void memprof_mark(struct memprof_agent *agent, const char *label, size_t n_bytes);

static inline void memprof_gc_began(struct memprof_agent *agent, uint32_t at_ms, bool by_threshold)
{
	memprof_event(agent, by_threshold ? WIRE_THRESHOLD : WIRE_GC_BEGAN, at_ms, NULL, 0);
}

static inline void memprof_gc_ended(struct memprof_agent *agent, uint32_t at_ms, uint32_t duration_us)
{
	uintptr_t fields[] = { duration_us };

	agent->n_collections++;
	memprof_event(agent, WIRE_GC_ENDED, at_ms, fields, 1);
}

static inline void memprof_failed(struct memprof_agent *agent, uint32_t at_ms, uint8_t pool, size_t n_bytes)
{
	uintptr_t fields[] = { pool, n_bytes };

	memprof_event(agent, WIRE_FAILED, at_ms, fields, 2);
}

static inline void memprof_recovered(struct memprof_agent *agent, uint32_t at_ms, uint8_t pool, size_t n_bytes)
{
	uintptr_t fields[] = { pool, n_bytes };

	memprof_event(agent, WIRE_RECOVERED, at_ms, fields, 2);
}

static inline void memprof_soft_reset(struct memprof_agent *agent)
{
	memprof_event(agent, WIRE_SOFT_RESET, agent->port->now_ms(), NULL, 0);
}

#include "memprof/frame.h" /* memprof_mark */

#endif
