#include "csv/quote.h"

#include <string.h>

#include "memprof/base/text.h"

void csv_quote(struct strbuf *out, const char *text)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&clean, text);
	strbuf_putc(out, '"');
	if (*text && strchr("=+-@", *text))
		strbuf_putc(out, '\'');
	for (const char *p = strbuf_text(&clean); *p; p++) {
		if (*p == '"')
			strbuf_putc(out, '"');
		strbuf_putc(out, *p);
	}
	strbuf_putc(out, '"');
}
