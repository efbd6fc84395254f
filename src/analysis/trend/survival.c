/* The tracker: births, deaths and collections, from table to table. survival_judge.c draws the conclusions. */
#include "memprof/analysis/survival.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/model/blocks.h"
#include "trend/private.h"

enum {
	/* Typed objects are never freed explicitly (py/gc.c: m_del frees buffers, whose letter is 'h'), so a few that
	 * vanish together are the work of a collection. */
	COLLECTION_TYPED_LEAST = 3,
	COLLECTION_OBJECTS_LEAST = 8,
	COLLECTION_YOUNG_PART = 4, /* ... with a quarter of what was born since the collection before */
	COLLECTION_HEAP_PART = 50, /* or a fall of used, with a 50th of the heap freed */
};

struct survival *survival_new(void)
{
	struct survival *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->floors = malloc(SURVIVAL_FLOORS_MAX * sizeof(*s->floors));
	if (s->floors) {
		s->cycles_per_floor = 1;
		return s;
	}
	survival_free(s);
	return NULL;
}

static void free_area(struct survival_area *area)
{
	free(area->kinds);
	free(area->births);
	free(area->fresh);
}

static void free_areas(struct survival *s)
{
	for (size_t i = 0; i < s->n_areas; i++)
		free_area(&s->areas[i]);
	free(s->areas);
	s->areas = NULL;
	s->n_areas = 0;
}

void survival_free(struct survival *s)
{
	if (!s)
		return;
	free_areas(s);
	free(s->floors);
	free(s);
}

/* ---- changes between two tables ---- */

/* What differs. */
struct census {
	uint64_t n_gone, gone_blocks, n_gone_typed, gone_young_blocks, fresh_blocks;
};

static uint32_t object_blocks(const uint8_t *kinds, uint32_t i, uint32_t n_blocks)
{
	return blocks_run_end(kinds, i + 1, n_blocks, BLOCK_TAIL) - i;
}

/* The same of a block of 64, whose tails are known. */
static uint32_t object_blocks_at(const uint8_t *kinds, uint32_t first, unsigned bit, uint64_t tails, uint32_t n_blocks)
{
	uint64_t others = ~tails >> bit >> 1;

	return others ? 1 + (uint32_t)__builtin_ctzll(others) : object_blocks(kinds, first + bit, n_blocks);
}

static uint32_t n_chunks(uint32_t n_blocks) { return (n_blocks + BLOCKS_MASK - 1) / BLOCKS_MASK; }

static bool same_kind(uint8_t a, uint8_t b) { return a == b || a == BLOCK_MARKED || b == BLOCK_MARKED; }

/* 64 blocks of a table. */
struct chunk {
	uint64_t heads, tails, marked;
};

static struct chunk chunk_of(const uint8_t kinds[BLOCKS_MASK])
{
	struct chunk c = { .tails = blocks_mask(kinds, BLOCK_TAIL), .marked = blocks_mask(kinds, BLOCK_MARKED) };

	c.heads = ~(c.tails | blocks_mask(kinds, BLOCK_FREE) | blocks_mask(kinds, BLOCK_UNKNOWN));
	return c;
}

/* From any block of an object down to its head. */
static uint64_t down_to_heads(uint64_t blocks, uint64_t tails)
{
	for (unsigned k = 1; k < BLOCKS_MASK; k *= 2) {
		blocks |= (blocks & tails) >> k;
		tails &= tails << k;
	}
	return blocks;
}

/* Blocks of OF's objects that are others in the table with OTHER: those that differ, and those before one that ends an
 * object in one table and not in the other. *above: whether such an object reaches up into the next 64 blocks; replaced
 * by the same of those below. */
static uint64_t changed_blocks(uint64_t differ, const struct chunk *of, const struct chunk *other, bool *above)
{
	uint64_t changed = differ | (differ & other->tails) >> 1 | (uint64_t)*above << (BLOCKS_MASK - 1);

	changed = down_to_heads(changed, of->tails);
	*above = ((changed & of->tails) | (differ & other->tails)) & 1;
	return changed;
}

