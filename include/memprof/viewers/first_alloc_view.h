/* How the first allocation in a function is drawn. Names of files and functions are untrusted. */
#pragma once

#include "memprof/analysis/first_alloc.h"
#include "memprof/base/json.h"
#include "memprof/viewers/document.h"

/* Once the program has ended. */
void document_first_alloc(struct document *d, const struct first_alloc *a);
/* memprof.first-alloc/1 (docs/schema). */
void json_first_alloc(struct json *j, const struct first_alloc *a);
