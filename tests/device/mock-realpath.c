/* Preloaded before umockdev's library, whose own realpath() (0.17.16) writes out of bounds for a tty: its
 * node is a symbolic link to a pty outside of the folder, and it takes the folder's length off the
 * result whatever that is. Here such a name is resolved up to the node. System calls are made
 * directly, as umockdev would send them into its folder once more. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LINKS_MAX = 8 };

/* Makes "/dev/serial/by-id/../../ttyACM0" of it, without the dots. */
static void tidy(char *path)
{
	char *up;

	while ((up = strstr(path, "/../"))) {
		char *before = up;
		while (before > path && *--before != '/')
			;
		memmove(before, up + 3, strlen(up + 3) + 1);
	}
}

/* path: below /dev; becomes the node's. False if there is none. */
static int resolve(const char *bed, char path[PATH_MAX])
{
	for (int i = 0; i < LINKS_MAX; i++) {
		char there[PATH_MAX], target[PATH_MAX];
		snprintf(there, sizeof(there), "%.2000s%.2000s", bed, path);
		long n = syscall(SYS_readlinkat, AT_FDCWD, there, target, sizeof(target) - 1);
		if (n < 0)
			return syscall(SYS_faccessat, AT_FDCWD, there, F_OK) == 0;
		target[n] = '\0';
		if (target[0] == '/')
			return syscall(SYS_faccessat, AT_FDCWD, target, F_OK) == 0;
		char *slash = strrchr(path, '/');
		snprintf(slash + 1, (size_t)(path + PATH_MAX - slash - 1), "%s", target);
		tidy(path);
	}
	return 0;
}

static int is_ours(const char *path)
{
	return strncmp(path, "/dev/tty", 8) == 0 || strncmp(path, "/dev/serial/", 12) == 0;
}

__attribute__((visibility("default"))) char *realpath(const char *restrict path, char *restrict ret)
{
	char *(*next)(const char *, char *);
	const char *bed = getenv("UMOCKDEV_DIR");
	char found[PATH_MAX];

	*(void **)&next = dlsym(RTLD_NEXT, "realpath");
	if (!bed || !is_ours(path) || strlen(path) >= PATH_MAX)
		return next(path, ret);
	strcpy(found, path);
	if (!resolve(bed, found)) {
		errno = ENOENT;
		return NULL;
	}
	return ret ? strcpy(ret, found) : strdup(found);
}
