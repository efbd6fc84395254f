/* Addresses of blocks, in tables of two areas. */
#include "private.h"
#include "unit.h"

enum { BLOCK_BYTES = 16, FIRST = 0x1000, SECOND = 0x9000 };

static struct blocks b;

UNIT_AFTER(tear_down) { blocks_deinit(&b); }

/* As the board's tables have it: two bits a block. */
static void add(const struct gc_area *area, const char *letters)
{
	uint8_t table[32] = { 0 };

	for (uint32_t i = 0; i < area->n_blocks; i++)
		table[i / 4] |= (uint8_t)((letters[i] == 'h' ? 1 : letters[i] == '=' ? 2 : 0) << i % 4 * 2);
	assert_int_equal(blocks_add(&b, area, table), 0);
}

static void make(const char *first, const char *second)
{
	const struct gc_areas areas = {
		.areas = { { .pool = FIRST, .n_blocks = (uint32_t)strlen(first), .block_bytes = BLOCK_BYTES },
			   { .pool = SECOND, .n_blocks = (uint32_t)strlen(second), .block_bytes = BLOCK_BYTES } },
		.n_areas = 2,
	};

	assert_int_equal(blocks_init(&b, &areas), 0);
	add(&areas.areas[0], first);
	add(&areas.areas[1], second);
	blocks_seal(&b);
}

UNIT_TEST(objects_of_a_second_area_are_behind_those_of_the_first)
{
	make("h=.h", "..h=");
	assert_int_equal(b.n_extents, 3);
	assert_int_equal(blocks_object(&b, FIRST + 3 * BLOCK_BYTES), 1);
	assert_int_equal(blocks_object(&b, SECOND + 2 * BLOCK_BYTES), 2);
	assert_int_equal(blocks_object(&b, SECOND), OBJECT_NONE);
	assert_u64_equal(blocks_address(&b, 2), SECOND + 2 * BLOCK_BYTES);
	assert_int_equal(blocks_n_bytes(&b, 2), 2 * BLOCK_BYTES);
}

UNIT_TEST(an_address_within_an_object_is_its_own)
{
	make("h=.h", "h");
	assert_int_equal(blocks_object_over(&b, FIRST + 2 * BLOCK_BYTES - 1), 0);
	assert_int_equal(blocks_object_over(&b, FIRST + 2 * BLOCK_BYTES), OBJECT_NONE); /* a free block */
	assert_int_equal(blocks_object(&b, FIRST + BLOCK_BYTES), OBJECT_NONE);          /* no head */
}

/* 64 blocks: the next bit is of the second area's first block. */
UNIT_TEST(what_is_behind_the_last_block_is_nobodys)
{
	make("h===============================================================", "h");
	assert_int_equal(blocks_object(&b, FIRST + 64 * BLOCK_BYTES), OBJECT_NONE);
	assert_false(blocks_has(&b, FIRST + 64 * BLOCK_BYTES));
	assert_int_equal(blocks_object(&b, SECOND), 1);
}
