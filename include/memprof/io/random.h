/* The only source of random numbers. */
#ifndef MEMPROF_RANDOM_H
#define MEMPROF_RANDOM_H

#include <stdint.h>

uint64_t random_number(void); /* from the kernel; from the clock where it has none */
double random_part(void);     /* above 0, at most 1 */

#endif
