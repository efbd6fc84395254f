#include "report/logs.h"

#include <string.h>

#include "load.h"
#include "memprof/cli/message.h"

/* The heading of a page. */
static void write_title(struct strbuf *out, const char *const *names, size_t n)
{
	if (n > 1)
		strbuf_printf(out, "%zu logs", n);
	else
		strbuf_puts(out, strcmp(names[0], "-") == 0 ? "standard input" : names[0]);
}

int document_of_logs(struct document *d, const char *const *names, size_t n, const struct log_format *format)
{
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int code = EXIT_INPUT;

	write_title(&title, names, n);
	d->title = strbuf_text(&title);
	d->feed = (struct feed){ .command = "report", .notices = message_notices, .takes_memory = true, .elf = d->elf };
	if (document_begin(d, &(struct capture_options){ .several = n > 1 }) == 0) {
		code = load_logs(&d->feed, names, n, format);
		if (d->feed.n_inputs > 0) /* else there is no memory for one */
			code = exit_worse(code, document_end(d, d->feed.inputs, d->feed.n_inputs));
	} else {
		message_error("out of memory");
	}
	document_deinit(d);
	return code;
}
