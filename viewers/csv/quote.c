#include "csv/quote.h"

void csv_quote(struct strbuf *out, const char *prefix, const char *text)
{
	strbuf_putc(out, '"');
	strbuf_puts(out, prefix);
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			strbuf_putc(out, '"');
		strbuf_putc(out, *p);
	}
	strbuf_putc(out, '"');
}
