/* Questions about single objects, on the memory of a real board. */

#include "private.h"
#include "sample.h"
#include "unit.h"

struct moment {
	struct sample sample;
	struct memory_file file;
	struct objects *objects;
	struct objects_report report;
};

static struct moment board, later;
static struct objects_list list;

static void read_moment(const char *name, struct moment *ret)
{
	struct diag diag = { 0 };

	sample_read(name, &ret->sample);
	assert_int_equal(
		memory_file_read((const char *)ret->sample.bytes, ret->sample.n_bytes, name, &ret->file, &diag), 0);
	struct memory_reader reader = memory_file_reader(&ret->file);
	assert_int_equal(objects_read(&reader, &ret->file.ids, &ret->objects, &diag), 0);
	assert_int_equal(objects_report(ret->objects, &ret->report), 0);
}

static void free_moment(struct moment *moment)
{
	objects_report_deinit(&moment->report);
	objects_free(moment->objects);
	memory_file_deinit(&moment->file);
	sample_free(&moment->sample);
	memset(moment, 0, sizeof(*moment));
}

UNIT_AFTER(tear_down)
{
	free_moment(&board);
	free_moment(&later);
	objects_list_deinit(&list);
	memset(&list, 0, sizeof(list));
}

static const char *path_of(uint32_t i, struct strbuf *text)
{
	strbuf_reset(text);
	objects_path(board.objects, i, text);
	return strbuf_text(text);
}

/* Several blocks have one path: a list and its items. What is found has it too. */
UNIT_TEST(what_is_printed_is_found)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT, found CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n = 0;

	read_moment("objects/qemu.mem", &board);
	for (uint32_t i = 0; i < objects_count(board.objects); i++) {
		const char *path = path_of(i, &text);
		if (!*path || strcmp(path, "<names>") == 0) /* pools of names are several */
			continue;
		uint32_t at = objects_find(board.objects, path);
		if (at == OBJECT_NONE)
			fail_msg("%s is not found", path);
		strbuf_reset(&found);
		objects_path(board.objects, at, &found);
		/* sensor.name may be found by way of another name that is as long */
		assert_int_equal(strchr(path, '<') != NULL, strchr(strbuf_text(&found), '<') != NULL);
		n++;
	}
	assert_true(n > 300);
}

UNIT_TEST(an_object_that_refers_twice_is_listed_once)
{
	read_moment("objects/areas.mem", &board); /* inner, outer = [inner, inner] */
	assert_int_equal(objects_referrers(board.objects, objects_find(board.objects, "inner"), &list), 0);
	assert_int_equal(list.n_rows, 2);
}

/* A long key is cut where it is printed; two keys are alike then, and neither is meant. */
UNIT_TEST(keys_and_places)
{
	static const char alike[] = "alike['xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...']";
	struct object object;

	read_moment("objects/areas.mem", &board);
	assert_int_equal(objects_find(board.objects, alike), OBJECT_NONE);
	objects_get(board.objects, objects_find(board.objects, "both[0]"), &object);
	assert_u64_equal(object.retained_bytes, 64); /* [1] */
	assert_int_not_equal(objects_find(board.objects, "both[1]"), objects_find(board.objects, "both[0]"));
	assert_int_equal(objects_find(board.objects, "both[2]"), OBJECT_NONE);
}

UNIT_TEST(names_are_found_as_python_writes_them)
{
	static const char *const missing[] = { "",
					       "nothing",
					       "handlers[40]",
					       "handlers[-1]",
					       "handlers[",
					       "handlers[1",
					       "cache['ev9']",
					       "cache[ev3]",
					       "handlers.x",
					       "handlers[0].none",
					       "cache['ev3'",
					       "0x10",
					       "loop[1]",
					       "f[0]",
					       "[0]",
					       "handlers[0].",
					       "handlers[99999999999999999999]" };
	static const char *const same[][2] = { { "cache[\"ev3\"]", "cache['ev3']" },
					       { "loop[0]", "loop" },
					       { "handlers[39].hist[2]", "handlers[39].hist[2]" },
					       { "Dev.__init__", "Dev.__init__" } };
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	read_moment("objects/qemu.mem", &board);
	for (size_t i = 0; i < ARRAY_SIZE(missing); i++)
		if (objects_find(board.objects, missing[i]) != OBJECT_NONE)
			fail_msg("%s is found", missing[i]);
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		assert_string_equal(path_of(objects_find(board.objects, same[i][0]), &text), same[i][1]);
}

