/* The standard input of memprof, as that of a program on a board. A terminal passes on each key, and does not show it:
 * the board does. A job in the background reads nothing, as it would be stopped. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/* All zero: not begun. */
struct standard_input {
	bool is_terminal, is_changed, has_ended;
	struct termios before;
};

/* False: there is none, but a device such as /dev/null. */
bool standard_input_begin(struct standard_input *in);
/* The terminal is as before, and nothing is read any more. Safe twice, and on all-zero. */
void standard_input_end(struct standard_input *in);

/* Of a struct standard_input, as members of a struct session_input: a descriptor to wait for, -1: none now; and how
 * many bytes were read, 0: none now. */
int standard_input_fd(void *in);
size_t standard_input_read(void *in, char *ret, size_t n);
