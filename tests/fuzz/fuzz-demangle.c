/* A name of a symbol. What comes of it is no longer than documented, and is a name that stays as it is. */
#include "fuzz.h"

#include "memprof/image/demangle.h"

FUZZ(data, size)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct image_slice linkage = { (const char *)data, (uint32_t)size };

	strbuf_puts(&name, "before");
	bool is = demangle(linkage, &name);
	MUST(strbuf_error(&name) == 0 && strncmp(strbuf_text(&name), "before", 6) == 0);
	MUST(is || name.n_bytes == 6);
	MUST(name.n_bytes - 6 <= DEMANGLED_MAX_BYTES + size);
}
