/* Expected texts, as files. MEMPROF_BLESS=1 writes them anew: look at the change before it goes in. */
#pragma once

#include "memprof/base/strbuf.h"

/* Fails the test, with the difference, where tests/PATH is not this text. No such file stands for nothing. */
void golden_assert(const char *path, const struct strbuf *text);
