#ifndef MEMPROF_WINDOWS_STAT_H
#define MEMPROF_WINDOWS_STAT_H

#include <stdint.h>
#include_next <sys/stat.h>
#include <sys/types.h>

#define S_IFLNK       0xa000
#define S_ISLNK(mode) (((mode)&0xf000) == S_IFLNK)

/* msvcrt's has no number of a file. A name that is a file's here and a folder's there is the same one. */
struct windows_stat {
	uint64_t st_dev, st_ino;
	unsigned st_mode, st_uid, st_gid;
	int64_t st_size;
};
int windows_stat(const char *path, struct windows_stat *ret);
int windows_fstat(int fd, struct windows_stat *ret);
int fchmod(int fd, unsigned mode);

#undef stat
#undef fstat
#undef lstat
#define stat  windows_stat
#define fstat windows_fstat
#define lstat windows_stat /* links are followed */

#endif
