#include "svg/frame.h"

#include <stdbool.h>
#include <string.h>

#include "shared/xml.h"
#include "svg/picture.h"

#define OWN_STYLE "font:12px system-ui,sans-serif;background:var(--back)"
static const char frame_style[] =
	"text{fill:var(--ink)}"
	".t{font-weight:600;font-size:17px}.h{font-weight:600;font-size:14px}.n{fill:var(--faint)}"
	".a{font:11px ui-monospace,monospace;fill:var(--faint);text-anchor:end}.bad{fill:var(--bad)}";

void svg_begin(struct strbuf *out, bool alone, int width_px, int height_px, const char *style, const char *title,
	       const char *desc)
{
	strbuf_printf(out, "<svg class=\"drawn\" role=\"img\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\"",
		      width_px, height_px, width_px, height_px);
	if (alone) {
		strbuf_puts(
			out,
			" xmlns=\"http://www.w3.org/2000/svg\" aria-labelledby=\"title desc\">\n<title id=\"title\">");
		xml_text(out, title);
		strbuf_puts(out, "</title>\n<desc id=\"desc\">");
	} else {
		strbuf_puts(out, " aria-label=\"");
		xml_text(out, title);
		strbuf_puts(out, "\">\n<desc>");
	}
	xml_text(out, desc);
	strbuf_printf(out, "</desc>\n<style>%s.drawn{" OWN_STYLE "%s%s%s%s</style>\n", alone ? svg_colors : "",
		      alone ? "}" : ";", frame_style, style, alone ? "" : "}");
	strbuf_puts(out, "<rect style=\"fill:var(--back)\" width=\"100%\" height=\"100%\"/>\n");
}

void svg_end(struct strbuf *out) { strbuf_puts(out, "</svg>\n"); }

void svg_name(struct strbuf *out, const char *name)
{
	enum { NAME_BYTES_MAX = 64 };
	size_t n = strlen(name);
	bool cut = n > NAME_BYTES_MAX;

	if (cut)
		for (n = NAME_BYTES_MAX; n > NAME_BYTES_MAX - 4 && ((unsigned char)name[n] & 0xc0) == 0x80;)
			n--;
	strbuf_add(out, name, n);
	strbuf_puts(out, cut ? "..." : "");
}

void svg_text(struct strbuf *out, const char *class, int x_px, int y_px, const char *text)
{
	strbuf_printf(out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x_px, y_px);
	xml_text(out, text);
	strbuf_puts(out, "</text>\n");
}

int svg_lines(struct strbuf *out, const char *class, int x_px, int y_px, const char *text)
{
	y_px -= FRAME_LINE_PX;
	while (*text) {
		struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
		size_t n = strcspn(text, "\n");
		strbuf_add(&line, text, n);
		y_px += FRAME_LINE_PX;
		svg_text(out, class, x_px, y_px, strbuf_text(&line));
		text += n + (text[n] == '\n');
	}
	return y_px;
}
