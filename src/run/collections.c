/* The hook of collections: puts it in, makes snapshots of what it prints, and removes it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/io/random.h"
#include "memprof/model/blocks.h"
#include "memprof/protocol/mem_info_text.h"
#include "memprof/protocol/timer_hook.h"
#include "private.h"

/* A program shall not be slowed; of a test, frames are wanted more. */
enum {
	REST = 7,
	REST_OF_TESTS = 4,
	SHARE_PERCENT = 15,
	STEP_PART = 64, /* of the heap */
	STEP_LEAST_BYTES = 2048,
	HOOK_WORDS = 1700, /* it takes about so many, … */
	HOOK_PART = 4,     /* … which is at most one in so many of what is free */
};

/* The room for the prompt is ours, and neither the program's nor free. */
static void clear_room(const struct collections *c, const struct gc_areas *areas, uint8_t *kinds)
{
	for (size_t k = 0; k < areas->n_areas; kinds += areas->areas[k++].n_blocks) {
		const struct gc_area *area = &areas->areas[k];
		uint64_t i = (c->room_address - area->pool) / area->block_bytes;
		uint64_t end = i + (c->room_bytes + area->block_bytes - 1) / area->block_bytes;
		if (c->room_address >= area->pool && end <= area->n_blocks && kinds[i] == BLOCK_HEAD &&
		    blocks_run_end(kinds, (uint32_t)i + 1, area->n_blocks, BLOCK_TAIL) == end)
			memset(kinds + i, BLOCK_UNKNOWN, end - i);
	}
}

/* The heap with these kinds of blocks, of all areas. False: out of memory. */
static bool fill(struct collections *c, const struct gc_areas *areas, const uint8_t *kinds)
{
	struct heap_pool *pool;

	if (gc_areas_fill(areas, kinds, &c->heap, &pool) < 0)
		return false;
	if (c->most_bytes != NOT_KNOWN)
		pool->reported.max_new_split_bytes = c->most_bytes - MIN(c->most_bytes, areas->total_bytes);
	heap_seal(&c->heap);
	return true;
}

/* A recording is read again, so it holds text. No letter says what the room is: there it is free. */
static void save(struct program *p, const struct gc_areas *areas)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct collections *c = &p->collections;
	size_t n = 0;

	for (size_t k = 0; k < areas->n_areas; k++)
		n += areas->areas[k].n_blocks;
	uint8_t *kinds = malloc(n + 1);
	for (size_t i = 0; kinds && i < n; i++)
		kinds[i] = c->after[i] == BLOCK_UNKNOWN ? BLOCK_FREE : c->after[i];
	bool is_filled = kinds && fill(c, areas, kinds);
	free(kinds);
	if (!is_filled)
		return;
	strbuf_printf(&text, "%c%s\n", COLLECTION_BEGIN, mem_info_collected);
	mem_info_text(&text, &c->heap);
	strbuf_putc(&text, COLLECTION_END);
	if (!strbuf_error(&text))
		session_save_text(p->session, strbuf_text(&text), text.n_bytes);
}

void collections_hand_on(struct program *p, const struct gc_areas *areas, uint64_t n_collections, uint64_t n_since)
{
	struct collections *c = &p->collections;
	struct event event = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };
	struct pool_state summary;

	clear_room(c, areas, c->before);
	if (!fill(c, areas, c->before))
		return;
	summary = pool_state_counted(&c->heap.pools[0]); /* as full as it was; for any allocation it collects */
	summary.lfb_bytes = NOT_KNOWN;
	program_note(p, &summary);
	clear_room(c, areas, c->after);
	if (p->records)
		save(p, areas);
	if (!fill(c, areas, c->after))
		return;
	c->heap.pools[0].collected_after_bytes = n_since *
						 (summary.used_bytes - MIN(summary.used_bytes, c->left_bytes));
	c->left_bytes = pool_state_counted(&c->heap.pools[0]).used_bytes;
	event.snapshot.heap = &c->heap;
	event.snapshot.collected = true;
	event.snapshot.reported.format = "block-table";
	event.snapshot.reported.n_collections = n_collections;
	program_event(p, &event);
}

