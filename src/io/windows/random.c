#define _CRT_RAND_S
#include "memprof/io/random.h"

#include <stdlib.h>

#include "memprof/io/clock.h"

uint64_t random_number(void)
{
	unsigned high, low;

	if (rand_s(&high) != 0 || rand_s(&low) != 0)
		return clock_wall_us() * UINT64_C(1000003) ^ clock_now_us();
	return (uint64_t)high << 32 | low;
}
