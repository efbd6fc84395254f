#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/io/input_fd.h"
#include "source/private.h"

static bool takes_any(const char *uri)
{
	(void)uri;
	return true;
}

static int file_open(const char *uri, struct source *source, struct diag *diag)
{
	struct place at = { .file = uri };
	struct stat st;

	source->fd = input_open(uri, 0);
	if (source->fd < 0)
		return diag_at(diag, at, source->fd, "cannot open it: %s", strerror(-source->fd));
	if (fstat(source->fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(source->fd);
		return diag_at(diag, at, -EISDIR, "is a directory; name a log in it");
	}
	return 0;
}

static void file_close(struct source *source)
{
	if (source->fd > STDERR_FILENO)
		close(source->fd);
}

const struct source_kind source_file = {
	.name = "FILE, -",
	.summary = "a saved log; - is standard input",
	.live = false,
	.takes = takes_any,
	.open = file_open,
	.close = file_close,
};
