/* The member "tests" of memprof.check/1. */
#include "memprof/viewers/check_view.h"
#include "json/sizes.h"

static void row_of(struct json *j, const struct tests *tests, const struct test_row *row)
{
	bool is_file = row->file == TESTS_NONE;

	json_row(j, NULL);
	json_text(j, "name", row->name);
	json_text(j, "file", is_file ? row->name : tests->rows[row->file].name);
	json_bool(j, "is_file", is_file);
	json_text(j, "outcome", test_outcome_name(row->outcome));
	json_text(j, "message", row->message);
	json_u64(j, "duration_us", row->duration_us);
	json_u64(j, "peak", row->peak_bytes);
	json_bool(j, "peak_is_least", row->peak_is_least);
	if (row->measured)
		json_i64(j, "kept", row->kept_bytes);
	else
		json_null(j, "kept");
	json_u64(j, "largest_free", row->lfb_bytes);
	json_u64(j, "collections", row->n_collections);
	json_u64(j, "collecting_us", row->collecting_us);
	json_bool(j, "collecting_is_estimated", row->time_is_estimated);
	if (row->has_sizes)
		json_sizes(j, "sizes", row->n_by_size);
	else
		json_null(j, "sizes");
	json_bool(j, "sizes_are_least", row->sizes_are_least);
	json_object_end(j);
}

void json_tests(struct json *j, const char *key, const struct tests *tests)
{
	if (!json_array_if(j, key, tests != NULL))
		return;
	for (size_t i = 0; i < tests->n_rows; i++)
		row_of(j, tests, &tests->rows[i]);
	json_array_end(j);
}
