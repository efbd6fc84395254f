#define _DEFAULT_SOURCE /* flock, O_CLOEXEC */
#include "memprof/io/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int lock_wait(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	flock(fd, LOCK_EX);
	return fd;
}

void lock_close(int lock)
{
	if (lock >= 0)
		close(lock);
}
