/* What `memprof objects` says first. */
#ifndef VIEWERS_TEXT_OBJECTS_TOTALS_H
#define VIEWERS_TEXT_OBJECTS_TOTALS_H

#include "memprof/viewers/objects_view.h"

/* In lines that end sentences. */
void text_objects_totals(struct strbuf *out, const struct objects_view *view, const struct text_style *style);

#endif
