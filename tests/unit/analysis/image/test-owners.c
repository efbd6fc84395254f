#include "memprof/analysis/owners.h"

#include "unit.h"

static struct owners o;

UNIT_AFTER(tear_down)
{
	owners_deinit(&o);
	owners_deinit(&o); /* it is safe twice */
}

static void add(enum owner_kind kind, uint64_t start, uint64_t n, const char *name)
{
	owners_add(&o, kind, start, n, name, strlen(name), NULL);
}

static void assert_owner(enum owner_kind kind, uint64_t address, const char *name, uint64_t offset, uint64_t until)
{
	uint64_t until_is;
	const struct owner *owner = owners_at(&o, kind, address, &until_is);

	assert_int_equal(owner == NULL, name == NULL);
	if (owner) {
		assert_string_equal(owner->name, name);
		assert_u64_equal(owner->offset + (address - owner->start), offset);
	}
	assert_u64_equal(until_is, until);
}

UNIT_TEST(what_begins_later_lies_inside)
{
	owners_init(&o, 0x100, 0x100);
	add(OWNER_SYMBOL, 0x120, 0x40, "outer");
	add(OWNER_SYMBOL, 0x130, 0x10, "inner");
	add(OWNER_SYMBOL, 0x160, 0x10, "next");
	assert_int_equal(owners_finalize(&o), 0);
	assert_owner(OWNER_SYMBOL, 0x100, NULL, 0, 0x120);
	assert_owner(OWNER_SYMBOL, 0x12f, "outer", 0xf, 0x130);
	assert_owner(OWNER_SYMBOL, 0x130, "inner", 0, 0x140);
	assert_owner(OWNER_SYMBOL, 0x140, "outer", 0x20, 0x160);
	assert_owner(OWNER_SYMBOL, 0x16f, "next", 0xf, 0x170);
	assert_owner(OWNER_SYMBOL, 0x170, NULL, 0, 0x200);
	assert_owner(OWNER_SECTION, 0x130, NULL, 0, 0x200);
}

UNIT_TEST(what_is_outside_is_left_out)
{
	owners_init(&o, 0x100, 0x10);
	add(OWNER_SYMBOL, 0xf0, 0x10, "before");
	add(OWNER_SYMBOL, 0x110, 0x10, "behind");
	add(OWNER_SYMBOL, 0x104, 0, "label");
	add(OWNER_SYMBOL, UINT64_MAX - 4, 16, "wraps");
	add(OWNER_SECTION, 0x80, 0x1000, "all");
	assert_int_equal(o.of[OWNER_SYMBOL].n_items, 0);
	assert_int_equal(owners_finalize(&o), 0);
	assert_owner(OWNER_SECTION, 0x100, "all", 0x80, 0x110);
	owners_deinit(&o);
	owners_init(&o, UINT64_MAX - 8, 100);
	add(OWNER_REGION, 0, UINT64_MAX, "everything");
	assert_int_equal(owners_finalize(&o), 0);
	assert_owner(OWNER_REGION, UINT64_MAX - 3, "everything", UINT64_MAX - 3, UINT64_MAX);
}

UNIT_TEST(of_aliases_the_first_by_name)
{
	owners_init(&o, 0, 100);
	add(OWNER_SYMBOL, 10, 10, "b");
	add(OWNER_SYMBOL, 10, 10, "a");
	assert_int_equal(owners_finalize(&o), 0);
	assert_owner(OWNER_SYMBOL, 10, "a", 0, 20);
}

UNIT_TEST(blocks_of_a_heap)
{
	static const char kinds[] = "h=..D==T  ";
	struct heap_pool *pool;
	struct heap heap;

	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	assert_int_equal(heap_add_area(pool, 0x1000), 0);
	pool->block_bytes = 16;
	memcpy(heap_extend(pool, sizeof(kinds) - 1), kinds, sizeof(kinds) - 1);
	heap_seal(&heap);
	owners_init(&o, 0x1018, 0x1000);
	owners_add_heap(&o, &heap);
	assert_int_equal(owners_finalize(&o), 0);
	assert_owner(OWNER_BLOCK, 0x1018, "gc.0+0x0", 0x18, 0x1020);
	assert_owner(OWNER_BLOCK, 0x1020, "gc.0+0x20", 0, 0x1040);
	assert_owner(OWNER_BLOCK, 0x1068, "gc.0+0x40", 0x28, 0x1070);
	assert_owner(OWNER_BLOCK, 0x1070, "gc.0+0x70", 0, 0x1080);
	assert_owner(OWNER_BLOCK, 0x1080, "gc.0+0x80", 0, 0x10a0);
	assert_owner(OWNER_BLOCK, 0x10a0, NULL, 0, 0x2018);
	uint64_t until;
	assert_string_equal(owners_at(&o, OWNER_BLOCK, 0x1020, &until)->what, "free");
	assert_string_equal(owners_at(&o, OWNER_BLOCK, 0x1040, &until)->what, "dict");
	assert_string_equal(owners_at(&o, OWNER_BLOCK, 0x1080, &until)->what, "unknown");
	pool->areas[0].loose = true; /* nobody knows where it begins */
	owners_deinit(&o);
	owners_init(&o, 0x1018, 0x1000);
	owners_add_heap(&o, &heap);
	assert_int_equal(o.of[OWNER_BLOCK].n_items, 0);
	heap_deinit(&heap);
}

/* Any claims: the owner of each address is the one that begins last, of the same beginning the shortest. */
UNIT_TEST(as_a_table_says)
{
	enum { N = 120 };
	uint32_t random = 11;

	for (unsigned round = 0; round < 400; round++) {
		struct {
			uint64_t start, n;
			char name[4];
		} claims[14];
		size_t n_claims = next_random(&random) % 14;
		owners_init(&o, 10, N - 20);
		for (size_t i = 0; i < n_claims; i++) {
			claims[i].start = next_random(&random) % N;
			claims[i].n = 1 + next_random(&random) % 40;
			claims[i].name[0] = (char)('a' + i);
			claims[i].name[1] = '\0';
			add(OWNER_SYMBOL, claims[i].start, claims[i].n, claims[i].name);
		}
		assert_int_equal(owners_finalize(&o), 0);
		for (uint64_t at = 10; at < N - 10; at++) {
			size_t best = n_claims;
			for (size_t i = 0; i < n_claims; i++) {
				if (at < claims[i].start || at >= claims[i].start + claims[i].n)
					continue;
				if (best == n_claims || claims[i].start > claims[best].start ||
				    (claims[i].start == claims[best].start && claims[i].n < claims[best].n))
					best = i;
			}
			uint64_t until;
			const struct owner *owner = owners_at(&o, OWNER_SYMBOL, at, &until);
			assert_true(until > at && until <= N - 10);
			assert_int_equal(owner == NULL, best == n_claims);
			if (owner) {
				assert_string_equal(owner->name, claims[best].name);
				assert_u64_equal(owner->offset + (at - owner->start), at - claims[best].start);
			}
		}
		owners_deinit(&o);
	}
}
