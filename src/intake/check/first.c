/* The first budget: a limit for each figure that there is. */
#include <string.h>

#include "memprof/analysis/budget.h"
#include "memprof/analysis/image_figures.h"
#include "memprof/base/json.h"
#include "memprof/intake/check.h"

/* ---- entries ---- */

/* name: NULL for all there is. */
static void begin_entry(struct json *j, const char *subject, const char *name)
{
	struct strbuf pattern CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (const char *p = name; p && *p; p++) {
		if (strchr("*?[\\", *p))
			strbuf_putc(&pattern, '\\');
		strbuf_putc(&pattern, *p);
	}
	json_row(j, NULL);
	json_text(j, subject, name ? strbuf_text(&pattern) : "*");
}

/* A limit of 0, in the unit that suits about_bytes. */
static void add_limit(struct json *j, const char *key, uint64_t about_bytes)
{
	enum { IN_KIBIBYTES = 64 << 10 };

	if (about_bytes >= IN_KIBIBYTES)
		json_text(j, key, "0K");
	else
		json_u64(j, key, 0);
}

static void add(struct json *j, const char *subject, const char *name, const char *limit, uint64_t about_bytes)
{
	begin_entry(j, subject, name);
	add_limit(j, limit, about_bytes);
	json_object_end(j);
}

/* ---- builds ---- */

static void add_regions(struct json *j, const struct image *image)
{
	for (uint32_t i = 0; i < image->n_regions; i++) {
		const struct image_region *region = &image->regions[i];
		bool counts = !region->window && region->length_bytes != NOT_KNOWN && region->used_bytes > 0 &&
			      !image_region_is_shared_out(image, i);
		if (counts)
			add(j, "region", region->name, "max_used", region->content_bytes);
	}
}

/* Windows onto flash, which have no capacity, or no regions at all. */
static bool lacks_flash(const struct image *image)
{
	for (size_t i = 0; i < image->n_regions; i++)
		if (image->regions[i].window)
			return true;
	return image->n_regions == 0;
}

static void add_build(struct json *j, const struct check_files *files)
{
	const struct image *image = files->build.image;
	uint64_t frozen_bytes = 0;

	if (image)
		add_regions(j, image);
	if (files->bin.name || (image && lacks_flash(image) && !image_unsure_section(image)))
		add(j, "image", NULL, "max_size", files->bin.name ? files->bin.size_bytes : image_stored_bytes(image));
	for (size_t i = 0; image && i < image->n_frozen; i++)
		frozen_bytes += image->frozen[i].size_bytes;
	if (frozen_bytes > 0)
		add(j, "frozen", NULL, "max_size", frozen_bytes);
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

/* ---- heaps and programs ---- */

/* Of what is known of it. */
static void add_heap(struct json *j, const struct heap_pool *pool)
{
	const struct pool_state state = pool_state_counted(pool);
	const struct {
		const char *limit;
		uint64_t bytes;
	} rows[] = { { "max_used", state.used_bytes },
		     { "min_free", state.used_bytes == NOT_KNOWN ? state.free_bytes : NOT_KNOWN },
		     { "min_largest_free", state.lfb_bytes } };

	begin_entry(j, "heap", pool->name);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].bytes != NOT_KNOWN)
			add_limit(j, rows[i].limit, rows[i].bytes);
	json_object_end(j);
}

/* The last state of Python's heap; of other heaps the free bytes. */
static void add_heaps(struct json *j, const struct layout_heaps *heaps)
{
	for (uint32_t i = 0; heaps->any && i < heaps->heap.n_pools; i++)
		add_heap(j, &heaps->heap.pools[i]);
	if (!heaps->any && heaps->has_sample)
		add_heap(j, &heaps->sample.pool);
	for (size_t i = 0; i < heaps->n_pools; i++)
		if (heaps->pools[i].reported.free_bytes != NOT_KNOWN)
			add(j, "heap", heaps->pools[i].name, "min_free", heaps->pools[i].reported.free_bytes);
}

static void add_cost(struct json *j, const char *subject, const char *name, int64_t kept_bytes, uint64_t peak_bytes,
		     bool peak_is_least)
{
	begin_entry(j, subject, name);
	add_limit(j, "max_kept", (uint64_t)MAX(kept_bytes, 0));
	if (!peak_is_least)
		add_limit(j, "max_peak", peak_bytes);
	json_object_end(j);
}

static void add_imports(struct json *j, const struct imports *imports)
{
	for (size_t i = 0; i < imports->n_rows; i++) {
		const struct import_row *row = &imports->rows[i];
		if (row->depth == 0 && !row->raised && !row->cut && !row->again && row->origin != IMPORT_BUILT_IN)
			add_cost(j, "import", row->name, row->kept_bytes, row->peak_bytes, row->peak_is_least);
	}
}

/* Files: their functions are many. */
static void add_tests(struct json *j, const struct tests *tests)
{
	for (size_t i = 0; i < tests->n_rows; i++) {
		const struct test_row *row = &tests->rows[i];
		if (row->file == TESTS_NONE && row->outcome == TEST_PASSED && row->measured)
			add_cost(j, "test", row->name, row->kept_bytes, row->peak_bytes, row->peak_is_least);
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

const struct image_region *check_inputs_overflowed(const struct check_inputs *in)
{
	const struct image *image = in->sides[CHECK_NOW].build.image;

	for (size_t i = 0; image && i < image->n_regions; i++)
		if (image_region_free(&image->regions[i]) < 0 && image->regions[i].length_bytes != NOT_KNOWN)
			return &image->regions[i];
	return NULL;
}

void check_inputs_unlimited(struct strbuf *out, const struct check_inputs *in)
{
	const struct image *image = in->sides[CHECK_NOW].build.image;

	for (size_t i = 0; image && i < image->n_regions; i++)
		if (image->regions[i].window && image->regions[i].used_bytes)
			strbuf_printf(out, "%s%.40s", out->n_bytes ? ", " : "", image->regions[i].name);
}

void check_inputs_first_budget(struct strbuf *out, const struct check_inputs *in, const struct layout_heaps *heaps)
{
	const struct check_files *now = &in->sides[CHECK_NOW];
	struct json j = { .out = out };

	json_object(&j, NULL);
	json_text(&j, "schema", BUDGET_SCHEMA);
	json_array(&j, "budgets");
	add_build(&j, now);
	if (now->has_layout)
		add_partitions(&j, &now->layout);
	add_heaps(&j, heaps);
	add_imports(&j, &now->imports);
	add_tests(&j, &now->tests);
	add_globals(&j, &now->report);
	json_array_end(&j);
	json_object_end(&j);
}
