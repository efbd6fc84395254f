#include "agent/link_private.h"

#include <errno.h>
#include <stdlib.h>

#include "memprof/base/number.h"

enum { HOLD_US = 80000 };

struct agent_link *agent_link_new(bool can_send)
{
	struct agent_link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	agent_lookup_init(&link->lookup);
	link->finder.crc = &link->lookup.crc;
	link->can_send = can_send;
	link->deadline_us = link->now_us = link->clock.at_us = NOT_KNOWN;
	heap_init(&link->heap);
	agent_pools_clear(&link->pools);
	return link;
}

void agent_link_free(struct agent_link *link)
{
	if (!link)
		return;
	agent_pools_deinit(&link->pools);
	heap_deinit(&link->heap);
	free(link);
}

/* ---- bytes in, items out ---- */

void agent_link_feed(struct agent_link *link, const void *bytes, size_t n_bytes, uint64_t now_us)
{
	link->now_us = link->now_us == NOT_KNOWN ? now_us : MAX(now_us, link->now_us);
	link->deadline_us = now_us == NOT_KNOWN ? NOT_KNOWN : link->now_us + HOLD_US;
	frame_finder_feed(&link->finder, bytes, n_bytes);
}

static int next_queued(struct agent_link *link, struct agent_item *ret)
{
	if (link->i_queue == link->n_queue) {
		link->i_queue = link->n_queue = 0;
		if (link->is_held) {
			link->is_held = false;
			*ret = (struct agent_item){ .held = link->held };
			return AGENT_HELD;
		}
		if (!link->memory.set)
			return AGENT_MORE;
		link->memory.set = false;
		*ret = (struct agent_item){ .text = (const char *)link->memory.bytes,
					    .n_bytes = link->memory.n_bytes,
					    .address = link->memory.address };
		return AGENT_MEMORY;
	}
	*ret = (struct agent_item){ .event = link->queue[link->i_queue++] };
	return AGENT_EVENT;
}

int agent_link_next(struct agent_link *link, struct agent_item *ret)
{
	struct finder_item found;

	for (;;) {
		int answer = next_queued(link, ret);
		if (answer != AGENT_MORE)
			return answer;
		if (link->failed)
			return -ENOMEM;
		switch (frame_finder_next(&link->finder, &found)) {
		case FINDER_MORE:
			return AGENT_MORE;
		case FINDER_TEXT:
			*ret = (struct agent_item){ .text = (const char *)found.bytes, .n_bytes = found.n_bytes };
			return AGENT_TEXT;
		default:
			agent_link_read_frame(link, found.bytes, found.n_bytes, found.n_wire_bytes);
		}
	}
}

uint64_t agent_link_now(const struct agent_link *link) { return link->now_us; }

uint64_t agent_link_deadline(const struct agent_link *link)
{
	return frame_finder_holds(&link->finder) ? link->deadline_us : NOT_KNOWN;
}

void agent_link_tick(struct agent_link *link, uint64_t now_us)
{
	if (now_us < agent_link_deadline(link))
		return;
	link->now_us = now_us;
	frame_finder_flush(&link->finder);
}

void agent_link_finish(struct agent_link *link)
{
	frame_finder_flush(&link->finder);
	agent_link_drop_snapshots(link);
	link->failed |= agent_link_end_round(link) < 0;
	if (!link->can_send && link->counts.n_snapshots == 0) /* a file that ends before its first one: what there is */
		link->failed |= agent_link_push_figures(link) < 0;
	agent_link_push_losses(link);
}

void agent_link_reset(struct agent_link *link)
{
	agent_link_finish(link);
	link->order = (struct agent_order){ 0 };
	agent_pools_clear(&link->pools);
	agent_tasks_clear(&link->tasks);
	link->heard = link->takes_requests = link->has_figures = link->has_hello = link->hello_requested =
		link->counts_known = false;
	link->clock.known = link->clock.is_paired = link->clock.new_session = link->by_threshold = false;
	link->since_snapshot = (struct agent_losses){ 0 };
	link->requests.n_outbox = 0;
	link->n_reads = 0;
	link->n_unanswered = 0;
}

bool agent_link_heard(const struct agent_link *link) { return link->heard; }

const struct event_hello *agent_link_hello(const struct agent_link *link)
{
	return link->has_hello ? &link->hello : NULL;
}

bool agent_link_is_cooked(const struct agent_link *link) { return link->finder.is_cooked; }

void agent_link_count(const struct agent_link *link, struct agent_link_counts *ret) { *ret = link->counts; }

const uint8_t *agent_link_outbox(const struct agent_link *link, size_t *ret_n)
{
	*ret_n = link->requests.n_outbox;
	return link->requests.outbox;
}

void agent_link_sent(struct agent_link *link, size_t n_bytes) { agent_requests_sent(&link->requests, n_bytes); }
