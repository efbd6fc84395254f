/* Much data in little room: zlib, then base64. */
#pragma once

#include <stddef.h>

#include "memprof/base/strbuf.h"

/* Appends bytes so that page.unpack() of the scripts has them back. 0 or -ENOMEM. */
int html_pack(struct strbuf *out, const void *bytes, size_t n_bytes);
