/* Sorting by a number, for lists of structures. */
#include "sort.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/sort_keys.h"

enum { ITEM_MAX_BYTES = 128 };

struct items {
	char *bytes;
	size_t n, item_bytes;
};

static void *item(const struct items *items, size_t i) { return items->bytes + i * items->item_bytes; }

static bool is_sorted(const struct items *items, uint64_t (*key_of)(const void *item))
{
	size_t i = 1;

	while (i < items->n && key_of(item(items, i - 1)) <= key_of(item(items, i)))
		i++;
	return i >= items->n;
}

/* Permutes in place, cycle by cycle: a second array costs more than sorting, for its page faults. keys[i].i == i marks
 * an item that is in its place. */
static void put_in_order(const struct items *items, struct sort_key *keys)
{
	for (size_t i = 0; i < items->n; i++) {
		char first[ITEM_MAX_BYTES];
		size_t to = i;
		if (keys[i].i == i)
			continue;
		memcpy(first, item(items, i), items->item_bytes);
		while (keys[to].i != i) {
			size_t from = keys[to].i;
			memcpy(item(items, to), item(items, from), items->item_bytes);
			keys[to].i = to;
			to = from;
		}
		memcpy(item(items, to), first, items->item_bytes);
		keys[to].i = to;
	}
}

int image_sort(void *items, size_t n_items, size_t item_bytes, uint64_t (*key_of)(const void *item))
{
	const struct items all = { items, n_items, item_bytes };

	assert(item_bytes <= ITEM_MAX_BYTES);
	if (is_sorted(&all, key_of))
		return 0;
	struct sort_key *keys = malloc(n_items * sizeof(*keys));
	int r = keys ? 0 : -ENOMEM;
	for (size_t i = 0; i < n_items && r == 0; i++)
		keys[i] = (struct sort_key){ key_of(item(&all, i)), i };
	if (r == 0)
		r = sort_keys(keys, n_items);
	if (r == 0)
		put_in_order(&all, keys);
	free(keys);
	return r;
}
