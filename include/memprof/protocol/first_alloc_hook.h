/* The hook of `sites --first-alloc` around one function: how it gets into the program, its code and its output. No I/O.
 *
 * A call runs between micropython.heap_lock() and heap_unlock(), where each allocation raises MemoryError. With the
 * heap locked every exception is made in the one object and the buffer that MicroPython keeps for emergencies
 * (py/objexcept.c, mp_emergency_exception_obj), with its two innermost frames. So that object also shows what the
 * function caught itself: its type is set to GeneratorExit before each call, and is looked at after it.
 *
 * The wrapper passes each argument by itself, as f(*a) allocates. It is no closure, as the call of one allocates if it
 * has more than five variables and arguments (py/objclosure.c). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"

enum { FIRST_ALLOC_PARAMETERS_MAX = 8, FIRST_ALLOC_PARAMETER_BYTES = 64, FIRST_ALLOC_NAME_BYTES = 128 };

struct first_alloc_target {
	char name[FIRST_ALLOC_NAME_BYTES]; /* "loop", "Class.method", "module.func" */
	bool in_program;                   /* else of a module, which is imported when the program begins */
	unsigned n_parameters, n_required; /* of a module's function: as many as there may be, none required */
	char parameters[FIRST_ALLOC_PARAMETERS_MAX][FIRST_ALLOC_PARAMETER_BYTES]; /* "": without a name */
};

/* Copies the program with calls of the hook where it defines the function, or, of a module's, before its first
 * statement. No line moves: a call goes on a blank or comment line before the def, as a decorator; on such a line after
 * its body; before the next statement there; or behind the last line. Line ends become LF. 0; -EINVAL, with place and
 * reason: there is no such function, it cannot be wrapped, or there is no place for the call. O(n). */
int first_alloc_script(struct strbuf *out, const char *text, size_t n_bytes, const char *file, const char *name,
		       struct first_alloc_target *ret, struct diag *diag);

/* Appends Python code that puts the hook in under the global name __memprof_a, and prints the traceback of an
 * allocation of its own, for first_alloc_names_lines. Raises AttributeError without heap_lock(). */
void first_alloc_code(struct strbuf *code, const struct first_alloc_target *target);
/* Whether a traceback has lines: else there is no buffer for emergencies. */
bool first_alloc_names_lines(const char *text, size_t n_bytes);
/* Prints the number of calls, and of those that an exception ended; the function is as it was before, where it can be
 * found. From here on wrappers that are left only pass on. */
extern const char first_alloc_end_code[];
extern const char first_alloc_gone_code[]; /* removes the hook, or what is there of it */
/* What its own functions are called in tracebacks begins with this. */
#define FIRST_ALLOC_HOOK_NAME "__memprof_"

/* ---- its output, between the control characters of repl.h ---- */

enum { FIRST_ALLOC_FRAME_MAX_BYTES = 4096 };

#define FIRST_ALLOC_FRAME_BEGIN "first-alloc "

struct first_alloc_frame {
	bool is_found;    /* else it cannot be wrapped: text is why */
	uint64_t i_call;  /* which call it was, from 1 */
	const char *text; /* a traceback; within the frame, not clean */
	size_t n_bytes;
};
/* 0, or -EINVAL if it is not a frame of the hook. */
int first_alloc_frame_read(const char *text, size_t n_bytes, struct first_alloc_frame *ret);
