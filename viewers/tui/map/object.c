/* The block under the cursor, and the search for others. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "memprof/model/blocks.h"
#include "tui/map/map.h"

/* An object, a free run, or a run of missing rows; blocks of its area. */
struct run {
	uint8_t kind;
	uint32_t i_first, i_end;
};

static struct run run_at(const struct heap_area *area, uint32_t i)
{
	const uint8_t *kinds = area->kinds;
	struct run run = { kinds[i], i, 0 };

	if (!block_is_head(run.kind))
		run.i_first = blocks_run_begin(kinds, i, 0, run.kind);
	if (run.kind == BLOCK_TAIL && run.i_first > 0 && block_is_head(kinds[run.i_first - 1]))
		run.kind = kinds[--run.i_first];
	run.i_end = blocks_run_end(kinds, i + 1, area->n_blocks, block_is_head(run.kind) ? BLOCK_TAIL : run.kind);
	return run;
}

/* The kind of the object that has a block of an area, which may be an edge. */
static uint8_t neighbour(const struct heap_area *area, uint32_t i)
{
	return i < area->n_blocks ? run_at(area, i).kind : BLOCK_UNKNOWN;
}

void map_object(const struct heap_pool *pool, uint32_t i_block, uint64_t lfb_bytes, struct map_object *ret)
{
	uint32_t i_area = heap_area_of_block(pool, i_block);

	*ret = (struct map_object){ 0 };
	if (i_area == pool->n_areas)
		return;
	const struct heap_area *area = &pool->areas[i_area];
	struct run run = run_at(area, i_block - area->i_first);
	uint32_t n = run.i_end - run.i_first;
	uint32_t i_before = blocks_run_begin(area->kinds, run.i_first, 0, BLOCK_FREE);
	uint32_t i_after = blocks_run_end(area->kinds, run.i_end, area->n_blocks, BLOCK_FREE);

	ret->kind = run.kind;
	ret->i_first = area->i_first + run.i_first;
	ret->n_blocks = n;
	ret->address = area->base + (uint64_t)run.i_first * pool->block_bytes;
	ret->size_bytes = (uint64_t)n * pool->block_bytes;
	ret->n_free_before = run.i_first - i_before;
	ret->n_free_after = i_after - run.i_end;
	ret->kind_before = neighbour(area, i_before - 1);
	ret->kind_after = neighbour(area, i_after);
	if (run.kind != BLOCK_UNKNOWN)
		ret->freed_bytes = (uint64_t)(i_after - i_before) * pool->block_bytes;
	ret->gain_bytes = lfb_bytes == NOT_KNOWN       ? NOT_KNOWN :
			  ret->freed_bytes > lfb_bytes ? ret->freed_bytes - lfb_bytes :
							 0;
}

/* ---- search ---- */

static bool is_wanted(const struct map_search *search, const struct run *run, uint32_t block_bytes)
{
	uint64_t size_bytes = (uint64_t)(run->i_end - run->i_first) * block_bytes;

	if (search->kind ? run->kind != search->kind : run->kind == BLOCK_FREE || run->kind == BLOCK_UNKNOWN)
		return false;
	return size_bytes >= search->min_bytes && size_bytes <= search->max_bytes;
}

/* In one area: begins from i on. */
static bool next_in(const struct heap_pool *pool, const struct heap_area *area, const struct map_search *search,
		    uint32_t i, uint32_t *ret)
{
	for (struct run run; i < area->n_blocks; i = run.i_end) {
		run = run_at(area, i);
		if (run.i_first == i && is_wanted(search, &run, pool->block_bytes)) {
			*ret = area->i_first + i;
			return true;
		}
	}
	return false;
}

/* In one area: begins before i. */
static bool previous_in(const struct heap_pool *pool, const struct heap_area *area, const struct map_search *search,
			uint32_t i, uint32_t *ret)
{
	for (struct run run; i > 0; i = run.i_first) {
		run = run_at(area, i - 1);
		if (is_wanted(search, &run, pool->block_bytes)) {
			*ret = area->i_first + run.i_first;
			return true;
		}
	}
	return false;
}

bool map_next(const struct heap_pool *pool, const struct map_search *search, uint32_t i_from, bool backwards,
	      uint32_t *ret)
{
	uint32_t i_to = backwards ? i_from : i_from + 1, i_found;

	if (search->address != NOT_KNOWN) {
		if (!heap_block_at(pool, search->address, &i_found) || (backwards ? i_found >= i_to : i_found < i_to))
			return false;
		*ret = i_found;
		return true;
	}
	for (uint32_t k = 0; k < pool->n_areas; k++) {
		const struct heap_area *area = &pool->areas[backwards ? pool->n_areas - 1 - k : k];
		uint32_t i = i_to > area->i_first ? MIN(i_to - area->i_first, area->n_blocks) : 0;
		if (backwards ? previous_in(pool, area, search, i, ret) : next_in(pool, area, search, i, ret))
			return true;
	}
	return false;
}

uint32_t map_count(const struct heap_pool *pool, const struct map_search *search, uint32_t i_block, uint32_t *ret_which)
{
	uint32_t n = 0;

	*ret_which = 0;
	for (uint32_t i = UINT32_MAX; map_next(pool, search, i, false, &i);) {
		n++;
		if (i == i_block)
			*ret_which = n;
	}
	return n;
}

