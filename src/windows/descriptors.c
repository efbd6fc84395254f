/* Files by descriptor: open, stat and what belongs to them. */
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <windows.h>

/* As on Linux: to be recognised by fstat. -1: it is none. */
static int open_folder(const char *path)
{
	struct windows_stat st;

	if (windows_stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return -1;
	HANDLE handle = CreateFileA(path, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
				    OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
	return handle == INVALID_HANDLE_VALUE ? -1 : _open_osfhandle((intptr_t)handle, _O_RDONLY);
}

int open(const char *path, int flags, ...)
{
	va_list more;
	int mode = 0;

	va_start(more, flags);
	if (flags & O_CREAT)
		mode = va_arg(more, int) & (_S_IREAD | _S_IWRITE);
	va_end(more);
	int fd = _open(path, flags | _O_BINARY, mode);
	if (fd < 0 && errno == EACCES && (flags & O_ACCMODE) == O_RDONLY) {
		fd = open_folder(path);
		if (fd < 0)
			errno = EACCES;
	}
	return fd;
}

static int stat_of_handle(HANDLE handle, struct windows_stat *ret)
{
	BY_HANDLE_FILE_INFORMATION info;

	*ret = (struct windows_stat){ 0 };
	switch (GetFileType(handle)) {
	case FILE_TYPE_CHAR:
		ret->st_mode = _S_IFCHR | 0666;
		return 0;
	case FILE_TYPE_PIPE:
		ret->st_mode = _S_IFIFO | 0666;
		return 0;
	}
	if (!GetFileInformationByHandle(handle, &info)) { /* as of wine's standard input */
		ret->st_mode = _S_IFIFO | 0666;
		return 0;
	}
	ret->st_dev = info.dwVolumeSerialNumber;
	ret->st_ino = (uint64_t)info.nFileIndexHigh << 32 | info.nFileIndexLow;
	ret->st_size = (int64_t)((uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow);
	ret->st_mode = info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY ? _S_IFDIR | 0777 : _S_IFREG | 0666;
	if (info.dwFileAttributes & FILE_ATTRIBUTE_READONLY)
		ret->st_mode &= ~0222u;
	return 0;
}

int windows_stat(const char *path, struct windows_stat *ret)
{
	HANDLE handle = CreateFileA(path, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
				    OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);

	if (handle == INVALID_HANDLE_VALUE) {
		errno = GetLastError() == ERROR_ACCESS_DENIED ? EACCES : ENOENT;
		return -1;
	}
	int r = stat_of_handle(handle, ret);
	CloseHandle(handle);
	return r;
}

int windows_fstat(int fd, struct windows_stat *ret)
{
	HANDLE handle = (HANDLE)_get_osfhandle(fd);

	if (handle != INVALID_HANDLE_VALUE)
		return stat_of_handle(handle, ret);
	errno = EBADF;
	return -1;
}

int fsync(int fd) { return _commit(fd); }

/* Rights come from the folder. */
int fchmod(int fd, unsigned mode)
{
	(void)fd;
	(void)mode;
	return 0;
}

int fchown(int fd, unsigned user, unsigned group)
{
	(void)fd;
	(void)user;
	(void)group;
	return 0;
}