/* The last blocks of an area, free up to 64. */
static const uint8_t *padded(const uint8_t *kinds, uint32_t n, uint8_t buffer[BLOCKS_MASK])
{
	if (n >= BLOCKS_MASK)
		return kinds;
	memset(buffer, BLOCK_FREE, BLOCKS_MASK);
	memcpy(buffer, kinds, n);
	return buffer;
}

/* The object of the table before that begins here is gone. */
static void count_gone(const struct survival *s, const struct survival_area *before, uint32_t i, uint32_t n_blocks,
		       struct census *census)
{
	uint8_t kind = before->kinds[i];

	census->n_gone++;
	census->gone_blocks += n_blocks;
	census->n_gone_typed += kind != BLOCK_HEAD && kind != BLOCK_MARKED;
	if (before->births[i] == s->cycle)
		census->gone_young_blocks += n_blocks;
}

/* From the last block to the first, as a change in a tail is one of its head. */
static void compare_area(struct survival *s, const uint8_t *kinds, bool guessed, struct survival_area *area,
			 struct census *census)
{
	bool fresh_above = false, gone_above = false;

	for (uint32_t k = n_chunks(area->n_blocks); k-- > 0;) {
		uint32_t first = k * BLOCKS_MASK;
		uint8_t buffer[BLOCKS_MASK];
		const uint8_t *old_kinds = area->kinds + first;
		const uint8_t *new_kinds = padded(kinds + first, area->n_blocks - first, buffer);
		uint64_t differ = ~blocks_mask_same(old_kinds, new_kinds);
		area->fresh[k] = 0;
		if (!differ && !fresh_above && !gone_above)
			continue;
		struct chunk before = chunk_of(old_kinds), now = chunk_of(new_kinds);
		/* A collection that runs marks heads; the mark hides the kind. */
		differ &= ~((before.marked & now.heads) | (now.marked & before.heads));
		if (guessed)
			differ &= ~(before.heads & now.heads);
		area->fresh[k] = changed_blocks(differ, &now, &before, &fresh_above) & now.heads;
		uint64_t gone = changed_blocks(differ, &before, &now, &gone_above) & before.heads;
		for (; gone; gone &= gone - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(gone);
			uint32_t n_blocks = object_blocks_at(area->kinds, first, bit, before.tails, area->n_blocks);
			count_gone(s, area, first + bit, n_blocks, census);
		}
		for (uint64_t fresh = area->fresh[k]; fresh; fresh &= fresh - 1)
			census->fresh_blocks += object_blocks_at(kinds, first, (unsigned)__builtin_ctzll(fresh),
								 now.tails, area->n_blocks);
	}
}

/* ---- has it collected? ---- */

static bool has_collected(const struct survival *s, const struct census *c)
{
	bool fell = c->fresh_blocks < c->gone_blocks;

	if (fell && (c->n_gone_typed >= COLLECTION_TYPED_LEAST ||
		     c->gone_blocks * COLLECTION_HEAP_PART >= (uint64_t)s->n_blocks))
		return true;
	return c->n_gone >= COLLECTION_OBJECTS_LEAST &&
	       c->gone_blocks * COLLECTION_YOUNG_PART >= s->young_blocks + c->fresh_blocks;
}

/* ---- is it still the same object? ---- */

/* A collection frees an object, and by the next table another one of its kind and size may be in its place. But memory
 * is allocated first-fit, from the lowest address on after each collection (py/gc.c, gc_last_free_atb_index), so an
 * object of n blocks that lies behind the first n free blocks was there before the collection; but for blocks that were
 * freed explicitly since. */
enum { FIT_BLOCKS_MAX = 64 };
struct place {
	size_t area;
	uint32_t i;
};
struct fits {
	struct place first[FIT_BLOCKS_MAX + 1]; /* by size; from the last one on larger ones are looked for */
};

