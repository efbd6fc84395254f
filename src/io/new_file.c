#define _GNU_SOURCE /* mkostemp, fchown, lstat, fsync */
#include "memprof/io/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/io/interrupt.h"

enum { LINKS_MAX = 40 };

/* realpath wants a file at the end. */
static int follow_links(struct strbuf *path)
{
	char target[PATH_MAX];
	ssize_t n = 0;

	for (int i = 0; i < LINKS_MAX; i++) {
		n = readlink(strbuf_text(path), target, sizeof(target));
		if (n < 0)
			return strbuf_error(path);
		const char *slash = strrchr(strbuf_text(path), '/');
		size_t n_folder = slash && target[0] != '/' ? (size_t)(slash - path->text) + 1 : 0;
		path->n_bytes = n_folder;
		strbuf_add(path, target, (size_t)n);
	}
	return -ELOOP;
}

/* The owner first, as a change of owner may clear mode bits. Without the right to change it the owner stays. */
static int set_rights(int fd, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		mode_t mask = umask(0);
		umask(mask);
		st.st_mode = 0666 & ~mask;
	} else if (fchown(fd, st.st_uid, st.st_gid) < 0 && errno != EPERM) {
		return -errno;
	}
	return fchmod(fd, st.st_mode & 07777) < 0 ? -errno : 0;
}

static void end(struct new_file *f)
{
	interrupt_keeps(f->temporary.text);
	strbuf_deinit(&f->path);
	strbuf_deinit(&f->temporary);
}

int new_file_open(struct new_file *f, const char *path)
{
	*f = (struct new_file){ .path = STRBUF_INIT };
	strbuf_puts(&f->path, path);
	int error = follow_links(&f->path), fd = -1;
	strbuf_printf(&f->temporary, "%s.XXXXXX", strbuf_text(&f->path));
	if (error == 0)
		error = strbuf_error(&f->temporary);
	if (error == 0) {
		interrupt_removes(f->temporary.text);
		fd = mkostemp(f->temporary.text, O_CLOEXEC);
		error = fd < 0 ? -errno : set_rights(fd, strbuf_text(&f->path));
	}
	if (error == 0)
		return fd;
	if (fd >= 0) {
		close(fd);
		unlink(f->temporary.text);
	}
	end(f);
	return error;
}

int new_file_close(struct new_file *f, bool is_whole)
{
	int error = is_whole && rename(f->temporary.text, strbuf_text(&f->path)) < 0 ? -errno : 0;

	if (!is_whole || error < 0)
		unlink(f->temporary.text);
	end(f);
	return error;
}

/* ---- a text ---- */

static int refuse(const char *path, int error, struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = path }, error, "cannot write: %s",
		       error == -EINVAL ? "not a regular file" : strerror(-error));
}

int new_file_check(const char *path, bool replaces, struct diag *diag)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0; /* other obstacles show when the file is created */
	if (!replaces)
		return refuse(path, -EEXIST, diag);
	if (stat(path, &st) < 0) /* or a dangling link */
		return errno == ENOENT ? 0 : refuse(path, -errno, diag);
	if (!S_ISREG(st.st_mode))
		return refuse(path, -EINVAL, diag);
	return access(path, W_OK) < 0 ? refuse(path, -errno, diag) : 0;
}

static int write_all(int fd, const struct strbuf *text)
{
	size_t n = 0;

	while (n < text->n_bytes) {
		ssize_t written = write(fd, text->text + n, text->n_bytes - n);
		if (written < 0 && errno != EINTR)
			return -errno;
		n += written > 0 ? (size_t)written : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

int new_file_write(const char *path, const struct strbuf *text, struct diag *diag)
{
	struct new_file file;
	int fd = new_file_open(&file, path);

	if (fd < 0)
		return refuse(path, fd, diag);
	int error = write_all(fd, text);
	if (close(fd) < 0 && error == 0)
		error = -errno;
	int r = new_file_close(&file, error == 0);
	error = error < 0 ? error : r;
	return error < 0 ? refuse(path, error, diag) : 0;
}
