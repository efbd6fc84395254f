/* LSD radix sort by bytes. */
#include "memprof/base/sort_keys.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { N_BYTES = 256 };

static bool is_sorted(const struct sort_key *keys, size_t n_keys)
{
	size_t i = 1;

	while (i < n_keys && keys[i - 1].value <= keys[i].value)
		i++;
	return i >= n_keys;
}

static void sort_byte(const struct sort_key *from, size_t n_keys, unsigned shift, struct sort_key *to)
{
	size_t at[N_BYTES] = { 0 }, n_before = 0;

	for (size_t i = 0; i < n_keys; i++)
		at[from[i].value >> shift & 0xff]++;
	for (size_t byte = 0; byte < N_BYTES; byte++) {
		size_t n = at[byte];
		at[byte] = n_before;
		n_before += n;
	}
	for (size_t i = 0; i < n_keys; i++)
		to[at[from[i].value >> shift & 0xff]++] = from[i];
}

int sort_keys(struct sort_key *keys, size_t n_keys)
{
	struct sort_key *from = keys, *to;
	uint64_t differ = 0;

	if (is_sorted(keys, n_keys))
		return 0;
	struct sort_key *room = to = malloc(n_keys * sizeof(*room));
	if (!room)
		return -ENOMEM;
	for (size_t i = 1; i < n_keys; i++)
		differ |= keys[i].value ^ keys[0].value;
	for (unsigned shift = 0; shift < 64; shift += 8) {
		if (!(differ >> shift & 0xff))
			continue;
		sort_byte(from, n_keys, shift, to);
		struct sort_key *sorted = to;
		to = from;
		from = sorted;
	}
	if (from != keys)
		memcpy(keys, from, n_keys * sizeof(*keys));
	free(room);
	return 0;
}
