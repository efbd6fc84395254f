#include "memprof/model/board_event.h"

#include <string.h>

const char *board_event_kind_name(enum board_event_kind kind)
{
	static const char *const names[] = {
		[BOARD_EVENT_GC] = "gc",
		[BOARD_EVENT_FAILED] = "failed",
		[BOARD_EVENT_RECOVERED] = "recovered",
		[BOARD_EVENT_MARK] = "mark",
		[BOARD_EVENT_AREA] = "area",
		[BOARD_EVENT_LOST] = "lost",
		[BOARD_EVENT_REFUSED] = "refused",
		[BOARD_EVENT_LARGE] = "large",
		[BOARD_EVENT_LAST_WORDS] = "last-words",
		[BOARD_EVENT_RESET] = "reset",
		[BOARD_EVENT_LINK] = "link",
	};
	return names[kind];
}

static void take_details(struct board_event *to, const struct event_failure_details *details)
{
	to->caller = details->caller;
	to->largest_free_bytes = details->largest_free_bytes;
	memcpy(to->task, details->task, sizeof(to->task));
}

bool board_event_of(const struct event *event, struct board_event *ret)
{
	struct board_event h = {
		.at_us = event->at_us, .bytes = NOT_KNOWN, .duration_us = NOT_KNOWN, .address = NOT_KNOWN
	};

	switch (event->kind) {
	case EVENT_GC:
		h.kind = BOARD_EVENT_GC;
		h.duration_us = event->gc.duration_us;
		h.by_threshold = event->gc.by_threshold;
		break;
	case EVENT_FAILED:
		h.kind = BOARD_EVENT_FAILED;
		h.bytes = event->failed.asked_bytes;
		memcpy(h.pool, event->failed.pool, sizeof(h.pool));
		take_details(&h, &event->failed.details);
		break;
	case EVENT_RECOVERED:
		h.kind = BOARD_EVENT_RECOVERED;
		h.bytes = event->recovered.asked_bytes;
		memcpy(h.pool, event->recovered.pool, sizeof(h.pool));
		break;
	case EVENT_LARGE:
		h.kind = BOARD_EVENT_LARGE;
		h.bytes = event->large.asked_bytes;
		h.caller = event->large.caller;
		memcpy(h.pool, event->large.pool, sizeof(h.pool));
		break;
	case EVENT_LAST_WORDS:
		h.kind = BOARD_EVENT_LAST_WORDS;
		h.then_us = event->last_words.then_us;
		h.bytes = event->last_words.asked_bytes;
		h.fault = event->last_words.fault;
		memcpy(h.pool, event->last_words.pool, sizeof(h.pool));
		take_details(&h, &event->last_words.details);
		break;
	case EVENT_MARK:
		h.kind = BOARD_EVENT_MARK;
		if (event->mark.n_bytes > 0) /* else there may be no bytes at all */
			memcpy(h.label, event->mark.bytes, MIN(event->mark.n_bytes, sizeof(h.label) - 1));
		break;
	case EVENT_AREA:
		h.kind = BOARD_EVENT_AREA;
		h.address = event->area.address;
		h.bytes = event->area.size_bytes;
		h.added = event->area.added;
		break;
	case EVENT_LOST:
		h.kind = BOARD_EVENT_LOST;
		h.n_frames = event->lost.n_frames;
		h.n_snapshots = event->lost.n_snapshots;
		h.n_abandoned = event->lost.n_abandoned;
		break;
	case EVENT_HELLO:
		if (!event->hello.refused || event->hello.again)
			return false;
		h.kind = BOARD_EVENT_REFUSED;
		h.wire_major = event->hello.wire_major;
		h.wire_minor = event->hello.wire_minor;
		break;
	case EVENT_RESET:
		h.kind = BOARD_EVENT_RESET;
		break;
	default:
		return false;
	}
	*ret = h;
	return true;
}
