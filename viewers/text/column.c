#include "text/column.h"

#include <string.h>

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

void text_count(struct strbuf *out, size_t columns, uint64_t n, const struct text_style *style)
{
	text_right(out, columns, n == NOT_KNOWN ? "-" : count_words(n, style).text);
}

void text_change(struct strbuf *out, size_t columns, int64_t n_bytes, const struct text_style *style)
{
	text_right(out, columns, change_words(n_bytes, style).text);
}

void text_size_head(struct strbuf *out, const struct text_style *style, const char *head)
{
	static const char exact[] = "bytes", human[] = " size";
	const char *found = style->sizes == SIZES_HUMAN ? strstr(head, exact) : NULL;

	text_role(out, style, ROLE_HEAD);
	if (found) {
		strbuf_add(out, head, (size_t)(found - head));
		strbuf_puts(out, human);
		head = found + strlen(exact);
	}
	strbuf_puts(out, head);
	text_role(out, style, ROLE_PLAIN);
}
