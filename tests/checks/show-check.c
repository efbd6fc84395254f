/* Draws a check that is made up, for tests/checks/findings.
 *
 * usage: show-check NAME FORMAT */
#include <stdio.h>

#include "check-made.h"

int main(int argc, char **argv)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct made m;

	for (size_t i = 0; argc == 3 && i < ARRAY_SIZE(made_checks); i++) {
		if (strcmp(made_checks[i].name, argv[1]) != 0)
			continue;
		made_begin(&m, &made_checks[i]);
		bool drawn = made_draw(&out, &m.view, argv[2]) && strbuf_error(&out) == 0;
		made_end(&m);
		fwrite(strbuf_text(&out), 1, out.n_bytes, stdout);
		return drawn ? 0 : 2;
	}
	return 2;
}
