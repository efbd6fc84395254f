#include "tlsf.h"

#include "tlsf_check.h"
#include "unit.h"

enum { PLACE = 0x11300000, POOL_BYTES = 64 * 1024, MODEL_MAX = 200 };

static struct sim_memory memory;
static struct sim_tlsf tlsf;

UNIT_BEFORE(make_pool)
{
	assert_int_equal(sim_memory_add(&memory, PLACE, POOL_BYTES), 0);
	assert_int_equal(sim_tlsf_init(&tlsf, &memory, PLACE, POOL_BYTES), 0);
}

UNIT_AFTER(free_pool) { sim_memory_deinit(&memory); }

struct tally {
	uint32_t n_used, n_free, n_used_bytes, n_free_bytes, n_largest, next;
};

static void count(void *ctx, uint32_t address, uint32_t n_bytes, bool used)
{
	struct tally *tally = ctx;

	if (tally->next)
		assert_int_equal(address, tally->next); /* only the next block's size word is between two blocks */
	tally->next = address + n_bytes + 4;
	tally->n_used += used;
	tally->n_free += !used;
	*(used ? &tally->n_used_bytes : &tally->n_free_bytes) += n_bytes;
	if (!used && n_bytes > tally->n_largest)
		tally->n_largest = n_bytes;
}

/* The blocks, the lists and the statistics agree, and account for every byte of the pool. */
static struct tally assert_whole(void)
{
	struct tally tally = { .next = PLACE + TLSF_CONTROL_BYTES + 4 };

	assert_true(tlsf_walk(&tlsf, count, &tally));
	assert_true(tlsf_check(&tlsf));
	assert_int_equal(tally.n_used, tlsf.n_used);
	assert_int_equal(tally.n_used_bytes, tlsf.n_used_bytes);
	assert_int_equal(tally.n_used_bytes + tally.n_free_bytes + 4 * (tally.n_used + tally.n_free + 1),
			 tlsf.n_pool_bytes);
	return tally;
}

/* The format: the first word is at the pool's address, the last block has no payload and is used. */
UNIT_TEST(a_fresh_pool_is_one_block)
{
	uint32_t n = (POOL_BYTES - TLSF_CONTROL_BYTES) / 4 * 4 - 8;

	assert_int_equal(tlsf.pool, PLACE + 3188);
	assert_int_equal(sim_load(&memory, tlsf.pool), n | TLSF_FREE);
	assert_int_equal(sim_load(&memory, tlsf.pool + 4 + n), 0 | TLSF_PREVIOUS_FREE);
	assert_int_equal(sim_load(&memory, tlsf.pool + n), tlsf.pool - 4); /* the block before the last */
	assert_int_equal(sim_load(&memory, PLACE + 8), PLACE);             /* the signature: it links to itself */
	assert_int_equal(assert_whole().n_free_bytes, n);
}

UNIT_TEST(too_little_memory)
{
	struct sim_tlsf other;

	assert_int_equal(sim_tlsf_init(&other, &memory, PLACE, TLSF_CONTROL_BYTES + 16), -EINVAL);
	assert_int_equal(sim_tlsf_init(&other, &memory, PLACE + 2, 8192), -EINVAL);
	assert_int_equal(sim_tlsf_init(&other, &memory, PLACE + 4, POOL_BYTES), -EINVAL);
	assert_int_equal(sim_tlsf_init(&other, &memory, PLACE, TLSF_CONTROL_BYTES + 20), 0);
}

static struct object {
	uint32_t address, n_bytes;
	uint8_t fill;
	bool persists;
} model[MODEL_MAX];
static size_t n_model;

static void paint(const struct object *object)
{
	memset(sim_memory_at(&memory, object->address, object->n_bytes), object->fill, object->n_bytes);
}

static void assert_painted(const struct object *object)
{
	const uint8_t *bytes = sim_memory_at(&memory, object->address, object->n_bytes);

	for (uint32_t i = 0; i < object->n_bytes; i++)
		assert_int_equal(bytes[i], object->fill);
}

