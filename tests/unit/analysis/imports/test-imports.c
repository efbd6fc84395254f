#include "memprof/analysis/imports.h"
#include "unit.h"

static struct imports imports;

UNIT_BEFORE(set_up) { imports = (struct imports){ .error = 0 }; }

UNIT_AFTER(tear_down)
{
	imports_deinit(&imports);
	imports_deinit(&imports); /* it is safe twice */
}

static void begins(uint32_t depth, const char *name, uint64_t most, uint64_t used)
{
	imports_add(&imports, &(struct import_event){ .depth = depth,
						      .name = name,
						      .most_used_bytes = most,
						      .used_bytes = used,
						      .lfb_bytes = 100000 - used });
}

static void ends(uint32_t depth, const char *name, uint64_t most, uint64_t used)
{
	imports_add(&imports, &(struct import_event){ .ends = true,
						      .depth = depth,
						      .name = name,
						      .file = "f.py",
						      .origin = IMPORT_SOURCE,
						      .most_used_bytes = most,
						      .used_bytes = used,
						      .lfb_bytes = 100000 - used });
}

static void assert_row(const struct import_row *row, const char *name, uint32_t depth, int64_t kept, int64_t own,
		       uint64_t peak)
{
	assert_string_equal(row->name, name);
	assert_int_equal(row->depth, depth);
	assert_int_equal(row->kept_bytes, kept);
	assert_int_equal(row->own_bytes, own);
	assert_u64_equal(row->peak_bytes, peak);
}

UNIT_TEST(one_import)
{
	begins(0, "app", 50000, 1000); /* what was before it is not its peak */
	ends(0, "app", 9000, 3000);
	imports_end(&imports);
	assert_int_equal(imports.n_rows, 1);
	assert_row(&imports.rows[0], "app", 0, 2000, 2000, 8000);
	assert_string_equal(imports.rows[0].file, "f.py");
	assert_int_equal(imports.rows[0].origin, IMPORT_SOURCE);
	assert_int_equal(imports.rows[0].parent, IMPORTS_NONE);
	assert_u64_equal(imports.rows[0].before_lfb_bytes, 99000);
	assert_u64_equal(imports.rows[0].after_lfb_bytes, 97000);
	assert_false(imports.rows[0].cut || imports.rows[0].raised || imports.rows[0].again);
	assert_int_equal(imports.error, 0);
}

UNIT_TEST(nested_ones_count_where_they_are)
{
	begins(0, "app", 1000, 1000);
	begins(1, "net", 7000, 1500); /* 6000 while app was compiled */
	begins(2, "sock", 2000, 1600);
	ends(2, "sock", 9000, 2100); /* the highest moment of all three, at 9000 */
	ends(1, "net", 2200, 2200);
	begins(1, "ui", 2300, 2300);
	ends(1, "ui", 2500, 2400);
	ends(0, "app", 3000, 2900);
	begins(0, "last", 2900, 2900);
	ends(0, "last", 2900, 2800);
	imports_end(&imports);
	assert_int_equal(imports.n_rows, 5);
	assert_row(&imports.rows[0], "app", 0, 1900, 1100, 8000);
	assert_row(&imports.rows[1], "net", 1, 700, 200, 7500);
	assert_row(&imports.rows[2], "sock", 2, 500, 500, 7400);
	assert_row(&imports.rows[3], "ui", 1, 100, 100, 200);
	assert_row(&imports.rows[4], "last", 0, -100, -100, 0);
	assert_int_equal(imports.rows[1].parent, 0);
	assert_int_equal(imports.rows[2].parent, 1);
	assert_int_equal(imports.rows[3].parent, 0);
}

UNIT_TEST(the_name_at_the_end_counts)
{
	begins(0, "core", 10, 10);
	imports_add(&imports, &(struct import_event){ .ends = true,
						      .name = "asyncio.core\x1b",
						      .raised = true,
						      .used_bytes = 20,
						      .most_is_least = true,
						      .lfb_bytes = NOT_KNOWN });
	imports_end(&imports);
	assert_string_equal(imports.rows[0].name, "asyncio.core\\x1b");
	assert_true(imports.rows[0].raised);
	assert_true(imports.rows[0].peak_is_least);
	assert_u64_equal(imports.rows[0].peak_bytes, 10);
	assert_u64_equal(imports.rows[0].after_lfb_bytes, NOT_KNOWN);
	assert_null(imports.rows[0].file);
}

UNIT_TEST(the_minimum_is_where_it_was_reported)
{
	begins(0, "a", 10, 10);
	begins(1, "b", 10, 10);
	imports_add(&imports, &(struct import_event){ .ends = true,
						      .depth = 1,
						      .name = "b",
						      .most_is_least = true,
						      .most_used_bytes = 50,
						      .used_bytes = 20 });
	ends(0, "a", 30, 30);
	begins(0, "c", 30, 30);
	ends(0, "c", 30, 30);
	imports_end(&imports);
	assert_true(imports.rows[0].peak_is_least && imports.rows[1].peak_is_least);
	assert_false(imports.rows[2].peak_is_least);
}

