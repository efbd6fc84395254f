/* The files in a folder and in those below it. */
#ifndef MEMPROF_FILE_TREE_H
#define MEMPROF_FILE_TREE_H

#include <stdbool.h>

#include "memprof/base/diag.h"

/* Calls each for the path, if that is a file, or for each regular file below it, in the order of their names; symbolic
 * links are not followed. is_given: it is the path itself. Ends when each returns below 0. 0; what each returned;
 * -ENOENT, -EACCES …, with diag. */
int file_tree_walk(const char *path, int (*each)(void *ctx, const char *path, bool is_given, struct diag *diag),
		   void *ctx, struct diag *diag);

#endif
