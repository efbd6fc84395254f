/* An array that grows: a pointer, how many items are used, and room for how many. */
#ifndef MEMPROF_VEC_H
#define MEMPROF_VEC_H

#include <stddef.h>

/* Declares the three members. */
#define VEC(type, name)  \
	type *name;      \
	size_t n_##name; \
	size_t room_##name

/* A zeroed new item at the end, or NULL if there is no memory (what was there stays). */
#define vec_add(of, name)                                                                            \
	((__typeof__((of)->name))vec_grow((void **)&(of)->name, &(of)->n_##name, &(of)->room_##name, \
					  sizeof(*(of)->name)))
#define vec_deinit(of, name) vec_free((void **)&(of)->name, &(of)->n_##name, &(of)->room_##name)

void *vec_grow(void **items, size_t *n_items, size_t *n_room, size_t item_bytes);
void vec_free(void **items, size_t *n_items, size_t *n_room); /* safe twice */

#endif
