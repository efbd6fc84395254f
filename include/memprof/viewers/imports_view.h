/* What each import cost, as JSON: run --imports. */
#pragma once

#include "memprof/analysis/imports.h"
#include "memprof/base/json.h"

/* The member "imports" of memprof.report/1; null for NULL. */
void json_imports(struct json *j, const char *key, const struct imports *imports);
