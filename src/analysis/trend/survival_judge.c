/* The verdict. Whether the floors grow is told by growth.c; what is born in the judged cycles and still there, whether
 * it is a leak: in a backlog every item goes in the end. The floor of a collection is what was there before it and is
 * still there, of which nothing is garbage. */
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/analysis/growth.h"
#include "memprof/base/number.h"
#include "memprof/model/blocks.h"
#include "trend/private.h"

enum {
	BINS_MAX = 4096, /* of cycles; with more cycles a bin is several in a row */
	STEP_BLOCKS = 1, /* a smaller rise of the envelope is none */
	KINDS_MAX = 256, /* kinds and sizes of what stays */
	FULL_PART = 32,  /* free at most, of a heap that is full */
	/* Of one that cannot grow much any more: in pieces, and with what the hook keeps for itself. */
	ALMOST_PART = 10,
	VAIN_MAX = 4, /* collections before a program dies, or this part of all, if not known what was allocated */
	VAIN_PART = 8,
};

static const double BORN_PART = 0.3; /* of the rise, by objects that are still there: a leak, no backlog */

const char *leak_verdict_name(enum leak_verdict verdict)
{
	static const char *const names[] = {
		[LEAK_UNKNOWN] = "unknown",
		[LEAK_STEADY] = "steady",
		[LEAK_GROWING] = "growing",
		[LEAK_LEAKING] = "leaking",
	};
	return names[verdict];
}

/* What is left of each cycle, and which cycles are judged. */
struct bins {
	uint32_t n_per_bin;  /* cycles */
	uint32_t begin, end; /* judged: [begin, end) */
	uint64_t blocks[BINS_MAX];
};

static uint32_t bin_of(const struct bins *b, const struct survival_area *area, uint32_t i)
{
	return area->births[i] / b->n_per_bin;
}

/* Calls report for every object of the last table. */
typedef void on_object(void *ctx, const struct survival_area *area, uint32_t i, uint32_t n_blocks);

static void each_object(const struct survival *s, on_object *report, void *ctx)
{
	for (size_t k = 0; k < s->n_areas; k++) {
		const struct survival_area *area = &s->areas[k];
		for (uint32_t i = 0, end; i < area->n_blocks; i = end) {
			uint8_t kind = area->kinds[i];
			end = i + 1;
			if (kind == BLOCK_FREE) {
				end = blocks_run_end(area->kinds, end, area->n_blocks, BLOCK_FREE);
			} else if (block_is_head(kind)) {
				end = blocks_run_end(area->kinds, end, area->n_blocks, BLOCK_TAIL);
				report(ctx, area, i, end - i);
			}
		}
	}
}

static void add_object(void *ctx, const struct survival_area *area, uint32_t i, uint32_t n_blocks)
{
	struct bins *b = ctx;
	uint32_t bin = bin_of(b, area, i);

	b->blocks[bin] += n_blocks;
}

/* The rise after a floor is by what is born after it. */
static void fill(const struct survival *s, const struct growth *g, struct bins *b)
{
	b->n_per_bin = s->cycle / BINS_MAX + 1;
	b->begin = (uint32_t)(g->begin + 1) * s->cycles_per_floor / b->n_per_bin;
	b->end = MAX((uint32_t)(g->end + 1) * s->cycles_per_floor / b->n_per_bin, b->begin + 1);
	each_object(s, add_object, b);
}

static uint64_t sum(const struct bins *b, uint32_t from, uint32_t to)
{
	uint64_t n = 0;

	for (uint32_t i = from; i < to; i++)
		n += b->blocks[i];
	return n;
}

/* ---- floors ---- */

static bool was_full(const struct survival *s, size_t i_floor, uint32_t part)
{
	return s->floors[i_floor].all >= s->n_blocks - s->n_blocks / part;
}

/* Whether the program has done nothing since this floor but try to allocate, in vain; a cache, however full, goes on.
 */
