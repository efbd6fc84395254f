/* The colours of each theme: data, judged by tests/checks/themes. */
#pragma once

#include <stdint.h>

#include "memprof/base/theme.h"
#include "memprof/viewers/tui.h"

enum { BOLD = 1, DIM = 2, REVERSE = 4, UNDERLINE = 8 };

/* Colours are -1: that of plain text. With 8 colours: those of 16, where bold takes the place of bright. */
struct looks {
	int16_t color_256;
	uint8_t attributes_256;
	int16_t color_16;
	uint8_t attributes_16;
};
struct role_looks {
	struct looks of[THEME_MONO]; /* of the themes with colours */
	uint8_t mono;                /* attributes */
};
/* Text and background; -1: the terminal's own. */
struct ground {
	int16_t text_256, ground_256, text_16, ground_16;
};

extern const struct role_looks role_looks[N_TUI_ROLES];
extern const struct ground theme_grounds[N_THEMES];
