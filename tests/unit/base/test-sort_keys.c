#include "memprof/base/sort_keys.h"

#include "unit.h"

enum { MANY = 3000 };

static uint64_t noise(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state ^ *state >> 29;
}

/* Sorted, the same keys, and those of one value in their order. */
static void check(struct sort_key *keys, size_t n_keys)
{
	uint64_t *values = malloc((n_keys + 1) * sizeof(*values));
	char *seen = calloc(n_keys + 1, 1);

	assert_non_null(values);
	assert_non_null(seen);
	for (size_t i = 0; i < n_keys; i++) {
		keys[i].i = i;
		values[i] = keys[i].value;
	}
	assert_int_equal(sort_keys(keys, n_keys), 0);
	for (size_t i = 0; i < n_keys; i++) {
		assert_true(keys[i].i < n_keys);
		assert_false(seen[keys[i].i]);
		seen[keys[i].i] = 1;
		assert_true(keys[i].value == values[keys[i].i]);
		assert_true(i == 0 || keys[i - 1].value < keys[i].value ||
			    (keys[i - 1].value == keys[i].value && keys[i - 1].i < keys[i].i));
	}
	free(values);
	free(seen);
}

UNIT_TEST(every_byte_counts)
{
	static const uint64_t masks[] = {
		UINT64_MAX, 0xff, 0x3, 0xff00, UINT64_C(0xff00000000000000), 0, UINT64_C(0x1000000010000001), 0xffffffff
	};
	struct sort_key keys[MANY];
	uint64_t random = 1;

	for (size_t m = 0; m < sizeof(masks) / sizeof(masks[0]); m++) {
		for (size_t i = 0; i < MANY; i++)
			keys[i].value = noise(&random) & masks[m];
		check(keys, MANY);
	}
}

UNIT_TEST(few_and_none)
{
	struct sort_key keys[] = { { 2, 0 }, { 1, 0 }, { UINT64_MAX, 0 }, { 0, 0 } };

	check(keys, 0);
	assert_int_equal(sort_keys(NULL, 0), 0);
	check(keys, 1);
	check(keys, 2);
	assert_int_equal(keys[0].value, 1);
	check(keys, 4);
	assert_int_equal(keys[0].value, 0);
	assert_true(keys[3].value == UINT64_MAX);
}

UNIT_TEST(what_is_in_order_stays)
{
	struct sort_key keys[] = { { 1, 7 }, { 1, 3 }, { 5, 0 }, { 5, 9 } };

	assert_int_equal(sort_keys(keys, 4), 0);
	assert_int_equal(keys[0].i, 7);
	assert_int_equal(keys[1].i, 3);
	assert_int_equal(keys[3].i, 9);
}
