/* show-program probe|timer: a program for boards as it is sent, on standard output. */
#include <stdio.h>
#include <string.h>

#include "memprof/protocol/probe.h"
#include "memprof/protocol/timer_hook.h"

int main(int argc, char **argv)
{
	const struct collection_hook hook = {
		.layout = { .word_bytes = 8 },
		.token = 0x123456789abcdef0,
		.asks = true,
		.step_us = 100000,
	};
	struct strbuf code = STRBUF_INIT;

	if (argc == 2 && strcmp(argv[1], "timer") == 0)
		timer_hook_code(&code, &hook);
	else
		strbuf_puts(&code, probe_code);
	fputs(strbuf_text(&code), stdout);
	strbuf_deinit(&code);
	return 0;
}
