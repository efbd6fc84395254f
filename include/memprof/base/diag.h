/* An error message and its place. Filled once, by the function that detects the error; passed on
 * unchanged by its callers; printed by src/cmd only.
 *
 * Functions return 0, a negative errno ("stop, pass this on"), or a documented positive outcome that
 * the caller must handle. */
#pragma once

#include <stdint.h>

/* A place in an input. file is borrowed and may be NULL; line and col count from 1, 0: none. */
struct place {
	const char *file;
	uint64_t line;
	uint32_t col;
};

/* at.file points to the copy in file, as the owner of the name may be freed after an error. So a diag
 * must not be copied. */
struct diag {
	struct place at;
	char file[256]; /* truncated */
	char text[384]; /* what was expected, what was found, what to do; no newline; truncated */
};

/* A warning or a note, on the way to a result that stands all the same. */
struct notice {
	const char *severity; /* "note", "warning", "error": as message_at takes it */
	struct place at;
	const char *text;
};

/* Who takes notices. report may be NULL. */
struct notice_sink {
	void (*report)(void *ctx, const struct notice *notice);
	void *ctx;
};

/* Write the message and return ret, for `return diag_at(…, -EINVAL, …)`. diag may be NULL. */
int diag_at(struct diag *diag, struct place at, int ret, const char *format, ...) __attribute__((format(printf, 4, 5)));
int diag_set(struct diag *diag, int ret, const char *format, ...) __attribute__((format(printf, 3, 4)));

void notice_at(const struct notice_sink *sink, struct place at, const char *severity, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
