/* What mock-tty and mock-usb share: commands on standard input, one a line, answered on standard output. */
#pragma once

#include <stddef.h>
#include <stdio.h>

struct _GError;
struct _UMockdevTestbed;

/* NULL: done, and "ok" is to be said; "": it has said so itself; else what was wrong. */
struct mock_command {
	const char *word;
	const char *(*run)(char **words, struct _GError **error);
};

extern struct _UMockdevTestbed *mock_bed;
extern FILE *mock_log;

/* Says where the devices are, and takes commands until there are no more. The exit code. */
int mock_main(int argc, char **argv, const struct mock_command *commands, size_t n_commands);
