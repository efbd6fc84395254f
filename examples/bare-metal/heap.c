/* Wraps newlib's malloc and free (ld --wrap), so that the agent learns of each call. All calls are of tasks that take
 * turns: no lock is needed. */
#include "heap.h"

#include <malloc.h>

#include "agent_port.h"
#include "board.h"

struct request_figures heap_requests;

void *__real_malloc(size_t n_bytes);
void __real_free(void *block);
void *__wrap_malloc(size_t n_bytes);
void __wrap_free(void *block);

size_t heap_largest_free(void)
{
	size_t at_end = (size_t)(heap_end - heap_begin) - heap_taken(), largest = 0;

	for (const struct free_block *block = __malloc_free_list; block; block = block->next) {
		size_t n_bytes = (size_t)block->n_bytes;

		if ((const char *)block + n_bytes == heap_begin + heap_taken())
			at_end += n_bytes;
		largest = n_bytes > largest ? n_bytes : largest;
	}
	return at_end > largest ? at_end : largest;
}

void *__wrap_malloc(size_t n_bytes)
{
	void *block = __real_malloc(n_bytes);
	size_t n_taken = block ? malloc_usable_size(block) : 0;

	requests_count(&heap_requests, n_bytes, n_taken, block != NULL);
	agent_requested(POOL_C_HEAP, n_bytes, n_taken, __builtin_return_address(0));
	return block;
}

void __wrap_free(void *block)
{
	size_t n_taken = block ? malloc_usable_size(block) : 0;

	__real_free(block);
	if (!block)
		return;
	requests_count_free(&heap_requests, n_taken);
	agent_freed(POOL_C_HEAP, n_taken);
}
