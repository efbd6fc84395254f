/* Prepares a Python program to be followed: calls of a sampler go between its statements, without
 * moving a single line, so that tracebacks stay right. No I/O. */
#ifndef MEMPROF_INSTRUMENT_H
#define MEMPROF_INSTRUMENT_H

#include <stddef.h>

#include "memprof/base/strbuf.h"

/* Copies text with "CALL;" before the first simple statement of every loop's body, before every
 * simple statement at top level, and "CALL_MARK;" before every print of a line that begins with
 * "memprof: ". Line ends become LF; the last line gets one. Strings, brackets and continued lines
 * are left alone. With NULL as call the text is only copied. Returns how many calls were put in. */
size_t instrument_script(struct strbuf *out, const char *text, size_t n_bytes, const char *call, const char *call_mark);

#endif
