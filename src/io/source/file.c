#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

	if (strcmp(uri, "-") == 0) {
		source->fd = STDIN_FILENO;
		return 0;
	}
	source->fd = open(uri, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (source->fd < 0)
		return diag_at(diag, at, -errno, "cannot open it: %s", strerror(errno));
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
