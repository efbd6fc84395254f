#define _DEFAULT_SOURCE /* O_CLOEXEC */
#include "memprof/io/random.h"

#include <fcntl.h>
#include <unistd.h>

#include "memprof/io/clock.h"

uint64_t random_number(void)
{
	uint64_t number = clock_wall_us() * UINT64_C(1000003) ^ clock_now_us(), from_kernel;
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return number;
	if (read(fd, &from_kernel, sizeof(from_kernel)) == (ssize_t)sizeof(from_kernel))
		number = from_kernel;
	close(fd);
	return number;
}

double random_part(void) { return ((double)(random_number() >> 11) + 1) / 0x1p53; }
