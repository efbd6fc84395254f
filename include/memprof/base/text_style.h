/* How a text is drawn: `cli` reads it from the options and the terminal, `viewers` draw by it. */
#pragma once

#include <stdbool.h>

#include "memprof/base/theme.h"

/* What a text is, for its colour. */
enum text_role { ROLE_PLAIN, ROLE_HEAD, ROLE_FREE, ROLE_LARGEST, ROLE_WARNING, ROLE_FAINT, N_ROLES };

/* How sizes are written; counts are exact in any case. */
enum size_style {
	SIZES_USUAL, /* in tables exact, in most sentences "240.4 KiB" */
	SIZES_EXACT, /* everywhere, and no number is grouped: for scripts and diffs */
	SIZES_HUMAN, /* "240.4 KiB" everywhere */
};

struct text_style {
	unsigned columns; /* at least 40 */
	bool utf8, color;
	enum size_style sizes;
	enum theme theme;
	bool map_full;     /* one letter per block */
	unsigned map_rows; /* at most so many for a pool, unless map_full; 0: no map */
	bool is_page;      /* with a narrow no-break space, a minus sign, and names of inputs without folders */
};
