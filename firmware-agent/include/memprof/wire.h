/* The wire between a board's agent and memprof: the numbers of PROTOCOL.md. C99, no code; the host includes it too. */
#ifndef MEMPROF_WIRE_H
#define MEMPROF_WIRE_H

enum {
	WIRE_MAJOR = 1,
	WIRE_MINOR = 2,
	WIRE_FRAME_MAX_BYTES = 128, /* with both delimiters */
	WIRE_BODY_MAX_BYTES = 125,  /* type, session, sequence, payload, crc */
	WIRE_BODY_MIN_BYTES = 8,
	WIRE_HEAD_BYTES = 4, /* type, session, sequence */
	WIRE_CRC_BYTES = 4,
	WIRE_PAYLOAD_MAX_BYTES = 117,
	WIRE_ROW_BLOCKS = 64,
	WIRE_ROW_BYTES = 32,         /* of its codes, a nibble each: what its CRC is over */
	WIRE_WINDOW_FRAMES = 64,     /* so far back a receiver knows what has come */
	WIRE_MEMORY_MAX_BYTES = 96,  /* of one MEMORY */
	WIRE_HELD_READ_BYTES = 4096, /* of one READ while the program is held */
	WIRE_HOLD_MAX_MS = 500,
	WIRE_HOLD_ALL_MS = 5000, /* of one standstill: watchdogs wait for 8 s at most on many boards */
	WIRE_NAME_MAX_BYTES = 112,
	WIRE_SITES_KEEP_MAX_MS = 60000, /* so long a board samples for a host that is not heard any more */
};
#define WIRE_CRC_POLYNOMIAL 0xEDB88320u /* 0x04C11DB7, reflected */
#define WIRE_TEXT_BEGIN     "mp$"
#define WIRE_TEXT_END       "$"

enum wire_type {
	WIRE_HELLO = 0x01,
	WIRE_POOL,
	WIRE_POOL_GONE,
	WIRE_STATS,
	WIRE_BEGIN,
	WIRE_AREA,
	WIRE_ROWS,
	WIRE_RAW,
	WIRE_END,
	WIRE_EVENT,
	WIRE_QSTR,
	WIRE_MEMORY,
	WIRE_ALLOCATIONS,
	WIRE_TASK = 0x0e,
	WIRE_STOPS = 0x0f,
	WIRE_HELD = 0x10,
	WIRE_SITE = 0x11,
	WIRE_SITE_GONE = 0x12,
	WIRE_SITES = 0x13,
	WIRE_NAME = 0x14,
	WIRE_TO_BOARD = 0x40, /* types from here on are requests */
	WIRE_ASK_HELLO = 0x41,
	WIRE_ASK_SNAPSHOT,
	WIRE_ASK_ROWS,
	WIRE_SET_PERIOD,
	WIRE_READ,
	WIRE_ASK_QSTR,
	WIRE_ASK_STATS,
	WIRE_HOLD,
	WIRE_SET_SITES,
	WIRE_ASK_NAME,
	WIRE_TYPE_END = 0x80,
};

/* Of the first byte of a request: it is the mask of the others. */
enum { WIRE_MASKED = 0x80 };

enum wire_ability {
	WIRE_CAN_KINDS = 1,
	WIRE_CAN_FINALISERS = 2,
	WIRE_CAN_DELTAS = 4,
	WIRE_REPORTS_GC = 8,
	WIRE_REPORTS_FAILED = 16,
	WIRE_TAKES_REQUESTS = 32,
	WIRE_CAN_ROLL = 64,
	WIRE_CAN_READ = 128,
	WIRE_CAN_QSTR = 256,
	WIRE_CAN_POOLS = 512,
	WIRE_CAN_HOLD = 1024,
	WIRE_CAN_SITES = 2048,
};

enum wire_tag { WIRE_TAG_FIRMWARE = 1, WIRE_TAG_BUILD_ID, WIRE_TAG_MACHINE };

enum wire_pool_kind {
	WIRE_POOL_GC,
	WIRE_POOL_TLSF,
	WIRE_POOL_CAPS,
	WIRE_POOL_FREERTOS,
	WIRE_POOL_UMA,
	WIRE_POOL_NEWLIB,
	WIRE_POOL_RAMFS,
	WIRE_POOL_FIXED,
	WIRE_POOL_TRACKED,
	WIRE_POOL_ZEPHYR,
};

