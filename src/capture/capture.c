#include "memprof/capture/capture.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "boards.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/capture/labels.h"
#include "memprof/capture/sink.h"

/* What follows the held snapshot, in order. */
struct queued {
	enum { QUEUED_SAMPLE, QUEUED_POOL, QUEUED_BOARD_EVENT, QUEUED_FAILURE } kind;
	union {
		struct moment sample;
		struct pool_moment pool;
		struct {
			struct board_event board_event;
			struct capture_failure failure; /* QUEUED_FAILURE: both */
		};
	};
};

/* A failure that waits for the snapshot after it. */
struct pending {
	struct capture_failure failure;
	bool by_agent, by_console; /* who reported it */
	size_t i_queued;           /* of its board event; DELIVERED */
};
enum { DELIVERED = CAPTURE_QUEUE_MAX };

struct capture {
	struct capture_options options;
	struct sink sinks[CAPTURE_SINKS_MAX];
	size_t n_sinks;
	struct capture_counts counts;
	struct timeline timeline;
	struct agent_info agent;
	struct labels labels;
	const char *file;
	const char *label; /* of the next snapshots; NULL: their own */
	bool collected;
	bool program_ended;
	bool last_cut; /* the last dump of this input */

	struct pool_state sample; /* the last one of this boot */
	uint64_t sample_line;     /* 0: there is none */

	/* the last snapshot */
	bool any_held, delivered;
	bool held_boot_ended; /* a reset came after it: it explains no failure from then on */
	struct moment held;   /* its heap is held_heap */
	struct heap held_heap;
	struct moment_figures counted;             /* of the moment that is being delivered */
	struct heap_pool pools[CAPTURE_POOLS_MAX]; /* reported since the last moment was delivered */
	size_t n_pools;
	struct heap_qstr early_qstr; /* came before any snapshot */
	struct queued *queue;        /* CAPTURE_QUEUE_MAX */
	size_t n_queued;
	struct pending *pending; /* CAPTURE_FAILURES_MAX */
	size_t n_pending;
	/* Failures of one size that one of their two reporters, the agent and the console, is ahead of the other. */
	struct unmatched {
		uint64_t asked_bytes;
		uint64_t n;
	} agent_failures, console_failures;

	bool boot_ended;
	struct boards boards;
};

struct capture *capture_new(const struct capture_options *options, const struct sink *sinks, size_t n_sinks)
{
	struct capture *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->options = *options;
	c->options.to = options->to ? options->to : NOT_KNOWN;
	assert(n_sinks <= ARRAY_SIZE(c->sinks));
	c->n_sinks = n_sinks;
	memcpy(c->sinks, sinks, n_sinks * sizeof(*sinks));
	c->timeline.several = options->several;
	c->early_qstr.n_pools = NOT_KNOWN;
	boards_init(&c->boards);
	heap_init(&c->held_heap);
	c->queue = calloc(CAPTURE_QUEUE_MAX, sizeof(*c->queue));
	c->pending = calloc(CAPTURE_FAILURES_MAX, sizeof(*c->pending));
	if (c->queue && c->pending)
		return c;
	capture_free(c);
	return NULL;
}

void capture_free(struct capture *c)
{
	if (!c)
		return;
	heap_deinit(&c->held_heap);
	free(c->queue);
	free(c->pending);
	free(c);
}

/* ---- delivery ---- */

static bool is_wanted(const struct capture *c, uint64_t n_dump)
{
	return n_dump >= c->options.from && n_dump <= c->options.to;
}

static void deliver_moment(struct capture *c, struct moment *m)
{
	bool is_snapshot = m->kind == MOMENT_SNAPSHOT;
	bool is_whole = !is_snapshot || m->heap->problem == HEAP_WHOLE; /* before a sink takes it */

	if (!is_wanted(c, is_snapshot ? m->n_dump : m->n_dump + 1))
		return;
	c->counted.known = false;
	m->counted = &c->counted;
	for (const struct sink *s = c->sinks; s < c->sinks + c->n_sinks; s++)
		if (s->on_moment)
			s->on_moment(s->ctx, m);
	c->counts.n_seen += is_whole && m->kind != MOMENT_POOLS;
}

static void deliver_board_event(struct capture *c, const struct board_event *event)
{
	if (!is_wanted(c, event->n_dump + 1))
		return;
	for (const struct sink *s = c->sinks; s < c->sinks + c->n_sinks; s++)
		if (s->on_board_event)
			s->on_board_event(s->ctx, event);
}

