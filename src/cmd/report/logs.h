/* A report of saved logs. */
#pragma once

#include "report/document.h"

/* One document of n logs, in this order, from its beginning to its end: the caller sets what is the caller's of d, but
 * for the title. The exit code. */
int document_of_logs(struct document *d, const char *const *names, size_t n, const struct log_format *format);
