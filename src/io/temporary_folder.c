#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "memprof/io/temporary_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memprof/io/interrupt.h"
#include "memprof/io/new_file.h"

int temporary_folder_make(struct temporary_folder *ret, const char *name, const struct strbuf *text, struct diag *diag)
{
	const char *in = getenv("TMPDIR");

	strbuf_printf(&ret->path, "%s/memprof.XXXXXX", in && *in ? in : "/tmp");
	if (strbuf_error(&ret->path) < 0 || !mkdtemp(ret->path.text)) {
		int error = strbuf_error(&ret->path) < 0 ? -ENOMEM : -errno;
		strbuf_reset(&ret->path);
		return diag_set(diag, error, "no temporary folder: %s; TMPDIR says where", strerror(-error));
	}
	strbuf_printf(&ret->file, "%s/%s", ret->path.text, name);
	if (strbuf_error(&ret->file) == 0)
		interrupt_removes(ret->file.text);
	interrupt_removes(ret->path.text);
	return new_file_write(strbuf_text(&ret->file), text, diag);
}

void temporary_folder_remove(struct temporary_folder *folder)
{
	if (folder->path.n_bytes > 0) {
		unlink(strbuf_text(&folder->file));
		rmdir(strbuf_text(&folder->path));
		interrupt_keeps(folder->file.text);
		interrupt_keeps(folder->path.text);
	}
	strbuf_deinit(&folder->file);
	strbuf_deinit(&folder->path);
}
