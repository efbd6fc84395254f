#include "markdown/page.h"

bool markdown_page_add(struct markdown_page *page, struct strbuf *text)
{
	bool fits = page->out->n_bytes - page->begins + text->n_bytes + MARKDOWN_TAIL_BYTES < page->max_bytes;

	if (strbuf_error(text))
		page->out->error = strbuf_error(text);
	else if (fits)
		strbuf_add(page->out, strbuf_text(text), text->n_bytes);
	strbuf_reset(text);
	return fits;
}
