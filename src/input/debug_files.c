#include "memprof/input/debug_files.h"

#include <stdlib.h>
#include <string.h>

#include "memprof/base/strbuf.h"
#include "memprof/io/blob.h"

static void put_in(struct strbuf *out, const char *folder, size_t n_folder, const char *name)
{
	strbuf_add(out, folder, n_folder);
	if (n_folder && folder[n_folder - 1] != '/')
		strbuf_puts(out, "/");
	strbuf_puts(out, name);
}

/* A tree may have been moved, so the folder of the ELF is before that of the compilation. No text: not this one. False:
 * there are no more. */
static bool put_path(struct strbuf *out, const char *elf, const char *folder, const char *name, unsigned i)
{
	const char *slash = strrchr(elf, '/'), *last = strrchr(name, '/');
	size_t n_elf = slash ? (size_t)(slash - elf) + 1 : 0;
	bool is_absolute = name[0] == '/';

	if (i == 0) {
		put_in(out, elf, is_absolute ? 0 : n_elf, name);
	} else if (i == 1 && !is_absolute && folder) {
		if (folder[0] != '/') /* -fdebug-prefix-map */
			strbuf_add(out, elf, n_elf);
		put_in(out, folder, strlen(folder), name);
	} else if (i == 2 && last) {
		put_in(out, elf, n_elf, last + 1);
	}
	return i <= 2;
}

static bool open_file(void *ctx, const char *folder, const char *name, unsigned i, const char **ret_bytes,
		      size_t *ret_n_bytes)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct blob blob;

	*ret_bytes = NULL;
	if (!put_path(&path, ctx, folder, name, i))
		return false;
	if (path.n_bytes && !strbuf_error(&path) && blob_read_named(strbuf_text(&path), &blob)) {
		*ret_bytes = blob.bytes;
		*ret_n_bytes = blob.n_bytes;
	}
	return true;
}

static void close_file(void *ctx, const char *bytes)
{
	(void)ctx;
	free((void *)(uintptr_t)bytes);
}

struct image_debug_files debug_files_of(const char *elf)
{
	return (struct image_debug_files){ (void *)(uintptr_t)elf, open_file, close_file };
}
