#include "csv/quote.h"

#include <string.h>

void csv_quote(struct strbuf *out, const char *text)
{
	strbuf_putc(out, '"');
	if (*text && strchr("=+-@", *text))
		strbuf_putc(out, '\'');
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			strbuf_putc(out, '"');
		strbuf_putc(out, *p);
	}
	strbuf_putc(out, '"');
}
