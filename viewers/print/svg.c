/* A picture that stands alone. */
#include "memprof/viewers/document.h"
#include "print/print.h"

void print_svg(struct strbuf *out, const struct document *d)
{
	if (print_fails(out, d))
		return;
	for (size_t i = 0; i < d->n_blocks; i++)
		if (d->blocks[i].kind == DOC_PICTURE && d->blocks[i].picture.svg) {
			strbuf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
			d->blocks[i].picture.svg(out, d->blocks[i].picture.ctx, true);
			break;
		}
}
