/* Instruments a Python program: inserts calls of a sampler between its statements, without moving any
 * line, so that line numbers in tracebacks stay correct. No I/O. */
#pragma once

#include <stddef.h>

#include "memprof/base/strbuf.h"

/* Copies text, with "CALL;" before the first simple statement of every loop's body and before every
 * simple statement at top level, and "CALL_MARK;" before every print of a line that begins with
 * "memprof: ". Line ends become LF, also on the last line. Strings, brackets and continued lines are
 * not changed. call, call_mark NULL: none of these. Returns the number of calls inserted. */
size_t instrument_script(struct strbuf *out, const char *text, size_t n_bytes, const char *call, const char *call_mark);

/* Copies text as instrument_script, with "CALL;" before the first simple statement at top level, and before
 * those that begin a block of an if, a loop or the like before it, which may be all there is. Never in a function, so
 * that nothing calls it later. Returns the number of calls inserted. */
size_t instrument_begin(struct strbuf *out, const char *text, size_t n_bytes, const char *call);