/* At each row, what its children retain is less than what it retains by its own blocks and those of its parts. */
UNIT_TEST(a_tree_adds_up)
{
	uint32_t root;
	uint64_t n_children[64] = { 0 }, n_own = 0;
	struct object object;

	read_moment("objects/qemu.mem", &board);
	root = objects_find(board.objects, "__main__");
	assert_int_equal(objects_tree(board.objects, root, 60, UINT64_MAX, &list), 0);
	objects_get(board.objects, root, &object);
	assert_true(list.n_rows > 150 && list.n_rows < object.n_retained);
	for (size_t i = list.n_rows; i-- > 0;) { /* children come after their parent */
		const struct objects_row *row = &list.rows[i];
		objects_get(board.objects, row->object, &object);
		assert_true(object.retained_bytes >= object.n_bytes + n_children[row->depth + 1]);
		n_own += object.retained_bytes - n_children[row->depth + 1];
		n_children[row->depth + 1] = 0;
		n_children[row->depth] += object.retained_bytes;
	}
	assert_u64_equal(n_own, object.retained_bytes); /* each byte is of one row */
}

UNIT_TEST(what_is_left_out_of_a_tree_is_summed)
{
	struct object object;
	uint64_t n_bytes = 0;
	uint32_t n = 0;

	read_moment("objects/qemu.mem", &board);
	assert_int_equal(objects_tree(board.objects, objects_find(board.objects, "handlers"), 1, 5, &list), 0);
	assert_int_equal(list.n_rows, 7);
	for (size_t i = 1; i < 6; i++) {
		objects_get(board.objects, list.rows[i].object, &object);
		n_bytes += object.retained_bytes;
		n += object.n_retained;
	}
	assert_int_equal(list.rows[6].object, OBJECT_NONE);
	assert_int_equal(list.rows[6].n_more, 34); /* bm holds handlers[2] as well */
	objects_get(board.objects, list.rows[0].object, &object);
	assert_true(n_bytes + list.rows[6].n_more_bytes < object.retained_bytes && n < object.n_retained);
}

UNIT_TEST(holders_and_referrers)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint32_t i;

	read_moment("objects/qemu.mem", &board);
	i = objects_find(board.objects, "handlers[3].hist[2]");
	assert_int_equal(objects_holders(board.objects, i, &list), 0);
	assert_int_equal(list.n_rows, 3);
	assert_string_equal(path_of(list.rows[0].object, &text), "handlers[3].hist");
	assert_string_equal(path_of(list.rows[1].object, &text), "handlers[3]");
	assert_string_equal(path_of(list.rows[2].object, &text), "handlers");
	objects_list_deinit(&list);
	memset(&list, 0, sizeof(list));
	i = objects_find(board.objects, "loop");
	assert_int_equal(objects_referrers(board.objects, i, &list), 0);
	assert_true(list.n_rows >= 2); /* the globals, and its own items */
	for (size_t k = 0; k < list.n_rows; k++) {
		size_t n, n_found = 0;
		const uint32_t *to = objects_references(board.objects, list.rows[k].object, &n);
		for (size_t e = 0; e < n; e++)
			n_found += to[e] == i;
		assert_true(n_found > 0);
	}
}

UNIT_TEST(a_filter_fits_all_its_parts)
{
	struct objects_filter filter = { .class = "Dev", .kind = "instance", .min_bytes = 16 };

	read_moment("objects/qemu.mem", &board);
	assert_int_equal(objects_select(board.objects, &filter, &list), 0);
	assert_int_equal(list.n_rows, 40);
	filter.min_bytes = 17;
	assert_int_equal(objects_select(board.objects, &filter, &list), 0);
	assert_int_equal(list.n_rows, 40); /* appended: none */
	filter = (struct objects_filter){ .is_collectable = true };
	assert_int_equal(objects_select(board.objects, &filter, &list), 0);
	assert_u64_equal(list.n_rows, 40 + board.report.totals.collectable.n_objects);
}

UNIT_TEST(what_came_is_of_who_holds_it)
{
	struct objects_since since = { .n_globals = 0 };
	uint64_t n_owned = 0, n_parts = 0;

	read_moment("objects/before.mem", &board);
	read_moment("objects/after.mem", &later);
	const struct objects_moment before = { board.objects, &board.report }, after = { later.objects, &later.report };
	assert_int_equal(objects_since(&before, &after, &since), 0);
	assert_true(since.is_same_start);
	assert_string_equal(since.came.owners[0].name, "handlers");
	assert_string_equal(since.came.parts[since.came.owners[0].i_part].name, "Dev");
	assert_u64_equal(since.came.parts[since.came.owners[0].i_part].sum.n_objects, 24);
	for (size_t i = 0; i < since.came.n_owners; i++)
		n_owned += since.came.owners[i].sum.n_bytes;
	for (size_t i = 0; i < since.came.n_parts; i++)
		n_parts += since.came.parts[i].sum.n_bytes;
	assert_u64_equal(n_owned, since.came.sum.n_bytes);
	assert_u64_equal(n_parts, since.came.sum.n_bytes);
	assert_u64_equal(later.report.totals.live.n_bytes + since.gone.n_bytes,
			 board.report.totals.live.n_bytes + since.came.sum.n_bytes);
	objects_since_deinit(&since);
	/* nothing came since itself */
	since = (struct objects_since){ .n_globals = 0 };
	assert_int_equal(objects_since(&after, &after, &since), 0);
	assert_u64_equal(since.came.sum.n_bytes + since.gone.n_bytes, 0);
	assert_int_equal(since.came.n_owners + since.n_globals + since.n_classes + since.n_kinds, 0);
	objects_since_deinit(&since);
}

