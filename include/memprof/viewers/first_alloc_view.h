/* How the first allocation in a function is drawn. Names of files and functions are untrusted. */
#pragma once

#include "memprof/analysis/first_alloc.h"
#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"

/* Once the program has ended. */
void text_first_alloc(struct strbuf *out, const struct first_alloc *a, const struct text_style *style);
/* memprof.first-alloc/1 (docs/schema). */
void json_first_alloc(struct json *j, const struct first_alloc *a);
