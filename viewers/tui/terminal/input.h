/* What a terminal sends, as keys and mouse events. ncurses knows the terminal's own sequences (keypad); this
 * puts together what it hands out: bytes, and codes of keys. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/viewers/tui.h"

enum { TERMINAL_INPUT_MAX = 64 };

struct terminal_input {
	uint16_t codes[TERMINAL_INPUT_MAX];
	size_t n_codes;
	bool utf8; /* else bytes above 127 are nothing */
};

/* Sequences that terminals send though their description does not tell, and the code that ncurses is to make
 * of each: reports of a mouse, and keys as most have them. */
struct terminal_sequence {
	const char *bytes;
	int code;
};
extern const struct terminal_sequence terminal_sequences[];
extern const size_t n_terminal_sequences;

/* Adds a byte or code (wgetch); there is room if n_codes < TERMINAL_INPUT_MAX. */
void terminal_input_add(struct terminal_input *in, int code);
/* The next key or mouse event of what was added; false: there is none yet. all: nothing more has come so far,
 * so that an Esc is one. */
bool terminal_input_next(struct terminal_input *in, bool all, struct tui_input *ret);
