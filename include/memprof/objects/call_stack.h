/* The Python functions that a board is executing, found on its C stack, and the lines they are at (py/bc.h, py/bc.c,
 * py/objfun.h, py/objgenerator.c). The firmware needs no support for it: no sys.settrace, no ELF.
 *
 * The state of a frame is {function, ip, sp, n_state and exc_sp, old_globals, ...}. It is on the C stack; of a function
 * with many variables on the heap, and then the stack has its address; or in a generator. Line tables are those of
 * MicroPython 1.19 and newer.
 *
 * All data come from the board: what is not as it should be is left out, never an error. No I/O of its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/model/gc_areas.h"
#include "memprof/model/memory_reader.h"
#include "memprof/objects/memory_file.h"
#include "memprof/objects/objects.h"

enum { CALL_STACK_MAX = 64, CALL_STACK_BYTES_MAX = 64 * 1024 };

/* Names are numbers of interned strings, which stay as long as the interpreter: call_names_read makes texts of them. */
struct call_frame {
	uint64_t function, code; /* addresses of the function object and its bytecode */
	uint32_t i_code;         /* ip, from the first instruction */
	uint32_t file, name;     /* qstrs; 0: not known */
	uint32_t line;           /* 1.., or CALL_LINE_BEFORE: call_line */
	bool is_one_line;        /* all of its code is at that line */
};
/* Code before the first line that the table has: of a module, line 1; of a class, what names it; of a function, what
 * prepares its variables. Tracebacks say line 1 of all of it. */
#define CALL_LINE_BEFORE UINT32_MAX
/* The line of a frame of a function of this name; 0: not known. */
uint32_t call_line(uint32_t line, const char *name);

struct call_stack {
	struct call_frame frames[CALL_STACK_MAX]; /* the innermost first */
	size_t n_frames;
	bool is_cut; /* there are more */
	bool is_old; /* functions are as in 1.18 or older: there are no frames */
};

/* What is the same for all samples of a run. */
struct call_stacks {
	struct interpreter_ids ids; /* word_bytes, id_globals, id_type */
	struct gc_areas areas;
	uint64_t stack_end; /* of the stack, above its outermost frame; not aligned */
	uint64_t nlr_top;   /* the address of MP_STATE_THREAD(nlr_top); 0: not known */
	/* private: code that was read, by the address of its function */
	struct call_cache *cache;
};

/* nlr_top: with it, what is left of calls that returned is not taken for frames, unless it is below sp; the word must
 * be readable. 0 or -ENOMEM. */
int call_stacks_init(struct call_stacks *c, const struct interpreter_ids *ids, const struct gc_areas *areas,
		     uint64_t stack_end, uint64_t nlr_top);
/* The same by what is found in the interpreter's state, of a program that stands still; reads the heap. areas: all of
 * it, as there may be functions later in what is empty now; NULL: those in use. The stack pointer is at or above
 * *ret_sp. 0; -ENOENT, with diag: it is not as expected; errors of the reader; -ENOMEM. */
int call_stacks_find(struct call_stacks *c, struct memory_reader *r, const struct interpreter_ids *ids,
		     const struct gc_areas *areas, uint64_t *ret_sp, struct diag *diag);
void call_stacks_deinit(struct call_stacks *c); /* safe twice, and on all-zero */

/* The frames of a program that stands still, as far as they are at or above sp: its stack pointer, or one that is lower
 * and still on the stack. The reader is allowed what is known to be safe: the stack, the areas, and ROM near id_type
 * that functions refer to. What is read of a function is remembered, and compared with its first words in each later
 * stack, as memory is used again. Four exchanges with the board, and up to five more where a function is new. 0; errors
 * of the reader; -ENOMEM. */
int call_stack_read(struct call_stacks *c, struct memory_reader *r, uint64_t sp, struct call_stack *ret);

/* What is before the instructions of bytecode of MicroPython 1.19 and newer. */
enum { CALL_CODE_PRELUDE_MAX = 64 * 1024 }; /* bytes */
struct call_code {
	uint32_t i_name;      /* entry of the module's table of names (qstr_table), whose entry 0 is the file */
	uint32_t n_prelude;   /* bytes before the first instruction */
	uint32_t n_state;     /* words of local variables and of the stack of values: 1..UINT16_MAX */
	uint32_t n_arguments; /* those that have names of their own */
	const uint8_t *lines; /* in code */
	size_t n_lines;       /* bytes */
	bool is_generator;
};
/* Of the code at hand, of which n_bytes are readable. False: it is no such bytecode, or cut. Pure. */
bool call_code_read(const uint8_t *code, size_t n_bytes, struct call_code *ret);
/* The line of an instruction, 1.., as tracebacks have it. i_code: bytes from the first one. Pure. */
uint32_t call_code_line(const struct call_code *code, uint32_t i_code);

/* Texts of interned strings, read once the program has ended, or while it stands still. A name that cannot be read is
 * NULL in ret, which has these and the blocks alone, for what follows and objects_free. 0; errors of the reader;
 * -ENOENT, with diag: the tables of names were not found; -ENOMEM. */
int call_names_read(struct memory_reader *r, const struct interpreter_ids *ids, const uint32_t *qstrs, size_t n_qstrs,
		    struct objects **ret, struct diag *diag);
const char *call_name(const struct objects *names, uint32_t qstr); /* clean; NULL */
/* Of the object that began at this address at that time; 0: none did. Sizes are multiples of the granule. */
uint64_t call_names_block_bytes(const struct objects *names, uint64_t address);
uint32_t call_names_granule_bytes(const struct objects *names);
