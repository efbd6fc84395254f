/* One heap, in tables: its sizes, what fits, where it is free, what it is made of, what is in the way. */
#include <inttypes.h>
#include <string.h>

#include "document/report.h"

enum { AREAS_SHOWN = 16, SIZES_MAX = 24 };

/* ---- sizes: counted, and as the board reports them ---- */

struct size {
	const char *name;
	struct doc_span value;
	uint64_t n_blocks, reported_bytes;
	const char *note;
};

struct sizes {
	struct size all[SIZES_MAX];
	size_t n;
	uint32_t block_bytes;
};

static struct size *add_size(struct sizes *s, const char *name, uint64_t n_bytes, uint64_t reported_bytes)
{
	struct size *ret = &s->all[s->n];

	*ret = (struct size){
		.name = name,
		.value = DOC_BYTES(n_bytes),
		.n_blocks = n_bytes == NOT_KNOWN || s->block_bytes == 0 ? NOT_KNOWN : n_bytes / s->block_bytes,
		.reported_bytes = reported_bytes,
	};
	s->n += n_bytes != NOT_KNOWN || reported_bytes != NOT_KNOWN;
	return ret;
}

/* What is no size of the heap has no blocks. */
static struct size *add_other(struct sizes *s, const char *name, struct doc_span value, const char *note)
{
	struct size *ret = &s->all[s->n];

	*ret = (struct size){ .name = name, .value = value, NOT_KNOWN, NOT_KNOWN, note };
	s->n += !doc_is_empty(&value);
	return ret;
}

static uint64_t blocks_bytes(const struct heap_pool *pool, uint64_t n_blocks)
{
	return n_blocks > NOT_KNOWN / 64 || pool->block_bytes == 0 ? NOT_KNOWN : n_blocks * pool->block_bytes;
}

static uint64_t if_any(uint64_t n_bytes) { return n_bytes ? n_bytes : NOT_KNOWN; }

static void add_counts(struct document *d, struct sizes *s, const struct pool_report *r)
{
	const struct area_counts *c = &r->counts;

	add_other(s, "objects", DOC_N(c->n_objects),
		  arena_printf(&d->arena, "%" PRIu64 " of one block, %" PRIu64 " of two", (uint64_t)c->n_one,
			       (uint64_t)c->n_two));
	add_size(s, "largest object", (uint64_t)c->max_object * r->pool->block_bytes,
		 blocks_bytes(r->pool, r->pool->reported.max_block_blocks));
	add_other(s, "with a finaliser", DOC_N(r->pool->n_finalisers), NULL);
}

static void add_rest(struct document *d, struct sizes *s, const struct heap_reported *reported, const struct heap *heap)
{
	uint64_t least = reported->peak_bytes == NOT_KNOWN ? reported->least_free_bytes : NOT_KNOWN;

	add_other(s, "largest that succeeds", DOC_BYTES(reported->largest_fit_bytes), NULL);
	add_other(s, "peak used", DOC_BYTES(reported->peak_bytes), NULL);
	add_other(s, "least free", DOC_BYTES(least), NULL);
	add_other(s, "may still grow by", DOC_BYTES(reported->max_new_split_bytes), NULL);
	add_other(s, "C stack used", DOC_BYTES(heap->stack_used_bytes),
		  heap->stack_limit_bytes == NOT_KNOWN ?
			  NULL :
			  arena_printf(&d->arena, "of %" PRIu64, heap->stack_limit_bytes));
	if (heap->qstr.n_pools != NOT_KNOWN)
		add_other(s, "interned strings", DOC_BYTES(heap->qstr.total_bytes),
			  arena_printf(&d->arena, "%" PRIu64 " string%s in RAM", heap->qstr.n_strings,
				       heap->qstr.n_strings == 1 ? "" : "s"));
}

static void fill_size(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct size *size = &((const struct sizes *)ctx)->all[i];

	ret->cells[0] = DOC_T(size->name);
	ret->cells[1] = size->value;
	ret->cells[2] = DOC_N(size->n_blocks);
	ret->cells[3] = DOC_BYTES(size->reported_bytes);
	ret->cells[4] = doc_text_or_none(size->note);
}

static const char *title_of(struct document *d, const struct heap_pool *pool)
{
	if (pool->n_areas == 1 && pool->areas[0].loose)
		return arena_printf(&d->arena, "Heap %s, address unknown", pool->name);
	if (pool->n_areas == 1)
		return arena_printf(&d->arena, "Heap %s at 0x%" PRIx64, pool->name, pool->areas[0].base);
	if (pool->n_areas == 0 && pool->start != NOT_KNOWN)
		return arena_printf(&d->arena, "Heap %s at 0x%" PRIx64, pool->name, pool->start);
	if (pool->n_areas > 1)
		return arena_printf(&d->arena, "Heap %s in %" PRIu32 " areas", pool->name, pool->n_areas);
	return strcmp(pool->name, "heap") == 0 ? "Heap" : arena_printf(&d->arena, "Heap %s", pool->name);
}

