#include "text/column.h"

#include "text/cut.h"

void text_right(struct strbuf *out, size_t columns, const char *clean)
{
	size_t n = text_columns_of(clean);

	strbuf_repeat(out, " ", n < columns ? columns - n : 1);
	strbuf_puts(out, clean);
}

void text_size(struct strbuf *out, size_t columns, uint64_t n_bytes, const struct text_style *style)
{
	text_right(out, columns, n_bytes == NOT_KNOWN ? "-" : figure_words(n_bytes, style).text);
}

void text_change(struct strbuf *out, size_t columns, int64_t n_bytes, const struct text_style *style)
{
	text_right(out, columns, change_words(n_bytes, style).text);
}
