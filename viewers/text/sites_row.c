/* Parts of the rows that the tables of an allocation profile have in common. */
#include "text/sites.h"

#include <string.h>

#include "text/column.h"
#include "text/cut.h"

enum { NAME_COLUMNS_MIN = 24, FUNCTION_COLUMNS_MIN = 7 };

void text_sites_figure(struct strbuf *out, const struct sites *s, uint64_t value, const struct text_style *style)
{
	if (s->unit == SITES_TIME)
		text_count(out, SITES_SIZE_COLUMNS, value, style);
	else
		text_size(out, SITES_SIZE_COLUMNS, value, style);
}

void text_sites_share(struct strbuf *out, const struct sites *s, uint64_t value)
{
	uint64_t all = s->nodes[0].total.bytes;

	strbuf_printf(out, " %5.1f %%", all ? 100 * (double)value / (double)all : 0);
}

void text_sites_name(struct strbuf *out, const char *name, size_t n_before, const struct text_style *style)
{
	size_t columns = style->columns > n_before + NAME_COLUMNS_MIN ? style->columns - n_before : NAME_COLUMNS_MIN;
	const char *function = strrchr(name, ' '); /* behind file and line */
	bool has_line = function && (size_t)(function - name) + FUNCTION_COLUMNS_MIN <= columns;

	text_cut(out, name, strlen(name), columns, has_line ? CUT_END : CUT_MIDDLE);
	strbuf_putc(out, '\n');
}
