/* qsort as glibc has it: what compares as equal keeps its order. msvcrt's does not, and reports would differ. */
#include <stdlib.h>
#include <string.h>

static void merge(char *items, size_t n, size_t size, int (*compare)(const void *a, const void *b), char *room)
{
	size_t n_left = n / 2;
	char *left = items, *right = items + n_left * size, *middle = right, *end = items + n * size, *to = room;

	if (n < 2)
		return;
	merge(left, n_left, size, compare, room);
	merge(right, n - n_left, size, compare, room);
	while (left < middle && right < end) {
		char **from = compare(left, right) <= 0 ? &left : &right;
		memcpy(to, *from, size);
		*from += size;
		to += size;
	}
	memcpy(to, left, (size_t)(middle - left)); /* what is left of the right is in place */
	to += middle - left;
	memcpy(items, room, (size_t)(to - room));
}

void qsort(void *items, size_t n, size_t size, int (*compare)(const void *a, const void *b))
{
	char *room = n > 1 ? malloc(n * size) : NULL;

	if (room)
		merge(items, n, size, compare, room);
	else /* in place, slowly: no failure can be reported */
		for (size_t i = 1; i < n; i++)
			for (char *at = (char *)items + i * size; at > (char *)items && compare(at - size, at) > 0;
			     at -= size)
				for (size_t k = 0; k < size; k++) {
					char byte = at[k];
					at[k] = (at - size)[k];
					(at - size)[k] = byte;
				}
	free(room);
}