static void add_sizes(struct document *d, const struct heap *heap, const struct pool_report *r)
{
	static const struct doc_column columns[] = {
		{ NULL, "figure", DOC_TEXT, .is_name = true }, { NULL, "bytes", DOC_SIZE },
		{ NULL, "blocks", DOC_COUNT, .drop = 1 },      { NULL, "reported", DOC_SIZE, .drop = 2 },
		{ NULL, "note", DOC_TEXT, .drop = 3 },
	};
	const struct heap_reported *reported = &r->pool->reported;
	struct sizes *s = arena_zeroed(&d->arena, 1, sizeof(*s));

	if (!s)
		return;
	s->block_bytes = r->pool->block_bytes;
	add_size(s, "size", r->state.total_bytes, reported->total_bytes);
	add_size(s, "used", r->state.used_bytes, reported->used_bytes);
	add_size(s, "free", r->state.free_bytes, reported->free_bytes);
	add_size(s, "overhead", if_any(r->overhead_bytes), NOT_KNOWN);
	add_size(s, "unknown", if_any(r->unknown_bytes), NOT_KNOWN);
	add_size(s, "largest free", r->state.lfb_bytes, blocks_bytes(r->pool, reported->max_free_blocks));
	if (r->state.lfb_bytes == NOT_KNOWN && r->pool->block_bytes == 0 && reported->max_free_blocks <= NOT_KNOWN / 64)
		add_other(s, "largest free, blocks", DOC_N(reported->max_free_blocks),
			  arena_printf(&d->arena, "%" PRIu64 " B on a 32-bit board", reported->max_free_blocks * 16));
	if (r->state.fragmentation >= 0)
		add_other(s, "fragmentation", doc_share((uint64_t)(r->state.fragmentation * 1000 + .5), 1000),
			  r->pool->n_areas > 1 ? "within areas" : NULL);
	if (r->has_table)
		add_counts(d, s, r);
	add_rest(d, s, reported, heap);
	doc_table(d, &(struct doc_table){ .title = title_of(d, r->pool),
					  DOC_COLUMNS(columns),
					  DOC_ROWS(s->n, fill_size, s),
					  .exact = true });
}

/* ---- areas ---- */

static void fill_area(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct heap_pool *pool = ctx;
	const struct heap_area *area = &pool->areas[i];
	struct area_counts c = { 0 };
	uint64_t size = pool->block_bytes;

	area_count(area, &c);
	strbuf_printf(doc_make(ret, 0), "%s.%zu", pool->name, i);
	ret->cells[1] = area->loose ? doc_text_or_none(NULL) : DOC_AT(area->base);
	ret->cells[2] = DOC_BYTES(area->n_blocks * size);
	ret->cells[3] = DOC_BYTES(c.n_free * size);
	ret->cells[4] = DOC_BYTES(c.max_free * size);
	ret->cells[5] = doc_text_or_none(heap_memory_name(area->memory));
}

static void add_areas(struct document *d, const struct heap_pool *pool)
{
	static const struct doc_column columns[] = {
		{ NULL, "area", DOC_TEXT, .is_name = true },
		{ NULL, "start", DOC_ADDRESS, .drop = 1 },
		{ NULL, "size", DOC_SIZE },
		{ NULL, "free", DOC_SIZE },
		{ NULL, "largest free", DOC_SIZE },
		{ NULL, "memory", DOC_TEXT, .drop = 2 },
	};

	if (pool->n_areas < 2)
		return;
	doc_table(d, &(struct doc_table){ .title = "Areas",
					  DOC_COLUMNS(columns),
					  DOC_ROWS(MIN(pool->n_areas, (uint32_t)AREAS_SHOWN), fill_area, pool),
					  .exact = true });
	if (pool->n_areas > AREAS_SHOWN)
		doc_item(d, DOC_T("and "), DOC_OF(pool->n_areas - AREAS_SHOWN, "more area"));
}

/* ---- what fits ---- */

static const char *fit_words(struct document *d, const struct fit *f)
{
	if (f->n_times == NOT_KNOWN)
		return f->once ? "at least once" : "unknown";
	if (f->n_times == 0)
		return f->grows ? "if it grows" : "no";
	return report_times_words(d, f->n_times);
}

