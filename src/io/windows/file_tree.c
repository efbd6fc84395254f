/* file_tree.h without fts, which mingw lacks. */
#include "memprof/io/file_tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "memprof/base/strbuf.h"
#include "memprof/base/vec.h"

enum { DEPTH_MAX = 256 };

struct walk {
	int (*each)(void *ctx, const char *path, bool is_given, struct diag *diag);
	void *ctx;
	struct diag *diag;
};

struct listing {
	VEC(char *, names);
};

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int refuse(const struct walk *w, const char *path, int error)
{
	return diag_at(w->diag, (struct place){ .file = path }, -error, "cannot read it: %s", strerror(error));
}

static int list(const char *path, struct listing *ret)
{
	DIR *folder = opendir(path);
	int r = 0;

	if (!folder)
		return -errno;
	for (struct dirent *entry; r == 0 && (entry = readdir(folder));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		char *name = strdup(entry->d_name);
		if (!name || vec_push(ret, names, name) < 0) {
			free(name);
			r = -ENOMEM;
		}
	}
	closedir(folder);
	if (ret->n_names > 1)
		qsort(ret->names, ret->n_names, sizeof(ret->names[0]), by_name);
	return r;
}

static int walk_folder(const struct walk *w, const char *path, unsigned depth);

static int walk_path(const struct walk *w, const char *path, unsigned depth)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return refuse(w, path, errno);
	if (S_ISDIR(st.st_mode))
		return walk_folder(w, path, depth);
	if (S_ISREG(st.st_mode))
		return w->each(w->ctx, path, depth == 0, w->diag);
	return depth ? 0 : diag_at(w->diag, (struct place){ .file = path }, -EINVAL, "expected a file or a folder");
}

static int walk_folder(const struct walk *w, const char *path, unsigned depth)
{
	struct listing all = { .n_names = 0 };
	int r = depth < DEPTH_MAX ? list(path, &all) : -ELOOP;

	if (r < 0)
		refuse(w, path, -r);
	for (size_t i = 0; i < all.n_names; i++) {
		struct strbuf below CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_printf(&below, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", all.names[i]);
		if (r == 0)
			r = strbuf_error(&below) ? refuse(w, path, ENOMEM) :
						   walk_path(w, strbuf_text(&below), depth + 1);
		free(all.names[i]);
	}
	vec_deinit(&all, names);
	return r;
}

int file_tree_walk(const char *path, int (*each)(void *ctx, const char *path, bool is_given, struct diag *diag),
		   void *ctx, struct diag *diag)
{
	return walk_path(&(struct walk){ each, ctx, diag }, path, 0);
}
