/* Views turn reports into text. They read and draw; they change nothing, print nothing, and know
 * nothing of terminals but what text_style says. */
#ifndef MEMPROF_VIEW_H
#define MEMPROF_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/boots.h"
#include "memprof/analysis/error.h"
#include "memprof/analysis/hex.h"
#include "memprof/analysis/owners.h"
#include "memprof/analysis/report.h"
#include "memprof/analysis/trend.h"
#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"
#include "memprof/capture/agent_info.h"
#include "memprof/event.h"
#include "memprof/layout/layout.h"
#include "memprof/model/board.h"
#include "memprof/model/board_event.h"

/* ---- what is drawn ---- */

#define TEXT_NO_TIME "--:--:--" /* of what has no known time, in every text view */

struct input_info {
	const char *name;
	const char *format; /* the decoder's name; NULL: none was found */
	uint64_t n_bytes;
	uint64_t n_dumps;
};

struct dump_info {
	const struct heap *heap;
	uint64_t n_dump; /* 1.. */
	uint64_t line, at_us;
	const char *time;  /* "" if there is none */
	const char *label; /* NULL if there is none */
	const char *file;  /* NULL, or which of several inputs it is from */
	struct snapshot_reported reported;
};

struct sample_info {
	uint64_t line, at_us, used_bytes, free_bytes, largest_free_bytes;
};

/* Another heap of the board, at the time of a line. */
struct pool_info {
	uint64_t line, at_us;
	struct event_pool of;
};

/* ---- JSON (docs/schema) ---- */

void json_agent(struct json *j, const char *key, const struct agent_info *agent); /* null if there is none */
void json_board_event(struct json *j, const struct board_event *board_event);
void json_board(struct json *j, const char *key, const struct board_info *board);
void json_dump(struct json *j, const struct dump_info *dump, const struct report_options *options);
void json_sample(struct json *j, const struct sample_info *sample);
void json_pool(struct json *j, const struct pool_info *pool);
void json_error(struct json *j, const struct error_info *error);
/* The members of memprof.trend/1, into an object that is open. */
void json_trend(struct json *j, const struct trend_result *trend);
void json_boot(struct json *j, const struct boot_info *boot);
void json_input(struct json *j, const char *key, const struct input_info *input);

/* ---- text ---- */

enum text_role { ROLE_PLAIN, ROLE_HEAD, ROLE_FREE, ROLE_LARGEST, ROLE_WARNING, ROLE_FAINT, N_ROLES };

void text_role(struct strbuf *out, const struct text_style *style, enum text_role role);
void text_in_role(struct strbuf *out, const struct text_style *style, enum text_role role, const char *text);

/* All dumps of an input, in few words. */
struct series_info {
	uint64_t n_known; /* dumps that tell what is used */
	uint64_t first_used_bytes, last_used_bytes;
	uint64_t n_fullest_dump;
	struct pool_summary fullest; /* the one with the least free */
};

/* The report of one dump. errors: the last ones of the input, in order, n_errors_all there were. */
struct text_report {
	const struct input_info *input;
	const struct board_info *board;
	const struct dump_info *dump;
	const struct error_info *errors;
	size_t n_errors;
	uint64_t n_errors_all;
	const struct series_info *series; /* NULL, or all dumps of the input together */
	const struct trend_result *trend; /* NULL, or how they go on */
	const struct boot_info *boot;     /* then: its boot */
	const char *no_table;             /* NULL, or what to say where there is no block table */
	const struct agent_info *agent;   /* NULL, or what an agent told besides dumps */
};
void text_report(struct strbuf *out, const struct text_report *report, const struct report_options *options,
		 const struct text_style *style);

/* What of it is wrong, in sentences: how text_report begins. In a page, also what to do. */
void text_findings(struct strbuf *out, const struct text_report *report, const struct report_options *options,
		   const struct text_style *style);