static void add_fits(struct document *d, const struct pool_report *r)
{
	struct doc_block block = { .n_spans = 0 };
	bool is_known = false;

	for (size_t i = 0; i < r->n_fits; i++) {
		is_known |= r->fits[i].n_times != NOT_KNOWN || r->fits[i].once;
		doc_put(d, &block, DOC_T(i == 0 ? "" : ", "), DOC_BYTES(r->fits[i].size_bytes), DOC_T(": "),
			DOC_T(fit_words(d, &r->fits[i])));
	}
	if (!is_known)
		return;
	doc_section(d, "Would it fit");
	doc_add(d, DOC_SENTENCE, block.spans, block.n_spans);
}

/* Of the sizes that were asked for: what it would take. */
static void add_windows(struct document *d, const struct pool_report *r)
{
	for (size_t i = 0; i < r->n_fits; i++) {
		const struct fit *f = &r->fits[i];
		if (f->unusable >= 1 && r->state.free_bytes)
			doc_item(d, DOC_T("All free memory is in pieces under "), DOC_BYTES(f->size_bytes), DOC_T("."));
		else if (f->unusable >= 0 && r->state.free_bytes)
			doc_item(d, doc_share((uint64_t)(f->unusable * 1000 + .5), 1000),
				 DOC_T(" of free memory is in pieces under "), DOC_BYTES(f->size_bytes), DOC_T("."));
		if (f->has_window)
			doc_item(d, DOC_T("Cheapest way to "), DOC_BYTES(f->window_bytes), DOC_T(": free "),
				 DOC_OF(f->window_objects, "object"), DOC_T(", "), DOC_BYTES(f->window_used_bytes),
				 DOC_T(", at "), DOC_AT(f->window_start), DOC_T("."));
		else if (f->n_times == 0)
			doc_item(d, DOC_BYTES(f->size_bytes),
				 DOC_T(r->unknown_bytes ? ": no place among the rows that are there." :
							  " is larger than any area."));
	}
}

/* ---- free runs, by size ---- */

struct runs {
	const struct pool_report *r;
	size_t classes[AREA_CLASSES];
	size_t n;
	uint64_t most;
};

static void fill_runs(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct runs *runs = ctx;
	const struct area_counts *c = &runs->r->counts;
	size_t class = runs->classes[i];
	uint64_t size = runs->r->pool->block_bytes;

	ret->cells[0] = DOC_BYTES(size << class);
	ret->cells[1] = DOC_BYTES((size << (class + 1)) - size);
	ret->cells[2] = DOC_N(c->class_runs[class]);
	ret->cells[3] = DOC_BYTES(c->class_blocks[class] * size);
	ret->cells[4] = doc_bar(c->class_blocks[class], runs->most);
}

static void add_free_runs(struct document *d, const struct pool_report *r)
{
	static const struct doc_column columns[] = {
		{ NULL, "from", DOC_SIZE },
		{ NULL, "to", DOC_SIZE },
		{ NULL, "runs", DOC_COUNT },
		{ NULL, "sum", DOC_SIZE },
		{ NULL, "share", DOC_BAR, .drop = 1 },
	};
	struct runs *runs = arena_zeroed(&d->arena, 1, sizeof(*runs));

	if (!runs)
		return;
	runs->r = r;
	for (size_t i = 0; i < AREA_CLASSES; i++)
		if (r->counts.class_runs[i]) {
			runs->classes[runs->n++] = i;
			runs->most = MAX(runs->most, (uint64_t)r->counts.class_blocks[i]);
		}
	doc_table(d, &(struct doc_table){ .title = "Free runs, by size",
					  DOC_COLUMNS(columns),
					  DOC_ROWS(runs->n, fill_runs, runs),
					  .exact = true });
}

/* ---- kinds ---- */

struct kinds {
	const struct pool_report *r;
	uint8_t letters[128];
	size_t n;
};

static void fill_kind(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct kinds *kinds = ctx;
	const struct area_counts *c = &kinds->r->counts;
	uint8_t letter = kinds->letters[i];

	strbuf_putc(doc_make(ret, 0), (char)letter);
	ret->cells[1] = DOC_T(letter == BLOCK_TAIL ? "tails without a head" : block_kind_name(letter));
	ret->cells[2] = DOC_N(c->kind_objects[letter]);
	ret->cells[3] = DOC_BYTES((uint64_t)c->kind_blocks[letter] * kinds->r->pool->block_bytes);
	ret->cells[4] = doc_bar(c->kind_blocks[letter], c->n_used);
}

