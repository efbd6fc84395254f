#include "markdown/escape.h"

#include <string.h>

#include "memprof/base/text.h"

enum { NAME_MAX_BYTES = 240 };

/* GitHub looks for @somebody and #123 in what it has made of a comment, so "&#64;" is no help against that; a space
 * of no width behind the sign is (renovatebot/renovate, lib/util/markdown.ts). So it is against "https://" and "www.".
 */
static const char no_width[] = "&#8203;";

/* GitHub makes a formula of what stands between two of them, and a backslash is no help outside of one
 * (docs.github.com, "Writing mathematical expressions"). */
static const char no_formula[] = "<span>$</span>";

void markdown_text(struct strbuf *out, const char *text)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&clean, text);
	for (const char *p = strbuf_text(&clean); *p; p++) {
		bool links = strchr("@#", *p) || strncmp(p, "://", 3) == 0 || strncmp(p, "www.", 4) == 0;
		if (*p == '<')
			strbuf_puts(out, "&lt;");
		else if (*p == '&')
			strbuf_puts(out, "&amp;");
		else if (*p == '$')
			strbuf_puts(out, no_formula);
		else
			strbuf_printf(out, strchr("\\`*_{}[]>|~!", *p) ? "\\%c%s" : "%c%s", *p, links ? no_width : "");
	}
}

void markdown_name(struct strbuf *out, const char *name)
{
	size_t n = strlen(name);

	if (n > NAME_MAX_BYTES) {
		name += n - NAME_MAX_BYTES;
		while ((*name & 0xc0) == 0x80)
			name++;
		strbuf_puts(out, "…");
	}
	markdown_text(out, name);
}
