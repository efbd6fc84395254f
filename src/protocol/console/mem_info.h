/* Decodes what MicroPython prints about its memory, inside any other console output:
 * micropython.mem_info(), mem_info(1), qstr_info(1) of every version since 2014 (py/modmicropython.c,
 * py/gc.c), the results of gc.mem_free() and gc.mem_alloc() at the prompt, MemoryError, and the other
 * heaps of an ESP32. Used for files, saved streams and live consoles. */
#pragma once

#include "console/block_table.h"
#include "console/dump_frames.h"
#include "console/facts.h"
#include "console/heap_caps.h"
#include "console/lines.h"
#include "console/mixed.h"
#include "console/plain_line.h"
#include "console/resets.h"
#include "console/timestamp.h"
#include "console/umalloc.h"
#include "figures/reader.h"
#include "figures/words.h"
#include "memprof/protocol/decoder.h"

enum mem_info_phase { MEM_INFO_NONE, MEM_INFO_STATISTICS, MEM_INFO_TABLE };

/* printed.c: what a board printed of its own accord, for decoder_options.on_text. All-zero is the starting state. */
struct printed {
	bool muted;               /* what comes is an answer to memprof */
	size_t n_before, n_muted; /* of the line at hand: the bytes before such an answer, and up to its end */
	uint64_t told_line;       /* the number of the last one; 0: none */
};

/* n_held: bytes of the line at hand. */
void printed_mute(struct printed *p, bool muted, size_t n_held);
/* The line at hand has ended; is_told: it is of no dump. options: NULL, as nobody hears. */
void printed_line(struct printed *p, const struct decoder_options *options, const struct raw_line *line, bool is_told);

/* A row outside a table: the first row of one if the next row continues it. */
struct loose_row {
	bool set;
	char text[8 + 2 + ROW_BLOCKS];
	size_t n_bytes;
	uint64_t address, n_free_rows; /* of "(N lines all free)" after it */
	uint32_t digits;
	uint64_t line;
	struct event_time at;
};

/* "stack: 512", "GC:", "mem: total=1, …" within a table: the first line of another dump if figures
 * follow; output of another thread if not, or if a row comes first. */
struct pending_start {
	bool set, info, has_stack; /* info: "GC:" */
	uint64_t stack_used_bytes, stack_limit_bytes;
	uint64_t line;
	struct event_time at;
};

/* "3ffe4db0:" alone within a table: the header of an area if the next row is its first one. */
struct bare_area {
	bool set;
	uint64_t base, line;
};

/* ---- figures by patterns and by words ---- */

struct figures_pool {
	struct figures_reading reading;
	enum pool_kind kind;
};

/* What a line told, and is not yet in a moment. */
struct figures_found {
	size_t n;
	struct figures_pool pools[WORDS_POOLS_MAX];
	bool is_sample, is_named; /* is_named: the lines name their pools */
	bool by_words;            /* by no pattern */
	bool reset;               /* before it */
	uint64_t line, first_line;
	struct event_time at;
};

/* Lines that complete each other, until one of their figures comes again. */
struct figures_moment {
	size_t n;
	struct figures_pool pools[HEAP_POOLS_MAX];
	bool is_sample, is_named, by_words;
	bool is_rest; /* it belongs to the one before, which was taken for whole */
	uint64_t first_line, last_line;
	struct event_time at; /* of its first line */
};

/* What prints: the beginning of a log shows it, else the first figures decide. */
enum dialect { DIALECT_NOT_KNOWN, DIALECT_PYTHON, DIALECT_OTHER };

/* Whether a moment of one line is held back for lines that complete it: as the one before was. */
enum pace { PACE_NOT_KNOWN, PACE_AT_ONCE, PACE_WAITS };

struct mem_info_figures {
	struct figures_reader reader;
	enum dialect dialect;
	bool is_decided;             /* by figures */
	uint64_t uptime_us, base_us; /* the last uptime of this boot; what the boots before it had */
	bool any_uptime;
	struct figures_found found[2];
	size_t n_found;
	struct {
		struct figures_found found; /* n is 0: none */
		uint32_t form;
	} weak;         /* words that came once, and are no proof */
	char label[64]; /* "Free heap:", whose number may be alone in the next line; "" */
	uint64_t label_line;
	uint32_t forms[8]; /* of words that came again */
	size_t n_forms;
	struct words_table words;
	uint32_t sure_form; /* of the last words that were a figure */
	struct figures_moment moment;
	bool begun; /* more may be added to the moment */
	enum pace pace;
	struct heap heap; /* of a moment, once it has ended */
	struct mixed mixed;
};

/* Events between the lines of a dump, from other threads, are held until the dump is out. */
enum { WAITING_MAX = 16 };

struct mem_info {
	struct lines lines;
	struct plain_line line; /* the current line */
	struct raw_line raw_line;
	struct line_words line_words;
	bool look_again; /* it ended a dump and is still to be read itself */
	bool of_dump;    /* it is a line of one */
	bool finished;
	uint64_t now_us;

	const struct decoder_options *options; /* NULL: none */
	struct printed printed;
	bool has_agent; /* which reports the heaps: what the firmware prints of them besides is no other heap
			 */
	struct mem_info_figures figures;
	struct event after; /* that waits for the moment before it */
	bool has_after;

	enum mem_info_phase phase;
	struct heap heap; /* of the current dump, or of the last one */
	struct heap_pool *pool;
	struct block_table table;
	bool saw_stack, saw_gc, saw_counts;
	bool collected;          /* the dump was announced as taken right after a collection */
	uint64_t collected_line; /* of the last such announcement; 0: none */
	bool is_typed;           /* it follows a gc.collect() at the prompt */
	uint64_t typed_line;     /* of the last one; 0: none */
	bool lacks_gc;           /* it begins with its counts of blocks: the lines before them are cut away */
	uint64_t first_line, last_line;
	uint32_t n_other;     /* lines since the last line of the dump */
	struct event_time at; /* of its first line */
	char label[EVENT_LABEL_BYTES];
	struct loose_row loose;
	struct pending_start start;
	struct bare_area bare;
	struct event waiting[WAITING_MAX];
	uint32_t i_waiting, n_waiting;
	char marks[WAITING_MAX][EVENT_LABEL_BYTES]; /* texts of the waiting marks */
	uint64_t full_line;                         /* the last line of a dump that reached its total; 0: none */
	uint64_t full_address;                      /* of the row that would follow */

	struct console_facts facts;
	struct resets resets;
	struct heap_caps heap_caps;
	struct umalloc umalloc;
	struct dump_frames dump_frames;
	struct timestamp_clocks clocks;
	uint64_t stamp_us;            /* of the current line, if it has a stamp */
	struct event_time stamp_line; /* the last stamp on a line of its own */
	bool has_stamp_line;
	char scratch[LINE_MAX_BYTES];
};

void mem_info_feed(void *state, const uint8_t *bytes, size_t n, uint64_t now_us);
void mem_info_set(void *state, const struct decoder_options *options);
/* Whether what is fed is an answer to memprof, of which nobody hears. */
void mem_info_mute(struct mem_info *m, bool muted);
/* Ends the figures of a moment to which more lines might be added, before an event of somewhere else. False: there are
 * none. */
bool mem_info_end_moment(struct mem_info *m, struct event *ret);
int mem_info_next_event(void *state, struct event *ret, struct diag *diag);
void mem_info_finish(void *state);
void mem_info_deinit(void *state);
