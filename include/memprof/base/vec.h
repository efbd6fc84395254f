/* A growing array: a pointer, the number of items, and the room for items. */
#pragma once

#include <errno.h>
#include <stddef.h>

/* Declares the three members. */
#define VEC(type, name)  \
	type *name;      \
	size_t n_##name; \
	size_t room_##name

/* A new, zeroed item at the end, or NULL without memory (other items stay). */
#define vec_add(owner, name)                                                                                     \
	((__typeof__((owner)->name))vec_grow((void **)&(owner)->name, &(owner)->n_##name, &(owner)->room_##name, \
					     sizeof(*(owner)->name)))
/* Appends a value. 0 or -ENOMEM. */
#define vec_push(owner, list, ...)                                       \
	__extension__({                                                  \
		__typeof__((owner)->list) added_ = vec_add(owner, list); \
		if (added_)                                              \
			*added_ = (__VA_ARGS__);                         \
		added_ ? 0 : -ENOMEM;                                    \
	})
#define vec_deinit(owner, name) vec_free((void **)&(owner)->name, &(owner)->n_##name, &(owner)->room_##name)

void *vec_grow(void **items, size_t *n_items, size_t *n_room, size_t item_bytes);
void vec_free(void **items, size_t *n_items, size_t *n_room); /* safe twice */
