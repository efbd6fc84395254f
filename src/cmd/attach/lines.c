/* attach: what comes from the board, as lines or as documents. */
#include <errno.h>
#include <string.h>

#include "attach/private.h"
#include "memprof/base/number.h"
#include "memprof/viewers/trend_view.h"
#include "memprof/wire.h"

/* ---- lines ---- */

static void print_note(struct attach *a, const char *words)
{
	text_ticker_note(&a->out.text, words, &a->out.style);
	output_flush(&a->out);
}

/* The other pools of a snapshot, if they changed, and what was requested of them. */
static void print_other_pools(struct attach *a, const struct heap *heap)
{
	for (uint32_t i = 1; i < heap->n_pools; i++) {
		const struct heap_reported *now = &heap->pools[i].reported;
		bool same = now->used_bytes == a->pools[i].used_bytes && now->free_bytes == a->pools[i].free_bytes;
		if (!same || n_seen(a) == 0)
			text_ticker_pool(&a->out.text, &heap->pools[i], &a->out.style);
		a->pools[i].used_bytes = now->used_bytes;
		a->pools[i].free_bytes = now->free_bytes;
		text_ticker_allocations(&a->out.text, &heap->pools[i], &a->out.style);
	}
}

/* The tasks whose stacks were used more than ever before. */
static void print_tasks(struct attach *a, const struct heap *heap)
{
	for (uint32_t i = 0; i < heap->n_tasks; i++) {
		const struct heap_task *task = &heap->tasks[i];
		bool same = task->least_free_bytes == a->tasks[i].least_free_bytes &&
			    strcmp(task->name, a->tasks[i].name) == 0;
		if ((same && n_seen(a) > 0) || task->least_free_bytes == NOT_KNOWN)
			continue;
		a->tasks[i].least_free_bytes = task->least_free_bytes;
		strcpy(a->tasks[i].name, task->name);
		text_ticker_task(&a->out.text, task, &a->out.style);
	}
}

static void print_moment(struct attach *a, const struct moment *m)
{
	struct pool_state state = m->state;
	bool has_column = agent_of(a)->greeted && (agent_of(a)->hello.abilities & WIRE_REPORTS_GC) != 0;

	state.fragmentation = -1; /* what is found by allocating is the least */
	if (m->kind == MOMENT_SNAPSHOT)
		state = pool_state_counted(&m->heap->pools[0]);
	a->ticker.damaged = m->kind == MOMENT_SNAPSHOT && m->heap->pools[0].damaged;
	a->ticker.reports_gc |= has_column;
	if (n_seen(a) == 0 || a->ticker.reports_gc != a->head_reports_gc)
		text_ticker_head(&a->out.text, &a->ticker, &a->out.style);
	a->head_reports_gc = a->ticker.reports_gc;
	a->ticker.board_us = m->kind == MOMENT_SNAPSHOT ? m->reported.board_us : NOT_KNOWN;
	text_ticker_line(&a->out.text, &a->ticker, &state, m->at_us - a->first_us, &a->out.style);
	if (m->kind == MOMENT_SNAPSHOT) {
		text_ticker_allocations(&a->out.text, &m->heap->pools[0], &a->out.style);
		print_other_pools(a, m->heap);
		print_tasks(a, m->heap);
	}
}

/* Collections go into a column, but for one that a failed allocation made; the rest is a line each. */
static void print_board_event(struct attach *a, const struct board_event *event)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool is_gc = event->kind == BOARD_EVENT_GC;
	bool is_why = a->failed && is_gc;

	if (is_gc && event->duration_us != NOT_KNOWN)
		a->ticker.gc_us += event->duration_us;
	a->failed = event->kind == BOARD_EVENT_FAILED || is_why;
	if (is_gc && !is_why)
		return;
	text_board_event(&line, event, &a->out.style);
	print_note(a, strbuf_text(&line));
}

/* ---- documents ---- */

/* Nothing of it is printed before it ends. */
static struct document *open_document(struct attach *a)
{
	if (!a->document.capture) {
		a->document = (struct document){
			.out = &a->out,
			.options = a->options,
			.compact = true,
			.boots = &a->boots,
			.n_resets = &a->n_resets,
		};
		document_begin_part(&a->document, a->feed.capture);
	}
	return &a->document;
}

