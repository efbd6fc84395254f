#ifndef MEMPROF_WINDOWS_UNISTD_H
#define MEMPROF_WINDOWS_UNISTD_H

#include <sys/types.h>
#include_next <unistd.h>

int fsync(int fd);
int fchown(int fd, unsigned user, unsigned group);
ssize_t readlink(const char *path, char *ret, size_t n_ret); /* "/proc/self/exe", and no other */

#endif
