#include "memprof/analysis/diff.h"
#include "memprof/analysis/image_figures.h"
#include "unit.h"

static struct build_figure old_items[] = {
	{ SUBJECT_REGION, "FLASH", 100, FIGURE_NO_FREE },
	{ SUBJECT_COMPONENT, "py", 60, FIGURE_NO_FREE },
	{ SUBJECT_COMPONENT, "app", 40, FIGURE_NO_FREE },
	{ SUBJECT_ARCHIVE, "/home/a/build/lib/libm.a", 7, FIGURE_NO_FREE },
	{ SUBJECT_FROZEN, "main.py", 5, FIGURE_NO_FREE },
};
static struct build_figure new_items[] = {
	{ SUBJECT_REGION, "FLASH", 112, FIGURE_NO_FREE },
	{ SUBJECT_COMPONENT, "py", 60, FIGURE_NO_FREE },
	{ SUBJECT_COMPONENT, "net", 52, FIGURE_NO_FREE },
	{ SUBJECT_ARCHIVE, "/ci/work/build/lib/libm.a", 9, FIGURE_NO_FREE },
};
static const struct build_figures old_list = { .image_bytes = NOT_KNOWN,
					       .figures = old_items,
					       .n_figures = ARRAY_SIZE(old_items) };
static const struct build_figures new_list = { .image_bytes = NOT_KNOWN,
					       .figures = new_items,
					       .n_figures = ARRAY_SIZE(new_items) };

UNIT_TEST(rows_are_by_name)
{
	static const struct diff_options options = { .filter = NULL };
	struct diff diff;
	struct diag diag = { 0 };

	assert_int_equal(diff_lists(&diff, &old_list, &new_list, &options, &diag), 0);
	assert_int_equal(diff.n_totals, 1);
	assert_int_equal(diff.totals[0].delta_bytes, 12);
	const struct diff_list *list = &diff.lists[DIFF_COMPONENTS];
	assert_int_equal(list->n_rows, 2);
	assert_string_equal(list->rows[0].name, "net");
	assert_int_equal(list->rows[0].change, CHANGE_ADDED);
	assert_string_equal(list->rows[1].name, "app");
	assert_int_equal(list->rows[1].change, CHANGE_REMOVED);
	list = &diff.lists[DIFF_ARCHIVES]; /* built in another folder */
	assert_int_equal(list->n_rows, 1);
	assert_int_equal(list->rows[0].change, CHANGE_GROWN);
	assert_false(diff.lists[DIFF_FROZEN].compared); /* the new build tells of none */
	assert_int_equal(diff.n_differences, 4);
	diff_deinit(&diff);
}

UNIT_TEST(options_are_those_of_any_diff)
{
	static const struct diff_options few = { .tables = DIFF_BIT(DIFF_COMPONENTS), .filter = "n*" };
	static const struct diff_options none = { .tables = DIFF_BIT(DIFF_FROZEN) };
	struct diff diff;
	struct diag diag = { 0 };

	assert_int_equal(diff_lists(&diff, &old_list, &new_list, &few, &diag), 0);
	assert_int_equal(diff.n_differences, 1);
	assert_false(diff.lists[DIFF_REGIONS].compared);
	assert_int_equal(diff.n_totals, 1); /* for the first line, whatever was asked for */
	diff_deinit(&diff);
	assert_int_equal(diff_lists(&diff, &old_list, &new_list, &none, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "no figures in common"));
	diff_deinit(&diff);
}
