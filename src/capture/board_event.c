#include "memprof/capture/board_event.h"

#include <string.h>

const char *happening_name(enum happening what)
{
	static const char *const names[] = {
		[HAPPENED_GC] = "gc",           [HAPPENED_FAILED] = "failed", [HAPPENED_RECOVERED] = "recovered",
		[HAPPENED_MARK] = "mark",       [HAPPENED_AREA] = "area",     [HAPPENED_LOST] = "lost",
		[HAPPENED_REFUSED] = "refused", [HAPPENED_RESET] = "reset",   [HAPPENED_LINK] = "link",
	};
	return names[what];
}

bool happening_of(const struct event *event, struct happening_info *ret)
{
	struct happening_info h = {
		.at_us = event->at_us, .bytes = NOT_KNOWN, .duration_us = NOT_KNOWN, .address = NOT_KNOWN
	};

	switch (event->kind) {
	case EVENT_GC:
		h.what = HAPPENED_GC;
		h.duration_us = event->gc.duration_us;
		h.by_threshold = event->gc.by_threshold;
		break;
	case EVENT_FAILED:
		h.what = HAPPENED_FAILED;
		h.bytes = event->failed.asked_bytes;
		memcpy(h.pool, event->failed.pool, sizeof(h.pool));
		break;
	case EVENT_RECOVERED:
		h.what = HAPPENED_RECOVERED;
		h.bytes = event->recovered.asked_bytes;
		memcpy(h.pool, event->recovered.pool, sizeof(h.pool));
		break;
	case EVENT_MARK:
		h.what = HAPPENED_MARK;
		memcpy(h.label, event->mark.bytes, MIN(event->mark.n_bytes, sizeof(h.label) - 1));
		break;
	case EVENT_AREA:
		h.what = HAPPENED_AREA;
		h.address = event->area.address;
		h.bytes = event->area.size_bytes;
		h.added = event->area.added;
		break;
	case EVENT_LOST:
		h.what = HAPPENED_LOST;
		h.n_frames = event->lost.n_frames;
		h.n_snapshots = event->lost.n_snapshots;
		h.n_abandoned = event->lost.n_abandoned;
		break;
	case EVENT_HELLO:
		if (!event->hello.refused || event->hello.again)
			return false;
		h.what = HAPPENED_REFUSED;
		h.wire_major = event->hello.wire_major;
		h.wire_minor = event->hello.wire_minor;
		break;
	case EVENT_RESET:
		h.what = HAPPENED_RESET;
		break;
	default:
		return false;
	}
	*ret = h;
	return true;
}

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
		if (event->snapshot.told.lost_frames == NOT_KNOWN) /* no agent made it */
			return;
		info->n_snapshots++;
		if (event->snapshot.told.pause_us != NOT_KNOWN)
			info->longest_pause_us = MAX(info->longest_pause_us, event->snapshot.told.pause_us);
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
