#include "memprof/base/search.h"

#include "unit.h"

static size_t first_not_below(const uint64_t *values, size_t n, uint64_t value)
{
	return search_while(n, i, values[i] < value);
}

UNIT_TEST(every_length_and_place)
{
	enum { MAX_ITEMS = 17 };
	uint64_t values[MAX_ITEMS];

	for (size_t i = 0; i < MAX_ITEMS; i++)
		values[i] = 2 * i + 1;
	for (size_t n = 0; n <= MAX_ITEMS; n++)
		for (uint64_t value = 0; value <= 2 * n + 1; value++)
			assert_int_equal(first_not_below(values, n, value), value / 2 < n ? value / 2 : n);
}

UNIT_TEST(first_of_equal_items)
{
	static const uint64_t values[] = { 1, 4, 4, 4, 4, 9 };

	assert_int_equal(first_not_below(values, 6, 4), 1);
	assert_int_equal(first_not_below(values, 6, 5), 5);
	assert_int_equal(search_while(6, k, values[k] <= 4), 5);
}
