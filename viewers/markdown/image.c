/* One table of an image for a README or an issue. */
#include <inttypes.h>

#include "markdown/escape.h"
#include "shared/image_sheet.h"

static void number(struct strbuf *out, uint64_t value) { strbuf_printf(out, "%" PRIu64, value); }

static void rule(struct strbuf *out, bool is_number) { strbuf_puts(out, is_number ? "---:" : "---"); }

void markdown_image(struct strbuf *out, const struct image_view *view)
{
	static const struct sheet_format format = { .text = markdown_name,
						    .number = number,
						    .begin_row = "| ",
						    .end_cell = " | ",
						    .end_row = " |\n",
						    .rule = rule };
	size_t n_left_out = image_sheet(out, view, &format);

	if (n_left_out)
		strbuf_printf(out, "\n%zu more\n", n_left_out);
}
