/* attach: what comes from the board, as lines or as documents. */
#include <string.h>

#include "attach/private.h"
#include "memprof/base/number.h"
#include "memprof/wire.h"

/* The other pools of a snapshot, if they are not as they were. */
static void others_as_text(struct attach *a, const struct heap *heap)
{
	for (uint32_t i = 1; i < heap->n_pools; i++) {
		const struct heap_reported *said = &heap->pools[i].reported;
		bool same = said->used_bytes == a->pools[i].used_bytes && said->free_bytes == a->pools[i].free_bytes;
		if (same && a->n_seen > 0)
			continue;
		a->pools[i].used_bytes = said->used_bytes;
		a->pools[i].free_bytes = said->free_bytes;
		text_ticker_pool(&a->out.text, &heap->pools[i], &a->out.style);
	}
}

static void as_text(struct attach *a, const struct pool_summary *summary, uint64_t at_us)
{
	if (a->n_seen == 0 || a->ticker.tells_gc != a->head_tells_gc)
		text_ticker_head(&a->out.text, &a->ticker, &a->out.style);
	a->head_tells_gc = a->ticker.tells_gc;
	text_ticker_line(&a->out.text, &a->ticker, summary, at_us, &a->out.style);
}

/* What happens between two snapshots: collections go into a column, the rest is a line each. */
static void on_board_event(struct attach *a, const struct event *event)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct board_event board_event;

	agent_info_add(&a->agent, event);
	if (event->kind == EVENT_HELLO)
		a->ticker.tells_gc |= (event->hello.abilities & WIRE_CAN_TELL_GC) != 0;
	if (event->kind == EVENT_GC && event->gc.duration_us != NOT_KNOWN)
		a->ticker.gc_us += event->gc.duration_us;
	bool why = a->failed && event->kind == EVENT_GC; /* of a second try that succeeds */
	a->failed = event->kind == EVENT_FAILED || (a->failed && event->kind == EVENT_GC);
	if (!board_event_of(event, &board_event))
		return;
	if (a->out.format == OUTPUT_JSON) {
		if (a->n_board_events == ATTACH_BOARD_EVENTS)
			memmove(a->board_events, a->board_events + 1, --a->n_board_events * sizeof(a->board_events[0]));
		a->board_events[a->n_board_events++] = board_event;
	} else if (attach_prints(a) && event->kind != EVENT_RESET && (event->kind != EVENT_GC || why)) {
		/* attach_reset has words of its own */
		text_board_event(&line, &board_event);
		text_ticker_note(&a->out.text, strbuf_text(&line), &a->out.style);
		output_flush(&a->out);
	}
}

/* A document of its own, on one line. */
static void as_json(struct attach *a, struct event *event)
{
	struct collector c = { .out = &a->out, .options = a->options, .compact = true, .n_dumps = a->n_seen };

	if (collector_begin(&c) == 0) {
		c.board = a->board;
		c.history = &a->boots.now.trend;
		c.n_resets = a->n_resets;
		for (size_t i = 0; i < a->n_board_events; i++)
			collector_board_event(&c, &a->board_events[i]);
		a->n_board_events = 0;
		collector_event(&c, event);
		c.agent = a->agent; /* of all documents, with this snapshot in it */
		struct input_info input = { a->source, collector_format(&c), NOT_KNOWN, 1 };
		collector_end(&c, &input, 1);
	}
	collector_deinit(&c);
}

/* Half a dump: the board went away, or was reset, in the middle of it. No figure of it is shown. */
static void on_cut(struct attach *a)
{
	if (!attach_prints(a))
		return;
	text_ticker_note(&a->out.text, "a dump that is not whole", &a->out.style);
	output_flush(&a->out);
}

static void show(struct attach *a, struct event *event, const struct pool_summary *summary)
{
	if (a->out.format == OUTPUT_JSON)
		as_json(a, event);
	else
		as_text(a, summary, event->at_us - a->first_us);
	if (a->out.format == OUTPUT_TEXT && event->kind == EVENT_SNAPSHOT)
		others_as_text(a, event->snapshot.heap);
	output_flush(&a->out);
}

void attach_event(void *of, struct event *event)
{
	struct attach *a = of;
	struct pool_summary summary = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, 0, -1 };

	if (a->n_wanted && a->n_seen == a->n_wanted)
		return;
	on_board_event(a, event);
	if (event->kind == EVENT_SNAPSHOT && event->snapshot.heap->problem != HEAP_WHOLE) {
		on_cut(a);
		attach_screen_event(a, event);
		return;
	}
	if (event->kind == EVENT_SNAPSHOT && a->screen) {
		boots_add_heap(&a->boots, event->snapshot.heap, event->at_us, a->collected);
	} else if (event->kind == EVENT_SNAPSHOT) {
		report_summary(&event->snapshot.heap->pools[0], &summary);
		boots_add_heap(&a->boots, event->snapshot.heap, event->at_us, a->collected);
	} else if (event->kind == EVENT_SAMPLE) {
		summary.used_bytes = event->sample.used_bytes;
		summary.free_bytes = event->sample.free_bytes;
		summary.lfb_bytes = event->sample.largest_free_bytes;
		boots_add_sample(&a->boots, event, event->at_us, a->collected);
	} else {
		attach_screen_event(a, event);
		return;
	}
	if (a->first_us == NOT_KNOWN)
		a->first_us = event->at_us;
	if (a->screen)
		attach_screen_event(a, event);
	else
		show(a, event, &summary);
	a->n_seen++;
}

void attach_say_trend(struct attach *a, bool all)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	enum trend_of of = a->saves ? TREND_OF_SAVED_BOARD : TREND_OF_BOARD;
	struct trend_result result;
	struct boot_info boot;

	if (a->out.format != OUTPUT_TEXT || boots_n_samples(&a->boots) == 0 ||
	    boots_work_out(&a->boots, &result, &boot) < 0)
		return;
	if (all)
		text_trend(&text, a->source, of, &result, &a->out.style);
	else
		text_trend_line(&text, of, &result, &a->out.style);
	if (text.n_bytes > 0)
		text_boot(&text, &boot, &a->out.style);
	trend_result_deinit(&result);
	if (text.n_bytes > 0)
		strbuf_printf(&a->out.text, "\n%s", strbuf_text(&text));
	output_flush(&a->out);
}