/* ---- what somebody types ---- */

static const struct {
	const char *name;
	uint8_t kind;
} kind_names[] = {
	{ "free", BLOCK_FREE },     { "tuple", BLOCK_TUPLE },       { "list", BLOCK_LIST },
	{ "dict", BLOCK_DICT },     { "str", BLOCK_STR },           { "string", BLOCK_STR },
	{ "bytes", BLOCK_STR },     { "bytearray", BLOCK_ARRAY },   { "array", BLOCK_ARRAY },
	{ "float", BLOCK_FLOAT },   { "function", BLOCK_FUNCTION }, { "module", BLOCK_MODULE },
	{ "marked", BLOCK_MARKED }, { "other", BLOCK_HEAD },        { "tail", BLOCK_TAIL },
};

static int read_kind(const char *word, struct map_search *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(kind_names); i++) {
		size_t n = strlen(kind_names[i].name);
		if (strncasecmp(word, kind_names[i].name, n) == 0 && (!word[n] || strcasecmp(word + n, "s") == 0)) {
			ret->kind = kind_names[i].kind;
			return 0;
		}
	}
	if (word[1] != '\0' || word[0] < '!' || word[0] > '~')
		return -EINVAL;
	ret->kind = (uint8_t)word[0];
	return 0;
}

static int read_range(char *word, struct map_search *ret)
{
	char *minus = strchr(word, '-');
	uint64_t min, max;

	if (minus)
		*minus = '\0';
	if (number_parse_size(word, &min) < 0 || number_parse_size(minus ? minus + 1 : word, &max) < 0 || min > max)
		return -EINVAL;
	ret->min_bytes = min;
	ret->max_bytes = max;
	return 0;
}

/* ">4096", "<=4K" */
static int read_bound(const char *word, struct map_search *ret)
{
	bool or_equal = word[1] == '=';
	uint64_t bytes;

	if (number_parse_size(word + 1 + or_equal, &bytes) < 0)
		return -EINVAL;
	if (word[0] == '>') {
		ret->min_bytes = bytes + !or_equal;
		return 0;
	}
	if (bytes == 0 && !or_equal)
		return -EINVAL;
	ret->max_bytes = bytes - !or_equal;
	return 0;
}

static int read_address(const char *word, struct map_search *ret)
{
	uint64_t address;

	if (number_parse(word, &address) < 0)
		return -EINVAL;
	ret->address = address;
	return 0;
}

enum { A_KIND = 1, A_SIZE = 2, AN_ADDRESS = 4 };

/* What a word is, by how it begins; or -EINVAL. */
static int read_word(char *word, struct map_search *ret)
{
	static const char digits[] = "0123456789";
	int r;

	if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
		return (r = read_address(word, ret)) < 0 ? r : AN_ADDRESS;
	if (word[0] == '>' || word[0] == '<')
		return (r = read_bound(word, ret)) < 0 ? r : A_SIZE;
	if (strchr(digits, word[0]))
		return (r = read_range(word, ret)) < 0 ? r : A_SIZE;
	return (r = read_kind(word, ret)) < 0 ? r : A_KIND;
}

enum { SEARCH_BYTES = 96 };

/* As words with a blank between two: "T>64" and "T > 64" become "T >64", "100 - 200" becomes "100-200". */
static int make_words(const char *text, char ret[SEARCH_BYTES])
{
	bool joins = false; /* what was put last, with what follows */
	size_t n = 0;

	for (; *text; text++) {
		const char *next = text + strspn(text, " ");
		bool is_bound = *text == '<' || *text == '>';
		if (*text == ' ' && (joins || *next == '-'))
			continue;
		if (n + 2 >= SEARCH_BYTES)
			return -EINVAL;
		if (is_bound)
			ret[n++] = ' ';
		ret[n++] = *text;
		joins = is_bound || *text == '-' || (*text == '=' && joins);
	}
	ret[n] = '\0';
	return 0;
}

static bool is_unit(const char *word)
{
	return strcasecmp(word, "bytes") == 0 || strcasecmp(word, "byte") == 0 || strcasecmp(word, "b") == 0;
}

int map_search_parse(const char *text, struct map_search *ret)
{
	struct map_search search = { 0, 0, NOT_KNOWN, NOT_KNOWN };
	char words[SEARCH_BYTES + 1] = ""; /* two NULs end them */
	int had = 0, is = 0;

	if (make_words(text, words) < 0)
		return -EINVAL;
	for (char *word = words + strspn(words, " "), *end; *word; word = end + 1 + strspn(end + 1, " ")) {
		end = word + strcspn(word, " ");
		*end = '\0';
		if (is == A_SIZE && is_unit(word))
			continue;
		is = read_word(word, &search);
		/* Each once, and an address says all. */
		if (is < 0 || had & (is | AN_ADDRESS) || (is == AN_ADDRESS && had))
			return -EINVAL;
		had |= is;
	}
	if (!had)
		return -EINVAL;
	*ret = search;
	return 0;
}
