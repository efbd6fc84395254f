/* Lines of an allocation profile as CSV. */
#include <errno.h>
#include <inttypes.h>

#include "csv/quote.h"
#include "shared/sites_words.h"

static void add_figure(struct strbuf *out, bool is_known, uint64_t value)
{
	strbuf_putc(out, ',');
	if (is_known)
		strbuf_decimal(out, value);
}

/* Of what is alive no samples were taken: it is a part of theirs. */
static void add_line(struct strbuf *out, const struct sites *s, const struct sites_line *line, bool has_samples)
{
	const struct sites_frame *frame = sites_frame_at(s, line->frame);

	csv_quote(out, frame ? frame->file : "");
	add_figure(out, frame && frame->line, frame ? frame->line : 0);
	strbuf_putc(out, ',');
	csv_quote(out, frame ? frame->function : "");
	add_figure(out, true, line->own.bytes);
	add_figure(out, true, line->total.bytes);
	add_figure(out, s->has_counts, line->own.count);
	add_figure(out, s->has_alive, line->own.alive_bytes);
	add_figure(out, has_samples, line->own.n_samples);
	strbuf_puts(out, "\r\n");
}

void csv_sites(struct strbuf *out, const struct sites_view *view)
{
	struct sites room;
	struct sites_lines lines = { .lines = NULL };
	const struct sites *s = sites_shown(view, &room, out);

	if (s && sites_lines(s, &lines) < 0)
		out->error = -ENOMEM;
	strbuf_printf(out, "file,line,function,own_%s,total_%s,count,alive_bytes,samples\r\n",
		      sites_unit_name(view->sites->unit), sites_unit_name(view->sites->unit));
	for (size_t i = 0; i < lines.n_lines; i++)
		add_line(out, s, &lines.lines[i], !view->alive_only);
	sites_lines_deinit(&lines);
	sites_deinit(&room);
}