UNIT_TEST(again)
{
	for (int i = 0; i < 2; i++) {
		begins(0, "a", 10, 10);
		ends(0, "a", 10, 10);
		begins(0, "gc", 10, 10);
		imports_add(&imports, &(struct import_event){ .ends = true, .name = "gc", .origin = IMPORT_BUILT_IN });
		begins(0, "bad", 10, 10);
		imports_add(&imports, &(struct import_event){ .ends = true, .name = "bad", .raised = true });
	}
	imports_end(&imports);
	for (size_t i = 0; i < imports.n_rows; i++)
		assert_int_equal(imports.rows[i].again, i == 3);
}

/* ---- what does not fit together ---- */

UNIT_TEST(ends_that_do_not_come)
{
	begins(0, "a", 100, 100);
	begins(1, "b", 200, 150);
	begins(0, "c", 500, 120); /* those of b and a are lost */
	begins(1, "d", 300, 130);
	ends(0, "c", 140, 140);   /* that of d is */
	begins(0, "e", 140, 140); /* the program was stopped here */
	imports_end(&imports);
	imports_end(&imports);
	assert_int_equal(imports.n_rows, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(imports.rows[i].cut, i != 2);
	assert_row(&imports.rows[0], "a", 0, 0, 0, 400);
	assert_row(&imports.rows[1], "b", 1, 0, 0, 350);
	assert_row(&imports.rows[2], "c", 0, 20, 20, 180);
	assert_row(&imports.rows[3], "d", 1, 0, 0, 10);
	assert_row(&imports.rows[4], "e", 0, 0, 0, 0);
	assert_u64_equal(imports.rows[4].after_lfb_bytes, NOT_KNOWN);
}

UNIT_TEST(beginnings_that_do_not_come)
{
	ends(0, "nobody", 5, 5);
	begins(3, "deep", 10, 10);
	ends(4, "deeper", 90, 10);
	ends(3, "deep", 10, 20);
	ends(2, "above", 10, 20);
	imports_end(&imports);
	assert_int_equal(imports.n_rows, 1);
	assert_row(&imports.rows[0], "deep", 0, 10, 10, 80);
}

UNIT_TEST(too_many_and_too_deep)
{
	for (uint32_t i = 0; i < IMPORTS_DEPTH_MAX + 10; i++)
		begins(i, "d", i, i);
	for (uint32_t i = IMPORTS_DEPTH_MAX + 10; i-- > 0;)
		ends(i, "d", 1000, 500);
	assert_int_equal(imports.n_rows, IMPORTS_DEPTH_MAX);
	assert_u64_equal(imports.n_more, 10);
	assert_u64_equal(imports.rows[0].peak_bytes, 1000);
	for (uint32_t i = 0; i < IMPORTS_MAX; i++) {
		begins(0, "x", 0, 0);
		begins(1, "y", 0, 0);
		ends(1, "y", 0, 0);
		ends(0, "x", 0, 1);
	}
	imports_end(&imports);
	assert_int_equal(imports.n_rows, IMPORTS_MAX);
	assert_u64_equal(imports.n_more, 10 + 2 * IMPORTS_MAX - (IMPORTS_MAX - IMPORTS_DEPTH_MAX));
	assert_int_equal(imports.error, 0);
}

UNIT_TEST(any_events)
{
	uint32_t random = 77;

	for (int round = 0; round < 200; round++) {
		imports = (struct imports){ .error = 0 };
		for (int i = 0; i < 100; i++) {
			uint64_t used = (uint64_t)next_random(&random) << next_random(&random) % 40;
			imports_add(&imports, &(struct import_event){
						      .ends = next_random(&random) & 1,
						      .depth = next_random(&random) % 5,
						      .name = "n",
						      .used_bytes = used,
						      .most_used_bytes = next_random(&random) & 1 ? NOT_KNOWN : used,
					      });
		}
		imports_end(&imports);
		for (size_t i = 0; i < imports.n_rows; i++) {
			const struct import_row *row = &imports.rows[i];
			assert_true(row->parent == IMPORTS_NONE ?
					    row->depth == 0 :
					    row->parent < i && imports.rows[row->parent].depth + 1 == row->depth);
			assert_true(row->kept_bytes < 0 || row->peak_bytes >= (uint64_t)row->kept_bytes);
			assert_true(row->peak_bytes <= IMPORTS_BYTES_MAX);
		}
		imports_deinit(&imports);
	}
}
