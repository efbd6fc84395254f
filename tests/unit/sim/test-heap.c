#include "heap.h"

#include "unit.h"

enum { RAM = 0x20001234, MODEL_MAX = 700 };

static struct sim_memory memory;
static struct sim_heap heap;

UNIT_BEFORE(make_heap)
{
	assert_int_equal(sim_memory_add(&memory, RAM, 256 * 1024), 0);
	sim_heap_init(&heap, &memory);
}

UNIT_AFTER(free_heap)
{
	sim_memory_deinit(&memory);
	sim_memory_deinit(&memory);
}

static void add_area(uint32_t start, uint32_t n_bytes)
{
	assert_int_equal(sim_heap_add_area(&heap, start, n_bytes, 2, false), 0);
}

/* No free block is before last_free, no used one after last_used, and tails follow heads. */
static void assert_consistent(void)
{
	for (uint32_t i = 0; i < heap.n_areas; i++) {
		const struct sim_area *area = &heap.areas[i];
		bool in_object = false;
		assert_int_equal(area->table[area->n_blocks / 4], 0);
		for (uint32_t b = 0; b < area->n_blocks; b++) {
			enum sim_kind kind = sim_area_kind(area, b);
			assert_int_not_equal(kind, SIM_MARKED);
			assert_true(kind != SIM_TAIL || in_object);
			assert_true(kind == SIM_HEAD || !sim_area_has_finaliser(area, b));
			assert_true(kind == SIM_FREE || b <= area->last_used);
			assert_true(kind != SIM_FREE || b / 4 >= area->last_free);
			assert_true(kind != SIM_FREE || i >= heap.last_free_area);
			in_object = kind != SIM_FREE;
		}
	}
}

/* ---- areas ---- */