enum wire_memory {
	WIRE_MEMORY_UNKNOWN,
	WIRE_MEMORY_TCM,
	WIRE_MEMORY_SRAM,
	WIRE_MEMORY_PSRAM,
	WIRE_MEMORY_SDRAM,
	WIRE_MEMORY_FLASH
};

enum wire_stat {
	WIRE_STAT_TOTAL = 1,
	WIRE_STAT_USED = 2,
	WIRE_STAT_FREE = 4,
	WIRE_STAT_LARGEST_FREE = 8,
	WIRE_STAT_LARGEST_FIT = 16,
	WIRE_STAT_PEAK = 32,
	WIRE_STAT_LEAST_FREE = 64,
	WIRE_STAT_ALLOCATIONS = 128,
	WIRE_STAT_FAILURES = 256,
	WIRE_STAT_USED_BLOCKS = 512,
	WIRE_STAT_FREE_BLOCKS = 1024,
	WIRE_STAT_DAMAGED = 2048,
};
enum { WIRE_N_STATS = 12 };

enum wire_snapshot_flag {
	WIRE_KEY = 1,
	WIRE_ROLLING = 2,
	WIRE_HAS_KINDS = 4,
	WIRE_HAS_FINALISERS = 8,
	WIRE_HAS_REQUESTS = 16 /* WIRE_TAKES_REQUESTS, for a host that has no HELLO yet */
};

enum wire_task_flag {
	WIRE_TASK_CURRENT = 1,
	WIRE_TASK_LAST = 2,       /* of a round */
	WIRE_TASK_UNMEASURED = 4, /* least_free is not known */
	WIRE_TASK_MISSING = 8,    /* no task: there are more than the agent has room for */
};
enum { WIRE_TASKS_MAX = 64 };

/* Of SITE; the lower bits are the number of its frames. */
enum wire_site_flag { WIRE_SITE_CUT = 16, WIRE_SITE_NOT_FOLLOWED = 32 };
enum { WIRE_SITE_FRAMES_MAX = 15, WIRE_SITE_CLASSES = 32 };

enum wire_site_gone { WIRE_SITE_FREED = 1, WIRE_SITE_LEFT = 2 /* not followed any more */ };

/* What a block is. */
enum wire_code {
	WIRE_FREE,
	WIRE_TAIL,
	WIRE_HEAD,
	WIRE_MARKED,
	WIRE_TUPLE,
	WIRE_LIST,
	WIRE_DICT,
	WIRE_STR,
	WIRE_ARRAY,
	WIRE_FLOAT,
	WIRE_FUNCTION,
	WIRE_MODULE,
	WIRE_FINALISER,
	WIRE_N_CODES,
};

/* Nibbles of a token stream: a code, or one of these. A length follows WIRE_FREE, WIRE_TAIL and WIRE_SKIP. */
enum wire_token { WIRE_ONE_TAIL = 13, WIRE_SKIP = 14, WIRE_PAD = 15 };

enum wire_event {
	WIRE_GC_BEGAN = 1,
	WIRE_GC_ENDED,
	WIRE_FAILED,
	WIRE_SOFT_RESET,
	WIRE_THRESHOLD,
	WIRE_MARK,
	WIRE_RECOVERED,
	WIRE_AREA_ADDED,
	WIRE_AREA_REMOVED,
	WIRE_EVENTS_LOST,
	WIRE_LARGE,
	WIRE_LAST_WORDS,
};

/* Of ALLOCATIONS. Class i of its sizes has requests of 8 * 2^i bytes at most; the last one all others. */
enum wire_window {
	WIRE_WINDOW_ALLOCATIONS = 1,
	WIRE_WINDOW_ALLOCATED_BYTES = 2,
	WIRE_WINDOW_FREES = 4,
	WIRE_WINDOW_FREED_BYTES = 8,
	WIRE_WINDOW_FAILURES = 16,
	WIRE_WINDOW_LARGE = 32,
	WIRE_WINDOW_LEAST_USED = 64,
	WIRE_WINDOW_MOST_USED = 128,
	WIRE_WINDOW_LEAST_FREE = 256,
};
enum { WIRE_N_WINDOW = 9, WIRE_N_SIZES = 16 };

#endif
