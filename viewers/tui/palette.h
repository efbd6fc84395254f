/* Colours of the roles: readable by people who do not see all colours (tests/checks/themes); never the only sign. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memprof/base/theme.h"
#include "memprof/viewers/tui.h"

struct palette_entry {
	short color, ground; /* of the terminal, 0 .. n_colors - 1; -1: its own */
	bool bold, dim, reverse, underline;
};
/* n_colors: 0 (mono), 8, 16, 256 and more. */
struct palette_entry palette_of(enum tui_role role, enum theme theme, int n_colors);
/* The role of a kind's letter. */
enum tui_role palette_kind(uint8_t kind);
/* The sign of a kind: its letter, or '?' if that cannot be printed. */
uint32_t palette_letter(uint8_t kind);
