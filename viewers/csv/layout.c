/* The layout table for spreadsheets (RFC 4180): numbers bare, texts quoted. What a spreadsheet would take for a
 * formula stands behind an apostrophe, as the names are anybody's. */
#include <inttypes.h>

#include "csv/quote.h"
#include "memprof/base/text.h"
#include "memprof/viewers/layout_view.h"
#include "shared/layout_line.h"

static void add_figure(struct strbuf *out, uint64_t value)
{
	if (value != NOT_KNOWN)
		strbuf_printf(out, "%" PRIu64, value);
	strbuf_putc(out, ',');
}

static void add_line(struct strbuf *out, const char *space, const struct layout_line *line)
{
	struct strbuf from CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (uint32_t i = 0; line->span && i < line->span->n_from; i++)
		strbuf_printf(&from, "%s%s", i ? "; " : "", line->span->from[i]);
	csv_quote(out, space);
	strbuf_printf(out, ",%" PRIu32 ",0x%" PRIx64 ",0x%" PRIx64 ",", line->depth, line->start, line->last);
	add_figure(out, line->size_bytes);
	add_figure(out, line->used_bytes);
	add_figure(out, line->free_bytes);
	strbuf_printf(out, "%s,", line->kind);
	csv_quote(out, line->name);
	strbuf_putc(out, ',');
	csv_quote(out, strbuf_text(&from));
	strbuf_puts(out, "\r\n");
}

void csv_layout(struct strbuf *out, const struct layout *l)
{
	strbuf_puts(out, "space,depth,first,last,size,used,free,kind,name,from\r\n");
	for (size_t i = 0; i < l->n_rows; i++) {
		struct layout_line line = layout_line_at(l, i);
		add_line(out, l->spaces[l->rows[i].i_space].name, &line);
	}
}
