/* Standard input of memprof, as that of the program. A terminal passes on each key, and does not show it: the board
 * does. */
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "run/private.h"

/* Not a device such as /dev/null. */
static bool has_input(void)
{
	struct stat status;

	return isatty(STDIN_FILENO) || (fstat(STDIN_FILENO, &status) == 0 && !S_ISCHR(status.st_mode) &&
					!S_ISDIR(status.st_mode) && !S_ISBLK(status.st_mode));
}

/* A job in the background would be stopped. */
static bool is_background(const struct run_input *input)
{
	return input->is_terminal && tcgetpgrp(STDIN_FILENO) != getpgrp();
}

static int input_fd(void *ctx)
{
	const struct run_input *input = ctx;

	return input->ended || is_background(input) ? -1 : STDIN_FILENO;
}

static size_t input_read(void *ctx, char *ret, size_t n)
{
	struct run_input *input = ctx;
	ssize_t n_read = is_background(input) ? -1 : read(STDIN_FILENO, ret, n);

	input->ended = n_read == 0 || (n_read < 0 && !is_background(input));
	return n_read > 0 ? (size_t)n_read : 0;
}

void run_input_begin(struct run_input *input, struct session *session)
{
	struct termios keys;

	if (!has_input())
		return;
	*input = (struct run_input){ .hooks = { input_fd, input_read, input } };
	session_set_input(session, &input->hooks);
	input->is_terminal = tcgetattr(STDIN_FILENO, &input->before) == 0;
	if (!input->is_terminal || is_background(input))
		return;
	keys = input->before;
	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	keys.c_cc[VMIN] = 1;
	keys.c_cc[VTIME] = 0;
	input->is_changed = tcsetattr(STDIN_FILENO, TCSANOW, &keys) == 0;
}

void run_input_end(struct run_input *input)
{
	if (input->is_changed && !is_background(input))
		tcsetattr(STDIN_FILENO, TCSANOW, &input->before);
	input->is_changed = false;
	input->ended = true;
}
