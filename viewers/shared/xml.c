#include "shared/xml.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

void xml_text(struct strbuf *out, const char *text)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&clean, text);
	if (strbuf_error(&clean))
		out->error = -ENOMEM;
	for (const char *p = strbuf_text(&clean), *end = p + clean.n_bytes; p < end;) {
		uint32_t point = 0;
		size_t n = MAX(text_utf8((const uint8_t *)p, (const uint8_t *)end, &point), (size_t)1);
		if (strchr("&<>\"'", *p))
			strbuf_printf(out, "&#%d;", *p);
		else if ((point & 0xfffe) == 0xfffe) /* no character, and not allowed in XML */
			strbuf_printf(out, "\\u%04" PRIx32, point);
		else
			strbuf_add(out, p, n);
		p += n;
	}
}
