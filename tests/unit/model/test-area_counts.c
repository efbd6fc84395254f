/* area_count against numbers that are known, and against a version too simple to be wrong. */
#include "memprof/model/pool_state.h"

#include <string.h>

#include "unit.h"

/* ---- the simple version ---- */

static void add_stretch(uint8_t kind, uint32_t n, struct area_counts *ret)
{
	if (kind == BLOCK_FREE) {
		unsigned class = 0;
		while (n >> class > 1)
			class ++;
		ret->n_free += n;
		ret->n_free_runs++;
		ret->class_runs[class]++;
		ret->class_blocks[class] += n;
		ret->max_free = MAX(ret->max_free, n);
	} else if (kind == BLOCK_UNKNOWN) {
		ret->n_unknown += n;
	} else {
		ret->n_used += n;
		ret->kind_blocks[kind] += n;
		if (kind == BLOCK_TAIL) /* of an object whose head is in a missing row */
			return;
		ret->kind_objects[kind]++;
		ret->n_objects++;
		ret->n_one += n == 1;
		ret->n_two += n == 2;
		ret->max_object = MAX(ret->max_object, n);
	}
}

static void count_plainly(const struct heap_area *area, struct area_counts *ret)
{
	uint32_t end, longest = 0, n_free = ret->n_free;

	for (uint32_t start = 0; start < area->n_blocks; start = end) {
		uint8_t kind = area->kinds[start];
		uint8_t more = block_is_head(kind) ? BLOCK_TAIL : kind;
		for (end = start + 1; end < area->n_blocks && area->kinds[end] == more; end++)
			;
		add_stretch(kind, end - start, ret);
		longest = kind == BLOCK_FREE ? MAX(longest, end - start) : longest;
	}
	ret->n_longest += longest;
	ret->n_free_areas += ret->n_free > n_free;
}

/* ---- what the tests say ---- */

static void assert_same(const struct area_counts *a, const struct area_counts *b)
{
	assert_int_equal(a->n_free, b->n_free);
	assert_int_equal(a->n_used, b->n_used);
	assert_int_equal(a->n_unknown, b->n_unknown);
	assert_int_equal(a->n_objects, b->n_objects);
	assert_int_equal(a->n_one, b->n_one);
	assert_int_equal(a->n_two, b->n_two);
	assert_int_equal(a->max_object, b->max_object);
	assert_int_equal(a->max_free, b->max_free);
	assert_int_equal(a->n_free_runs, b->n_free_runs);
	assert_int_equal(a->n_longest, b->n_longest);
	assert_int_equal(a->n_free_areas, b->n_free_areas);
	assert_memory_equal(a->class_runs, b->class_runs, sizeof(a->class_runs));
	assert_memory_equal(a->class_blocks, b->class_blocks, sizeof(a->class_blocks));
	assert_memory_equal(a->kind_objects, b->kind_objects, sizeof(a->kind_objects));
	assert_memory_equal(a->kind_blocks, b->kind_blocks, sizeof(a->kind_blocks));
}

/* Counts a copy that ends where its memory ends, so that reading too far is found (ASan). */
static void add_area(const void *kinds, uint32_t n_blocks, struct area_counts *ret)
{
	struct area_counts plain = *ret, figures = *ret;
	uint8_t *copy = n_blocks > 0 ? malloc(n_blocks) : NULL;
	struct heap_area area = { .n_blocks = n_blocks, .kinds = copy };

	if (n_blocks > 0) {
		assert_non_null(copy);
		memcpy(copy, kinds, n_blocks);
	}
	area_count(&area, ret);
	count_plainly(&area, &plain);
	area_count_figures(&area, &figures);
	free(copy);
	assert_same(ret, &plain);
	assert_int_equal(figures.n_free, plain.n_free);
	assert_int_equal(figures.n_used, plain.n_used);
	assert_int_equal(figures.n_unknown, plain.n_unknown);
	assert_int_equal(figures.n_objects, plain.n_objects);
	assert_int_equal(figures.max_free, plain.max_free);
	assert_int_equal(figures.n_longest, plain.n_longest);
}

static struct area_counts count(const char *kinds)
{
	struct area_counts counts = { .n_free = 0 };

	add_area(kinds, (uint32_t)strlen(kinds), &counts);
	return counts;
}

/* ---- numbers that are known ---- */

