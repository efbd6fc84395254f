/* The only access to the clock. */
#pragma once

#include <stdint.h>

uint64_t clock_now_us(void);  /* monotonic */
uint64_t clock_wall_us(void); /* since 1970-01-01T00:00:00Z */
