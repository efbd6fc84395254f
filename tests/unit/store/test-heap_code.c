#include "codes.h"

#include "recordings.h"
#include "unit.h"

static struct heap heap, back;

UNIT_BEFORE(set_up)
{
	heap_init(&heap);
	heap_init(&back);
}

UNIT_AFTER(tear_down)
{
	heap_deinit(&heap);
	heap_deinit(&back);
}

/* Each 64-bit number of a struct another one. */
static void fill(void *to, size_t n_bytes, uint64_t from)
{
	for (size_t i = 0; i + 8 <= n_bytes; i += 8, from += 3)
		memcpy((char *)to + i, &from, 8);
}

static void fill_heap(void)
{
	struct heap_task task = {
		.name = "task", .start = 1, .stack_bytes = 2, .used_bytes = 3, .least_free_bytes = 4, .is_current = true
	};
	struct heap_window window;
	struct heap_pool *pool;

	made_heap(&heap, 3, 4);
	pool = &heap.pools[0];
	pool->areas[0].loose = true;
	pool->areas[1].memory = MEMORY_PSRAM;
	pool->n_finalisers = 12;
	pool->guessed_kinds = pool->damaged = true;
	heap_add_pool(&heap, "other", POOL_OTHER, &pool);
	pool->memory = MEMORY_FLASH;
	pool->start = 0x1000;
	pool->missing_bytes = 5;
	fill(&pool->reported, sizeof(pool->reported), 100);
	fill(&window, sizeof(window), 1000);
	heap_set_window(pool, &window);
	heap_add_task(&heap, &task);
	heap.tasks_missing = true;
	heap.stack_used_bytes = 600;
	heap.stack_limit_bytes = 700;
	heap.problem = HEAP_OTHER_COUNTS;
	heap.problem_line = 80;
	heap_seal(&heap);
}

static int get(const struct strbuf *code, size_t n_bytes)
{
	return heap_code_get((struct field_bytes){ (const uint8_t *)strbuf_text(code), n_bytes }, &back);
}

UNIT_TEST(every_member)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *what;

	fill_heap();
	heap_code_put(&code, &heap);
	assert_int_equal(get(&code, code.n_bytes), 0);
	what = made_difference(&heap, &back);
	if (what)
		fail_msg("%s", what);
}

/* A new member of these structs belongs into the tables of heap_code.c; and into made_difference. */
UNIT_TEST(no_member_is_forgotten)
{
	if (sizeof(void *) != 8)
		skip();
	assert_int_equal(sizeof(struct heap_pool), 256 + 8); /* collected_after_bytes is of a run, which keeps text */
	assert_int_equal(sizeof(struct heap_reported), 128);
	assert_int_equal(sizeof(struct heap_window), 208);
	assert_int_equal(sizeof(struct heap_area), 32);
	assert_int_equal(sizeof(struct heap_task), 80);
	assert_int_equal(sizeof(struct heap), 104);
}

/* As figures that are not plausible either, which older versions read, too. */
UNIT_TEST(a_stack_that_is_not_plausible)
{
	for (int i = 0; i < 2; i++) {
		struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
		fill_heap();
		*(i ? &heap.stack_limit_bytes : &heap.stack_used_bytes) = UINT64_C(4294923312);
		heap_seal(&heap);
		heap_code_put(&code, &heap);
		assert_int_equal(get(&code, code.n_bytes), 0);
		assert_true(back.is_stack_odd);
		assert_u64_equal(back.stack_used_bytes, i ? 600 : NOT_KNOWN);
		assert_u64_equal(back.stack_limit_bytes, i ? NOT_KNOWN : 700);
	}
}

UNIT_TEST(cut_bytes_are_refused)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;

	fill_heap();
	heap_code_put(&code, &heap);
	for (size_t n = 0; n < code.n_bytes; n++)
		assert_int_equal(get(&code, n), -EBADMSG);
	strbuf_putc(&code, '\0');
	assert_int_equal(get(&code, code.n_bytes), -EBADMSG);
}

UNIT_TEST(damaged_bytes)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_refused = 0;

	fill_heap();
	heap_code_put(&code, &heap);
	for (size_t i = 0; i < code.n_bytes; i++)
		for (int bit = 0; bit < 8; bit++) {
			code.text[i] = (char)(code.text[i] ^ (1 << bit));
			int r = get(&code, code.n_bytes);
			assert_true(r == 0 || r == -EBADMSG);
			assert_true(r < 0 || heap_check(&back) == 0);
			n_refused += r < 0;
			code.text[i] = (char)(code.text[i] ^ (1 << bit));
		}
	assert_true(n_refused > code.n_bytes); /* the top bit of each block's kind */
}

/* Numbers that are looked for from the front, as 64 bits, and made huge. */
UNIT_TEST(hostile_counts)
{
	static const uint64_t values[] = { 65, 4097, HEAP_BLOCKS_MAX + 1, UINT32_MAX, NOT_KNOWN };
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;

	fill_heap();
	heap_code_put(&code, &heap);
	for (size_t at = 0; at + 8 <= 1200; at++)
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			char kept[8];
			memcpy(kept, code.text + at, 8);
			memcpy(code.text + at, &values[i], 8);
			int r = get(&code, code.n_bytes);
			assert_true(r == 0 || r == -EBADMSG);
			memcpy(code.text + at, kept, 8);
		}
}