static void add_kinds(struct document *d, const struct pool_report *r)
{
	static const struct doc_column columns[] = {
		{ NULL, "", DOC_TEXT },
		{ NULL, "kind", DOC_TEXT, .is_name = true },
		{ NULL, "objects", DOC_COUNT },
		{ NULL, "bytes", DOC_SIZE },
		{ NULL, "share", DOC_BAR, .drop = 1 },
	};
	const uint32_t *blocks = r->counts.kind_blocks;
	struct kinds *kinds = arena_zeroed(&d->arena, 1, sizeof(*kinds));

	if (!kinds)
		return;
	kinds->r = r;
	for (uint8_t letter = 0; letter < ARRAY_SIZE(kinds->letters); letter++) {
		size_t at = kinds->n;
		if (!blocks[letter])
			continue;
		for (; at > 0 && blocks[kinds->letters[at - 1]] < blocks[letter]; at--)
			kinds->letters[at] = kinds->letters[at - 1];
		kinds->letters[at] = letter;
		kinds->n++;
	}
	doc_table(d, &(struct doc_table){ .title = "By kind",
					  DOC_COLUMNS(columns),
					  DOC_ROWS(kinds->n, fill_kind, kinds),
					  .exact = true });
	if (r->counts.kind_objects[BLOCK_HEAD] > 0)
		doc_item(d, DOC_T("h is also the data of lists, dicts, strings and bytearrays"));
}

/* ---- what is in the way, and what disagrees ---- */

static void fill_culprit(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct pool_report *r = ctx;
	const struct culprit *k = &r->culprits[i];

	ret->cells[0] = DOC_AT(k->start);
	if (r->pool->owners.by)
		report_owner(r->pool, k, doc_make(ret, 1));
	else
		strbuf_printf(doc_make(ret, 1), "%c %s", (char)k->kind, block_kind_name(k->kind));
	ret->cells[2] = DOC_BYTES(k->size_bytes);
	ret->cells[3] = DOC_N(k->n_objects);
	ret->cells[4] = DOC_BYTES(k->lfb_after_bytes);
}

static void fill_difference(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct difference *difference = &((const struct pool_report *)ctx)->differences[i];

	ret->role = ROLE_WARNING;
	ret->cells[0] = DOC_T(difference_name(difference->field));
	ret->cells[1] = DOC_N(difference->reported);
	ret->cells[2] = DOC_N(difference->counted);
}

static void add_culprits(struct document *d, const struct pool_report *r)
{
	const struct doc_column columns[] = {
		{ NULL, "in the way", DOC_ADDRESS },
		{ NULL, r->pool->owners.by ? "owner of most" : "first object", DOC_TEXT, .is_name = true },
		{ NULL, "bytes", DOC_SIZE },
		{ NULL, "objects", DOC_COUNT },
		{ NULL, "largest free if freed", DOC_SIZE },
	};
	static const struct doc_column differing[] = {
		{ NULL, "figure", DOC_TEXT, .is_name = true },
		{ NULL, "reported", DOC_COUNT },
		{ NULL, "in the table", DOC_COUNT },
	};

	doc_table(d, &(struct doc_table){ .title = "In the way of a larger free block",
					  .columns = doc_columns(d, columns, ARRAY_SIZE(columns)),
					  .n_columns = ARRAY_SIZE(columns),
					  DOC_ROWS(r->n_culprits, fill_culprit, r),
					  .exact = true });
	doc_table(d, &(struct doc_table){ .title = "Figures that disagree",
					  DOC_COLUMNS(differing),
					  DOC_ROWS(r->n_differences, fill_difference, r),
					  .exact = true });
}

/* ---- all of it ---- */

static void draw_map(struct strbuf *out, const void *ctx, const struct text_style *style) { text_map(out, ctx, style); }

void report_add_map(struct document *d, const struct heap_pool *pool, const char *title)
{
	doc_picture(d, &(struct doc_picture){ .ctx = pool, .text = draw_map, .title = title });
}

void report_add_heap(struct document *d, const struct heap *heap, const struct pool_report *r,
		     const struct report_options *options, bool has_map)
{
	struct pool_report *copy = arena_zeroed(&d->arena, 1, sizeof(*copy));

	if (!copy)
		return;
	*copy = *r;
	add_sizes(d, heap, copy);
	add_areas(d, copy->pool);
	add_fits(d, copy);
	if (!copy->has_table)
		return;
	if (options->n_needs > 0)
		add_windows(d, copy);
	if (has_map)
		report_add_map(d, copy->pool, "Heap map");
	add_free_runs(d, copy);
	add_kinds(d, copy);
	add_culprits(d, copy);
}
