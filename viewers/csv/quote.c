#include "csv/quote.h"

#include <string.h>

#include "memprof/base/text.h"

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

void csv_text(struct strbuf *out, const char *text)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_visible(&clean, text, strlen(text), false);
	csv_quote(out, strbuf_text(&clean));
}
