#include "shared/sites_words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "shared/number_words.h"

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

void sites_change_words(struct strbuf *out, const struct sites_view *view, const struct sites_change *change)
{
	const struct sites_frame *old = sites_frame_at(view->before, change->before);
	const struct sites_frame *new = sites_frame_at(view->after, change->after);

	sites_frame_words(out, new ? new : old);
	if (old && new && old->line != new->line)
		strbuf_printf(out, " (was line %" PRIu32 ")", old->line);
}

void sites_kept_words(struct strbuf *out, const struct sites *s, const struct sites_kept *kept, bool utf8)
{
	if (kept->holder[0])
		strbuf_printf(out, "%s %s ", kept->holder, utf8 ? "←" : "<-");
	sites_frame_words(out, sites_frame_at(s, kept->frame));
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
		[SITES_AT_HALT] = "still in use when the samples ended",
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
