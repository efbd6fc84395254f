#pragma once

#include "memprof/base/strbuf.h"

/* Untrusted text for XML and HTML, between tags or in an attribute: visible, and nothing in it marks
 * up. What XML 1.0 has no place for is not there: controls, broken UTF-8 and U+FFFE as \xNN, \uNNNN. */
void xml_text(struct strbuf *out, const char *text);
