#define _GNU_SOURCE /* mkostemp, fchown */
/* Writes the budget file, all of it or nothing. */
#include "check/budget.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/cli/message.h"

static int refuse(const char *path, const char *why)
{
	message_at((struct place){ .file = path }, "error", "%s", why);
	return -EINVAL;
}

static int cannot(const char *path)
{
	message_at((struct place){ .file = path }, "error", "cannot write: %s", strerror(errno));
	return -EINVAL;
}

/* A rename would replace a device, or a file without write permission. */
int check_budget_may_write(const char *path, bool replace)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0; /* other obstacles show when the file is created */
	if (!replace)
		return refuse(path, "file exists; --force replaces it, --update tightens it");
	if (stat(path, &st) < 0) /* or a dangling link */
		return errno == ENOENT ? 0 : cannot(path);
	if (!S_ISREG(st.st_mode))
		return refuse(path, "cannot write: not a regular file");
	return access(path, W_OK) < 0 ? cannot(path) : 0;
}

static bool write_all(int fd, const struct strbuf *text)
{
	size_t n = 0;

	while (n < text->n_bytes) {
		ssize_t written = write(fd, text->text + n, text->n_bytes - n);
		if (written < 0 && errno != EINTR)
			return false;
		n += written > 0 ? (size_t)written : 0;
	}
	return fsync(fd) == 0;
}

static int write_new(const char *path, const struct strbuf *text, bool through_link)
{
	int fd = open(path, O_WRONLY | O_CREAT | (through_link ? 0 : O_EXCL) | O_CLOEXEC, 0666);

	if (fd < 0)
		return cannot(path);
	bool written = write_all(fd, text);
	int error = errno;
	if (close(fd) == 0 && written)
		return 0;
	errno = written ? errno : error;
	unlink(path);
	return cannot(path);
}

/* The owner first, as a change of owner may clear mode bits. Without the right to change it the owner stays. */
static bool copy_rights(int fd, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	if (fchown(fd, st.st_uid, st.st_gid) < 0 && errno != EPERM)
		return false;
	return fchmod(fd, st.st_mode & 07777) == 0;
}

static int replace_file(const char *path, const struct strbuf *text)
{
	struct strbuf temporary CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&temporary, "%s.XXXXXX", path);
	int fd = strbuf_error(&temporary) ? -1 : mkostemp(temporary.text, O_CLOEXEC);
	if (fd < 0)
		return cannot(path);
	bool written = copy_rights(fd, path) && write_all(fd, text);
	int error = errno;
	if (close(fd) == 0 && written && rename(temporary.text, path) == 0)
		return 0;
	errno = written ? errno : error;
	cannot(path);
	unlink(temporary.text);
	return -EINVAL;
}

int check_budget_write(const char *path, const struct strbuf *text, bool replace)
{
	if (check_budget_may_write(path, replace) < 0)
		return -EINVAL;
	char *real = replace ? realpath(path, NULL) : NULL;
	if (!real)
		return write_new(path, text, replace);
	int r = replace_file(real, text);
	free(real);
	return r;
}

int check_budget_rewrite(const struct blob *read, const struct strbuf *text)
{
	struct blob now = { 0 };
	struct diag diag = { 0 };

	if (check_budget_may_write(read->name, true) < 0)
		return -EINVAL;
	if (blob_read(read->name, &now, &diag) < 0) {
		message_diag(&diag);
		return -EINVAL;
	}
	bool same = now.n_bytes == read->n_bytes && memcmp(now.bytes, read->bytes, now.n_bytes) == 0;
	blob_deinit(&now);
	if (!same)
		return refuse(read->name, "changed on disk; not overwritten; run memprof check --update again");
	return check_budget_write(read->name, text, true);
}
