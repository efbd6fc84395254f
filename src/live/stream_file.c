#define _DEFAULT_SOURCE
#include "stream_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/io/clock.h"
#include "memprof/protocol/stream.h"

static int write_all(struct stream_file *f, const struct strbuf *text)
{
	size_t n_done = 0;
	ssize_t n = 0;

	if (f->error)
		return 0;
	while (n >= 0 && n_done < text->n_bytes && !strbuf_error(text)) {
		n = write(f->fd, text->text + n_done, text->n_bytes - n_done);
		if (n < 0 && errno == EINTR)
			n = 0;
		n_done += n > 0 ? (size_t)n : 0;
	}
	f->error = n < 0 ? -errno : strbuf_error(text) ? -ENOMEM : 0;
	return f->error;
}

static int write_chunks(struct stream_file *f, const struct strbuf *chunks)
{
	struct strbuf head CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!f->any) {
		f->started_us = clock_wall_us() - f->before_us;
		stream_head(&head, f->started_us, f->source);
		int r = write_all(f, &head);
		if (r < 0)
			return r;
	}
	f->any = true;
	return write_all(f, chunks);
}

int stream_file_add(struct stream_file *f, uint64_t at_us, char direction, const void *bytes, size_t n)
{
	struct strbuf chunk CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!f->path || (n == 0 && !f->any && f->held.n_bytes == 0)) /* a mark alone is nothing of the board's */
		return 0;
	if (f->holds) {
		if (f->held.n_bytes + n <= STREAM_FILE_HELD_MAX_BYTES)
			stream_chunk(&f->held, at_us, direction, bytes, n);
		return 0;
	}
	stream_chunk(&chunk, at_us, direction, bytes, n);
	return write_chunks(f, &chunk);
}

/* The head has the same length with another date. Of a pipe it stays as it is. */
void stream_file_backdate(struct stream_file *f, uint64_t us)
{
	struct strbuf head CLEANUP(strbuf_deinit) = STRBUF_INIT;

	f->before_us += us;
	if (!f->any || f->error)
		return;
	f->started_us -= us;
	stream_head(&head, f->started_us, f->source);
	if (!strbuf_error(&head) && pwrite(f->fd, head.text, head.n_bytes, 0) < 0 && errno != ESPIPE)
		f->error = -errno;
}

int stream_file_release(struct stream_file *f, bool keep)
{
	int r = 0;

	f->holds = false;
	if (keep && f->path && f->held.n_bytes > 0)
		r = write_chunks(f, &f->held);
	strbuf_reset(&f->held);
	return r;
}

/* The older file stays as FILE~. A pipe or a device is written to as it is. */
static void open_over(struct stream_file *f)
{
	struct stat st;

	if (stat(f->path, &st) == 0 && !S_ISREG(st.st_mode)) {
		f->fd = open(f->path, O_WRONLY | O_CLOEXEC);
		return;
	}
	strbuf_printf(&f->older, "%s~", f->path);
	if (strbuf_error(&f->older) || rename(f->path, strbuf_text(&f->older)) != 0) {
		strbuf_reset(&f->older);
		return;
	}
	f->fd = open(f->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	f->created = f->fd >= 0;
}

int stream_file_open(struct stream_file *f, const char *path, bool replace, struct diag *diag)
{
	struct place at = { .file = path };

	*f = (struct stream_file){ .fd = -1 };
	if (!path)
		return 0;
	f->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	f->created = f->fd >= 0;
	f->path = path;
	if (f->fd < 0 && errno == EEXIST && replace)
		open_over(f);
	if (f->fd >= 0)
		return 0;
	int error = errno;
	f->path = NULL;
	if (error == EEXIST)
		return diag_at(diag, at, -EINVAL, "file exists; --force replaces it");
	return diag_at(diag, at, -EINVAL, "cannot write there: %s", strerror(error));
}

void stream_file_close(struct stream_file *f)
{
	if (f->path && f->fd >= 0) {
		close(f->fd);
		if (!f->any && f->created)
			unlink(f->path);
		if (!f->any && f->older.n_bytes > 0)
			rename(strbuf_text(&f->older), f->path);
	}
	strbuf_deinit(&f->older);
	strbuf_deinit(&f->held);
	f->path = NULL;
}
