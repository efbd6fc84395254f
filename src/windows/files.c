/* Files by name: where they are, temporary ones, replacing one by another. */
#define _CRT_RAND_S
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <windows.h>

static void use_slashes(char *path)
{
	for (; *path; path++)
		if (*path == '\\')
			*path = '/';
}

int rename(const char *from, const char *to)
{
	if (MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING))
		return 0;
	errno = GetLastError() == ERROR_FILE_NOT_FOUND ? ENOENT : EACCES;
	return -1;
}

char *realpath(const char *path, char *resolved)
{
	char *full = _access(path, F_OK) == 0 ? _fullpath(resolved, path, 0) : NULL;

	if (full)
		use_slashes(full);
	return full;
}

/* The last six letters of the name are replaced. */
int mkostemp(char *name, int flags)
{
	char *end = name + strlen(name) - 6;
	unsigned random;

	for (int i = 0; i < 100; i++) {
		if (rand_s(&random) != 0)
			random = GetTickCount() + (unsigned)i;
		for (int k = 0; k < 6; k++, random /= 36)
			end[k] = "0123456789abcdefghijklmnopqrstuvwxyz"[random % 36];
		int fd = open(name, O_RDWR | O_CREAT | O_EXCL | flags, _S_IREAD | _S_IWRITE);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

char *mkdtemp(char *name)
{
	int fd = mkostemp(name, 0); /* for a name that is free */

	if (fd < 0)
		return NULL;
	close(fd);
	return unlink(name) == 0 && mkdir(name) == 0 ? name : NULL;
}

/* msvcrt's is in the root of the drive, where a user may not write. */
FILE *tmpfile(void)
{
	char name[MAX_PATH * 2];
	DWORD n = GetTempPathA(MAX_PATH, name);

	if (n == 0 || n > MAX_PATH)
		return NULL;
	strcat(name, "memprof.XXXXXX");
	int fd = mkostemp(name, _O_TEMPORARY | O_CLOEXEC);
	return fd < 0 ? NULL : fdopen(fd, "w+b");
}

/* A write to a pipe fails where nobody reads it; msvcrt takes that for an invalid argument. */
static void find_closed_pipe(FILE *file)
{
	if (GetFileType((HANDLE)_get_osfhandle(fileno(file))) == FILE_TYPE_PIPE)
		errno = EPIPE;
}

#undef fwrite
size_t windows_fwrite(const void *items, size_t item_bytes, size_t n_items, FILE *file)
{
	size_t n = fwrite(items, item_bytes, n_items, file);

	if (n != n_items)
		find_closed_pipe(file);
	return n;
}

#undef fflush
int windows_fflush(FILE *file)
{
	int r = fflush(file);

	if (r != 0)
		find_closed_pipe(file);
	return r;
}

/* Modes are "r" and "w", with "e". */
FILE *fopen(const char *path, const char *mode)
{
	int fd = open(path, mode[0] == 'w' ? O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC : O_RDONLY | O_CLOEXEC,
		      _S_IREAD | _S_IWRITE);

	return fd < 0 ? NULL : fdopen(fd, mode[0] == 'w' ? "wb" : "rb");
}

ssize_t readlink(const char *path, char *ret, size_t n_ret)
{
	DWORD n = strcmp(path, "/proc/self/exe") == 0 ? GetModuleFileNameA(NULL, ret, (DWORD)n_ret) : 0;

	if (n == 0 || n >= n_ret)
		return -1;
	use_slashes(ret);
	return (ssize_t)n;
}
