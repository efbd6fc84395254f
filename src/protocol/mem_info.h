/* The decoder of what stock MicroPython prints about its memory: micropython.mem_info(),
 * mem_info(1), qstr_info(1) of every version since v1.8.2 (py/modmicropython.c, py/gc.c), the
 * numbers that gc.mem_free() and gc.mem_alloc() answer at the prompt, and MemoryError; in whatever
 * stands around them. Used for files, saved streams and live consoles alike. */
#ifndef MEMPROF_MEM_INFO_H
#define MEMPROF_MEM_INFO_H

#include "console.h"
#include "lines.h"
#include "memprof/decoder.h"
#include "table.h"

enum sample_answer { ANSWER_NONE, ANSWER_FREE, ANSWER_USED };
enum mem_info_phase { MEM_INFO_NONE, MEM_INFO_STATISTICS, MEM_INFO_TABLE };

struct mem_info {
	struct lines        lines;
	struct console_line line;         /* the one at work */
	struct line         raw_line;
	bool                again;        /* it ended a dump and has not been looked at itself */
	bool                finished;
	uint64_t            now_us;

	enum mem_info_phase phase;
	struct heap         heap;         /* of the dump that is being read, or was just given */
	struct heap_pool   *pool;
	struct table        table;
	bool                saw_stack, saw_gc;
	uint64_t            first_line, last_line;
	uint32_t            n_other;      /* lines since the last one of the dump */
	struct stamp        stamp;        /* of its first line */
	char                stamp_text[EVENT_TIME_BYTES];
	uint64_t            dump_at_us;

	bool                in_qstr, qstr_open;
	enum sample_answer  answer;       /* what the next number means */
	bool                stamped;      /* epoch_us is set */
	uint64_t            epoch_us, last_stamp_us, day_us;
	char                scratch[LINE_MAX_BYTES];
};

void mem_info_feed(void *state, const uint8_t *bytes, size_t n, uint64_t now_us);
int mem_info_next_event(void *state, struct event *ret, struct diag *diag);
void mem_info_finish(void *state);
void mem_info_deinit(void *state);

#endif
