#include "tui/palette.h"

#include "memprof/model/heap.h"

enum { BOLD = 1, DIM = 2, REVERSE = 4, UNDERLINE = 8 };

/* Of 256 colours the nearest to Okabe and Ito's, of 16 and 8 such as differ in lightness too. The ages go
 * from light to dark. What fills an area is reversed: its signs have the terminal's own ground for a colour,
 * and can be read on dark and on light. */
enum {
	ORANGE = 214,
	SKY = 74,
	GREEN = 36,
	YELLOW = 220,
	BLUE = 32,
	VERMILION = 202,
	PURPLE = 175,
	GREY = 245,
	RED_8 = 1,
	GREEN_8,
	YELLOW_8,
	BLUE_8,
	MAGENTA_8,
	CYAN_8,
	RED_16 = 9,
	GREEN_16,
	YELLOW_16,
	BLUE_16,
	MAGENTA_16,
	CYAN_16,
};

static const struct {
	short of_256, of_16, of_8;
	uint8_t colored, mono; /* attributes; what has a colour is not dim besides */
} roles[N_TUI_ROLES] = {
	[TUI_PLAIN] = { -1, -1, -1, 0, 0 },
	[TUI_FAINT] = { GREY, -1, -1, DIM, DIM },
	[TUI_HEAD] = { -1, -1, -1, BOLD, BOLD },
	[TUI_TITLE] = { -1, -1, -1, BOLD | REVERSE, BOLD | REVERSE },
	[TUI_TITLE_KEY] = { SKY, CYAN_16, CYAN_8, BOLD | REVERSE, BOLD | REVERSE },
	[TUI_TITLE_GOOD] = { GREEN, GREEN_16, GREEN_8, BOLD | REVERSE, BOLD | REVERSE },
	[TUI_TITLE_WARNING] = { ORANGE, YELLOW_16, YELLOW_8, BOLD | REVERSE, BOLD | REVERSE | UNDERLINE },
	[TUI_KEY] = { SKY, CYAN_16, CYAN_8, BOLD, BOLD },
	[TUI_CHOSEN] = { -1, -1, -1, REVERSE, REVERSE },
	[TUI_CURSOR] = { -1, -1, -1, BOLD | REVERSE, BOLD | REVERSE },
	[TUI_WARNING] = { ORANGE, YELLOW_16, YELLOW_8, BOLD, BOLD | UNDERLINE },
	[TUI_GOOD] = { GREEN, GREEN_16, GREEN_8, 0, 0 },

	[TUI_FREE] = { GREY, -1, -1, DIM, DIM },
	[TUI_USED] = { SKY, CYAN_8, CYAN_8, 0, 0 },
	[TUI_OVERHEAD] = { PURPLE, MAGENTA_8, MAGENTA_8, 0, DIM | REVERSE },
	[TUI_UNKNOWN] = { GREY, -1, -1, DIM | UNDERLINE, DIM | UNDERLINE },
	[TUI_LARGEST] = { GREEN, GREEN_8, GREEN_8, REVERSE, UNDERLINE },
	[TUI_LFB_CURVE] = { GREEN, GREEN_8, GREEN_8, 0, 0 },
	[TUI_PEAK] = { ORANGE, YELLOW_8, YELLOW_8, 0, BOLD },
	[TUI_CULPRIT] = { VERMILION, RED_16, RED_8, BOLD | REVERSE, BOLD | UNDERLINE },
	[TUI_FOUND] = { YELLOW, YELLOW_16, YELLOW_8, REVERSE | UNDERLINE, REVERSE | UNDERLINE },

	[TUI_ADDED] = { ORANGE, YELLOW_16, YELLOW_8, BOLD, BOLD },
	[TUI_REMOVED] = { BLUE, BLUE_16, BLUE_8, BOLD, DIM | UNDERLINE },
	[TUI_CHANGED] = { PURPLE, MAGENTA_16, MAGENTA_8, 0, UNDERLINE },

	[TUI_KIND_HEAD] = { -1, -1, -1, 0, 0 },
	[TUI_KIND_TUPLE] = { SKY, CYAN_16, CYAN_8, 0, 0 },
	[TUI_KIND_LIST] = { BLUE, BLUE_16, BLUE_8, 0, 0 },
	[TUI_KIND_DICT] = { PURPLE, MAGENTA_16, MAGENTA_8, 0, 0 },
	[TUI_KIND_STR] = { ORANGE, YELLOW_8, YELLOW_8, 0, 0 },
	[TUI_KIND_ARRAY] = { YELLOW, YELLOW_16, YELLOW_8, BOLD, BOLD },
	[TUI_KIND_FLOAT] = { GREEN, GREEN_8, GREEN_8, 0, 0 },
	[TUI_KIND_FUNCTION] = { VERMILION, RED_16, RED_8, 0, 0 },
	[TUI_KIND_MODULE] = { 29, GREEN_16, GREEN_8, BOLD, BOLD },
	[TUI_KIND_MARKED] = { -1, -1, -1, UNDERLINE, UNDERLINE },

	[TUI_AGE_NEW] = { YELLOW, YELLOW_16, YELLOW_8, BOLD, BOLD | UNDERLINE },
	[TUI_AGE_YOUNG] = { 178, YELLOW_8, YELLOW_8, 0, BOLD },
	[TUI_AGE_MIDDLE] = { 137, GREEN_8, GREEN_8, 0, 0 },
	[TUI_AGE_OLD] = { 67, CYAN_8, CYAN_8, 0, DIM },
	[TUI_AGE_OLDEST] = { 61, BLUE_8, BLUE_8, 0, DIM | UNDERLINE },
};

struct palette_entry palette_of(enum tui_role role, int n_colors)
{
	short color = n_colors >= 256 ? roles[role].of_256 :
		      n_colors >= 16  ? roles[role].of_16 :
		      n_colors >= 8   ? roles[role].of_8 :
					-1;
	uint8_t a = n_colors >= 8 ? roles[role].colored : roles[role].mono;

	return (struct palette_entry){ color, a & BOLD, (a & DIM) && color < 0, a & REVERSE, a & UNDERLINE };
}

enum tui_role palette_kind(uint8_t kind)
{
	static const uint8_t of_kind[256] = {
		[BLOCK_UNKNOWN] = TUI_UNKNOWN,
		[BLOCK_FREE] = TUI_FREE,
		[BLOCK_TAIL] = TUI_USED,
		[BLOCK_MARKED] = TUI_KIND_MARKED,
		[BLOCK_TUPLE] = TUI_KIND_TUPLE,
		[BLOCK_LIST] = TUI_KIND_LIST,
		[BLOCK_DICT] = TUI_KIND_DICT,
		[BLOCK_STR] = TUI_KIND_STR,
		[BLOCK_ARRAY] = TUI_KIND_ARRAY,
		[BLOCK_FLOAT] = TUI_KIND_FLOAT,
		[BLOCK_FUNCTION] = TUI_KIND_FUNCTION,
		[BLOCK_MODULE] = TUI_KIND_MODULE,
	};

	return of_kind[kind] ? (enum tui_role)of_kind[kind] : TUI_KIND_HEAD;
}

uint32_t palette_letter(uint8_t kind) { return kind > ' ' && kind < 0x7f ? kind : '?'; }
