#include "check/budget.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/analysis/report.h"
#include "memprof/base/json.h"
#include "memprof/cli/message.h"

/* ---- a first budget ---- */

/* A limit of 0, in the unit that suits about_bytes. */
static void add_limit(struct json *j, const char *key, uint64_t about_bytes)
{
	enum { IN_KIBIBYTES = 64 << 10 };

	if (about_bytes >= IN_KIBIBYTES)
		json_text(j, key, "0K");
	else
		json_u64(j, key, 0);
}

static void begin_entry(struct json *j, const char *subject, const char *name)
{
	struct strbuf pattern CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (const char *p = name; *p; p++) {
		if (strchr("*?[\\", *p))
			strbuf_putc(&pattern, '\\');
		strbuf_putc(&pattern, *p);
	}
	json_row(j, NULL);
	json_text(j, subject, strbuf_text(&pattern));
}

static void add(struct json *j, const char *subject, const char *name, const char *limit, uint64_t about_bytes)
{
	begin_entry(j, subject, name);
	add_limit(j, limit, about_bytes);
	json_object_end(j);
}

static void add_all(struct json *j, const char *subject, const char *limit, uint64_t about_bytes)
{
	json_row(j, NULL);
	json_text(j, subject, "*");
	add_limit(j, limit, about_bytes);
	json_object_end(j);
}

static void add_regions(struct json *j, const struct image *image)
{
	for (uint32_t i = 0; i < image->n_regions; i++) {
		const struct image_region *region = &image->regions[i];
		bool counts = !region->window && region->length_bytes != NOT_KNOWN && region->used_bytes > 0 &&
			      !image_region_is_shared_out(image, i);
		if (counts)
			add(j, "region", region->name, "max_used", region->used_bytes);
	}
}

static void add_build(struct json *j, const struct check_build_files *files)
{
	const struct image *image = files->image;
	uint64_t frozen_bytes = 0;

	if (image)
		add_regions(j, image);
	if (files->bin.name || (image && image->n_regions == 0))
		add_all(j, "image", "max_size", files->bin.name ? files->bin.size_bytes : NOT_KNOWN);
	for (size_t i = 0; image && i < image->n_frozen; i++)
		frozen_bytes += image->frozen[i].size_bytes;
	if (frozen_bytes > 0)
		add_all(j, "frozen", "max_size", frozen_bytes);
}

/* Each partition for the firmware, and others with known use. */
static void add_partitions(struct json *j, const struct layout *l)
{
	for (size_t i = 0; i < l->n_slots; i++)
		add(j, "partition", l->slots[i].name, "min_free", l->slots[i].size_bytes);
	for (size_t i = 0; i < l->n_spans; i++) {
		const struct layout_span *span = &l->spans[i];
		bool is_slot = false;
		for (size_t k = 0; k < l->n_slots; k++)
			is_slot |= strcmp(l->slots[k].name, span->name) == 0;
		if (span->kind == SPAN_PARTITION && span->free_bytes != NOT_KNOWN && !span->shown_by && !is_slot)
			add(j, "partition", span->name, "min_free", span->free_bytes);
	}
}

/* The last state of Python's heap; of other heaps the free bytes. */
static void add_heaps(struct json *j, const struct layout_heaps *heaps)
{
	for (uint32_t i = 0; heaps->any && i < heaps->heap.n_pools; i++) {
		const struct pool_state summary = pool_state_counted(&heaps->heap.pools[i]);
		begin_entry(j, "heap", heaps->heap.pools[i].name);
		add_limit(j, "max_used", summary.used_bytes);
		if (summary.lfb_bytes != NOT_KNOWN)
			add_limit(j, "min_largest_free", summary.lfb_bytes);
		json_object_end(j);
	}
	for (size_t i = 0; i < heaps->n_pools; i++)
		if (heaps->pools[i].reported.free_bytes != NOT_KNOWN)
			add(j, "heap", heaps->pools[i].name, "min_free", heaps->pools[i].reported.free_bytes);
}

