/* The preprocessor's state, which conditions look at. */
#ifndef MEMPROF_LDSCRIPT_CPP_H
#define MEMPROF_LDSCRIPT_CPP_H

#include "ldscript/parts.h"

/* Stands before a name that a macro came to. Where it is no macro itself it is 0, as in C: someone gave it. A name of
 * the text that nobody gave is not known. */
#define CPP_GIVEN '\001'

struct cpp_macro {
	const char *text;
	size_t n_bytes;
	bool defined, with_arguments;
	bool busy; /* being replaced: not again in its own text */
};

struct cpp_level {     /* an #if that is open */
	bool live;     /* its lines count */
	bool was_live; /* a branch of it did */
	bool outer_live;
	bool seen_else;
	uint64_t line;
};

struct cpp {
	struct ld_work *w;
	const char *file;
	uint64_t line;
	struct names macro_names;
	VEC(struct cpp_macro, macros);
	VEC(struct cpp_level, levels);
};

struct cpp_macro *cpp_macro_of(const struct cpp *c, const char *name, size_t n_bytes); /* NULL: not defined */
/* What comes after #if or #elif, macros replaced. 0; -EINVAL, also if a name that nobody gave decides it. */
int cpp_condition(struct cpp *c, const char *text, size_t n_bytes, bool *ret);

#endif
