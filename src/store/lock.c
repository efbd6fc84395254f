#define _DEFAULT_SOURCE /* flock */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/store/recording.h"
#include "schema.h"

static bool is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static bool is_at(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool recording_lock_holds(const struct recording_lock *lock, char *ret, size_t room)
{
	char link[32];
	struct stat st;

	ret[0] = '\0';
	if (lock->fd < 0 || is_at(lock->fd, lock->path))
		return true;
	bool is_gone = fstat(lock->fd, &st) < 0 || st.st_nlink == 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", lock->fd);
	ssize_t n = is_gone ? 0 : readlink(link, ret, room - 1);
	ret[n > 0 ? n : 0] = '\0';
	if (!is_gone && n <= 0)
		snprintf(ret, room, "another place");
	return false;
}

int recording_lock_take(const char *path, struct recording_lock *ret, struct diag *diag)
{
	struct place at = { .file = path };

	*ret = (struct recording_lock){ -1, false, strdup(path) };
	if (!ret->path)
		return diag_set(diag, -ENOMEM, "out of memory");
	ret->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	ret->is_new = ret->fd >= 0;
	if (ret->fd < 0 && errno == EEXIST)
		ret->fd = open(path, O_RDWR | O_CLOEXEC);
	int r = ret->fd < 0 ? -errno : is_regular(ret->fd) ? 0 : -ENOTSUP;
	if (r == 0 && flock(ret->fd, LOCK_EX | LOCK_NB) < 0)
		r = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (r == 0 && !is_at(ret->fd, path)) /* whoever made it has removed it meanwhile */
		r = -EBUSY;
	if (r == 0)
		return 0;
	recording_lock_drop(ret, true);
	if (r == -ENOTSUP)
		return diag_at(diag, at, r, "a recording is a file, and this is none");
	if (r == -EBUSY)
		return diag_at(diag, at, r, "another memprof records into this file; give each its own -o FILE");
	return diag_at(diag, at, r, "cannot write it: %s", strerror(-r));
}

bool recording_is_moved(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_taken = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return is_taken && schema_is_left(path);
}

void recording_lock_drop(struct recording_lock *lock, bool is_used)
{
	if (lock->is_new && lock->fd >= 0 && !is_used)
		unlink(lock->path);
	if (lock->fd >= 0)
		close(lock->fd);
	free(lock->path);
	*lock = (struct recording_lock){ .fd = -1 };
}
