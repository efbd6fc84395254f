/* The picture of a layout: a column of boxes for each space. */
#pragma once

#include "memprof/base/strbuf.h"
#include "memprof/layout/layout.h"

/* An <svg> element with its own style, for a file of its own (with the namespace), or in a page that has a title and
 * a list of conflicts. To that it brings the colours of the kinds, and each row of the layout is a <g data-row="its
 * number">. */
void svg_picture(struct strbuf *out, const struct layout *l, bool in_page);

/* Colours of the kinds, light and dark, as custom properties of :root. */
extern const char svg_colors[];