static bool was_vain_since(const struct survival *s, size_t i_floor)
{
	const struct survival_floor *first = &s->floors[i_floor], *last = &s->floors[s->n_floors - 1];

	if (s->allocated > 0)
		return last->at - first->at <= s->n_blocks - first->all;
	return s->n_floors - i_floor <= MAX((size_t)VAIN_MAX, s->n_floors / VAIN_PART);
}

/* Without the last ones of a heap that has become full: it could not have grown any more. */
static size_t floors_before_full(const struct survival *s)
{
	size_t n = s->n_floors;

	while (n > 0 && was_full(s, n - 1, ALMOST_PART))
		n--;
	return n < s->n_floors && was_vain_since(s, n) ? n : s->n_floors;
}

/* Of a member of them, which is a uint32_t. 0 or -ENOMEM. */
static int growth_of(const struct survival *s, size_t offset, struct growth *ret)
{
	size_t n_floors = floors_before_full(s);
	struct growth_floor *floors = malloc((n_floors + 1) * sizeof(*floors));

	if (!floors)
		return -ENOMEM;
	for (size_t i = 0; i < n_floors; i++) {
		uint32_t blocks;
		memcpy(&blocks, (const char *)&s->floors[i] + offset, sizeof(blocks));
		floors[i] = (struct growth_floor){ s->floors[i].at, blocks };
	}
	*ret = growth_judge(floors, n_floors, STEP_BLOCKS);
	free(floors);
	return 0;
}

/* The heap, after each of the judged collections. */
static bool is_full(const struct survival *s, const struct growth *g)
{
	for (size_t i = g->begin; i < s->n_floors; i++)
		if (!was_full(s, i, FULL_PART))
			return false;
	return true;
}

/* ---- what stays ---- */

struct stays {
	const struct survival *s;
	const struct bins *bins;
	struct stay_kind {
		struct survival_stay stay; /* the first: compare_stays */
		uint32_t first_bin;
		bool recurs; /* there are some of another bin, too: not what happens to be there in the last table */
	} kinds[KINDS_MAX];
	size_t n_kinds;
};

static void add_stay(void *ctx, const struct survival_area *area, uint32_t i, uint32_t n_blocks)
{
	struct stays *stays = ctx;
	uint32_t bin = bin_of(stays->bins, area, i);
	uint64_t bytes = (uint64_t)n_blocks * stays->s->block_bytes;
	size_t k = 0;

	if (bin < stays->bins->begin || bin >= stays->bins->end)
		return;
	while (k < stays->n_kinds &&
	       (stays->kinds[k].stay.kind != area->kinds[i] || stays->kinds[k].stay.bytes != bytes))
		k++;
	if (k == KINDS_MAX)
		return;
	struct stay_kind *of = &stays->kinds[k];
	if (k == stays->n_kinds) {
		stays->n_kinds++;
		*of = (struct stay_kind){ { .kind = area->kinds[i], .bytes = bytes }, .first_bin = bin };
	}
	of->recurs |= bin != of->first_bin;
	struct survival_stay *stay = &of->stay;
	if (stay->n_addresses < SURVIVAL_ADDRESSES_MAX)
		stay->addresses[stay->n_addresses++] = area->base + (uint64_t)i * stays->s->block_bytes;
	stay->n_objects++;
}

static int compare_stays(const void *a, const void *b)
{
	const struct survival_stay *x = a, *y = b;
	uint64_t of_x = x->bytes * x->n_objects, of_y = y->bytes * y->n_objects;

	if (of_x != of_y)
		return of_x < of_y ? 1 : -1;
	return x->bytes != y->bytes ? (x->bytes > y->bytes) - (x->bytes < y->bytes) : x->kind - y->kind;
}

