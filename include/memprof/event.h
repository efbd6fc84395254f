/* One report from a board, made by a decoder or protocol. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/model/heap.h"

struct call_site;

enum event_kind {
	EVENT_SNAPSHOT,      /* a heap, with or without a block table */
	EVENT_SAMPLE,        /* figures of Python's heap, no table */
	EVENT_FAILED,        /* an allocation failed */
	EVENT_QSTR,          /* qstr_info(): statistics */
	EVENT_QSTR_TEXT,     /* qstr_info(1): one interned string */
	EVENT_POOL,          /* figures of a heap other than Python's */
	EVENT_BANNER,        /* "MicroPython v1.25.0 on 2026-11-20; Raspberry Pi Pico with RP2040" */
	EVENT_RESET,         /* the board was reset, after figures: another boot follows */
	EVENT_HELLO,         /* identity and abilities of an agent in the firmware */
	EVENT_GC,            /* from an agent: a collection ended */
	EVENT_MARK,          /* memprof.mark("label"), or "memprof: label" printed by the program */
	EVENT_PROGRAM_ENDED, /* the program that memprof ran has ended: what it held is free from here on */
	EVENT_RECOVERED,     /* from an agent: an allocation that had failed succeeded when retried */
	EVENT_AREA,          /* from an agent: the heap got an area, or gave one back */
	EVENT_LOST,          /* frames or snapshots were lost */
	EVENT_LARGE,         /* from an agent: a large allocation was made */
	EVENT_LAST_WORDS,    /* from an agent: what it kept of the run before the last reset */
	EVENT_SITE,          /* from an agent: a sampled allocation, and where the program was */
	EVENT_SITE_GONE,     /* from an agent: the block of a sample was freed */
	EVENT_SITES,         /* from an agent: whether it samples, an answer */
	EVENT_SITE_NAME,     /* from an agent: the text of an interned string, an answer */
};

/* The kind of a failed allocation, by its message. */
enum failure {
	FAILURE_ASKED,      /* "allocating N bytes" */
	FAILURE_UNSIZED,    /* MemoryError without a size: a locked heap, or a completely full one */
	FAILURE_LOCKED,     /* "heap is locked" */
	FAILURE_OTHER_POOL, /* Wi-Fi, native code, camera frames …: not the GC heap */
	FAILURE_OF_C,       /* of a firmware without Python's heap, or beside it: with its size, where it is told */
};

/* Text from a board: not NUL-terminated, not clean. Borrowed from the decoder, valid until its next call. */
struct event_text {
	const char *bytes;
	size_t n_bytes;
};

enum { EVENT_TIME_BYTES = 32, EVENT_LABEL_BYTES = 64, EVENT_NAME_BYTES = 16 };

/* The caller of an allocator. */
struct event_caller {
	uint64_t address;             /* where the call returns to; 0: not known */
	const struct call_site *site; /* in the firmware (image/call_sites.h); NULL without its ELF */
};

/* What an agent reported of a failed allocation. */
struct event_failure_details {
	struct event_caller caller;
	uint64_t largest_free_bytes; /* at that time; 0: not known */
	char task[EVENT_NAME_BYTES]; /* clean; "" */
};

/* A frame of Python. Names are numbers of interned strings. */
struct event_site_frame {
	uint32_t file, name;
	uint32_t line; /* 1..; 0: not known */
};

/* A request of size_bytes is sampled with a probability of 1 - exp(-size_bytes / step_bytes); of 1, if step_bytes is.
 */
enum { EVENT_SITE_CLASSES = 32 }; /* WIRE_SITE_CLASSES (firmware-agent/include/memprof/wire.h) */
struct event_site {
	uint16_t number;                       /* of the sample; wraps */
	bool is_cut;                           /* there are more frames */
	bool is_followed;                      /* an EVENT_SITE_GONE reports when its block is freed */
	uint32_t n_frames;                     /* at most 15 */
	const struct event_site_frame *frames; /* the innermost first; borrowed, as event_text */
	uint64_t size_bytes;                   /* as requested; of a realloc what was added */
	uint64_t step_bytes;                   /* never 0 */
	uint64_t address;                      /* of its block */
	uint64_t n_lost;                       /* samples that the board could not keep, since it began */
	uint8_t size_class;                    /* below EVENT_SITE_CLASSES; of all requests of about that size */
	uint32_t class_bytes;                  /* requested in that class so far, this included; wraps; 0: not known */
};

struct event_site_gone {
	uint16_t number; /* the last sample of this number is meant */
	bool is_freed;   /* false: what becomes of its block is not known from here on */
};

struct event_sites {
	uint64_t step_bytes; /* 0: it takes no samples */
	uint64_t keep_ms;    /* for a host, so long; 0 with a step: for the program */
	bool waits;          /* samples, or what became of their blocks, are to be sent yet */
};

struct event_site_name {
	uint32_t number;
	struct event_text text; /* empty: there is none of this number; long ones are cut */
};