static void deliver_failure(struct capture *c, const struct capture_failure *failure)
{
	if (!is_wanted(c, failure->n_dump_before + 1))
		return;
	for (const struct sink *s = c->sinks; s < c->sinks + c->n_sinks; s++)
		if (s->on_failure)
			s->on_failure(s->ctx, failure);
}

static void deliver_pool(struct capture *c, const struct pool_moment *pool)
{
	if (!is_wanted(c, pool->n_dump + 1))
		return;
	for (const struct sink *s = c->sinks; s < c->sinks + c->n_sinks; s++)
		if (s->on_pool)
			s->on_pool(s->ctx, pool);
}

static void deliver_item(struct capture *c, struct queued *item)
{
	switch (item->kind) {
	case QUEUED_SAMPLE:
		deliver_moment(c, &item->sample);
		break;
	case QUEUED_POOL:
		deliver_pool(c, &item->pool);
		break;
	case QUEUED_BOARD_EVENT:
		deliver_board_event(c, &item->board_event);
		break;
	case QUEUED_FAILURE:
		deliver_board_event(c, &item->board_event);
		deliver_failure(c, &item->failure);
		break;
	}
}

/* The held snapshot, with what was reported beside it, and what follows it. */
static void deliver_held(struct capture *c)
{
	if (c->any_held && !c->delivered) {
		c->delivered = true;
		c->held.pools = c->pools;
		c->held.n_pools = c->n_pools;
		deliver_moment(c, &c->held);
		c->n_pools = 0;
	}
	for (size_t i = 0; i < c->n_queued; i++)
		deliver_item(c, &c->queue[i]);
	c->n_queued = 0;
	for (size_t i = 0; i < c->n_pending; i++)
		c->pending[i].i_queued = DELIVERED;
}

/* Its place in the queue; DELIVERED where nothing is waited for. Before the first snapshot that is waited for. */
static size_t enqueue(struct capture *c, struct queued *item)
{
	if (c->n_queued == CAPTURE_QUEUE_MAX) {
		c->held.heap_is_borrowed = true; /* failures may still be paired with it */
		deliver_held(c);
	}
	if (c->options.live || c->delivered) {
		deliver_item(c, item);
		return DELIVERED;
	}
	c->queue[c->n_queued] = *item;
	return c->n_queued++;
}

int moment_take_heap(struct moment *moment, struct heap *ret)
{
	if (moment->heap_is_borrowed)
		return heap_copy(ret, moment->heap);
	heap_swap(ret, moment->heap);
	return 0;
}

/* ---- boots ---- */

/* Figures begin a boot: those that report none are not counted. */
static void begin_boot(struct capture *c)
{
	c->counts.n_boots += c->counts.n_boots == 0 || c->boot_ended;
	c->boot_ended = false;
}

static uint64_t n_boot(const struct capture *c) { return MAX(c->counts.n_boots, UINT64_C(1)); }

/* ---- failures ---- */

/* How many lines lie between a failure and a snapshot. */
static uint64_t distance(const struct moment *snapshot, uint64_t line)
{
	if (!snapshot)
		return NOT_KNOWN;
	return line > snapshot->last_line ? line - snapshot->last_line :
	       line < snapshot->line      ? snapshot->line - line :
					    0;
}

static void refer_to(struct capture *c, const struct moment *snapshot)
{
	if (!snapshot)
		return;
	for (const struct sink *s = c->sinks; s < c->sinks + c->n_sinks; s++)
		if (s->on_reference)
			s->on_reference(s->ctx, snapshot);
}

/* Pairs the pending failures with the snapshots before and after them. */
static void pair_failures(struct capture *c, const struct moment *after)
{
	const struct moment *before = c->any_held && !c->held_boot_ended ? &c->held : NULL;

	if (c->n_pending == 0)
		return;
	refer_to(c, before);
	refer_to(c, after);
	for (size_t i = 0; i < c->n_pending; i++) {
		struct capture_failure *f = &c->pending[i].failure;
		f->n_dump_before = before ? before->n_dump : 0;
		f->n_dump_after = after ? after->n_dump : 0;
		f->is_after_nearer = distance(after, f->line) < distance(before, f->line);
		if (c->pending[i].i_queued == DELIVERED) {
			deliver_failure(c, f);
			continue;
		}
		struct queued *item = &c->queue[c->pending[i].i_queued];
		item->kind = QUEUED_FAILURE;
		item->failure = *f;
		item->board_event.n_dump = f->is_after_nearer ? f->n_dump_after : f->n_dump_before;
	}
	c->n_pending = 0;
}

