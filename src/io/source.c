#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source_private.h"

const struct source_kind *const source_kinds[] = { &source_exec, &source_pty, &source_file, NULL };

const struct source_kind *source_kind_of(const char *uri)
{
	size_t i = 0;

	while (!source_kinds[i]->takes(uri))    /* the last one takes every name */
		i++;
	return source_kinds[i];
}

int source_open(const char *uri, struct source **ret, struct diag *diag)
{
	struct source *source = calloc(1, sizeof(*source));
	int r;

	if (!source || !(source->uri = strdup(uri))) {
		free(source);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	source->fd = -1;
	source->exit_code = -1;
	source->kind = source_kind_of(uri);
	r = source->kind->open(uri, source, diag);
	if (r < 0) {
		free(source->uri);
		free(source);
		return r;
	}
	*ret = source;
	return 0;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	source->kind->close(source);
	free(source->uri);
	free(source);
}

ssize_t source_read(struct source *source, void *bytes, size_t n_bytes)
{
	for (;;) {
		ssize_t n = read(source->fd, bytes, n_bytes);
		if (n >= 0)
			return n;
		if (errno == EIO && source->kind->live) /* Linux: the other side of a pty is closed */
			return 0;
		if (errno != EINTR)
			return -errno;
	}
}

ssize_t source_write(struct source *source, const void *bytes, size_t n_bytes)
{
	ssize_t n = write(source->fd, bytes, n_bytes);

	if (n >= 0)
		return n;
	return errno == EIO ? -EPIPE : errno == EINTR ? -EAGAIN : -errno;
}

int source_fd(const struct source *source) { return source->fd; }
const char *source_name(const struct source *source) { return source->uri; }
