#include "memprof/image/picobin.h"

#include "unit.h"

enum { START = 0xffffded3, END = 0xab123579, LAST = 0xff, AT = 0x100, BYTES = 0x1000 };

/* Permissions stand in both words of a partition. */
#define LOCATION(first, last, permissions) ((uint32_t)(first) | (uint32_t)(last) << 13 | (uint32_t)(permissions) << 26)
#define FLAGS(flags, permissions)          ((uint32_t)(flags) | (uint32_t)(permissions) << 26)
#define TABLE(n_words, n_partitions)       (0x0a | (uint32_t)(n_words) << 8 | (uint32_t)(n_partitions) << 24)

/* A block as picotool writes one: an item that is none of ours, then the table. */
static const uint32_t good[] = {
	START,
	0x10210142,                /* image type, one word */
	TABLE(12, 3) | 0x80000000, /* singleton */
	FLAGS(1 << 15, 0x3f),      /* what is not partitioned: absolute family */
	LOCATION(2, 511, 0x37),
	FLAGS(1 | 1 << 12 | 1 << 17, 0x37),
	0x89abcdef,
	0x01234567,
	0x72696603, /* 3 "fir" */
	LOCATION(512, 1023, 0x3),
	FLAGS(1 << 1 | 0 << 3 | 1 << 7 | 1 << 9, 0x3),
	0xc0ffee00,
	LOCATION(8000, 8191, 0),
	FLAGS(0, 0),
	LAST | 13 << 8,
	0x00000000,
	END,
};

static size_t put(uint8_t *bytes, const uint32_t *words, size_t n_words)
{
	for (size_t i = 0; i < 4 * n_words; i++)
		bytes[i] = (uint8_t)(words[i / 4] >> 8 * (i % 4));
	return 4 * n_words;
}

static int find(const uint32_t *words, size_t n_words, struct picobin_table *ret, struct diag *diag)
{
	uint8_t bytes[BYTES] = { 0 };

	put(bytes + AT, words, n_words);
	*diag = (struct diag){ .text = "" };
	return picobin_find(ret, "f.bin", bytes, sizeof(bytes), diag);
}

UNIT_TEST(a_table_is_found_and_read)
{
	static struct picobin_table t;
	struct diag diag;
	const struct picobin_partition *p = t.partitions;

	assert_int_equal(find(good, ARRAY_SIZE(good), &t, &diag), 0);
	assert_u64_equal(t.found_at, AT);
	assert_int_equal(t.n_partitions, 3);
	assert_string_equal(p[0].name, "fir");
	assert_int_equal(p[0].first_sector, 2);
	assert_int_equal(p[0].last_sector, 511);
	assert_string_equal(p[1].name, "");
	assert_int_equal(p[2].first_sector, 8000);
	assert_int_equal(p[2].last_sector, 8191);
}

UNIT_TEST(what_is_no_whole_block_is_passed_over)
{
	static const struct {
		size_t word;
		uint32_t value;
	} rows[] = {
		{ 0, 0 },
		{ 1, 0x10210042 },          /* an item of no words */
		{ 1, 0x1021ff42 },          /* beyond the block */
		{ 14, LAST | 12 << 8 },     /* not as many words as there were */
		{ 16, 0 },                  /* no end */
		{ 2, TABLE(12, 3) ^ 0x01 }, /* no table at all */
	};
	struct picobin_table t;
	struct diag diag;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t words[ARRAY_SIZE(good)];
		memcpy(words, good, sizeof(good));
		words[rows[i].word] = rows[i].value;
		assert_int_equal(find(words, ARRAY_SIZE(words), &t, &diag), PICOBIN_NONE);
	}
	for (size_t n = 0; n < ARRAY_SIZE(good); n++)
		assert_int_equal(find(good, n, &t, &diag), PICOBIN_NONE);
	assert_int_equal(picobin_find(&t, "f", (const uint8_t *)"", 0, &diag), PICOBIN_NONE);
}

UNIT_TEST(broken_tables_are_reported)
{
	static const struct {
		size_t word;
		uint32_t value;
		const char *summary;
	} rows[] = {
		{ 2, TABLE(12, 4), "another number of partitions" },
		{ 4, LOCATION(9, 8, 0x37), "ends before it begins" },
		{ 5, FLAGS(1, 0x36), "two different permissions" },
		{ 13, FLAGS(1, 0), "ends within an entry" }, /* an id that is not there */
		{ 13, FLAGS(1 << 12, 0), "ends within an entry" },
		{ 8, 0x7f, "ends within an entry" },
	};
	struct picobin_table t;
	struct diag diag;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t words[ARRAY_SIZE(good)];
		memcpy(words, good, sizeof(good));
		words[rows[i].word] = rows[i].value;
		int r = find(words, ARRAY_SIZE(words), &t, &diag);
		if (r != -EINVAL || !strstr(diag.text, rows[i].summary) || !strstr(diag.text, "at 0x100"))
			fail_msg("%zu: %d, %s", i, r, diag.text);
	}
}

UNIT_TEST(bytes_cut_anywhere_are_no_block)
{
	uint8_t bytes[4 * ARRAY_SIZE(good)];
	struct picobin_table t;
	struct diag diag;
	size_t n_whole = put(bytes, good, ARRAY_SIZE(good));

	for (size_t n = 0; n <= n_whole; n++) {
		uint8_t *copy = exact_copy(bytes, n);
		assert_int_equal(picobin_find(&t, "f", copy, n, &diag), n == n_whole ? 0 : PICOBIN_NONE);
		free(copy);
	}
}
