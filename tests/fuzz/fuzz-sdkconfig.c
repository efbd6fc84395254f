/* Any bytes as the configuration of an ESP-IDF project, and as the preprocessor's output: the header defines names, and
 * nothing is left to clear in an output that is cleared. */
#include "fuzz.h"
#include "memprof/base/strbuf.h"
#include "sdkconfig.h"

FUZZ(data, size)
{
	char first[SDKCONFIG_NAME_BYTES];
	struct strbuf header CLEANUP(strbuf_deinit) = STRBUF_INIT, output CLEANUP(strbuf_deinit) = STRBUF_INIT;

	sdkconfig_make_header(&header, (const char *)data, size);
	for (const char *line = strbuf_text(&header); *line; line = strchr(line, '\n') + 1)
		MUST(strchr(line, '\n') && *line == '#');
	for (size_t i = 0; i < size; i++)
		strbuf_putc(&output, data[i] ? (char)data[i] : ' ');
	strbuf_putc(&output, '\n');
	sdkconfig_was_included(strbuf_text(&output));
	sdkconfig_clear_names(output.text, first);
	MUST(sdkconfig_clear_names(output.text, first) == 0);
	MUST(output.n_bytes == size + 1 && strlen(output.text) == output.n_bytes);
}
