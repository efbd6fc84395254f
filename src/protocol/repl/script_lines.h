/* The lines of a Python program: where logical lines begin, and their kind of statement. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct script_lines {
	const char *p, *end; /* what comes next */
	unsigned n_brackets;
	char quote; /* of the open string; 0: none */
	bool triple;
	bool continued; /* the last line ended in a backslash */
};

/* Without a byte order mark. */
struct script_lines script_lines_of(const char *text, size_t n_bytes);
/* The next line, without its end (CR, LF or both); false: there is none. */
bool script_next_line(struct script_lines *s, const char **ret_line, const char **ret_end);
/* Whether the next line goes on in a bracket, in a string or after a backslash. */
bool script_is_inside(const struct script_lines *s);
/* Tracks brackets and strings through one line; returns the colon that ends the head of a compound statement, or NULL.
 */
const char *script_scan_line(struct script_lines *s, const char *p, const char *end);

const char *script_skip_blanks(const char *p, const char *end);
bool script_is_word(char c); /* part of a name */
bool script_word_is(const char *p, const char *end, const char *word);
/* p: the first byte of a statement. Compound statements, and words that continue one: no call with a semicolon can
 * precede them. `match` and `case` are soft keywords and not in MicroPython. */
bool script_is_compound(const char *p, const char *end);
/* A statement that must come first in its file. */
bool script_must_be_first(const char *p, const char *end);
