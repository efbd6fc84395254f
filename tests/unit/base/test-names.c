#include "memprof/base/names.h"

#include "unit.h"

UNIT_TEST(the_same_name_is_the_same_number)
{
	struct arena arena = { 0 };
	struct names n = { .arena = &arena };

	assert_int_equal(names_find(&n, "a", 1), NAMES_NONE);
	assert_int_equal(names_add(&n, "a", 1), 0);
	assert_int_equal(names_add(&n, "", 0), 1);
	assert_int_equal(names_add(&n, "a\0b", 3), 2);
	assert_int_equal(names_add(&n, "a", 1), 0);
	assert_int_equal(names_find(&n, "a\0b", 3), 2);
	assert_int_equal(names_find(&n, "a\0c", 3), NAMES_NONE);
	assert_string_equal(names_text(&n, 1), "");
	names_deinit(&n);
	names_deinit(&n);
	arena_deinit(&arena);
	arena_deinit(&arena);
}

UNIT_TEST(many_names_keep_their_numbers)
{
	struct arena arena = { 0 };
	struct names n = { .arena = &arena };
	char name[32];

	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 20000; i++) {
			int length = snprintf(name, sizeof(name), "build/py/object-%u.o", i);
			assert_int_equal(names_add(&n, name, (size_t)length), i);
		}
	assert_int_equal(n.n_entries, 20000);
	names_deinit(&n);
	arena_deinit(&arena);
}

UNIT_TEST(an_arena_remembers_that_it_failed)
{
	struct arena arena = { 0 };

	assert_non_null(arena_zeroed(&arena, 0, 8));
	assert_null(arena_zeroed(&arena, SIZE_MAX / 2, 4));
	assert_true(arena_error(&arena) < 0);
	assert_string_equal(arena_text(&arena, "abc", 3), "");
	arena_deinit(&arena);
	assert_int_equal(arena_error(&arena), 0);
}

UNIT_TEST(an_arena_keeps_what_it_gave)
{
	struct arena arena = { 0 };
	const char *texts[3000];
	char want[16];

	for (int i = 0; i < 3000; i++) {
		uint64_t *number = arena_zeroed(&arena, 3, sizeof(*number));
		assert_true((uintptr_t)number % _Alignof(uint64_t) == 0 && number[2] == 0);
		number[0] = number[1] = number[2] = UINT64_MAX;
		texts[i] = arena_printf(&arena, "text %d", i);
	}
	memset(arena_zeroed(&arena, 1, 100000), 0xff, 100000);
	for (int i = 0; i < 3000; i++) {
		snprintf(want, sizeof(want), "text %d", i);
		assert_string_equal(texts[i], want);
	}
	arena_deinit(&arena);
}

UNIT_TEST(a_vec_grows)
{
	struct {
		VEC(uint64_t, items);
	} of = { 0 };

	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t *item = vec_add(&of, items);
		assert_non_null(item);
		assert_u64_equal(*item, 0);
		*item = i;
	}
	for (uint64_t i = 0; i < 1000; i++)
		assert_u64_equal(of.items[i], i);
	vec_deinit(&of, items);
	vec_deinit(&of, items);
	assert_null(of.items);
}
