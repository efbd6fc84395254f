#define _DEFAULT_SOURCE
#include "small_file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void small_file_text(const char *path, char *ret, size_t n_ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, n_ret - 1);

	if (fd >= 0)
		close(fd);
	ret[n > 0 ? n : 0] = '\0';
}

void small_file_line(const char *path, char *ret, size_t n_ret)
{
	small_file_text(path, ret, n_ret);
	ret[strcspn(ret, "\n")] = '\0';
}