UNIT_TEST(an_area_is_laid_out_as_in_py_gc_c)
{
	static const struct {
		uint32_t start, n_bytes, n_blocks, address;
	} cases[] = {
		/* end is rounded down, then n_blocks = 4 * floor((end - start - 1) * 8 / 524) */
		{ RAM, 16 * 1024, 1000, 0x20005230 - 16000 },
		{ RAM, 66 + 8, 0, 0 },
		{ RAM + 12, 81, 4, 0x20001290 - 64 },
		{ RAM + 5, 131072, 8000, 0x20021230 - 8000 * 16 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		sim_heap_init(&heap, &memory);
		int r = sim_heap_add_area(&heap, cases[i].start, cases[i].n_bytes, 2, false);
		assert_int_equal(r, cases[i].n_blocks ? 0 : -EINVAL);
		if (r < 0)
			continue;
		const struct sim_area *area = &heap.areas[0];
		assert_int_equal(area->n_blocks, cases[i].n_blocks);
		assert_int_equal(area->address, cases[i].address);
		assert_ptr_equal(area->table, sim_memory_at(&memory, cases[i].start, 1));
		assert_ptr_equal(area->finalisers, area->table + area->n_blocks / 4 + 1);
		assert_true(area->finalisers + (area->n_blocks + 7) / 8 <= area->bytes);
		assert_true(area->address + area->n_blocks * 16 <= cases[i].start + cases[i].n_bytes);
	}
	assert_int_equal(sim_heap_add_area(&heap, RAM - 16, 4096, 2, false), -EINVAL);
	assert_int_equal(sim_heap_add_area(&heap, RAM + 255 * 1024, 4096, 2, false), -EINVAL);
}

/* The size of an object in whole blocks; 0: no object starts there. */
static uint32_t bytes_at(uint32_t address)
{
	const struct sim_area *area = sim_heap_area_of(&heap, address);
	uint32_t i = area ? (address - area->address) / 16 : 0, n = 1;

	if (!area || sim_area_kind(area, i) != SIM_HEAD)
		return 0;
	while (i + n < area->n_blocks && sim_area_kind(area, i + n) == SIM_TAIL)
		n++;
	return n * 16;
}

/* ---- allocation, against a model ---- */

static struct object {
	uint32_t address, n_bytes;
	uint8_t fill;
} model[MODEL_MAX];
static size_t n_model;

static bool block_is_free(const struct sim_area *area, uint32_t b)
{
	for (size_t i = 0; i < n_model; i++) {
		uint32_t first = model[i].address, n = (model[i].n_bytes + 15) / 16 * 16;
		uint32_t at = area->address + b * 16;
		if (at >= first && at - first < n)
			return false;
	}
	return true;
}

/* The lowest fit in the first area that has one. */
static uint32_t first_fit(uint32_t n_bytes)
{
	uint32_t n = (n_bytes + 15) / 16;

	for (uint32_t i = 0; i < heap.n_areas; i++) {
		uint32_t run = 0;
		for (uint32_t b = 0; b < heap.areas[i].n_blocks; b++) {
			run = block_is_free(&heap.areas[i], b) ? run + 1 : 0;
			if (run == n)
				return heap.areas[i].address + (b + 1 - n) * 16;
		}
	}
	return 0;
}

static void assert_object(const struct object *object)
{
	const uint8_t *bytes = sim_memory_at(&memory, object->address, object->n_bytes);

	assert_int_equal(bytes_at(object->address), (object->n_bytes + 15) / 16 * 16);
	for (uint32_t i = 0; i < object->n_bytes; i++)
		assert_int_equal(bytes[i], object->fill);
}

static void paint(struct object *object, uint8_t fill)
{
	object->fill = fill;
	memset(sim_memory_at(&memory, object->address, object->n_bytes), fill, object->n_bytes);
}

/* Makes all objects reachable, so that collections free nothing. */
static void hold_all(void)
{
	memset(heap.roots, 0, sizeof(heap.roots));
	for (size_t i = 0; i < n_model; i++)
		heap.roots[i] = model[i].address;
}

static void do_alloc(uint32_t *random)
{
	uint32_t pick = next_random(random), n_bytes = pick % 4 ? 1 + pick / 4 % 60 : 1 + pick / 4 % 2500;
	uint32_t expected = first_fit(n_bytes), address;
	uint32_t n_failed = heap.n_failed;

	hold_all();
	address = sim_alloc(&heap, n_bytes, false);
	assert_int_equal(address, expected);
	assert_int_equal(heap.n_failed, n_failed + (expected == 0));
	if (!address)
		return;
	for (uint32_t i = 0; i < (n_bytes + 15) / 16 * 16; i++)
		assert_int_equal(*sim_memory_at(&memory, address + i, 1), 0);
	model[n_model] = (struct object){ address, n_bytes, 0 };
	paint(&model[n_model++], (uint8_t)(1 + pick % 250));
}

static void do_realloc(struct object *object, uint32_t n_bytes, uint8_t fill)
{
	uint32_t n_kept = MIN(n_bytes, object->n_bytes), address;

	hold_all();
	address = sim_realloc(&heap, object->address, n_bytes);
	if (!address) {
		assert_object(object);
		return;
	}
	for (uint32_t i = 0; i < n_kept; i++)
		assert_int_equal(*sim_memory_at(&memory, address + i, 1), object->fill);
	if ((n_bytes + 15) / 16 <= (object->n_bytes + 15) / 16)
		assert_int_equal(address, object->address);
	object->address = address;
	object->n_bytes = n_bytes;
	paint(object, fill);
}

static void random_use(uint32_t random, uint32_t n_steps)
{
	n_model = 0;
	for (uint32_t step = 0; step < n_steps; step++) {
		uint32_t pick = next_random(&random);
		if (n_model < SIM_ROOTS && (n_model == 0 || pick % 100 < 52)) {
			do_alloc(&random);
		} else if (pick % 100 < 75) {
			do_realloc(&model[pick / 100 % n_model], 1 + pick / 9999 % 900, (uint8_t)(1 + pick % 200));
		} else {
			size_t i = pick / 100 % n_model;
			sim_free(&heap, model[i].address);
			model[i] = model[--n_model];
		}
		assert_consistent();
	}
	uint32_t n_blocks = 0;
	for (size_t i = 0; i < n_model; i++) {
		assert_object(&model[i]);
		n_blocks += (model[i].n_bytes + 15) / 16;
	}
	assert_int_equal(sim_heap_count(&heap).n_used, n_blocks);
	assert_int_equal(sim_heap_count(&heap).n_heads, n_model);
}

UNIT_TEST(first_fit_and_nothing_lost)
{
	add_area(RAM, 20000);
	random_use(1, 4000);
	assert_true(heap.n_failed > 0);
}

UNIT_TEST(first_fit_over_areas)
{
	add_area(RAM, 6000);
	add_area(RAM + 6000, 9000);
	add_area(RAM + 15000, 3000);
	random_use(2, 4000);
	assert_true(heap.n_failed > 0);
}

UNIT_TEST(odd_requests)
{
	add_area(RAM, 20000);
	assert_int_equal(sim_alloc(&heap, 0, false), 0);
	assert_int_equal(heap.n_failed, 0);
	assert_int_equal(sim_alloc(&heap, UINT32_MAX, false), 0);
	assert_int_equal(heap.n_failed, 1);
	uint32_t object = sim_alloc(&heap, 40, false);
	sim_free(&heap, 0);
	sim_free(&heap, object + 16); /* the address of a tail */
	sim_free(&heap, object + 4);
	assert_int_equal(bytes_at(object), 48);
	assert_int_equal(bytes_at(object + 16), 0);
	assert_int_equal(sim_realloc(&heap, object, 0), 0);
	assert_int_equal(sim_heap_count(&heap).n_used, 0);
	assert_consistent();
}

/* ---- collections ---- */

static void store(uint32_t object, uint32_t i_word, uint32_t word) { sim_store(&memory, object + 4 * i_word, word); }

/* Random objects whose words point to each other, to tails and to nothing. Objects that the roots reach
 * are kept, all others are freed. */
static void graph(uint32_t random, uint32_t n_objects)
{
	static uint32_t objects[MODEL_MAX];
	static bool reached[MODEL_MAX];
	static uint8_t links[MODEL_MAX][8];
	static uint16_t todo[MODEL_MAX * 8];
	size_t n_todo = 0;

	memset(reached, 0, sizeof(reached));
	memset(heap.roots, 0, sizeof(heap.roots));
	sim_collect(&heap, false);
	assert_int_equal(sim_heap_count(&heap).n_used, 0);
	for (uint32_t i = 0; i < n_objects; i++)
		objects[i] = sim_alloc(&heap, 32 + i % 3 * 16, false);
	for (uint32_t i = 0; i < n_objects; i++)
		for (uint32_t w = 0; w < 8; w++) {
			uint32_t pick = next_random(&random);
			links[i][w] = pick % 10 == 0;
			uint32_t to = pick / 10 % n_objects;
			store(objects[i], w, objects[to] + (links[i][w] ? 0 : pick % 10 == 1 ? 16 : 3));
		}
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t root = next_random(&random) % n_objects;
		heap.roots[i * 7] = objects[root];
		todo[n_todo++] = (uint16_t)root;
	}
	while (n_todo > 0) {
		uint16_t i = todo[--n_todo];
		if (reached[i])
			continue;
		reached[i] = true;
		for (uint32_t w = 0; w < 8; w++)
			for (uint16_t to = 0; links[i][w] && to < n_objects; to++)
				if (objects[to] == sim_load(&memory, objects[i] + 4 * w) && !reached[to])
					todo[n_todo++] = to;
	}
	sim_collect(&heap, false);
	assert_consistent();
	uint32_t n_kept = 0;
	for (uint32_t i = 0; i < n_objects; i++) {
		assert_int_equal(bytes_at(objects[i]) != 0, reached[i]);
		n_kept += reached[i];
	}
	assert_int_equal(sim_heap_count(&heap).n_heads, n_kept);
	assert_int_equal(heap.n_swept, n_objects - n_kept);
}

