/* Untrusted text from boards and files: no byte of it may act on the terminal or break a document. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "memprof/base/strbuf.h"

/* Length in bytes (1..4) of the UTF-8 sequence at p, or 0 if there is no valid one. Surrogates,
 * overlong forms and values above U+10FFFF are invalid. ret, if set, receives the code point. */
size_t text_utf8(const uint8_t *p, const uint8_t *end, uint32_t *ret);

/* Encodes a code point, at most U+10FFFF and not a surrogate: writes 1..4 bytes and returns their number. */
size_t text_put_utf8(uint32_t code, char ret[4]);

/* Whether a code point is invisible, or affects its neighbours: controls, bidirectional overrides. */
bool text_unseen(uint32_t code);

/* Appends bytes with everything escaped that is not printable: control characters and invalid UTF-8 as
 * \xNN, bidirectional overrides and other invisible code points as \uNNNN or \UNNNNNNNN. Newlines and tabs are kept
 * if keep_lines, else escaped. */
void text_visible(struct strbuf *s, const void *bytes, size_t n_bytes, bool keep_lines);
void text_clean(struct strbuf *s, const char *text); /* all of it, on one line */

/* Escapes what GitHub takes for a command in a job's log: "::" at the beginning of a line, after any bytes that are not
 * printable ASCII, and "##[" anywhere (actions/runner, ActionCommand.cs). s has no NUL in it. */
void text_disarm(struct strbuf *s);

/* Whether text_visible would change nothing, and there are no newlines or tabs. */
bool text_is_visible(const void *bytes, size_t n_bytes);

/* Copies bytes as a NUL-terminated text, truncated to n_ret bytes. */
void text_copy(char *ret, size_t n_ret, const char *bytes, size_t n_bytes);

/* First occurrence of a NUL-terminated needle in bytes, or NULL. */
const char *text_find(const char *bytes, size_t n_bytes, const char *needle);

/* Here, as each line of a log is compared with many prefixes that the compiler knows. */
static inline bool text_starts(const char *bytes, size_t n_bytes, const char *prefix)
{
	size_t n = strlen(prefix);

	return n_bytes >= n && memcmp(bytes, prefix, n) == 0;
}