bool collections_take_tables(struct program *p, const char *note_at_end)
{
	struct collections *c = &p->collections;
	int r = collection_frame_tables(&c->hook, &c->filter.frame, c->filter.tables, c->before, c->after);

	if (r == -E2BIG && p->is_running)
		session_notice(p->session, "note", "%s: the heap has grown too large, or stayed full for too long",
			       note_at_end);
	for (struct run_row *row = p->rows; row < p->rows + p->n_rows; row++)
		if (row->hook->tables && (r == 0 || r == -E2BIG))
			row->hook->tables(p, row, r == 0);
	if (r == 0 && p->is_running) {
		uint64_t n = c->filter.frame.n_collections;
		collections_hand_on(p, &c->filter.frame.areas, n, n - c->n_before);
		c->n_before = n;
	}
	return r != -EINVAL;
}

static bool on_frame(void *ctx) { return collections_take_tables(ctx, "further collections are not shown"); }

void collections_free(struct collections *c)
{
	free(c->filter.tables);
	free(c->before);
	free(c->after);
}

static bool make_room(struct collections *c)
{
	collections_free(c);
	c->filter = (struct collection_filter){ .hook = &c->hook, .tables = malloc(collection_filter_room(&c->hook)) };
	c->before = malloc(4 * c->hook.bytes_max);
	c->after = malloc(4 * c->hook.bytes_max);
	return c->filter.tables && c->before && c->after;
}

/* Why it has raised. */
static void explain(const struct program *p, bool is_time, struct diag *diag)
{
	size_t n;
	const char *exception = session_exception(p->session, &n);

	if (session_raised(p->session, "OSError"))
		diag_set(diag, -ENOTSUP, "other threads would run there while memory is sent");
	else if (is_time && session_raised(p->session, "ImportError"))
		diag_set(diag, -ENOTSUP, "its firmware has no machine.Timer; a debug probe needs none: gdb:HOST:PORT");
	else
		diag_set(diag, -ENOTSUP, "it answered: %.*s", (int)n, exception);
}

enum session_outcome collections_begin(struct program *p, struct run_row *row, const struct program_areas *areas,
				       bool is_timer, bool (*take_frame)(void *ctx), void *ctx, struct diag *diag)
{
	struct collections *c = &p->collections;

	c->hook.layout = areas->layout;
	c->hook.n_crs = areas->n_crs;
	c->hook.token = random_number();
	c->most_bytes = areas->growth_bytes == NOT_KNOWN ? NOT_KNOWN : areas->areas.total_bytes + areas->growth_bytes;
	const char *lacks = is_timer ? NULL : collection_hook_lacks(&c->hook, &areas->areas);
	if (!is_timer && p->free_bytes < (uint64_t)HOOK_PART * HOOK_WORDS * areas->layout.word_bytes)
		lacks = "too little of its heap is free for that";
	if (!lacks && !make_room(c))
		lacks = "out of memory";
	if (lacks) {
		diag_set(diag, -ENOTSUP, "%s", lacks);
		return SESSION_RAISED;
	}
	strbuf_reset(&p->sent);
	(is_timer ? timer_hook_code : collection_hook_code)(&p->sent, &c->hook);
	session_filter(p->session, &c->filter, take_frame, ctx); /* it may collect at once */
	row->is_in = true;
	enum session_outcome outcome = session_question(p->session, strbuf_text(&p->sent));
	if (outcome == SESSION_RAISED) {
		explain(p, is_timer, diag);
		session_filter(p->session, NULL, NULL, NULL);
	}
	return outcome;
}

