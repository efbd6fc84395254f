/* Data files within the program: none, unless it is built with -Done_file=true. scripts/embed makes the table. */
#pragma once

#include <stddef.h>

struct embedded_file {
	const char *name; /* NULL: the end */
	size_t n_bytes;
	const char *bytes;
};

extern const struct embedded_file embedded_files[]; /* by name */
