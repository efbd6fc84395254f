/* The only source of random numbers. */
#pragma once

#include <stdint.h>

uint64_t random_number(void); /* from the kernel; from the clock where it has none */
double random_part(void);     /* above 0, at most 1 */
