/* A program run as a filter: bytes to its standard input, its output and exit code back. No shell: argv is passed as
 * it is. The program runs in a session of its own, without a terminal, and with LC_ALL=C, so that its messages are in
 * English. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "memprof/base/strbuf.h"

enum { FILTER_MESSAGES_MAX_BYTES = 16384 }; /* of standard error; the rest is discarded */

struct filter {
	const char *const *argv; /* NULL-terminated; argv[0] without a slash is searched for in PATH */
	const char *input;       /* NULL: standard input is empty */
	size_t n_input_bytes;
	size_t output_max_bytes;
	unsigned timeout_ms;
	const char *folder;       /* where it runs; NULL: here */
	const char *const *unset; /* variables that it does not inherit, NULL-terminated; NULL: none */
	bool tail;             /* keep the last output_max_bytes, with standard error between them, instead of -EFBIG */
	bool (*stopped)(void); /* whether to give up, asked ten times a second; NULL: never */
};

struct filter_result {
	struct strbuf output, messages; /* standard output and standard error; untrusted */
	int exit_code;                  /* 128 + N if signal N ended it */
};

/* Runs the program to its end, and a second longer if what it left behind keeps its streams open: what is still of its
 * process group is then ended. 0, whatever the exit code; the errno of a program that cannot be started (-ENOENT,
 * -EACCES …); -ETIMEDOUT; -EINTR: stopped; -EFBIG: more than output_max_bytes; -ENOMEM. No process of the group
 * survives a failure. ret is initialised, also on failure. */
int filter_run(const struct filter *filter, struct filter_result *ret);
void filter_result_deinit(struct filter_result *result); /* safe twice, and on all-zero */
