#include "memprof/analysis/imports.h"
#include "unit.h"

static struct imports imports;
static struct import_order order;

UNIT_BEFORE(set_up) { imports = (struct imports){ .error = 0 }; }

UNIT_AFTER(tear_down)
{
	imports_deinit(&imports);
	import_order_deinit(&order);
	import_order_deinit(&order); /* it is safe twice */
}

enum { N_MAX = 6 };

static void add(const char *name, int64_t kept, uint64_t peak)
{
	struct import_row *row = vec_add(&imports, rows);

	assert_non_null(row);
	*row = (struct import_row){ .name = name,
				    .origin = IMPORT_SOURCE,
				    .parent = IMPORTS_NONE,
				    .kept_bytes = kept,
				    .own_bytes = kept,
				    .peak_bytes = peak };
}

/* What an order needs, worked out in the plainest way. */
static uint64_t need(const uint32_t *rows, size_t n)
{
	int64_t used = 0, most = 0;

	for (size_t i = 0; i < n; i++) {
		const struct import_row *row = &imports.rows[rows[i]];
		int64_t now = used + (int64_t)row->peak_bytes;
		most = now > most ? now : most;
		used += row->kept_bytes;
	}
	return (uint64_t)most;
}

/* The least that any order needs, by trying all of them. */
static uint64_t least(uint32_t *rows, size_t from, size_t n)
{
	uint64_t ret = UINT64_MAX;

	if (from == n)
		return need(rows, n);
	for (size_t i = from; i < n; i++) {
		uint32_t was = rows[from];
		rows[from] = rows[i];
		rows[i] = was;
		uint64_t there = least(rows, from + 1, n);
		ret = there < ret ? there : ret;
		rows[i] = rows[from];
		rows[from] = was;
	}
	return ret;
}

static void assert_is_an_order(size_t n)
{
	bool seen[N_MAX] = { false };

	assert_int_equal(order.n_rows, n);
	for (size_t i = 0; i < n; i++) {
		assert_true(order.rows[i] < n && !seen[order.rows[i]]);
		seen[order.rows[i]] = true;
	}
}

/* Every one of 3000 cases against all orders there are. One in three frees more than it keeps. */
UNIT_TEST(no_order_needs_less)
{
	static const char *const names[N_MAX] = { "a", "b", "c", "d", "e", "f" };
	uint32_t random = 4711, n_better = 0;

	for (int round = 0; round < 3000; round++) {
		imports = (struct imports){ .error = 0 };
		uint32_t rows[N_MAX];
		size_t n = 1 + next_random(&random) % N_MAX;
		for (uint32_t i = 0; i < n; i++) {
			int64_t kept = (int64_t)(next_random(&random) % 20);
			uint64_t more = next_random(&random) % 20;
			if (round % 3 == 0 && next_random(&random) % 3 == 0)
				add(names[i], -kept, more);
			else
				add(names[i], kept, (uint64_t)kept + more);
			rows[i] = i;
		}
		assert_int_equal(import_order(&imports, &order), 0);
		assert_is_an_order(n);
		assert_u64_equal(order.now_bytes, need(rows, n));
		assert_u64_equal(order.then_bytes, need(order.rows, n));
		assert_u64_equal(order.then_bytes, least(rows, 0, n));
		assert_int_equal(order.same, order.then_bytes == order.now_bytes);
		n_better += !order.same;
		import_order_deinit(&order);
		imports_deinit(&imports);
	}
	assert_true(n_better > 500);
}

UNIT_TEST(what_gives_back_most_comes_first)
{
	add("config", 2000, 3000);
	add("driver", 1000, 9000);
	add("app", 3000, 20000);
	assert_int_equal(import_order(&imports, &order), 0);
	assert_false(order.same);
	assert_u64_equal(order.now_bytes, 23000);
	assert_u64_equal(order.then_bytes, 20000);
	assert_int_equal(order.rows[0], 2);
	assert_int_equal(order.rows[1], 1);
	assert_int_equal(order.rows[2], 0);
}

/* The order as it is, though another is as good. */
UNIT_TEST(nothing_moves_for_nothing)
{
	add("big", 5000, 50000);
	add("a", 100, 200);
	add("b", 100, 300);
	assert_int_equal(import_order(&imports, &order), 0);
	assert_true(order.same);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(order.rows[i], i);
	import_order_deinit(&order);
	imports_deinit(&imports);
	assert_int_equal(import_order(&imports, &order), 0); /* no imports at all */
	assert_true(order.same && order.n_rows == 0);
}

UNIT_TEST(what_cannot_be_moved_is_not_in_it)
{
	for (int i = 0; i < 6; i++)
		add("x", 10, 20);
	imports.rows[0].raised = true;
	imports.rows[1].cut = true;
	imports.rows[2].depth = 1;
	imports.rows[3].origin = IMPORT_BUILT_IN;
	imports.rows[4].name = "y";
	assert_int_equal(import_order(&imports, &order), 0);
	assert_int_equal(order.n_rows, 2);
	assert_int_equal(order.rows[0], 4);
	assert_int_equal(order.rows[1], 5);
}

/* app.net cannot come before app: who imports it imports app. But it need not come right behind it. */
UNIT_TEST(packages_come_before_what_is_in_them)
{
	static const uint32_t expected[] = { 1, 3, 4, 0, 5, 2 };

	add("apple", 5000, 6000);
	add("app", 100, 200);
	add("app.small", 10, 20);
	add("app.net", 1000, 30000);
	add("other", 100, 5000);
	add("apple", 10, 30);
	assert_int_equal(import_order(&imports, &order), 0);
	assert_false(order.same);
	assert_int_equal(order.n_rows, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(order.rows[i], expected[i]);
	assert_u64_equal(order.now_bytes, 35110);
	assert_u64_equal(order.then_bytes, 30100);
}

UNIT_TEST(a_name_that_begins_alike_is_in_no_package)
{
	add("app", 100, 200);
	add("application", 1000, 30000);
	assert_int_equal(import_order(&imports, &order), 0);
	assert_int_equal(order.rows[0], 1);
	assert_u64_equal(order.then_bytes, 30000);
}

/* With packages nothing is worse than it was, all are there, and each behind its package. */
UNIT_TEST(any_packages)
{
	static const char *const names[N_MAX] = { "a", "a.b", "a.b.c", "d", "d.e", "ab" };
	uint32_t random = 99;

	for (int round = 0; round < 1000; round++) {
		imports = (struct imports){ .error = 0 };
		size_t at[N_MAX];
		for (uint32_t i = 0; i < N_MAX; i++) {
			int64_t kept = (int64_t)(next_random(&random) % 20);
			add(names[i], kept, (uint64_t)kept + next_random(&random) % 20);
		}
		assert_int_equal(import_order(&imports, &order), 0);
		assert_is_an_order(N_MAX);
		assert_u64_equal(order.then_bytes, need(order.rows, N_MAX));
		assert_true(order.then_bytes <= order.now_bytes);
		for (size_t i = 0; i < N_MAX; i++)
			at[order.rows[i]] = i;
		assert_true(at[0] < at[1] && at[1] < at[2] && at[3] < at[4]);
		import_order_deinit(&order);
		imports_deinit(&imports);
	}
}
