#include "memprof/sinks/output_document.h"

void output_document(struct output *out, const struct document *d)
{
	static void (*const printers[N_OUTPUT_FORMATS])(struct strbuf * out, const struct document *d) = {
		[OUTPUT_MARKDOWN] = print_markdown, [OUTPUT_CSV] = print_csv,     [OUTPUT_SVG] = print_svg,
		[OUTPUT_HTML] = print_html,         [OUTPUT_JUNIT] = print_junit, [OUTPUT_GITHUB] = print_github,
	};

	if (printers[out->format])
		printers[out->format](&out->text, d);
	else
		print_text(&out->text, d, &out->style);
}
