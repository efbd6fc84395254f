/* The simulated board: memory, heap, other pools, a clock, a program of a few tasks, and the agent that
 * reports them. It does no I/O: output goes through sim_board.output, and time passes only in
 * sim_board_run. The same profile, seed and calls give the same bytes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "heap.h"
#include "memprof/agent.h"
#include "memprof/extra.h"
#include "memprof/pool.h"
#include "objects.h"
#include "tlsf.h"

struct sim_board;

/* A part of the board's program. Its functions return false, or 0, for a MemoryError that they do not
 * catch: it ends the program, and the board reboots. */
struct sim_task {
	bool (*start)(struct sim_board *board);    /* may be NULL */
	uint32_t (*step)(struct sim_board *board); /* returns the microseconds to its next step; may be NULL */
};
extern const struct sim_task sim_task_boot, sim_task_sensor, sim_task_json, sim_task_leak, sim_task_badge,
	sim_task_camera, sim_task_records;

/* A pool besides the GC heap. */
struct sim_pool_plan {
	const char *name;
	uint32_t address, n_bytes;
	uint16_t granule_bytes; /* of its block table; 0: no table */
	uint8_t kind, memory;   /* enum wire_pool_kind, enum wire_memory */
};

/* Faults of the line, each in parts per million. */
struct sim_faults {
	uint32_t dropped_bytes, flipped_bytes, repeated_frames;
};

enum { SIM_PLAN_AREAS = 3, SIM_POOLS_MAX = 6, SIM_TASKS_MAX = 5 };

struct sim_profile {
	const char *name; /* that of sim_names (sim_names.h), in the same order */
	const char *firmware, *machine;
	/* Of the GC heap; 0 bytes end the list. */
	struct {
		uint32_t address, n_bytes;
		uint8_t memory;
	} areas[SIM_PLAN_AREAS];
	uint32_t grows_to_bytes;  /* areas may be added after the only one, up to this total; 0: none */
	uint32_t threshold_bytes; /* gc.threshold(); 0: none */
	struct sim_pool_plan pools[SIM_POOLS_MAX];
	const struct sim_task *tasks[SIM_TASKS_MAX]; /* NULL ends the list */
	uint32_t n_modules, n_records;               /* modules that the program loads; records of sim_task_records */
	uint32_t mark_ns;                            /* of a collection, for each used block */
	uint32_t period_ms;                          /* between two snapshots, unless sim_board_init is given another */
	struct sim_faults faults;
};
extern const struct sim_profile sim_profiles[];                               /* ends with an entry without a name */
const struct sim_profile *sim_profile_find(const char *name, size_t n_bytes); /* or NULL */

struct sim_pool {
	const struct sim_pool_plan *plan;
	bool initialized;
	struct sim_tlsf tlsf;                /* of the kinds tlsf and uma */
	uint32_t n_used_bytes, n_peak_bytes; /* of the others */
};

/* The program's globals: indexes of the heap's roots. */
enum sim_root {
	ROOT_QSTRS,
	ROOT_MODULES,
	ROOT_HISTORY,
	ROOT_LOG,
	ROOT_CACHE,
	ROOT_HANDLERS,
	ROOT_IMAGES,
	ROOT_APP,
	ROOT_COPIES,
	ROOT_BLOBS,
	ROOT_RECORDS,
	ROOT_BUFFERS,
};

struct sim_board {
	const struct sim_profile *profile;
	struct sim_memory memory;
	struct sim_heap heap;
	struct sim_pool pools[SIM_POOLS_MAX];
	uint32_t n_pools;
	uint64_t now_ns;
	uint64_t due_us[SIM_TASKS_MAX];
	uint32_t random;       /* never 0 */
	uint32_t failed_bytes; /* of the last allocation that failed */
	uint64_t n_snapshots;
	uint32_t n_steps[SIM_TASKS_MAX]; /* of each task since the program began */
	uint32_t i_task;                 /* the running one */
	uint32_t badge_frames_left;      /* until the next app */
	uint32_t frames[2];              /* the camera's buffers */

	struct memprof_agent agent;
	struct memprof_port port;
	struct memprof_pool agent_pools[SIM_POOLS_MAX]; /* the agent's descriptions of the pools */
	const struct memprof_pool *pool_table[SIM_POOLS_MAX];
	struct memprof_pool_list pool_list;
	struct memprof_requests requests;
	struct memprof_range readable[SIM_REGIONS_MAX];
	uint16_t *rows;

	/* Takes the output. Returns false if a frame does not fit; it is then not sent at all. */
	bool (*output)(void *ctx, const void *bytes, size_t n_bytes, bool is_frame);
	void *output_ctx;
};

/* Powers the board on: loads the program and starts the agent, which sends HELLO. period_ms 0: the
 * profile's. 0, or -ENOMEM. Only one board at a time, as the agent's port has no context argument. */
int sim_board_init(struct sim_board *board, const struct sim_profile *profile, uint32_t seed, uint32_t period_ms,
		   bool (*output)(void *ctx, const void *bytes, size_t n_bytes, bool is_frame), void *output_ctx);
void sim_board_deinit(struct sim_board *board);

/* The time of the next event, and running the board up to a time. */
uint64_t sim_board_due_us(const struct sim_board *board);
void sim_board_run(struct sim_board *board, uint64_t until_us);
/* Bytes from the host. */
void sim_board_receive(struct sim_board *board, const uint8_t *bytes, size_t n_bytes);
void sim_board_silence(struct sim_board *board); /* no byte for about 50 ms */

/* ---- for the tasks ---- */

uint32_t sim_random(struct sim_board *board);
uint32_t sim_below(struct sim_board *board, uint32_t n);                    /* 0 … n - 1 */
uint32_t sim_between(struct sim_board *board, uint32_t low, uint32_t high); /* low … high */
uint32_t sim_some_text(struct sim_board *board, enum sim_type type, uint32_t low_bytes, uint32_t high_bytes);
/* Adds a value to the list in a root; replaces a random one if it has n_max. False for a MemoryError. */
bool sim_keep(struct sim_board *board, uint32_t i_root, uint32_t n_max, uint32_t value);
uint32_t sim_step_number(const struct sim_board *board); /* of the running task, from 0 */
void sim_print(struct sim_board *board, const char *format, ...) __attribute__((format(printf, 2, 3)));
uint32_t sim_now_ms(const struct sim_board *board);
void sim_pass_us(struct sim_board *board, uint32_t us); /* processing time */

bool sim_pool_has_blocks(const struct sim_pool_plan *plan); /* an allocator's, in the board's memory */
struct sim_pool *sim_pool_named(struct sim_board *board, const char *name);
/* For a pool with blocks. A failed allocation is retried after a collection, whose finalisers may free
 * blocks of the pool. */
uint32_t sim_pool_alloc(struct sim_board *board, struct sim_pool *pool, uint32_t n_bytes, bool persists);

/* Fills board->port, agent_pools and requests, and makes this board the one that the port serves. */
void sim_port_attach(struct sim_board *board);
