/* What running a program did to the heap. */
#pragma once

#include "memprof/analysis/run_info.h"
#include "memprof/base/json.h"

void json_run(struct json *j, const char *key, const struct run_info *run);
void json_run_pools(struct json *j, const struct run_info *run); /* the member "pools"; none if there are no others */
