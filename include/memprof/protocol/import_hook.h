/* The hook of `run --imports` in builtins.__import__: its code, and what it prints. No I/O.
 *
 * py/runtime.c, mp_import_name, takes __import__ from the builtins that a program may override, where
 * MICROPY_CAN_OVERRIDE_BUILTINS is set (the level of extra features and up). A Python function there would make
 * relative imports ones of __main__, as the caller's globals are not handed over (py/builtinimport.c takes the current
 * ones). So the function is made native, where there is an emitter: such a one changes no globals, and can ask for
 * them.
 *
 * Whatever the compiler takes for a while it frees itself (m_del), so gc.mem_alloc() does not show it afterwards. But
 * what is freed is not wiped: with all free blocks zero before, those that are not zero any more were used. A viper
 * function zeroes and counts them by the allocation table, found beforehand (gc_areas.h); nothing is allocated for it.
 */
#ifndef MEMPROF_IMPORTS_HOOK_H
#define MEMPROF_IMPORTS_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/imports.h"
#include "memprof/base/strbuf.h"

/* Where the heap keeps its tables. */
struct imports_heap {
	uint64_t address;    /* of the first area's structure: the word before its table's pointer */
	unsigned word_bytes; /* 4 or 8 */
	unsigned block_bytes;
	unsigned n_tables; /* 1 to 3 */
	bool chained;      /* that word leads to the next area */
};

/* Appends part i_part, from 0, of the Python that puts the hook in; false if there is none. All have to be run, one
 * after the other; the last one prints a line, "0" if blocks can be counted, "1" if not. heap: NULL where it is not
 * known, or must not be written to. native: else a Python function finds the package of a relative import by trying.
 * Builds without an emitter raise SyntaxError for a heap or a native one, those that cannot override builtins
 * AttributeError; then, or if it was stopped, what is there has to go. */
bool imports_hook_code(struct strbuf *code, size_t i_part, const struct imports_heap *heap, bool native);
extern const char imports_hook_parts_gone_code[]; /* raises NameError where there are none */
/* Takes the hook away again; nothing is left. As short as can be: the heap may be full. Raises ImportError where there
 * is none. */
extern const char imports_hook_gone_code[];
/* The function in its tracebacks. */
#define IMPORTS_HOOK_NAME "__memprof_import"

/* ---- what it prints, between the control characters of repl.h ---- */

enum { IMPORTS_FRAME_MAX_BYTES = 4096, IMPORTS_NAME_BYTES = 256, IMPORTS_FILE_BYTES = 512 };

/* Whether this can be the beginning of one: else a program printed it. O(1). */
bool imports_frame_may_be(const char *text, size_t n_bytes);

struct imports_frame {
	bool ends;
	uint32_t depth;
	uint64_t used_bytes;       /* gc.mem_alloc() before the collection … */
	uint64_t n_touched_blocks; /* … and how many free blocks were used since the frame before; NOT_KNOWN */
	uint64_t collected_bytes;  /* gc.mem_alloc() after it */
	char name[IMPORTS_NAME_BYTES], file[IMPORTS_FILE_BYTES]; /* a board's bytes, cut if longer; file "": none */
	enum import_origin origin;
	bool raised;
};
/* The first line. *ret_n: where it ends, and the text of mem_info() begins, if there is one. 0, or -EINVAL if it is
 * none of the hook's. O(n). */
int imports_frame_read(const char *text, size_t n_bytes, struct imports_frame *ret, size_t *ret_n);

#endif