UNIT_TEST(the_sweep_is_exact)
{
	add_area(RAM, 30000);
	add_area(RAM + 30000, 12000);
	for (uint32_t random = 1; random < 60; random++)
		graph(random, 40 + random * 10);
}

/* An object with more references than the mark stack has entries, each to an object with another one. */
UNIT_TEST(an_overflow_of_the_mark_stack_loses_nothing)
{
	enum { N = 300 };
	uint32_t wide, held = 0;

	add_area(RAM, 60000);
	heap.roots[0] = wide = sim_alloc(&heap, N * 4, false);
	for (uint32_t i = 0; i < N; i++) {
		uint32_t one = sim_alloc(&heap, 16, false);
		store(wide, i, one);
		store(one, 1, sim_alloc(&heap, 20, false));
		held += 2;
	}
	for (uint32_t i = 0; i < 100; i++)
		sim_alloc(&heap, 40, false);
	sim_collect(&heap, false);
	assert_int_equal(sim_heap_count(&heap).n_heads, 1 + held);
	assert_int_equal(heap.n_swept, 100);
	assert_consistent();
}

UNIT_TEST(what_is_on_the_stack_is_held)
{
	add_area(RAM, 4000);
	uint32_t object = sim_hold(&heap, sim_alloc(&heap, 100, false));
	sim_collect(&heap, false);
	assert_int_equal(bytes_at(object), 112);
	sim_drop(&heap, 1);
	sim_collect(&heap, false);
	assert_int_equal(bytes_at(object), 0);
}

static uint32_t n_finalised, n_began, n_by_threshold, n_ended, n_failed_bytes;

static void finalise(void *ctx, uint32_t address)
{
	struct sim_heap *h = ctx;

	n_finalised++;
	assert_int_equal(sim_load(&memory, address + 4), 77);                /* it is not freed */
	assert_int_equal(sim_load(&memory, sim_load(&memory, address)), 78); /* nor is what it refers to */
	assert_int_equal(sim_alloc(h, 16, false), 0);                        /* the heap is locked */
	sim_collect(h, false);
}

