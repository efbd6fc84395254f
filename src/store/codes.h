/* What boards, events and heaps are in a recording, as bytes that their fields describe. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/fields.h"
#include "memprof/base/strbuf.h"
#include "memprof/event.h"
#include "memprof/model/board.h"

/* ---- what a board reports of itself ---- */

void board_code_put(struct strbuf *out, const struct board_info *board);
/* False: no such bytes. */
bool board_code_get(const uint8_t *bytes, size_t n_bytes, struct board_info *ret);

/* ---- a heap with all its blocks ---- */

void heap_code_put(struct strbuf *out, const struct heap *heap);
/* Into a heap, which is reset first and sealed. 0; -EBADMSG: no such bytes; -ENOMEM. */
int heap_code_get(struct field_bytes in, struct heap *heap);

/* ---- events, and text between them ---- */

/* A snapshot's own figures, for when its block tables are not there. */
struct figures_code {
	const struct heap_pool *pools; /* as pools without blocks */
	uint32_t n_pools;
	bool has_table; /* its heap is among those of the batch */
};

/* figures: of a snapshot, else NULL. */
void event_code_put(struct strbuf *out, const struct event *event, const struct figures_code *figures);
void event_code_put_text(struct strbuf *out, const char *bytes, size_t n_bytes);

/* What is next in a batch. Texts are borrowed from it. */
struct event_code {
	struct event event;
	bool is_text; /* in place of an event */
	struct event_text text;
	bool has_table;             /* of a snapshot */
	struct field_bytes figures; /* for event_code_figures */
};
/* 0; -EBADMSG: no event is like that. in must not be empty. */
int event_code_get(struct field_bytes *in, struct event_code *ret);
/* A snapshot, or figures alone. */
bool event_code_is_sample(const struct event_code *code);
/* Into a heap, which is reset first and sealed: pools without blocks. As heap_code_get. */
int event_code_figures(const struct event_code *code, struct heap *heap);

/* The kind of a name; NULL: there is none. Its members, without a name behind the last one, and the place of its text
 * in struct event; -1: it has none. */
enum { EVENT_MEMBERS_MAX = 14 };
struct event_kind_code {
	const char *name; /* as in the JSON of memprof, where it has it */
	enum event_kind kind;
	ptrdiff_t text;
	struct field members[EVENT_MEMBERS_MAX];
};
const struct event_kind_code *event_code_named(const char *name);
size_t event_code_n_members(const struct event_kind_code *kind);
/* Of a snapshot, but for its heap: its members, then its format. */
bool event_code_get_snapshot(struct field_bytes *in, struct event *ret);
