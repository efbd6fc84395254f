/* Memory of a board that was read, as a file (docs/objects.md), and as a memory reader again: what
 * analyses a live board analyses the file by the same reads. No I/O. */
#pragma once

#include <stdbool.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/vec.h"
#include "memprof/model/memory_reader.h"

enum { INTERPRETER_REGISTERS_MAX = 64 };

/* What MicroPython prints of itself, or what was found of it (interpreter.h: then id_none, id_len, used by stack_use()
 * and id_reader are 0). */
struct interpreter_ids {
	unsigned word_bytes;                      /* 4 or 8 */
	uint64_t id_modules, id_globals, id_type; /* id(sys.modules), id(globals()) in __main__, id(type) */
	uint64_t id_none, id_len;                 /* id(None), id('len'): the object representation */
	uint64_t used_bytes, stack_used_bytes;    /* gc.mem_alloc(), micropython.stack_use() */
	uint64_t free_bytes;                      /* gc.mem_free(); NOT_KNOWN: it was not asked */
	uint64_t total_bytes;                     /* of all areas, or more, if it may grow by itself; NOT_KNOWN */
	bool lacks_areas;                         /* there may be more, which could not be read */
	/* The bytearray that sends memory: its last two words are the size and the address of the read at hand, which
	 * no program's object holds. 0: there is none. */
	uint64_t id_reader;
	/* Of a processor that is halted: roots of their own, and the exact end of the stack. 0: not known. */
	uint64_t stack_pointer;
	uint64_t registers[INTERPRETER_REGISTERS_MAX];
	size_t n_registers;
};

#define MEMORY_FILE_FIRST_LINE "memprof-memory/1\n"

bool memory_file_is(const char *bytes, size_t n_bytes); /* by its first line */

struct memory_piece {
	uint64_t start;
	size_t n_bytes, offset; /* of memory_file.bytes */
};

struct memory_file {
	struct interpreter_ids ids;
	VEC(struct memory_piece, pieces); /* by address, disjoint, once it is sorted */
	struct strbuf bytes;
	/* private: the reader that it records */
	struct memory_reader *source;
	int error;
};

void memory_file_deinit(struct memory_file *file); /* safe twice, and on all-zero */

/* A reader that reads by source, and keeps what it read. source and file are borrowed and must stay where they are. */
struct memory_reader memory_file_recorder(struct memory_file *file, struct memory_reader *source);
/* A reader of what the file has; other memory is -EFAULT. */
struct memory_reader memory_file_reader(struct memory_file *file);

/* Sorts the pieces and joins those that overlap or touch. 0 or -ENOMEM; call it before the next two, and before
 * memory_file_reader. */
int memory_file_sort(struct memory_file *file);

/* Appends it. */
void memory_file_write(const struct memory_file *file, struct strbuf *out);
/* 0; -EINVAL with diag: it is no memory file, or damaged; -ENOMEM. */
int memory_file_read(const char *bytes, size_t n_bytes, const char *name, struct memory_file *ret, struct diag *diag);