static void random_use(uint32_t random, uint32_t n_steps)
{
	for (uint32_t step = 0; step < n_steps; step++) {
		uint32_t pick = next_random(&random);
		if (n_model < MODEL_MAX && (n_model == 0 || pick % 100 < 55)) {
			struct object object = { .n_bytes = 1 + pick / 100 % (pick % 7 ? 300 : 9000),
						 .fill = (uint8_t)pick,
						 .persists = pick % 11 == 0 };
			object.address = sim_tlsf_alloc(&tlsf, object.n_bytes, object.persists);
			assert_int_equal(object.address % 4, 0);
			if (object.address) {
				paint(&object);
				model[n_model++] = object;
			}
		} else {
			size_t i = pick / 100 % n_model;
			assert_painted(&model[i]);
			sim_tlsf_free(&tlsf, model[i].address);
			model[i] = model[--n_model];
		}
		assert_whole();
	}
	for (size_t i = 0; i < n_model; i++)
		assert_painted(&model[i]);
	assert_int_equal(tlsf.n_used, n_model);
}

UNIT_TEST(random_use_against_a_model)
{
	n_model = 0;
	random_use(5, 6000);
	assert_true(tlsf.n_failed > 0);
	while (n_model > 0)
		sim_tlsf_free(&tlsf, model[--n_model].address);
	assert_int_equal(assert_whole().n_free, 1); /* all blocks are merged again */
	assert_int_equal(tlsf.n_used_bytes, 0);
}

UNIT_TEST(what_persists_survives)
{
	uint32_t n_persist = 0;

	n_model = 0;
	random_use(9, 1500);
	for (size_t i = 0; i < n_model; i++)
		n_persist += model[i].persists;
	assert_true(n_persist > 2 && n_persist < n_model);
	sim_tlsf_free_all(&tlsf);
	assert_int_equal(assert_whole().n_used, n_persist);
	for (size_t i = 0; i < n_model; i++)
		if (model[i].persists)
			assert_painted(&model[i]);
}

/* A request is rounded up before the search: the largest request that fits is the size of the largest
 * block with its low bits cleared (Espressif's tlsf_fit_size). */
UNIT_TEST(the_largest_that_fits)
{
	n_model = 0;
	random_use(21, 3001);
	uint32_t largest = assert_whole().n_largest;
	uint32_t step = 1u << (31 - (uint32_t)__builtin_clz(largest) - 5), fit = largest / step * step;
	assert_true(largest >= 128);
	if (fit < largest)
		assert_int_equal(sim_tlsf_alloc(&tlsf, fit + step, false), 0);
	assert_int_not_equal(sim_tlsf_alloc(&tlsf, fit, false), 0);
	assert_whole();
	assert_int_equal(sim_tlsf_alloc(&tlsf, 0, false), 0);
	assert_int_equal(sim_tlsf_alloc(&tlsf, UINT32_MAX, false), 0);
	assert_int_equal(sim_tlsf_alloc(&tlsf, 1u << 31, false), 0);
	sim_tlsf_free(&tlsf, 0);
	assert_whole();
}

/* A walk over a damaged header ends and fails. */
UNIT_TEST(damage_is_found)
{
	struct tally tally = { 0 };

	uint32_t a = sim_tlsf_alloc(&tlsf, 100, false), b = sim_tlsf_alloc(&tlsf, 100, false);
	static const uint32_t broken[] = { 0, 1, 3, 7, 101, 0x7ffffffc, 0xfffffffc, 104 | TLSF_PREVIOUS_FREE };
	assert_int_not_equal(b, 0);
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		uint32_t was = sim_load(&memory, a - 4);
		tally = (struct tally){ 0 };
		sim_store(&memory, a - 4, broken[i]);
		assert_false(tlsf_walk(&tlsf, count, &tally));
		sim_store(&memory, a - 4, was);
	}
	assert_whole();
	sim_tlsf_free(&tlsf, a);
	assert_whole();
	sim_store(&memory, PLACE + 16, 0); /* the bitmap of lists */
	assert_false(tlsf_check(&tlsf));
}
