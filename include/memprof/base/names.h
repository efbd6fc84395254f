/* Maps names to numbers: each distinct name is stored once and gets the next number, from 0. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/vec.h"

#define NAMES_NONE UINT32_MAX

struct names_entry {
	const char *text; /* NUL-terminated; lives in the arena */
	uint32_t n_bytes, hash;
};
struct names {
	struct arena *arena; /* borrowed; set by the caller before use */
	VEC(struct names_entry, entries);
	uint32_t *slots;
	size_t n_slots; /* 0, or a power of two */
};

void names_deinit(struct names *n); /* texts stay in the arena; safe twice */
/* The number of a name; NAMES_NONE without memory, or above 4 GiB. Amortised O(length). */
uint32_t names_add(struct names *n, const char *bytes, size_t n_bytes);
uint32_t names_find(const struct names *n, const char *bytes, size_t n_bytes); /* or NAMES_NONE */
const char *names_text(const struct names *n, uint32_t number);

/* The hash used for names: fast, not collision-resistant. */
uint32_t names_hash(const char *bytes, size_t n_bytes);
