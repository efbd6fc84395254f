/* Names of symbols as people write them. */
#pragma once

#include "memprof/base/strbuf.h"
#include "memprof/image/image.h"

enum {
	MANGLED_MAX_BYTES = 1024,    /* longer names are left as they are: libiberty takes none, to bound its stack */
	DEMANGLED_MAX_BYTES = 32768, /* as are those that would become longer: a short name may stand for gigabytes */
};

/* Appends the name that is meant: of C++ (Itanium) and Rust (legacy and v0), with what compilers add behind it, as
 * ".constprop.0". The same for what linkers demangled for their maps ("foo() [clone .constprop.0]", "> >"). False: the
 * name is what people write, or is damaged; nothing is appended. ret keeps a failure of its own (strbuf_error). */
bool demangle(struct image_slice name, struct strbuf *ret);
