#define _DEFAULT_SOURCE /* O_CLOEXEC, explicit_bzero */
#include "source/webrepl/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/base/strbuf.h"
#include "memprof/io/user_folder.h"

static const char variable[] = "MEMPROF_WEBREPL_PASSWORD", file_variable[] = "MEMPROF_WEBREPL_PASSWORD_FILE";

/* A CR would end it, and other control characters are keys. */
static bool is_usable(const char *text, size_t n)
{
	if (n == 0 || n > WEBREPL_PASSWORD_MAX_BYTES)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 127)
			return false;
	return true;
}

static int take(char ret[WEBREPL_PASSWORD_MAX_BYTES + 1], const char *text, size_t n, struct place at, const char *what,
		struct diag *diag)
{
	if (!is_usable(text, n))
		return diag_at(diag, at, -EINVAL,
			       "%sexpected a password of 1 to %d characters, without control characters", what,
			       WEBREPL_PASSWORD_MAX_BYTES);
	memcpy(ret, text, n);
	ret[n] = '\0';
	return 0;
}

/* As ssh: a file that others may read is refused. */
static int check_mode(int fd, const char *path, struct diag *diag)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return diag_at(diag, (struct place){ .file = path }, -EINVAL, "cannot read: %s", strerror(errno));
	if (!(st.st_mode & 077))
		return 0;
	return diag_at(diag, (struct place){ .file = path }, -EINVAL,
		       "a file with a password must be readable by you only, and its mode is %03o: chmod 600 it",
		       (unsigned)(st.st_mode & 0777));
}

static int read_line(int fd, const char *path, char ret[WEBREPL_PASSWORD_MAX_BYTES + 1], struct diag *diag)
{
	struct place at = { .file = path };
	char text[WEBREPL_PASSWORD_MAX_BYTES + 3]; /* and its CR LF */
	size_t n = 0;
	ssize_t got;

	while (n < sizeof(text) && (got = read(fd, text + n, sizeof(text) - n)) != 0) {
		if (got < 0 && errno != EINTR)
			return diag_at(diag, at, -EINVAL, "cannot read: %s", strerror(errno));
		n += got > 0 ? (size_t)got : 0;
	}
	const char *newline = memchr(text, '\n', n);
	size_t n_line = newline ? (size_t)(newline - text) : n;
	n_line -= n_line > 0 && text[n_line - 1] == '\r';
	int r = take(ret, text, n_line, at, "", diag);
	explicit_bzero(text, sizeof(text));
	return r;
}

static int read_file(const char *path, char ret[WEBREPL_PASSWORD_MAX_BYTES + 1], struct diag *diag)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return diag_at(diag, (struct place){ .file = path }, -EINVAL, "cannot open: %s", strerror(errno));
	int r = check_mode(fd, path, diag);
	if (r == 0)
		r = read_line(fd, path, ret, diag);
	close(fd);
	return r;
}

int webrepl_password(char ret[WEBREPL_PASSWORD_MAX_BYTES + 1], struct diag *diag)
{
	CLEANUP(strbuf_deinit) struct strbuf path = STRBUF_INIT;
	const char *value = getenv(variable), *file = getenv(file_variable);

	if (value && *value)
		return take(ret, value, strlen(value), (struct place){ 0 }, "MEMPROF_WEBREPL_PASSWORD: ", diag);
	if (file && *file)
		return read_file(file, ret, diag);
	int r = user_folder_path("webrepl-password", &path);
	if (r == 0 && access(strbuf_text(&path), F_OK) == 0)
		return read_file(strbuf_text(&path), ret, diag);
	return diag_set(diag, -EINVAL,
			"no password for the WebREPL: set %s, or write it into %s (chmod 600) or a file that %s names",
			variable, r == 0 ? strbuf_text(&path) : "$HOME/.config/memprof/webrepl-password",
			file_variable);
}
