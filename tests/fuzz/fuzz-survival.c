#include <math.h>

#include "fuzz.h"
#include "memprof/base/number.h"
#include "trend/private.h"

/* Tables of a heap that changes in any way: blocks, areas that come, go, and change their size, collections that are
 * reported or not. */
enum { N_AREAS_MAX = 3, N_BLOCKS_MAX = 200, BLOCK_BYTES = 16, TABLES_MAX = 64 };

static struct {
	uint32_t n_blocks;
	uint8_t kinds[N_BLOCKS_MAX];
} areas[N_AREAS_MAX];
static uint32_t n_areas;
static const uint8_t *at, *end;

static uint8_t take(void) { return at < end ? *at++ : 0; }

static void change_area(void)
{
	static const uint8_t kinds[] = "..==hhTLDSAFBMm?";
	uint8_t what = take();
	uint32_t k = what % N_AREAS_MAX;

	if (what >= 240) {
		n_areas = 1 + k;
	} else if (what >= 220) {
		areas[k].n_blocks = take() % (N_BLOCKS_MAX + 1);
	} else {
		uint32_t from = take() % N_BLOCKS_MAX, n = take();
		n = MIN(n, N_BLOCKS_MAX - from);
		uint8_t kind = kinds[what / N_AREAS_MAX % (sizeof(kinds) - 1)];
		if (what >= 110) /* as many objects of one block */
			memset(areas[k].kinds + from, kind, n);
		else if (n > 0)
			memset(areas[k].kinds + from + 1, kind == BLOCK_FREE ? BLOCK_FREE : BLOCK_TAIL, n - 1);
		areas[k].kinds[from] = kind;
	}
}

/* Blocks of objects; tails without a head are none. */
static uint64_t count_used(void)
{
	uint64_t n = 0;

	for (uint32_t k = 0; k < n_areas; k++) {
		bool in_object = false;
		for (uint32_t i = 0; i < areas[k].n_blocks; i++) {
			in_object = block_is_head(areas[k].kinds[i]) || (in_object && areas[k].kinds[i] == BLOCK_TAIL);
			n += in_object;
		}
	}
	return n;
}

static void add_table(struct survival *s, bool collected, bool guessed)
{
	struct heap heap;
	struct heap_pool *pool;

	heap_init(&heap);
	MUST(heap_add_pool(&heap, "gc", POOL_GC, &pool) == 0);
	pool->block_bytes = BLOCK_BYTES;
	pool->guessed_kinds = guessed;
	for (uint32_t k = 0; k < n_areas; k++) {
		MUST(heap_add_area(pool, (k + 1) << 20) == 0);
		for (uint32_t i = 0; i < areas[k].n_blocks; i++)
			MUST(heap_append(pool, areas[k].kinds[i], 1) == 0);
	}
	heap_seal(&heap);
	MUST(survival_add(s, &heap.pools[0], collected, NOT_KNOWN) == 0);
	heap_deinit(&heap);
}

static void check_stay(const struct survival_stay *stay)
{
	MUST(stay->n_objects >= 1 && stay->bytes % BLOCK_BYTES == 0 && stay->objects_per_collection > 0);
	MUST(stay->n_addresses == MIN(stay->n_objects, (uint64_t)SURVIVAL_ADDRESSES_MAX));
	for (size_t i = 0; i < stay->n_addresses; i++) {
		uint64_t k = (stay->addresses[i] >> 20) - 1, block = (stay->addresses[i] & 0xfffff) / BLOCK_BYTES;
		MUST(k < n_areas && block < areas[k].n_blocks && block_is_head(areas[k].kinds[block]));
	}
}

static void check(const struct survival *s, uint64_t n_tables)
{
	struct survival_result r;
	MUST(survival_work_out(s, &r) == 0);
	MUST(r.n_tables >= 1 && r.n_tables <= n_tables && r.n_collections <= r.n_tables); /* of the last heap */
	MUST(r.verdict == LEAK_UNKNOWN || r.n_collections >= SURVIVAL_COLLECTIONS_LEAST);
	MUST((r.verdict == LEAK_LEAKING || r.verdict == LEAK_GROWING) == !isnan(r.bytes_per_collection));
	MUST(r.verdict == LEAK_LEAKING || r.n_stays == 0);
	MUST(r.n_stays <= SURVIVAL_STAYS_MAX);
	for (size_t i = 0; i < r.n_stays; i++)
		check_stay(&r.stays[i]);
}

FUZZ(data, size)
{
	struct survival *s = survival_new();

	MUST(s);
	at = data;
	end = data + size;
	n_areas = 1;
	for (uint32_t k = 0; k < N_AREAS_MAX; k++) {
		areas[k].n_blocks = N_BLOCKS_MAX;
		memset(areas[k].kinds, BLOCK_FREE, sizeof(areas[k].kinds));
	}
	for (uint64_t n = 1; n <= TABLES_MAX && at < end; n++) {
		uint8_t how = take();
		for (uint32_t i = 0; i <= how % 4u; i++)
			change_area();
		add_table(s, how >= 192, how & 32);
		MUST(s->used_blocks == count_used());
		if (how & 16)
			check(s, n);
	}
	survival_free(s);
}