/* One per line, of a snapshot and what happened since the last one; NULL: of that alone. */
static void print_document(struct attach *a, struct moment *m)
{
	struct document *d = open_document(a);

	if (m)
		document_moment(d, m);
	struct input_info input = { a->source, document_format(d), NOT_KNOWN, m != NULL };
	document_end(d, &input, 1);
	document_deinit(d);
	a->news = false;
}

static void on_failure(void *ctx, const struct capture_failure *failure)
{
	struct attach *a = ctx;
	struct error_info error;

	if (a->out.format != OUTPUT_JSON)
		return;
	error_explain(&a->judge, failure, false, &error);
	document_error(open_document(a), &error);
	a->news = true;
}

static void on_reference(void *ctx, const struct moment *snapshot)
{
	struct attach *a = ctx;

	if (a->out.format == OUTPUT_JSON)
		error_reference(&a->judge, snapshot);
}

/* ---- what comes ---- */

static void on_board_event(void *ctx, const struct board_event *event)
{
	struct attach *a = ctx;

	if (a->out.format == OUTPUT_JSON) {
		document_board_event(open_document(a), event);
		a->news |= event->kind != BOARD_EVENT_GC;
	} else if (attach_prints(a) && (event->kind != BOARD_EVENT_RESET || n_seen(a) > 0)) {
		print_board_event(a, event);
	}
}

static void on_moment(void *ctx, struct moment *m)
{
	struct attach *a = ctx;
	bool is_part = m->kind == MOMENT_SNAPSHOT && m->heap->problem != HEAP_WHOLE;

	if (m->kind == MOMENT_POOLS || is_part) {
		/* Half a dump: the board went away, or was reset, in the middle of it. */
		if (attach_prints(a) && is_part)
			print_note(a, "a dump that is not whole");
		return;
	}
	if (a->first_us == NOT_KNOWN)
		a->first_us = m->at_us;
	if (a->out.format == OUTPUT_JSON)
		print_document(a, m);
	else if (attach_prints(a))
		print_moment(a, m);
	output_flush(&a->out);
}

static void on_board(void *ctx, const struct board_info *board)
{
	struct attach *a = ctx;

	if (attach_prints(a) && board->known) {
		text_ticker_board(&a->out.text, board, &a->out.style);
		output_flush(&a->out);
	}
}

static void on_reset(void *ctx)
{
	struct attach *a = ctx;

	attach_owners_forget(a);
	a->line_taken = false;
	a->n_resets++;
}

static void on_link(void *ctx, const char *words)
{
	struct attach *a = ctx;

	if (attach_prints(a) && n_seen(a) > 0)
		print_note(a, words);
}

int attach_lines_begin(struct attach *a)
{
	const struct sink sinks[] = {
		callers_sink(&a->callers),
		recorder_sink(&a->recorder, &a->feed),
		boots_sink(&a->boots),
		{ .on_moment = on_moment,
		  .on_board_event = on_board_event,
		  .on_failure = on_failure,
		  .on_reference = on_reference,
		  .on_board = on_board,
		  .on_reset = on_reset,
		  .on_link = on_link,
		  .ctx = a },
		history_feed_sink(&a->history), /* takes the heap */
		attach_screen_sink(a),
	};
	size_t n_sinks = ARRAY_SIZE(sinks) - (a->screen ? 0 : 2);

	a->boots.live = true;
	a->feed.n_most = a->n_wanted;
	return feed_open(&a->feed, &(struct capture_options){ .live = true }, sinks, n_sinks);
}

void attach_lines_end(struct attach *a)
{
	capture_end_input(a->feed.capture);
	if (a->news && !a->n_wanted) {
		print_document(a, NULL);
		output_flush(&a->out);
	} else if (a->document.capture) {
		document_deinit(&a->document);
		strbuf_reset(&a->out.text);
	}
}

void attach_print_trend(struct attach *a, bool all)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	enum trend_of of = a->board.follow.listened ? (a->saves ? TREND_OF_SAVED_PROGRAM : TREND_OF_PROGRAM) :
			   a->saves                 ? TREND_OF_SAVED_BOARD :
						      TREND_OF_BOARD;
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
