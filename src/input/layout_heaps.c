#include "memprof/input/layout_heaps.h"

#include <string.h>

#include "live.h"
#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/input/log_reader.h"
#include "memprof/live/board_poll.h"
#include "memprof/live/session.h"

enum { TRIES = 3 };

void layout_heaps_init(struct layout_heaps *h)
{
	*h = (struct layout_heaps){ 0 };
	heap_init(&h->heap);
}

void layout_heaps_deinit(struct layout_heaps *h) { heap_deinit(&h->heap); }

/* ---- what comes ---- */

int layout_heaps_keep(struct layout_heaps *h, struct moment *moment)
{
	bool whole = moment->heap->problem == HEAP_WHOLE;

	if (h->whole && !whole)
		return 0;
	h->any = true;
	h->whole = whole;
	return moment_take_heap(moment, &h->heap);
}

void layout_heaps_keep_pool(struct layout_heaps *h, const struct event_pool *pool)
{
	size_t i = 0;

	while (i < h->n_pools && strcmp(h->pools[i].name, pool->name) != 0)
		i++;
	if (i == LAYOUT_HEAPS_POOLS_MAX)
		return;
	h->pools[i] = *pool;
	h->n_pools = MAX(h->n_pools, i + 1);
}

static int on_event(void *of, struct event *event)
{
	struct layout_heaps *h = of;

	if (event->kind == EVENT_SNAPSHOT) {
		layout_heaps_keep(h, &(struct moment){ .heap = event->snapshot.heap });
	} else if (event->kind == EVENT_POOL) {
		layout_heaps_keep_pool(h, &event->pool);
	} else if (event->kind == EVENT_SAMPLE) {
		h->sample = *event;
		h->has_sample = true;
	}
	return 0;
}

static void on_live_event(void *of, struct event *event) { on_event(of, event); }

/* ---- a saved log ---- */

int layout_heaps_read(struct layout_heaps *h, const char *name)
{
	struct reading r = { .command = "layout", .name = name, .on_event = on_event, .of = h };
	struct diag diag = { 0 };
	int error = reading_run(&r, &diag);

	if (error < 0) {
		if (!diag.at.file)
			diag.at.file = name;
		message_diag(&diag);
		return EXIT_INPUT;
	}
	if (!h->any && h->n_pools == 0) {
		reading_say_no_dump(&r);
		return EXIT_INPUT;
	}
	if (!h->any || h->whole)
		return EXIT_FINE;
	message_at((struct place){ .file = name, .line = h->heap.problem_line }, "warning",
		   "no dump in it is whole: %s", heap_problem_text(h->heap.problem));
	return EXIT_INPUT;
}

/* ---- a board ---- */

static enum session_outcome ask(struct layout_heaps *h, struct board_poll *poll)
{
	uint64_t before_bytes = board_poll_used(poll);
	enum session_outcome outcome = board_poll_take(poll);

	if (outcome == SESSION_DONE || outcome == SESSION_RAISED)
		outcome = board_poll_survey(poll, &h->board);
	if (outcome == SESSION_DONE)
		board_poll_report_garbage(poll, "memprof's own commands left", before_bytes, board_poll_used(poll));
	return outcome;
}

static int report_outcome(struct session *s, enum session_outcome outcome)
{
	if (outcome == SESSION_DONE || outcome == SESSION_STOPPED)
		return EXIT_FINE;
	if (outcome == SESSION_GONE)
		session_report_gone(s);
	else if (outcome == SESSION_RAISED)
		session_report_raised(s);
	else if (outcome == SESSION_RESTARTED)
		session_notice(s, "error", "it is reset again and again");
	return EXIT_DEVICE; /* LISTENING: reported when no prompt was found */
}

int layout_heaps_ask(struct layout_heaps *h, const struct options *options, const char *source)
{
	const struct session_handler handler = { .on_event = on_live_event, .ctx = h };
	struct session_config config;
	enum session_outcome outcome;
	struct session *s;
	int code = live_config(options, source, &config);

	config.protocol = SESSION_REPL;
	config.needs_prompt = true;
	if (code != EXIT_FINE || !live_open(&config, &handler, &s, &outcome, &code))
		return code;
	struct board_poll poll = { .session = s, .on_event = on_live_event, .ctx = h };
	for (unsigned n_tries = 0; outcome == SESSION_READY && n_tries < TRIES; n_tries++) {
		outcome = ask(h, &poll);
		if (outcome == SESSION_RESTARTED)
			outcome = session_find(s);
	}
	code = report_outcome(s, outcome);
	session_close(s);
	return code;
}

/* ---- both ---- */

void layout_heaps_claim(const struct layout_heaps *h, struct layout *l, const char *from)
{
	if (h->any)
		layout_heap(l, &h->heap, from);
	for (size_t i = 0; i < h->n_pools; i++)
		layout_pool(l, &h->pools[i], from);
}
