#include "memprof/io/standard_input.h"

#include <sys/stat.h>
#include <unistd.h>

static bool has_input(void)
{
	struct stat status;

	return isatty(STDIN_FILENO) || (fstat(STDIN_FILENO, &status) == 0 && !S_ISCHR(status.st_mode) &&
					!S_ISDIR(status.st_mode) && !S_ISBLK(status.st_mode));
}

static bool is_background(const struct standard_input *in)
{
	return in->is_terminal && tcgetpgrp(STDIN_FILENO) != getpgrp();
}

int standard_input_fd(void *ctx)
{
	const struct standard_input *in = ctx;

	return in->has_ended || is_background(in) ? -1 : STDIN_FILENO;
}

size_t standard_input_read(void *ctx, char *ret, size_t n)
{
	struct standard_input *in = ctx;
	ssize_t n_read = is_background(in) ? -1 : read(STDIN_FILENO, ret, n);

	in->has_ended = n_read == 0 || (n_read < 0 && !is_background(in));
	return n_read > 0 ? (size_t)n_read : 0;
}

bool standard_input_begin(struct standard_input *in)
{
	struct termios keys;

	if (!has_input())
		return false;
	*in = (struct standard_input){ .is_terminal = false };
	in->is_terminal = tcgetattr(STDIN_FILENO, &in->before) == 0;
	if (!in->is_terminal || is_background(in))
		return true;
	keys = in->before;
	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	keys.c_cc[VMIN] = 1;
	keys.c_cc[VTIME] = 0;
	in->is_changed = tcsetattr(STDIN_FILENO, TCSANOW, &keys) == 0;
	return true;
}

void standard_input_end(struct standard_input *in)
{
	if (in->is_changed && !is_background(in))
		tcsetattr(STDIN_FILENO, TCSANOW, &in->before);
	in->is_changed = false;
	in->has_ended = true;
}
