#include "memprof/base/names.h"

#include <stdlib.h>
#include <string.h>

uint32_t names_hash(const char *bytes, size_t n_bytes)
{
	uint64_t hash = 0x9e3779b97f4a7c15u ^ n_bytes, word;

	for (; n_bytes >= sizeof(word); bytes += sizeof(word), n_bytes -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		hash = (hash ^ word) * 0xff51afd7ed558ccdu;
		hash ^= hash >> 32;
	}
	word = 0;
	if (n_bytes)
		memcpy(&word, bytes, n_bytes);
	hash = (hash ^ word) * 0xff51afd7ed558ccdu;
	return (uint32_t)(hash >> 32 ^ hash);
}

void names_deinit(struct names *n)
{
	vec_deinit(n, entries);
	free(n->slots);
	n->slots = NULL;
	n->n_slots = 0;
}

/* The slot of a name, or the empty one for it. There is always an empty one. */
static uint32_t *slot_of(const struct names *n, const char *bytes, size_t n_bytes, uint32_t hash)
{
	for (size_t i = hash;; i++) {
		uint32_t *slot = &n->slots[i & (n->n_slots - 1)];
		if (*slot == NAMES_NONE)
			return slot;
		const struct names_entry *e = &n->entries[*slot];
		if (e->hash == hash && e->n_bytes == n_bytes && memcmp(e->text, bytes, n_bytes) == 0)
			return slot;
	}
}

static int make_room(struct names *n)
{
	if (n->n_entries < n->n_slots / 2)
		return 0;
	size_t n_slots = n->n_slots ? n->n_slots * 2 : 64;
	uint32_t *slots = n_slots < UINT32_MAX ? malloc(n_slots * sizeof(*slots)) : NULL;
	if (!slots)
		return -1;
	memset(slots, 0xff, n_slots * sizeof(*slots));
	for (size_t i = 0; i < n->n_entries; i++) {
		size_t at = n->entries[i].hash;
		while (slots[at & (n_slots - 1)] != NAMES_NONE)
			at++;
		slots[at & (n_slots - 1)] = (uint32_t)i;
	}
	free(n->slots);
	n->slots = slots;
	n->n_slots = n_slots;
	return 0;
}

uint32_t names_add(struct names *n, const char *bytes, size_t n_bytes)
{
	if (n_bytes >= UINT32_MAX || make_room(n) < 0)
		return NAMES_NONE;
	uint32_t hash = names_hash(bytes, n_bytes);
	uint32_t *slot = slot_of(n, bytes, n_bytes, hash);
	if (*slot != NAMES_NONE)
		return *slot;
	const char *text = arena_text(n->arena, bytes, n_bytes);
	struct names_entry *e = arena_error(n->arena) ? NULL : vec_add(n, entries);
	if (!e)
		return NAMES_NONE;
	*e = (struct names_entry){ text, (uint32_t)n_bytes, hash };
	return *slot = (uint32_t)(n->n_entries - 1);
}

uint32_t names_find(const struct names *n, const char *bytes, size_t n_bytes)
{
	if (!n->n_slots || n_bytes >= UINT32_MAX)
		return NAMES_NONE;
	return *slot_of(n, bytes, n_bytes, names_hash(bytes, n_bytes));
}

const char *names_text(const struct names *n, uint32_t number) { return n->entries[number].text; }
