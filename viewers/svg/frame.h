/* What pictures that stand alone have in common: the element with its texts for readers, and texts in it. */
#pragma once

#include <stdbool.h>

#include "memprof/base/strbuf.h"

enum { FRAME_LINE_PX = 17 };

/* The element up to its back; style is put behind the colours, and what it is alone for stays within the picture in a
 * page, which has colours of its own. title and desc are untrusted. alone: a file of its own. */
void svg_begin(struct strbuf *out, bool alone, int width_px, int height_px, const char *style, const char *title,
	       const char *desc);
void svg_end(struct strbuf *out);

/* The name of an input for a title: of a long one the beginning, in whole letters. */
void svg_name(struct strbuf *out, const char *name);

/* One line of untrusted text; class: of the style. */
void svg_text(struct strbuf *out, const char *class, int x_px, int y_px, const char *text);
/* Several, as they are broken. Answers the y of the last one. */
int svg_lines(struct strbuf *out, const char *class, int x_px, int y_px, const char *text);