static bool is_of_agent(const struct event *event) { return event->failed.pool[0] != '\0'; }

/* Whether the other of the two that report failures reported this one before. */
static bool is_known(struct capture *c, const struct event *event)
{
	uint64_t asked_bytes = event->failed.asked_bytes;
	struct unmatched *own = is_of_agent(event) ? &c->agent_failures : &c->console_failures;
	struct unmatched *other = is_of_agent(event) ? &c->console_failures : &c->agent_failures;

	if (asked_bytes != NOT_KNOWN && other->n > 0 && other->asked_bytes == asked_bytes) {
		other->n--;
		return true;
	}
	other->n = 0;
	own->n = own->asked_bytes == asked_bytes ? own->n + 1 : 1;
	own->asked_bytes = asked_bytes;
	return false;
}

/* The second report of a failure completes the first, if that is still here. */
static void complete(struct capture *c, const struct event *event)
{
	for (size_t i = 0; i < c->n_pending; i++) {
		struct pending *p = &c->pending[i];
		if (p->failure.asked_bytes != event->failed.asked_bytes ||
		    (is_of_agent(event) ? p->by_agent : p->by_console))
			continue;
		p->by_agent = p->by_console = true;
		if (is_of_agent(event) && p->i_queued != DELIVERED) {
			struct board_event report;
			struct board_event *kept = &c->queue[p->i_queued].board_event;
			board_event_of(event, &report);
			memcpy(kept->pool, report.pool, sizeof(kept->pool));
			memcpy(kept->task, report.task, sizeof(kept->task));
			kept->caller = report.caller;
			kept->largest_free_bytes = report.largest_free_bytes;
		} else if (!is_of_agent(event)) {
			p->failure.line = event->line;
			text_copy(p->failure.text, sizeof(p->failure.text), event->failed.text.bytes,
				  event->failed.text.n_bytes);
		}
		return;
	}
}

static void add_failure(struct capture *c, const struct event *event, size_t i_queued)
{
	c->counts.n_failures++;
	if (c->n_pending == CAPTURE_FAILURES_MAX)
		pair_failures(c, NULL);
	struct pending *p = &c->pending[c->n_pending++];
	*p = (struct pending){
		.failure = { .failure = event->failed.failure,
			     .asked_bytes = event->failed.asked_bytes,
			     .n_boot = n_boot(c),
			     .line = event->line,
			     .timeline_us = timeline_peek(&c->timeline, event),
			     .file = c->file,
			     .figures = c->sample,
			     .figures_line = c->sample_line },
		.by_agent = is_of_agent(event),
		.by_console = !is_of_agent(event),
		.i_queued = i_queued,
	};
	text_copy(p->failure.text, sizeof(p->failure.text), event->failed.text.bytes, event->failed.text.n_bytes);
}

/* ---- events ---- */

static void add_board_event(struct capture *c, const struct event *event)
{
	struct queued item = { .kind = QUEUED_BOARD_EVENT };

	if (!board_event_of(event, &item.board_event))
		return;
	item.board_event.n_boot = n_boot(c);
	item.board_event.n_dump = c->counts.n_dumps;
	/* Another pool that an agent reports may not be the last one that is tried: no failure of Python's heap. */
	bool is_failure = event->kind == EVENT_FAILED &&
			  !(is_of_agent(event) && event->failed.failure == FAILURE_OTHER_POOL);
	if (is_failure && is_known(c, event)) {
		complete(c, event);
		return;
	}
	c->counts.n_board_events++;
	size_t i_queued = enqueue(c, &item);
	if (is_failure)
		add_failure(c, event, i_queued);
}