static void find_fits(const struct heap_pool *pool, struct fits *ret)
{
	uint32_t n_found = 0; /* sizes up to this one */

	for (size_t k = 0; k < pool->n_areas && n_found < FIT_BLOCKS_MAX; k++) {
		const struct heap_area *area = &pool->areas[k];
		for (uint32_t i = 0; i < area->n_blocks && n_found < FIT_BLOCKS_MAX; i++) {
			uint32_t end = blocks_run_end(area->kinds, i, area->n_blocks, BLOCK_FREE);
			while (n_found < FIT_BLOCKS_MAX && n_found < end - i)
				ret->first[++n_found] = (struct place){ k, i };
			i = end;
		}
	}
	while (n_found < FIT_BLOCKS_MAX)
		ret->first[++n_found] = (struct place){ pool->n_areas, 0 };
}

/* Whether so many free blocks lie before this one, from the first that so many of FIT_BLOCKS_MAX lie at. */
static bool is_behind_fit(const struct heap_pool *pool, const struct fits *fits, size_t area, uint32_t i,
			  uint32_t n_blocks)
{
	struct place at = fits->first[MIN(n_blocks, (uint32_t)FIT_BLOCKS_MAX)];

	while (at.area < area || (at.area == area && at.i < i)) {
		const struct heap_area *a = &pool->areas[at.area];
		uint32_t end = blocks_run_end(a->kinds, at.i, a->n_blocks, BLOCK_FREE);
		if (end - at.i >= n_blocks)
			return true;
		at.i = MAX(end, at.i + 1);
		if (at.i >= a->n_blocks)
			at = (struct place){ at.area + 1, 0 };
	}
	return false;
}

struct survivors {
	uint64_t n_doubted; /* blocks */
	uint32_t largest;   /* of the objects that are not from cycle 0, in blocks */
};

static void renew_area(struct survival *s, const struct heap_pool *pool, const struct fits *fits, uint32_t k,
		       bool certain, struct survivors *found)
{
	struct survival_area *area = &s->areas[k];

	for (uint32_t first = 0; first < area->n_blocks; first += BLOCKS_MASK) {
		struct chunk c = chunk_of(area->kinds + first);
		for (uint64_t heads = c.heads; heads; heads &= heads - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(heads);
			uint32_t i = first + bit, born = area->births[i];
			if (born == 0)
				continue;
			uint32_t n_blocks = object_blocks_at(area->kinds, first, bit, c.tails, area->n_blocks);
			found->largest = MAX(found->largest, n_blocks);
			if (certain || born + 1 != s->cycle || is_behind_fit(pool, fits, k, i, n_blocks))
				continue;
			area->births[i]++;
			found->n_doubted += n_blocks;
		}
	}
}

/* Objects of the cycle that has ended which may be others get the new one as their birth. certain: there are none. */
static struct survivors renew_uncertain_births(struct survival *s, const struct heap_pool *pool, bool certain)
{
	struct survivors found = { 0, 0 };
	struct fits fits;

	find_fits(pool, &fits);
	for (uint32_t k = 0; k < pool->n_areas; k++)
		renew_area(s, pool, &fits, k, certain, &found);
	return found;
}

/* ---- births ---- */

/* Fresh objects are born in this cycle; but not those that only changed their size where they are. */
static void note_births(struct survival *s, const struct heap_pool *pool, bool collected)
{
	for (size_t k = 0; k < s->n_areas; k++) {
		struct survival_area *area = &s->areas[k];
		const uint8_t *kinds = pool->areas[k].kinds;
		for (uint32_t n = 0; n < n_chunks(area->n_blocks); n++) {
			for (uint64_t fresh = area->fresh[n]; fresh; fresh &= fresh - 1) {
				uint32_t i = n * BLOCKS_MASK + (uint32_t)__builtin_ctzll(fresh);
				bool resized = block_is_head(area->kinds[i]) && same_kind(area->kinds[i], kinds[i]);
				if (collected || !resized)
					area->births[i] = s->cycle;
			}
		}
	}
}

/* ---- tables ---- */

