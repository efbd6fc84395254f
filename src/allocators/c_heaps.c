#include "memprof/allocators/c_heaps.h"

#include <errno.h>

#include "memprof/base/number.h"
#include "private.h"

static const struct allocator *const allocators[] = { &freertos_heaps, &tlsf_heaps,  &uma_pools,
						      &zephyr,         &newlib_heap, &freertos_tasks };

static bool is_known(const struct c_program *program) { return program->image->address_bits == 32; }

bool c_heaps_any(const struct c_program *program)
{
	const struct reading reading = { .program = program };

	for (size_t i = 0; is_known(program) && i < ARRAY_SIZE(allocators); i++)
		if (allocators[i]->any(&reading))
			return true;
	return false;
}

int c_heaps_read(const struct c_program *program, struct memory_reader *r, struct heap *heap)
{
	struct reading reading = { .program = program, .r = r, .heap = heap };

	for (size_t i = 0; is_known(program) && i < ARRAY_SIZE(allocators) && reading.error == 0; i++)
		if (allocators[i]->any(&reading))
			allocators[i]->read(&reading);
	reading_deinit(&reading);
	return reading.error;
}