static void describe(struct capture *c, const struct event *event, struct moment *ret)
{
	begin_boot(c);
	*ret = (struct moment){
		.n_dump = c->counts.n_dumps,
		.n_boot = n_boot(c),
		.line = event->line,
		.last_line = event->line,
		.at_us = event->at_us,
		.clock_fell = event->clock_fell,
		.timeline_us = timeline_at(&c->timeline, event),
		.file = c->file,
		.collected = c->collected || (event->kind == EVENT_SNAPSHOT && event->snapshot.collected),
		.is_typed = event->kind == EVENT_SNAPSHOT && event->snapshot.is_typed,
		.program_ended = c->program_ended,
		.reported = SNAPSHOT_REPORTED_NOTHING,
	};
	memcpy(ret->time, event->time, sizeof(ret->time));
}

static void count_cut(struct capture *c, const struct heap *heap)
{
	if (!is_wanted(c, c->counts.n_dumps))
		return;
	c->last_cut = heap->problem != HEAP_WHOLE;
	if (!c->last_cut)
		return;
	c->counts.n_cut++;
	c->counts.cut = (struct capture_cut){ heap->problem, c->counts.n_dumps, heap->problem_line, c->file };
}

static void add_snapshot(struct capture *c, struct event *event)
{
	struct moment moment;
	struct heap heap = { 0 };

	c->counts.n_dumps++;
	describe(c, event, &moment);
	moment.kind = MOMENT_SNAPSHOT;
	moment.last_line = event->line + event->snapshot.n_lines - 1;
	moment.reported = event->snapshot.reported;
	const char *label = c->label ? c->label : event->snapshot.label;
	text_copy(moment.label, sizeof(moment.label), label, strlen(label));
	labels_snapshot(&c->labels, moment.label);
	heap_swap(&heap, event->snapshot.heap);
	if (c->early_qstr.n_pools != NOT_KNOWN) {
		heap.qstr = c->early_qstr;
		c->early_qstr.n_pools = NOT_KNOWN;
	}
	c->counts.format = moment.reported.format;
	count_cut(c, &heap);
	moment.heap = &heap;
	if (heap.n_pools > 0)
		moment.state = pool_state_reported(&heap.pools[0]);
	pair_failures(c, &moment);
	deliver_held(c);
	heap_swap(event->snapshot.heap, &c->held_heap); /* the decoder builds the next one in it */
	heap_swap(&c->held_heap, &heap);
	moment.heap = &c->held_heap;
	c->held = moment;
	c->any_held = true;
	c->held_boot_ended = false;
	c->delivered = false;
	c->held.heap_is_borrowed = c->options.live; /* the failures after it need it */
	if (c->options.live)
		deliver_held(c);
}

static void add_sample(struct capture *c, const struct event *event)
{
	struct queued item = { .kind = QUEUED_SAMPLE };

	c->counts.n_samples++;
	describe(c, event, &item.sample);
	item.sample.kind = MOMENT_SAMPLE;
	item.sample.state = pool_state_of_figures(&event->pool);
	if (item.sample.state.free_bytes != NOT_KNOWN) {
		c->sample = item.sample.state;
		c->sample_line = event->line;
	}
	enqueue(c, &item);
}

static void add_pool(struct capture *c, const struct event *event)
{
	struct queued item = { .kind = QUEUED_POOL };
	size_t i = 0;

	c->counts.n_pools++;
	begin_boot(c);
	item.pool = (struct pool_moment){
		.pool = event->pool,
		.state = pool_state_of_figures(&event->pool),
		.n_dump = c->counts.n_dumps,
		.n_boot = n_boot(c),
		.line = event->line,
		.at_us = event->at_us,
		.timeline_us = timeline_peek(&c->timeline, event),
		.file = c->file,
		.program_ended = c->program_ended,
	};
	memcpy(item.pool.time, event->time, sizeof(item.pool.time));
	c->n_pools = heap_pools_forget_list(c->pools, c->n_pools, sizeof(c->pools[0]), &event->pool);
	while (i < c->n_pools && strcmp(c->pools[i].name, event->pool.name) != 0)
		i++;
	if (i < CAPTURE_POOLS_MAX) {
		c->pools[i] = event->pool;
		c->n_pools = MAX(c->n_pools, i + 1);
	}
	enqueue(c, &item);
}

static bool may_be_labelled(const struct capture *c) { return c->any_held && !c->delivered; }

void capture_label_last(struct capture *c, const char *label)
{
	if (may_be_labelled(c))
		text_copy(c->held.label, sizeof(c->held.label), label, strlen(label));
}

