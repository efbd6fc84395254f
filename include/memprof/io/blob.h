/* A whole input in memory: a file, or a pipe to its end. Read, not mapped: a file that is truncated meanwhile must not
 * end the process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"

#define BLOB_MAX_BYTES      ((uint64_t)1 << 30)
#define BLOB_PIPE_MAX_BYTES ((uint64_t)256 << 20) /* of what has no size before it is read: it may have no end */

struct blob {
	const char *name; /* as given, borrowed; "-" is standard input */
	char *bytes;      /* n_bytes of them and a NUL; owned */
	size_t n_bytes;
	bool is_file; /* a regular file: other programs get the same bytes by its name */
};

/* 0; -ENOENT, -EACCES, -EISDIR, -EFBIG (more than BLOB_MAX_BYTES, or BLOB_PIPE_MAX_BYTES), -ENOMEM …, with diag filled.
 */
int blob_read(const char *name, struct blob *ret, struct diag *diag);
/* A regular file that an input names, not the user: a pipe or a device is not waited for. The blob has no name. False:
 * it is not there, or cannot be read. */
bool blob_read_named(const char *name, struct blob *ret);
/* The first bytes of a regular file, or of a pipe that is kept (input_fd.h), at most n_max of them, which tell its
 * kind: they are still to be read. 0 if there are none. */
size_t blob_begin(const char *name, char *ret, size_t n_max);
/* For readers that accept no bytes, such as that of a partition table without rows: 0, or -EINVAL for a file of no
 * bytes. expected: "a partition table". */
int blob_check_not_empty(const struct blob *b, const char *expected, struct diag *diag);
/* ret, with the hash in hexadecimal digits. */
enum { BLOB_SHA256_CHARS = 64 };
const char *blob_sha256(const char *bytes, size_t n_bytes, char ret[BLOB_SHA256_CHARS + 1]);
void blob_deinit(struct blob *b); /* safe twice, and on all-zero */
