/* The first allocation inside the calls of a function that should have none, from the tracebacks that a board prints.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/vec.h"

enum { FIRST_ALLOC_LINES_MAX = 64 };

/* A line of a traceback; texts are not clean. */
struct first_alloc_line {
	const char *file;     /* "main.py"; "": not known */
	const char *function; /* "<module>" */
	uint64_t line;        /* 0: not known */
};

struct first_alloc {
	const char *function; /* that is watched, as given; borrowed, as the next one */
	const char *script;
	bool is_found;
	uint64_t i_call;            /* the call that allocates, from 1 */
	uint64_t n_calls, n_raised; /* n_raised: those that an exception ended; NOT_KNOWN: the board did not tell */
	const char *exception;      /* that it shows by: "MemoryError: …"; not clean */
	bool is_exception;          /* another one, raised and caught in the call: it is what was allocated */
	VEC(struct first_alloc_line, lines); /* the innermost first; up to the function, and then its callers */
	size_t n_inside;                     /* up to the function */
	bool has_gap;      /* before the function, the last one of n_inside: calls between are not known */
	bool is_stopped;   /* the program, before its end … */
	bool is_late;      /* … as its time was over */
	struct diag fault; /* why it could not be watched; text "": it was */
	struct arena arena;
};

void first_alloc_init(struct first_alloc *a, const char *script, const char *function);
void first_alloc_deinit(struct first_alloc *a);

/* The traceback of the allocation: the innermost lines. wrapper: what names of memprof's own functions begin with. 0 or
 * -ENOMEM. */
int first_alloc_found(struct first_alloc *a, const char *traceback, size_t n_bytes, const char *wrapper);
/* The traceback with which the program ended there: who called the function. */
int first_alloc_called_by(struct first_alloc *a, const char *traceback, size_t n_bytes, const char *wrapper);

/* Why it is not known whether the function allocates, a sentence without its end; NULL: it is known. */
const char *first_alloc_doubt(const struct first_alloc *a);
/* The same for a user, with its place. False: it is known. */
bool first_alloc_doubtful(const struct first_alloc *a, struct diag *ret);
/* "main.py:14 read <- main.py:22 g <- ... <- loop <- main.py:30 <module>" */
void first_alloc_chain(struct strbuf *out, const struct first_alloc *a);
void first_alloc_place(struct strbuf *out, const struct first_alloc_line *line); /* "main.py:14 read" */
