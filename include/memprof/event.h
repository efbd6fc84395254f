/* One thing that a board said. Decoders and protocols make events; nothing else does. */
#ifndef MEMPROF_EVENT_H
#define MEMPROF_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/model/heap.h"

enum event_kind {
	EVENT_SNAPSHOT,  /* a heap, with or without a block table */
	EVENT_SAMPLE,    /* used or free bytes, no table */
	EVENT_FAILED,    /* an allocation failed */
	EVENT_QSTR,      /* qstr_info(): statistics */
	EVENT_QSTR_TEXT, /* qstr_info(1): one interned string */
	EVENT_POOL,      /* another heap of the board: figures alone */
	EVENT_BANNER,    /* "MicroPython v1.25.0 on 2026-11-20; Raspberry Pi Pico with RP2040" */
	EVENT_RESET,     /* the board began again, after figures: what follows is another life of it */
	/* What only an agent in the firmware tells. */
	EVENT_HELLO,     /* who it is and what it can */
	EVENT_GC,        /* a collection ended */
	EVENT_MARK,      /* the program said: memprof.mark("label") */
	EVENT_RECOVERED, /* an allocation that had failed was tried again, and succeeded */
	EVENT_AREA,      /* the heap got an area, or gave one back */
	EVENT_LOST,      /* frames that did not come, snapshots that could not be shown */
};

/* Why an allocation failed, as far as the message itself tells. */
enum failure {
	FAILURE_ASKED,      /* "allocating N bytes" */
	FAILURE_UNSIZED,    /* MemoryError without a size: a locked heap, or one that is totally full */
	FAILURE_LOCKED,     /* "heap is locked" */
	FAILURE_OTHER_POOL, /* Wi-Fi, native code, camera frames …: not the GC heap */
};

/* Texts are borrowed from the decoder and good until the next call of it. They are a board's
 * bytes: not NUL-terminated, not clean. */
struct event_text {
	const char *bytes;
	size_t n_bytes;
};

enum { EVENT_TIME_BYTES = 32, EVENT_LABEL_BYTES = 64, EVENT_NAME_BYTES = 16 };

/* Figures of a heap that is not Python's, each NOT_KNOWN if the board does not say it. */
struct event_pool {
	enum pool_kind kind;
	char name[EVENT_NAME_BYTES]; /* made by the decoder, clean: "idf.0" */
	uint64_t start;
	uint64_t total_bytes, used_bytes, free_bytes, largest_free_bytes;
	uint64_t min_free_bytes; /* the least there ever was */
};

/* The agent of a board. Texts are clean. */
struct event_hello {
	char firmware[48], machine[40], build_id[48]; /* hexadecimal; "" where it does not say */
	unsigned agent_major, agent_minor, agent_patch;
	uint32_t pointer_bytes, block_bytes; /* 0: not known, no tables */
	uint64_t abilities;                  /* enum wire_ability (firmware-agent/include/memprof/wire.h) */
	uint64_t period_ms;                  /* 0: only when asked */
	bool again;                          /* one like it came before in this session */
	bool refused;                        /* it speaks another major version: nothing else is taken */
	unsigned wire_major, wire_minor;
};

/* What is told of a snapshot besides the heap: each NOT_KNOWN where nothing tells. */
struct snapshot_reported {
	const char *format; /* what it came as, for input.format: "agent", "openmv", "block-table"; NULL: text */
	uint64_t pause_us;  /* how long the board stood still for it */
	uint64_t lost_frames, lost_snapshots; /* since the one before */
	uint64_t n_collections;               /* of the garbage collector, since the agent started */
	uint64_t wire_bytes;                  /* of the frames or packets it came in */
	bool incremental;                     /* its rows were sent over a longer time */
};
#define SNAPSHOT_REPORTED_NOTHING                                                             \
	{                                                                                     \
		.pause_us = NOT_KNOWN, .lost_frames = NOT_KNOWN, .lost_snapshots = NOT_KNOWN, \
		.n_collections = NOT_KNOWN, .wire_bytes = NOT_KNOWN                           \
	}
#define EVENT_SNAPSHOT_INIT                           \
	{                                             \
		.reported = SNAPSHOT_REPORTED_NOTHING \
	}

struct event {
	enum event_kind kind;
	uint64_t line;               /* 1.. in the input; of a snapshot its first line */
	uint64_t at_us;              /* since the first moment known of the input; or NOT_KNOWN */
	char time[EVENT_TIME_BYTES]; /* as stamped: "07:09:41.325", RFC 3339; "" where none */
	bool clock_fell;             /* at_us is not known, because the clock of its stamp was set back */
	union {
		struct {
			struct heap *heap;             /* sealed; may be taken away with heap_swap */
			uint64_t n_lines;              /* from its first to its last line */
			char label[EVENT_LABEL_BYTES]; /* that the log gives it, not clean; "" */
			struct snapshot_reported reported;
		} snapshot;
		struct {
			uint64_t used_bytes, free_bytes, largest_free_bytes; /* NOT_KNOWN: not said */
		} sample;
		struct {
			enum failure failure;
			uint64_t asked_bytes;        /* NOT_KNOWN unless FAILURE_ASKED */
			struct event_text text;      /* the message */
			char pool[EVENT_NAME_BYTES]; /* of which pool, as an agent tells; "" */
		} failed;
		struct event_hello hello;
		struct {
			uint64_t duration_us; /* NOT_KNOWN */
			bool by_threshold;
		} gc;
		struct event_text mark; /* its label */
		struct {
			uint64_t asked_bytes;
			char pool[EVENT_NAME_BYTES];
		} recovered;
		struct {
			uint64_t address, size_bytes;
			bool added;
		} area;
		struct {
			uint64_t n_frames, n_snapshots;
			uint64_t n_abandoned; /* snapshots that the board gave up itself */
		} lost;
		struct heap_qstr qstr;
		struct event_pool pool;
		struct { /* EVENT_QSTR_TEXT, EVENT_BANNER */
			struct event_text text;
			bool text_broken; /* its end is not in the line: a line break inside */
		};
	};
};

#endif
