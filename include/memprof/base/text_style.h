/* How a text is drawn: `cli` reads it from the options and the terminal, `viewers` draw by it. */
#ifndef MEMPROF_TEXT_STYLE_H
#define MEMPROF_TEXT_STYLE_H

#include <stdbool.h>

#include "memprof/base/theme.h"

struct text_style {
	unsigned columns; /* at least 40 */
	bool utf8, color;
	enum theme theme;
	bool map_full;     /* one letter per block */
	unsigned map_rows; /* at most so many for a pool, unless map_full; 0: no map */
	bool is_page;      /* for readers of a page: no hints on commands */
};

#endif
