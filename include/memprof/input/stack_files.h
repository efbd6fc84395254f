/* The .su and .ci files that a compiler left beside its objects. */
#ifndef MEMPROF_STACK_FILES_H
#define MEMPROF_STACK_FILES_H

#include "memprof/base/arena.h"
#include "memprof/base/vec.h"
#include "memprof/image/stack_usage.h"
#include "memprof/io/blob.h"

enum { STACK_FILES_MAX = 65536 }; /* more are refused */

struct stack_files {
	struct arena arena; /* names of files */
	VEC(struct blob, blobs);
	struct stack_usage usage; /* its texts are in the blobs */
};

/* Reads a file, or all .su and .ci files in a folder and the folders in it; not through symbolic links. 0; -ENOENT,
 * also if there is no such file in it, -EINVAL, -EFBIG …, with diag. To be freed in all cases. */
int stack_files_read(struct stack_files *ret, const char *path, struct diag *diag);
void stack_files_deinit(struct stack_files *files); /* safe twice */

#endif
