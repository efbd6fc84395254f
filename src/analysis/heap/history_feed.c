#include "memprof/analysis/history_feed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "memprof/analysis/pool_figures.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"

int history_feed_init(struct history_feed *f, size_t max_bytes, bool live, bool has_console)
{
	*f = (struct history_feed){ .live = live, .history = history_new(max_bytes) };
	heap_init(&f->heap);
	if (has_console)
		f->console = console_new();
	if (f->history && (f->console || !has_console))
		return 0;
	history_feed_deinit(f);
	return -ENOMEM;
}

void history_feed_deinit(struct history_feed *f)
{
	history_free(f->history);
	console_free(f->console);
	heap_deinit(&f->heap);
	f->history = NULL;
	f->console = NULL;
}

/* ---- moments ---- */

static void add(struct history_feed *f, const struct heap *heap, const struct moment *m,
		const struct history_figures *figures, size_t n_figures)
{
	struct history_moment moment = {
		.at_us = m->at_us,
		.n_boot = m->n_boot,
		.line = m->line,
		.n_console_lines = f->console ? console_n_all(f->console) : 0,
		.reported = m->reported,
		.problem = heap ? heap->problem : HEAP_WHOLE,
		.n_pools = n_figures,
		.pools = figures,
	};

	memcpy(moment.label, m->label, sizeof(moment.label));
	f->out_of_memory |= history_add(f->history, heap, &moment) < 0;
}

/* Its heap, and the other pools that were reported beside it. */
static const struct heap *with_pools(struct history_feed *f, struct moment *m)
{
	if (m->n_pools == 0)
		return m->heap;
	if (m->heap)
		f->out_of_memory |= moment_take_heap(m, &f->heap) < 0;
	else
		heap_reset(&f->heap);
	for (size_t i = 0; i < m->n_pools; i++)
		if (!heap_find_pool(&f->heap, m->pools[i].name))
			heap_add_figures(&f->heap, &m->pools[i]);
	heap_seal(&f->heap);
	return &f->heap;
}

static void add_heap(struct history_feed *f, struct moment *m)
{
	struct history_figures figures[HEAP_POOLS_MAX];
	uint32_t n_own = m->heap ? m->heap->n_pools : 0;

	if (m->heap)
		memcpy(figures, moment_figures(m), n_own * sizeof(figures[0]));
	const struct heap *heap = with_pools(f, m);
	for (uint32_t i = n_own; i < heap->n_pools; i++)
		pool_figures(&heap->pools[i], heap->problem == HEAP_WHOLE, &figures[i]);
	add(f, heap, m, figures, heap->n_pools);
}

static void end_wait(struct history_feed *f)
{
	for (size_t i = 0; i < f->n_waiting; i++)
		history_add_event(f->history, &f->waiting[i]);
	f->n_waiting = 0;
}

static void on_moment(void *ctx, struct moment *m)
{
	struct history_feed *f = ctx;
	struct history_figures figures;

	f->n_changes++;
	f->n_dump = m->n_dump;
	if (m->kind == MOMENT_SNAPSHOT && m->heap->problem != HEAP_WHOLE && f->live) {
		history_feed_link(f, "a dump that is not whole", m->at_us);
		return;
	}
	if (m->kind == MOMENT_SAMPLE) {
		pool_figures_of_sample(m, &figures);
		if (!f->any_snapshot) /* beside snapshots it would be a moment without a map */
			add(f, NULL, m, &figures, 1);
		return;
	}
	f->any_snapshot |= m->kind == MOMENT_SNAPSHOT;
	add_heap(f, m);
	end_wait(f);
}

static void on_board_event(void *ctx, const struct board_event *event)
{
	struct history_feed *f = ctx;
	bool waits = event->kind == BOARD_EVENT_FAILED && event->n_dump > f->n_dump && !f->live;

	f->n_changes++;
	if (waits && f->n_waiting == HISTORY_FEED_WAITING)
		end_wait(f);
	if (waits)
		f->waiting[f->n_waiting++] = *event;
	else
		history_add_event(f->history, event);
}

void history_feed_text(struct history_feed *f, const char *bytes, size_t n_bytes)
{
	f->n_changes++;
	if (f->console)
		console_add(f->console, bytes, n_bytes);
}

static void on_text(void *ctx, const char *bytes, size_t n_bytes) { history_feed_text(ctx, bytes, n_bytes); }

static void on_board(void *ctx, const struct board_info *board)
{
	struct history_feed *f = ctx;

	f->n_changes++;
	f->board = *board;
}

static int status(void *ctx)
{
	const struct history_feed *f = ctx;

	return f->out_of_memory ? -ENOMEM : 0;
}

struct sink history_feed_sink(struct history_feed *f)
{
	return (struct sink){
		.on_moment = on_moment,
		.on_board_event = on_board_event,
		.on_text = on_text,
		.on_board = on_board,
		.status = status,
		.ctx = f,
	};
}

void history_feed_link(struct history_feed *f, const char *words, uint64_t at_us)
{
	struct board_event event = { .kind = BOARD_EVENT_LINK,
				     .at_us = at_us,
				     .bytes = NOT_KNOWN,
				     .duration_us = NOT_KNOWN,
				     .address = NOT_KNOWN };

	f->n_changes++;
	text_copy(event.label, sizeof(event.label), words, strlen(words));
	history_add_event(f->history, &event);
}

/* How much of it comes into a line: whole words, if there are any. */
static size_t line_of(const char *words, size_t n_columns)
{
	size_t n = strlen(words), end = n_columns;

	if (n <= n_columns)
		return n;
	while (end > 0 && words[end] != ' ')
		end--;
	for (n = n_columns; n > 1 && ((unsigned char)words[n] & 0xc0) == 0x80;)
		n--; /* within a character */
	return end > 0 ? end : n;
}

void history_feed_note(struct history_feed *f, const char *words, size_t n_columns, uint64_t at_us)
{
	enum { COLUMNS_MIN = 24 };
	size_t most = MIN(MAX(n_columns, (size_t)COLUMNS_MIN), (size_t)EVENT_LABEL_BYTES - 1);
	const char *indent = "";
	char line[EVENT_LABEL_BYTES];

	while (*words) {
		size_t n = line_of(words, most - strlen(indent));
		snprintf(line, sizeof(line), "%s%.*s", indent, (int)n, words);
		history_feed_link(f, line, at_us);
		words += n + strspn(words + n, " ");
		indent = "  ";
	}
}
