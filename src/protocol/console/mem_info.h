/* The decoder of what MicroPython prints about its memory: micropython.mem_info(), mem_info(1),
 * qstr_info(1) of every version since 2014 (py/modmicropython.c, py/gc.c), the numbers that
 * gc.mem_free() and gc.mem_alloc() answer at the prompt, MemoryError, and the other heaps of an ESP32;
 * in whatever stands around them. Used for files, saved streams and live consoles alike. */
#ifndef MEMPROF_MEM_INFO_H
#define MEMPROF_MEM_INFO_H

#include "console/block_table.h"
#include "console/dump_frames.h"
#include "console/facts.h"
#include "console/heap_caps.h"
#include "console/lines.h"
#include "console/plain_line.h"
#include "console/resets.h"
#include "console/timestamp.h"
#include "memprof/protocol/decoder.h"

enum mem_info_phase { MEM_INFO_NONE, MEM_INFO_STATISTICS, MEM_INFO_TABLE };

/* A row outside of a table: the table's first one if the next row goes on where it ends. */
struct loose_row {
	bool set;
	char text[8 + 2 + ROW_BLOCKS];
	size_t n_bytes;
	uint64_t address, n_free_rows; /* (N lines all free) behind it */
	uint32_t digits;
	uint64_t line;
	struct event_time at;
};

/* "stack: 512", "GC:", "mem: total=1, …" within a table: the first line of another dump if its figures
 * follow; else, or if a row comes first, another thread has said it. */
struct lead {
	bool set, info, has_stack; /* info: "GC:" */
	uint64_t stack_used_bytes, stack_limit_bytes;
	uint64_t line;
	struct event_time at;
};

/* "3ffe4db0:" alone within a table: the first line of an area if the next row is at its beginning. */
struct bare_area {
	bool set;
	uint64_t base, line;
};

/* Figures and marks that other threads say within a dump wait until it has been given. */
enum { WAITING_MAX = 16 };

struct mem_info {
	struct lines lines;
	struct console_line line; /* the one at work */
	struct line raw_line;
	bool again; /* it ended a dump and has not been looked at itself */
	bool finished;
	uint64_t now_us;

	enum mem_info_phase phase;
	struct heap heap; /* of the dump that is being read, or was just given */
	struct heap_pool *pool;
	struct table table;
	bool saw_stack, saw_gc, saw_counts;
	uint64_t first_line, last_line;
	uint32_t n_other;     /* lines since the last one of the dump */
	struct event_time at; /* of its first line */
	char label[EVENT_LABEL_BYTES];
	struct loose_row loose;
	struct lead lead;
	struct bare_area bare;
	struct event waiting[WAITING_MAX];
	uint32_t i_waiting, n_waiting;
	char marks[WAITING_MAX][EVENT_LABEL_BYTES]; /* texts of those that wait */
	uint64_t full_line;                         /* the last line of a dump that was full; 0: none */
	uint64_t full_address;                      /* of the row behind it, if there were one */

	struct said said;
	struct resets resets;
	struct regions regions;
	struct frames frames;
	struct stamps stamps;
	uint64_t stamp_us;          /* of the line at work, if it has a stamp */
	struct event_time standing; /* a stamp in a line of its own, for those after it */
	bool stands;
	char scratch[LINE_MAX_BYTES];
};

void mem_info_feed(void *state, const uint8_t *bytes, size_t n, uint64_t now_us);
int mem_info_next_event(void *state, struct event *ret, struct diag *diag);
void mem_info_finish(void *state);
void mem_info_deinit(void *state);

#endif
