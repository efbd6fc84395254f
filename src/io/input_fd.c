#define _DEFAULT_SOURCE
#include "memprof/io/input_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unpack.h"

enum { KEPT_MAX = 64 };

/* Of the process, as its standard input is. */
static struct kept {
	const char *name; /* borrowed: a word of the command line */
	int fd;
	off_t start;
} kept[KEPT_MAX];
static size_t n_kept;

static const struct kept *kept_as(const char *name)
{
	for (size_t i = 0; i < n_kept; i++)
		if (strcmp(kept[i].name, name) == 0)
			return &kept[i];
	return NULL;
}

/* A file that is gone when it is closed. -1 with errno. */
static int open_nameless(void)
{
	FILE *file = tmpfile();
	int fd = file ? dup(fileno(file)) : -1;

	if (file)
		fclose(file);
	return fd;
}

/* What is packed in it, if that can be read; else as it is: whoever reads it tells what it is. */
static int open_packed(int fd, const char *name)
{
	int to = open_nameless();

	if (to < 0 || unpack(fd, name, to) < 0 || lseek(to, 0, SEEK_SET) != 0) {
		if (to >= 0)
			close(to);
		return fd;
	}
	close(fd);
	return to;
}

int input_open(const char *name, int flags)
{
	const struct kept *k = kept_as(name);
	int fd;

	if (k) {
		fd = dup(k->fd);
		if (fd >= 0)
			lseek(fd, k->start, SEEK_SET);
	} else if (strcmp(name, "-") == 0) {
		fd = STDIN_FILENO;
	} else {
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);
	}
	if (fd < 0)
		return -errno;
	return !k && fd > STDERR_FILENO && unpack_is_packed(fd) ? open_packed(fd, name) : fd;
}

bool input_is_file(const char *name)
{
	struct stat st;
	int fd = strcmp(name, "-") != 0 && stat(name, &st) == 0 && S_ISREG(st.st_mode) ?
			 open(name, O_RDONLY | O_CLOEXEC) :
			 -1;
	bool is_packed = fd >= 0 && unpack_is_packed(fd);

	if (fd >= 0)
		close(fd);
	return fd >= 0 && !is_packed;
}

/* 0 or negative errno. */
static int copy(int from, int to)
{
	char bytes[65536];
	ssize_t n, n_written;

	while ((n = read(from, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno != EINTR)
			return -errno;
		for (ssize_t i = 0; i < n; i += n_written) {
			n_written = write(to, bytes + i, (size_t)(n - i));
			if (n_written < 0)
				return -errno;
		}
	}
	return 0;
}

/* from: a pipe, or a file that is standard input. */
static int keep(const char *name, int from, bool is_file, struct diag *diag)
{
	struct place at = { .file = name };

	if (n_kept == KEPT_MAX)
		return diag_at(diag, at, -EMFILE, "more than %d pipes are read", KEPT_MAX);
	int to = is_file ? dup(from) : open_nameless();
	int r = to < 0 ? -errno : is_file ? 0 : copy(from, to);
	if (r < 0) {
		if (to >= 0)
			close(to);
		return diag_at(diag, at, r, "cannot keep what comes from it in a temporary file: %s", strerror(-r));
	}
	kept[n_kept++] = (struct kept){ name, to, is_file ? lseek(from, 0, SEEK_CUR) : 0 };
	return 0;
}

int input_keep(const char *name, struct diag *diag)
{
	struct stat st;
	int r = 0;

	if (kept_as(name) || (strcmp(name, "-") != 0 && (stat(name, &st) < 0 || !S_ISFIFO(st.st_mode))))
		return 0;
	int fd = input_open(name, 0);
	if (fd >= 0 && fstat(fd, &st) == 0 && !isatty(fd))
		r = keep(name, fd, S_ISREG(st.st_mode), diag);
	if (fd > STDERR_FILENO)
		close(fd);
	return r; /* whoever reads it reports what cannot be opened */
}
