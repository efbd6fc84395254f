#include "agent/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/bytes.h"

void agent_table_deinit(struct agent_table *t)
{
	free(t->areas);
	free(t->codes);
	free(t->kinds);
	free(t->states);
	free(t->n_finalisers);
	free(t->crcs);
	*t = (struct agent_table){ 0 };
}

void agent_table_clear(struct agent_table *t) { t->n_areas = t->n_rows = 0; }

int agent_table_set_n_areas(struct agent_table *t, uint32_t n_areas)
{
	if (n_areas > HEAP_AREAS_MAX)
		return -E2BIG;
	if (n_areas > t->cap_areas) {
		uint32_t cap = MAX(n_areas, 2 * t->cap_areas);
		struct agent_area *areas = realloc(t->areas, cap * sizeof(*areas));
		if (!areas)
			return -ENOMEM;
		t->areas = areas;
		t->cap_areas = cap;
	}
	for (uint32_t i = t->n_areas; i < n_areas; i++)
		t->areas[i] = (struct agent_area){ .first_row = t->n_rows };
	if (n_areas < t->n_areas)
		t->n_rows = t->areas[n_areas].first_row;
	t->n_areas = n_areas;
	return 0;
}

static bool grow(void *memory, uint32_t n, size_t each_bytes)
{
	uint8_t **at = memory;
	uint8_t *grown = realloc(*at, n * each_bytes);

	if (grown)
		*at = grown;
	return grown;
}

static int reserve(struct agent_table *t, uint32_t n_rows)
{
	if (n_rows <= t->cap_rows)
		return 0;
	uint32_t cap = MAX(n_rows, t->cap_rows + t->cap_rows / 2);
	if (!grow(&t->codes, cap, WIRE_ROW_BLOCKS) || !grow(&t->kinds, cap, WIRE_ROW_BLOCKS) ||
	    !grow(&t->states, cap, 1) || !grow(&t->n_finalisers, cap, 1) || !grow(&t->crcs, cap, 4))
		return -ENOMEM;
	t->cap_rows = cap;
	return 0;
}

int agent_table_set_area(struct agent_table *t, uint32_t i, const struct agent_area *area, uint32_t rows_max)
{
	if (i >= t->n_areas) {
		int r = agent_table_set_n_areas(t, i + 1);
		if (r < 0)
			return r;
	}
	struct agent_area *is = &t->areas[i];
	uint32_t n_rows = (area->n_blocks + WIRE_ROW_BLOCKS - 1) / WIRE_ROW_BLOCKS;
	if (is->known && is->address == area->address && is->n_blocks == area->n_blocks) {
		is->memory = area->memory;
		return 0;
	}
	uint32_t n_others = t->n_rows - is->n_rows;
	if (n_others > rows_max || n_rows > rows_max - n_others)
		return -E2BIG;
	int r = reserve(t, n_others + n_rows);
	if (r < 0)
		return r;
	uint32_t first_row = is->first_row;
	*is = *area;
	is->known = true;
	is->first_row = first_row;
	is->n_rows = n_rows;
	t->n_rows = n_others + n_rows;
	for (uint32_t k = i + 1; k < t->n_areas; k++)
		t->areas[k].first_row = t->areas[k - 1].first_row + t->areas[k - 1].n_rows;
	if (first_row < t->n_rows) /* no row: codes may be NULL */
		memset(t->codes + (size_t)first_row * WIRE_ROW_BLOCKS, WIRE_FREE,
		       (size_t)(t->n_rows - first_row) * WIRE_ROW_BLOCKS);
	agent_table_forget(t, first_row, t->n_rows);
	return 0;
}

void agent_table_forget(struct agent_table *t, uint32_t first, uint32_t end)
{
	if (first < end)
		memset(t->states + first, ROW_UNKNOWN, end - first);
}

bool agent_table_areas_known(const struct agent_table *t)
{
	for (uint32_t i = 0; i < t->n_areas; i++)
		if (!t->areas[i].known)
			return false;
	return true;
}

uint32_t agent_table_n_unknown(const struct agent_table *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n_rows; i++)
		n += t->states[i] == ROW_UNKNOWN;
	return n;
}

static void put(uint8_t *at, uint64_t value, unsigned n_bytes)
{
	for (; n_bytes > 0; n_bytes--, value >>= 8)
		*at++ = (uint8_t)value;
}

/* Codes as in the digest, two per byte, the first one low: eight at a time. */
static void pack(const uint8_t *codes, uint8_t *ret)
{
	for (int i = 0; i < WIRE_ROW_BLOCKS; i += 8, codes += 8, ret += 4) {
		uint64_t eight = bytes_u32(codes) | (uint64_t)bytes_u32(codes + 4) << 32;
		eight = (eight | eight >> 4) & UINT64_C(0x00ff00ff00ff00ff);
		eight = (eight | eight >> 8) & UINT64_C(0x0000ffff0000ffff);
		eight |= eight >> 16;
		put(ret, eight, 4);
	}
}

/* Updates what follows from the codes of a row. */
static void update_row(struct agent_table *t, uint32_t row, const struct agent_lookup *lookup)
{
	const uint8_t *codes = t->codes + (size_t)row * WIRE_ROW_BLOCKS;
	uint8_t *kinds = t->kinds + (size_t)row * WIRE_ROW_BLOCKS, packed[WIRE_ROW_BYTES], n_finalisers = 0;

	pack(codes, packed);
	for (int i = 0; i < WIRE_ROW_BLOCKS; i++)
		n_finalisers = (uint8_t)(n_finalisers + (codes[i] == WIRE_FINALISER));
	for (int i = 0; i < WIRE_ROW_BYTES; i++)
		memcpy(kinds + 2 * i, lookup->kinds[packed[i]], 2);
	put(t->crcs + (size_t)row * 4, crc32_add(&lookup->crc, 0, packed, sizeof(packed)), 4);
	t->n_finalisers[row] = n_finalisers;
	t->states[row] = ROW_KNOWN;
}

uint32_t agent_table_digest(struct agent_table *t, const struct agent_lookup *lookup)
{
	uint32_t digest = 0;

	for (uint32_t row = 0; row < t->n_rows; row++)
		if (t->states[row] == ROW_CHANGED)
			update_row(t, row, lookup);
	for (uint32_t i = 0; i < t->n_areas; i++) {
		const struct agent_area *area = &t->areas[i];
		uint8_t head[12];
		put(head, area->address, 8);
		put(head + 8, area->n_blocks, 4);
		digest = crc32_add(&lookup->crc, digest, head, sizeof(head));
		if (area->n_rows > 0)
			digest = crc32_add(&lookup->crc, digest, t->crcs + (size_t)area->first_row * 4,
					   (size_t)area->n_rows * 4);
	}
	return digest;
}

int agent_table_copy(const struct agent_table *t, struct heap_pool *pool)
{
	for (uint32_t i = 0; i < t->n_areas; i++) {
		const struct agent_area *area = &t->areas[i];
		if (heap_add_area(pool, area->address) < 0)
			return -ENOMEM;
		pool->areas[i].memory = area->memory;
		if (area->n_blocks == 0)
			continue;
		uint8_t *kinds = heap_extend(pool, area->n_blocks);
		if (!kinds)
			return -ENOMEM;
		memcpy(kinds, t->kinds + (size_t)area->first_row * WIRE_ROW_BLOCKS, area->n_blocks);
	}
	return 0;
}

uint64_t agent_table_n_finalisers(const struct agent_table *t)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < t->n_rows; i++)
		n += t->n_finalisers[i];
	return n;
}
