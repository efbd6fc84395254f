/* What a process on a pty does with what it gets. */
#define _GNU_SOURCE /* ptsname_r */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "source/private.h"

/* The other end of the pty, for a moment only: an end that stays open hides that the process has ended. */
static int bytes_unread(const struct source *source)
{
	char name[64];
	int n = -1, fd = -1;

	if (ptsname_r(source->fd, name, sizeof(name)) == 0)
		fd = open(name, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (ioctl(fd, FIONREAD, &n) < 0)
		n = -1;
	close(fd);
	return n;
}

bool source_reader(const struct source *source, struct source_reader *ret)
{
	struct termios keys;
	int n = source->pid > 0 ? bytes_unread(source) : -1;

	if (n < 0 || tcgetattr(source->fd, &keys) < 0)
		return false;
	*ret = (struct source_reader){ .takes_keys = !(keys.c_lflag & ISIG), .n_unread = (size_t)n };
	return true;
}
