#include "attach/history_feed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "memprof/analysis/report.h"
#include "memprof/base/text.h"
#include "memprof/cli/message.h"

static const struct history_figures NO_FIGURES = {
	.total_bytes = NOT_KNOWN,
	.used_bytes = NOT_KNOWN,
	.free_bytes = NOT_KNOWN,
	.lfb_bytes = NOT_KNOWN,
	.peak_bytes = NOT_KNOWN,
	.fragmentation = -1,
};

int seen_history_bytes(const struct options *options, size_t *ret)
{
	static const uint64_t LEAST_BYTES = 1 << 20, MOST_BYTES = UINT64_C(1) << 40;
	const char *size = option_value(options, "history");
	uint64_t bytes = HISTORY_BYTES;

	if (size && (number_parse_size(size, &bytes) < 0 || bytes < LEAST_BYTES || bytes > MOST_BYTES)) {
		message_error("--history takes a size from 1M, such as 64M, not '%s'", size);
		return -EINVAL;
	}
	*ret = (size_t)bytes;
	return 0;
}

int seen_init(struct seen *s, size_t max_bytes, bool live, bool has_console)
{
	*s = (struct seen){ .live = live, .history = history_new(max_bytes) };
	heap_init(&s->heap);
	if (has_console)
		s->console = console_new();
	if (s->history && (s->console || !has_console))
		return 0;
	seen_deinit(s);
	return -ENOMEM;
}

void seen_deinit(struct seen *s)
{
	history_free(s->history);
	console_free(s->console);
	heap_deinit(&s->heap);
	s->history = NULL;
	s->console = NULL;
}

/* ---- figures ---- */

static uint64_t peak_of(uint64_t peak_bytes, uint64_t total_bytes, uint64_t least_free_bytes)
{
	bool known = total_bytes != NOT_KNOWN && least_free_bytes != NOT_KNOWN && least_free_bytes <= total_bytes;

	return peak_bytes == NOT_KNOWN && known ? total_bytes - least_free_bytes : peak_bytes;
}

static void figures_of_pool(const struct heap_pool *pool, bool whole, struct history_figures *ret)
{
	const struct heap_reported *said = &pool->reported;
	struct pool_summary summary;

	report_summary(pool, &summary);
	if (!whole)
		report_believe(pool, &summary);
	*ret = (struct history_figures){
		.kind = pool->kind,
		.memory = pool->memory,
		.total_bytes = summary.total_bytes,
		.used_bytes = summary.used_bytes,
		.free_bytes = summary.free_bytes,
		.lfb_bytes = summary.lfb_bytes,
		.peak_bytes = peak_of(said->peak_bytes, summary.total_bytes, said->least_free_bytes),
		.fragmentation = summary.fragmentation,
		.has_table = pool->n_blocks > 0,
	};
	memcpy(ret->name, pool->name, sizeof(ret->name));
}

/* ---- moments ---- */

static void add(struct seen *s, const struct heap *heap, struct history_moment *moment)
{
	s->out_of_memory |= history_add(s->history, heap, moment) < 0;
}

/* Another pool, as a part of the heap that it was told beside: figures alone. */
static void add_other(struct heap *heap, const struct event_pool *other)
{
	struct heap_pool *pool;

	for (uint32_t i = 0; i < heap->n_pools; i++)
		if (strcmp(heap->pools[i].name, other->name) == 0)
			return;
	if (heap_add_pool(heap, other->name, other->kind, &pool) < 0)
		return;
	pool->start = other->start;
	pool->reported = HEAP_REPORTED_NOTHING;
	pool->reported.total_bytes = other->total_bytes;
	pool->reported.used_bytes = other->used_bytes;
	pool->reported.free_bytes = other->free_bytes;
	pool->reported.largest_free_bytes = other->largest_free_bytes;
	pool->reported.least_free_bytes = other->min_free_bytes;
}

/* The first n of those that failed, of the moment that is the last one now. */
static void add_failed(struct seen *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		history_add_event(s->history, &s->failed[i].info);
	s->n_failed -= n;
	memmove(s->failed, s->failed + n, s->n_failed * sizeof(s->failed[0]));
}

/* How many of them have fewer lines to the snapshot before, or as many, than to one in line: a report judges
 * them like that. */
static size_t n_nearer_before(const struct seen *s, uint64_t line)
{
	size_t n = 0;

	if (history_n(s->history) == 0)
		return 0;
	while (n < s->n_failed && s->failed[n].line - s->last_line <= line - s->failed[n].line)
		n++;
	return n;
}

/* The snapshot that is held, with all that was told beside it. */
static void settle(struct seen *s)
{
	struct history_figures figures[HEAP_POOLS_MAX];

	if (!s->holds)
		return;
	s->holds = false;
	for (size_t i = 0; i < s->n_others; i++)
		add_other(&s->heap, &s->others[i]);
	s->n_others = 0;
	heap_seal(&s->heap);
	for (uint32_t i = 0; i < s->heap.n_pools; i++)
		figures_of_pool(&s->heap.pools[i], s->heap.problem == HEAP_WHOLE, &figures[i]);
	s->moment.n_pools = s->heap.n_pools;
	s->moment.pools = figures;
	add(s, &s->heap, &s->moment);
	add_failed(s, s->n_failed);
}

static struct history_moment moment_of(const struct seen *s, const struct event *event)
{
	return (struct history_moment){
		.at_us = event->at_us, .n_boot = s->n_boot, .line = event->line, .told = SNAPSHOT_TOLD_NOTHING
	};
}

