#include "memprof/base/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *vec_grow(void **items, size_t *n_items, size_t *n_room, size_t item_bytes)
{
	if (*n_items == *n_room) {
		size_t room = *n_room ? *n_room + *n_room / 2 + 1 : 8;
		if (room > SIZE_MAX / 2 / item_bytes)
			return NULL;
		void *grown = realloc(*items, room * item_bytes);
		if (!grown)
			return NULL;
		*items = grown;
		*n_room = room;
	}
	void *item = (char *)*items + *n_items * item_bytes;
	++*n_items;
	return memset(item, 0, item_bytes);
}

void vec_free(void **items, size_t *n_items, size_t *n_room)
{
	free(*items);
	*items = NULL;
	*n_items = *n_room = 0;
}
