/* Reads a data file as memprof does; tests/checks/places puts this program where memprof may be.
 *
 * usage: show-datafile NAME    (its path, a newline, its text; or a message, and 1) */
#include <stdio.h>

#include "memprof/io/datafile.h"

int main(int argc, char **argv)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag = { .text = "" };

	if (argc != 2)
		return 2;
	if (datafile_read(argv[1], &path, &text, &diag) < 0) {
		printf("%s\n", diag.text);
		return 1;
	}
	printf("%s\n", strbuf_text(&path));
	fwrite(strbuf_text(&text), 1, text.n_bytes, stdout);
	return 0;
}
