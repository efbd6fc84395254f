/* Views of dumps and of what belongs to them: board, errors, events, other pools. Other subjects have a header each.
 * Views append to a string; they change and print nothing, and text_style is all they know of a terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/error.h"
#include "memprof/analysis/pools.h"
#include "memprof/analysis/report.h"
#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"
#include "memprof/capture/agent_info.h"
#include "memprof/event.h"
#include "memprof/model/board.h"
#include "memprof/model/board_event.h"
#include "memprof/viewers/document.h"

/* ---- what is drawn ---- */

#define TEXT_NO_TIME "--:--:--" /* of what has no known time, in every text view */

/* Names of symbols in the text; JSON and HTML have them whole. */
enum symbol_names {
	NAMES_SHORT,   /* as people write them, cut in the middle where they are too long */
	NAMES_FULL,    /* … whole */
	NAMES_LINKAGE, /* as the linker has them */
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

/* ---- JSON (docs/schema) ---- */

void json_agent(struct json *j, const char *key, const struct agent_info *agent); /* null if there is none */
void json_board_event(struct json *j, const struct board_event *board_event);
void json_board_event_details(struct json *j, const struct board_event *board_event); /* all but its kind and time */
void json_board(struct json *j, const char *key, const struct board_info *board);
void json_dump(struct json *j, const struct dump_info *dump, const struct report_options *options);
void json_sample(struct json *j, const struct moment *sample);
void json_pool(struct json *j, const struct pool_moment *pool);
void json_error(struct json *j, const struct error_info *error);
void json_input(struct json *j, const char *key, const struct input_info *input);

/* ---- text ---- */

void text_role(struct strbuf *out, const struct text_style *style, enum text_role role);
void text_in_role(struct strbuf *out, const struct text_style *style, enum text_role role, const char *text);

/* One thing that happened, in words, without a line's end. style: how its numbers are written; NULL: without options
 * and groups. */
void text_board_event(struct strbuf *out, const struct board_event *board_event, const struct text_style *style);
/* The same for a row that has its kind already. */
void text_board_event_row(struct strbuf *out, const struct board_event *board_event, const struct text_style *style);

/* "pool pictures: 10 480 of 262 144 B used, 23 of 110 allocations failed" */
void text_pool_line(struct strbuf *out, const struct heap_pool *pool);
/* The pools of one dump, a row each, if there are several. */
void document_pools(struct document *d, const struct heap *heap);

/* What was requested of a pool since the snapshot before, where the firmware counts it, without its name and a line's
 * end (style: as of text_board_event). */
void text_pool_allocations(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style);

/* The block map of a pool, scaled to the style; ends with its legend. */
void text_map(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style);

/* ---- pictures that stand alone ---- */

/* The heap map of a dump, of all pools: below 300 kB, however large they are. name is that of the input. */
void svg_heap(struct strbuf *out, const char *name, const struct dump_info *dump, const struct report_options *options);