/* Texts are clean. */
struct event_hello {
	char firmware[48], machine[40], build_id[48]; /* "": not reported; build_id in hexadecimal */
	unsigned agent_major, agent_minor, agent_patch;
	uint32_t pointer_bytes, block_bytes; /* 0: not known, no tables */
	uint64_t abilities;                  /* enum wire_ability (firmware-agent/include/memprof/wire.h) */
	uint64_t period_ms;                  /* 0: only on request */
	bool again;                          /* not the first one of this session */
	bool refused;                        /* another major version of the wire: all other frames are ignored */
	unsigned wire_major, wire_minor;
};

/* What is known about a snapshot besides its heap: NOT_KNOWN if not reported. */
struct snapshot_reported {
	const char *format;                   /* for input.format: "agent", "openmv", "block-table"; NULL: text */
	uint64_t board_us;                    /* when it was taken, by the board's clock since its first time */
	uint64_t pause_us;                    /* the board did nothing else for as long, */
	uint64_t wait_us;                     /* and waited for the channel besides */
	uint64_t lost_frames, lost_snapshots; /* since the previous one */
	uint64_t n_collections;               /* garbage collections since the agent started */
	uint64_t wire_bytes;                  /* of its frames or packets */
	bool rolling;                         /* sent in several calls of the agent: not of one moment */
	uint64_t n_stops;                     /* those calls, each of which stopped the board, */
	uint64_t longest_stop_us;             /* the longest of them, waits included, */
	uint64_t took_us;                     /* and the time from the first to the last */
};
#define SNAPSHOT_REPORTED_NOTHING                                                                             \
	{                                                                                                     \
		.board_us = NOT_KNOWN, .pause_us = NOT_KNOWN, .wait_us = NOT_KNOWN, .lost_frames = NOT_KNOWN, \
		.lost_snapshots = NOT_KNOWN, .n_collections = NOT_KNOWN, .wire_bytes = NOT_KNOWN,             \
		.n_stops = NOT_KNOWN, .longest_stop_us = NOT_KNOWN, .took_us = NOT_KNOWN                      \
	}
#define EVENT_SNAPSHOT_INIT                           \
	{                                             \
		.reported = SNAPSHOT_REPORTED_NOTHING \
	}

struct event {
	enum event_kind kind;
	uint64_t line;               /* 1.. in the input; of a snapshot its first line */
	uint64_t at_us;              /* since the first known time of the input; or NOT_KNOWN */
	char time[EVENT_TIME_BYTES]; /* as stamped: "07:09:41.325", RFC 3339; "" if none */
	bool clock_fell;             /* at_us is not known because the clock of its stamp was set back */
	union {
		struct {
			struct heap *heap;             /* sealed; may be taken away with heap_swap */
			uint64_t n_lines;              /* from its first to its last line */
			char label[EVENT_LABEL_BYTES]; /* from the log, not clean; "" */
			struct snapshot_reported reported;
			bool collected; /* taken right after a collection */
			bool is_typed;  /* after a gc.collect() that somebody typed: of others nothing is known */
		} snapshot;
		struct {
			enum failure failure;
			uint64_t asked_bytes;                 /* NOT_KNOWN unless FAILURE_ASKED, or from an agent */
			struct event_text text;               /* the message; empty from an agent */
			char pool[EVENT_NAME_BYTES];          /* from an agent; "" */
			struct event_failure_details details; /* all zero, but from an agent */
		} failed;
		struct event_hello hello;
		struct {
			uint64_t duration_us; /* NOT_KNOWN */
			uint64_t board_us;    /* when it ended, as in snapshot_reported */
			bool by_threshold;
		} gc;
		struct event_text mark; /* its label */
		struct {
			uint64_t asked_bytes;
			char pool[EVENT_NAME_BYTES];
		} recovered;
		struct {
			uint64_t asked_bytes;
			char pool[EVENT_NAME_BYTES];
			struct event_caller caller;
		} large;
		struct {
			uint64_t then_us;     /* by the clock of that run */
			uint64_t asked_bytes; /* NOT_KNOWN: no allocation failed */
			char pool[EVENT_NAME_BYTES];
			struct event_failure_details details;
			struct event_caller fault; /* where the program stopped: no call; address 0: not known */
		} last_words;
		struct {
			uint64_t address, size_bytes;
			bool added;
		} area;
		struct {
			uint64_t n_frames;    /* that did not come, with events that the board did not send */
			uint64_t n_missing;   /* of these, sent */
			uint64_t n_snapshots; /* that did not come */
			uint64_t n_abandoned; /* snapshots that the board did not complete */
		} lost;
		struct event_site site;
		struct event_site_gone site_gone;
		struct event_sites sites;
		struct event_site_name site_name;
		struct heap_qstr qstr;
		/* EVENT_SAMPLE, EVENT_POOL: by figures alone; its name, made by the decoder, is clean: "gc", "idf.0" */
		struct heap_pool pool;
		struct { /* EVENT_QSTR_TEXT, EVENT_BANNER */
			struct event_text text;
			bool text_broken; /* a line break in the string: the rest is missing */
		};
	};
};
