#include "shared/number_words.h"

void size_words(struct strbuf *out, const uint64_t n_by_size[HEAP_SIZE_CLASSES], const struct text_style *style)
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
			strbuf_puts(out, count_words(n_by_size[i], style).text);
		if (most == NOT_KNOWN)
			strbuf_printf(out, " above %s", figure_words(heap_size_class_bytes(i - 1), style).text);
		else
			strbuf_printf(out, " to %s", figure_words(most, style).text);
		before = ", ";
	}
}
