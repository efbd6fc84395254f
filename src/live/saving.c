#define _DEFAULT_SOURCE
#include "memprof/live/saving.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/protocol/stream.h"

static void write_all(struct saving *s, const struct strbuf *text)
{
	size_t n_done = 0;
	ssize_t n = 0;

	if (s->fd < 0 || s->failed)
		return;
	while (n >= 0 && n_done < text->n_bytes && !strbuf_error(text)) {
		n = write(s->fd, text->text + n_done, text->n_bytes - n_done);
		if (n < 0 && errno == EINTR)
			n = 0;
		n_done += n > 0 ? (size_t)n : 0;
	}
	if (n >= 0 && !strbuf_error(text))
		return;
	s->failed = true;
	message_at((struct place){ .file = s->path }, "error", "%s; nothing more is saved",
		   n < 0 ? strerror(errno) : "out of memory");
}

static void write_head(struct saving *s)
{
	struct strbuf head CLEANUP(strbuf_deinit) = STRBUF_INIT;

	stream_head(&head, clock_wall_us(), s->source);
	write_all(s, &head);
}

void saving_add(struct saving *s, uint64_t at_us, char direction, const void *bytes, size_t n)
{
	struct strbuf chunk CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!s->path || s->fd < 0 || n == 0)
		return;
	if (!s->any)
		write_head(s);
	s->any = true;
	stream_chunk(&chunk, at_us, direction, bytes, n);
	write_all(s, &chunk);
}

/* --force: the older file stays as FILE~. A pipe or a device is written to as it is. */
static void open_over(struct saving *s)
{
	struct stat st;

	if (stat(s->path, &st) == 0 && !S_ISREG(st.st_mode)) {
		s->fd = open(s->path, O_WRONLY | O_CLOEXEC);
		return;
	}
	strbuf_printf(&s->older, "%s~", s->path);
	if (strbuf_error(&s->older) || rename(s->path, strbuf_text(&s->older)) != 0) {
		strbuf_reset(&s->older);
		return;
	}
	s->fd = open(s->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	s->created = s->fd >= 0;
}

int saving_open(struct saving *s, const struct options *options)
{
	const char *path = option_value(options, "save");

	s->fd = -1;
	s->path = path;
	if (!path)
		return 0;
	s->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	s->created = s->fd >= 0;
	if (s->fd < 0 && errno == EEXIST && option_is(options, "force"))
		open_over(s);
	if (s->fd >= 0)
		return 0;
	if (errno == EEXIST)
		message_at((struct place){ .file = path }, "error",
			   "it is there already, and may be all that"
			   " is left of another day; --force replaces it");
	else
		message_at((struct place){ .file = path }, "error", "cannot write there: %s", strerror(errno));
	return -EINVAL;
}

void saving_close(struct saving *s)
{
	if (s->path && s->fd >= 0) {
		close(s->fd);
		if (!s->any && s->created)
			unlink(s->path);
		if (!s->any && s->older.n_bytes > 0)
			rename(strbuf_text(&s->older), s->path);
	}
	strbuf_deinit(&s->older);
	s->path = NULL;
}
