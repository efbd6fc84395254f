#include "tui/themes.h"

enum {
	B = BOLD,
	D = DIM,
	R = REVERSE,
	U = UNDERLINE,
	BR = B | R,
	BU = B | U,
	RU = R | U,
	DR = D | R,
	DU = D | U,
	BRU = B | R | U
};

/* Dark, light and contrast: of 256 colours near those of Okabe and Ito, and of 16. Dark: those of 16 that are bright
 * enough on black with the palettes of xterm and VGA. Light: of 16, red, magenta and the two blues are dark enough on
 * white. Contrast is on black; of 16, red and magenta are too dark for a ratio of 7. The ages go from light to dark.
 * What fills an area is reversed: its signs have the terminal's own background for a colour. Last: without colours. */
const struct role_looks role_looks[N_TUI_ROLES] = {
	[TUI_PLAIN] = { { { -1, 0, -1, 0 }, { -1, 0, -1, 0 }, { -1, 0, -1, 0 } }, 0 },
	[TUI_FAINT] = { { { 245, 0, 7, 0 }, { 240, 0, 0, 0 }, { 250, 0, 7, 0 } }, D },
	[TUI_HEAD] = { { { -1, B, -1, B }, { -1, B, -1, B }, { -1, B, -1, B } }, B },
	[TUI_TITLE] = { { { -1, BR, -1, BR }, { -1, BR, -1, BR }, { -1, BR, -1, BR } }, BR },
	[TUI_TITLE_KEY] = { { { 74, BR, 14, BR }, { 26, BR, 5, BR }, { 117, BR, 6, BR } }, BR },
	[TUI_TITLE_GOOD] = { { { 36, BR, 2, BR }, { 22, BR, 4, BR }, { 85, BR, 14, BR } }, BR },
	[TUI_TITLE_WARNING] = { { { 214, BR, 11, BR }, { 124, BR, 1, BR }, { 214, BR, 11, BR } }, BRU },
	[TUI_KEY] = { { { 74, B, 14, B }, { 26, B, 5, B }, { 117, B, 14, B } }, B },
	[TUI_CHOSEN] = { { { -1, R, -1, R }, { -1, R, -1, R }, { -1, R, -1, R } }, R },
	[TUI_CURSOR] = { { { -1, BR, -1, BR }, { -1, BR, -1, BR }, { -1, BR, -1, BR } }, BR },
	[TUI_WARNING] = { { { 214, B, 11, B }, { 124, B, 1, B }, { 214, B, 11, B } }, BU },
	[TUI_GOOD] = { { { 36, 0, 2, 0 }, { 22, 0, 4, 0 }, { 85, 0, 14, 0 } }, 0 },
	[TUI_FREE] = { { { 245, 0, 7, 0 }, { 240, 0, 0, 0 }, { 250, 0, 7, 0 } }, D },
	[TUI_USED] = { { { 74, 0, 6, 0 }, { 26, 0, 4, 0 }, { 117, 0, 10, 0 } }, 0 },
	[TUI_OVERHEAD] = { { { 175, 0, 13, 0 }, { 97, 0, 5, 0 }, { 141, 0, 11, U } }, DR },
	[TUI_UNKNOWN] = { { { 245, U, 7, U }, { 240, U, 0, U }, { 250, U, 7, U } }, DU },
	[TUI_LARGEST] = { { { 36, R, 2, R }, { 22, R, 5, R }, { 85, R, 14, R } }, U },
	[TUI_LFB_CURVE] = { { { 36, 0, 2, 0 }, { 22, 0, 5, 0 }, { 85, 0, 14, 0 } }, 0 },
	[TUI_PEAK] = { { { 214, 0, 11, 0 }, { 53, 0, 1, 0 }, { 214, 0, 15, BU } }, B },
	[TUI_CULPRIT] = { { { 202, BR, 9, BR }, { 124, BR, 1, BR }, { 203, BR, 11, BR } }, BU },
	[TUI_FOUND] = { { { 220, RU, 11, RU }, { 53, RU, 12, RU }, { 228, RU, 14, RU } }, RU },
	[TUI_ADDED] = { { { 214, B, 11, B }, { 94, B, 1, B }, { 214, B, 11, B } }, B },
	[TUI_REMOVED] = { { { 33, B, 14, BU }, { 21, B, 4, B }, { 111, B, 14, BU } }, DU },
	[TUI_CHANGED] = { { { 175, 0, 13, 0 }, { 53, 0, 5, 0 }, { 141, U, 10, U } }, U },
	[TUI_KIND_HEAD] = { { { -1, 0, -1, 0 }, { -1, 0, -1, 0 }, { -1, 0, -1, 0 } }, 0 },
	[TUI_KIND_TUPLE] = { { { 74, 0, 14, 0 }, { 26, 0, 12, 0 }, { 117, 0, 6, 0 } }, 0 },
	[TUI_KIND_LIST] = { { { 33, 0, 14, U }, { 21, 0, 4, 0 }, { 111, 0, 14, U } }, 0 },
	[TUI_KIND_DICT] = { { { 175, 0, 13, 0 }, { 97, 0, 5, 0 }, { 175, 0, 14, R } }, 0 },
	[TUI_KIND_STR] = { { { 214, 0, 11, 0 }, { 94, 0, 1, 0 }, { 172, 0, 11, 0 } }, 0 },
	[TUI_KIND_ARRAY] = { { { 226, B, 11, BU }, { 53, B, 5, BU }, { 228, B, 11, RU } }, B },
	[TUI_KIND_FLOAT] = { { { 36, 0, 2, 0 }, { 23, 0, 4, U }, { 85, 0, 10, U } }, 0 },
	[TUI_KIND_FUNCTION] = { { { 202, 0, 9, 0 }, { 88, 0, 1, U }, { 203, 0, 11, R } }, 0 },
	[TUI_KIND_MODULE] = { { { 229, B, 10, R }, { 18, B, 12, BU }, { 118, B, 14, RU } }, B },
	[TUI_KIND_MARKED] = { { { -1, U, -1, U }, { -1, U, -1, U }, { -1, U, -1, U } }, U },
	[TUI_AGE_NEW] = { { { 220, B, 11, B }, { 88, B, 1, B }, { 228, B, 11, B } }, BU },
	[TUI_AGE_YOUNG] = { { { 178, 0, 2, 0 }, { 94, 0, 5, 0 }, { 214, 0, 14, 0 } }, B },
	[TUI_AGE_MIDDLE] = { { { 137, 0, 13, 0 }, { 23, 0, 0, U }, { 175, 0, 6, 0 } }, 0 },
	[TUI_AGE_OLD] = { { { 68, 0, 14, 0 }, { 26, 0, 12, 0 }, { 117, 0, 10, U } }, D },
	[TUI_AGE_OLDEST] = { { { 105, 0, 6, 0 }, { 18, 0, 4, 0 }, { 141, 0, 6, U } }, DU },
};

const struct ground theme_grounds[N_THEMES] = {
	[THEME_DARK] = { -1, -1, -1, -1 },
	[THEME_LIGHT] = { -1, -1, -1, -1 },
	[THEME_CONTRAST] = { 231, 16, 15, 0 },
	[THEME_MONO] = { -1, -1, -1, -1 },
};
