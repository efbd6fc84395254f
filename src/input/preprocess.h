/* Linker scripts through the C preprocessor, which is a program: cc, or what --cpp names. */
#pragma once

#include "memprof/base/strbuf.h"
#include "memprof/input/linker_scripts.h"
#include "memprof/io/blob.h"

/* Appends the result to ret, with line markers. Sends its warnings. 0; -EINVAL with diag: no
 * such program, a failure of it, a name without a definition that decides an #if; -ENOMEM. */
int preprocess(const struct linker_scripts *scripts, const struct blob *script, struct strbuf *ret, struct diag *diag);
