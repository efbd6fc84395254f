#include "pools.h"

#include "cases.h"

void runs_expand(const char *runs, struct strbuf *ret)
{
	const char *end = runs + strlen(runs);

	while (runs < end) {
		uint64_t n = 0;
		const char *symbol = number_scan(runs, end, &n);
		if (!symbol || symbol == end)
			fail_msg("'%s' are no runs", runs);
		for (; n > 0; n--)
			strbuf_putc(ret, *symbol);
		runs = symbol + 1 + (symbol[1] == ' ');
	}
}

static struct heap_pool *empty(struct heap *heap, uint32_t block_bytes)
{
	struct heap_pool *pool;

	heap_reset(heap);
	assert_int_equal(heap_add_pool(heap, "gc", POOL_GC, &pool), 0);
	pool->block_bytes = block_bytes;
	return pool;
}

static void add_runs(struct heap_pool *pool, const char *runs)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	runs_expand(runs, &s);
	for (size_t i = 0; i < s.n_bytes; i++)
		assert_int_equal(heap_append(pool, s.text[i] == '?' ? BLOCK_UNKNOWN : (uint8_t)s.text[i], 1), 0);
}

static void add_area(struct heap_pool *pool) { assert_int_equal(heap_add_area(pool, POOL_AREA(pool->n_areas)), 0); }

struct heap_pool *pool_of(struct heap *heap, uint32_t block_bytes, ...)
{
	struct heap_pool *pool = empty(heap, block_bytes);
	const char *runs;
	va_list args;

	va_start(args, block_bytes);
	while ((runs = va_arg(args, const char *))) {
		add_area(pool);
		add_runs(pool, runs);
	}
	va_end(args);
	heap_seal(heap);
	return pool;
}

static void take_figure(char *words[], const char *key, uint64_t *figure)
{
	const char *value = case_take(words, key);

	if (value)
		*figure = strtoull(value, NULL, 0);
}

struct heap_pool *pool_of_words(struct heap *heap, char *words[])
{
	const char *block = case_take(words, "block=");
	struct heap_pool *pool = empty(heap, block ? (uint32_t)atoi(block) : 16);

	take_figure(words, "total=", &pool->reported.total_bytes);
	take_figure(words, "used=", &pool->reported.used_bytes);
	take_figure(words, "free=", &pool->reported.free_bytes);
	take_figure(words, "one=", &pool->reported.one_blocks);
	take_figure(words, "two=", &pool->reported.two_blocks);
	take_figure(words, "max=", &pool->reported.max_block_blocks);
	take_figure(words, "max-free=", &pool->reported.max_free_blocks);
	take_figure(words, "largest=", &pool->reported.largest_free_bytes);
	take_figure(words, "split=", &pool->reported.max_new_split_bytes);
	take_figure(words, "missing=", &pool->missing_bytes);
	for (; *words; words++) {
		bool is_next = strcmp(*words, "|") == 0, is_runs = **words >= '0' && **words <= '9';
		if (is_next || (is_runs && pool->n_areas == 0))
			add_area(pool);
		if (is_runs)
			add_runs(pool, *words);
		if (is_next || is_runs)
			*words = *words + strlen(*words);
	}
	heap_seal(heap);
	return pool;
}

struct heap_pool *pool_random(struct heap *heap, uint32_t block_bytes, const char *begins, uint32_t n_areas,
			      uint32_t n_blocks_max, uint32_t *random)
{
	struct heap_pool *pool = empty(heap, block_bytes);

	while (pool->n_areas < n_areas) {
		uint32_t n_left = next_random(random) % (n_blocks_max + 1);
		assert_int_equal(heap_add_area(pool, POOL_AREA(pool->n_areas)), 0);
		while (n_left > 0) {
			uint8_t kind = (uint8_t)begins[next_random(random) % strlen(begins)];
			uint32_t n = 1 + next_random(random) % 5;
			n = MIN(n, n_left);
			uint8_t more = block_is_head(kind) ? BLOCK_TAIL : kind;
			assert_int_equal(heap_append(pool, kind, 1), 0);
			if (n > 1)
				assert_int_equal(heap_append(pool, more, n - 1), 0);
			n_left -= n;
		}
	}
	heap_seal(heap);
	return pool;
}
