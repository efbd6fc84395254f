/* Roles and small figures that all text views share. */
#include "memprof/viewers/view.h"

/* Colour is never alone: whatever has a role here has a letter, a sign or a word too. */
static const char *const colors[N_ROLES] = {
	[ROLE_PLAIN] = "\x1b[0m",      [ROLE_HEAD] = "\x1b[1m",       [ROLE_FREE] = "\x1b[32m",
	[ROLE_LARGEST] = "\x1b[1;36m", [ROLE_WARNING] = "\x1b[1;33m", [ROLE_FAINT] = "\x1b[2m",
};

void text_role(struct strbuf *out, const struct text_style *style, enum text_role role)
{
	if (style->color)
		strbuf_puts(out, colors[role]);
}

void text_in_role(struct strbuf *out, const struct text_style *style, enum text_role role, const char *text)
{
	text_role(out, style, role);
	strbuf_puts(out, text);
	text_role(out, style, ROLE_PLAIN);
}

void text_bar(struct strbuf *out, uint64_t part, uint64_t all, unsigned columns, const struct text_style *style)
{
	uint64_t n = all ? (part * columns + all / 2) / all : 0;

	if (n == 0 && part > 0)
		n = 1;
	strbuf_repeat(out, style->utf8 ? "█" : "#", n);
}
