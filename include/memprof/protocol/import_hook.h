/* The hook of `run --imports` in builtins.__import__: its code and its output. No I/O.
 *
 * py/runtime.c, mp_import_name, uses the __import__ of builtins, which a program may override if
 * MICROPY_CAN_OVERRIDE_BUILTINS is set (from the level of extra features on). With a Python function there, relative
 * imports would be relative to __main__, because the caller's globals are not passed (py/builtinimport.c uses the
 * current ones). So the function is native if the build has an emitter: native functions keep the caller's globals.
 *
 * Memory used by the compiler is freed again (m_del), so gc.mem_alloc() does not show it. But freed memory is not
 * cleared: if all free blocks are zero before, those that are not zero afterwards were used. A viper function zeroes
 * and counts them by the allocation table, found beforehand (gc_areas.h), without allocating. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"
#include "memprof/model/gc_areas.h"
#include "memprof/model/import_origin.h"

/* Appends part i_part, from 0, of the Python code that installs the hook; false if there is none. Run all parts in
 * order; the last one prints a line, "0" if blocks can be counted, "1" if not. heap: NULL if unknown, or not to be
 * written to. native: false for a Python function that finds the package of a relative import by trying. Builds without
 * an emitter raise SyntaxError for a heap or native, those that cannot override builtins AttributeError; after that, or
 * if interrupted, run imports_hook_parts_gone_code. */
bool imports_hook_code(struct strbuf *code, size_t i_part, const struct gc_layout *heap, bool native);
extern const char imports_hook_parts_gone_code[]; /* removes the parts; raises NameError if there are none */
/* Removes the hook. Short, as the heap may be full. Raises ImportError if there is no hook. */
extern const char imports_hook_gone_code[];
/* The name of the function in tracebacks. */
#define IMPORTS_HOOK_NAME "__memprof_import"

/* ---- its output, between the control characters of repl.h ---- */

enum { IMPORTS_FRAME_MAX_BYTES = 4096, IMPORTS_NAME_BYTES = 256, IMPORTS_FILE_BYTES = 512 };

#define IMPORTS_FRAME_BEGIN "import["

struct imports_frame {
	bool ends;
	uint32_t depth;
	uint64_t used_bytes;       /* gc.mem_alloc() before the collection */
	uint64_t n_touched_blocks; /* free blocks used since the previous frame; NOT_KNOWN */
	uint64_t collected_bytes;  /* gc.mem_alloc() after the collection */
	char name[IMPORTS_NAME_BYTES], file[IMPORTS_FILE_BYTES]; /* not clean, truncated; file "": none */
	enum import_origin origin;
	bool raised;
};
/* Reads the first line of a frame. *ret_n: its end, where the text of mem_info() begins, if any. 0, or -EINVAL if it is
 * not a frame of the hook. O(n). */
int imports_frame_read(const char *text, size_t n_bytes, struct imports_frame *ret, size_t *ret_n);
