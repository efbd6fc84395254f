#include "tui/palette.h"

#include "memprof/model/heap.h"
#include "tui/themes.h"

enum { N_DARK_COLORS = 8 }; /* the bright ones follow */

/* Terminals of 8 colours draw bold ones brighter. */
static void reduce_to_8(struct palette_entry *entry)
{
	entry->bold = entry->bold || entry->color >= N_DARK_COLORS;
	if (entry->color >= N_DARK_COLORS)
		entry->color -= N_DARK_COLORS;
}

struct palette_entry palette_of(enum tui_role role, enum theme theme, int n_colors)
{
	bool has_256 = n_colors >= 256;

	/* Of 8 colours bright text is bold, and nothing bold would differ from it. */
	if (n_colors < 2 * N_DARK_COLORS && theme_grounds[theme].text_16 >= N_DARK_COLORS)
		theme = THEME_DARK;
	if (n_colors < N_DARK_COLORS)
		theme = THEME_MONO;
	const struct looks *looks = theme == THEME_MONO ? NULL : &role_looks[role].of[theme];
	const struct ground *ground = &theme_grounds[theme];
	short text = has_256 ? ground->text_256 : ground->text_16;
	short color = !looks ? -1 : has_256 ? looks->color_256 : looks->color_16;
	uint8_t a = !looks ? role_looks[role].mono : has_256 ? looks->attributes_256 : looks->attributes_16;
	struct palette_entry entry = { color >= 0 ? color : text,
				       has_256 ? ground->ground_256 : ground->ground_16,
				       a & BOLD,
				       a & DIM,
				       a & REVERSE,
				       a & UNDERLINE };
	if (looks && n_colors < 16)
		reduce_to_8(&entry);
	return entry;
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
