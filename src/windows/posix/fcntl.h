#ifndef MEMPROF_WINDOWS_FCNTL_H
#define MEMPROF_WINDOWS_FCNTL_H

#include_next <fcntl.h>

#define O_CLOEXEC  _O_NOINHERIT
#define O_NOCTTY   0
#define O_NONBLOCK 0

#endif
