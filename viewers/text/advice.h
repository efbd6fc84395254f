/* What to do about what a report found. */
#ifndef VIEWERS_TEXT_ADVICE_H
#define VIEWERS_TEXT_ADVICE_H

#include "memprof/viewers/view.h"

/* One paragraph, by what is worst: the last error, a leak, the state of the dump. Nothing if there is nothing to do. */
void text_advice(struct strbuf *out, const struct text_report *report, bool leaks, enum health health);

#endif