/* What was known of an object's kind is kept where the new table only guesses. */
static void copy_kinds(struct survival_area *area, const struct heap_area *from, bool guessed)
{
	for (uint32_t i = 0; guessed && i < from->n_blocks; i++) {
		bool is_fresh = area->fresh[i / BLOCKS_MASK] >> i % BLOCKS_MASK & 1;
		if (is_fresh || !block_is_head(area->kinds[i]) || !block_is_head(from->kinds[i]))
			area->kinds[i] = from->kinds[i];
	}
	if (!guessed && from->n_blocks > 0)
		memcpy(area->kinds, from->kinds, from->n_blocks);
}

static bool same_areas(const struct survival *s, const struct heap_pool *pool)
{
	if (s->n_areas != pool->n_areas || s->block_bytes != pool->block_bytes)
		return false;
	for (size_t i = 0; i < s->n_areas; i++)
		if (s->areas[i].base != pool->areas[i].base || s->areas[i].n_blocks != pool->areas[i].n_blocks)
			return false;
	return true;
}

/* Births are those of heads: note_births gives each its own when it is first seen. */
static int init_area(struct survival_area *area, const struct heap_area *from)
{
	size_t n = n_chunks(from->n_blocks);

	*area = (struct survival_area){ .base = from->base, .n_blocks = from->n_blocks };
	area->kinds = malloc(n * BLOCKS_MASK + 1);
	area->births = malloc(((size_t)from->n_blocks + 1) * sizeof(*area->births));
	area->fresh = calloc(n + 1, sizeof(*area->fresh));
	if (!area->kinds || !area->births || !area->fresh) {
		free_area(area);
		return -ENOMEM;
	}
	memset(area->kinds, BLOCK_FREE, n * BLOCKS_MASK);
	return 0;
}

static struct survival_area *find_area(struct survival *s, const struct heap_pool *pool, uint32_t i)
{
	for (size_t k = 0; k < s->n_areas; k++)
		if (s->areas[k].kinds && s->areas[k].base == pool->areas[i].base &&
		    s->areas[k].n_blocks == pool->areas[i].n_blocks && s->block_bytes == pool->block_bytes)
			return &s->areas[k];
	return NULL;
}

/* If no area is as before, nothing that was seen is of this heap. */
static void forget_other_heap(struct survival *s, const struct heap_pool *pool)
{
	for (uint32_t i = 0; i < pool->n_areas; i++)
		if (find_area(s, pool, i))
			return;
	s->n_tables = s->young_blocks = s->first_collected = s->last_collected = 0;
	s->allocated = 0;
	s->cycle = 0;
	s->n_floors = 0;
	s->cycles_per_floor = 1;
}

static uint64_t used_blocks(const struct survival_area *area)
{
	uint64_t n = 0;

	for (uint32_t first = 0; first < area->n_blocks; first += BLOCKS_MASK) {
		struct chunk c = chunk_of(area->kinds + first);
		for (uint64_t heads = c.heads; heads; heads &= heads - 1)
			n += object_blocks_at(area->kinds, first, (unsigned)__builtin_ctzll(heads), c.tails,
					      area->n_blocks);
	}
	return n;
}

/* The heap has got an area, lost one, or is another one: areas that stay keep their objects. */
static int set_areas(struct survival *s, const struct heap_pool *pool)
{
	struct survival_area *areas = calloc((size_t)pool->n_areas + 1, sizeof(*areas));
	uint64_t n_used = 0; /* others have no objects yet */
	uint32_t n = 0;
	int r = areas ? 0 : -ENOMEM;

	forget_other_heap(s, pool);
	for (; r == 0 && n < pool->n_areas; n += r == 0) {
		struct survival_area *old = find_area(s, pool, n);
		if (old) {
			areas[n] = *old;
			*old = (struct survival_area){ .kinds = NULL };
			n_used += used_blocks(&areas[n]);
		} else {
			r = init_area(&areas[n], &pool->areas[n]);
		}
	}
	free_areas(s);
	s->areas = areas;
	s->n_areas = n;
	s->n_blocks = pool->n_blocks;
	s->block_bytes = pool->block_bytes;
	if (r < 0)
		free_areas(s);
	s->used_blocks = r == 0 ? n_used : 0;
	s->young_blocks = MIN(s->young_blocks, s->used_blocks);
	return r;
}

