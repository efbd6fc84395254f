#include "shared/size_words.h"

#include <inttypes.h>

void size_words(struct strbuf *out, const uint64_t n_by_size[HEAP_SIZE_CLASSES])
{
	const char *before = "";

	for (size_t i = 0; i < HEAP_SIZE_CLASSES; i++) {
		uint64_t most = heap_size_class_bytes(i);
		if (n_by_size[i] == 0)
			continue;
		strbuf_puts(out, before);
		if (n_by_size[i] == NOT_KNOWN)
			strbuf_puts(out, "an unknown number");
		else
			strbuf_printf(out, "%" PRIu64, n_by_size[i]);
		if (most == NOT_KNOWN)
			strbuf_printf(out, " above %" PRIu64, heap_size_class_bytes(i - 1));
		else
			strbuf_printf(out, " to %" PRIu64, most);
		before = ", ";
	}
}
