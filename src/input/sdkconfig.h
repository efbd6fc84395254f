/* The configuration of an ESP-IDF project, for scripts that include "sdkconfig.h" (docs.espressif.com, "Project
 * Configuration"): the text file sdkconfig, or the header that a build makes of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"
#include "memprof/io/temporary_folder.h"

/* The header of either; empty if nothing of it sets a CONFIG_ name. What -D defines stays. */
void sdkconfig_make_header(struct strbuf *header, const char *bytes, size_t n_bytes);
/* Writes sdkconfig.h into a new temporary folder. 0, or negative with diag. */
int sdkconfig_write_header(const char *name, struct temporary_folder *ret, struct diag *diag);

/* By the preprocessor's output. CONFIG_ names without a value have none in the build either: they are 0. */
bool sdkconfig_was_included(const char *output);
bool sdkconfig_is_name(const char *name, size_t n_bytes);
/* Makes each CONFIG_ name 0 that is left in the output, but for line markers and quoted text. How many; *ret_first: the
 * first. */
enum { SDKCONFIG_NAME_BYTES = 80 };
unsigned sdkconfig_clear_names(char *output, char ret_first[SDKCONFIG_NAME_BYTES]);