/* What the board says of itself, each line after indent. */
void text_board(struct strbuf *out, const struct board_info *board, const char *indent);

/* A line or two on who told and what the collections cost; what was lost. */
void text_agent(struct strbuf *out, const struct agent_info *agent, const struct text_style *style);
/* The last things that happened of n_all, one line each; nothing if there is none. */
void text_board_events(struct strbuf *out, const struct board_event *last, size_t n, uint64_t n_all,
		       const struct text_style *style);
/* One thing that happened, in words, without a line's end. */
void text_board_event(struct strbuf *out, const struct board_event *board_event);

/* One or two sentences on why an allocation failed, with the holes if it was fragmented. */
void text_error(struct strbuf *out, const struct error_info *error, const struct text_style *style);

/* For a log without dumps: how many samples there are, and the last. */
void text_samples(struct strbuf *out, uint64_t n_samples, const struct sample_info *last);

/* A table of other heaps, as they were when each was told last. */
void text_pools(struct strbuf *out, const struct pool_info *pools, size_t n_pools, const struct text_style *style);

/* The pools of one dump, one line each, if there are several. */
void text_dump_pools(struct strbuf *out, const struct heap *heap, const struct text_style *style);

/* What can be done next depends on what a trend is of. */
enum trend_of {
	TREND_OF_LOG,
	TREND_OF_SAVED_BOARD,
	TREND_OF_BOARD, /* nothing of it was kept */
	/* The same where an agent or a program sends the dumps: --collect has no effect. */
	TREND_OF_SAVED_PROGRAM,
	TREND_OF_PROGRAM,
};
/* A trend: what it means, what to do, pictures, figures. name is that of the input. There must be at
 * least one pool. */
void text_trend(struct strbuf *out, const char *name, enum trend_of of, const struct trend_result *trend,
		const struct text_style *style);
/* Of one of its pools: what it means and what to do, in lines without colours. */
void text_trend_words(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool);
/* Two to four lines if there is a leak, or fragmentation that grows; else nothing. */
void text_trend_line(struct strbuf *out, enum trend_of of, const struct trend_result *trend,
		     const struct text_style *style);

/* The boot, if there are several, and the failure that ended it; else nothing. */
void text_boot(struct strbuf *out, const struct boot_info *boot, const struct text_style *style);

/* The block map of a pool, scaled to the style; ends with its legend. */
void text_map(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style);

/* "####" of at most columns characters for part of all; never empty unless part is 0. */
void text_bar(struct strbuf *out, uint64_t part, uint64_t all, unsigned columns, const struct text_style *style);

/* What running a program did to the heap. Figures are NOT_KNOWN where nothing told them. */
enum { RUN_MARKS_MAX = 64 };
struct run_mark {
	char label[64];         /* clean */
	struct pool_summary at; /* the sample taken for it */
};
struct run_info {
	const char *script;
	bool raised, stopped, restarted;
	bool unanswered;                      /* afterwards the board had no memory left to be asked */
	int exit_code;                        /* of a process that ended by itself; -1 */
	struct run_mark marks[RUN_MARKS_MAX]; /* the last of n_marks, as a ring */
	char exception[160];                  /* the last line of the traceback; a board's bytes; "" if none */
	uint64_t duration_us;
	uint64_t n_samples, n_marks;
	struct pool_summary before, after, collected; /* collected: after gc.collect() */
	uint64_t peak_used_bytes, lowest_lfb_bytes;   /* of the samples and of before and after */
	struct area_counts before_counts, collected_counts;
	uint32_t block_bytes;
};
void text_run(struct strbuf *out, const struct run_info *run, const struct text_style *style);
void json_run(struct json *j, const char *key, const struct run_info *run);

/* ---- the ports there are: devices ---- */

