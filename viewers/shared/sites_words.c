#include "shared/sites_words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

const struct sites_frame *sites_frame_at(const struct sites *s, uint32_t frame)
{
	return frame == SITES_NONE ? NULL : &s->frames[frame];
}

void sites_frame_words(struct strbuf *out, const struct sites_frame *frame)
{
	if (!frame) {
		strbuf_puts(out, "[calls not known]");
		return;
	}
	strbuf_puts(out, frame->file[0] ? frame->file : "?");
	if (frame->line)
		strbuf_printf(out, ":%" PRIu32, frame->line);
	if (frame->function[0])
		strbuf_printf(out, " %s", frame->function);
}

const struct sites_source *sites_source_of(const struct sites_view *view, const char *file)
{
	for (size_t i = 0; i < view->n_sources; i++)
		if (strcmp(view->sources[i].file, file) == 0)
			return &view->sources[i];
	return NULL;
}

const struct sites *sites_shown(const struct sites_view *view, struct sites *room, struct strbuf *out)
{
	*room = (struct sites){ .n_nodes = 0 };
	if (!view->alive_only)
		return view->sites;
	if (sites_alive(view->sites, room) == 0)
		return room;
	out->error = -ENOMEM;
	return NULL;
}
