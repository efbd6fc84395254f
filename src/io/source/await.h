#pragma once

#include <stdint.h>

/* Waits until fd is ready, by clock_now_us(). 0; -ETIMEDOUT; -EINTR if a signal to stop is pending, which stays so. */
int source_await(int fd, short events, uint64_t until_us);
