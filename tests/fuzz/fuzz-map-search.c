/* What somebody types to search the heap map. What is taken finds the same objects forwards and backwards. */
#include "fuzz.h"
#include "tui/map/map.h"

enum { N_FOUND_MAX = 64 };

static void fill(struct heap *heap, struct heap_pool **ret)
{
	static const char blocks[] = "T===..L=h.S==  ===A=======D====.......F";
	uint8_t *to;

	MUST(heap_add_pool(heap, "gc", POOL_GC, ret) == 0);
	(*ret)->block_bytes = 16;
	for (uint64_t area = 0; area < 2; area++) {
		MUST(heap_add_area(*ret, 0x20000000 + area * 0x10000) == 0);
		to = heap_extend(*ret, sizeof(blocks) - 1);
		MUST(to);
		memcpy(to, blocks, sizeof(blocks) - 1);
	}
	heap_seal(heap);
}

static size_t find_all(const struct heap_pool *pool, const struct map_search *search, bool backwards, uint32_t *ret)
{
	uint32_t i = UINT32_MAX, was = i;
	size_t n = 0;

	for (; map_next(pool, search, i, backwards, &i); was = i) {
		MUST(i < pool->n_blocks && n < N_FOUND_MAX);
		MUST(was == UINT32_MAX || (backwards ? i < was : i > was));
		ret[n++] = i;
	}
	return n;
}

static void search_both_ways(const struct map_search *search)
{
	uint32_t there[N_FOUND_MAX], back[N_FOUND_MAX];
	struct heap_pool *pool;
	struct heap heap;

	heap_init(&heap);
	fill(&heap, &pool);
	size_t n = find_all(pool, search, false, there);
	MUST(n == find_all(pool, search, true, back));
	for (size_t i = 0; i < n; i++) {
		struct map_object object;
		MUST(there[i] == back[n - 1 - i]);
		map_object(pool, there[i], 0, &object);
		if (search->address != NOT_KNOWN)
			MUST(n == 1 && search->address - object.address < object.size_bytes);
		else
			MUST(object.i_first == there[i] && (search->kind == 0 || object.kind == search->kind) &&
			     object.size_bytes >= search->min_bytes && object.size_bytes <= search->max_bytes);
	}
	heap_deinit(&heap);
}

FUZZ(data, size)
{
	struct map_search search = { 1, 2, 3, 4 };
	char *text = malloc(size + 1);

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	int r = map_search_parse(text, &search);
	free(text);
	if (r < 0) {
		MUST(search.kind == 1 && search.min_bytes == 2 && search.max_bytes == 3 && search.address == 4);
		return;
	}
	MUST(r == 0 && (search.kind == 0 || (search.kind > ' ' && search.kind <= '~')));
	MUST(search.min_bytes <= search.max_bytes);
	MUST(search.address == NOT_KNOWN ||
	     (search.kind == 0 && search.min_bytes == 0 && search.max_bytes == NOT_KNOWN));
	search_both_ways(&search);
}