/* Texts are a device's own, not clean; NULL or "" where there is none. */
struct device_info {
	const char *path; /* "/dev/ttyACM0" */
	bool usb;
	unsigned vid, pid, interface; /* of USB */
	const char *serial, *product, *manufacturer, *by_id, *location;
	const char *name, *kind; /* what the table of USB ids says */
	char busy[64];           /* who has it open: "thonny (4711)" */
	char missing[320];       /* what is missing to open it */
	const char *speaks;      /* "repl", "program" …; NULL: nobody asked */
	struct board_info board; /* what it answered */
};
void json_devices(struct json *j, struct strbuf *out);
void json_device(struct json *j, const struct device_info *device);
void json_devices_end(struct json *j);
/* The n-th of the list, from 0. */
void text_device(struct strbuf *out, const struct device_info *device, size_t n, const struct text_style *style);

/* ---- bytes with their addresses: hex ---- */

struct hex_info {
	const char *source, *format; /* "elf", "uf2", "esp-image", "bin", "live" */
	const char *space;           /* "cpu": addresses; "flash": offsets, or where things are stored */
	const struct memory *memory; /* settled */
	const struct owners *owners; /* settled, of the same stretch */
	uint64_t start, n_bytes;     /* does not wrap */
	bool all;                    /* text: also rows that repeat the one before */
};
/* One view, in pieces, so that it may be longer than memory: all-zero is its beginning. */
struct hex_progress {
	bool begun;
	struct hex_walk walk;
	struct hex_row last; /* text: the last row shown; n_bytes 0: none */
	const char *owner;   /* text: the name shown last; NULL: none yet */
	const char *owner_what;
	uint64_t n_same; /* text: rows held back since */
	bool in_range;   /* JSON: one is open */
};
/* Appends some rows. True: there are more, call again. */
bool text_hex(struct strbuf *out, const struct hex_info *hex, struct hex_progress *at, const struct text_style *style);
bool json_hex(struct json *j, const struct hex_info *hex, struct hex_progress *at);

/* ---- a settled layout ---- */

void text_layout(struct strbuf *out, const struct layout *l, const struct text_style *style);
void json_layout(struct strbuf *out, const struct layout *l); /* memprof.layout/1 */
void markdown_layout(struct strbuf *out, const struct layout *l);
void csv_layout(struct strbuf *out, const struct layout *l); /* RFC 4180, a line for each row of the table */
/* A picture that stands alone: heights are to scale, but what would be too low to be read is made higher, and the
 * picture says so. */
void svg_layout(struct strbuf *out, const struct layout *l);
void html_layout(struct strbuf *out, const struct layout *l); /* the picture, and the table */

/* ---- pictures that stand alone ---- */

/* The heap map of a dump, of all pools: below 300 kB, however large they are. name is that of the input. */
void svg_heap(struct strbuf *out, const char *name, const struct dump_info *dump, const struct report_options *options);
/* Used, free and largest free over time, the slope after collections, and what text_trend says of it. There must be at
 * least one pool. */
void svg_trend(struct strbuf *out, const char *name, const struct trend_result *trend);

/* ---- one line per snapshot: attach ---- */

enum { TICKER_SAMPLES = 16 };
struct ticker {
	uint64_t used[TICKER_SAMPLES];
	size_t n;
	uint64_t last_used_bytes;
	uint64_t n_lines;
	bool reports_gc;     /* an agent does: a column for the time that collections take */
	uint64_t gc_us;      /* their time since the line before */
	uint64_t last_at_us; /* of that */
};
void text_ticker_head(struct strbuf *out, const struct ticker *ticker, const struct text_style *style);
void text_ticker_line(struct strbuf *out, struct ticker *ticker, const struct pool_summary *now, uint64_t at_us,
		      const struct text_style *style);
/* Another pool of the same snapshot, in the same columns. */
void text_ticker_pool(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style);
/* A line between them: "-- the board was reset". */
void text_ticker_board(struct strbuf *out, const struct board_info *board, const struct text_style *style);
void text_ticker_note(struct strbuf *out, const char *text, const struct text_style *style);

#endif
