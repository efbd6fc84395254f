/* Themes of colours on a terminal, and which one fits its background. */
#pragma once

#include <stdbool.h>

enum theme {
	THEME_DARK, /* on the terminal's own background, which is dark */
	THEME_LIGHT,
	THEME_CONTRAST, /* the full-screen view brings its own background, black */
	THEME_MONO,     /* no colours: bold, underlined, reversed */
	N_THEMES
};
#define THEME_CHOICES "auto|dark|light|contrast|mono"

bool theme_named(const char *name, enum theme *ret); /* false: unknown, or "auto" */
/* By COLORFGBG, "15;0" or "0;default;15": foreground and background as numbers of the 16 colours. NULL or anything
 * else: dark. */
enum theme theme_of_terminal(const char *colorfgbg);
