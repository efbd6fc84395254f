/* Commands that are printed for somebody to type. */
#pragma once

#include "memprof/base/strbuf.h"

/* A word of a command line, which a shell takes as it is. */
void text_shell_word(struct strbuf *out, const char *word);
