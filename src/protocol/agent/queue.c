/* The events of a link, with their times. */
#include "agent/link_private.h"

#include "memprof/base/number.h"

enum { BURST_US = 1000000 };

static uint64_t now_of(const struct agent_link *link)
{
	return link->now_us != NOT_KNOWN ? link->now_us : link->clock.at_us;
}

/* Frames that waited in a buffer before the link was opened arrive all at once. The board's clock has their distances:
 * the host's time is set forward to them. Later frames may have waited as well, but clocks that differ, or are set,
 * look the same. */
static void catch_up(struct agent_link *link)
{
	struct agent_clock *c = &link->clock;

	if (link->now_us == NOT_KNOWN)
		return;
	if (!c->is_paired) {
		c->is_paired = true;
		c->paired_at_us = c->at_us;
		c->paired_now_us = link->now_us;
		c->burst_until_us = link->now_us + BURST_US;
	}
	uint64_t passed_us = c->at_us - MIN(c->at_us, c->paired_at_us), now_us = c->paired_now_us + passed_us;
	if (link->now_us >= c->burst_until_us || now_us <= link->now_us)
		return;
	c->burst_until_us += now_us - link->now_us;
	link->deadline_us += now_us - link->now_us;
	link->now_us = now_us;
}

/* The board's clock wraps at 2^32 ms, and frames may report earlier events. But if the first time of a session is
 * before the last one of the previous session, the clock restarted: the board was reset. An agent that was only stopped
 * and started continues with the same heap. */
void agent_link_set_time(struct agent_link *link, uint64_t at_ms)
{
	struct event reset = { .kind = EVENT_RESET };
	struct agent_clock *c = &link->clock;
	int64_t step_ms = c->known ? (int32_t)((uint32_t)at_ms - c->last_ms) : 0;
	bool is_reset = c->new_session && step_ms < 0;

	c->new_session = false;
	if (is_reset)
		step_ms = 0;
	if (is_reset && link->has_figures) {
		link->has_figures = false;
		agent_link_push(link, &reset);
	}
	if (c->at_us == NOT_KNOWN)
		c->at_us = 0;
	c->known = true;
	c->last_ms = (uint32_t)at_ms;
	if (step_ms >= 0)
		c->at_us += (uint64_t)step_ms * 1000;
	else
		c->at_us -= MIN(c->at_us, (uint64_t)-step_ms * 1000);
	catch_up(link);
}

static void append(struct agent_link *link, const struct event *event)
{
	struct event *at = &link->queue[link->n_queue++];

	*at = *event;
	at->at_us = now_of(link);
}

void agent_link_push_losses(struct agent_link *link)
{
	struct agent_losses *l = &link->pending;
	struct event event = { .kind = EVENT_LOST,
			       .lost = { .n_frames = l->n_frames,
					 .n_missing = l->n_missing,
					 .n_snapshots = l->n_snapshots,
					 .n_abandoned = l->n_abandoned } };

	if (l->n_frames + l->n_snapshots + l->n_abandoned == 0)
		return;
	append(link, &event);
	link->since_snapshot.n_frames += l->n_frames;
	link->since_snapshot.n_snapshots += l->n_snapshots;
	*l = (struct agent_losses){ 0 };
}

void agent_link_push(struct agent_link *link, const struct event *event)
{
	agent_link_push_losses(link);
	append(link, event);
}