/* Of several marks behind a snapshot the first names it. */
static void add_mark(struct capture *c, const struct event_text *mark)
{
	char label[EVENT_LABEL_BYTES];

	if (labels_mark(&c->labels, mark, label) && may_be_labelled(c) && !c->held.label[0])
		memcpy(c->held.label, label, sizeof(label));
}

void capture_event(struct capture *c, struct event *event)
{
	agent_info_add(&c->agent, event);
	if (event->kind == EVENT_RESET) {
		c->boot_ended = true;
		c->program_ended = false;
		c->agent_failures.n = c->console_failures.n = 0;
		if (c->any_held)
			pair_failures(c, NULL); /* the heap of the next boot explains nothing */
		c->held_boot_ended = true;
		c->sample_line = 0;
	}
	add_board_event(c, event);
	switch (event->kind) {
	case EVENT_SNAPSHOT:
		add_snapshot(c, event);
		break;
	case EVENT_SAMPLE:
		add_sample(c, event);
		break;
	case EVENT_POOL:
		add_pool(c, event);
		break;
	case EVENT_QSTR:
		if (may_be_labelled(c))
			c->held_heap.qstr = event->qstr;
		else
			c->early_qstr = event->qstr;
		break;
	case EVENT_MARK:
		add_mark(c, &event->mark);
		break;
	case EVENT_PROGRAM_ENDED:
		c->program_ended = true;
		break;
	case EVENT_BANNER:
		board_from_banner(&event->text, &c->boards.last);
		c->boot_ended |= boards_identify(&c->boards, c->counts.n_dumps);
		break;
	case EVENT_HELLO:
		board_from_hello(&event->hello, &c->boards.last);
		c->boot_ended |= boards_identify(&c->boards, c->counts.n_dumps);
		break;
	default:
		break;
	}
}

/* ---- inputs ---- */

void capture_skip(struct capture *c, uint64_t n_snapshots) { c->counts.n_dumps += n_snapshots; }

void capture_begin_input(struct capture *c, const char *file)
{
	bool follows = c->file != NULL;

	c->program_ended = false;
	c->sample_line = 0;
	c->file = file;
	c->labels = (struct labels){ .any_snapshot = false };
	timeline_next(&c->timeline);
	if (follows)
		boards_add(&c->boards, c->counts.n_dumps, &(struct board_info){ .known = false });
}

/* An input of nothing but other pools. */
static void deliver_pools(struct capture *c)
{
	struct moment moment = {
		.kind = MOMENT_POOLS,
		.state = POOL_STATE_NOT_KNOWN,
		.n_boot = n_boot(c),
		.at_us = NOT_KNOWN,
		.timeline_us = NOT_KNOWN,
		.file = c->file,
		.reported = SNAPSHOT_REPORTED_NOTHING,
		.pools = c->pools,
		.n_pools = c->n_pools,
	};
	if (c->counts.n_dumps == 0 && c->counts.n_samples == 0 && c->n_pools > 0)
		deliver_moment(c, &moment);
	c->n_pools = 0;
}

void capture_end_input(struct capture *c)
{
	pair_failures(c, NULL);
	deliver_held(c);
	deliver_pools(c);
	c->any_held = c->delivered = false;
	c->early_qstr.n_pools = NOT_KNOWN;
	c->agent_failures.n = c->console_failures.n = 0;
	c->counts.ends_cut |= c->last_cut;
	c->last_cut = false;
}

/* ---- what is known ---- */

void capture_set_several(struct capture *c, bool several) { c->timeline.several = several; }
void capture_set_collected(struct capture *c, bool collected) { c->collected = collected; }
void capture_set_label(struct capture *c, const char *label) { c->label = label; }
const struct capture_counts *capture_counts(const struct capture *c) { return &c->counts; }
const struct agent_info *capture_agent(const struct capture *c) { return &c->agent; }
const struct timeline *capture_timeline(const struct capture *c) { return &c->timeline; }
const struct board_info *capture_last_board(const struct capture *c) { return &c->boards.last; }
void capture_set_board(struct capture *c, const struct board_info *board) { boards_survey(&c->boards, board); }

const struct board_info *capture_board_of(const struct capture *c, uint64_t n_dump)
{
	return boards_of_dump(&c->boards, n_dump);
}

const struct capture_board *capture_boards(const struct capture *c, size_t *ret_n)
{
	*ret_n = c->boards.n;
	return c->boards.all;
}
