#include "memprof/model/block_letters.h"

#include "unit.h"

/* ".ht" of bits 0, 1, 2; 'm' of 3. */
static size_t pack(const char *text, uint8_t *ret)
{
	static const char letters[] = ".h=m";
	size_t n = strlen(text);

	memset(ret, 0, n / 4 + 1);
	for (size_t i = 0; i < n; i++)
		ret[i / 4] |= (uint8_t)((strchr(letters, text[i]) - letters) << 2 * (i % 4));
	return (n + 3) / 4;
}

static int read_table(const char *text, uint32_t n_blocks, uint8_t *kinds, uint32_t *ret_used)
{
	uint8_t table[16];
	size_t n = pack(text, table);

	return block_table_read(table, n, kinds, n_blocks, ret_used);
}

UNIT_TEST(tables)
{
	uint8_t kinds[24];
	uint32_t n_used = 0;

	assert_int_equal(read_table("h==.hh..", 8, kinds, &n_used), 0);
	assert_memory_equal(kinds, "?==.??..", 8);
	assert_int_equal(n_used, 5);
	/* What lies beyond the part that was read is free. */
	assert_int_equal(read_table("h===", 12, kinds, &n_used), 0);
	assert_memory_equal(kinds, "?===........", 12);
	/* The table is whole bytes; the last blocks of the last one are no blocks of the area. */
	assert_int_equal(read_table("h==h", 3, kinds, &n_used), 0);
	assert_int_equal(n_used, 3);
	assert_int_equal(read_table("....", 4, kinds, &n_used), 0);
	assert_int_equal(n_used, 0);
}

UNIT_TEST(invalid_tables)
{
	static const char *const bad[] = { "=...", "h.=.", "h=.=", "...m", "m...", "h=m=" };
	uint8_t kinds[8];
	uint32_t n_used = 77;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(read_table(bad[i], 4, kinds, &n_used), -EINVAL);
	assert_int_equal(n_used, 77);
}

UNIT_TEST(heads_that_stay_keep_their_letters)
{
	static const struct {
		const char *now, *before, *then;
		uint32_t n_asked;
	} cases[] = {
		{ "?=?..?", "T=h..S", "T=h..S", 0 },
		{ "?=?..?", "T==..S", "?=?..S", 2 }, /* shorter, and what is new behind it */
		{ "?==..?", "T=L..S", "?==..S", 1 }, /* longer */
		{ "?.....", "......", "?.....", 1 },
		{ "......", "TLDSAF", "......", 0 },
		{ "?=?=", "?=L=", "?=L=", 1 }, /* not asked before either */
		{ "?", "m", "?", 1 },          /* of a collection */
		{ "?=", "T ", "?=", 1 },       /* a row that was missing */
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t now[8];
		uint32_t n = (uint32_t)strlen(cases[i].now);
		memcpy(now, cases[i].now, n);
		assert_int_equal(block_letters_carry(now, (const uint8_t *)cases[i].before, n), cases[i].n_asked);
		assert_memory_equal(now, cases[i].then, n);
	}
	uint8_t shown[8];
	block_letters_show(shown, (const uint8_t *)"T=?=.h", 6);
	assert_memory_equal(shown, "T=h=.h", 6);
}

UNIT_TEST(types)
{
	struct letter_types types = { .n_types = 0 };

	assert_int_equal(letter_types_of(&types, 0x1000), 'h');
	letter_types_learn(&types, 0x1000, 'T', false);
	letter_types_learn(&types, 0x1000, 'T', false);
	letter_types_learn(&types, 0x2000, 'S', false);
	letter_types_learn(&types, 0x3000, 'S', false); /* str and bytes */
	letter_types_learn(&types, 0x4000, 'L', true);
	assert_int_equal(letter_types_of(&types, 0x1000), 'T');
	assert_int_equal(letter_types_of(&types, 0x2000), 'S');
	assert_int_equal(letter_types_of(&types, 0x3000), 'S');
	assert_int_equal(letter_types_of(&types, 0x3004), 'h');
	/* Two heads say two things: one of them is another object by now. */
	letter_types_learn(&types, 0x1000, 'L', false);
	assert_int_equal(letter_types_of(&types, 0x1000), 'h');
	letter_types_learn(&types, 0x1000, 'T', false);
	assert_int_equal(letter_types_of(&types, 0x1000), 'h');
	letter_types_learn(&types, 0x4000, 'h', false);
	assert_int_equal(letter_types_of(&types, 0x4000), 'L');
	for (uint64_t i = 0; i < 2 * LETTER_TYPES_MAX; i++)
		letter_types_learn(&types, 0x10000 + i, 'A', false);
	assert_int_equal(types.n_types, LETTER_TYPES_MAX);
	assert_int_equal(letter_types_of(&types, 0x10000 + 2 * LETTER_TYPES_MAX - 1), 'h');
	assert_true(letter_is_type('F') && letter_is_type('M'));
	assert_false(letter_is_type('h') || letter_is_type('?') || letter_is_type('\0') || letter_is_type('Q'));
}
