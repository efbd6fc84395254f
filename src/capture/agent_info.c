#include "memprof/capture/agent_info.h"

static void add_time(struct agent_info *info, uint64_t at_us)
{
	if (at_us == NOT_KNOWN)
		return;
	if (!info->timed)
		info->first_us = at_us;
	info->timed = true;
	info->last_us = MAX(info->last_us, at_us);
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
		if (event->snapshot.reported.pause_us != NOT_KNOWN)
			info->longest_pause_us = MAX(info->longest_pause_us, event->snapshot.reported.pause_us);
		break;
	case EVENT_GC:
		info->n_collections++;
		if (event->gc.duration_us != NOT_KNOWN) {
			info->gc_us += event->gc.duration_us;
			info->longest_gc_us = MAX(info->longest_gc_us, event->gc.duration_us);
		}
		break;
	case EVENT_FAILED:
		if (!event->failed.pool[0]) /* words of a program: their time is of another clock */
			return;
		info->n_failed++;
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
		return;
	}
	add_time(info, event->at_us);
}

bool agent_info_any(const struct agent_info *info)
{
	return info->greeted || info->n_snapshots > 0 || info->n_collections > 0 || info->n_marks > 0 ||
	       info->lost_frames > 0 || info->lost_snapshots > 0;
}
