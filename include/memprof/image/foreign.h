/* Files given by mistake, or that memprof cannot read: what they are, and what to give instead, as sentences. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* For what was to be a map or an ELF. Never NULL. */
const char *foreign_hint(const char *head, size_t n_bytes);

/* For what was to be something else, which names the option that takes it. NULL: unknown, or not text (it has a NUL) or
 * a picture. ret_table: it is a partition table. */
const char *foreign_text_hint(const char *bytes, size_t n_bytes, bool *ret_table);

/* For what was to be a log, and has no heap dump in it. certain: by its first bytes, which no console log has. NULL:
 * unknown. */
const char *foreign_log_hint(const char *head, size_t n_bytes, bool certain);