UNIT_TEST(an_empty_area_adds_nothing)
{
	struct area_counts zero = { .n_free = 0 }, counts = count("");

	assert_same(&counts, &zero);
}

UNIT_TEST(one_block)
{
	struct area_counts is_free = count("."), head = count("T");
	struct area_counts tail = count("="), hole = count(" ");

	assert_int_equal(is_free.n_free, 1);
	assert_int_equal(is_free.n_free_runs, 1);
	assert_int_equal(is_free.max_free, 1);
	assert_int_equal(is_free.class_runs[0], 1);
	assert_int_equal(head.n_used, 1);
	assert_int_equal(head.n_objects, 1);
	assert_int_equal(head.n_one, 1);
	assert_int_equal(head.max_object, 1);
	assert_int_equal(head.kind_objects['T'], 1);
	assert_int_equal(tail.n_used, 1);
	assert_int_equal(tail.n_objects, 0);
	assert_int_equal(tail.max_object, 0);
	assert_int_equal(tail.kind_blocks['='], 1);
	assert_int_equal(hole.n_unknown, 1);
	assert_int_equal(hole.n_used, 0);
}

UNIT_TEST(every_figure_of_one_row)
{
	struct area_counts counts = count("h==...AL=. =h=.....Ah");

	assert_int_equal(counts.n_free, 9);
	assert_int_equal(counts.n_used, 11);
	assert_int_equal(counts.n_unknown, 1);
	assert_int_equal(counts.n_objects, 6);
	assert_int_equal(counts.n_one, 3);
	assert_int_equal(counts.n_two, 2);
	assert_int_equal(counts.max_object, 3);
	assert_int_equal(counts.max_free, 5);
	assert_int_equal(counts.n_free_runs, 3);
	assert_int_equal(counts.class_runs[0], 1);
	assert_int_equal(counts.class_runs[1], 1);
	assert_int_equal(counts.class_runs[2], 1);
	assert_int_equal(counts.class_blocks[1], 3);
	assert_int_equal(counts.class_blocks[2], 5);
	assert_int_equal(counts.kind_objects['h'], 3);
	assert_int_equal(counts.kind_blocks['h'], 6);
	assert_int_equal(counts.kind_objects['A'], 2);
	assert_int_equal(counts.kind_blocks['A'], 2);
	assert_int_equal(counts.kind_blocks['L'], 2);
	assert_int_equal(counts.kind_objects['='], 0);
	assert_int_equal(counts.kind_blocks['='], 1);
}

UNIT_TEST(tails_without_a_head_are_no_objects)
{
	static const char *const rows[] = { "==h", ".==h", " ==h", "h.==", "h ==", "==.==", "=" };
	struct area_counts counts;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		counts = count(rows[i]);
		assert_int_equal(counts.n_objects, strchr(rows[i], 'h') != NULL);
		assert_int_equal(counts.n_one, counts.n_objects);
		assert_int_equal(counts.max_object, counts.n_objects);
		assert_int_equal(counts.kind_blocks['='], counts.n_used - counts.n_objects);
	}
}

/* A stretch of every length at every place near a border of 64 blocks, with this before it. */
UNIT_TEST(stretches_end_where_they_end)
{
	static const uint32_t lengths[] = { 1, 2, 3, 62, 63, 64, 65, 66, 127, 128, 129, 192, 1000 };
	char row[1200];

	for (uint32_t start = 0; start < 130; start++) {
		for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
			uint32_t n = lengths[i];
			struct area_counts counts = { .n_free = 0 };

			memset(row, BLOCK_FREE, sizeof(row));
			memset(row + start, BLOCK_TAIL, n);
			row[start] = BLOCK_DICT;
			add_area(row, start + n, &counts);
			assert_int_equal(counts.max_object, n);
			assert_int_equal(counts.kind_blocks['D'], n);
			assert_int_equal(counts.n_one, n == 1);
			assert_int_equal(counts.n_two, n == 2);
			assert_int_equal(counts.max_free, start);
			add_area(row, start + n + 1, &counts); /* something follows */
			assert_int_equal(counts.max_object, n);
			assert_int_equal(counts.n_free_runs, start > 0 ? 3 : 1);

			memset(row, BLOCK_HEAD, sizeof(row));
			memset(row + start, BLOCK_FREE, n);
			counts = (struct area_counts){ .n_free = 0 };
			add_area(row, start + n, &counts);
			add_area(row, start + n + 1, &counts);
			assert_int_equal(counts.max_free, n);
			assert_int_equal(counts.n_free_runs, 2);
			assert_int_equal(counts.n_one, 2 * start + 1);
		}
	}
}