static void add_snapshot(struct seen *s, const struct event *event)
{
	settle(s);
	add_failed(s, n_nearer_before(s, event->line));
	s->last_line = event->line + event->snapshot.n_lines - 1;
	s->has_snapshots = true;
	s->moment = moment_of(s, event);
	memcpy(s->moment.label, event->snapshot.label, sizeof(s->moment.label));
	s->moment.told = event->snapshot.told;
	s->moment.problem = event->snapshot.heap->problem;
	s->holds = true;
	heap_swap(&s->heap, event->snapshot.heap);
	if (s->live) /* a screen does not wait for what may come */
		settle(s);
}

/* Two numbers, of a board that never tells more. Beside snapshots they would be moments without a map. */
static void add_sample(struct seen *s, const struct event *event)
{
	struct history_moment moment = moment_of(s, event);
	struct history_figures figures = NO_FIGURES;

	if (s->has_snapshots)
		return;
	memcpy(figures.name, "gc", sizeof("gc"));
	figures.used_bytes = event->sample.used_bytes;
	figures.free_bytes = event->sample.free_bytes;
	figures.lfb_bytes = event->sample.largest_free_bytes;
	if (figures.used_bytes != NOT_KNOWN && figures.free_bytes != NOT_KNOWN &&
	    figures.used_bytes <= NOT_KNOWN - 1 - figures.free_bytes)
		figures.total_bytes = figures.used_bytes + figures.free_bytes;
	if (figures.lfb_bytes != NOT_KNOWN && figures.free_bytes != NOT_KNOWN)
		figures.fragmentation = figures.free_bytes && figures.lfb_bytes <= figures.free_bytes ?
						1 - (double)figures.lfb_bytes / (double)figures.free_bytes :
						0;
	add_failed(s, s->n_failed);
	moment.n_pools = 1;
	moment.pools = &figures;
	add(s, NULL, &moment);
}

static void add_pool(struct seen *s, const struct event_pool *pool)
{
	size_t i = 0;

	while (i < s->n_others && strcmp(s->others[i].name, pool->name) != 0)
		i++;
	if (i == SEEN_OTHERS)
		return;
	s->others[i] = *pool;
	s->n_others = MAX(s->n_others, i + 1);
}

bool seen_event(struct seen *s, struct event *event)
{
	bool is_cut = event->kind == EVENT_SNAPSHOT && event->snapshot.heap->problem != HEAP_WHOLE;
	struct board_event board_event;

	if (event->kind == EVENT_SNAPSHOT && is_cut && s->live) {
		seen_link(s, "a dump that is not whole", false, event->at_us);
	} else if (event->kind == EVENT_SNAPSHOT) {
		add_snapshot(s, event);
	} else if (event->kind == EVENT_SAMPLE) {
		add_sample(s, event);
	} else if (event->kind == EVENT_POOL) {
		add_pool(s, &event->pool);
		return false;
	} else if (event->kind == EVENT_BANNER) {
		board_from_banner(&event->text, &s->board);
	} else if (event->kind == EVENT_HELLO) {
		board_from_hello(&event->hello, &s->board);
	}
	if (event->kind == EVENT_RESET && s->live)
		return false;
	if (board_event_of(event, &board_event)) {
		settle(s); /* it came after that */
		bool waits = board_event.kind == BOARD_EVENT_FAILED && !s->live && event->line > 0;
		if (!waits || s->n_failed == SEEN_FAILED)
			add_failed(s, s->n_failed);
		if (waits) {
			s->failed[s->n_failed].info = board_event;
			s->failed[s->n_failed++].line = event->line;
		} else {
			history_add_event(s->history, &board_event);
		}
	}
	s->n_boot += event->kind == EVENT_RESET;
	return true;
}

void seen_text(struct seen *s, const char *bytes, size_t n_bytes, uint64_t at_us)
{
	if (s->console)
		console_add(s->console, bytes, n_bytes, at_us);
}

void seen_link(struct seen *s, const char *words, bool anew, uint64_t at_us)
{
	struct board_event board_event = { .kind = BOARD_EVENT_LINK,
					   .at_us = at_us,
					   .bytes = NOT_KNOWN,
					   .duration_us = NOT_KNOWN,
					   .address = NOT_KNOWN };

	text_copy(board_event.label, sizeof(board_event.label), words, strlen(words));
	history_add_event(s->history, &board_event);
	s->n_boot += anew;
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

void seen_note(struct seen *s, const char *words, size_t n_columns, uint64_t at_us)
{
	enum { COLUMNS_MIN = 24 };
	size_t most = MIN(MAX(n_columns, (size_t)COLUMNS_MIN), (size_t)EVENT_LABEL_BYTES - 1);
	const char *indent = "";
	char line[EVENT_LABEL_BYTES];

	while (*words) {
		size_t n = line_of(words, most - strlen(indent));
		snprintf(line, sizeof(line), "%s%.*s", indent, (int)n, words);
		seen_link(s, line, false, at_us);
		words += n + strspn(words + n, " ");
		indent = "  ";
	}
}

void seen_finish(struct seen *s)
{
	struct history_moment moment = { .at_us = NOT_KNOWN, .n_boot = s->n_boot, .told = SNAPSHOT_TOLD_NOTHING };

	if (!s->holds && s->n_others > 0 && history_n(s->history) == 0) {
		heap_reset(&s->heap); /* other pools, and no snapshot at all */
		s->moment = moment;
		s->holds = true;
	}
	settle(s);
	add_failed(s, s->n_failed);
}
