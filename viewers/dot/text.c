#include "dot/text.h"

#include "memprof/base/text.h"

void dot_text(struct strbuf *out, const char *text, size_t n_bytes)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_visible(&clean, text, n_bytes, false);
	for (const char *p = strbuf_text(&clean); *p; p++) {
		if (*p == '"' || *p == '\\')
			strbuf_putc(out, '\\');
		strbuf_putc(out, *p);
	}
}
