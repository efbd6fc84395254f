/* The colours of each theme: data, judged by tests/checks/themes. */
#ifndef MEMPROF_TUI_THEMES_H
#define MEMPROF_TUI_THEMES_H

#include <stdint.h>

#include "memprof/base/theme.h"
#include "memprof/viewers/tui.h"

enum { BOLD = 1, DIM = 2, REVERSE = 4, UNDERLINE = 8 };

struct look {
	int16_t color; /* of 256 or 16; -1: that of plain text */
	uint8_t attributes;
};
struct looks {
	struct look of_256, of_16; /* with 8 colours: of_16, where bold takes the place of bright */
};
/* Text and background; -1: the terminal's own. */
struct ground {
	int16_t text_256, ground_256, text_16, ground_16;
};

extern const struct looks *const theme_looks[N_THEMES]; /* N_TUI_ROLES each; NULL: mono */
extern const struct ground theme_grounds[N_THEMES];
extern const uint8_t mono_attributes[N_TUI_ROLES];

#endif
