#include "shared/sites_words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "shared/number_words.h"

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

void sites_kept_words(struct strbuf *out, const struct sites *s, const struct sites_kept *kept, bool utf8)
{
	if (kept->holder[0])
		strbuf_printf(out, "%s %s ", kept->holder, utf8 ? "←" : "<-");
	sites_frame_words(out, sites_frame_at(s, kept->frame));
}

void sites_leak_words(struct strbuf *out, const struct sites *s, const struct text_style *style)
{
	size_t n = 0, i_first = 0;

	for (size_t i = s->n_kept; i-- > 0;)
		if (s->kept[i].is_leak) {
			i_first = i;
			n++;
		}
	if (n == 0)
		return;
	strbuf_printf(out, "Leaking about %s: ", exact_words(sites_leak_bytes(s), style).text);
	sites_kept_words(out, s, &s->kept[i_first], style->utf8);
	if (n > 1)
		strbuf_printf(out, ", and %zu more line%s", n - 1, n == 2 ? "" : "s");
}

size_t sites_source_n_lines(const struct sites_source *source)
{
	size_t n = source->n_bytes > 0 && source->text[source->n_bytes - 1] != '\n';

	for (size_t i = 0; i < source->n_bytes; i++)
		n += source->text[i] == '\n';
	return n;
}

void sites_source_words(struct strbuf *out, const char *line, size_t n_bytes)
{
	enum { TAB_COLUMNS = 8 };
	size_t begin = out->n_bytes;

	for (size_t i = 0; i < n_bytes; i++)
		if (line[i] == '\t')
			strbuf_repeat(out, " ", TAB_COLUMNS - (out->n_bytes - begin) % TAB_COLUMNS);
		else if (line[i] != '\r' || i + 1 < n_bytes)
			strbuf_putc(out, line[i]);
}

void sites_alive_words(struct strbuf *out, const struct sites *s)
{
	static const char *const words[] = {
		[SITES_AT_END] = "still allocated at the end",
		[SITES_AT_COLLECTION] = "still allocated after the next collection",
		[SITES_AT_STOP] = "not freed when the samples ended",
		[SITES_AT_MARK] = "not freed at the mark",
	};

	strbuf_puts(out, words[s->alive_when]);
	if (s->alive_when == SITES_AT_MARK)
		strbuf_printf(out, " '%s'", s->alive_mark);
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
