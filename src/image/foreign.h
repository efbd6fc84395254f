#ifndef MEMPROF_FOREIGN_H
#define MEMPROF_FOREIGN_H

#include <stddef.h>

/* What a file that no reader takes is instead, and what to give memprof then: a sentence. Never NULL. */
const char *foreign_says(const char *head, size_t n_bytes);

#endif
