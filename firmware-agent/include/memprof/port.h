/* What a port gives to the agent's core: a table of functions, of which four are required. None of them may allocate.
 */
#ifndef MEMPROF_PORT_H
#define MEMPROF_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One area of the GC heap, as its allocation table says (py/mpstate.h, mp_state_mem_area_t). */
struct memprof_area {
	const uint8_t *table;      /* two bits a block, lowest first (py/gc.c, ATB_GET_KIND) */
	const uint8_t *finalisers; /* a bit a block, or NULL */
	uintptr_t address;         /* of block 0 */
	uint32_t n_blocks;         /* a multiple of 4, as the table has 4 a byte (gc_setup_area) */
	uint8_t memory;            /* enum wire_memory */
};

struct memprof_port {
	/* Writes a whole frame, or nothing: false if the channel has no reader, or no room for 20 ms. */
	bool (*write)(const uint8_t *frame, size_t n_bytes);
	uint32_t (*now_us)(void); /* wraps */
	uint32_t (*now_ms)(void); /* wraps */
	/* The i-th area of the GC heap; false if there are no more. Called again and again during a snapshot. A
	 * firmware without a GC heap gives memprof_no_area, and 0 as block_bytes: a snapshot is then the figures of its
	 * pools. */
	bool (*area)(uint32_t i, struct memprof_area *ret);
	/* What the head at this address is: enum wire_code from WIRE_HEAD on (its first word is the address of its
	 * type). NULL: no kinds. Called only for heads without a finaliser. */
	uint8_t (*kind)(uintptr_t address);
	/* The C stack, in bytes: used now, and its limit; 0: not known. NULL: neither is. */
	void (*stack)(uint32_t *ret_used, uint32_t *ret_limit);
	/* Sends the figures of the other pools (pool.h), after each HELLO with their descriptions, and before each
	 * snapshot. False: the call has used its time, and the next one goes on. NULL: there are none. */
	bool (*send_pools)(bool with_descriptions);

	uint16_t block_bytes;    /* of the GC heap */
	uint16_t abilities;      /* enum wire_ability; deltas are added where there is a table for them */
	const char *firmware;    /* "MicroPython v1.27.0"; NULL; cut to 40 bytes */
	const char *machine;     /* NULL; cut to 32 bytes */
	const uint8_t *build_id; /* NULL, or of the GNU note; 20 bytes at most, or there is no HELLO */
	uint8_t n_build_id;
};

static inline bool memprof_no_area(uint32_t i, struct memprof_area *ret)
{
	(void)i;
	(void)ret;
	return false;
}

#endif