static void add_imports(struct json *j, const struct imports *imports)
{
	for (size_t i = 0; i < imports->n_rows; i++) {
		const struct import_row *row = &imports->rows[i];
		if (row->depth > 0 || row->raised || row->cut || row->again || row->origin == IMPORT_BUILT_IN)
			continue;
		begin_entry(j, "import", row->name);
		add_limit(j, "max_kept", (uint64_t)MAX(row->kept_bytes, 0));
		if (!row->peak_is_least)
			add_limit(j, "max_peak", row->peak_bytes);
		json_object_end(j);
	}
}

/* The globals that hold most. */
static void add_globals(struct json *j, const struct objects_report *report)
{
	enum { GLOBALS_MAX = 5, LEAST_BYTES = 1024 };

	for (size_t i = 0; i < MIN(report->n_globals, (size_t)GLOBALS_MAX); i++)
		if (report->globals[i].retained_bytes >= LEAST_BYTES)
			add(j, "global", report->globals[i].path, "max_retained", report->globals[i].retained_bytes);
}

/* Files: their functions are many. */
static void add_tests(struct json *j, const struct tests *tests)
{
	for (size_t i = 0; i < tests->n_rows; i++) {
		const struct test_row *row = &tests->rows[i];
		if (row->file != TESTS_NONE || row->outcome != TEST_PASSED || !row->measured)
			continue;
		begin_entry(j, "test", row->name);
		add_limit(j, "max_kept", (uint64_t)MAX(row->kept_bytes, 0));
		if (!row->peak_is_least)
			add_limit(j, "max_peak", row->peak_bytes);
		json_object_end(j);
	}
}

void check_budget_begin(struct strbuf *out, const struct check_inputs *in)
{
	struct json j;

	json_init(&j, out, false);
	json_object(&j, NULL);
	json_text(&j, "schema", BUDGET_SCHEMA);
	json_array(&j, "budgets");
	add_build(&j, &in->now);
	if (in->now.has_layout)
		add_partitions(&j, &in->now.layout);
	add_heaps(&j, &in->moments[CHECK_NOW].last);
	add_imports(&j, &in->imports);
	add_tests(&j, &in->tests);
	add_globals(&j, &in->memory[CHECK_NOW].report);
	json_array_end(&j);
	json_object_end(&j);
}

/* ---- new limits ---- */

/* Only warn_at keeps the limit from changing. */
static void note_kept(const struct check_row *row)
{
	message_at(row->at, "note", "%s of %s stays at %s: a tighter limit would be behind warn_at; change that first",
		   row->limit->spec->key, row->entry->pattern, row->limit->text);
}

int check_budget_fit(struct strbuf *out, const char *text, size_t n_bytes, struct check *c, double headroom,
		     bool loosen)
{
	struct budget_change *changes = calloc(c->n_rows + 1, sizeof(*changes));
	size_t n = 0;

	if (!changes)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_rows; i++) {
		struct check_row *row = &c->rows[i];
		struct budget_change *change = &changes[n];
		bool judged = row->status == CHECK_PASS || row->status == CHECK_FAIL;
		if (!judged || row->entry->fixed)
			continue;
		if (!budget_ratchet(row->limit, &row->value, row->capacity_bytes, headroom, loosen, change->literal)) {
			if (budget_warns_behind(row->limit, &row->value, row->capacity_bytes, headroom, loosen))
				note_kept(row);
			continue;
		}
		change->limit = row->limit;
		row->old_limit = row->limit->text;
		row->new_limit = arena_text(&c->arena, change->literal, strlen(change->literal));
		n++;
	}
	budget_edit(out, text, n_bytes, changes, n);
	free(changes);
	return strbuf_error(out) || arena_error(&c->arena) ? -ENOMEM : (int)n;
}

void check_budget_forget(struct check *c)
{
	for (size_t i = 0; i < c->n_rows; i++)
		c->rows[i].old_limit = c->rows[i].new_limit = NULL;
}
