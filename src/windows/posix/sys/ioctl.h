#ifndef MEMPROF_WINDOWS_IOCTL_H
#define MEMPROF_WINDOWS_IOCTL_H

enum { TIOCGWINSZ = 1 };
struct winsize {
	unsigned short ws_row, ws_col;
};
int ioctl(int fd, int request, struct winsize *ret); /* the size of the console; -1: it is none */

#endif
