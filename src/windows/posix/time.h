#ifndef MEMPROF_WINDOWS_TIME_H
#define MEMPROF_WINDOWS_TIME_H

#include_next <time.h>

time_t timegm(struct tm *date);
struct tm *gmtime_r(const time_t *at, struct tm *ret);

#endif
