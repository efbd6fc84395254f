#define _DEFAULT_SOURCE /* strdup */
#include "memprof/io/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "memprof/base/vec.h"

struct listing {
	VEC(char *, names);
};

/* "pico.json" comes before "pico-w.json". */
static int by_name(const void *a, const void *b)
{
	const char *one = *(char *const *)a, *two = *(char *const *)b;

	while (*one && *one == *two)
		one++, two++;
	return (*one == '.' ? 1 : (unsigned char)*one) - (*two == '.' ? 1 : (unsigned char)*two);
}

static int add_file(struct listing *l, const char *folder, const char *entry)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct stat st;

	strbuf_printf(&path, "%s/%s", folder, entry);
	if (strbuf_error(&path) < 0)
		return -ENOMEM;
	if (entry[0] == '.' || stat(path.text, &st) < 0 || !S_ISREG(st.st_mode)) /* a pipe would be waited for */
		return 0;
	char *name = strdup(entry);
	if (name && vec_push(l, names, name) == 0)
		return 0;
	free(name);
	return -ENOMEM;
}

int folder_list(const char *path, struct strbuf *ret)
{
	DIR *folder = opendir(path);
	struct listing l = { .n_names = 0 };
	int r = folder ? 0 : -errno;

	for (struct dirent *entry; r == 0 && (entry = readdir(folder));)
		r = add_file(&l, path, entry->d_name);
	if (folder)
		closedir(folder);
	if (l.n_names > 1)
		qsort(l.names, l.n_names, sizeof(l.names[0]), by_name);
	for (size_t i = 0; i < l.n_names; i++) {
		strbuf_add(ret, l.names[i], strlen(l.names[i]) + 1);
		free(l.names[i]);
	}
	vec_deinit(&l, names);
	return r < 0 ? r : strbuf_error(ret);
}
