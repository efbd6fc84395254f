#include "memprof/capture/agent_info.h"

/* By the board's own clock: a host may get seconds of it at once. */
static void add_time(struct agent_info *info, uint64_t board_us)
{
	if (board_us == NOT_KNOWN)
		return;
	if (!info->timed)
		info->first_us = info->last_us = board_us;
	info->timed = true;
	info->first_us = MIN(info->first_us, board_us);
	info->last_us = MAX(info->last_us, board_us);
}

/* One that was sent in several calls stopped the board as often. */
static void add_stop(struct agent_info *info, const struct snapshot_reported *reported)
{
	bool in_parts = reported->rolling && reported->longest_stop_us != NOT_KNOWN;
	uint64_t stop_us = in_parts ? reported->longest_stop_us : reported->pause_us + reported->wait_us;

	if (reported->pause_us == NOT_KNOWN || (reported->rolling && !in_parts)) /* then pause and waits are sums */
		return;
	if (in_parts) {
		info->n_rolling++;
		if (reported->took_us != NOT_KNOWN)
			info->longest_roll_us = MAX(info->longest_roll_us, reported->took_us);
	} else {
		info->longest_pause_us = MAX(info->longest_pause_us, reported->pause_us);
	}
	info->tells_waits = reported->wait_us != NOT_KNOWN;
	if (info->tells_waits && stop_us >= info->longest_stop_us) {
		info->longest_stop_us = stop_us;
		info->wait_in_longest_us = in_parts ? NOT_KNOWN : reported->wait_us;
	}
}

void agent_info_add(struct agent_info *info, const struct event *event)
{
	switch (event->kind) {
	case EVENT_HELLO:
		info->hello = event->hello;
		info->greeted = true;
		break;
	case EVENT_SNAPSHOT:
		if (event->snapshot.reported.lost_frames == NOT_KNOWN) /* no agent made it */
			return;
		info->n_snapshots++;
		add_stop(info, &event->snapshot.reported);
		add_time(info, event->snapshot.reported.board_us);
		break;
	case EVENT_GC:
		info->n_collections++;
		if (event->gc.duration_us != NOT_KNOWN) {
			info->gc_us += event->gc.duration_us;
			info->longest_gc_us = MAX(info->longest_gc_us, event->gc.duration_us);
		}
		add_time(info, event->gc.board_us);
		break;
	case EVENT_FAILED:
		if (!event->failed.pool[0]) /* words of a program: their time is of another clock */
			return;
		info->n_failed++;
		break;
	case EVENT_LAST_WORDS:
		info->has_last_words = board_event_of(event, &info->last_words);
		break;
	case EVENT_RECOVERED:
		info->n_recovered++;
		break;
	case EVENT_MARK:
		info->n_marks++;
		break;
	case EVENT_LOST:
		info->lost_frames += event->lost.n_frames;
		info->lost_snapshots += event->lost.n_snapshots;
		info->n_abandoned += event->lost.n_abandoned;
		break;
	default:
		break;
	}
}

bool agent_info_any(const struct agent_info *info)
{
	return info->greeted || info->has_last_words || info->n_snapshots > 0 || info->n_collections > 0 ||
	       info->n_marks > 0 || info->lost_frames > 0 || info->lost_snapshots > 0;
}
