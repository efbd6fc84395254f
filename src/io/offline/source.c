/* Sources of a memprof that reads files only: boards are recognised, so that they are not taken for files. */
#define _DEFAULT_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "source/private.h"

/* "COM3", a serial port of Windows */
static bool is_com_port(const char *uri)
{
	return strncmp(uri, "COM", 3) == 0 && uri[3] && strspn(uri + 3, "0123456789") == strlen(uri + 3);
}

static bool takes_board(const char *uri)
{
	static const char *const begins[] = { "exec:", "sim:",     "tcp:",     "ws:",       "gdb:",
					      "usb:",  "/dev/tty", "/dev/cu.", "/dev/pts/", "/dev/serial/" };

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (strncmp(uri, begins[i], strlen(begins[i])) == 0)
			return true;
	return strcmp(uri, "auto") == 0 || is_com_port(uri);
}

static int refuse(const char *uri, struct source *source, struct diag *diag)
{
	(void)source;
	return diag_at(diag, (struct place){ .file = uri }, -ENOTSUP, "this build of memprof reads files only");
}

static const struct source_kind board = { .name = "boards", .live = true, .takes = takes_board, .open = refuse };

const struct source_kind *const source_kinds[] = { &source_file, NULL };

const struct source_kind *source_kind_of(const char *uri) { return takes_board(uri) ? &board : &source_file; }

int source_open(const char *uri, struct source **ret, struct diag *diag)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return diag_set(diag, -ENOMEM, "out of memory");
	source->kind = source_kind_of(uri);
	int r = source->kind->open(uri, source, diag);
	if (r < 0)
		free(source);
	else
		*ret = source;
	return r;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	source->kind->close(source);
	free(source);
}

ssize_t source_read(struct source *source, void *bytes, size_t n_bytes)
{
	ssize_t n;

	do
		n = read(source->fd, bytes, n_bytes);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}