UNIT_TEST(what_a_class_or_an_instance_has_is_of_a_global)
{
	read_moment("objects/qemu.mem", &board);
	uint32_t *owners = objects_owner_of_each(board.objects);
	assert_int_equal(owners[objects_find(board.objects, "Dev.__init__")], objects_find(board.objects, "Dev"));
	assert_int_equal(owners[objects_find(board.objects, "handlers[3].hist[2]")],
			 objects_find(board.objects, "handlers"));
	free(owners);
}

/* What had no type is a list now: what was there has gone. */
UNIT_TEST(an_object_of_another_type_is_new)
{
	read_moment("objects/qemu.mem", &board);
	read_moment("objects/qemu.mem", &later);
	uint32_t i = objects_find(board.objects, "handlers");
	assert_true(is_same(board.objects, later.objects, i));
	board.objects->nodes[i].role = ROLE_OTHER;
	assert_false(is_same(board.objects, later.objects, i));
	assert_false(is_same(later.objects, board.objects, i));
}

UNIT_TEST(addresses_of_another_start_say_nothing)
{
	struct objects_since since = { .n_globals = 0 };

	read_moment("objects/before.mem", &board);
	read_moment("objects/after.mem", &later);
	later.objects->ids.id_modules += 16;
	const struct objects_moment before = { board.objects, &board.report }, after = { later.objects, &later.report };
	assert_int_equal(objects_since(&before, &after, &since), 0);
	assert_false(since.is_same_start);
	assert_u64_equal(since.came.sum.n_bytes + since.gone.n_bytes, 0);
	objects_since_deinit(&since);
}

/* At least half of what came, and twice as much as the next. */
UNIT_TEST(who_holds_what_came)
{
	static const struct {
		uint64_t first_bytes, second_bytes, all_bytes;
		const char *name, *holder;
	} cases[] = {
		{ 500, 250, 1000, "log", "log" },  { 499, 100, 1000, "log", NULL }, { 500, 251, 1000, "log", NULL },
		{ 900, 0, 1000, "<stack>", NULL }, { 1000, 0, 1000, "log", "log" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct objects_owned owners[] = {
			{ .name = cases[i].name, .sum = { .n_bytes = cases[i].first_bytes } },
			{ .name = "other", .sum = { .n_bytes = cases[i].second_bytes } },
		};
		struct objects_since since = { .came = { .sum = { .n_bytes = cases[i].all_bytes },
							 .owners = owners,
							 .n_owners = cases[i].second_bytes ? 2 : 1 } };
		const char *holder = objects_owners_holder(&since.came);
		assert_string_equal(holder ? holder : "", cases[i].holder ? cases[i].holder : "");
	}
}

/* Old words below the stack are taken for references, if it is not known where it ends. */
UNIT_TEST(without_the_end_of_the_stack_sums_are_upper_bounds)
{
	struct objects_report again;

	read_moment("objects/qemu.mem", &board);
	assert_false(board.report.totals.is_upper_bound);
	board.objects->stack_known = false;
	assert_int_equal(objects_report(board.objects, &again), 0);
	assert_true(again.totals.is_upper_bound);
	objects_report_deinit(&again);
}

UNIT_TEST(room_that_nothing_needs)
{
	struct objects_report again = { .n_slack = 0 };
	struct object object;

	read_moment("objects/qemu.mem", &board);
	assert_int_equal(board.report.n_slack, 2);
	assert_int_equal(board.report.slack[0].object, objects_find(board.objects, "handlers"));
	assert_u64_equal(board.report.slack[0].n_used, 40);
	assert_u64_equal(board.report.slack[0].n_room, 64);
	assert_u64_equal(board.report.slack[0].n_bytes, (64 - 40) * 4);
	objects_get(board.objects, board.report.slack[1].object, &object);
	assert_string_equal(object.kind, "list");
	/* a table that is another object's is not this one's to shrink */
	uint32_t table = blocks_object(&board.objects->blocks,
				       object_word(board.objects, board.report.slack[0].object, 3));
	board.objects->nodes[table].parent = board.report.slack[1].object;
	assert_int_equal(add_slack(board.objects, &again), 0);
	assert_int_equal(again.n_slack, 1);
	assert_int_equal(again.slack[0].object, board.report.slack[1].object);
	objects_report_deinit(&again);
}
