/* What is in a folder. */
#pragma once

#include "memprof/base/strbuf.h"

/* Appends the names of its files, sorted (a.log before a-b.log), each with a NUL; hidden ones and folders are left out.
 * 0; -ENOTDIR, -ENOENT …: it is none, or cannot be read; -ENOMEM. */
int folder_list(const char *path, struct strbuf *ret);
