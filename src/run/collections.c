/* The hook of collections: puts it in, makes snapshots of what it prints, and takes it away. */
#include <errno.h>
#include <stdlib.h>

#include "memprof/base/number.h"
#include "memprof/io/random.h"
#include "memprof/protocol/mem_info_text.h"
#include "memprof/protocol/timer_hook.h"
#include "private.h"

/* A program shall not be slowed; of a test, frames are wanted more. */
enum { REST = 32, REST_OF_TESTS = 4 };
enum { ROOM_PART = 16 }; /* of the heap, at most, is room for the prompt */

/* The heap with these kinds of blocks, of all areas. False: out of memory. */
static bool fill(struct collections *c, const uint8_t *kinds)
{
	const struct gc_areas *areas = &c->filter.frame.areas;
	struct heap_pool *pool;

	if (gc_areas_fill(areas, kinds, &c->heap, &pool) < 0)
		return false;
	if (c->most_bytes != NOT_KNOWN)
		pool->reported.max_new_split_bytes = c->most_bytes - MIN(c->most_bytes, areas->total_bytes);
	heap_seal(&c->heap);
	return true;
}

/* A recording is read again, so it holds text. */
static void save(struct program *p)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&text, "%c%s\n", COLLECTION_BEGIN, mem_info_collected);
	mem_info_text(&text, &p->collections.heap);
	strbuf_putc(&text, COLLECTION_END);
	if (!strbuf_error(&text))
		session_save_text(p->session, strbuf_text(&text), text.n_bytes);
}

static void hand_on(struct program *p)
{
	struct collections *c = &p->collections;
	struct event event = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };
	struct pool_summary summary;

	if (!fill(c, c->before))
		return;
	report_summary(&c->heap.pools[0], &summary); /* as full as it was; for any allocation it collects */
	summary.lfb_bytes = NOT_KNOWN;
	program_note(p, &summary);
	if (!fill(c, c->after))
		return;
	if (p->records)
		save(p);
	event.snapshot.heap = &c->heap;
	event.snapshot.collected = true;
	event.snapshot.reported.format = "block-table";
	event.snapshot.reported.n_collections = c->filter.frame.n_collections;
	program_event(p, &event);
}

static bool on_frame(void *ctx)
{
	struct program *p = ctx;
	struct collections *c = &p->collections;

	if (c->filter.frame.asks) {
		program_sites_sample(p);
		return true;
	}
	int r = collection_frame_tables(&c->hook, &c->filter.frame, c->filter.tables, c->before, c->after);

	if (r == -E2BIG)
		program_tests_blind(p);
	if (r == -E2BIG && p->is_running)
		session_notice(p->session, "note", "%s: the heap has grown too large, or stayed full for too long",
			       p->options->sites ? "samples end here" : "further collections are not shown");
	if (r == 0)
		program_tests_seen(p);
	if (r == 0 && p->is_running)
		hand_on(p);
	return r != -EINVAL;
}

static bool make_room(struct collections *c)
{
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

bool program_collections_begin(struct program *p, struct diag *diag)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct collections *c = &p->collections;
	struct program_areas found;

	if (program_areas_find(p, &found, diag) != SESSION_DONE)
		return false;
	const struct sites *sites = p->options->sites;
	bool is_time = sites && sites->unit == SITES_TIME;
	c->hook = (struct collection_hook){
		.layout = found.layout,
		.bytes_max = collection_bytes_max(found.bytes_per_s),
		.n_crs = found.n_crs,
		.token = random_number(),
		.rest = p->options->tests ? REST_OF_TESTS : REST,
		.asks = sites != NULL,
		.room_words = sites && !is_time ?
				      program_room_words(found.total_bytes, found.layout.word_bytes, ROOM_PART) :
				      0,
		.step_bytes = sites && !is_time ? sites->step_bytes : 0,
		.step_us = is_time ? sites->step_bytes : 0
	};
	c->most_bytes = found.growth_bytes == NOT_KNOWN ? NOT_KNOWN : found.total_bytes + found.growth_bytes;
	if (c->hook.asks)
		c->hook.bytes_max = COLLECTION_BYTES_MAX;
	const char *why = is_time ? NULL : collection_hook_lacks(&c->hook, &found.areas);
	if (!why && !make_room(c))
		why = "out of memory";
	if (why) {
		diag_set(diag, -ENOTSUP, "%s", why);
		return false;
	}
	(is_time ? timer_hook_code : collection_hook_code)(&code, &c->hook);
	session_filter(p->session, &c->filter, on_frame, p); /* it may collect at once */
	c->is_there = true;                                  /* perhaps */
	enum session_outcome outcome = session_question(p->session, strbuf_text(&code));
	c->on = outcome == SESSION_DONE && program_sites_hooked(p, &found, diag);
	if (outcome == SESSION_RAISED)
		explain(p, is_time, diag);
	return c->on;
}

void program_collections_end(struct program *p, const char *code)
{
	if (!p->collections.is_there || p->result->info.restarted)
		return;
	bool soon = p->result->cut_by_us || !p->result->ran;
	enum session_outcome outcome = (soon ? session_tidy_soon : session_tidy)(p->session, code);
	if (outcome == SESSION_DONE) /* no frame will come; memory that is read may hold old ones */
		session_filter(p->session, NULL, NULL, NULL);
}

void program_collections_deinit(struct program *p)
{
	heap_deinit(&p->collections.heap);
	free(p->collections.filter.tables);
	free(p->collections.before);
	free(p->collections.after);
}
