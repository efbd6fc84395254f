/* The messages of an agent that samples allocations: SITE, SITE_GONE, SITES, NAME. */
#include <errno.h>

#include "agent/link_private.h"

/* A size of which sums may be made. */
static uint64_t fields_size(struct agent_fields *f)
{
	uint64_t value = fields_varint(f);

	f->truncated |= value >> 48 != 0;
	return value;
}

static void read_frame(struct agent_fields *f, struct event_site_frame *ret)
{
	ret->file = fields_below(f, UINT32_MAX);
	ret->name = fields_below(f, UINT32_MAX);
	ret->line = fields_below(f, UINT32_MAX);
}

int agent_link_read_site(struct agent_link *link, struct agent_fields *f)
{
	struct event event = { .kind = EVENT_SITE };
	struct event_site *site = &event.site;

	site->n_lost = fields_varint(f);
	uint8_t flags = fields_u8(f);
	site->number = (uint16_t)fields_below(f, UINT16_MAX + 1);
	site->step_bytes = fields_size(f);
	site->size_bytes = fields_size(f);
	site->address = fields_varint(f);
	site->is_cut = flags & WIRE_SITE_CUT;
	site->is_followed = !(flags & WIRE_SITE_NOT_FOLLOWED);
	site->n_frames = flags & WIRE_SITE_FRAMES_MAX;
	site->frames = link->site_frames;
	for (uint32_t i = 0; i < site->n_frames; i++)
		read_frame(f, &link->site_frames[i]);
	if (f->p < f->end) {
		site->size_class = (uint8_t)fields_below(f, EVENT_SITE_CLASSES);
		site->class_bytes = (uint32_t)fields_varint(f);
	}
	if (f->truncated || site->step_bytes == 0)
		return -EBADMSG;
	agent_link_push(link, &event);
	return 0;
}

int agent_link_read_site_gone(struct agent_link *link, struct agent_fields *f)
{
	struct event event = { .kind = EVENT_SITE_GONE };

	event.site_gone.number = (uint16_t)fields_below(f, UINT16_MAX + 1);
	event.site_gone.is_freed = fields_u8(f) == WIRE_SITE_FREED;
	if (f->truncated)
		return -EBADMSG;
	agent_link_push(link, &event);
	return 0;
}

int agent_link_read_sites(struct agent_link *link, struct agent_fields *f)
{
	struct event event = { .kind = EVENT_SITES };

	event.sites.step_bytes = fields_size(f);
	event.sites.keep_ms = fields_below(f, UINT32_MAX);
	event.sites.waits = fields_u8(f) != 0;
	if (f->truncated)
		return -EBADMSG;
	agent_link_push(link, &event);
	return 0;
}

int agent_link_read_name(struct agent_link *link, struct agent_fields *f)
{
	struct event event = { .kind = EVENT_SITE_NAME };

	event.site_name.number = fields_below(f, UINT32_MAX);
	event.site_name.text = (struct event_text){ (const char *)f->p, (size_t)(f->end - f->p) };
	if (f->truncated)
		return -EBADMSG;
	agent_link_push(link, &event);
	return 0;
}
