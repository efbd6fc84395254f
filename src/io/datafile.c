#define _DEFAULT_SOURCE
#include "memprof/io/datafile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "embedded.h"
#include "memprof/io/folder.h"

/* Appends the folder of the running program. False if it cannot be determined. */
static bool program_folder(struct strbuf *ret)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));

	if (n <= 0 || n == sizeof(path))
		return false;
	while (n > 1 && path[n - 1] != '/')
		n--;
	strbuf_add(ret, path, (size_t)n);
	return true;
}

struct folder {
	bool from_program;
	const char *name;
};
static const struct folder data_folders[] = {
	{ true, "layouts/" },
	{ true, MEMPROF_DATADIR_FROM_BIN "/" },
	{ true, MEMPROF_DATADIR_FROM_LIBEXEC "/" },
	{ false, MEMPROF_DATADIR "/" },
	{ false, NULL },
};
static const struct folder program_folders[] = {
	{ true, "" }, /* of the build folder, or of another such program */
	{ true, MEMPROF_LIBEXECDIR_FROM_BIN "/" },
	{ false, MEMPROF_LIBEXECDIR "/" },
	{ false, NULL },
};

/* Appends the path of a file in it. False if there is none. */
static bool place_of(const struct folder *folder, const char *name, struct strbuf *ret)
{
	if (folder->from_program && (folder->name[0] == '/' || !program_folder(ret)))
		return false;
	strbuf_puts(ret, folder->name);
	strbuf_puts(ret, name);
	return true;
}

static int read_all(int fd, struct strbuf *ret)
{
	char bytes[16384];
	size_t n_all = 0;

	for (;;) {
		ssize_t n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : strbuf_error(ret);
		n_all += (size_t)n;
		if (n_all > DATAFILE_MAX_BYTES)
			return -EFBIG;
		strbuf_add(ret, bytes, (size_t)n);
	}
}

static int read_path(const char *path, struct strbuf *ret)
{
	int r, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	r = read_all(fd, ret);
	close(fd);
	return r;
}

/* Tries the places up to the first that has the file. *ret_path: the path tried last. */
static int try_folders(const struct folder *folders, const char *what, const char *name,
		       int (*try)(const char *path, struct strbuf *ret_text), struct strbuf *ret_path,
		       struct strbuf *ret_text, struct diag *diag)
{
	struct strbuf tried CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (; folders->name; folders++) {
		strbuf_reset(ret_path);
		if (!place_of(folders, name, ret_path))
			continue;
		int r = strbuf_error(ret_path);
		if (r == 0)
			r = try(strbuf_text(ret_path), ret_text);
		if (r != -ENOENT)
			return r;
		strbuf_printf(&tried, "%s%s", tried.n_bytes ? ", " : "", strbuf_text(ret_path));
	}
	return diag_set(diag, -ENOENT,
			"cannot find memprof's %s %.60s; install memprof with"
			" 'meson install', or run it from its build folder. Tried: %s",
			what, name, strbuf_text(&tried));
}

/* ---- in the program itself ---- */

static const char own_path[] = "/proc/self/exe";

static bool is_one_file(void) { return embedded_files[0].name; }

static int read_embedded(const char *name, struct strbuf *ret_path, struct strbuf *ret_text, struct diag *diag)
{
	for (const struct embedded_file *f = embedded_files; f->name; f++) {
		if (strcmp(f->name, name) != 0)
			continue;
		strbuf_printf(ret_path, "memprof:%s", name);
		strbuf_add(ret_text, f->bytes, f->n_bytes);
		return strbuf_error(ret_text);
	}
	return diag_set(diag, -ENOENT, "this memprof has no data file %.60s", name);
}

/* ---- reading ---- */

int datafile_read(const char *name, struct strbuf *ret_path, struct strbuf *ret_text, struct diag *diag)
{
	if (!*name || *name == '.' || strchr(name, '/'))
		return diag_set(diag, -EINVAL, "invalid name of a data file, '%.60s'; expected a name without a folder",
				name);
	if (is_one_file())
		return read_embedded(name, ret_path, ret_text, diag);
	int r = try_folders(data_folders, "data file", name, read_path, ret_path, ret_text, diag);
	if (r == -EFBIG)
		return diag_at(diag, (struct place){ .file = ret_path->text }, r,
			       "larger than 1 MiB, the limit for a data file; reinstall memprof");
	if (r < 0 && r != -ENOENT)
		return diag_at(diag, (struct place){ .file = ret_path->text }, r, "cannot read it: %s", strerror(-r));
	return r;
}

static int check_program(const char *path, struct strbuf *ret_text)
{
	(void)ret_text;
	return access(path, X_OK) == 0 ? 0 : -ENOENT;
}

int datafile_program(const char *name, struct strbuf *ret_path, struct diag *diag)
{
	if (is_one_file()) { /* which runs as that program under its name */
		strbuf_puts(ret_path, own_path);
		return strbuf_error(ret_path);
	}
	return try_folders(program_folders, "program", name, check_program, ret_path, NULL, diag);
}

/* ---- listing ---- */

/* With a newline in place of the suffix. Whether it ends in it. */
static bool list_file(const char *file, const char *suffix, struct strbuf *ret)
{
	size_t n = strlen(file), n_suffix = strlen(suffix);
	bool fits = n > n_suffix && strcmp(file + n - n_suffix, suffix) == 0;

	if (fits)
		strbuf_printf(ret, "%.*s\n", (int)(n - n_suffix), file);
	return fits;
}

static bool list_folder(const char *path, const char *suffix, struct strbuf *ret)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool any = false;

	if (folder_list(path, &names) == -ENOMEM)
		ret->error = -ENOMEM;
	for (const char *name = names.text; name && name < names.text + names.n_bytes; name += strlen(name) + 1)
		any |= list_file(name, suffix, ret);
	return any;
}

int datafile_list(const char *suffix, struct strbuf *ret)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool any = false;

	for (const struct embedded_file *f = embedded_files; f->name; f++)
		any |= list_file(f->name, suffix, ret);
	for (const struct folder *folder = data_folders; folder->name && !is_one_file() && !any; folder++) {
		strbuf_reset(&path);
		if (place_of(folder, "", &path))
			any = list_folder(strbuf_text(&path), suffix, ret);
	}
	return strbuf_error(ret);
}