static void merge_floors(struct survival_floor *floor, const struct survival_floor *other)
{
	floor->certain = MIN(floor->certain, other->certain);
	floor->all = MIN(floor->all, other->all);
	floor->largest = MAX(floor->largest, other->largest);
}

static void note_floor(struct survival *s, const struct survival_floor *floor)
{
	if (s->n_floors == SURVIVAL_FLOORS_MAX) {
		for (size_t i = 0; i < SURVIVAL_FLOORS_MAX / 2; i++) {
			s->floors[i] = s->floors[2 * i];
			merge_floors(&s->floors[i], &s->floors[2 * i + 1]);
		}
		s->n_floors /= 2;
		s->cycles_per_floor *= 2;
	}
	if ((s->cycle - 1) % s->cycles_per_floor == 0 || s->n_floors == 0)
		s->floors[s->n_floors++] = *floor;
	else
		merge_floors(&s->floors[s->n_floors - 1], floor);
}

bool survival_is_younger(const struct survival *s, uint64_t address, uint64_t n_bytes, uint32_t cycle)
{
	for (size_t i = 0; i < s->n_areas; i++) {
		const struct survival_area *area = &s->areas[i];
		uint64_t block = (address - area->base) / s->block_bytes;
		if (address < area->base || block >= area->n_blocks)
			continue;
		uint32_t i_head = (uint32_t)block;
		bool is_same = block_is_head(area->kinds[i_head]) &&
			       object_blocks(area->kinds, i_head, area->n_blocks) == n_bytes / s->block_bytes;
		return !is_same || area->births[i_head] >= cycle;
	}
	return true;
}

size_t survival_n_floors(const struct survival *s) { return s->n_floors; }

struct survival_floor_bytes survival_floor_bytes(const struct survival *s, size_t i)
{
	const struct survival_floor *floor = &s->floors[i];

	return (struct survival_floor_bytes){ (uint64_t)floor->all * s->block_bytes,
					      s->allocated > 0 ? (uint64_t)(floor->at * s->block_bytes) : NOT_KNOWN };
}

uint64_t survival_n_collections(const struct survival *s) { return s->cycle; }

int survival_add(struct survival *s, const struct heap_pool *pool, bool collected, uint64_t at_us)
{
	struct census census = { .n_gone = 0 };
	struct survival_floor floor = { .at_us = at_us };

	if (!same_areas(s, pool) && set_areas(s, pool) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < pool->n_areas; i++)
		compare_area(s, pool->areas[i].kinds, s->guessed || pool->guessed_kinds, &s->areas[i], &census);
	if (pool->collected_after_bytes != NOT_KNOWN)
		s->allocated += (double)pool->collected_after_bytes / pool->block_bytes;
	bool first = s->n_tables == 0, counts = collected || (!first && has_collected(s, &census));
	s->cycle += counts && !first;
	note_births(s, pool, counts);
	s->cycle += counts && first; /* what is in the first table is of the start-up */
	for (uint32_t i = 0; i < pool->n_areas; i++)
		copy_kinds(&s->areas[i], &pool->areas[i], pool->guessed_kinds);
	s->guessed = pool->guessed_kinds;
	s->young_blocks = counts ? 0 : s->young_blocks - census.gone_young_blocks;
	if (counts) {
		s->last_collected = s->n_tables;
		s->first_collected = s->cycle == 1 ? s->n_tables : s->first_collected;
		struct survivors found = renew_uncertain_births(s, pool, collected);
		s->young_blocks += found.n_doubted;
		floor.all = (uint32_t)(s->used_blocks - census.gone_blocks);
		floor.certain = floor.all - (uint32_t)found.n_doubted;
		floor.largest = found.largest;
		floor.at = s->allocated > 0 ? s->allocated : s->cycle;
	}
	s->used_blocks += census.fresh_blocks - census.gone_blocks;
	if (collected) /* there is no garbage */
		floor.certain = floor.all = (uint32_t)s->used_blocks;
	if (counts)
		note_floor(s, &floor);
	s->young_blocks += census.fresh_blocks;
	s->n_tables++;
	return 0;
}