void collections_take_room(struct program *p)
{
	struct collections *c = &p->collections;

	if (c->hook.room_words == 0)
		return;
	c->room_address = session_number(p->session, "print(__memprof(" COLLECTION_HOOK_ROOM "))");
	if (c->room_address != NOT_KNOWN && c->room_address > 0)
		c->room_bytes = (uint64_t)c->hook.room_words * c->hook.layout.word_bytes;
}

bool collections_remove(struct program *p, struct run_row *row)
{
	bool is_gone = sampler_remove(p, row, collection_hook_end_code);

	if (is_gone) /* no frame will come; memory that is read may hold old ones */
		session_filter(p->session, NULL, NULL, NULL);
	return is_gone;
}

/* ---- of a program that is followed ---- */

static bool is_wanted(const struct program_options *o)
{
	return !o->no_samples && !o->first_alloc && !o->imports && (!o->sites || o->finds_leaks);
}

bool collections_step(const struct program_options *o)
{
	return is_wanted(o) && !o->no_collect && !o->tests; /* which count what they collect themselves */
}

/* As gc.threshold() returns it. */
uint64_t collections_step_bytes(const struct program_areas *areas)
{
	uint64_t n = MAX(areas->areas.total_bytes / STEP_PART, (uint64_t)STEP_LEAST_BYTES);

	return n - n % areas->layout.block_bytes;
}

static bool steps(const struct program *p, const struct run_row *row)
{
	return row->is_on && p->collections.hook.step_bytes > 0;
}

static bool put_in(struct program *p, struct run_row *row)
{
	struct collections *c = &p->collections;
	struct program_areas found;

	if (c->on || program_areas_find(p, &found, NULL, &c->why) != SESSION_DONE)
		return true;
	c->hook = (struct collection_hook){ .bytes_max = collection_bytes_max(found.bytes_per_s),
					    .rest = p->options->tests ? REST_OF_TESTS : REST };
	if (collections_step(p->options)) {
		c->hook.step_bytes = collections_step_bytes(&found);
		c->hook.step_max_bytes = found.areas.total_bytes;
		c->hook.share_percent = SHARE_PERCENT;
		c->hook.room_words = program_room_words(found.areas.total_bytes, found.layout.word_bytes,
							COLLECTIONS_ROOM_PART);
	}
	c->on = row->is_on = collections_begin(p, row, &found, false, on_frame, p, &c->why) == SESSION_DONE;
	/* What it was made with is still on the stack, and would be taken for what is there before. */
	if (steps(p, row))
		session_question(p->session, "__memprof(" COLLECTION_HOOK_STEPS ")\n");
	return true;
}

static void add_step(struct program *p, struct run_row *row, struct strbuf *code)
{
	if (steps(p, row))
		hook_add_calls(code, "__memprof(" COLLECTION_HOOK_STEPS ")", NULL);
}

static void take_room(struct program *p, struct run_row *row)
{
	if (steps(p, row))
		collections_take_room(p);
}

/* No frames from here on, also of a program that raised, and room for what is sent: after a line that raised
 * MemoryError the prompt runs what is scheduled, which gives it back. */
static void end_frames(struct program *p, struct run_row *row)
{
	if (row->is_on)
		p->result->info.sampling_us = p->collections.filter.spent_us;
	for (unsigned i = 0; i < COLLECTIONS_END_TRIES && steps(p, row); i++) {
		if (session_question(p->session, "__memprof(" COLLECTION_HOOK_NONE ")\n") != SESSION_RAISED ||
		    !session_raised(p->session, "MemoryError"))
			return;
	}
}

const struct run_hook hook_collections = {
	.name = "the hook of garbage collections",
	.by_hand = "del __memprof",
	.is_wanted = is_wanted,
	.begin = put_in,
	.starts = take_room,
	.code = add_step,
	.ended = end_frames,
	.frame_begins = program_statistics_begins,
	.frame_max_bytes = STATISTICS_FRAME_MAX_BYTES,
	.frame = program_statistics_frame,
	.remove = collections_remove,
};