UNIT_TEST(finalisers_are_called_once_before_anything_is_freed)
{
	add_area(RAM, 8000);
	heap.ctx = &heap;
	heap.finalise = finalise;
	n_finalised = 0;
	for (uint32_t i = 0; i < 40; i++) {
		uint32_t inner = sim_hold(&heap, sim_alloc(&heap, 16, false));
		uint32_t outer = sim_alloc(&heap, 16, true);
		sim_drop(&heap, 1);
		store(inner, 0, 78);
		store(outer, 0, inner);
		store(outer, 1, 77);
		if (i < 10)
			heap.roots[i] = outer;
		if (i == 39)
			sim_free(&heap, outer); /* from C: no finaliser */
	}
	sim_collect(&heap, false);
	assert_int_equal(n_finalised, 29);
	assert_int_equal(heap.n_collections, 1);
	sim_collect(&heap, false);
	assert_int_equal(n_finalised, 29);
	assert_int_equal(sim_heap_count(&heap).n_heads, 20);
	assert_consistent();
}

static void began(void *ctx, bool by_threshold)
{
	(void)ctx;
	n_began++;
	n_by_threshold += by_threshold;
}

static void ended(void *ctx)
{
	(void)ctx;
	n_ended++;
}

static void failed(void *ctx, uint32_t n_bytes)
{
	(void)ctx;
	n_failed_bytes = n_bytes;
}

UNIT_TEST(a_threshold_and_a_full_heap_are_reported)
{
	add_area(RAM, 8000);
	heap.began = began;
	heap.ended = ended;
	heap.failed = failed;
	heap.threshold = 100;
	n_began = n_ended = n_by_threshold = n_failed_bytes = 0;
	for (uint32_t i = 0; i < 450; i++)
		assert_int_not_equal(sim_alloc(&heap, 16, false), 0);
	assert_int_equal(n_by_threshold, 4); /* before the 101st, 201st … */
	heap.threshold = 0;
	heap.roots[0] = sim_alloc(&heap, 4000, false);
	assert_int_equal(sim_alloc(&heap, 5000, false), 0);
	assert_int_equal(n_failed_bytes, 5000);
	assert_int_equal(n_by_threshold, 4);
	assert_true(n_began > 4);
	assert_int_equal(n_ended, n_began);
}

/* ---- growing ---- */

static uint32_t n_released;

static bool grow(void *ctx, uint32_t n_blocks)
{
	struct sim_heap *h = ctx;
	uint32_t start = h->areas[h->n_areas - 1].start + h->areas[h->n_areas - 1].n_bytes;

	return sim_heap_add_area(h, start, n_blocks * 16 + 2000, 2, true) == 0;
}

static void released(void *ctx, const struct sim_area *area)
{
	(void)ctx;
	assert_true(area->grown);
	n_released++;
}

UNIT_TEST(an_area_is_added_and_released)
{
	uint32_t objects[3];

	add_area(RAM, 4000);
	heap.ctx = &heap;
	heap.grow = grow;
	heap.released = released;
	n_released = 0;
	for (uint32_t i = 0; i < 3; i++)
		heap.roots[i] = objects[i] = sim_alloc(&heap, 5000, false);
	assert_int_equal(heap.n_areas, 4);
	assert_int_equal(heap.n_failed, 0);
	heap.roots[1] = 0;
	sim_collect(&heap, false);
	assert_int_equal(heap.n_areas, 3);
	assert_int_equal(n_released, 1);
	assert_int_equal(bytes_at(objects[0]), 5008);
	assert_int_equal(bytes_at(objects[2]), 5008);
	assert_null(sim_heap_area_of(&heap, objects[1]));
	heap.roots[0] = heap.roots[2] = 0;
	sim_collect(&heap, false);
	assert_int_equal(heap.n_areas, 1); /* never the first */
	assert_consistent();
}

/* The object moves while areas before it are released. */
UNIT_TEST(a_realloc_may_release_areas)
{
	add_area(RAM, 4000);
	heap.ctx = &heap;
	heap.grow = grow;
	heap.released = released;
	heap.roots[2] = sim_alloc(&heap, 5000, false);
	heap.roots[0] = sim_alloc(&heap, 3800, false);
	heap.roots[1] = sim_alloc(&heap, 5000, false);
	assert_int_equal(heap.n_areas, 3);
	heap.roots[2] = 0;
	n_released = 0;
	memset(sim_memory_at(&memory, heap.roots[1], 5000), 0x5a, 5000);
	heap.roots[1] = sim_realloc(&heap, heap.roots[1], 9000);
	assert_int_not_equal(heap.roots[1], 0);
	assert_true(n_released > 0);
	for (uint32_t i = 0; i < 5000; i++)
		assert_int_equal(*sim_memory_at(&memory, heap.roots[1] + i, 1), 0x5a);
	assert_consistent();
}
