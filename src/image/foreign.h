#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What a file that no reader accepts is, and what to give memprof instead: a sentence. Never NULL. */
const char *foreign_hint(const char *head, size_t n_bytes);
/* The same for text alone; NULL: unknown. ret_table: a partition table. */
const char *foreign_text_hint(const char *head, size_t n_bytes, bool *ret_table);
/* The same for a picture. */
const char *foreign_picture_hint(const char *head, size_t n_bytes);
/* Whether a hint of foreign_text_hint is that of a log with a heap dump. */
bool foreign_is_log(const char *hint);
