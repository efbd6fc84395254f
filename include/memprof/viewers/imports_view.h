/* What each import cost, as text and as JSON: run --imports. */
#pragma once

#include "memprof/analysis/imports.h"
#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"

/* A table, nested imports under the one they are within; what modules of each origin keep; the order that needs the
 * least. At most IMPORTS_TEXT_ROWS rows. imports_end was called. */
enum { IMPORTS_TEXT_ROWS = 200 };
void text_imports(struct strbuf *out, const struct imports *imports, const struct text_style *style);
/* Without the table: for a page, which has one of its own. */
void text_imports_words(struct strbuf *out, const struct imports *imports, const struct text_style *style);

/* The member "imports" of memprof.report/1; null for NULL. */
void json_imports(struct json *j, const char *key, const struct imports *imports);
