#define _DEFAULT_SOURCE /* fsync, lstat */
/* Writes the budget file, all of it or nothing. */
#include "check/budget.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/cli/message.h"
#include "memprof/io/new_file.h"

static int refuse(const char *path, const char *why)
{
	message_at((struct place){ .file = path }, "error", "%s", why);
	return -EINVAL;
}

static int cannot(const char *path, int error)
{
	message_at((struct place){ .file = path }, "error", "cannot write: %s", strerror(error));
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
		return errno == ENOENT ? 0 : cannot(path, errno);
	if (!S_ISREG(st.st_mode))
		return refuse(path, "cannot write: not a regular file");
	return access(path, W_OK) < 0 ? cannot(path, errno) : 0;
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

int check_budget_write(const char *path, const struct strbuf *text, bool replace)
{
	struct new_file file;

	if (check_budget_may_write(path, replace) < 0)
		return -EINVAL;
	int fd = new_file_open(&file, path);
	if (fd < 0)
		return cannot(path, -fd);
	int error = write_all(fd, text) ? 0 : errno;
	if (close(fd) < 0 && !error)
		error = errno;
	int r = new_file_close(&file, !error);
	return error || r < 0 ? cannot(path, error ? error : -r) : 0;
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
