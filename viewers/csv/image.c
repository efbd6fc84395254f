/* One table of an image for spreadsheets (RFC 4180). */
#include <inttypes.h>

#include "csv/quote.h"
#include "memprof/base/text.h"
#include "shared/image_sheet.h"

static void number(struct strbuf *out, uint64_t value) { strbuf_printf(out, "%" PRIu64, value); }

void csv_image(struct strbuf *out, const struct image_view *view)
{
	static const struct sheet_format format = {
		.text = csv_quote, .number = number, .begin_row = "", .end_cell = ",", .end_row = "\r\n"
	};

	image_sheet(out, view, &format);
}
