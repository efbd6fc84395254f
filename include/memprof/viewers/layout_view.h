/* A settled layout. */
#pragma once

#include "memprof/base/strbuf.h"
#include "memprof/layout/layout.h"
#include "memprof/viewers/document.h"

/* Its table and its picture, in which heights are to scale, but what would be too low to be read is made higher, and
 * the picture says so. The layout stays until the document is printed. */
void document_layout(struct document *d, const struct layout *l);
void json_layout(struct strbuf *out, const struct layout *l); /* memprof.layout/1 */
