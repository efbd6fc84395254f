/* Folded stacks, as flamegraph.pl and its relatives take them: calls with ';' between them, a blank, the amount. */
#include <errno.h>

#include "shared/sites_words.h"

/* A ';' would begin another call. */
static void add_call(struct strbuf *out, const struct sites_frame *frame)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	sites_frame_words(&words, frame);
	for (const char *p = strbuf_text(&words); *p; p++)
		if (*p == ';')
			strbuf_puts(out, "\\x3b");
		else
			strbuf_putc(out, *p);
}

static void add_stack(struct strbuf *out, const struct sites *s, uint32_t node)
{
	struct sites_chain chain;

	sites_chain(s, node, &chain);
	if (chain.n_frames == 0)
		add_call(out, NULL);
	for (size_t i = chain.n_frames; i-- > 0;) {
		add_call(out, &s->frames[chain.frames[i]]);
		if (i > 0)
			strbuf_putc(out, ';');
	}
	strbuf_putc(out, ' ');
	strbuf_decimal(out, s->nodes[node].own.bytes);
	strbuf_putc(out, '\n');
}

/* view->sites, or what is alive of it, made in room. NULL: out of memory, recorded in out. */
static const struct sites *shown(const struct sites_view *view, struct sites *room, struct strbuf *out)
{
	*room = (struct sites){ .n_nodes = 0 };
	if (!view->alive_only)
		return view->sites;
	if (sites_alive(view->sites, room) == 0)
		return room;
	out->error = -ENOMEM;
	return NULL;
}

void folded_sites(struct strbuf *out, const struct sites_view *view)
{
	struct sites room;
	struct sites_ends ends = { .nodes = NULL };
	const struct sites *s = shown(view, &room, out);

	if (s && sites_ends(s, &ends) < 0)
		out->error = -ENOMEM;
	for (size_t i = 0; i < ends.n_nodes; i++)
		if (s->nodes[ends.nodes[i]].own.bytes > 0)
			add_stack(out, s, ends.nodes[i]);
	sites_ends_deinit(&ends);
	sites_deinit(&room);
}
