/* The inputs that a name on the command line means. */
#include <string.h>

#include "memprof/input/log_reader.h"
#include "memprof/io/blob.h"
#include "memprof/io/folder.h"

static size_t add_folder(const char *folder, struct strbuf *out)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT, path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n = 0;

	if (strcmp(folder, "-") == 0 || folder_list(folder, &names) < 0)
		return 0;
	for (const char *name = names.text; name && name < names.text + names.n_bytes; name += strlen(name) + 1) {
		strbuf_reset(&path);
		strbuf_printf(&path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", name);
		if (strbuf_error(&path) == 0)
			n += log_boards(path.text, out);
	}
	return n;
}

size_t log_inputs(const char *name, struct strbuf *out)
{
	size_t n = add_folder(name, out);

	return n > 0 ? n : log_boards(name, out);
}