UNIT_TEST(runs_do_not_join_across_areas)
{
	struct area_counts counts = count("h=..");

	add_area("..==h", 5, &counts);
	assert_int_equal(counts.n_free, 4);
	assert_int_equal(counts.n_free_runs, 2);
	assert_int_equal(counts.max_free, 2);
	assert_int_equal(counts.n_objects, 2);
	assert_int_equal(counts.n_one, 1);
	assert_int_equal(counts.n_two, 1);
	assert_int_equal(counts.max_object, 2);
	assert_int_equal(counts.kind_blocks['='], 2);
	assert_int_equal(counts.n_used, 5);
}

/* ---- the simple version agrees ---- */

/* Stretches of 1 to stretch_max blocks, each beginning with one of these. */
static const struct texture {
	const char *begins;
	uint32_t stretch_max;
} textures[] = {
	{ "hA.", 4 }, /* dense */
	{ "h", 2 },
	{ ".....h", 40 }, /* sparse */
	{ "h.", 64 },
	{ "hL.", 700 },           /* long */
	{ "hmTLDSAFBM.", 6 },     /* every kind */
	{ "hxz0?~\x01\x7f.", 5 }, /* and others */
	{ "hS. =", 9 },           /* holes */
	{ "= .", 5 },             /* no heads */
	{ "hT.= ", 1 },           /* noise */
};

static void fill(const struct texture *texture, uint32_t *random, uint8_t *ret, uint32_t n_blocks)
{
	uint32_t end;

	for (uint32_t i = 0; i < n_blocks; i = end) {
		uint32_t n = 1 + next_random(random) % texture->stretch_max;
		size_t i_begin = next_random(random) % strlen(texture->begins);
		uint8_t kind = (uint8_t)texture->begins[i_begin];
		end = MIN(n_blocks, i + n);
		memset(ret + i, block_is_head(kind) ? BLOCK_TAIL : kind, end - i);
		ret[i] = kind;
	}
}

UNIT_TEST(any_texture_of_any_length)
{
	static uint8_t kinds[20011];
	uint32_t random = 0x6d656d70;

	for (size_t i = 0; i < ARRAY_SIZE(textures); i++) {
		struct area_counts counts = { .n_free = 0 };
		for (uint32_t n = 0; n <= 300; n++) {
			fill(&textures[i], &random, kinds, n);
			add_area(kinds, n, &counts); /* as the areas of one pool, and ... */
			add_area(kinds, n, &(struct area_counts){ .n_free = 0 });
		}
		fill(&textures[i], &random, kinds, sizeof(kinds));
		add_area(kinds, sizeof(kinds), &(struct area_counts){ .n_free = 0 });
	}
}

UNIT_TEST(any_bytes)
{
	static uint8_t kinds[100000];
	uint32_t random = 1;

	for (size_t i = 0; i < sizeof(kinds); i++)
		kinds[i] = next_random(&random) % 128;
	for (uint32_t n = 0; n < 130; n++)
		add_area(kinds + 700 * n, n, &(struct area_counts){ .n_free = 0 });
	add_area(kinds, sizeof(kinds), &(struct area_counts){ .n_free = 0 });
}

/* The longest object grows by one block at a time, past the length of a word. */
UNIT_TEST(ever_longer_objects)
{
	static uint8_t kinds[100 * 101];
	uint32_t n_blocks = 0;
	struct area_counts counts = { .n_free = 0 };

	for (uint32_t n = 1; n <= 100; n++) {
		memset(kinds + n_blocks, BLOCK_TAIL, n);
		kinds[n_blocks] = n % 2 ? BLOCK_HEAD : BLOCK_STR;
		kinds[n_blocks + n] = BLOCK_FREE;
		n_blocks += n + n % 3 / 2; /* a free block after every third one */
	}
	add_area(kinds, n_blocks, &counts);
	assert_int_equal(counts.n_objects, 100);
	assert_int_equal(counts.max_object, 100);
	assert_int_equal(counts.kind_blocks['h'], 50 * 50);
	assert_int_equal(counts.kind_blocks['S'], 50 * 51);
	assert_int_equal(counts.n_free_runs, 33);
}
