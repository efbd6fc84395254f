#include "memprof/io/user_folder.h"

#include <errno.h>
#include <stdlib.h>

int user_folder_path(const char *name, struct strbuf *ret)
{
	const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (folder && folder[0] == '/')
		strbuf_printf(ret, "%s/memprof/%s", folder, name);
	else if (home && home[0] == '/')
		strbuf_printf(ret, "%s/.config/memprof/%s", home, name);
	else
		return -ENOENT;
	return strbuf_error(ret);
}
