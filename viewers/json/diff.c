/* memprof.diff/1 (docs/schema). */
#include "memprof/viewers/diff_view.h"

static void input(struct json *j, const char *key, const struct diff_input *of)
{
	json_row(j, key);
	json_text(j, "name", of->name);
	json_text(j, "format", of->format);
	json_text(j, "elf", of->elf_name);
	json_u64(j, "dump", of->n_dump);
	if (of->is_moment) {
		json_u64(j, "dumps", of->n_dumps);
		json_text(j, "time", of->time[0] ? of->time : NULL);
		json_text(j, "label", of->label[0] ? of->label : NULL);
	}
	json_object_end(j);
}

static void pair(struct json *j, const char *key, uint64_t old_value, uint64_t new_value)
{
	json_row(j, key);
	json_u64(j, "old", old_value);
	json_u64(j, "new", new_value);
	json_object_end(j);
}

static void by_region(struct json *j, const struct diff *diff, const struct diff_row *row)
{
	json_row(j, "by_region");
	for (size_t i = 0; row->by_region && i < diff->n_regions; i++)
		if (row->by_region[i])
			json_i64(j, diff->regions[i], row->by_region[i]);
	json_object_end(j);
}

/* What only rows of this table have. */
static void more_of(struct json *j, const struct diff *diff, enum diff_table table, const struct diff_row *row)
{
	const unsigned has_regions = DIFF_BIT(DIFF_COMPONENTS) | DIFF_BIT(DIFF_ARCHIVES) | DIFF_BIT(DIFF_OBJECTS) |
				     DIFF_BIT(DIFF_SOURCES) | DIFF_BIT(DIFF_FOLDERS);

	if (table == DIFF_SYMBOLS) {
		json_text(j, "object", row->place);
		json_text(j, "from_object", row->from_place);
	} else if (table == DIFF_SECTIONS) {
		json_text(j, "region", row->place);
		json_text(j, "from_region", row->from_place);
	} else if (has_regions >> table & 1) {
		by_region(j, diff, row);
	} else if (table == DIFF_KINDS) {
		json_text(j, "pool", row->place);
		pair(j, "objects", row->old_count, row->new_count);
	} else if (table == DIFF_POOLS) {
		const struct diff_pool *pool = &diff->pools[row->i_pool];
		for (size_t i = 0; i < N_DIFF_FIGURES; i++)
			pair(j, diff_figure_name(i), pool->figures[i].old_value, pool->figures[i].new_value);
	}
}

static void rows(struct json *j, const struct diff *diff, enum diff_table table)
{
	const struct diff_list *list = &diff->lists[table];

	for (size_t i = 0; json_rows(j, diff_table_name(table), i, list->n_rows); i++) {
		const struct diff_row *row = &list->rows[i];
		json_text(j, "name", row->name);
		json_text(j, "from", row->from);
		if (row->linkage.n_bytes)
			json_bytes(j, "linkage", row->linkage.text, row->linkage.n_bytes);
		if (row->from_linkage.n_bytes)
			json_bytes(j, "from_linkage", row->from_linkage.text, row->from_linkage.n_bytes);
		json_u64(j, "old", row->old_bytes);
		json_u64(j, "new", row->new_bytes);
		json_i64(j, "delta", row->delta_bytes);
		json_text(j, "change", diff_change_name(row->change));
		more_of(j, diff, table, row);
	}
}

static void runs(struct json *j, const struct diff *diff)
{
	for (size_t i = 0; json_rows(j, diff_table_name(DIFF_RUNS), i, diff->n_runs); i++) {
		const struct diff_run *run = &diff->runs[i];
		json_address(j, "start", run->start);
		json_u64(j, "bytes", run->size_bytes);
		json_bytes(j, "old", &run->old_kind, 1);
		json_bytes(j, "new", &run->new_kind, 1);
		json_text(j, "pool", run->pool);
	}
}

void json_diff(struct json *j, const struct diff_view *view)
{
	const struct diff *diff = view->diff;
	bool truncated = false;

	json_object(j, NULL);
	json_text(j, "schema", "memprof.diff/1");
	json_text(j, "kind", diff->heaps ? "heap" : "image");
	input(j, "old", &view->old);
	input(j, "new", &view->new);
	for (unsigned t = 0; t < N_DIFF_TABLES; t++) {
		if (!diff->lists[t].compared)
			continue;
		truncated |= diff->lists[t].truncated;
		if (t == DIFF_RUNS)
			runs(j, diff);
		else
			rows(j, diff, (enum diff_table)t);
	}
	json_u64(j, "differences", diff->n_differences);
	json_bool(j, "truncated", truncated);
	json_array(j, "notes");
	for (size_t i = 0; i < diff->n_notes; i++)
		json_text(j, NULL, diff->notes[i]);
	json_array_end(j);
	json_object_end(j);
}
