/* Roles and small figures that all text views share. */
#include "memprof/viewers/view.h"

/* Colour is never alone: whatever has a role here has a letter, a sign or a word too. On a light background, of the 16
 * colours red, magenta and blue are dark enough. The background of contrast is not known. */
#define WITHOUT_COLORS                                                                                          \
	[ROLE_PLAIN] = "\x1b[0m", [ROLE_HEAD] = "\x1b[1m", [ROLE_FREE] = "\x1b[0m", [ROLE_LARGEST] = "\x1b[1m", \
	[ROLE_WARNING] = "\x1b[1;4m", [ROLE_FAINT] = "\x1b[0m"
static const char *const colors[N_THEMES][N_ROLES] = {
	[THEME_DARK] = {
		[ROLE_PLAIN] = "\x1b[0m",      [ROLE_HEAD] = "\x1b[1m",       [ROLE_FREE] = "\x1b[32m",
		[ROLE_LARGEST] = "\x1b[1;36m", [ROLE_WARNING] = "\x1b[1;33m", [ROLE_FAINT] = "\x1b[2m",
	},
	[THEME_LIGHT] = {
		[ROLE_PLAIN] = "\x1b[0m",      [ROLE_HEAD] = "\x1b[1m",       [ROLE_FREE] = "\x1b[34m",
		[ROLE_LARGEST] = "\x1b[1;35m", [ROLE_WARNING] = "\x1b[1;31m", [ROLE_FAINT] = "\x1b[2m",
	},
	[THEME_CONTRAST] = { WITHOUT_COLORS },
	[THEME_MONO] = { WITHOUT_COLORS },
};

void text_role(struct strbuf *out, const struct text_style *style, enum text_role role)
{
	if (style->color)
		strbuf_puts(out, colors[style->theme][role]);
}

void text_in_role(struct strbuf *out, const struct text_style *style, enum text_role role, const char *text)
{
	text_role(out, style, role);
	strbuf_puts(out, text);
	text_role(out, style, ROLE_PLAIN);
}
