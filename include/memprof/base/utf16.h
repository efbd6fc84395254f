/* Text in UTF-16, as PowerShell's > writes it, with and without a mark at its beginning. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All-zero is little-endian, at its beginning. */
struct utf16 {
	bool is_big;
	bool has_byte; /* the first one of two came, */
	uint8_t byte;
	uint16_t high; /* or the first half of a pair; 0 */
};

/* Whether a text begins so. */
bool utf16_detect(const uint8_t *head, size_t n_bytes, struct utf16 *ret);

/* Appends to nothing: writes at most 3 bytes for 2, and 6 more, and returns how many. What is invalid becomes U+FFFD.
 */
size_t utf16_to_utf8(struct utf16 *u, const uint8_t *bytes, size_t n_bytes, char *ret);
