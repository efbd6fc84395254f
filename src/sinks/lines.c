#include "memprof/sinks/lines.h"

#include <string.h>

#include "memprof/analysis/pool_figures.h"
#include "memprof/base/number.h"
#include "memprof/model/board_event.h"
#include "memprof/viewers/view.h"
#include "memprof/wire.h"

static bool is_first(const struct lines *l) { return capture_counts(l->feed->capture)->n_seen == 0; }

static void print_note(struct lines *l, const char *words)
{
	text_ticker_note(&l->out->text, words, &l->out->style);
	output_flush(l->out);
}

/* The tasks whose stacks were used more than ever before. */
static void print_tasks(struct lines *l, const struct heap *heap)
{
	for (uint32_t i = 0; i < heap->n_tasks; i++) {
		const struct heap_task *task = &heap->tasks[i];
		bool same = task->least_free_bytes == l->tasks[i].least_free_bytes &&
			    strcmp(task->name, l->tasks[i].name) == 0;
		if ((same && !is_first(l)) || task->least_free_bytes == NOT_KNOWN)
			continue;
		l->tasks[i].least_free_bytes = task->least_free_bytes;
		strcpy(l->tasks[i].name, task->name);
		text_ticker_task(&l->out->text, task, &l->out->style);
	}
}

static void print_moment(struct lines *l, const struct moment *m)
{
	struct pool_state state = m->state;
	const struct agent_info *agent = capture_agent(l->feed->capture);
	bool has_column = agent->greeted && (agent->hello.abilities & WIRE_REPORTS_GC) != 0;

	state.fragmentation = -1; /* what is found by allocating is the least */
	if (m->kind == MOMENT_SNAPSHOT)
		state = moment_figures(m)[0].state;
	l->ticker.damaged = m->kind == MOMENT_SNAPSHOT && m->heap->pools[0].damaged;
	l->ticker.reports_gc |= has_column;
	if (is_first(l) || l->ticker.reports_gc != l->head_reports_gc)
		text_ticker_head(&l->out->text, &l->ticker, &l->out->style);
	l->head_reports_gc = l->ticker.reports_gc;
	l->ticker.board_us = m->kind == MOMENT_SNAPSHOT ? m->reported.board_us : NOT_KNOWN;
	text_ticker_line(&l->out->text, &l->ticker, &state, m->at_us - l->first_us, &l->out->style);
	if (m->kind == MOMENT_SNAPSHOT) {
		text_ticker_allocations(&l->out->text, &m->heap->pools[0], &l->out->style);
		text_ticker_pools(&l->out->text, &l->ticker, m->heap, is_first(l), &l->out->style);
		print_tasks(l, m->heap);
	}
	watcher_moment(&l->watcher, m->at_us);
}

/* Collections go into a column, but for one that a failed allocation made; the rest is a line each. */
static void print_board_event(struct lines *l, const struct board_event *event)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool is_gc = event->kind == BOARD_EVENT_GC;
	bool is_why = l->failed && is_gc;

	if (is_gc && event->duration_us != NOT_KNOWN)
		l->ticker.gc_us += event->duration_us;
	l->failed = event->kind == BOARD_EVENT_FAILED || is_why;
	if (is_gc && !is_why)
		return;
	text_board_event(&line, event, &l->out->style);
	print_note(l, strbuf_text(&line));
}

static void on_board_event(void *ctx, const struct board_event *event)
{
	struct lines *l = ctx;

	if (!*l->is_hidden && (event->kind != BOARD_EVENT_RESET || !is_first(l)))
		print_board_event(l, event);
}

static void on_moment(void *ctx, struct moment *m)
{
	struct lines *l = ctx;
	bool is_part = m->kind == MOMENT_SNAPSHOT && m->heap->problem != HEAP_WHOLE;

	if (m->kind == MOMENT_POOLS)
		return;
	if (is_first(l) && !is_part)
		l->first_us = m->at_us;
	if (*l->is_hidden)
		return;
	if (is_part) { /* the board went away, or was reset, in the middle of it */
		print_note(l, "a dump that is not whole");
		return;
	}
	print_moment(l, m);
	output_flush(l->out);
}

static void on_board(void *ctx, const struct board_info *board)
{
	struct lines *l = ctx;

	if (*l->is_hidden || !board->known)
		return;
	text_ticker_board(&l->out->text, board, &l->out->style);
	output_flush(l->out);
}

static void on_link(void *ctx, const char *words)
{
	struct lines *l = ctx;

	if (!*l->is_hidden && !is_first(l))
		print_note(l, words);
}

struct sink lines_sink(struct lines *l)
{
	return (struct sink){ .on_moment = on_moment,
			      .on_board_event = on_board_event,
			      .on_board = on_board,
			      .on_link = on_link,
			      .ctx = l };
}
