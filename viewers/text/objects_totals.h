/* What `memprof objects` says first. */
#ifndef VIEWERS_TEXT_OBJECTS_TOTALS_H
#define VIEWERS_TEXT_OBJECTS_TOTALS_H

#include "memprof/viewers/objects_view.h"

void text_objects_totals(struct strbuf *out, const struct objects_view *view); /* in lines that end sentences */

#endif
