/* A settled layout. */
#pragma once

#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"
#include "memprof/layout/layout.h"

void text_layout(struct strbuf *out, const struct layout *l, const struct text_style *style);
void json_layout(struct strbuf *out, const struct layout *l); /* memprof.layout/1 */
void markdown_layout(struct strbuf *out, const struct layout *l);
void csv_layout(struct strbuf *out, const struct layout *l); /* RFC 4180, a line for each row of the table */
/* A picture that stands alone: heights are to scale, but what would be too low to be read is made higher, and the
 * picture says so. */
void svg_layout(struct strbuf *out, const struct layout *l);
void html_layout(struct strbuf *out, const struct layout *l); /* the picture, and the table */
