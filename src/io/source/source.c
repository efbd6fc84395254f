#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source/private.h"

const struct source_kind *const source_kinds[] = {
	&source_exec, &source_sim, &source_tcp, &source_ws,   &source_gdb,
	&source_usb,  &source_tty, &source_pty, &source_file, NULL,
};

const struct source_kind *source_kind_of(const char *uri)
{
	const struct source_kind *const *kind = source_kinds;

	while ((*kind)->prefix ? strncmp(uri, (*kind)->prefix, strlen((*kind)->prefix)) != 0 : !(*kind)->takes(uri))
		kind++; /* the last one takes every name */
	return *kind;
}

int source_open(const char *uri, struct source **ret, struct diag *diag)
{
	struct source *source = calloc(1, sizeof(*source));
	int r;

	if (!source || !(source->uri = strdup(uri))) {
		free(source);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	source->fd = source->lock_fd = source->control_fd = -1;
	source->exit_code = -1;
	source->line = (struct source_line)SOURCE_LINE_KEEP;
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

int source_set_line(struct source *source, const struct source_line *line, struct diag *diag)
{
	int r = source->kind->set_line ? source->kind->set_line(source, line, diag) : 0;

	if (r < 0)
		return r;
	if (line->baud)
		source->line.baud = line->baud;
	if (line->dtr != LINE_KEEP)
		source->line.dtr = line->dtr;
	if (line->rts != LINE_KEEP)
		source->line.rts = line->rts;
	return 0;
}

bool source_may_return(const struct source *source) { return source->kind->reopen != NULL; }

int source_reopen(struct source *source, struct diag *diag)
{
	if (!source->kind->reopen)
		return diag_at(diag, (struct place){ .file = source->uri }, -ENOTSUP, "cannot be reopened");
	return source->kind->reopen(source, diag);
}

/* Errors of a port, a pty or a socket that is gone. */
static bool is_gone(int error)
{
	return error == EIO || error == ENXIO || error == ENODEV || error == ECONNRESET || error == ETIMEDOUT ||
	       error == EPIPE;
}

ssize_t source_read(struct source *source, void *bytes, size_t n_bytes)
{
	for (;;) {
		ssize_t n = source->kind->read ? source->kind->read(source, bytes, n_bytes) :
						 read(source->fd, bytes, n_bytes);
		if (n >= 0)
			return n;
		if (source->kind->live && is_gone(errno))
			return 0;
		if (errno != EINTR)
			return -errno;
	}
}

ssize_t source_write(struct source *source, const void *bytes, size_t n_bytes)
{
	ssize_t n = source->kind->write ? source->kind->write(source, bytes, n_bytes) :
					  write(source->fd, bytes, n_bytes);

	if (n >= 0)
		return n;
	return is_gone(errno) ? -EPIPE : errno == EINTR ? -EAGAIN : -errno;
}

bool source_flush(struct source *source) { return source->kind->flush && source->kind->flush(source); }

const char *source_fault(const struct source *source)
{
	return source->kind->fault ? source->kind->fault(source) : NULL;
}

int source_fd(const struct source *source) { return source->fd; }
const char *source_name(const struct source *source) { return source->uri; }
const char *source_path(const struct source *source) { return source->port.path[0] ? source->port.path : source->uri; }
bool source_is_process(const struct source *source) { return source->kind == &source_exec; }
bool source_is_port(const struct source *source) { return source->kind == &source_tty || source->kind == &source_usb; }
