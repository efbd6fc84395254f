/* Messages on stderr, made safe for terminals by text_visible. */
#pragma once

#include <stdbool.h>

#include "memprof/base/diag.h"

void message_quiet(bool quiet); /* suppresses warnings and notes */
/* Sends each message to sink, as a line without newline, while stderr would corrupt the full-screen view. text is the
 * part of line after place and severity. NULL: to stderr again. */
void message_redirect(void (*sink)(void *ctx, const char *line, const char *text), void *ctx);

/* Prints such a line. */
void message_line(const char *line);

/* "memprof: error: …" */
void message_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "crash.log:118:4: error: …", or "memprof: error: …" without a place */
void message_diag(const struct diag *diag);
/* Calls a function with these arguments and a diag behind them, and prints that if it fails: its result. */
#define MESSAGE_ON(function, ...)                                      \
	__extension__({                                                \
		struct diag diag_ = { 0 };                             \
		message_result(function(__VA_ARGS__, &diag_), &diag_); \
	})
int message_result(int result, const struct diag *diag); /* prints diag if result is negative; result */
/* "crash.log:118: warning: …"; severity is "warning" or "note" */
void message_at(struct place at, const char *severity, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Notices of other rooms, as message_at prints them. */
extern const struct notice_sink message_notices;