static int find_stays(const struct survival *s, const struct bins *b, struct survival_result *ret)
{
	struct stays *stays = calloc(1, sizeof(*stays));

	if (!stays)
		return -ENOMEM;
	stays->s = s;
	stays->bins = b;
	each_object(s, add_stay, stays);
	qsort(stays->kinds, stays->n_kinds, sizeof(*stays->kinds), compare_stays);
	for (size_t i = 0; i < stays->n_kinds && ret->n_stays < SURVIVAL_STAYS_MAX; i++) {
		struct survival_stay *stay = &stays->kinds[i].stay;
		stay->objects_per_collection = (double)stay->n_objects / ((double)(b->end - b->begin) * b->n_per_bin);
		if (stays->kinds[i].recurs || b->end - b->begin == 1)
			ret->stays[ret->n_stays++] = *stay;
	}
	free(stays);
	return 0;
}

/* ---- all of it ---- */

static int judge_rise(const struct survival *s, const struct growth *g, struct survival_result *ret)
{
	struct bins *b = calloc(1, sizeof(*b));
	uint32_t n_cycles = (uint32_t)(g->end - g->begin) * s->cycles_per_floor;
	int r = 0;

	if (!b)
		return -ENOMEM;
	ret->bytes_per_collection = (double)g->rise / n_cycles * s->block_bytes;
	ret->bytes_least = g->least / s->cycles_per_floor * s->block_bytes;
	ret->bytes_most = g->most / s->cycles_per_floor * s->block_bytes;
	uint64_t from_us = s->floors[g->begin].at_us, to_us = s->floors[g->end].at_us;
	if (from_us != NOT_KNOWN && to_us != NOT_KNOWN && to_us > from_us)
		ret->us_per_collection = (double)(to_us - from_us) / n_cycles;
	ret->verdict = LEAK_GROWING;
	ret->slows = g->pace == GROWTH_SLOWS;
	ret->is_clear = g->is_clear;
	ret->grows_from = (uint32_t)(g->begin + 1) * s->cycles_per_floor;
	fill(s, g, b);
	if (!ret->slows && (double)sum(b, b->begin, b->end) >= BORN_PART * (double)g->rise) {
		ret->verdict = LEAK_LEAKING;
		r = find_stays(s, b, ret);
	}
	free(b);
	return r;
}

static int judge(const struct survival *s, struct survival_result *ret)
{
	struct growth growth, largest;
	int r = growth_of(s, offsetof(struct survival_floor, certain), &growth);

	/* Strings and buffers that are replaced by longer ones have another identity each time. */
	if (r == 0)
		r = growth_of(s, offsetof(struct survival_floor, largest), &largest);
	if (r < 0)
		return r;
	ret->rise_bytes = growth.rise * s->block_bytes;
	if (growth.pace >= GROWTH_SLOWS || (largest.pace >= GROWTH_SLOWS && !growth.has_ended))
		return judge_rise(s, growth.pace >= GROWTH_SLOWS ? &growth : &largest, ret);
	ret->is_full = is_full(s, &growth);
	if (ret->is_full || growth.pace == GROWTH_UNKNOWN)
		return 0;
	/* What stays of each collection may all lie where it cannot be told from garbage. */
	r = growth_of(s, offsetof(struct survival_floor, all), &growth);
	if (growth.pace >= GROWTH_SLOWS)
		ret->rise_bytes = growth.rise * s->block_bytes;
	else if (largest.pace < GROWTH_SLOWS)
		ret->verdict = LEAK_STEADY;
	return r;
}

int survival_work_out(const struct survival *s, struct survival_result *ret)
{
	struct survival_result result = { .n_tables = s->n_tables,
					  .n_collections = s->cycle,
					  .tables_per_collection = (double)NAN,
					  .bytes_per_collection = (double)NAN,
					  .us_per_collection = (double)NAN };
	int r = 0;

	if (s->cycle > 1)
		result.tables_per_collection = (double)(s->last_collected - s->first_collected) / (s->cycle - 1);
	if (s->n_floors > 0)
		result.floor_bytes = (uint64_t)s->floors[s->n_floors - 1].certain * s->block_bytes;
	if (s->cycle >= SURVIVAL_COLLECTIONS_LEAST)
		r = judge(s, &result);
	if (r == 0)
		*ret = result;
	return r;
}
